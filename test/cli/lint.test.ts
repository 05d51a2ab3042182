import { spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MAIN, runCli } from './run-cli.js';
import { CLEAN, DEFECT, temporaryProject } from './temporary-project.js';

const FIRST_LINE = 'src/a.ts:5:3: error floating-promise: ';

describe('the exit code', () => {
  it('is 0 with a line on how much was looked at when there is nothing to report', () => {
    const { stdout, stderr, code } = runCli(['src'], { cwd: temporaryProject({ 'src/a.ts': CLEAN }) });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toMatch(/^no findings in 1 file \(1 async function, 1 await looked at\)\n$/);
  });

  it('is 1 for an error', () => {
    const { stdout, code } = runCli(['src'], { cwd: temporaryProject({ 'src/a.ts': DEFECT }) });
    expect(code).toBe(1);
    expect(stdout.startsWith(FIRST_LINE)).toBe(true);
  });

  it('is 0 for warnings, unless there are more than allowed', () => {
    const cwd = temporaryProject({ 'src/a.ts': DEFECT });
    const asWarning = ['src', '--rule', 'floating-promise:warning'];
    expect(runCli(asWarning, { cwd }).code).toBe(0);
    expect(runCli([...asWarning, '--max-warnings', '1'], { cwd }).code).toBe(0);
    expect(runCli([...asWarning, '--max-warnings', '0'], { cwd }).code).toBe(1);
  });

  it('counts warnings that --quiet hides', () => {
    const cwd = temporaryProject({ 'src/a.ts': DEFECT });
    const { stdout, code } = runCli(['src', '--rule', 'floating-promise:warning', '--quiet', '--max-warnings', '0', '-f', 'compact'], { cwd });
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
  });

  it('is 2 when something could not be judged, and the rest is reported whole', () => {
    const { stdout, stderr, code } = runCli(['src/a.ts', 'src/gone.ts'], { cwd: temporaryProject({ 'src/a.ts': DEFECT }) });
    expect(code).toBe(2);
    expect(stdout.startsWith(FIRST_LINE)).toBe(true);
    expect(stderr).toMatch(/^conclint: error: .*src\/gone\.ts/);
  });
});

describe('what is linted', () => {
  it('is the current folder when no path is given', () => {
    const { stdout, code } = runCli(['-f', 'compact'], { cwd: temporaryProject({ 'src/a.ts': DEFECT, 'b.js': CLEAN }) });
    expect(code).toBe(1);
    expect(stdout.startsWith(FIRST_LINE)).toBe(true);
  });

  it('is shown by --list-files', () => {
    const cwd = temporaryProject({ 'src/a.ts': CLEAN, 'src/b.js': CLEAN, 'src/c.d.ts': '', 'node_modules/x/index.js': CLEAN });
    const { stdout, code } = runCli(['--list-files'], { cwd });
    expect({ files: stdout.trim().split('\n'), code }).toEqual({ files: ['src/a.ts', 'src/b.js'], code: 0 });
  });

  it('takes names literally before it takes them for globs', () => {
    const cwd = temporaryProject({ 'src/[slug].ts': DEFECT, 'src/s.ts': CLEAN });
    expect(runCli(['src/[slug].ts', '-f', 'compact'], { cwd }).stdout).toMatch(/^src\/\[slug\]\.ts:5:3: error/);
  });

  it('leaves out files passed by name that are ignored, says so, and ends with 0', () => {
    const cwd = temporaryProject({ 'dist/a.js': DEFECT });
    const { stderr, code } = runCli(['dist/a.js'], { cwd });
    expect(code).toBe(0);
    expect(stderr).toContain('dist/a.js');
  });

  it('ends with 2 for a pattern that matches nothing', () => {
    const { stderr, code } = runCli(['lib/**/*.ts'], { cwd: temporaryProject({ 'src/a.ts': CLEAN }) });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^conclint: .*lib\/\*\*\/\*\.ts/);
  });

  it('ends with 2 for an empty folder', () => {
    const { stderr, code } = runCli([], { cwd: temporaryProject({}) });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^conclint: /);
  });

  it('survives empty, binary, huge and broken files', () => {
    const cwd = temporaryProject({
      'src/a.ts': DEFECT,
      'src/empty.ts': '',
      'src/binary.ts': new Uint8Array([0, 159, 146, 150, 0, 255, 10]),
      'src/huge.ts': `export const x = [\n${'  1,\n'.repeat(300_000)}];\n`,
      'src/broken.ts': 'export function f( {\n',
    });
    const { stdout, stderr, code } = runCli(['src', '-f', 'compact'], { cwd });
    expect(code).toBe(1);
    expect(stdout.startsWith(FIRST_LINE)).toBe(true);
    expect(stderr).toMatch(/src\/broken\.ts:\d+: /);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  it('is linted under a broken tsconfig too, which is spoken of', () => {
    const cwd = temporaryProject({ 'src/a.ts': DEFECT, 'tsconfig.json': '{ "extends": "./gone.json", "compilerOptions": { "strict": tru } ' });
    const { stdout, stderr, code } = runCli(['src', '-f', 'compact'], { cwd });
    expect(code).toBe(1);
    expect(stdout.startsWith(FIRST_LINE)).toBe(true);
    expect(stderr).toMatch(/^conclint: warning: tsconfig\.json/m);
  });
});

