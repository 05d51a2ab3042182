import { describe, expect, test } from 'vitest';
import { differences, parseFixture } from './expectations.js';
import { finding, rangeAt, step } from './finding.js';

const leak = (line: number, message = 'the timer is never cleared') => finding({ ruleId: 'leaked-timer', file: 'f.ts', message, range: rangeAt(line, 3) });
const check = (text: string, findings: Parameters<typeof differences>[2], judged = ['leaked-timer']) => differences('f.ts', parseFixture(text), findings, judged);

test('a fixture agrees when every finding is expected and every expectation found', () => {
  expect(check('a(); // expect: leaked-timer "never cleared"\nb(); // ok: cleared below', [leak(1)])).toEqual([]);
});

test('two findings of one line need two expectations, whatever their order', () => {
  const text = 'a(); // expect: leaked-timer // expect: leaked-timer "interval"';
  expect(check(text, [leak(1, 'the interval is never cleared'), leak(1)])).toEqual([]);
  expect(check(text, [leak(1, 'the interval is never cleared')])).toHaveLength(1);
});

test('an offset points to another line', () => {
  expect(check('// expect@+1: leaked-timer\na();\n// expect@-1: leaked-timer "t"', [leak(2), leak(2)])).toEqual([]);
});

describe('a difference is', () => {
  test.each([
    ['a finding nobody expects', 'a();', [leak(1)], 'f.ts:1: unexpected leaked-timer: the timer is never cleared'],
    ['a finding on a near miss', 'a(); // ok: short', [leak(1)], 'f.ts:1: unexpected leaked-timer: the timer is never cleared (marked ok)'],
    ['an expectation nobody meets', 'a(); // expect: leaked-timer', [], 'f.ts:1: missing leaked-timer'],
    ['a message without the fragment', 'a(); // expect: leaked-timer "x"', [leak(1)], 'f.ts:1: missing leaked-timer "x"; its message is: the timer is never cleared'],
    ['a known miss that is found', 'a(); // todo: leaked-timer', [leak(1)], 'f.ts:1: leaked-timer is found now: make the "todo" an "expect"'],
    ['a known false alarm that is gone', 'a(); // todo-ok: leaked-timer', [], 'f.ts:1: leaked-timer is no longer reported: make the "todo-ok" an "ok"'],
    ['a note without a step', 'a(); // note: leaked-timer', [], 'f.ts:1: no trace of leaked-timer has a step here'],
    [
      'a finding that gave way',
      'a(); // expect: leaked-timer',
      [finding({ ruleId: 'overwritten-handle', file: 'f.ts', message: 'm', also: ['leaked-timer'], range: rangeAt(1, 1) })],
      'f.ts:1: missing leaked-timer; it gave way to overwritten-handle: m',
    ],
  ])('%s', (_, text, findings, difference) => {
    expect(check(text, findings)).toContain(difference);
  });
});

test('known misses and known false alarms agree while they last', () => {
  expect(check('a(); // todo: leaked-timer\nb(); // todo-ok: leaked-timer', [leak(2)])).toEqual([]);
});

test('a note is met by a step of a finding in another file', () => {
  const elsewhere = finding({ ruleId: 'leaked-timer', file: 'g.ts', trace: [step('f.ts', 1, 1, 'starts here')] });
  expect(check('a(); // note: leaked-timer', [elsewhere])).toEqual([]);
});

test('other rules are looked at only where the fixture names them', () => {
  const other = finding({ ruleId: 'lost-update', file: 'f.ts', range: rangeAt(2, 1) });
  expect(check('a();\nb();', [other])).toEqual([]);
  expect(check('a(); // expect: lost-update\nb();', [other])).toHaveLength(2);
});

describe('not of the language is', () => {
  test.each([
    ['an unknown keyword', '// expects: leaked-timer'],
    ['an expectation without a rule', '// expect:'],
    ['a fragment without quotes', '// expect: leaked-timer never cleared'],
    ['a near miss without a reason', '// ok:'],
  ])('%s', (_, text) => {
    expect(() => parseFixture(`a();\n${text}`)).toThrow(/^line 2: /);
  });
});

test('prose, addresses and regions are for the reader', () => {
  expect(parseFixture('// #region example\n// see https://example.com: it says so\n// Why: because\nf("a: b")').expectations).toEqual([]);
});
