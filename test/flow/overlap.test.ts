import { describe, expect, it } from 'vitest';

import type { Overlap } from '../../src/flow/contract.js';
import { modelOf, type TestModel } from '../support/in-memory-model.js';
import type { SemanticModelOptions } from '../../src/flow/semantic-model.js';

const PRELUDE = `
  import { EventEmitter } from 'node:events';
  declare function work(): Promise<void>;
  declare function handOn(f: unknown): void;
  declare const emitter: EventEmitter;
  declare const items: string[];
`;

function code(source: string, options: Partial<SemanticModelOptions> = {}): TestModel {
  return modelOf({ 'a.ts': PRELUDE + source }, { node: true, ...options });
}
function overlap(source: string, name = 'task', options: Partial<SemanticModelOptions> = {}): Overlap {
  const { model, fn } = code(source, options);
  return model.overlap(fn(name));
}
const grade = (source: string, name = 'task', options: Partial<SemanticModelOptions> = {}): string => overlap(source, name, options).grade;

const sequential = (only: string) => ({ sequential: (_: unknown, name: string) => name === only, entryPoint: () => false });
const TASK = 'async function task() { await work(); }';

describe('two activations are shown to overlap', () => {
  it('when each item starts one', () => {
    expect(grade('items.map(async (item) => { await work(); });', 'callback of items.map')).toBe('shown');
    expect(grade(`${TASK} async function all() { await Promise.all(items.map(() => task())); }`)).toBe('shown');
    expect(grade(`${TASK} async function all() { await Promise.all(items.map(task)); }`)).toBe('shown');
  });

  it('when a loop does not wait for them', () => {
    expect(grade(`${TASK} async function all() { for (const i of items) void task(); }`)).toBe('shown');
    expect(grade(`${TASK} async function all() { const all = []; for (const i of items) all.push(task()); }`)).toBe('shown');
    expect(grade(`${TASK} async function all() { for (const i of items) { const p = task(); await p; } } all();`)).toBe('none');
  });

  it('when two are started before one is awaited', () => {
    expect(grade(`${TASK} async function all() { await Promise.all([task(), task()]); }`)).toBe('shown');
    expect(grade(`${TASK} async function all() { const a = task(); const b = task(); await a; await b; }`)).toBe('shown');
    expect(grade(`${TASK} async function all() { const a = task(); await a; const b = task(); await b; } all();`)).toBe('none');
    expect(grade(`${TASK} async function all() { if (items) void task(); else void task(); } all();`)).toBe('none');
  });

  it('when a repeating source calls it, by name, bound, or through a wrapper', () => {
    const found = overlap("emitter.on('message', async () => { await work(); });", 'callback of emitter.on');
    expect(found.grade).toBe('shown');
    expect(found.witnesses.map((w) => w.text)).toEqual(["registered for every 'message' here"]);
    expect(grade(`${TASK} emitter.on('message', task);`)).toBe('shown');
    expect(grade(`${TASK} setInterval(task, 10);`)).toBe('shown');
    expect(grade("class C { constructor() { emitter.on('x', this.task.bind(this)); } private async task() { await work(); } }", 'C.task')).toBe('shown');
    expect(grade(`${TASK} declare function wrap<T>(f: T): T; emitter.on('x', wrap(task));`)).toBe('shown');
    expect(grade(`${TASK} emitter.once('ready', task);`)).toBe('none');
  });

  it('when what calls it overlaps', () => {
    expect(grade(`${TASK} emitter.on('message', async () => { await task(); });`)).toBe('shown');
    expect(grade(`${TASK} emitter.on('message', () => { task(); });`)).toBe('shown');
    expect(grade(`${TASK} emitter.once('ready', async () => { await task(); });`)).toBe('none');
  });

  it('when a function that leaves it running is itself called in a loop', () => {
    expect(grade(`${TASK} function start() { void task(); } for (const i of items) start();`)).toBe('shown');
    expect(grade(`${TASK} function start() { void task(); } start();`)).toBe('none');
  });

  it('when a decorator makes it a handler', () => {
    expect(grade('declare function Get(path: string): any; class Api { @Get("/") async list() { await work(); } }', 'Api.list')).toBe('shown');
  });

  it('when config names it an entry point', () => {
    expect(grade(`export ${TASK}`, 'task', { declaredOverlap: { sequential: () => false, entryPoint: () => true } })).toBe('shown');
  });
});

describe('an overlap is exposed', () => {
  it('by a public method of an exported class that reckons with calls at once', () => {
    expect(grade('export class Pool { private closing = false; async get() { await work(); } }', 'Pool.get')).toBe('exposed');
    expect(grade('export class Pool { async get() { await work(); } close() {} }', 'Pool.get')).toBe('exposed');
    expect(grade('export class Pool { #inFlight = new Map<string, Promise<void>>(); async get() { await work(); } }', 'Pool.get')).toBe('exposed');
  });

  it('by an exported function of a module that does', () => {
    expect(grade(`let pending: Promise<void> | undefined; export ${TASK}`)).toBe('exposed');
  });
});

describe('an overlap is assumed', () => {
  it('of a row of a database, which each caller loads for itself', () => {
    const sequelize = `export class Model { save(): Promise<this>; }`;
    const { model, fn } = modelOf({ 'a.ts': `${PRELUDE} import { Model } from 'sequelize'; export class Row extends Model { private closing = false; async touch() { await work(); } }`, 'node_modules/sequelize/index.d.ts': sequelize }, { node: true });
    expect(model.overlap(fn('Row.touch')).grade).toBe('assumed');
  });

  it('of any other export', () => {
    expect(grade(`export ${TASK}`)).toBe('assumed');
    expect(grade(`${TASK} export { task };`)).toBe('assumed');
    expect(grade('export class Plain { block = 1; async get() { await work(); } }', 'Plain.get')).toBe('assumed');
    expect(grade(`export ${TASK} async function main() { await task(); } main();`)).toBe('assumed');
  });

  it('of what is handed to the unknown, or called by nobody in view', () => {
    expect(grade(`${TASK} handOn(task);`)).toBe('assumed');
    expect(grade(TASK)).toBe('assumed');
  });
});

