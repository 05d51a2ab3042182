import { describe, expect, test } from 'vitest';
import { mutantsOf } from './mutants.js';
import { sampled, scoreLines } from './score.js';

const texts = (text: string): string[] => mutantsOf('a.ts', text).map((mutant) => `${mutant.operator} ${mutant.line}: ${mutant.text}`);

describe('a mutant', () => {
  test.each([
    ['try { f(); } finally { g(); }', 'finally 1: { f(); }'],
    ['try { f(); } catch { h(); } finally { g(); }', 'finally 1: try { f(); } catch { h(); }'],
    ['async () => { await f(); }', 'await 1: async () => { f(); }'],
    ['\nclearTimeout(t);', 'clear 2: \n;'],
    ["e.off('x', f);", 'off 1: ;'],
    ['f().catch(log);', 'handler 1: f();'],
    ['void f().catch(log);', 'handler 1: void f();'],
    ['kept.catch(log);', 'handler 1: ;'],
  ])('of %j', (text, expected) => {
    expect(texts(text)).toEqual([expected]);
  });

  test.each(['try { f(); } finally {}', 'async () => { x = await f(); }', 'async () => { await p; }', 'return f().catch(log);', 'f().catch();', 'async () => { await f().catch(log); }'])('is not made of %j', (text) => {
    expect(texts(text)).toEqual([]);
  });

  test('has one change each', () => {
    expect(texts('async () => { await f(); await g(); }')).toEqual(['await 1: async () => { f(); await g(); }', 'await 1: async () => { await f(); g(); }']);
  });
});

describe('the score', () => {
  const score = (operator: 'await' | 'off', reported: boolean) => ({ place: 'a.ts', mutant: { operator, line: 1, text: '' }, reported });

  test('is counted by what was taken out, and held against the bar', () => {
    const { lines, passed } = scoreLines([...Array.from({ length: 4 }, () => score('await', true)), score('off', false)]);
    expect(lines).toEqual(['await       4 of    4 reported (100%)', 'off         0 of    1 reported (0%)', 'all         4 of    5 reported (80%), bar 80%']);
    expect(passed).toBe(true);
    expect(scoreLines([score('off', false), score('await', true)]).passed).toBe(false);
  });

  test('of nothing is no pass', () => {
    expect(scoreLines([]).passed).toBe(false);
  });
});

test('a sample is the same for the same seed, and never longer than what there is', () => {
  const items = Array.from({ length: 50 }, (_, i) => i);
  expect(sampled(items, 10, 7)).toEqual(sampled(items, 10, 7));
  expect(new Set(sampled(items, 10, 7)).size).toBe(10);
  expect(sampled(items, 10, 7)).not.toEqual(sampled(items, 10, 8));
  expect(sampled([1, 2], 10, 1)).toHaveLength(2);
});
