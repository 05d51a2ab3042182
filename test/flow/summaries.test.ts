import { describe, expect, it } from 'vitest';

import type { FunctionSummary } from '../../src/flow/contract.js';
import { ts } from '../../src/syntax/ts.js';
import { modelOf } from '../support/in-memory-model.js';

const PRELUDE = `
  import { readFile } from 'node:fs/promises';
  import { setTimeout as sleep } from 'node:timers/promises';
  declare function external(): Promise<string>;
  declare function mystery(): any;
`;

function summary(source: string, name = 'test'): FunctionSummary {
  const code = modelOf({ 'a.ts': PRELUDE + source }, { node: true });
  return code.model.summary(code.fn(name));
}

describe('a summary says whether the function', () => {
  it('can be suspended', () => {
    expect(summary('async function test() { if (mystery()) await external(); }').maySuspend).toBe('yes');
    expect(summary('async function test(s: AsyncIterable<1>) { for await (const x of s) x; }').maySuspend).toBe('yes');
    expect(summary('async function* test() { yield 1; }').maySuspend).toBe('yes');
    expect(summary('async function test() { await using h = mystery(); }').maySuspend).toBe('yes');
    expect(summary('async function test() { return 1; }').maySuspend).toBe('no');
    expect(summary('function test() { return external().then(async () => { await external(); }); }').maySuspend).toBe('no');
    expect(summary('function* test() { yield 1; }').maySuspend).toBe('no');
  });

  it('returns a promise', () => {
    expect(summary('async function test() {}').returnsPromise).toBe('yes');
    expect(summary('function test() { return external(); }').returnsPromise).toBe('yes');
    expect(summary('function test() { return 1; }').returnsPromise).toBe('no');
    expect(summary('async function* test() { yield 1; }').returnsPromise).toBe('no');
    expect(summary('function test() { return mystery(); }').returnsPromise).toBe('unknown');
  });

  it('never completes', () => {
    expect(summary('function test() { console.log(1); process.exit(1); }').never).toBe(true);
    expect(summary("function test(x: number) { if (x) throw new Error(); else fail(); } function fail(): never { throw new Error(); }").never).toBe(true);
    expect(summary('async function test() { for (;;) await external(); }').never).toBe(true);
    expect(summary('function test() { try { throw new Error(); } finally { console.log(1); } }').never).toBe(true);
    expect(summary('function test() { try { throw new Error(); } catch { } }').never).toBe(false);
    expect(summary('function test(x: number) { if (x) return; process.exit(1); }').never).toBe(false);
    expect(summary('async function test() { for (;;) { if (await external()) break; } }').never).toBe(false);
    expect(summary('function test() { setTimeout(() => process.exit(1)); }').never).toBe(false);
    expect(summary('function test() { fail(); } async function fail() { throw new Error(); }').never).toBe(false);
  });

  it('starts work that it does not wait for', () => {
    expect(summary('function test() { void work(); } async function work() {}').spawns).toBe('yes');
    expect(summary('function test() { start(); } function start() { void work(); } async function work() {}').spawns).toBe('yes');
    expect(summary("import { spawn } from 'node:child_process'; function test() { const child = spawn('ls'); }").spawns).toBe('yes');
    expect(summary('async function test() { await work(); } async function work() {}').spawns).toBe('no');
    expect(summary('function test() { const p = work(); return p; } async function work() {}').spawns).toBe('no');
  });

  it('takes a signal, and where', () => {
    expect(summary('function test(url: string, signal?: AbortSignal) {}').signal).toEqual({ index: 1 });
    expect(summary('function test(url: string, { signal }: RequestInit) {}').signal).toEqual({ index: 1, property: 'signal' });
    expect(summary('function test(url: string) {}').signal).toBeUndefined();
  });
});

describe('a summary knows the I/O', () => {
  const io = (source: string): string[] => [...summary(source).io].sort();
  it('of calls, callees and callbacks that run', () => {
    expect(io("async function test() { await readFile('a'); }")).toEqual(['file']);
    expect(io("async function test() { await load(); } async function load() { await fetch('/'); await readFile('x'); }")).toEqual(['file', 'network']);
    expect(io("async function test(urls: string[]) { await Promise.all(urls.map((u) => fetch(u))); }")).toEqual(['network']);
    expect(io('async function test(n: number): Promise<void> { if (n) await other(n); } async function other(n: number) { await fetch("/"); await test(n - 1); }')).toEqual(['network']);
  });
  it('not of handlers that only may run later, nor of what does none', () => {
    expect(io("function test() { process.on('message', () => { fetch('/'); }); }")).toEqual([]);
    expect(io('function test() { return [1].map((x) => x + 1); }')).toEqual([]);
  });
  it('of one call', () => {
    const code = modelOf({ 'a.ts': `${PRELUDE} function load() { return fetch('/'); } load();` }, { node: true });
    expect([...code.model.ioOf(code.find('load()', { is: ts.isCallExpression }))]).toEqual(['network']);
  });
});

