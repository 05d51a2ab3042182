import { describe, expect, it } from 'vitest';

import { ts } from '../../src/syntax/ts.js';
import { modelOf } from '../support/in-memory-model.js';

/** Texts of the signals in scope at the call `here()`. */
function inScope(source: string): string[] {
  const code = modelOf({ 'a.ts': `export {}; declare function here(): void; ${source}` }, { node: true });
  const call = code.find('here()', { is: ts.isCallExpression });
  let fn: ts.Node = call;
  while (!ts.isSourceFile(fn) && !(ts.isFunctionLike(fn) && 'body' in fn)) fn = fn.parent;
  return code.model.signalsInScope(fn as ts.SourceFile, call).map((s) => s.text);
}

describe('a signal is in scope', () => {
  it('as a parameter, by type or by a name that says enough', () => {
    expect(inScope('function f(signal: AbortSignal) { here(); }')).toEqual(['signal']);
    expect(inScope('function f(stop?: AbortSignal | null) { here(); }')).toEqual(['stop']);
    expect(inScope('function f(token: CancellationToken) { here(); } interface CancellationToken { x: 1 }')).toEqual(['token']);
    expect(inScope('function f(signal: NodeJS.Signals) { here(); }')).toEqual([]);
    expect(inScope("process.on('SIGTERM', (signal) => { here(); });")).toEqual([]);
    expect(inScope('function f(token: string) { here(); }')).toEqual([]);
  });

  it('as a property of declared options', () => {
    expect(inScope('function f(options: { signal?: AbortSignal }) { here(); }')).toEqual(['options.signal']);
    expect(inScope('interface Base { signal?: AbortSignal } interface O extends Base { n: 1 } function f(o?: O) { here(); }')).toEqual(['o?.signal']);
    expect(inScope('function f(init: Partial<RequestInit>) { here(); }')).toEqual(['init.signal']);
    expect(inScope("function f(init: Omit<RequestInit, 'signal'>) { here(); }")).toEqual([]);
    expect(inScope('function f(options: { retries: number }) { here(); }')).toEqual([]);
  });

  it('as a property of options whose type names do not lead to', () => {
    expect(inScope("class C { Options!: { signal?: AbortSignal }; m(o: this['Options']) { here(); } }")).toEqual(['o.signal']);
    expect(inScope("class C { Options!: { retries?: number }; m(o: this['Options']) { here(); } }")).toEqual([]);
    expect(inScope("class C extends Far { m(o: this['Options']) { here(); } n(o: this['Options']) { return o.signal; } } import { Far } from 'far';")).toEqual(['o.signal']);
    expect(inScope("class C extends Far { m(o: this['Options']) { here(); } } import { Far } from 'far';")).toEqual([]);
  });

  it('as a property of options whose type is not installed, where its name or a caller says so', () => {
    expect(inScope("import type { AbortOptions } from 'far'; function f(o?: AbortOptions) { here(); }")).toEqual(['o?.signal']);
    expect(inScope("import type { FindOptions } from 'far'; function f(o: FindOptions) { here(); } function g(stop: AbortSignal) { f({ signal: stop }); }")).toEqual(['o.signal']);
    expect(inScope("import type { FindOptions } from 'far'; function f(o: FindOptions) { here(); } function g() { f({ deep: true }); }")).toEqual([]);
    expect(inScope('interface FindOptions { deep: boolean } function f(o: FindOptions) { here(); } function g(stop: any) { f({ deep: true, signal: stop }); }')).toEqual([]);
  });

  it('as a destructured property, under its local name', () => {
    expect(inScope('function f({ signal }: { signal: AbortSignal }) { here(); }')).toEqual(['signal']);
    expect(inScope('function f({ signal: stop }: RequestInit) { here(); }')).toEqual(['stop']);
    expect(inScope('function f(options: RequestInit) { const { signal } = options; here(); }')).toEqual(['signal']);
  });

  it('as a local, from where it is declared on', () => {
    expect(inScope('function f() { const c = new AbortController(); here(); }')).toEqual(['c.signal']);
    expect(inScope('function f() { const timeout = AbortSignal.timeout(5); here(); }')).toEqual(['timeout']);
    expect(inScope('declare const times: any; function f() { const signal = times.getTimeoutSignal(); here(); }')).toEqual(['signal']);
    expect(inScope('declare const times: any; function f() { const signal = times.createSignal(); here(); }')).toEqual([]);
    expect(inScope('function f() { here(); const c = new AbortController(); }')).toEqual([]);
    expect(inScope('function f() { { const c = new AbortController(); } here(); }')).toEqual([]);
  });

  it('once, when a local is only another name for it', () => {
    expect(inScope('function f(options: RequestInit) { const signal = options.signal; here(); }')).toEqual(['signal']);
  });

  it('of the request that a handler answers', () => {
    expect(inScope("import type { Context } from 'hono'; async function show(c: Context) { here(); }")).toEqual(['c.req.raw.signal']);
    expect(inScope('declare function route(f: (given: { request: Request }) => Promise<void>): void; route(async ({ request }) => { here(); });')).toEqual(['request.signal']);
    expect(inScope("import type { NextRequest } from 'next/server'; export async function GET(request: NextRequest) { here(); }")).toEqual(['request.signal']);
    expect(inScope("import type { Request } from 'express'; async function handle(req: Request) { here(); }")).toEqual([]);
    expect(inScope('async function handle({ request }: { request: string }) { here(); }')).toEqual([]);
  });

  it('as a field of the instance', () => {
    expect(inScope('class C { #stop = new AbortController(); m() { here(); } }')).toEqual(['this.#stop.signal']);
    expect(inScope('class C { constructor(private signal: AbortSignal) {} m() { here(); } }')).toEqual(['this.signal']);
    expect(inScope('class C { static stop = new AbortController(); m() { here(); } }')).toEqual([]);
  });

  it('of the enclosing function, only where the function runs in place', () => {
    expect(inScope('function f(signal: AbortSignal) { [1].forEach(() => { here(); }); }')).toEqual(['signal']);
    expect(inScope('function f(signal: AbortSignal) { (async () => { here(); })(); }')).toEqual(['signal']);
    expect(inScope('function f(signal: AbortSignal) { setTimeout(() => { here(); }, 1); }')).toEqual([]);
    expect(inScope('function f(signal: AbortSignal) { function g() { here(); } }')).toEqual([]);
  });
});

