import { describe, expect, it } from 'vitest';
import { describeLine } from '../../src/flow/describe-line.js';
import { modelOf } from '../support/in-memory-model.js';

const CODE = `export class Cache {
  private entry: string | undefined;
  async get(load: () => Promise<string>): Promise<string> {
    if (this.entry === undefined) this.entry = await load();
    return this.entry;
  }
}
`;

describe('what the model sees at a line', () => {
  const { model, file } = modelOf({ 'cache.ts': CODE });
  const at = (line: number): string => describeLine(model, model.fileOf(file('cache.ts')), line).join('\n');

  it('is every event there, with the function, its summary and its overlap', () => {
    const text = at(4);
    expect(text).toContain('in Cache.get: async');
    expect(text).toMatch(/overlap with itself: (none|assumed|exposed|shown); runs more than once: /);
    expect(text).toMatch(/column 9: read this\.entry \(field\), value/);
    expect(text).toMatch(/column \d+: await load\(\), \w+ suspension/);
    expect(text).toMatch(/column 35: write this\.entry \(field\), assign/);
  });

  it('is said to be nothing where there is nothing', () => {
    expect(at(6)).toContain('no events on this line');
  });

  it('is an error in words beyond the end of the file', () => {
    expect(() => at(99)).toThrow('cache.ts has 8 lines');
  });
});
