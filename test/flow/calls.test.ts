import { describe, expect, it } from 'vitest';

import { Callers } from '../../src/flow/callers.js';
import { Calls } from '../../src/flow/calls.js';
import { ProjectIndex } from '../../src/flow/project-index.js';
import { Symbols } from '../../src/flow/symbols.js';
import { Types } from '../../src/flow/types.js';
import type { ModelSet } from '../../src/models/effect-model.js';
import { Models } from '../../src/models/lookup.js';
import { functionName, isFunctionNode, type FunctionNode } from '../../src/syntax/functions.js';
import { ts } from '../../src/syntax/ts.js';
import { programOf, type TestProgram } from '../support/program.js';

const because = 'a test';
const models: ModelSet = {
  calls: [
    { match: { global: 'setTimeout' }, effects: { timer: { kind: 'timeout', clear: ['clearTimeout'] }, callbacks: [{ arg: 0, timing: 'later-once' }] }, because },
    { match: { global: 'Promise.all' }, effects: { promise: true, combinator: 'all' }, because },
    { match: { module: 'fs', name: 'promises.readFile' }, effects: { promise: true, io: 'file' }, because },
    { match: { module: 'fs', name: 'readFile' }, effects: { promiseUnlessCallback: true, io: 'file' }, because },
    { match: { module: 'p-limit', name: 'default' }, effects: { limiter: {}, returns: { type: 'LimitFunction', module: 'p-limit' } }, because },
    { match: { module: 'p-limit', type: 'LimitFunction', member: '()' }, effects: { promise: true, callbacks: [{ arg: 0, timing: 'awaited' }] }, because },
    { match: { module: 'async-mutex', type: 'Mutex', member: 'acquire' }, effects: { promise: true, io: 'timer' }, because },
    { match: { module: 'async-mutex', name: 'Mutex', construct: true }, effects: { throws: 'no' }, because },
    { match: { module: 'events', type: 'EventEmitter', member: 'on' }, effects: { subscribe: { event: 0, handler: 1, removedBy: ['off'], emitter: 'EventEmitter' } }, because },
    { match: { module: 'lib', type: 'Map', member: 'get' }, effects: { collection: 'get' }, because },
    { match: { module: 'lib', type: 'String', member: ['trim', 'includes'] }, effects: { throws: 'no' }, because },
    { match: { module: 'lib', type: 'Array', member: 'includes' }, effects: { throws: 'no', collection: 'has' }, because },
    { match: { global: 'import' }, effects: { promise: true }, because },
  ],
  types: [],
};

interface Setup {
  readonly code: TestProgram;
  readonly calls: Calls;
  readonly callers: Callers;
  readonly symbols: Symbols;
  readonly index: ProjectIndex;
}
function setup(files: Readonly<Record<string, string>>, node = false): Setup {
  const code = programOf(files, { node });
  const types = new Types(code.program);
  const symbols = new Symbols(code.program, types);
  const index = new ProjectIndex(code.program, symbols);
  const calls = new Calls(symbols, types, index, new Models([models]));
  return { code, calls, symbols, index, callers: new Callers(symbols, index, calls) };
}

function callIn(code: TestProgram, text: string, file?: string): ts.CallExpression {
  return code.find(text, { is: ts.isCallOrNewExpression, ...(file === undefined ? {} : { in: file }) }) as ts.CallExpression;
}
/** Names of the bodies the call can reach; a trailing `…` where there may be others. */
function targets(source: string, call: string, files: Readonly<Record<string, string>> = {}): string[] {
  const { code, calls } = setup({ 'a.ts': source, ...files });
  const info = calls.info(callIn(code, call));
  return [...info.targets.map(functionName), ...(info.complete ? [] : ['…'])];
}