/** `accepts given` of the call to `target`. */
function given(call: string, { declare = '', before = '' } = {}): string {
  const source = `export {}; ${declare} declare const signal: AbortSignal; async function test(url: string, options: RequestInit, extra: object) { ${before} ${call}; }`;
  const code = modelOf({ 'a.ts': source }, { node: true });
  const answer = code.model.signalParameter(code.find(call.replace(/^await /, ''), { is: ts.isCallExpression }));
  return answer ? `${answer.accepts} ${answer.given}` : 'none';
}

describe('a call that takes a signal', () => {
  const IN_VIEW = 'function load(url: string, options: { signal?: AbortSignal } = {}) {}';

  it('is known by model, by its body in view, or by its signature', () => {
    expect(given('fetch(url)')).toBe('yes no');
    expect(given('load(url)', { declare: IN_VIEW })).toBe('yes no');
    expect(given('load(url)', { declare: 'declare function load(url: string, signal?: AbortSignal): void;' })).toBe('yes no');
    expect(given('load(url)', { declare: 'declare function load(url: string): void;' })).toBe('none');
    expect(given('load(url)', { declare: 'declare function load(url: string, signal: NodeJS.Signals): void;' })).toBe('none');
  });

  it('is given it as property, shorthand, argument, or inside a spread or variable', () => {
    expect(given('fetch(url, { signal })')).toBe('yes yes');
    expect(given("fetch(url, { method: 'POST', signal: AbortSignal.timeout(5) })")).toBe('yes yes');
    expect(given('fetch(url, { ...init })', { before: 'const init = { signal };' })).toBe('yes yes');
    expect(given('fetch(url, init)', { before: 'const init = { signal };' })).toBe('yes yes');
    expect(given('load(url, signal)', { declare: 'declare function load(url: string, signal?: AbortSignal): void;' })).toBe('yes yes');
    expect(given('fetch(request)', { before: 'const request = new Request(url, { signal });' })).toBe('yes yes');
  });

  it('is not given it by other options', () => {
    expect(given("fetch(url, { method: 'POST' })")).toBe('yes no');
    expect(given('fetch(url, init)', { before: "const init = { method: 'GET' };" })).toBe('yes no');
    expect(given('fetch(request)', { before: 'const request = new Request(url);' })).toBe('yes no');
  });

  it('is left without it on purpose, which says nothing either way', () => {
    expect(given('fetch(url, { signal: undefined })')).toBe('yes unknown');
  });

  it('may be given it by options passed on whole', () => {
    expect(given('fetch(url, options)')).toBe('yes unknown');
    expect(given('fetch(url, { ...options })')).toBe('yes unknown');
    expect(given('fetch(url, init)', { before: 'const init: RequestInit = {}; init.signal = signal;' })).toBe('yes unknown');
  });
});

describe('a function is offered a signal', () => {
  const offered = (task: string, source = `every(${task});`): string | undefined => {
    const code = modelOf({ 'a.ts': `export {}; declare function every(task: (n: number, stop: AbortSignal) => Promise<void>): void; ${source}` }, { node: true });
    const fn = code.find(task, { is: ts.isArrowFunction });
    return code.model.offeredSignal(fn)?.name;
  };

  it('by the declared type of the callback that it is', () => {
    expect(offered('async (n) => {}')).toBe('stop');
    expect(offered('async (n: number) => {}', 'const task = async (n: number) => {}; every(task);')).toBe('stop');
    expect(offered('async (n, stop) => {}')).toBeUndefined();
    expect(offered('async (...all) => {}')).toBeUndefined();
    expect(offered('async (n) => {}', '[1].map(async (n) => {});')).toBeUndefined();
  });
});
