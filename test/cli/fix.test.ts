import { spawnSync } from 'node:child_process';
import { chmodSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { writeFixes } from '../../src/cli/fixes.js';
import type { LintResult } from '../../src/core/result.js';
import { resultOf } from '../report/sample.js';
import { runCli } from './run-cli.js';
import { temporaryProject } from './temporary-project.js';

/** One safe fix: `fetch(url)` is not given the signal. */
const SAFE = `export async function load(url: string, signal: AbortSignal): Promise<Response> {
  signal.throwIfAborted();
  return fetch(url);
}
`;
const SAFE_FIXED = SAFE.replace('fetch(url)', 'fetch(url, { signal })');
/** One unsafe fix, and nothing else. */
const UNSAFE = `export async function loadOr(url: string): Promise<Response | undefined> {
  try {
    return fetch(url);
  } catch (error) {
    console.error(error);
    return undefined;
  }
}
`;
/** Two fixes of which one encloses the other. */
const OVERLAPPING = `export async function within(url: string, signal: AbortSignal): Promise<Response> {
  signal.throwIfAborted();
  return await Promise.race([
    fetch(url),
    new Promise<never>((_, reject) => {
      setTimeout(() => reject(new Error('late')), 60_000);
    }),
  ]);
}
`;
const read = (cwd: string, path: string): string => readFileSync(join(cwd, path), 'utf8');

describe('--fix', () => {
  it('makes the safe fixes, reports what remains and says how much it fixed', () => {
    const cwd = temporaryProject({ 'src/a.ts': SAFE, 'src/b.ts': UNSAFE });
    const { stdout, stderr, code } = runCli(['src', '--fix'], { cwd });
    expect({ stderr, code }).toEqual({ stderr: '', code: 1 });
    expect(stdout).toContain('src/b.ts:3:12: error unawaited-return');
    expect(stdout).toContain('--fix-unsafe: await fetch(url) before returning it');
    expect(stdout).toMatch(/^1 finding in 1 of 2 files: 1 error; 1 fixed$/m);
    expect(stdout).toContain('fixable: 1 with --fix-unsafe');
    expect([read(cwd, 'src/a.ts'), read(cwd, 'src/b.ts')]).toEqual([SAFE_FIXED, UNSAFE]);
  });

  it('ends with 0 when nothing remains, and has nothing to do in a second run', () => {
    const cwd = temporaryProject({ 'src/a.ts': SAFE });
    const first = runCli(['src', '--fix'], { cwd });
    expect({ ...first, stdout: first.stdout.replace(/\(.*\)/, '') }).toEqual({ stdout: 'no findings in 1 file ; 1 fixed\n', stderr: '', code: 0 });
    expect(runCli(['src', '--fix'], { cwd }).stdout).toMatch(/; 0 fixed\n$/);
  });

  it('keeps byte order mark, line ends, mode and every other byte', () => {
    const marked = (text: string): string => `\ufeff${text.replaceAll('\n', '\r\n')}`;
    const cwd = temporaryProject({ 'src/a.ts': marked(OVERLAPPING) });
    chmodSync(join(cwd, 'src/a.ts'), 0o640);
    expect(runCli(['src', '--fix', '--preset', 'all'], { cwd }).code).toBe(0);
    expect(read(cwd, 'src/a.ts')).toBe(
      marked(`export async function within(url: string, signal: AbortSignal): Promise<Response> {
  signal.throwIfAborted();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    return await Promise.race([
      fetch(url, { signal }),
      new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error('late')), 60_000);
      }),
    ]);
  } finally {
    clearTimeout(timer);
  }
}
`),
    );
    expect(statSync(join(cwd, 'src/a.ts')).mode & 0o777).toBe(0o640);
    expect(readdirSync(join(cwd, 'src'))).toEqual(['a.ts']);
  });

  it('leaves suppressed findings, files that do not parse and files that are not linted alone', () => {
    const files = {
      'src/suppressed.ts': SAFE.replace('  return', '  // conclint-disable-next-line unforwarded-signal -- has to outlive its caller\n  return'),
      'src/broken.ts': `${SAFE}export const = 1;\n`,
      'other/a.ts': SAFE,
    };
    const cwd = temporaryProject(files);
    expect(runCli(['src', '--fix'], { cwd }).stdout).toContain('0 fixed');
    for (const [path, text] of Object.entries(files)) expect(read(cwd, path)).toBe(text);
  });

  it('says in one line which file it cannot write, writes the others and ends with 2', () => {
    const cwd = temporaryProject({ 'src/a.ts': SAFE, 'src/b.ts': SAFE });
    chmodSync(join(cwd, 'src/a.ts'), 0o444);
    const { stdout, stderr, code } = runCli(['src', '--fix'], { cwd });
    expect({ stderr, code }).toEqual({ stderr: 'conclint: error: src/a.ts: its fixes are not written: the file is read-only\n', code: 2 });
    expect(stdout).toContain('1 fixed');
    expect([read(cwd, 'src/a.ts'), read(cwd, 'src/b.ts')]).toEqual([SAFE, SAFE_FIXED]);
  });

  it('leaves text alone that is not UTF-8', () => {
    const bytes = Buffer.concat([Buffer.from(SAFE), Buffer.from('// caf\xe9\n', 'latin1')]);
    const cwd = temporaryProject({ 'src/a.ts': bytes });
    runCli(['src', '--fix'], { cwd });
    expect(readFileSync(join(cwd, 'src/a.ts'))).toEqual(bytes);
  });
});

describe('--fix-unsafe', () => {
  it('makes the others too', () => {
    const cwd = temporaryProject({ 'src/a.ts': SAFE, 'src/b.ts': UNSAFE });
    expect(runCli(['src', '--fix-unsafe'], { cwd }).code).toBe(0);
    expect([read(cwd, 'src/a.ts'), read(cwd, 'src/b.ts')]).toEqual([SAFE_FIXED, UNSAFE.replace('return fetch', 'return await fetch')]);
  });
});

describe('--fix-dry-run', () => {
  it('prints a patch that does what --fix does, and writes nothing', () => {
    const cwd = temporaryProject({ 'src/a.ts': SAFE, 'src/b.ts': OVERLAPPING, 'src/c.ts': UNSAFE });
    const { stdout, stderr, code } = runCli(['--fix-dry-run', '--preset', 'all'], { cwd });
    expect({ stderr, code }).toEqual({ stderr: 'conclint: 3 fixes in 2 files, nothing written\n', code: 1 });
    expect([read(cwd, 'src/a.ts'), read(cwd, 'src/b.ts')]).toEqual([SAFE, OVERLAPPING]);

    const applied = spawnSync('git', ['apply'], { cwd, input: stdout, encoding: 'utf8' });
    expect(applied).toMatchObject({ stderr: '', status: 0 });
    const patched = ['src/a.ts', 'src/b.ts', 'src/c.ts'].map((path) => read(cwd, path));
    writeFileSync(join(cwd, 'src/a.ts'), SAFE);
    writeFileSync(join(cwd, 'src/b.ts'), OVERLAPPING);
    runCli(['--fix', '--preset', 'all'], { cwd });
    expect(['src/a.ts', 'src/b.ts', 'src/c.ts'].map((path) => read(cwd, path))).toEqual(patched);
  });

  it('shows the unsafe ones where they are asked for', () => {
    const { stdout } = runCli(['--fix-dry-run', '--fix-unsafe'], { cwd: temporaryProject({ 'src/c.ts': UNSAFE }) });
    expect(stdout).toContain('-    return fetch(url);\n+    return await fetch(url);\n');
  });
});

describe('a file that was changed while it was judged', () => {
  it('is not written', () => {
    const cwd = temporaryProject({ 'a.ts': 'edited meanwhile\n' });
    const result: LintResult = { ...resultOf([]), root: cwd, fixed: [{ file: 'a.ts', before: 'as judged\n', after: 'fixed\n', fixes: [] }] };
    expect(writeFixes(result)).toMatchObject({ fixed: [], notifications: [{ id: 'fix-not-written', file: 'a.ts', message: 'its fixes are not written: the file was changed meanwhile', fatal: true }] });
    expect(read(cwd, 'a.ts')).toBe('edited meanwhile\n');
  });
});
