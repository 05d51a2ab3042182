import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../../src/docgen/rule-files.js';
import { runCli } from './run-cli.js';

const folder = mkdtempSync(join(tmpdir(), 'conclint-modules-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Packages and own files that a run loads, without built-in modules. */
function modulesOf(args: readonly string[]): string[] {
  const log = join(folder, `${args.join(' ').replaceAll('/', '_')}.log`);
  runCli(args, { nodeArgs: ['--import', new URL('record-modules.mjs', import.meta.url).href], env: { MODULE_LOG: log } });
  const urls = readFileSync(log, 'utf8').trim().split('\n').filter((url) => url.startsWith('file:'));
  return [...new Set(urls.map(moduleName))].sort();
}

function moduleName(url: string): string {
  const [, inPackage] = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url) ?? [];
  return inPackage ?? new URL(url).pathname.slice(PROJECT_ROOT.length);
}

describe('what needs no analysis', () => {
  it.each([[['--version']], [['--help']], [['rules']], [['rules', '--json']], [['explain', 'unused-suppression']], [['explain', 'no-such-rule']], [['--no-such-option']]])(
    '%s loads neither the compiler nor the rules nor anything but commander',
    (args) => {
      const modules = modulesOf(args);
      expect(modules).toContain('dist/src/cli/main.js');
      expect(modules.filter((name) => !/^dist\/src\/(cli|core|report)\//.test(name) && name !== 'dist/src/manifest.js')).toEqual(['commander']);
    },
  );
});
