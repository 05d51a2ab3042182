import { describe, expect, it } from 'vitest';

import { Symbols } from '../../src/flow/symbols.js';
import { Types } from '../../src/flow/types.js';
import { ts } from '../../src/syntax/ts.js';
import { programOf, type TestProgram } from '../support/program.js';

function symbolsOf(files: Readonly<Record<string, string>>, node = false): { code: TestProgram; symbols: Symbols; types: Types } {
  const code = programOf(files, { node });
  const types = new Types(code.program);
  return { code, types, symbols: new Symbols(code.program, types) };
}

/** The declaration that the nth identifier spelled `name` resolves to, as source text. */
function declared(source: string, name: string, nth: number): string | undefined {
  const { code, symbols } = symbolsOf({ 'a.ts': source });
  const id = code.find(name, { nth, is: ts.isIdentifier });
  return symbols.resolve(id)?.declarations?.[0]?.getText();
}

describe('a name resolves without types', () => {
  it('to the innermost declaration that shadows the others', () => {
    expect(declared('const x = 1; function f(x: string) { { const x = true; use(x); } }', 'x', 3)).toBe('x = true');
    expect(declared('const x = 1; function f(x: string) { use(x); }', 'x', 2)).toBe('x: string');
    expect(declared('const x = 1; function f() { use(x); }', 'x', 1)).toBe('x = 1');
  });

  it('to a var hoisted out of its block, but not to a let of a sibling block', () => {
    expect(declared('function f() { if (a) { var x = 1; } use(x); }', 'x', 1)).toBe('x = 1');
    expect(declared('let x = 0; function f() { { let x = 1; } use(x); }', 'x', 2)).toBe('x = 0');
  });

  it('from a parameter initialiser past what the body declares', () => {
    expect(declared('const x = 1; function f(a = x) { var x = 2; }', 'x', 1)).toBe('x = 1');
    expect(declared('function f(x = 1, a = x) { var y = 2; }', 'x', 1)).toBe('x = 1');
  });

  it('to loop, catch and switch scopes', () => {
    expect(declared('for (const x of xs) { use(x); }', 'x', 1)).toBe('x');
    expect(declared('try {} catch (x) { use(x); }', 'x', 1)).toBe('x');
    expect(declared('switch (1) { case 1: let x = 1; break; default: use(x); }', 'x', 1)).toBe('x = 1');
  });

  it('to a function expression by its own name, unless a parameter takes it', () => {
    expect(declared('const f = function g() { g(); };', 'g', 1)).toBe('function g() { g(); }');
    expect(declared('const f = function g(g: string) { use(g); };', 'g', 2)).toBe('g: string');
  });

  it('of exported declarations to the export, from inside and outside', () => {
    const { code, symbols } = symbolsOf({ 'a.ts': "import { x } from './b'; use(x);", 'b.ts': 'export const x = 1; use(x);' });
    const outside = symbols.resolve(code.find('x', { in: 'a.ts', nth: 1, is: ts.isIdentifier }));
    const inside = symbols.resolve(code.find('x', { in: 'b.ts', nth: 1, is: ts.isIdentifier }));
    expect(outside).toBeDefined();
    expect(outside).toBe(inside);
  });

  it('to namespace members and enum members in their initialisers', () => {
    expect(declared('namespace N { export const x = 1; } namespace N { use(x); }', 'x', 1)).toBe('x = 1');
    expect(declared('enum E { A = 1, B = A }', 'A', 1)).toBe('A = 1');
  });

  it('to nothing for arguments and undeclared names', () => {
    const { code, symbols } = symbolsOf({ 'a.ts': 'function f() { return arguments; } nowhere();' });
    expect(symbols.resolve(code.find('arguments', { is: ts.isIdentifier }))).toBeUndefined();
    expect(symbols.resolve(code.find('nowhere', { is: ts.isIdentifier }))).toBeUndefined();
    expect(symbols.originOf(code.find('nowhere', { is: ts.isIdentifier }))).toEqual({ global: 'nowhere' });
  });

  it('of shorthand properties to the variable', () => {
    expect(declared('const x = 1; use({ x });', 'x', 1)).toBe('x = 1');
  });
});

