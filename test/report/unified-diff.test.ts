import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { applyEdits, mergedEdit } from '../../src/core/text-edits.js';
import { unifiedDiff } from '../../src/report/unified-diff.js';

const line = fc.constantFrom('a\n', 'b\n', 'c\r\n', '\n');
const text = fc.tuple(fc.array(line, { maxLength: 30 }), fc.constantFrom('', 'end')).map(([lines, last]) => lines.join('') + last);

describe('a unified diff', () => {
  test('turns the one text into the other', () => {
    fc.assert(fc.property(text, text, (before, after) => void expect(patched(before, unifiedDiff('a.ts', before, after))).toBe(after)));
  });

  test('shows three lines around a change, and joins changes that are near', () => {
    const numbered = (change: Record<number, string>): string => Array.from({ length: 20 }, (_, i) => `${change[i + 1] ?? i + 1}\n`).join('');
    expect(unifiedDiff('src/a.ts', numbered({}), numbered({ 5: 'five', 9: 'nine' }))).toBe(
      ['--- a/src/a.ts', '+++ b/src/a.ts', '@@ -2,11 +2,11 @@', ' 2', ' 3', ' 4', '-5', '+five', ' 6', ' 7', ' 8', '-9', '+nine', ' 10', ' 11', ' 12', ''].join('\n'),
    );
  });

  test('is empty for equal texts, and marks a last line without an end', () => {
    expect(unifiedDiff('a', 'x\n', 'x\n')).toBe('');
    expect(unifiedDiff('a', 'x', 'y')).toBe('--- a/a\n+++ b/a\n@@ -1 +1 @@\n-x\n\\ No newline at end of file\n+y\n\\ No newline at end of file\n');
  });
});

test('edits merged into one do what they do apart', () => {
  const edits = fc.array(fc.tuple(fc.nat(5), fc.nat(3), fc.string({ maxLength: 3 })), { minLength: 1, maxLength: 5 }).map((steps) => {
    let at = 0;
    return steps.map(([gap, length, inserted]) => {
      const start = at + gap;
      at = start + length;
      return { start, end: at, text: inserted };
    });
  });
  fc.assert(fc.property(fc.string({ minLength: 40, maxLength: 50 }), edits, (given, each) => void expect(applyEdits(given, [mergedEdit(given, each)])).toBe(applyEdits(given, each))));
});

/** What `patch` does with a diff that applies exactly. */
function patched(before: string, diff: string): string {
  const old = before.match(/[^\n]*\n|[^\n]+$/g) ?? [];
  const result: string[] = [];
  let at = 0;
  for (const [, start, length, body] of diff.matchAll(/^@@ -(\d+)(?:,(\d+))? \+\d+(?:,\d+)? @@\n((?:[ +\-\\][^\n]*\n)*)/gm)) {
    const from = Number(start) - (length === '0' ? 0 : 1);
    result.push(...old.slice(at, from));
    at = from;
    const lines = body!.replace(/\n\\ No newline at end of file\n/g, '\u0000').match(/[^\n\u0000]*(?:\n|\u0000)/g) ?? [];
    for (const raw of lines) {
      const content = raw.slice(1).replace('\u0000', '');
      if (raw[0] !== '+') expect(old[at++]).toBe(content);
      if (raw[0] !== '-') result.push(content);
    }
  }
  return [...result, ...old.slice(at)].join('');
}
