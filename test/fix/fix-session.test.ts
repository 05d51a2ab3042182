import { describe, expect, it } from 'vitest';
import type { Edit, Finding, Fix, FixSafety } from '../../src/core/finding.js';
import { FixSession, type JudgedRun } from '../../src/fix/fix-session.js';
import { finding, rangeAt } from '../support/finding.js';

const FILE = 'src/a.ts';

function fixOf(edits: readonly (readonly [start: number, end: number, text: string])[], safety: FixSafety = 'safe'): Fix {
  return { description: 'mend it', safety, edits: edits.map(([start, end, text]): Edit => ({ ...rangeAt(1, 1), start, end, text })) };
}
function found(start: number, ...fixes: Fix[]): Finding {
  return finding({ ruleId: 'leak', file: FILE, range: { ...rangeAt(1, start + 1), start, end: start + 1 }, fixes });
}
function run(text: string, findings: readonly Finding[], errors: readonly string[] = []): JudgedRun {
  return { findings, fixable: new Map([[FILE, { text, errors: errors.map((message) => ({ start: 0, message })) }]]) };
}
const textOf = (session: FixSession): string | undefined => session.texts.get(FILE);

describe('a pass', () => {
  it('makes all fixes of a file that lie apart', () => {
    const session = new FixSession(['safe']);
    expect(session.advance(run('abcd', [found(0, fixOf([[0, 1, 'A']])), found(2, fixOf([[2, 3, 'C']]))]))).toBe(true);
    expect(textOf(session)).toBe('AbCd');
  });

  it('makes one of those that overlap or touch, and the next pass the other', () => {
    const session = new FixSession(['safe']);
    session.advance(run('abcd', [found(0, fixOf([[0, 1, 'A'], [3, 4, 'D']])), found(1, fixOf([[1, 2, 'B']]))]));
    expect(textOf(session)).toBe('AbcD');
    session.advance(run('AbcD', [found(1, fixOf([[1, 2, 'B']]))]));
    expect(textOf(session)).toBe('ABcD');
    expect(session.advance(run('ABcD', []))).toBe(false);
    expect(session.fixed).toMatchObject([{ file: FILE, before: 'abcd', after: 'ABcD', fixes: [{}, {}] }]);
  });

  it('counts offsets behind the byte order mark', () => {
    const session = new FixSession(['safe']);
    session.advance(run('\ufeffabc', [found(0, fixOf([[0, 1, 'A']]))]));
    expect(textOf(session)).toBe('\ufeffAbc');
  });

  it.each([
    ['unsafe fixes where only safe ones are wanted', found(0, fixOf([[0, 1, 'A']], 'unsafe'))],
    ['suppressed findings', { ...found(0, fixOf([[0, 1, 'A']])), suppression: { kind: 'inSource', reason: 'known' } as const }],
    ['findings without a fix', found(0)],
  ])('leaves %s alone', (_, given) => {
    const session = new FixSession(['safe']);
    expect(session.advance(run('abc', [given]))).toBe(false);
    expect(session.fixed).toEqual([]);
  });
});

describe('a fix is taken back for good', () => {
  it('where the result has errors that were not there before', () => {
    const session = new FixSession(['safe']);
    const given = found(0, fixOf([[0, 1, 'A']]));
    session.advance(run('abc', [given], ['TS1: old']));
    expect(session.advance(run('Abc', [], ['TS1: old', 'TS2: new']))).toBe(true);
    expect(textOf(session)).toBeUndefined();
    expect(session.advance(run('abc', [given], ['TS1: old']))).toBe(false);
    expect(session.notifications).toMatchObject([{ id: 'fix-withdrawn', fatal: false, message: 'the fix "mend it" was withdrawn: the result has an error: TS2: new' }]);
  });

  it('where the finding is reported as before', () => {
    const session = new FixSession(['safe']);
    const given = found(0, fixOf([[0, 1, 'A']]));
    session.advance(run('abc', [given]));
    expect(session.advance(run('Abc', [given]))).toBe(true);
    expect(session.advance(run('abc', [given]))).toBe(false);
    expect(session.fixed).toEqual([]);
  });

  it('and those beside it that the error is not near are made again', () => {
    const session = new FixSession(['safe']);
    const [near, far] = [found(0, fixOf([[0, 1, 'A']])), found(2, fixOf([[2, 3, 'C']]))];
    session.advance(run('abcd', [near, far]));
    session.advance(run('AbCd', [], ['TS2: new']));
    session.advance(run('abcd', [near, far]));
    expect(textOf(session)).toBe('abCd');
  });
});

it('what brings up one finding for each that it mends comes to an end', () => {
  const session = new FixSession(['safe']);
  let passes = 0;
  for (let text = 'x'; session.advance(run(text, [found(passes, fixOf([[0, 0, 'x']])), ...Array.from({ length: 50 - passes }, (_, i) => found(100 + i))])); passes++) text = textOf(session) ?? text;
  expect(passes).toBeLessThanOrEqual(11);
});
