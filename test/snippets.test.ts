import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { FORMATS } from '../src/report/registry.js';
import { PROJECT_ROOT } from '../src/docgen/rule-files.js';
import { runCli } from './cli/run-cli.js';

const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');
const readme = read('README.md');

interface Workflow {
  readonly permissions: Readonly<Record<string, string>>;
  readonly jobs: Readonly<Record<string, { readonly steps: readonly { readonly uses?: string; readonly run?: string; readonly if?: string; readonly with?: Readonly<Record<string, unknown>> }[] }>>;
}
interface Hook {
  readonly id: string;
  readonly entry: string;
  readonly files: string;
  readonly require_serial: boolean;
}

const LINTED = ['src/a.ts', 'a.tsx', 'a.mts', 'a.cts', 'a.js', 'a.jsx', 'a.mjs', 'a.cjs', 'src/[slug].tsx', 'a b.ts'];
const NOT_LINTED = ['a.json', 'README.md', 'a.ts.snap', 'ts', 'a.vue', 'xts'];

describe('the hook of .pre-commit-hooks.yaml', () => {
  const [hook] = parse(read('.pre-commit-hooks.yaml')) as [Hook];

  it('runs the command of the package, once for all files', () => {
    const { bin } = JSON.parse(read('package.json')) as { bin: Readonly<Record<string, string>> };
    expect(Object.keys(bin)).toContain(hook.entry);
    expect(hook).toMatchObject({ id: 'conclint', language: 'node', require_serial: true });
  });

  it.each([['of the repository', hook.files], ['of the README', localHook().files]])('%s takes the files that conclint lints', (_, files) => {
    const pattern = new RegExp(files);
    expect([...LINTED, ...NOT_LINTED].filter((name) => pattern.test(name))).toEqual(LINTED);
  });
});

describe('the workflow', () => {
  const workflow = parse(read('.github/workflows/conclint.yml')) as Workflow;
  const steps = Object.values(workflow.jobs).flatMap((job) => job.steps);

  it('uploads the report that the step before it writes, whatever was found', () => {
    const command = steps.find((step) => step.run?.includes('conclint'))?.run ?? '';
    const [, format, file] = /--report (\w+)=(\S+)/.exec(command) ?? [];
    const upload = steps.find((step) => step.uses?.startsWith('github/codeql-action/upload-sarif@'));
    expect(FORMATS).toContain(format);
    expect(upload?.with?.['sarif_file']).toBe(file);
    expect(upload?.if).toContain('!cancelled()');
    expect(workflow.permissions['security-events']).toBe('write');
  });
});

describe('the README', () => {
  it('names only options and commands that there are', () => {
    const help = [['--help'], ['rules', '--help'], ['explain', '--help']].map((args) => runCli(args).stdout).join('');
    const used = [...readme.matchAll(/conclint[^\n`]*?(--[a-z][a-z-]+)|^ +(--[a-z][a-z-]+)|`(--[a-z][a-z-]+)`/gm)].map((match) => match[1] ?? match[2] ?? match[3]!);
    expect(used.length).toBeGreaterThan(5);
    expect(used.filter((option) => !help.includes(option))).toEqual([]);
  });

  it('links to files that there are', () => {
    const links = [...readme.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((match) => match[1]!);
    expect(links.filter((link) => !existsSync(join(PROJECT_ROOT, link)))).toEqual([]);
  });

  it('names files of the package that are exported', () => {
    const { exports } = JSON.parse(read('package.json')) as { exports: Readonly<Record<string, unknown>> };
    expect(exports).toHaveProperty(['./schema.json']);
    expect(existsSync(join(PROJECT_ROOT, 'dist/matchers/github.json'))).toBe(true);
  });
});

function localHook(): Hook {
  const [, yaml] = /```yaml\n(repos:\n[^`]*)```/.exec(readme) ?? [];
  const { repos } = parse(yaml!) as { repos: readonly { hooks: readonly Hook[] }[] };
  return repos[0]!.hooks[0]!;
}