describe('a summary knows the places', () => {
  const CLASS = (methods: string): string => `class C { private n = 0; private timer?: NodeJS.Timeout; private child = mystery(); ${methods} }`;
  const fieldsOf = (set: ReadonlySet<string>, code: ReturnType<typeof modelOf>): string[] =>
    [...set].map((key) => code.file('a.ts').text.slice(Number(/:(\d+)/.exec(key)![1])).trimStart().match(/(?:private )?(\w+)/)![1]!).sort();
  const keys = (methods: string, part: 'reads' | 'writes' | 'writesAfterSuspension' | 'clears', name = 'C.test'): string[] => {
    const code = modelOf({ 'a.ts': PRELUDE + CLASS(methods) }, { node: true });
    return fieldsOf(code.model.summary(code.fn(name))[part], code);
  };

  it('it reads and writes, through its own methods too', () => {
    expect(keys('test() { this.n = 1; return this.timer; }', 'writes')).toEqual(['n']);
    expect(keys('test() { this.n = 1; return this.timer; }', 'reads')).toEqual(['timer']);
    expect(keys('test() { this.set(); } set() { this.n = 1; }', 'writes')).toEqual(['n']);
    expect(keys('test(other: C) { other.set(); } set() { this.n = 1; }', 'writes')).toEqual([]);
  });

  it('it writes after a suspension, its own or before a callee', () => {
    expect(keys('async test() { await external(); this.n = 1; }', 'writesAfterSuspension')).toEqual(['n']);
    expect(keys('async test() { await external(); this.set(); } set() { this.n = 1; }', 'writesAfterSuspension')).toEqual(['n']);
    expect(keys('async test() { this.n = 1; await external(); }', 'writesAfterSuspension')).toEqual([]);
  });

  it('it clears or ends', () => {
    expect(keys('test() { clearTimeout(this.timer); }', 'clears')).toEqual(['timer']);
    expect(keys('test() { this.stop(); } stop() { this.child.kill(); }', 'clears')).toEqual(['child']);
    expect(keys('test() { this.child.send(this.timer); }', 'clears')).toEqual([]);
  });

  it('it locks and unlocks', () => {
    const source = "import { Mutex } from 'async-mutex'; const m = new Mutex(); async function test() { await enter(); leave(); } async function enter() { await m.acquire(); } function leave() { m.release(); }";
    expect(summary(source).acquires).toHaveLength(1);
    expect(summary(source).acquires).toEqual(summary(source).releases);
    expect(summary('async function test() { await external(); }').acquires).toEqual([]);
  });
});

describe('a summary says how a parameter is called', () => {
  const timing = (source: string): string | undefined => summary(source).callsParameter.get(0);
  it.each([
    ['function test(f: () => void) { f(); }', 'sync'],
    ['async function test(f: () => void) { await external(); f(); }', 'awaited'],
    ['function test(f: () => void) { [1].forEach(() => f()); }', 'sync'],
    ['function test(f: () => void) { [1].forEach(f); }', 'sync'],
    ['function test(f: () => void) { setTimeout(f, 1); }', 'later-once'],
    ['function test(f: () => void) { setInterval(() => f(), 1); }', 'later-many'],
    ['function test(f: () => void) { other(f); } function other(g: () => void) { g(); }', 'sync'],
    ['const kept: unknown[] = []; function test(f: () => void) { kept.push(f); }', 'unknown'],
    ['let kept; function test(f: () => void) { kept = f; }', 'unknown'],
    ['function test(f: () => void) { console.log(typeof f); }', undefined],
    ['function test(f: () => void) { other(f); } function other(g: () => void) { }', undefined],
  ])('%s', (source, expected) => expect(timing(source)).toBe(expected));
});

describe('a summary finds a timer whose handle is dropped', () => {
  it.each([
    ['function test(ms: number) { return new Promise((resolve) => setTimeout(resolve, ms)); }', 'resolves'],
    ['function test(ms: number) { return new Promise((resolve) => { setTimeout(() => resolve(1), ms); }); }', 'resolves'],
    ['function test(ms: number) { return new Promise((_, reject) => setTimeout(() => reject(new Error()), ms)); }', 'rejects'],
    ['async function test(ms: number) { return sleep(ms); }', 'resolves'],
    ['function test(ms: number) { return sleep(ms).then(() => { throw new Error(); }); }', 'rejects'],
    ['function test(ms: number, signal: AbortSignal) { return sleep(ms, undefined, { signal }); }', false],
    ['function test(ms: number) { return new Promise((resolve) => { const t = setTimeout(resolve, ms); keep(t); }); } declare function keep(t: unknown): void;', false],
    ['function test(ms: number) { return new Promise((resolve) => { setTimeout(resolve, ms).unref(); }); }', false],
    ['function test() { return external(); }', false],
  ])('%s', (source, expected) => expect(summary(source).returnsUnclearedTimer).toBe(expected));
});