describe('the bodies a call can reach', () => {
  it('are functions by name, through consts, bind, call and conditionals', () => {
    expect(targets('function f() {} f();', 'f()')).toEqual(['f']);
    expect(targets('const f = () => 1; const g = f; g();', 'g()')).toEqual(['f']);
    expect(targets('function f() {} const g = f.bind(null); g();', 'g()')).toEqual(['f']);
    expect(targets('function f() {} f.call(null);', 'f.call(null)')).toEqual(['f']);
    expect(targets('function f() {} function g() {} (x ? f : g)();', '(x ? f : g)()')).toEqual(['f', 'g']);
    expect(targets('(async () => {})();', '(async () => {})()')).toEqual(['<anonymous>']);
    expect(targets('function f(): void; function f(x?: string): void {} f();', 'f()')).toEqual(['f']);
  });

  it('may be others where a variable can be assigned again', () => {
    expect(targets('let f = () => 1; f();', 'f()')).toEqual(['f', '…']);
    expect(targets('function g(f: () => void) { f(); }', 'f()')).toEqual(['…']);
  });

  it('are imported ones, through re-exports', () => {
    expect(targets("import { run as go } from './b'; go();", 'go()', { 'b.ts': "export * from './c';", 'c.ts': 'export async function run() {}' })).toEqual(['run']);
    expect(targets("import * as b from './b'; b.run();", 'b.run()', { 'b.ts': 'export const run = () => 1;' })).toEqual(['run']);
  });

  it('are methods, with the overrides of subclasses unless the receiver is exact', () => {
    const classes = 'class A { #m() {} m() {} n() { this.#m(); this.m(); } } class B extends A { m() { super.m(); } }\n';
    expect(targets(classes, 'this.#m()')).toEqual(['A.#m']);
    expect(targets(classes, 'this.m()')).toEqual(['A.m', 'B.m']);
    expect(targets(classes, 'super.m()')).toEqual(['A.m']);
    expect(targets(`${classes}new A().m();`, 'new A().m()')).toEqual(['A.m']);
    expect(targets(`${classes}function f(a?: A) { a?.m(); }`, 'a?.m()')).toEqual(['A.m', 'B.m']);
  });

  it('are arrow fields, object members and functions that functions return', () => {
    expect(targets('class A { run = async () => {}; f() { this.run(); } }', 'this.run()')).toEqual(['A.run']);
    expect(targets('const o = { run() {} }; o.run();', 'o.run()')).toEqual(['run']);
    expect(targets('function make() { return async () => {}; } const run = make(); run();', 'run()')).toEqual(['<anonymous>']);
  });

  it('of an interface or abstract member are its implementations in view', () => {
    const job = 'interface Job { run(): Promise<void> }\n';
    expect(targets(`${job}class A implements Job { async run() {} } class B extends A {}\nfunction f(j: Job) { j.run(); }`, 'j.run()')).toEqual(['A.run']);
    expect(targets(`${job}interface Sub extends Job {} class A implements Sub { async run() {} }\nfunction f(j: Job) { j.run(); }`, 'j.run()')).toEqual(['A.run']);
    expect(targets(`${job}const one: Job = { async run() {} };\nfunction f(j: Job) { j.run(); }`, 'j.run()')).toEqual(['run']);
    expect(targets('abstract class A { abstract run(): void; go() { this.run(); } } class B extends A { run() {} }', 'this.run()')).toEqual(['B.run']);
    expect(targets(`${job}class Base { async run() {} } class A extends Base implements Job {}\nfunction f(j: Job) { j.run(); }`, 'j.run()')).toEqual(['Base.run']);
  });

  it('are given up beyond five', () => {
    const many = Array.from({ length: 6 }, (_, i) => `class A${i} implements Job { run() {} }`).join('\n');
    expect(targets(`interface Job { run(): void }\n${many}\nfunction f(j: Job) { j.run(); }`, 'j.run()')).toEqual(['…']);
  });

  it('of a construction are the constructor, its own or inherited', () => {
    expect(targets('class A { constructor() {} } new A();', 'new A()')).toEqual(['A.constructor']);
    expect(targets('class A { constructor() {} } class B extends A {} new B();', 'new B()')).toEqual(['A.constructor']);
    expect(targets('class A { constructor() {} } class B extends A { constructor() { super(); } }', 'super()')).toEqual(['A.constructor']);
    expect(targets('class A {} new A();', 'new A()')).toEqual([]);
  });

  it('are found by the checker where nothing is declared in so many words', () => {
    const { code, calls } = setup({ 'a.ts': 'class A { async run() {} }\nfunction pick<T>(xs: T[]): T { return xs[0]!; }\nconst a = pick([new A()]);\na.run();' });
    const info = calls.info(callIn(code, 'a.run()'));
    expect(info.targets.map(functionName)).toEqual(['A.run']);
    expect(info.resolvedBy).toBe('checker');
    expect(calls.stats.neededChecker).toBe(1);
  });

  it('are found from what a callback is given and what a function returns', () => {
    const run = (source: string) => {
      const { code, calls } = setup({ 'a.ts': `class A { async run() {} }\n${source}` });
      const { targets, resolvedBy } = calls.info(callIn(code, 'x.run()'));
      return [...targets.map(functionName), resolvedBy];
    };
    expect(run('[new A()].map((x) => x.run());')).toEqual(['A.run', 'declared']);
    expect(run('function f(xs: Set<A>) { xs.forEach((x) => x.run()); }')).toEqual(['A.run', 'declared']);
    expect(run('function make() { const a = 1; return new A(); } const x = make(); x.run();')).toEqual(['A.run', 'declared']);
    expect(run('async function make() { return new A(); } async function f() { const x = await make(); x.run(); }')).toEqual(['A.run', 'declared']);
    expect(run('declare const p: Promise<A>; p.then((x) => x.run());')).toEqual(['A.run', 'declared']);
    expect(run('function f(x: { id: string } & A) { x.run(); }')).toEqual(['A.run', 'declared']);
  });

  it('do not need the checker for names that nothing asynchronous in view has', () => {
    const { code, calls } = setup({ 'a.ts': 'const x = [1].reduce((a) => a).toFixed();' });
    expect(calls.info(callIn(code, '[1].reduce((a) => a).toFixed()')).resolvedBy).toBe('none');
    expect(calls.stats).toEqual({ total: 1, neededChecker: 0, unknown: 1 });
  });
});

