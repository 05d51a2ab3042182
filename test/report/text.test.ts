import { describe, expect, test } from 'vitest';
import { compact } from '../../src/report/compact.js';
import { text } from '../../src/report/text.js';
import { finding, rangeAt, step } from '../support/finding.js';
import { envOf, leak, plain, race, resultOf, SAMPLE, STATS, suppressed } from './sample.js';

const frameOf = (source: string, range: ReturnType<typeof rangeAt>): string[] =>
  text
    .render(resultOf([finding({ ruleId: 'r', file: 'f.ts', range })]), envOf({ source: () => source }))
    .split('\n\n')[0]!
    .split('\n')
    .slice(1);

describe('the text report', () => {
  test('shows code, steps, and what there is in all', async () => {
    await expect(text.render(SAMPLE, envOf())).toMatchFileSnapshot('golden/sample.txt');
  });

  test('has the same words in colour', () => {
    const coloured = text.render(SAMPLE, envOf({ colorLevel: 3 }));
    expect(coloured).toContain('\u001b[');
    expect(coloured.replace(/\u001b\[[\d;]*m/g, '')).toBe(text.render(SAMPLE, envOf()));
  });

  test('says of silence how much was looked at', () => {
    expect(text.render(resultOf([]), envOf({ exitCode: 0 }))).toBe(
      'no findings in 42 files (120 async functions, 431 awaits looked at); 4 files passed over (3 generated, 1 too large)\n',
    );
  });

  test('counts one thing in the singular', () => {
    const stats = { ...STATS, files: 1, asyncFunctions: 1, awaits: 1, skipped: {} };
    expect(text.render(resultOf([], { stats }), envOf())).toBe('no findings in 1 file (1 async function, 1 await looked at)\n');
  });

  test('counts suppressed findings, and shows them with their reasons where asked', () => {
    expect(text.render(resultOf([suppressed]), envOf())).toContain('; 1 suppressed');
    expect(text.render(resultOf([suppressed]), envOf({ reportSuppressed: true }))).toContain('  src/shutdown.ts:2:3 lost-update -- called once, by main\n');
  });

  test('when quiet shows errors and says what it does not show', () => {
    const quiet = text.render(resultOf([race, leak, plain]), envOf({ quiet: true }));
    expect(quiet).not.toContain('leaked-timer');
    expect(quiet).toContain('1 finding in 1 of 42 files: 1 error; 2 below error not shown');
  });

  test('does without the source where it cannot be read', () => {
    const report = text.render(resultOf([leak]), envOf({ source: () => undefined }));
    expect(report).toContain('src/ledger.ts:12:15: warning leaked-timer: no code in view clears this interval\n\n    1  ledger.ts:12:15 ');
  });

  test('follows the folder it is run in', () => {
    expect(text.render(resultOf([plain]), envOf({ cwd: '/repo/src' }))).toMatch(/^my file\.ts:2:5: /);
    expect(text.render(resultOf([plain]), envOf({ cwd: '/repo/test' }))).toMatch(/^\.\.\/src\/my file\.ts:2:5: /);
    expect(text.render(resultOf([plain]), envOf({ pathBase: 'absolute' }))).toMatch(/^\/repo\/src\/my file\.ts:2:5: /);
  });
});

describe('the code frame', () => {
  test('expands tabs and underlines what the reader sees', () => {
    expect(frameOf('\tif (x)\tawait f();', rangeAt(1, 9, 16))).toEqual(['> 1 |     if (x)  await f();', '    |             ^^^^^^^']);
  });

  test('counts wide characters as two columns and combining marks as none', () => {
    expect(frameOf("say('中文😀e\u0301', f());", rangeAt(1, 15, 18))).toEqual(["> 1 | say('中文😀e\u0301', f());", `    | ${' '.repeat(15)}^^^`]);
  });

  test('makes control and bidirectional characters visible', () => {
    expect(frameOf('a\u001b[31m\u202e = f();', rangeAt(1, 10, 13))[0]).toBe('> 1 | a\\u{1b}[31m\\u{202e} = f();');
    expect(frameOf('a\u0007 = f();', rangeAt(1, 6, 9))[1]).toBe('    |          ^^^');
  });

  test('cuts long lines around the mark', () => {
    const [code, underline] = frameOf(`${'x'.repeat(500)} await f(); ${'y'.repeat(500)}`, rangeAt(1, 502, 512));
    expect(code!.length).toBeLessThanOrEqual('> 1 | '.length + 110);
    expect(code!.slice(6)).toMatch(/^….*….?$/);
    expect(code!.slice(underline!.indexOf('^'), underline!.lastIndexOf('^') + 1)).toBe('await f();');
  });

  test('shows the first lines of a long range', () => {
    const source = Array.from({ length: 9 }, (_, i) => `line${i + 1};`).join('\n');
    expect(frameOf(source, rangeAt(2, 1, 7, 8))).toEqual(['  1 | line1;', '> 2 | line2;', '    | ^^^^^^', '> 3 | line3;', '> 4 | line4;', '> 5 | line5;']);
  });

  test('draws near steps in and elides what lies between', () => {
    const source = Array.from({ length: 20 }, (_, i) => `line${i + 1};`).join('\n');
    const found = finding({ ruleId: 'r', file: 'f.ts', range: rangeAt(12, 1, 5), trace: [step('f.ts', 6, 1, 'near'), step('f.ts', 1, 1, 'far')] });
    const report = text.render(resultOf([found]), envOf({ source: () => source }));
    expect(report).toContain('   6 | line6;\n     ...\n  11 | line11;\n> 12 | line12;');
    expect(report).toContain('2  f.ts:1:1  far\n       | line1;');
  });

  test('stands a range that is not in the text', () => {
    expect(frameOf('a();\n', rangeAt(7, 3))).toEqual([]);
    expect(frameOf('a();', rangeAt(1, 40, 50))).toEqual(['> 1 | a();', '    |     ^']);
  });

  test('marks an empty range by one sign', () => {
    expect(frameOf('a();', rangeAt(1, 3, 3))[1]).toBe('    |   ^');
  });

  test('does not count a byte order mark', () => {
    expect(frameOf('\ufeffa();', rangeAt(1, 1, 4))).toEqual(['> 1 | a();', '    | ^^^']);
  });
});

test('the compact report is the first lines alone', () => {
  const firstLines = text.render(SAMPLE, envOf()).split('\n').filter((line) => /^\S.*:\d+:\d+: /.test(line));
  expect(compact.render(SAMPLE, envOf())).toBe(`${firstLines.join('\n')}\n`);
  expect(compact.render(resultOf([]), envOf())).toBe('');
});
