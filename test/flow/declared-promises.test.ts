import { expect, it } from 'vitest';

import { givesDeclaredPromise, givesNoList } from '../../src/flow/declared-promises.js';
import { Symbols } from '../../src/flow/symbols.js';
import { Types } from '../../src/flow/types.js';
import { ts } from '../../src/syntax/ts.js';
import { programOf } from '../support/program.js';

/** The answer for each call that is a statement, which must be the checker's where there is one. */
function answersIn(source: string): (string | undefined)[] {
  const { program, file } = programOf({ 'a.ts': source }, { node: false });
  const types = new Types(program);
  const { declared } = new Symbols(program, types);
  const answers: (string | undefined)[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isExpressionStatement(node) && ts.isCallOrNewExpression(node.expression)) {
      const answer = givesDeclaredPromise(node.expression, declared);
      if (answer !== undefined) expect(answer, node.getText()).toBe(types.isPromise(node.expression));
      answers.push(answer);
    }
    ts.forEachChild(node, visit);
  };
  visit(file('a.ts'));
  return answers;
}

it('says no by what is written: plain types, classes without a then, bodies that return nothing', () => {
  expect(answersIn('declare function f(): void; declare function g(): string | undefined; f(); g();')).toEqual(['no', 'no']);
  expect(answersIn('class A {} class B extends A { b(): A { return this; } self(): this { return this; } } new B(); new B().b(); new B().self();')).toEqual(['no', 'no', 'no']);
  expect(answersIn('function f() { [1].map(() => { return 1; }); return; } f();')).toEqual(['no', 'no']);
  expect(answersIn('class A { constructor() {} } class B extends A { constructor() { super(); } }')).toEqual(['no']);
  expect(answersIn('new Promise<void>((resolve, reject) => { resolve(); reject(1); });')).toEqual([undefined, 'no', 'no']);
});

it('says yes where a promise is written', () => {
  expect(answersIn('interface S { send(): Promise<void>; maybe(): Promise<void> | undefined } declare const s: S; s.send(); s.maybe();')).toEqual(['yes', 'yes']);
});

it('follows the name of a function type', () => {
  expect(answersIn('type Done = (error?: Error) => void; interface Next { (): void } declare const done: Done | undefined, next: Next; done!(); next();')).toEqual(['no', 'no']);
  expect(answersIn('type Load = () => Promise<void>; class A { constructor(readonly load: Load) { load(); this.load(); } }')).toEqual(['yes', 'yes']);
  expect(answersIn('type Made<T> = () => T; interface Both extends Made<Promise<void>> {} declare const made: Made<Promise<void>>, both: Both; made(); both();')).toEqual([undefined, undefined]);
});

it('leaves to the checker what is inferred, generic, aliased, overloaded both ways or of unknown bases', () => {
  expect(answersIn('function f() { return g(); } declare function g(): Promise<void>; f();')).toEqual([undefined]);
  expect(answersIn('declare function f<T extends object>(x: T): T; f(Promise.resolve());')).toEqual([undefined]);
  expect(answersIn('type P = Promise<void>; declare function f(): P; declare function g(): Awaited<P>; f(); g();')).toEqual([undefined, undefined]);
  expect(answersIn('declare function f(): void; declare function f(x: number): Promise<void>; f();')).toEqual([undefined]);
  expect(answersIn('declare const Base: any; class A extends Base {} new A();')).toEqual([undefined]);
});

it('rules out a list of promises by what is written, as the checker does', () => {
  const { program, file } = programOf({
    'a.ts': `
      declare function nothing(): void; declare function text(): string; function log(x: string) { return; }
      nothing(); text(); log('x');
      declare function all(): Promise<void>[]; declare function any(): any; function made() { return [Promise.resolve()]; }
      declare function both(): void; declare function both(x: number): Promise<void>[];
      all(); any(); made(); both();
    `,
  }, { node: false });
  const types = new Types(program);
  const { declared } = new Symbols(program, types);
  const calls = file('a.ts').statements.flatMap((each) => (ts.isExpressionStatement(each) && ts.isCallExpression(each.expression) ? [each.expression] : []));
  expect(calls.map((call) => givesNoList(call, declared))).toEqual([true, true, true, false, false, false, false]);
  for (const call of calls) if (givesNoList(call, declared)) expect(types.isArrayOfPromises(call), call.getText()).toBe('no');
});