describe('the effects of a call', () => {
  const about = (source: string, call: string, node = false) => {
    const { code, calls } = setup({ 'a.ts': source }, node);
    const { effects, qualified, resolvedBy } = calls.info(callIn(code, call));
    return { effects, qualified, resolvedBy };
  };

  it('are those of a global, unless something shadows it', () => {
    expect(about('setTimeout(f, 1);', 'setTimeout(f, 1)')).toMatchObject({ effects: { timer: { kind: 'timeout' } }, qualified: 'global.setTimeout', resolvedBy: 'import' });
    expect(about('globalThis.Promise.all([]);', 'globalThis.Promise.all([])')).toMatchObject({ effects: { combinator: 'all' }, qualified: 'global.Promise.all' });
    expect(about('function setTimeout() {} setTimeout();', 'setTimeout()').effects).toEqual({});
  });

  it('are those of an import whether or not the package is installed', () => {
    expect(about("import fs from 'node:fs'; fs.promises.readFile('x');", "fs.promises.readFile('x')")).toMatchObject({ effects: { io: 'file' }, qualified: 'node:fs.default.promises.readFile' });
    expect(about("import { promises } from 'fs'; promises.readFile('x');", "promises.readFile('x')", true)).toMatchObject({ effects: { io: 'file' }, qualified: 'node:fs.promises.readFile' });
    expect(about("import { Mutex } from 'async-mutex'; new Mutex();", 'new Mutex()')).toMatchObject({ effects: { throws: 'no' }, qualified: 'async-mutex.Mutex' });
  });

  it('are those of a member of a declared type', () => {
    expect(about("import { Mutex } from 'async-mutex'; class A { m = new Mutex(); f() { return this.m.acquire(); } }", 'this.m.acquire()')).toMatchObject({
      effects: { promise: true }, qualified: 'async-mutex.Mutex#acquire', resolvedBy: 'declared',
    });
    expect(about("import { EventEmitter } from 'node:events'; class A extends EventEmitter { f() { this.on('x', () => {}); } }", "this.on('x', () => {})")).toMatchObject({ effects: { subscribe: {} } });
    expect(about("import { EventEmitter } from 'node:events'; class A extends EventEmitter { f() { this.on('x', () => {}); } }", "this.on('x', () => {})", true)).toMatchObject({ effects: { subscribe: {} } });
    expect(about("const m = new Map<string, string>(); m.get('x');", "m.get('x')")).toMatchObject({ effects: { collection: 'get' }, qualified: 'lib.Map#get' });
  });

  it('name the type of what a modelled call returns', () => {
    expect(about("import pLimit from 'p-limit'; const limit = pLimit(3); limit(() => f());", 'limit(() => f())')).toMatchObject({ effects: { callbacks: [{ timing: 'awaited' }] } });
  });

  it('take the form that the last argument says', () => {
    expect(about("import { readFile } from 'fs'; readFile('x', () => {});", "readFile('x', () => {})").effects.promise).toBeUndefined();
    expect(about("import { readFile } from 'fs'; readFile('x');", "readFile('x')").effects.promise).toBe(true);
    expect(about("import { readFile } from 'fs'; function f(cb: () => void) { readFile('x', cb); }", "readFile('x', cb)").effects.promise).toBeUndefined();
  });

  it('are those of the member’s name where no receiver makes a difference', () => {
    const source = 'function pick<T>(xs: T[]): T { return xs[0]!; }\nconst s = pick([["x"]])[0]!; const a = s.trim(); const b = s.includes("x");';
    expect(about(source, 's.trim()')).toMatchObject({ effects: { throws: 'no' }, resolvedBy: 'none' });
    expect(about(source, 's.includes("x")')).toMatchObject({ effects: { throws: 'no' }, qualified: 'lib.String#includes', resolvedBy: 'checker' });
  });

  it('of an import call are those of the global import', () => {
    expect(about("import('./x');", "import('./x')")).toMatchObject({ effects: { promise: true }, qualified: 'global.import' });
  });

  it('are none for any', () => {
    expect(about("function f(x: any) { x.get('k'); }", "x.get('k')")).toEqual({ effects: {}, qualified: undefined, resolvedBy: 'none' });
  });
});

