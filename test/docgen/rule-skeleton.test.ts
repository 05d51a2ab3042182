import { describe, expect, it } from 'vitest';
import { ruleSkeleton } from '../../src/docgen/rule-skeleton.js';
import { ts } from '../../src/syntax/ts.js';

const files = ruleSkeleton('unbounded-spawn', 'bounds', ['PS-C3']);

describe('a new rule', () => {
  it('is a rule, two fixtures and a port per finding', () => {
    expect([...files.keys()].sort()).toEqual([
      'fixtures/unbounded-spawn/bad.ts',
      'fixtures/unbounded-spawn/good.ts',
      'fixtures/unbounded-spawn/port-ps-c3.ts',
      'rules/bounds/unbounded-spawn.ts',
    ]);
  });

  it.each([...files])('parses: %s', (path, text) => {
    const { diagnostics } = ts.transpileModule(text, { fileName: path, reportDiagnostics: true });
    expect(diagnostics).toEqual([]);
  });

  it('fails its tests until it is written', () => {
    expect(files.get('fixtures/unbounded-spawn/bad.ts')).toContain('// expect: unbounded-spawn');
    expect(files.get('fixtures/unbounded-spawn/good.ts')).not.toContain('// ok:');
    expect(files.get('rules/bounds/unbounded-spawn.ts')).toContain('throw new Error');
  });
});
