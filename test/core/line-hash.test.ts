import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { lineHashes } from '../../src/core/line-hash.js';

/** Values published with GitHub's upload action. */
const GREETING = ['e9496ae3ebfced30:1', 'fb7c023a8b9ccb3f:1', 'ce8ba1a563dcdaca:1', 'e20e36e16fcb0cc8:1', 'b3edc88f2938467e:1', 'c8e28b0b4002a3a0:1', 'c129715d7a2bc9a3:1'];
const VECTORS: readonly (readonly [title: string, text: string, hashes: readonly string[]])[] = [
  ['an empty text', '', ['c129715d7a2bc9a3:1']],
  ['short lines', ' a\nb\n  \t\tc\n d', ['271789c17abda88f:1', '54703d4cd895b18:1', '180aee12dab6264:1', 'a23a3dc5e078b07b:1']],
  [
    'empty lines and no final newline',
    ' hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End',
    ['8b7cf3e952e7aeb2:1', 'b1ae1287ec4718d9:1', 'bff680108adb0fcc:1', 'c6805c5e1288b612:1', 'b86d3392aea1be30:1', 'e6ceba753e1a442:1'],
  ],
  ['LF', ' hello; \t\nworld!!!\n\n\n  \t\tGreetings\n End\n', GREETING],
  ['CR', ' hello; \t\nworld!!!\r\r\r  \t\tGreetings\r End\r', GREETING],
  ['CRLF', ' hello; \t\r\nworld!!!\r\n\r\n\r\n  \t\tGreetings\r\n End\r\n', GREETING],
  ['mixed line ends', ' hello; \t\nworld!!!\r\n\n\r  \t\tGreetings\r End\r\n', GREETING],
  [
    'a line that repeats',
    'Lorem ipsum dolor sit amet.\n'.repeat(10),
    [
      ...[1, 2, 3, 4, 5, 6].map((n) => `a7f2ff13bc495cf2:${n}`),
      ...['a7f2ff1481e87703:1', 'a9cf91f7bbf1862b:1', '55ec222b86bcae53:1', 'cc97dc7b1d7d8f7b:1', 'c129715d7a2bc9a3:1'],
    ],
  ],
];

describe('the line hash equals the published value for', () => {
  test.each(VECTORS)('%s', (_, text, hashes) => {
    expect(lineHashes(text)).toEqual(hashes);
  });
});

test('a byte order mark is part of line 1 and of no other line', () => {
  const [first, second] = lineHashes('\uFEFFlet a;\nlet b;\n');
  const [plainFirst, plainSecond] = lineHashes('let a;\nlet b;\n');
  expect(first).not.toBe(plainFirst);
  expect(second).toBe(plainSecond);
});

test('any text gets the values of the definition, summed in arbitrary precision', () => {
  const unit = fc.constantFrom(' ', '\t', '\r', '\n', 'a', '{', '\uFEFF', '\uFFFF', '\uD83D', '\u4E2D');
  fc.assert(
    fc.property(fc.array(unit, { maxLength: 400 }), (units) => {
      const text = units.join('');
      expect(lineHashes(text)).toEqual(definition(text));
    }),
  );
});

function definition(text: string): string[] {
  const lines = text.split(/\r\n|\r|\n/);
  const seen = new Map<string, number>();
  return lines.map((_, i) => {
    const rest = lines.slice(i).join('\n').replace(/[ \t]/g, '') + '\uFFFF';
    let value = 0n;
    for (let k = 0; k < 100; k++) value = BigInt.asUintN(64, value * 37n + BigInt(k < rest.length ? rest.charCodeAt(k) : 0));
    const hex = value.toString(16);
    seen.set(hex, (seen.get(hex) ?? 0) + 1);
    return `${hex}:${seen.get(hex)}`;
  });
}
