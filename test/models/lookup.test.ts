import { describe, expect, test } from 'vitest';

import { builtinModels } from '../../src/models/builtin-models.js';
import type { EffectModel, ModelSet } from '../../src/models/effect-model.js';
import { mergeEffects, Models } from '../../src/models/lookup.js';

const builtin = new Models([builtinModels]);
const withUser = (...calls: EffectModel[]): Models => new Models([builtinModels, { calls, types: [] }]);
const only = (...calls: EffectModel[]): Models => new Models([{ calls, types: [] } satisfies ModelSet]);
const call = { construct: false };

describe('a callee is recognised', () => {
  test('as a global, by its whole path', () => {
    expect(builtin.effectsOf({ ...call, global: 'Promise.all' })?.combinator).toBe('all');
    expect(builtin.effectsOf({ ...call, global: 'all' })).toBeUndefined();
  });

  test('as any member of a global that is known as a whole', () => {
    expect(builtin.effectsOf({ ...call, global: 'Math.hypot' })?.throws).toBe('no');
    expect(builtin.effectsOf({ ...call, global: 'Math' })).toBeUndefined();
  });

  test('as an export, with or without the node: prefix', () => {
    for (const module of ['fs', 'node:fs']) {
      expect(builtin.effectsOf({ ...call, module, name: 'readFileSync' })?.blocks).toBe(true);
    }
    expect(builtin.effectsOf({ ...call, module: './fs.ts', name: 'readFileSync' })).toBeUndefined();
  });

  test('as an export below a namespace, also where the default import stands for the namespace', () => {
    for (const name of ['promises.readFile', 'default.promises.readFile']) {
      expect(builtin.effectsOf({ ...call, module: 'fs', name })?.promise).toBe(true);
    }
  });

  test('as what a CommonJS module exports', () => {
    expect(builtin.effectsOf({ ...call, module: 'p-limit', name: 'export=' })?.limiter).toBeDefined();
  });

  test('as a method of a type of that module only', () => {
    expect(builtin.effectsOf({ ...call, types: [{ name: 'Mutex', module: 'async-mutex' }], member: 'acquire' })?.acquire?.kind).toBe('mutex');
    expect(builtin.effectsOf({ ...call, types: [{ name: 'Mutex', module: 'src/mutex.ts' }], member: 'acquire' })).toBeUndefined();
  });

  test('as a method inherited from a known type', () => {
    const types = [{ name: 'Bus', module: 'src/bus.ts' }, { name: 'EventEmitter', module: 'node:events' }];
    expect(builtin.effectsOf({ ...call, types, member: 'on' })?.subscribe?.emitter).toBe('EventEmitter');
  });

  test("as a method of a type known only to come from Node's types", () => {
    expect(builtin.effectsOf({ ...call, types: [{ name: 'EventEmitter', module: 'node' }], member: 'once' })?.subscribe?.once).toBe(true);
  });

  test('as a method of any type of a module', () => {
    expect(builtin.effectsOf({ ...call, types: [{ name: 'UserDelegate', module: '.prisma/client' }], member: 'findMany' })?.source).toBe('database');
  });

  test('as a call of the value itself', () => {
    const effects = builtin.effectsOf({ ...call, types: [{ name: 'LimitFunction', module: 'p-limit' }], member: '()' });
    expect(effects?.callbacks?.[0]?.timing).toBe('awaited');
  });

  test('by construction apart from calls', () => {
    expect(builtin.effectsOf({ global: 'Promise', construct: true })?.callbacks?.[0]).toMatchObject({ timing: 'sync', result: 'ignored' });
    expect(builtin.effectsOf({ global: 'Promise', construct: false })).toBeUndefined();
    expect(builtin.effectsOf({ module: 'worker_threads', name: 'Worker', construct: true })?.spawns).toBe('worker');
  });

  test('not at all where nothing matches', () => {
    expect(builtin.effectsOf(call)).toBeUndefined();
    expect(builtin.effectsOf({ ...call, types: [{ name: 'Map', module: 'lib' }], member: 'notAMember' })).toBeUndefined();
  });
});