describe('an import', () => {
  const target = (files: Record<string, string>, name: string, nth = 0): string | undefined => {
    const { code, symbols } = symbolsOf(files);
    const symbol = symbols.resolve(code.find(name, { in: 'a.ts', nth, is: ts.isIdentifier }));
    return symbol && symbols.declarationOf(symbol)?.getText();
  };

  it('is followed through renames, re-exports and stars', () => {
    const files = {
      'a.ts': "import { run } from './b';\nrun();",
      'b.ts': "export * from './nothing';\nexport * from './c';",
      'nothing.ts': 'export {};',
      'c.ts': "export { start as run } from './d';",
      'd.ts': "import { go } from './e'; export { go as start };",
      'e.ts': 'export function go() {}',
    };
    expect(target(files, 'run', 1)).toBe('export function go() {}');
  });

  it('is followed to default exports of declarations, names and expressions', () => {
    expect(target({ 'a.ts': "import f from './b';\nf();", 'b.ts': 'export default function f() {}' }, 'f', 1)).toBe('export default function f() {}');
    expect(target({ 'a.ts': "import f from './b';\nf();", 'b.ts': 'function g() {}\nexport default g;' }, 'f', 1)).toBe('function g() {}');
    expect(target({ 'a.ts': "import f from './b';\nf();", 'b.ts': 'export default () => 1;' }, 'f', 1)).toBe('export default () => 1;');
  });

  it('of a namespace gives its members', () => {
    expect(target({ 'a.ts': "import * as b from './b';\nb.f();", 'b.ts': 'export function f() {}' }, 'f')).toBe('export function f() {}');
    expect(target({ 'a.ts': "import { b } from './c';\nb.f();", 'c.ts': "export * as b from './b';", 'b.ts': 'export function f() {}' }, 'f')).toBe('export function f() {}');
  });

  it('in a cycle of re-exports ends', () => {
    const files = { 'b.ts': "export * from './c'; export { y as x } from './c';", 'c.ts': "export * from './b'; export { x as y } from './b';" };
    expect(target({ 'a.ts': "import { x } from './b';\nx;", ...files }, 'x', 1)).not.toMatch(/function/);
    expect(target({ 'a.ts': "import { z } from './b';\nz;", ...files }, 'z', 1)).toBe('z');
  });

  it('by import = and export = reaches the exported value', () => {
    expect(target({ 'a.ts': "import b = require('./b');\nb.f();", 'b.ts': 'function f() {}\nexport = { f };' }, 'f')).toBe('f');
    expect(target({ 'a.ts': "import b = require('./b');\nb();", 'b.ts': 'function f() {}\nexport = f;' }, 'b', 1)).toBe('function f() {}');
  });

  it('by require in JavaScript reaches what module.exports holds', () => {
    const { code, symbols } = symbolsOf({ 'a.js': "const { f } = require('./b');\nf();", 'b.js': 'function f() {}\nmodule.exports = { f };' });
    const symbol = symbols.resolve(code.find('f', { in: 'a.js', nth: 1, is: ts.isIdentifier }));
    expect(symbol && symbols.declarationOf(symbol)?.getText()).toBe('function f() {}');
  });
});

describe('the origin of a value', () => {
  const origin = (source: string, expr: string, files: Record<string, string> = {}, name = 'a.ts') => {
    const { code, symbols } = symbolsOf({ [name]: source, ...files });
    return symbols.originOf(code.find(expr, { in: name, nth: 0, is: (n): n is ts.Expression => ts.isExpression(n) && !ts.isExpressionStatement(n) }));
  };

  it('is its import even where nothing is installed', () => {
    expect(origin("import * as fs from 'node:fs';\nfs.promises.readFile;", 'fs.promises.readFile')).toEqual({ module: 'fs', name: 'promises.readFile' });
    expect(origin("import fs from 'fs';\nfs.readFile;", 'fs.readFile')).toEqual({ module: 'fs', name: 'default.readFile' });
  });

  it('passes through consts, destructuring, require and await import', () => {
    const at = (source: string, name = 'a.ts') => {
      const { code, symbols } = symbolsOf({ [name]: source });
      return symbols.originOf((code.find('it()', { in: name }) as ts.CallExpression).expression);
    };
    expect(at("import { promises } from 'fs';\nconst { readFile: it } = promises;\nit();")).toEqual({ module: 'fs', name: 'promises.readFile' });
    expect(at("const it = require('fs').readFile;\nit();")).toEqual({ module: 'fs', name: 'readFile' });
    expect(at("const { readFile: it } = require('node:fs');\nit();", 'a.js')).toEqual({ module: 'fs', name: 'readFile' });
    expect(at("const { readFile: it } = await import('fs');\nit();")).toEqual({ module: 'fs', name: 'readFile' });
    expect(at('const it = globalThis.setTimeout;\nit();')).toEqual({ global: 'setTimeout' });
    expect(at('let it = setTimeout;\nit();')).toBeUndefined();
  });

  it('is the package behind modules in view that pass it on', () => {
    expect(origin("import { sleep } from './b';\nsleep;", 'sleep', { 'b.ts': "export { setTimeout as sleep } from 'timers/promises';" })).toEqual({ module: 'timers/promises', name: 'setTimeout' });
    expect(origin("import { Mutex } from './b';\nMutex;", 'Mutex', { 'b.ts': "export * from 'async-mutex';" })).toEqual({ module: 'async-mutex', name: 'Mutex' });
  });

  it('is global for library names and not for what shadows them', () => {
    expect(origin('Promise.all;', 'Promise.all')).toEqual({ global: 'Promise.all' });
    expect(origin('window.fetch;', 'window.fetch')).toEqual({ global: 'fetch' });
    expect(origin('function f(Promise: any) { Promise.all; }', 'Promise.all')).toBeUndefined();
    expect(origin('function fetch() {}\nfetch.call;', 'fetch.call')).toBeUndefined();
  });
});

