import { describe, expect, it } from 'vitest';

import { functionName } from '../../src/syntax/functions.js';
import { ts } from '../../src/syntax/ts.js';
import { modelOf } from '../support/in-memory-model.js';

/** `function: kind access` of every access to the place that `at` names, branching reads marked. */
function accesses(files: string | Record<string, string>, at: string): string[] {
  const code = modelOf(typeof files === 'string' ? { 'a.ts': files } : files);
  const place = code.model.place(code.find(at, { is: ts.isExpression }))!;
  return code.model.accesses(place).map((a) => `${functionName(a.fn)}: ${a.kind} ${a.access}${a.branches ? ' branches' : ''}`);
}

describe('accesses of a field', () => {
  it('are found in every method and closure of the class, and nowhere else', () => {
    const source = `
      class C { private busy = false; private other = 1;
        start() { this.busy = true; this.other++; }
        async stop() { setTimeout(() => { this.busy = false; }); }
        get idle() { return !this.busy; }
      }
      class D { busy = 1; m() { this.busy = 2; } }`;
    expect(accesses(source, 'this.busy').sort()).toEqual(['C.idle: read value', 'C.start: write assign', 'callback of setTimeout: write assign']);
  });

  it('say what is done to a collection, through a const copy of it too', () => {
    const source = `
      class C { private readonly sessions = new Map<string, number>();
        add(id: string) { this.sessions.set(id, 1); }
        drop(id: string) { const { sessions } = this; sessions.delete(id); }
        clear() { const s = this.sessions; s.clear(); }
        has(id: string) { if (this.sessions.has(id)) return 1; return 0; }
      }`;
    const found = accesses(source, 'this.sessions');
    expect(found).toContain('C.add: write add');
    expect(found).toContain('C.drop: write remove');
    expect(found).toContain('C.clear: write clear');
    expect(found).toContain('C.has: read test branches');
  });
});

describe('accesses of an inherited field', () => {
  it('are found in heirs, wherever they are', () => {
    const files = {
      'a.ts': 'export class Base { protected open = false; close() { this.open = false; } }',
      'b.ts': "import { Base } from './a'; export class Heir extends Base { start() { this.open = true; } }",
      'c.ts': 'export class Other { open = false; start() { this.open = true; } }',
    };
    expect(accesses(files, 'this.open').sort()).toEqual(['Base.close: write assign', 'Heir.start: write assign']);
  });
});

describe('a read branches', () => {
  const branching = (statement: string): boolean => accesses(`class C { flag = 1; items = [1]; m(x: number) { ${statement} } }`, 'this.flag').some((a) => a.endsWith('branches'));
  it.each(['if (this.flag) x++;', 'if (!this.flag || x) x++;', 'while (this.flag > 3) x++;', 'x = this.flag ? 1 : 2;', 'x = this.flag ?? 3;', 'this.flag && x++;', 'switch (this.flag) { case 1: }', 'const f = this.flag; if (f) x++;'])(
    'in %s',
    (statement) => expect(branching(statement)).toBe(true),
  );
  it.each(['x = this.flag;', 'return this.flag;', 'Math.max(this.flag);', 'this.flag = 3;', 'if (x) x = this.flag;', 'const f = this.flag; return f;'])('not in %s', (statement) => expect(branching(statement)).toBe(false));
});

describe('accesses of a variable', () => {
  it('at module level reach into the files that import it, when it is exported', () => {
    const files = {
      'a.ts': 'export const cache = new Map<string, number>(); export function put(k: string) { cache.set(k, 1); }',
      'b.ts': "import { cache } from './a'; export function wipe() { cache.clear(); }",
      'c.ts': 'const cache = new Set<number>(); export function other() { cache.clear(); }',
    };
    expect(accesses(files, 'cache').filter((a) => a.includes('write'))).toEqual(expect.arrayContaining(['put: write add', 'wipe: write clear']));
    expect(accesses(files, 'cache').some((a) => a.startsWith('other'))).toBe(false);
  });

  it('captured by closures are found in all of them, each once though finally is lowered per exit', () => {
    const source = 'function make() { let n = 0; return { up() { try { if (n > 3) return; } finally { n = 1; } }, get: () => n }; }';
    expect(accesses(source, 'n').filter((a) => a.includes('write assign') && a.startsWith('up'))).toHaveLength(1);
    expect(accesses(source, 'n')).toContain('get: read value');
  });
});