describe('reports', () => {
  it('go to a file with -o, with only a summary on standard error', () => {
    const cwd = temporaryProject({ 'src/a.ts': DEFECT });
    const { stdout, stderr, code } = runCli(['src', '-f', 'json', '-o', 'out/report.json'], { cwd });
    expect({ stdout, code }).toEqual({ stdout: '', code: 1 });
    expect(stderr).toBe('conclint: 1 error, 0 warnings, 0 notes; report in out/report.json\n');
    expect(JSON.parse(readFileSync(join(cwd, 'out/report.json'), 'utf8'))).toHaveLength(1);
    expect(readdirSync(join(cwd, 'out'))).toEqual(['report.json']);
  });

  it('can be several at once', () => {
    const cwd = temporaryProject({ 'src/a.ts': DEFECT });
    const { stdout } = runCli(['src', '--report', 'sarif=out.sarif', '--report', 'compact=out.txt'], { cwd });
    expect(stdout.startsWith(FIRST_LINE)).toBe(true);
    expect(JSON.parse(readFileSync(join(cwd, 'out.sarif'), 'utf8'))).toHaveProperty('version', '2.1.0');
    expect(readFileSync(join(cwd, 'out.txt'), 'utf8').startsWith(FIRST_LINE)).toBe(true);
  });

  it('that cannot be written end the run with 2 and a line', () => {
    const cwd = temporaryProject({ 'src/a.ts': DEFECT });
    mkdirSync(join(cwd, 'out'));
    const { stderr, code } = runCli(['src', '-o', 'out'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^conclint: cannot write .*out: it is a folder\n$/);
  });

  it.each([
    ['sarif', 'names no file'],
    ['=x', 'names no file'],
    ['sraif=out.sarif', 'unknown format "sraif"'],
  ])('asked for wrongly as %s are refused before any work', (report, message) => {
    const { stdout, stderr, code } = runCli(['src', '--report', report], { cwd: temporaryProject({ 'src/a.ts': DEFECT }) });
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toContain(message);
  });

  it('are coloured on demand, never in a file', () => {
    const cwd = temporaryProject({ 'src/a.ts': DEFECT });
    expect(runCli(['src'], { cwd }).stdout).not.toContain('\u001b');
    expect(runCli(['src', '--color'], { cwd }).stdout).toContain('\u001b[');
    expect(runCli(['src'], { cwd, env: { FORCE_COLOR: '1' } }).stdout).toContain('\u001b[');
    expect(runCli(['src', '--no-color'], { cwd, env: { FORCE_COLOR: '1' } }).stdout).not.toContain('\u001b');
    runCli(['src', '--color', '-o', 'out.txt'], { cwd });
    expect(readFileSync(join(cwd, 'out.txt'), 'utf8')).not.toContain('\u001b');
  });

  it('have the same bytes whatever the order of paths and the current folder', () => {
    const cwd = temporaryProject({ 'tsconfig.json': '{}', 'src/a.ts': DEFECT, 'lib/b.ts': DEFECT, '.git/HEAD': 'ref: refs/heads/main\n' });
    const run = (args: readonly string[], folder: string): string => runCli([...args, '--path-base', 'root', '-f', 'sarif'], { cwd: folder }).stdout;
    const expected = run(['src', 'lib'], cwd);
    expect(expected).toContain('floating-promise');
    expect(run(['lib', 'src'], cwd)).toBe(expected);
    expect(run(['../lib', '.'], join(cwd, 'src'))).toBe(expected);
  });
});

describe('a reader that goes away', () => {
  it('is no error, and the exit code stays', () => {
    const cwd = temporaryProject({ 'src/a.ts': manyDefects() });
    const script = `"${process.execPath}" "${MAIN}" src -f compact | head -c 10; echo "code \${PIPESTATUS[0]}"`;
    const { stdout, stderr } = spawnSync('bash', ['-c', script], { cwd, encoding: 'utf8' });
    expect({ stdout, stderr }).toEqual({ stdout: `${FIRST_LINE.slice(0, 10)}code 1\n`, stderr: '' });
  });

  it('that is slow gets every byte', () => {
    const cwd = temporaryProject({ 'src/a.ts': manyDefects() });
    const script = `"${process.execPath}" "${MAIN}" src -f json | (sleep 0.5; cat) | wc -c`;
    const direct = runCli(['src', '-f', 'json'], { cwd }).stdout;
    expect(Number(spawnSync('bash', ['-c', script], { cwd, encoding: 'utf8' }).stdout)).toBe(Buffer.byteLength(direct));
  });

  it.runIf(existsSync('/dev/full'))('because its disk is full is an error in words', () => {
    const { stderr, status } = spawnSync('bash', ['-c', `"${process.execPath}" "${MAIN}" src > /dev/full`], { cwd: temporaryProject({ 'src/a.ts': DEFECT }), encoding: 'utf8' });
    expect({ stderr, status }).toEqual({ stderr: 'conclint: cannot write to standard output: no space left on the device\n', status: 2 });
  });

  it('and closed streams do not matter', () => {
    const { status } = spawnSync('bash', ['-c', `"${process.execPath}" "${MAIN}" src <&- >&- 2>&-`], { cwd: temporaryProject({ 'src/a.ts': DEFECT }) });
    expect(status).toBe(1);
  });
});

/** More than a pipe holds. */
function manyDefects(): string {
  return DEFECT.concat(...Array.from({ length: 400 }, (_, i) => `export function on${i}(): void {\n  save();\n}\n`));
}

describe('an interrupt', () => {
  it('ends the run with 130 and leaves no file behind', async () => {
    const cwd = temporaryProject({ 'src/a.ts': DEFECT });
    const child = spawn(process.execPath, [MAIN, 'src', '-o', 'out.txt', '--debug'], { cwd, stdio: ['ignore', 'ignore', 'pipe'] });
    // The first word on standard error says that the work has begun.
    await new Promise((resolve) => child.stderr.once('data', resolve));
    child.kill('SIGINT');
    const code = await new Promise((resolve) => child.once('exit', resolve));
    expect(code).toBe(130);
    expect(readdirSync(cwd).sort()).toEqual(['package.json', 'src']);
  });
});

describe('rules on the command line', () => {
  it('are known by name', () => {
    const cwd = temporaryProject({ 'src/a.ts': DEFECT });
    for (const option of ['--rule', '--only']) {
      const { stdout, stderr, code } = runCli(['src', option, 'floating-promises'], { cwd });
      expect({ stdout, stderr, code }).toEqual({ stdout: '', stderr: 'conclint: unknown rule "floating-promises"\n  did you mean "floating-promise"?\n', code: 2 });
    }
  });

  it('have one of four severities', () => {
    const { stderr, code } = runCli(['src', '--rule', 'floating-promise:fatal'], { cwd: temporaryProject({ 'src/a.ts': DEFECT }) });
    expect(code).toBe(2);
    expect(stderr).toContain('off, note, warning, error');
  });

  it('can be switched off, or be the only ones', () => {
    const cwd = temporaryProject({ 'src/a.ts': DEFECT });
    expect(runCli(['src', '--rule', 'floating-promise:off'], { cwd }).code).toBe(0);
    expect(runCli(['src', '--only', 'floating-promise'], { cwd }).code).toBe(1);
    expect(runCli(['src', '--only', 'ignored-async-callback'], { cwd }).code).toBe(0);
  });
});

describe('the config', () => {
  it('is printed as it stands after defaults and flags', () => {
    const cwd = temporaryProject({ 'src/a.ts': CLEAN, 'conclint.config.json': '{ "rules": { "floating-promise": "warning" } }' });
    const config = JSON.parse(runCli(['--print-config', '--preset', 'strict'], { cwd }).stdout) as object;
    expect(config).toMatchObject({ preset: 'strict', rules: { 'floating-promise': { severity: 'warning' } } });
  });

  it('counts unless --no-config says no', () => {
    const cwd = temporaryProject({ 'src/a.ts': DEFECT, 'conclint.config.json': '{ "rules": { "floating-promise": "off" } }' });
    expect(runCli(['src'], { cwd }).code).toBe(0);
    expect(runCli(['src', '--no-config'], { cwd }).code).toBe(1);
  });

  it('with a mistake ends the run with 2 and says where', () => {
    const cwd = temporaryProject({ 'src/a.ts': CLEAN, 'conclint.config.json': '{\n  "rulez": {}\n}\n' });
    const { stdout, stderr, code } = runCli(['src'], { cwd });
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toMatch(/^conclint: .*conclint\.config\.json:2:3.*rulez/);
    expect(stderr).toContain('did you mean "rules"?');
  });

  it('that is asked for and missing ends the run with 2', () => {
    const { stderr, code } = runCli(['src', '-c', 'other.json'], { cwd: temporaryProject({ 'src/a.ts': CLEAN }) });
    expect(code).toBe(2);
    expect(stderr).toMatch(/^conclint: .*other\.json/);
  });
});

describe('suppressions', () => {
  const suppressed = DEFECT.replace('  save', '  // conclint-disable-next-line floating-promise -- the process ends here\n  save');

  it('hold, unless --no-inline-config ignores them', () => {
    const cwd = temporaryProject({ 'src/a.ts': suppressed });
    expect(runCli(['src'], { cwd }).code).toBe(0);
    expect(runCli(['src', '--no-inline-config'], { cwd }).code).toBe(1);
  });

  it('are shown with their reason by --report-suppressed', () => {
    const { stdout, code } = runCli(['src', '--report-suppressed'], { cwd: temporaryProject({ 'src/a.ts': suppressed }) });
    expect(code).toBe(0);
    expect(stdout).toContain('the process ends here');
  });

  it('without use are warnings, or errors on demand', () => {
    const unused = `// conclint-disable-next-line floating-promise -- nothing floats here\n${CLEAN}`;
    const cwd = temporaryProject({ 'src/a.ts': unused });
    const { stdout, code } = runCli(['src', '-f', 'compact'], { cwd });
    expect(stdout).toMatch(/^src\/a\.ts:1:\d+: warning unused-suppression: /);
    expect(code).toBe(0);
    expect(runCli(['src', '--report-unused-disable-directives'], { cwd }).code).toBe(1);
  });
});

describe('explain --at', () => {
  it('tells what the analysis sees at a line', () => {
    const { stdout, stderr, code } = runCli(['explain', '--at', 'src/a.ts:5'], { cwd: temporaryProject({ 'src/a.ts': DEFECT }) });
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    expect(stdout).toContain('call');
  });

  it.each(['src/a.ts', 'src/a.ts:0', 'src/gone.ts:1', 'src/a.ts:999', 'src/a.ts:x'])('wants a line that there is, not %s', (place) => {
    const { stdout, stderr, code } = runCli(['explain', '--at', place], { cwd: temporaryProject({ 'src/a.ts': DEFECT }) });
    expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
    expect(stderr).toMatch(/^conclint: /);
  });
});

describe('--timing', () => {
  it('says on standard error where the time went and how often the checker was asked', () => {
    const { stdout, stderr } = runCli(['src', '--timing'], { cwd: temporaryProject({ 'src/a.ts': DEFECT }) });
    expect(stderr).toMatch(/milliseconds by phase[^]*milliseconds by rule[^]*% needed the type checker, [\d.]+% left unknown\n$/);
    expect(stdout).not.toContain('milliseconds');
  });
});

describe('names and messages from the project', () => {
  it('cannot steer a terminal or a runner', () => {
    const cwd = temporaryProject({ 'src/::error::x\u001b[31m.ts': DEFECT });
    const { stdout, stderr } = runCli(['src'], { cwd, env: { GITHUB_ACTIONS: 'true' } });
    expect(stdout + stderr).not.toMatch(/\u001b|^\s*::/m);
  });
});