describe('a member resolves', () => {
  const member = (source: string, access: string, nth = 0, node = false): string | undefined => {
    const { code, symbols } = symbolsOf({ 'a.ts': source }, node);
    return symbols.memberSymbol(code.find(access, { nth, is: ts.isPropertyAccessExpression }))?.declarations?.[0]?.getText();
  };

  it('on this, private and inherited ones included', () => {
    expect(member('class A { x = 1; f() { return this.x; } }', 'this.x')).toBe('x = 1;');
    expect(member('class A { #x = 1; f() { return this.#x; } }', 'this.#x')).toBe('#x = 1;');
    expect(member('class A { x = 1; } class B extends A { f() { return () => this.x; } }', 'this.x')).toBe('x = 1;');
    expect(member('class A { g() {} } class B extends A { g() { super.g(); } }', 'super.g')).toBe('g() {}');
    expect(member('class A { constructor(private x: number) {} f() { return this.x; } }', 'this.x')).toBe('private x: number');
    expect(member('class A { static x = 1; static f() { return this.x; } }', 'this.x')).toBe('static x = 1;');
    expect(member('class A { static x = 1; f() { return A.x; } }', 'A.x')).toBe('static x = 1;');
  });

  it('not on the this of an inner function', () => {
    expect(member('class A { x = 1; f() { return function () { return this.x; }; } }', 'this.x')).toBeUndefined();
  });

  it('by annotation, construction, return annotation and field type', () => {
    const cls = 'class A { x = 1; self(): A { return this; } }\n';
    expect(member(`${cls}function f(a: A) { a.x; }`, 'a.x')).toBe('x = 1;');
    expect(member(`${cls}function f(a?: A | null) { a!.x; }`, 'a!.x')).toBe('x = 1;');
    expect(member(`${cls}const a = new A(); a.x;`, 'a.x')).toBe('x = 1;');
    expect(member(`${cls}const a = new A(); a.self().x;`, 'a.self().x')).toBe('x = 1;');
    expect(member(`${cls}class B { a: A; f() { this.a.x; } }`, 'this.a.x')).toBe('x = 1;');
    expect(member(`${cls}class B { constructor(readonly a: A) {} f() { const { a } = this; a.x; } }`, 'a.x')).toBe('x = 1;');
    expect(member(`${cls}async function f(p: Promise<A>) { (await p).x; }`, '(await p).x')).toBe('x = 1;');
    expect(member(`${cls}function f(as: readonly A[]) { for (const a of as) a.x; as[0]!.x; }`, 'as[0]!.x')).toBe('x = 1;');
    expect(member(`${cls}const m = new Map<string, A>(); m.get('k')!.x;`, "m.get('k')!.x")).toBe('x = 1;');
    expect(member(`${cls}class Box<T> { item: T; } class ABox extends Box<A> {} new ABox().item.x;`, 'new ABox().item.x')).toBe('x = 1;');
  });

  it('of object literals, enums and type literals', () => {
    expect(member('const o = { run() {} }; o.run();', 'o.run')).toBe('run() {}');
    expect(member('enum E { A } E.A;', 'E.A')).toBe('A');
    expect(member('function f(o: { signal: AbortSignal }) { o.signal; }', 'o.signal')).toBe('signal: AbortSignal');
  });

  it('under an instanceof, and by the constraint of a type parameter', () => {
    const cls = 'class A { x = 1; }\n';
    expect(member(`${cls}try {} catch (e) { if (e instanceof A && e.x) e.x; }`, 'e.x')).toBe('x = 1;');
    expect(member(`${cls}try {} catch (e) { if (e instanceof A && e.x) e.x; }`, 'e.x', 1)).toBe('x = 1;');
    expect(member(`${cls}try {} catch (e) { if (e instanceof A) {} else e.x; }`, 'e.x')).toBeUndefined();
    expect(member(`${cls}function f<T extends A>(a: T) { a.x; }`, 'a.x')).toBe('x = 1;');
  });

  it('not where two types are possible', () => {
    expect(member('class A { x = 1; } class B { x = 2; } function f(v: A | B) { v.x; }', 'v.x')).toBeUndefined();
  });
});

