import { describe, expect, it } from 'vitest';

import type { FunctionSummary } from '../../src/flow/contract.js';
import { modelOf } from '../support/in-memory-model.js';

const PRELUDE = `export {};
  declare function external(): Promise<string>;
  declare function mystery(): any;
  declare const bad: boolean;
  declare const logger: { error(e: unknown): void };
  declare const bus: { emit(name: string): void };
  interface Api { get(): Promise<string> }
  const noop = () => {};
  function safe() { return Promise.resolve(1); }
  async function fails() { throw new Error('no'); }
`;

/** The answer for the expression that the function keeps in `x`. */
function ofExpression(expression: string, before = ''): string {
  const code = modelOf({ 'a.ts': `${PRELUDE}${before}\nfunction test(api: Api, p: Promise<string>, n: number, f: () => Promise<void>) { const x = ${expression}; }` }, { node: true });
  return code.model.canReject(code.valueOf('x'));
}

function summary(source: string, name = 'test'): FunctionSummary {
  const code = modelOf({ 'a.ts': PRELUDE + source }, { node: true });
  return code.model.summary(code.fn(name));
}
const bodyRejects = (body: string): string => summary(`async function test() { ${body} }`).canReject;
const bodyThrows = (body: string): string => summary(`function test(value: unknown) { ${body} }`).throws;

describe('an expression can reject', () => {
  it.each([
    ['Promise.reject(new Error())', 'a rejection made here'],
    ['fails()', 'a callee in view that throws'],
    ['external()', 'a promise from outside the view'],
    ['new Promise((resolve, reject) => bus.emit("x") ?? reject())', 'an executor that uses reject'],
    ['new Promise((resolve) => { throw new Error(); })', 'an executor that throws'],
    ['new Promise((resolve) => resolve(fails()))', 'resolved with a promise that can'],
    ['external().then(noop)', 'a derived promise'],
    ['safe().then(() => { throw new Error(); })', 'a handler that throws'],
    ['external().catch((e) => { throw e; })', 'a catch that rethrows'],
    ['external().catch(undefined)', 'a catch without a handler'],
    ['external().finally(noop)', 'finally handles nothing'],
    ['bad ? safe() : fails()', 'one branch that can'],
    ['bad && fails()', 'the right side'],
    ['Promise.all([safe(), fails()])', 'one element that can'],
    ['Promise.all([1, 2].map(() => fails()))', 'a mapper that can'],
    ['Promise.race([safe(), external()])', 'one element of a race'],
    ['(async () => { await fails(); })()', 'an async function called in place'],
    ['fetch("/")', 'a modelled call that can'],
    ['f()', 'a function handed in'],
    ['api.get()', 'an interface without an implementation in view'],
  ])('%s: %s', (expression) => expect(ofExpression(expression)).toBe('yes'));
});

describe('an expression cannot reject', () => {
  it.each([
    ['Promise.resolve()', 'nothing to adopt'],
    ['new Promise((resolve, reject) => { safe().then(resolve).catch(reject); })', 'a reject that only what cannot fail would call'],
    ['Promise.resolve(safe())', 'adopts what cannot'],
    ['safe()', 'a callee that cannot'],
    ['new Promise((resolve) => setTimeout(resolve, 10))', 'an executor without reject'],
    ['external().catch(noop)', 'a harmless catch'],
    ['external().catch((e) => logger.error(e))', 'a catch that only logs'],
    ['external().catch(console.error)', 'the console as handler'],
    ['external().then(noop, noop)', 'a second argument that handles'],
    ['external().catch(noop).finally(noop)', 'finally after a catch'],
    ['Promise.allSettled([fails()])', 'failures as values'],
    ['Promise.all([safe(), 3])', 'elements that cannot'],
    ['bad ? safe() : undefined', 'no branch that can'],
    ['n', 'no promise at all'],
    ['(async () => { try { await fails(); } catch {} })()', 'a body that catches all'],
  ])('%s: %s', (expression) => expect(ofExpression(expression)).toBe('no'));

  it('a const is what it was initialised with', () => {
    expect(ofExpression('q', 'const q = safe();')).toBe('no');
    expect(ofExpression('q', 'const q = fails();')).toBe('yes');
  });

  it('a sleep, unless it is given a signal', () => {
    expect(ofExpression('sleep(10)', "import { setTimeout as sleep } from 'node:timers/promises';")).toBe('no');
    expect(ofExpression('sleep(10, 1, { signal: AbortSignal.abort() })', "import { setTimeout as sleep } from 'node:timers/promises';")).toBe('yes');
  });
});

describe('it is unknown whether an expression can reject', () => {
  it.each([
    ['p', 'a promise somebody else made'],
    ['mystery()', 'an untyped result'],
    ['external().catch(mystery)', 'a handler out of view'],
  ])('%s: %s', (expression) => expect(ofExpression(expression)).toBe('unknown'));
});

