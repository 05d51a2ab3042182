import { expect, test } from 'vitest';
import { ts } from '../../src/syntax/ts.js';
import { wrap } from '../../src/syntax/wrap.js';

test('a raw node is seen through ts-morph, and is still the same node', () => {
  const source = ts.createSourceFile('a.ts', 'save(); // now', ts.ScriptTarget.ESNext, true);
  const wrapped = wrap(source.statements[0]!);
  expect(wrapped.getKindName()).toBe('ExpressionStatement');
  expect(wrapped.getTrailingCommentRanges().map((comment) => comment.getText())).toEqual(['// now']);
  expect(wrapped.compilerNode).toBe(source.statements[0]);
});
