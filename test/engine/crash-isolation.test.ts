import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import type { LintRequest } from '../../src/engine/protocol.js';
import { supervise } from '../../src/engine/supervisor.js';
import { lintInProcess } from '../../src/lint.js';
import { noConfig } from './run.js';

const root = realpathSync(mkdtempSync(join(tmpdir(), 'conclint-crash-')));
afterAll(() => rmSync(root, { recursive: true }));

const names = ['exiting', 'healthy', 'overflowing', 'rejecting', 'throwing'];
const request = (testRules: string[]): LintRequest => ({
  root,
  cwd: root,
  files: names.map((name) => join(root, `${name}.ts`)),
  projects: [],
  config: { ...noConfig, preset: 'all' },
  inlineConfig: true,
  reportUnusedDirectives: true,
  timing: false,
  debug: false,
  testRules,
});

test('rules that throw, overflow, end their thread or reject later cost no other finding, and one notification each', async () => {
  writeFileSync(join(root, 'tsconfig.json'), '{"compilerOptions": {"lib": ["es2022"], "types": []}}');
  for (const name of names) {
    writeFileSync(join(root, `${name}.ts`), `export async function save(): Promise<void> {\n  throw new Error('${name}');\n}\nexport function ${name}(): void {\n  save();\n}\n`);
  }
  const alone = await lintInProcess(request([]));
  expect(alone.findings.map((finding) => finding.file)).toEqual(names.map((name) => `${name}.ts`));

  const crashing = await supervise(request([fileURLToPath(new URL('analyses/failing-rules.mjs', import.meta.url))]), {
    script: new URL('worker-from-source.mjs', import.meta.url),
    analysis: new URL('../../src/analyse.ts', import.meta.url),
  });
  expect(crashing.findings).toEqual(alone.findings);
  expect(crashing.notifications.filter((each) => each.fatal).map(({ id, file, message }) => `${file ?? '-'} ${id}: ${message}`)).toEqual([
    '- rule-crashed: a rule failed after it had returned: too late',
    'exiting.ts rule-crashed: rule exiting ended its thread and was left out for this file',
    'overflowing.ts file-too-deep: nested too deeply for the rule overflowing',
    'throwing.ts rule-crashed: rule throwing crashed: no such thing',
  ]);
}, 120_000);