describe('an async function can reject', () => {
  it('where it throws or awaits what can, outside any try', () => {
    expect(bodyRejects('if (bad) throw new Error();')).toBe('yes');
    expect(bodyRejects('await external();')).toBe('yes');
    expect(bodyRejects('for await (const x of stream()) {} async function* stream() { yield 1; throw new Error(); }')).toBe('yes');
    expect(bodyRejects('await safe();')).toBe('no');
    expect(bodyRejects('setTimeout(() => { throw new Error(); });')).toBe('no');
  });

  it('where the catch or finally throws itself', () => {
    expect(bodyRejects('try { await external(); } catch (e) { throw e; }')).toBe('yes');
    expect(bodyRejects('try { await external(); } catch (e) { if (bad) throw e; console.error(e); }')).toBe('yes');
    expect(bodyRejects('try { await external(); } catch { } finally { await fails(); }')).toBe('yes');
    expect(bodyRejects('try { await external(); } finally { }')).toBe('yes');
  });

  it('not where everything is caught by what only logs', () => {
    expect(bodyRejects('try { await external(); } catch (e) { logger.error(e); }')).toBe('no');
    expect(bodyRejects('try { await safe(); } catch (e) { throw e; }')).toBe('no');
    expect(bodyRejects('await external().catch(noop);')).toBe('no');
  });

  it('where it returns a promise from inside a try: the catch never sees it', () => {
    expect(bodyRejects('try { return external(); } catch { }')).toBe('yes');
    expect(bodyRejects('try { return await external(); } catch { }')).toBe('no');
  });

  it('unknown where it calls the unknown, unless it is awaited as a promise from outside', () => {
    expect(bodyRejects('mystery();')).toBe('unknown');
    expect(bodyRejects('try { mystery(); } catch (e) { throw e; }')).toBe('unknown');
    expect(bodyRejects('try { mystery(); } catch { }')).toBe('no');
  });
});

describe('a call can throw', () => {
  it('where its body does', () => {
    expect(bodyThrows('if (!value) throw new TypeError();')).toBe('yes');
    expect(bodyThrows('[1].forEach(() => { throw new Error(); });')).toBe('yes');
    expect(summary('function inner() { throw new Error(); } function test() { inner(); }').throws).toBe('yes');
  });

  it('not where it only calls builtins, logs, makes or starts things', () => {
    expect(bodyThrows('const m = new Map(); m.set(1, value); console.log(m.size); [1].map(String);')).toBe('no');
    expect(bodyThrows('class C {} new C(); void fails();')).toBe('no');
    expect(bodyThrows("class LimitError extends Error { constructor(n: unknown) { super(); if (!n) throw new TypeError(); } } console.log(new LimitError(value));")).toBe('no');
    expect(bodyThrows('try { mystery(); } catch { }')).toBe('no');
  });

  it('unknown where it calls the unknown', () => {
    expect(bodyThrows('mystery();')).toBe('unknown');
    expect(bodyThrows('JSON.parse(JSON.stringify(value));')).toBe('unknown');
    expect(bodyThrows('JSON.parse(String(value));')).toBe('yes');
  });

  it('never for an async function, whose failures are rejections', () => {
    expect(summary('async function test() { throw new Error(); }').throws).toBe('no');
  });
});

describe('recursion', () => {
  it('is harmless by itself', () => {
    expect(summary('async function test(n: number): Promise<void> { if (n) await other(n - 1); } async function other(n: number): Promise<void> { await test(n); }').canReject).toBe('no');
  });
  it('passes on what one member does', () => {
    const source = 'async function test(n: number): Promise<void> { if (n) await other(n - 1); } async function other(n: number): Promise<void> { await external(); await test(n); }';
    expect(summary(source).canReject).toBe('yes');
    expect(summary(source, 'other').canReject).toBe('yes');
  });
});

describe('a call by an interface', () => {
  const port = 'export interface Port { save?(x: string): void | Promise<void>; load(): Promise<string>; drop?(): Promise<void> }';
  const ask = (call: string, classes: string, tests = ''): string => {
    const files = { 'port.ts': port, 'a.ts': `import type { Port } from './port.js';\n${classes}\nfunction test(port: Port) { const x = ${call}; }`, 'a.test.ts': `import type { Port } from './port.js';\n${tests}` };
    const code = modelOf(files, { node: true });
    return code.model.canReject(code.valueOf('x'));
  };
  const calm = "implements Port { kept = ''; save(x: string): void { this.kept = x; } async load() { return this.kept; } }";

  it('fails as the classes in view do', () => {
    expect(ask('port.load()', `class A ${calm}`)).toBe('no');
    expect(ask('port.load()', "class A implements Port { async load() { throw new Error(); } }")).toBe('yes');
  });

  it('is open where the signature itself leaves it to them', () => {
    expect(ask("port.save!('a')", `class A ${calm}`)).toBe('unknown');
  });

  it('does not fail as the stand-ins of tests do not', () => {
    expect(ask('port.load()', '', `class Stub ${calm}`)).toBe('yes');
    expect(ask('port.load()', `class A ${calm}`, "class Stub implements Port { async load() { throw new Error(); } }")).toBe('no');
  });

  it('is open where a class fills the member in later', () => {
    expect(ask('port.drop!()', `class A implements Port { drop?: () => Promise<void>; async load() { return ''; } } class B implements Port { async drop() {} async load() { return ''; } }`)).toBe('unknown');
  });

  it('of a pause is no sleep but by the time it is given', () => {
    expect(ofExpression('queue.pause(true)', 'declare const queue: { pause(on?: boolean): Promise<void> };')).toBe('yes');
    expect(ofExpression('queue.pause()', 'declare const queue: { pause(on?: boolean): Promise<void> };')).toBe('yes');
    expect(ofExpression('pause(delayMs)', 'declare function pause(ms: number): Promise<void>; declare const delayMs: number;')).toBe('no');
  });
});
