import { describe, expect, test } from 'vitest';
import type * as Library from '../src/index.js';
import { describeLine, listFiles, resolveConfig } from '../src/lint.js';
import { DEFECT, temporaryProject } from './cli/temporary-project.js';

// The worker runs from the build, as it does for users.
const { lint } = (await import('../dist/src/index.js' as string)) as typeof Library;

const project = (files: Readonly<Record<string, string>>): string =>
  temporaryProject({ 'tsconfig.json': '{"compilerOptions": {"lib": ["es2022"], "types": []}}', ...files });

describe('lint', () => {
  test('gives findings, the rules that ran, and how much was looked at', async () => {
    const cwd = project({ 'src/a.ts': DEFECT, 'src/b.ts': 'export const b = 1;\n', 'src/c.d.ts': '' });
    const result = await lint({ cwd, paths: ['src'], preset: 'all' });
    expect(result.findings).toMatchObject([{ ruleId: 'floating-promise', file: 'src/a.ts', range: { startLine: 5, startColumn: 3 } }]);
    expect(result.root).toBe(cwd);
    expect(result.rules.map((rule) => rule.id)).toContain('floating-promise');
    expect(result.stats).toMatchObject({ files: 2, lines: 7, functions: 2, asyncFunctions: 1, awaits: 0 });
    expect(result.notifications).toEqual([]);
    expect(result.timing).toBeUndefined();
  });

  test('finds the same in one file as in the whole project, in any order of paths', async () => {
    const cwd = project({ 'src/a.ts': `import { save } from './save.js';\nexport function start(): void {\n  save();\n}\n`, 'src/save.ts': DEFECT.replace('async', 'export async') });
    const whole = await lint({ cwd, preset: 'all' });
    expect((await lint({ cwd, preset: 'all', paths: ['src/save.ts', 'src/a.ts'] })).findings).toEqual(whole.findings);
    expect((await lint({ cwd, preset: 'all', paths: ['src/a.ts'] })).findings).toEqual(whole.findings.filter((finding) => finding.file === 'src/a.ts'));
  });

  test('asks each half of a file for both sides where it runs', async () => {
    const cwd = project({
      'tsconfig.json': '{"compilerOptions": {"lib": ["es2022", "dom"], "types": []}}',
      'a.ts': `import 'node:events';
async function save(): Promise<void> { await fetch('/save'); }
export class Server { start(): void { save(); } }
export class Page { start(): void { navigator.serviceWorker.startMessages(); save(); } }
export class Either { start(): void { if (typeof navigator !== 'undefined') navigator.vibrate(1); save(); } }
`,
    });
    const { findings } = await lint({ cwd, preset: 'all', paths: ['a.ts'] });
    const floating = findings.filter(({ ruleId }) => ruleId === 'floating-promise');
    expect(floating.map(({ messageId, range }) => [messageId, range.startLine])).toEqual([['dropped', 3], ['droppedInBrowser', 4], ['dropped', 5]]);
  });

  test('does not judge what does not parse, and says so', async () => {
    const cwd = project({ 'a.ts': `${DEFECT}}`, 'b.ts': DEFECT, 'c.js': DEFECT });
    const result = await lint({ cwd, preset: 'all' });
    expect(result.findings.map((finding) => finding.file)).toEqual(['b.ts', 'c.js']);
    expect(result.notifications).toContainEqual(expect.objectContaining({ id: 'syntax-error', file: 'a.ts', fatal: false }));
  });

  test('gives a whole result when there is nothing to look at', async () => {
    const result = await lint({ cwd: project({}), paths: ['nowhere'] });
    expect(result).toMatchObject({ findings: [], stats: { files: 0 }, notifications: [{ id: 'no-files-matched', fatal: true }] });
    expect(result.rules.length).toBeGreaterThan(0);
  });

  test('measures where the time goes when asked to', async () => {
    const { timing } = await lint({ cwd: project({ 'a.ts': DEFECT }), timing: true });
    expect(Object.keys(timing!.phases)).toEqual(expect.arrayContaining(['bind', 'load', 'rules', 'walk']));
    expect(timing!.rules).toHaveProperty('floating-promise');
    expect(timing!.calls.total).toBeGreaterThan(0);
  });

  test('throws for a project that is named and not there', async () => {
    await expect(lint({ cwd: project({ 'a.ts': DEFECT }), projects: ['gone.json'] })).rejects.toThrow('--project gone.json: no such config');
  });

  test('ends when aborted', async () => {
    await expect(lint({ cwd: project({ 'a.ts': DEFECT }), signal: AbortSignal.abort(new Error('interrupted')) })).rejects.toThrow('interrupted');
  });
});

describe('options', () => {
  const config = JSON.stringify({
    preset: 'strict',
    rules: { 'floating-promise': 'warning' },
    overrides: [{ files: ['src/**'], preset: 'all', rules: { 'floating-promise': ['note', {}] } }],
  });

  test('are stronger than the config and its overrides', async () => {
    const cwd = project({ 'conclint.config.json': config });
    expect(await resolveConfig({ cwd, preset: 'recommended', rules: { 'floating-promise': 'off' } })).toMatchObject({
      preset: 'recommended',
      rules: { 'floating-promise': { severity: 'off' } },
      overrides: [{ files: ['src/**'], rules: { 'floating-promise': { severity: 'off' } } }],
    });
    expect((await resolveConfig({ cwd, preset: 'recommended' })).overrides[0]).not.toHaveProperty('preset');
    expect((await resolveConfig({ cwd, config: false })).preset).toBe('recommended');
  });

  test('name rules that exist', async () => {
    const cwd = project({});
    await expect(resolveConfig({ cwd, only: ['floating-promises'] })).rejects.toMatchObject({ message: 'unknown rule "floating-promises"', hint: 'did you mean "floating-promise"?' });
    await expect(resolveConfig({ cwd, rules: { nonsense: 'off' } })).rejects.toThrow('unknown rule "nonsense"');
  });

  test('list files without loading them', async () => {
    const cwd = project({ 'src/a.ts': 'syntax error (', 'src/b.js': '', 'src/node_modules/x/index.js': '' });
    expect(await listFiles({ cwd, paths: ['src'] })).toEqual(['src/a.ts', 'src/b.js']);
  });
});

test('what the model sees at a line can be asked', async () => {
  const cwd = project({ 'src/a.ts': DEFECT });
  expect((await describeLine('src/a.ts', 5, { cwd })).join('\n')).toContain('save');
  await expect(describeLine('src/gone.ts', 5, { cwd })).rejects.toThrow('src/gone.ts is no file that would be linted');
});