describe('a CommonJS export is an export', () => {
  const METHODS = '{ constructor() { this.pending = 1; } async get() { await work(); } close() {} }';
  it.each([
    ['module.exports = class Pool', ''], ['exports.Pool = class Pool', ''], ['class Pool', 'module.exports = Pool;'], ['class Pool', 'module.exports = { Pool };'],
  ])('%s … %s', (start, end) => {
    expect(grade(`${start} ${METHODS} ${end} async function main() { await new Pool().get(); } main();`, 'Pool.get')).toBe('exposed');
  });

  it('and a class that nobody hands out is none', () => {
    expect(grade(`class Pool ${METHODS} async function main() { await new Pool().get(); } main();`, 'Pool.get')).toBe('none');
  });
});

describe('activations do not overlap', () => {
  it('when every caller in view waits in a function that does not overlap', () => {
    expect(grade(`${TASK} async function main() { await task(); for (const i of items) await task(); } main();`)).toBe('none');
    expect(grade('export class C { private async task() { await work(); } } ', 'C.task')).toBe('assumed');
    expect(grade('class C { async run() { await this.task(); await this.task(); } private async task() { await work(); } } await new C().run();', 'C.task')).toBe('none');
  });

  it('on instances of their own: of each item, or made by the caller', () => {
    const CLASS = 'class Env { async init() { await work(); } }';
    expect(grade(`${CLASS} async function all(envs: Env[]) { await Promise.all(envs.map((env) => env.init())); } await all([]);`, 'Env.init')).toBe('none');
    expect(grade(`${CLASS} async function all(envs: Env[]) { for (const env of envs) void env.init(); } await all([]);`, 'Env.init')).toBe('none');
    expect(grade(`${CLASS} emitter.on('connection', () => { const env = new Env(); void env.init(); });`, 'Env.init')).toBe('none');
    expect(grade(`${CLASS} async function all(a: Env, b: Env) { await Promise.all([a.init(), b.init()]); } await all(new Env(), new Env());`, 'Env.init')).toBe('none');
    expect(grade(`${CLASS} async function all(a: Env) { await Promise.all([a.init(), a.init()]); }`, 'Env.init')).toBe('shown');
    expect(grade(`${CLASS} const env = new Env(); async function all(names: string[]) { await Promise.all(names.map(() => env.init())); }`, 'Env.init')).toBe('shown');
    expect(grade(`${CLASS} async function all(env: Env) { for (const i of items) void env.init(); }`, 'Env.init')).toBe('shown');
  });

  it('when a test runner calls it before each test', () => {
    expect(grade(`${TASK} import { beforeEach } from 'vitest'; beforeEach(async () => { await task(); });`)).toBe('none');
    expect(grade(`${TASK} import { beforeEach } from 'vitest'; beforeEach(() => { void task(); void task(); });`)).toBe('shown');
  });

  it('when config says so', () => {
    expect(grade(`export ${TASK} emitter.on('x', task);`, 'task', { declaredOverlap: sequential('task') })).toBe('none');
    expect(grade('export class Pool { async get() { await work(); } close() {} }', 'Pool.get', { declaredOverlap: sequential('Pool.get') })).toBe('none');
  });

  it('for code that runs once: the module itself, a constructor', () => {
    const { model, file } = code('await work();');
    expect(model.overlap(file('a.ts')).grade).toBe('none');
    expect(grade('export class C { constructor() {} }', 'C.constructor')).toBe('none');
  });

  it('when recursion waits for itself', () => {
    expect(grade('async function task(n: number) { await work(); if (n) await task(n - 1); } async function main() { await task(3); } main();')).toBe('none');
  });
});

describe('a function is repeatable', () => {
  const repeatable = (source: string, name = 'task'): string => {
    const { model, fn } = code(source);
    return model.repeatable(fn(name));
  };

  it('when a loop, a listener or an outside caller can run it again', () => {
    expect(repeatable(`${TASK} for (const i of items) await task();`)).toBe('yes');
    expect(repeatable(`${TASK} emitter.on('x', task);`)).toBe('yes');
    expect(repeatable(`export ${TASK}`)).toBe('yes');
    expect(repeatable('export class C { constructor() {} }', 'C.constructor')).toBe('yes');
    expect(repeatable('export class C { open() {} }', 'C.open')).toBe('yes');
  });

  it('not when top-level code calls it once', () => {
    expect(repeatable('async function main() { await work(); } main();', 'main')).toBe('no');
    expect(repeatable(`${TASK} async function main() { await task(); } main();`)).toBe('no');
    expect(repeatable('class C { constructor() {} } new C();', 'C.constructor')).toBe('no');
    expect(repeatable("['SIGINT', 'SIGTERM'].forEach((s) => { work(); });", "callback of ['SIGINT', 'SIGTERM'].forEach")).toBe('no');
  });

  it('unknown when nobody in view says', () => {
    expect(repeatable(TASK)).toBe('unknown');
    expect(repeatable('export async function main() { await work(); }', 'main')).toBe('unknown');
    expect(repeatable(`${TASK} handOn(task);`)).toBe('unknown');
  });
});
