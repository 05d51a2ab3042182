import { describe, expect, it } from 'vitest';

import { Types } from '../../src/flow/types.js';
import { ts } from '../../src/syntax/ts.js';
import { programOf } from '../support/program.js';

interface Asked {
  readonly types: Types;
  /** The arguments of the one call `ask(…)` in the source. */
  readonly args: readonly ts.Expression[];
  readonly call: (text: string) => ts.CallExpression;
}
function asked(source: string, options: { node?: boolean; strict?: boolean } = {}): Asked {
  const code = programOf({ 'a.ts': source }, { node: options.node ?? false, options: { strict: options.strict ?? true } });
  const call = (text: string): ts.CallExpression => code.find(text, { is: ts.isCallOrNewExpression }) as ts.CallExpression;
  let args: readonly ts.Expression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isCallExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === 'ask') args = node.arguments;
    ts.forEachChild(node, visit);
  };
  visit(code.file('a.ts'));
  return { types: new Types(code.program), args, call };
}
const answers = <T>(source: string, ask: (types: Types, arg: ts.Expression) => T): T[] => {
  const { types, args } = asked(source);
  return args.map((arg) => ask(types, arg));
};

describe('is it a promise', () => {
  const isPromise = (source: string) => answers(source, (types, arg) => types.isPromise(arg));

  it('yes for promises, thenables and unions with one', () => {
    expect(isPromise('declare const p: Promise<void>, o: void | Promise<void>, q: PromiseLike<1> | undefined; ask(p, o, q);')).toEqual(['yes', 'yes', 'yes']);
    expect(isPromise('class Job extends Promise<void> {} declare const j: Job, l: { then(f: (x: string) => void): void }; ask(j, l);')).toEqual(['yes', 'yes']);
    expect(isPromise('async function f() {} ask(f(), (async () => 1)());')).toEqual(['yes', 'yes']);
  });

  it('no for other values, and for a then that takes no callback', () => {
    expect(isPromise("ask(1, 'x', undefined, {}, [Promise.resolve()]); declare const t: { then: string }, u: { then(x: string): void };")).toEqual(['no', 'no', 'no', 'no', 'no']);
    expect(isPromise('declare const t: { then: string }, u: { then(x: string): void }, v: { then(): void }; ask(t, u, v);')).toEqual(['no', 'no', 'no']);
    expect(isPromise('declare const n: never; ask(n);')).toEqual(['no']);
  });

  it('unknown for any, unknown, errors and unresolved imports', () => {
    expect(isPromise("import { f } from 'missing'; declare const a: any, u: unknown; ask(a, u, f(), nowhere());")).toEqual(['unknown', 'unknown', 'unknown', 'unknown']);
    expect(isPromise('declare const a: any | Promise<void>; ask(a);')).toEqual(['unknown']);
  });

  it('by the constraint of a type parameter', () => {
    expect(isPromise('function f<T extends Promise<void>, U extends string, V>(t: T, u: U, v: V) { ask(t, u, v); }')).toEqual(['yes', 'no', 'unknown']);
  });

  it('asks the checker once per type', () => {
    const { types, args } = asked('declare const p: Promise<void>, q: Promise<void>; ask(p, q, p);');
    args.forEach((arg) => types.isPromise(arg));
    expect(types.stats.distinctTypes).toBe(1);
  });

  it('and nothing else', () => {
    const source = 'declare const p: Promise<1>, u: Promise<1> | undefined, m: Promise<1> | number, a: any, t: PromiseLike<1>; ask(p, u, m, a, t);';
    expect(answers(source, (t, arg) => t.isAlwaysPromise(arg))).toEqual(['yes', 'no', 'no', 'unknown', 'no']);
  });

  it('of elements tells what a list holds', () => {
    const source = 'declare const p: (Promise<1> | number)[], f: (() => void)[], v: void[], n: number[], a: any, e: never[], m: Map<1, Promise<1>>, s: Set<Promise<1>>, i: Iterable<1>; ask(p, f, v, n, a, e, m, s, i);';
    expect(answers(source, (t, arg) => t.elementKind(arg))).toEqual(['promise', 'function', 'nothing', 'other', 'unknown', 'unknown', 'unknown', 'promise', 'other']);
  });

  it('of elements tells arrays of promises', () => {
    expect(answers('declare const ps: Promise<void>[], rs: readonly (Promise<1> | undefined)[], n: number[], a: any; ask(ps, rs, n, a, [f()]); async function f() {}', (t, arg) => t.isArrayOfPromises(arg))).toEqual(['yes', 'yes', 'no', 'unknown', 'yes']);
  });
});

