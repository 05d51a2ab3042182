import { describe, expect, test } from 'vitest';
import { settle, type Claim } from '../../src/engine/precedence.js';

const claim = (ruleId: string, question: Claim['question'], subjectKey = 'p'): Claim => ({ ruleId, question, subjectKey });
const outcome = (...claims: Claim[]): string[] => settle(claims).map(({ winner, also }) => [winner.ruleId, ...also].join(' < '));

describe('one defect, one report', () => {
  test('the first in the line of the question reports and names the others', () => {
    expect(outcome(claim('floating-promise', 'lost-rejection'), claim('ignored-async-callback', 'lost-rejection'), claim('unawaited-return', 'lost-rejection'))).toEqual([
      'unawaited-return < ignored-async-callback < floating-promise',
    ]);
    expect(outcome(claim('check-then-act', 'race'), claim('lost-update', 'race'))).toEqual(['lost-update < check-then-act']);
    expect(outcome(claim('stuck-flag', 'undo'), claim('unreleased-lock', 'undo'))).toEqual(['unreleased-lock < stuck-flag']);
  });

  test('two questions about one call are two defects', () => {
    expect(outcome(claim('floating-promise', 'lost-rejection'), claim('unbounded-spawn', 'number'))).toEqual(['floating-promise', 'unbounded-spawn']);
  });

  test('two subjects are two defects', () => {
    expect(outcome(claim('leaked-timer', 'release', 'a'), claim('leaked-listener', 'release', 'b'))).toEqual(['leaked-timer', 'leaked-listener']);
  });

  test('a rule that reports a subject twice reports it once and does not name itself', () => {
    const [first, second] = [claim('leaked-timer', 'release'), claim('leaked-timer', 'release')];
    const settled = settle([first, second]);
    expect(settled).toEqual([{ winner: first, also: [] }]);
    expect(settled[0]!.winner).toBe(first);
  });

  test('rules that stand in no line come after those that do, by id', () => {
    expect(outcome(claim('a-new-rule', 'race'), claim('another-rule', 'race'), claim('stale-guard', 'race'))).toEqual(['stale-guard < a-new-rule < another-rule']);
  });

  test('what is left keeps the order of the file', () => {
    expect(outcome(claim('deaf-loop', 'cancellation', 'a'), claim('floating-promise', 'lost-rejection', 'b'), claim('ignored-signal', 'cancellation', 'a'))).toEqual([
      'floating-promise',
      'ignored-signal < deaf-loop',
    ]);
  });
});