describe('the names of a declared type', () => {
  const names = (source: string, expr: string, node = false) => {
    const { code, symbols } = symbolsOf({ 'a.ts': source }, node);
    const type = symbols.declared.of((code.find(`use(${expr})`) as ts.CallExpression).arguments[0]!);
    return type && symbols.declared.namesOf(type).map((n) => `${n.module} ${n.name}`);
  };

  it('are known by import where the package is missing', () => {
    expect(names("import { Mutex } from 'async-mutex';\nconst m = new Mutex();\nuse(m);", 'm')).toEqual(['async-mutex Mutex']);
    expect(names("import type { Pool } from 'pg';\nfunction f(p: Pool) { use(p); }", 'p')).toEqual(['pg Pool']);
    expect(names("import * as pg from 'pg';\nfunction f(p: pg.Pool) { use(p); }\nuse(new pg.Pool());", 'new pg.Pool()')).toEqual(['pg Pool']);
    expect(names("import PQueue from 'p-queue';\nclass A { q = new PQueue(); f() { use(this.q); } }", 'this.q')).toEqual(['p-queue default']);
  });

  it('list bases behind it', () => {
    expect(names('class A {} class B extends A {}\nuse(new B());', 'new B()')).toEqual(['/view/a.ts B', '/view/a.ts A']);
    expect(names("import { Emitter } from 'x';\nclass B extends Emitter {}\nuse(new B());", 'new B()')).toEqual(['/view/a.ts B', 'x Emitter']);
    expect(names("import { EventEmitter } from 'node:events';\nclass B extends EventEmitter {}\nuse(new B());", 'new B()', true)).toContain('events EventEmitter');
    expect(names("import { createServer } from 'node:http';\nuse(createServer());", 'createServer()', true)).toEqual(expect.arrayContaining(['http Server', 'net Server', 'events EventEmitter']));
  });

  it('say lib for the standard library', () => {
    expect(names('use(new Map());', 'new Map()')).toEqual(['lib Map']);
    expect(names('use(new AbortController().signal);', 'new AbortController().signal')).toEqual(['lib AbortSignal', 'lib EventTarget']);
    expect(names('function f(xs: string[]) { use(xs); }', 'xs')).toEqual(['lib Array']);
  });
});

describe('two expressions', () => {
  const same = (source: string): string => {
    const { code, symbols } = symbolsOf({ 'a.ts': source });
    const calls = code.file('a.ts');
    const found: ts.CallExpression[] = [];
    const visit = (n: ts.Node): void => {
      if (ts.isCallExpression(n) && n.expression.getText() === 'cmp') found.push(n);
      ts.forEachChild(n, visit);
    };
    visit(calls);
    const [a, b] = found[0]!.arguments;
    return symbols.sameValue(a!, b!);
  };

  it('are the same value through casts, consts, destructuring, getters and names of function expressions', () => {
    expect(same('function f(a: any) { const b = a; cmp(a as string, b!); }')).toBe('yes');
    expect(same('function f(o: any) { const { signal } = o; cmp(signal, o.signal); }')).toBe('yes');
    expect(same('class A { _s = 1; get s() { return this._s; } f() { cmp(this.s, this._s); } }')).toBe('yes');
    expect(same('const h = function g() { cmp(g, h); };')).toBe('yes');
    expect(same("cmp('a', 'a')")).toBe('yes');
  });

  it('are different values where both are made on their own', () => {
    expect(same('cmp(() => 1, () => 1)')).toBe('no');
    expect(same("cmp('a', 'b')")).toBe('no');
    expect(same('function f() {} function g() {} cmp(f, g)')).toBe('no');
    expect(same('class A { h() {} f() { cmp(this.h.bind(this), this.h.bind(this)); } }')).toBe('unknown');
  });

  it('are unknown otherwise', () => {
    expect(same('function f(a: any, b: any) { cmp(a, b); }')).toBe('unknown');
  });
});