describe('what a value is', () => {
  it('callable', () => {
    expect(answers('declare const f: () => void, g: Function, o: {}, a: any, u: string | (() => void); ask(f, g, o, a, u);', (t, arg) => t.isCallable(arg))).toEqual(['yes', 'yes', 'no', 'unknown', 'yes']);
  });

  it('possibly null or undefined', () => {
    const source = 'declare const v: void, n: null | undefined, s: string | undefined, a: any, p: Promise<1>; ask(v, n, s, a, p);';
    expect(answers(source, (t, arg) => t.isNullable(arg))).toEqual(['yes', 'yes', 'yes', 'unknown', 'no']);
  });

  it('not known to be nullish without strictNullChecks', () => {
    const { types, args } = asked('declare const s: string; ask(s);', { strict: false });
    expect(types.isNullable(args[0]!)).toBe('unknown');
  });

  it('by the name and home of its type, bases behind', () => {
    const names = (source: string, node = false) => {
      const { types, args } = asked(source, { node });
      return args.map((arg) => types.typeNamesOf(arg).map((n) => `${n.module} ${n.name}`));
    };
    expect(names('ask(new Map(), new AbortController().signal);')).toEqual([['lib Map'], ['lib AbortSignal', 'lib EventTarget']]);
    expect(names("import { Server } from 'node:http'; declare const s: Server | undefined; ask(s);", true)[0]).toEqual(expect.arrayContaining(['http Server', 'net Server', 'events EventEmitter']));
    expect(names('class A {} class B extends A {} ask(new B(), "x", {}, [1]);')).toEqual([['/view/a.ts B', '/view/a.ts A'], ['lib String'], [], ['lib Array']]);
  });

  it('by trait, through bases and unions', () => {
    const traits = (name: string) => (name === 'A' ? (['mutex'] as const) : []);
    expect(answers('class A {} class B extends A {} declare const u: B | string, a: any; ask(new B(), u, a, "x");', (t, arg) => t.hasTrait(arg, 'mutex', traits))).toEqual(['yes', 'yes', 'unknown', 'no']);
  });
});

describe('does a call accept a signal', () => {
  const accepts = (source: string, call: string) => {
    const { types, call: find } = asked(source);
    return types.acceptsSignal(find(call));
  };

  it('as an argument or in an options bag, by any overload', () => {
    expect(accepts("fetch('x');", "fetch('x')")).toEqual({ accepts: 'yes', index: 1, property: 'signal' });
    expect(accepts('function f(x: string, signal?: AbortSignal) {} f("x");', 'f("x")')).toEqual({ accepts: 'yes', index: 1 });
    expect(accepts('function f(o: { abortSignal?: AbortSignal | null }) {} f({});', 'f({})')).toEqual({ accepts: 'yes', index: 0, property: 'abortSignal' });
    expect(accepts('function f(x: string): void; function f(x: string, o: { signal?: AbortSignal }): void; function f() {} f("x");', 'f("x")')).toEqual({ accepts: 'yes', index: 1, property: 'signal' });
    expect(accepts('class Job { constructor(o?: { signal?: AbortSignal }) {} } new Job();', 'new Job()')).toEqual({ accepts: 'yes', index: 0, property: 'signal' });
  });

  it('not by a property of another type, and not known for any', () => {
    expect(accepts('function f(o: { signal?: string; token?: string }) {} f({});', 'f({})')).toEqual({ accepts: 'no' });
    expect(accepts('declare const f: any; f();', 'f()')).toEqual({ accepts: 'unknown' });
    expect(accepts('function f(o: any) {} f({});', 'f({})')).toEqual({ accepts: 'unknown' });
  });
});

describe('is a callback’s result ignored', () => {
  it('where every signature that takes it says void', () => {
    const { types, call } = asked('[1].forEach(() => 1); [1].map(() => 1); nowhere(() => 1); function on(f: (() => void) | undefined) {} on(() => 1);');
    const of = (text: string) => types.isVoidReturning(call(text).arguments[0]!);
    expect([of('[1].forEach(() => 1)'), of('[1].map(() => 1)'), of('nowhere(() => 1)'), of('on(() => 1)')]).toEqual(['yes', 'no', 'unknown', 'yes']);
  });

  it('where a base of the class, or the type of the object, says void of the member', () => {
    const code = programOf({
      'a.ts': 'interface Base { end(): void; tell(): number } class Heir implements Base { end() {} tell() { return 1; } own() {} static end() {} } const o: Base & Record<string, () => void> = { end() {}, tell() { return 1; }, more() {} };',
    });
    const types = new Types(code.program);
    types.bind();
    const members: string[] = [];
    const visit = (node: ts.Node): void => {
      if (ts.isMethodDeclaration(node)) members.push(types.isVoidReturning(node));
      ts.forEachChild(node, visit);
    };
    visit(code.file('a.ts'));
    expect(members).toEqual(['yes', 'no', 'unknown', 'unknown', 'yes', 'no', 'yes']);
  });
});

describe('what a call of a function and a member named by a symbol tell', () => {
  it('by the types alone', () => {
    expect(answers('declare const f: () => Promise<1>, g: () => 1, a: any; ask(f, g, a);', (types, arg) => types.returnsPromise(arg))).toEqual(['yes', 'no', 'unknown']);
    expect(answers('declare const s: AsyncIterable<1>, l: number[], a: any; ask(s, l, a);', (types, arg) => types.hasSymbolMember(arg, 'asyncIterator'))).toEqual(['yes', 'no', 'unknown']);
  });
});

describe('are the values of a type spelt out', () => {
  const hasFixedValues = (source: string) => answers(source, (types, arg) => types.hasFixedValues(arg));

  it('yes for literals, enums, booleans and unions of them', () => {
    expect(hasFixedValues("enum E { A, B } declare const a: 'x' | 'y' | undefined; declare const b: boolean; declare const e: E; ask(a, b, e, 'z');")).toEqual(['yes', 'yes', 'yes', 'yes']);
  });

  it('no for the open types, shapes of text among them', () => {
    expect(hasFixedValues('declare const s: string; declare const n: number | 1; declare const t: `u-${string}`; declare const o: object; ask(s, n, t, o);')).toEqual(['no', 'no', 'no', 'no']);
  });

  it('unknown where there is no type', () => {
    expect(hasFixedValues('declare const a: any; ask(a, nowhere);')).toEqual(['unknown', 'unknown']);
  });
});