describe('several matching entries', () => {
  const slowQuery: EffectModel = { match: { type: 'Base', module: 'db', member: 'query' }, effects: { promise: true, io: 'database' }, because: 'the base class talks to the server' };
  const cachedQuery: EffectModel = { match: { type: 'Cached', module: 'db', member: 'query' }, effects: { io: 'cpu' }, because: 'the subclass answers from memory' };
  const types = [{ name: 'Cached', module: 'db' }, { name: 'Base', module: 'db' }];

  test('are merged field by field, the more derived type over its base, whatever their order', () => {
    for (const models of [only(slowQuery, cachedQuery), only(cachedQuery, slowQuery)]) {
      expect(models.effectsOf({ ...call, types, member: 'query' })).toEqual({ promise: true, io: 'cpu' });
    }
  });

  test('let the named path win over the wildcard', () => {
    const models = only(
      { match: { global: 'lib.parse' }, effects: { throws: 'yes' }, because: 'this one throws on bad input' },
      { match: { global: 'lib.*' }, effects: { throws: 'no' }, because: 'the rest of the library does not throw' },
    );
    expect(models.effectsOf({ ...call, global: 'lib.parse' })?.throws).toBe('yes');
    expect(models.effectsOf({ ...call, global: 'lib.format' })?.throws).toBe('no');
  });

  test('are one where bases share it', () => {
    const emitter: EffectModel = { match: { type: ['Socket', 'EventEmitter'], module: ['net', 'events'], member: 'on' }, effects: { throws: 'no' }, because: 'both are emitters' };
    const bases = [{ name: 'Socket', module: 'net' }, { name: 'EventEmitter', module: 'events' }];
    expect(only(emitter).effectsOf({ ...call, types: bases, member: 'on' })).toBe(emitter.effects);
  });

  test('answer with the same object for the same callee', () => {
    const models = only(slowQuery, cachedQuery);
    const key = { ...call, types, member: 'query' };
    expect(models.effectsOf(key)).toBe(models.effectsOf({ ...key }));
  });

  test('join their callbacks by argument, the stronger replacing the weaker', () => {
    const merged = mergeEffects(
      { callbacks: [{ arg: 0, timing: 'sync' }, { arg: 1, timing: 'sync' }] },
      { callbacks: [{ arg: 1, timing: 'later-once' }, { arg: 2, timing: 'awaited' }] },
    );
    expect(merged.callbacks).toEqual([{ arg: 0, timing: 'sync' }, { arg: 1, timing: 'later-once' }, { arg: 2, timing: 'awaited' }]);
  });

  test('keep callbacks of one options object apart by property', () => {
    const callbacks = [{ arg: 0, property: 'start', timing: 'sync' }, { arg: 0, property: 'pull', timing: 'later-many' }] as const;
    expect(mergeEffects({ callbacks: [callbacks[0]] }, { callbacks: [callbacks[1]] }).callbacks).toEqual(callbacks);
  });
});

describe("the user's entries", () => {
  test('override the fields they name and leave the others', () => {
    const models = withUser({ match: { global: 'fetch' }, effects: { canReject: 'no' }, because: 'our polyfill turns failures into responses' });
    expect(models.effectsOf({ ...call, global: 'fetch' })).toMatchObject({ promise: true, canReject: 'no', io: 'network' });
  });

  test('win over more derived built-in types', () => {
    const models = withUser({ match: { type: 'EventEmitter', module: 'events', member: 'on' }, effects: { throws: 'yes' }, because: 'our build validates event names' });
    const types = [{ name: 'Socket', module: 'net' }, { name: 'EventEmitter', module: 'events' }];
    expect(models.effectsOf({ ...call, types, member: 'on' })?.throws).toBe('yes');
  });

  test('make new names known', () => {
    const models = withUser({ match: { type: 'Turnstile', module: '@acme/turnstile', member: 'pass' }, effects: { promise: true }, because: 'waits for its turn' });
    expect(models.memberNames.has('pass')).toBe(true);
    expect(builtin.memberNames.has('pass')).toBe(false);
    expect(models.effectsOf({ ...call, types: [{ name: 'Turnstile', module: '@acme/turnstile' }], member: 'pass' })?.promise).toBe(true);
  });
});

describe('a call that takes a callback or returns a promise', () => {
  const key = { ...call, types: [{ name: 'Pool', module: 'pg' }], member: 'connect' };

  test('returns a promise where the last argument is no function', () => {
    expect(builtin.effectsOf({ ...key, callbackLast: false })).toMatchObject({ promise: true, canReject: 'yes', acquire: { kind: 'client' } });
  });

  test('returns none, acquires nothing here, and calls back where it is', () => {
    const effects = builtin.effectsOf({ ...key, callbackLast: true });
    expect(effects).toMatchObject({ io: 'database', callbacks: [{ arg: -1, timing: 'later-once', result: 'ignored' }] });
    expect(effects).not.toHaveProperty('promise');
    expect(effects).not.toHaveProperty('acquire');
  });

  test('says nothing of a promise where the argument is not known', () => {
    expect(builtin.effectsOf(key)?.promise).toBeUndefined();
  });
});

describe('traits of a type', () => {
  test('are found by name and module', () => {
    expect(builtin.traitsOf('AbortSignal', 'lib')).toContain('abort-signal');
    expect(builtin.traitsOf('AbortSignal', 'src/signal.ts')).toEqual([]);
    expect(builtin.traitsOf('Server', 'node:http')).toEqual(expect.arrayContaining(['emitter', 'server']));
  });

  test('are found anywhere for names that say it all', () => {
    expect(builtin.traitsOf('QuickLRU', 'quick-lru-fork')).toContain('bounded-collection');
  });
});
