import { describe, expect, test } from 'vitest';
import { fingerprint, fingerprints, normaliseSnippet } from '../../src/core/fingerprint.js';

const identity = { ruleId: 'lost-update', file: 'src/a.ts', functionName: 'Store.add', snippet: 'this.total = before + (await price(n))' };

test('a fingerprint is 32 hexadecimal digits', () => {
  expect(fingerprint(identity)).toMatch(/^[0-9a-f]{32}$/);
});

describe('a fingerprint changes with', () => {
  test.each([
    ['the rule', { ruleId: 'check-then-act' }],
    ['the file', { file: 'src/b.ts' }],
    ['the enclosing function', { functionName: 'Store.remove' }],
    ['the code', { snippet: 'this.total = before - (await price(n))' }],
    ['the words inside a string', { snippet: 'log("a  b")' }],
  ])('%s', (_, change) => {
    expect(fingerprint({ ...identity, ...change })).not.toBe(fingerprint(identity));
  });
});

describe('a fingerprint stays the same under', () => {
  test.each([
    ['another layout', 'this.total =\n    before + (\n      await price(\n        n,\n      )\n    )'],
    ['a comment', 'this.total = before /* old */ + (await price(n)) // new'],
  ])('%s', (_, snippet) => {
    expect(fingerprint({ ...identity, snippet })).toBe(fingerprint(identity));
  });
});

test('words stay apart when the layout between them goes', () => {
  expect(normaliseSnippet('return  new\n Map ( )')).toBe('return new Map()');
});

test('what looks like a comment inside a string is kept', () => {
  expect(normaliseSnippet('get("http://x")')).toBe('get("http://x")');
});

test('equal findings of one file get fingerprints of their own, and the first keeps its own', () => {
  const [first, other, second, third] = fingerprints([identity, { ...identity, ruleId: 'x' }, identity, identity]);
  expect(first).toBe(fingerprint(identity));
  expect(new Set([first, other, second, third]).size).toBe(4);
});
