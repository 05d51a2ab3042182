import { describe, expect, it } from 'vitest';
import { presentable } from '../../src/docgen/examples.js';

const shown = (...lines: readonly string[]): string[] => presentable(lines.join('\n'), 'floating-promise').split('\n');

describe('an example of the catalogue', () => {
  it('points where the fixture expects a report', () => {
    expect(shown('save(); // expect: floating-promise "nobody"')).toEqual(['save(); // <- reported']);
    expect(shown('save();', '// expect@-1: floating-promise')).toEqual(['save();', '// ^ reported']);
  });

  it('keeps the reason of a near miss', () => {
    expect(shown('await save(); // ok: it is awaited')).toEqual(['await save(); // it is awaited']);
  });

  it('shows no expectation of another rule, no trace note, no known miss', () => {
    expect(shown('f(); // expect: leaked-timer', '// note: floating-promise', 'g(); // todo: floating-promise')).toEqual(['f();', 'g();']);
  });

  it('has no margin of its own', () => {
    expect(shown('  if (x) {', '    save(); // expect: floating-promise', '  }')).toEqual(['if (x) {', '  save(); // <- reported', '}']);
  });
});