describe('who calls a function', () => {
  const callersOf = (files: Readonly<Record<string, string>>, text: string): string[] => {
    const { code, callers } = setup(files);
    const fn = code.find<FunctionNode & ts.Node>(text, { is: isFunctionNode as (n: ts.Node) => n is FunctionNode });
    return callers.callersOf(fn).map((call) => call.getText());
  };

  it('is found by name, under every name that imports, exports and consts give it', () => {
    expect(callersOf({ 'a.ts': 'export function run() {}', 'b.ts': "import { run as go } from './a'; const again = go; go(1); again(2); run(3);" }, 'export function run() {}')).toEqual(['go(1)', 'again(2)']);
    expect(callersOf({ 'a.ts': 'export default function run() {}', 'b.ts': "import go from './a'; go(1);" }, 'export default function run() {}')).toEqual(['go(1)']);
    expect(callersOf({ 'a.ts': 'export default () => {};', 'b.ts': "import go from './a'; go(1);" }, '() => {}')).toEqual(['go(1)']);
  });

  it('includes calls through this, subclasses and interfaces', () => {
    const source = 'interface Job { run(): void } class A implements Job { run() {} f() { this.run(); } } function g(j: Job) { j.run(); } function h(x: Other) { x.run(); }';
    expect(callersOf({ 'a.ts': source }, 'run() {}')).toEqual(['this.run()', 'j.run()']);
  });

  it('of a constructor includes subclasses without one', () => {
    expect(callersOf({ 'a.ts': 'class A { constructor() {} } class B extends A {} new A(); new B();' }, 'constructor() {}')).toEqual(['new A()', 'new B()']);
  });

  it('includes call on the spot', () => {
    expect(callersOf({ 'a.ts': '(() => {})();' }, '() => {}')).toEqual(['(() => {})()']);
  });
});

describe('where a function or symbol is mentioned', () => {
  it('is known for values that are passed on', () => {
    const { code, callers } = setup({ 'a.ts': 'class A { on = () => {}; tick() {} f() { setInterval(this.tick.bind(this), 1); use(this.on); this.tick(); } }\nfunction f() {} use(f); f(); const g = { f };' });
    const of = (text: string): string[] => callers.valueUses(code.find<FunctionNode & ts.Node>(text, { is: isFunctionNode as (n: ts.Node) => n is FunctionNode })).map((use) => use.getText());
    expect(of('tick() {}')).toEqual(['this.tick']);
    expect(of('() => {}')).toEqual(['this.on']);
    expect(of('function f() {}')).toEqual(['f', 'f']);
  });

  it('is known under the names that modules give a symbol', () => {
    const { code, symbols, index } = setup({ 'a.ts': 'export const cache = new Map();', 'b.ts': "export { cache as store } from './a';", 'c.ts': "import { store as s } from './b'; const other = { cache: 1, s: 2 }; const kept = s;" });
    const declaration = code.find<ts.VariableDeclaration>('cache = new Map()', { is: ts.isVariableDeclaration });
    expect([...index.namesOfSymbol(symbols.symbolOf(declaration)!)]).toEqual(['cache', 'store', 's']);
  });
});
