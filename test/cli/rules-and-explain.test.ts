import { describe, expect, it } from 'vitest';
import { readManifest } from '../../src/manifest.js';
import { runCli } from './run-cli.js';

const { rules, version } = readManifest();

describe('conclint --version', () => {
  it('prints the version alone', () => {
    expect(runCli(['--version'])).toEqual({ stdout: `${version}\n`, stderr: '', code: 0 });
  });
});

describe('conclint --help', () => {
  it('says what there is, with the exit codes', () => {
    const { stdout, stderr, code } = runCli(['--help']);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    for (const word of ['--preset', '--report-unused-disable-directives', 'rules', 'explain', 'Exit codes']) expect(stdout).toContain(word);
  });
});

describe('conclint rules', () => {
  it('lists every rule on a line of its own', () => {
    const { stdout, code } = runCli(['rules']);
    expect(code).toBe(0);
    for (const rule of rules) expect(stdout).toMatch(new RegExp(`^  ${rule.id} +(recommended|strict|all) +(error|warning|note) +\\S`, 'm'));
  });

  it('gives all metadata as JSON', () => {
    const listed = JSON.parse(runCli(['rules', '--json']).stdout) as { id: string; preset: string; docs: { why: string } }[];
    expect(listed.map((rule) => rule.id)).toEqual(rules.map((rule) => rule.id));
    expect(listed.every((rule) => rule.preset !== undefined && rule.docs.why !== '')).toBe(true);
  });
});

describe('conclint explain', () => {
  it.each(rules.map((rule) => rule.id))('%s says why, shows both examples, the cure, the limits and how to suppress', (id) => {
    const rule = rules.find((each) => each.id === id)!;
    const { stdout, stderr, code } = runCli(['explain', id]);
    expect({ stderr, code }).toEqual({ stderr: '', code: 0 });
    for (const heading of ['Why', 'Instead', 'What it does not see', 'Messages', 'Suppress', ...(rule.examples ? ['Reported'] : [])]) {
      expect(stdout).toMatch(new RegExp(`^${heading}$`, 'm'));
    }
    expect(stdout).toContain(`conclint-disable-next-line ${id} -- `);
  });

  it('answers an unknown rule with the nearest name', () => {
    expect(runCli(['explain', 'unused-supression'])).toEqual({
      stdout: '',
      stderr: 'conclint: unknown rule "unused-supression"\n  did you mean "unused-suppression"?\n',
      code: 2,
    });
  });

  it('is not led astray by names of object members or by paths', () => {
    for (const name of ['__proto__', 'constructor', '../../package.json']) {
      expect(runCli(['explain', name])).toMatchObject({ stdout: '', code: 2 });
    }
  });

  it('wants a rule or a place', () => {
    expect(runCli(['explain'])).toMatchObject({ stdout: '', code: 2 });
  });
});

describe('a mistyped option', () => {
  it('is answered in a line, with the nearest one and exit code 2', () => {
    expect(runCli(['--prest', 'all'])).toEqual({ stdout: '', stderr: "conclint: unknown option '--prest'\n(Did you mean --preset?)\n", code: 2 });
  });

  it.each([['--max-warnings', 'many'], ['--max-warnings', '-1'], ['--preset', 'everything'], ['--format', 'pdf'], ['--path-base', 'home']])(
    'or value is refused with exit code 2: %s %s',
    (...args) => {
      const { stdout, stderr, code } = runCli(args);
      expect({ stdout, code }).toEqual({ stdout: '', code: 2 });
      expect(stderr).toMatch(/^conclint: /);
      expect(stderr).not.toMatch(/^ {4}at /m);
    },
  );
});
