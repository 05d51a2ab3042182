import { awaitsCallback, failing, passing, reliable } from './async-effects.js';
import type { CallEffects, EffectModel, ModelSet } from './effect-model.js';

type Acquire = NonNullable<CallEffects['acquire']>;

/** An awaited acquire on the lock itself. */
const acquires = (kind: Acquire['kind'], releasedBy: Acquire['releasedBy'], more: CallEffects = {}): CallEffects => ({
  ...passing,
  acquire: { on: 'receiver', kind, afterAwait: true, releasedBy },
  ...more,
});
const releases: CallEffects = { throws: 'no', release: { on: 'receiver' } };

const ASYNC_MUTEX = 'async-mutex';
const MUTEXES = ['Mutex', 'MutexInterface'] as const;
const SEMAPHORES = ['Semaphore', 'SemaphoreInterface'] as const;

const SEMA = { type: ['Sema', 'default'], module: 'async-sema' } as const;
const AWAIT_LOCK = { type: ['AwaitLock', 'default'], module: 'await-lock' } as const;
const REDIS_SEMAPHORE = { type: ['Mutex', 'Semaphore', 'MultiSemaphore', 'RedlockMutex', 'RedlockSemaphore'], module: 'redis-semaphore' } as const;
const SEMAPHORE_ASYNC_AWAIT = { type: ['Semaphore', 'Lock', 'default'], module: 'semaphore-async-await' } as const;
const REDLOCK = { type: ['Redlock', 'default'], module: 'redlock' } as const;

/** Locks of the process, of the browser and of a cluster. None of them is reentrant. */
export const locks: ModelSet = {
  calls: [
    {
      match: { type: MUTEXES, module: ASYNC_MUTEX, member: 'acquire' },
      effects: acquires('mutex', { callResult: true, members: ['release'] }),
      because: 'resolves, when the turn comes, with the function that releases; rejects only after cancel or a timeout wrapper',
    },
    {
      match: { type: SEMAPHORES, module: ASYNC_MUTEX, member: 'acquire' },
      effects: acquires('semaphore', { callResult: true, element: 1, members: ['release'] }),
      because: 'resolves, when the weight is free, with the old value and the function that releases',
    },
    {
      match: { type: [...MUTEXES, ...SEMAPHORES], module: ASYNC_MUTEX, member: 'release' },
      effects: releases,
      because: 'lets the next waiter in; more releases than acquires do no harm',
    },
    {
      match: { type: [...MUTEXES, ...SEMAPHORES], module: ASYNC_MUTEX, member: 'runExclusive' },
      effects: { ...passing, callbacks: [awaitsCallback(0, { section: 'receiver' })] },
      because: 'holds the lock while the callback runs, lets it go on success and failure, and passes the failure on',
    },
    {
      match: { type: [...MUTEXES, ...SEMAPHORES], module: ASYNC_MUTEX, member: 'waitForUnlock' },
      effects: passing,
      because: 'waits until the lock could be taken and takes nothing',
    },
    {
      match: { type: [...MUTEXES, ...SEMAPHORES], module: ASYNC_MUTEX, member: ['isLocked', 'cancel', 'getValue', 'setValue'] },
      effects: { throws: 'no' },
      because: 'looks at the lock or rejects those who wait; holders are not touched',
    },
    {
      match: { module: ASYNC_MUTEX, name: ['withTimeout', 'tryAcquire'] },
      effects: { throws: 'no', returns: { type: 'MutexInterface', module: ASYNC_MUTEX } },
      because: 'wraps a lock so that its acquire rejects when the time is over or the lock is taken',
    },
    {
      match: { type: ['AsyncLock', 'default'], module: 'async-lock', member: 'acquire' },
      effects: { ...passing, callbacks: [awaitsCallback(1, { section: 'keyed' })] },
      because: 'runs the function while the key is held and lets it go when the returned promise settles or done is called',
    },
    {
      match: { type: ['Mutex', 'Semaphore'], module: ['es-toolkit', 'es-toolkit/promise'], member: 'acquire' },
      effects: acquires('mutex', { members: ['release'] }, { canReject: 'no' }),
      because: 'resolves when the turn comes; only release on the same object lets go',
    },
    {
      match: { type: ['Mutex', 'Semaphore'], module: ['es-toolkit', 'es-toolkit/promise'], member: 'release' },
      effects: releases,
      because: 'lets the next waiter in',
    },
    {
      match: { ...SEMA, member: 'acquire' },
      effects: acquires('semaphore', { members: ['release'] }),
      because: 'resolves with a token when one is free; release gives it back',
    },
    { match: { ...SEMA, member: 'release' }, effects: releases, because: 'gives the token back to the next waiter' },
    { match: { ...SEMA, member: 'drain' }, effects: { ...passing, waitsForWork: true }, because: 'takes every token, so all holders are done; it waits as long as they need' },
    {
      match: { ...AWAIT_LOCK, member: 'acquireAsync' },
      effects: acquires('mutex', { members: ['release'] }),
      because: 'resolves when the turn comes; rejects only with its timeout option',
    },
    { match: { ...AWAIT_LOCK, member: 'release' }, effects: { release: { on: 'receiver' } }, because: 'lets the next waiter in; throws where nothing is held' },
    {
      match: { type: ['Semaphore', 'Mutex'], module: 'await-semaphore', member: 'acquire' },
      effects: acquires('semaphore', { callResult: true }, { canReject: 'no' }),
      because: 'resolves with the function that releases',
    },
    {
      match: { type: ['Semaphore', 'Mutex'], module: 'await-semaphore', member: 'use' },
      effects: { ...passing, callbacks: [awaitsCallback(0, { section: 'receiver' })] },
      because: 'holds a token while the function runs, on success and failure',
    },
    {
      match: { type: 'Semaphore', module: '@shopify/semaphore', member: 'acquire' },
      effects: { ...reliable, acquire: { on: 'result', kind: 'semaphore', afterAwait: true, releasedBy: { members: ['release'] } } },
      because: 'resolves with a permit whose release gives the place back',
    },

    {
      match: { type: 'Lock', module: '@rocicorp/lock', member: 'lock' },
      effects: acquires('mutex', { callResult: true }, { canReject: 'no' }),
      because: 'resolves, when the turn comes, with the function that releases',
    },
    {
      match: { type: 'RWLock', module: '@rocicorp/lock', member: ['read', 'write', 'upgrade'] },
      effects: acquires('rwlock', { callResult: true }, { canReject: 'no' }),
      because: 'resolves with the function that releases; readers share, writers do not',
    },
    {
      match: { type: ['Lock', 'RWLock'], module: '@rocicorp/lock', member: ['withLock', 'withRead', 'withWrite'] },
      effects: { ...passing, callbacks: [awaitsCallback(0, { section: 'receiver' })] },
      because: 'holds the lock while the function runs, on success and failure',
    },
    {
      match: { type: 'Mutex', module: '@livekit/mutex', member: 'lock' },
      effects: acquires('mutex', { callResult: true }, { canReject: 'no' }),
      because: 'resolves, when the turn comes, with the function that releases',
    },
    { match: { module: 'mortice', name: 'default' }, effects: { returns: { type: 'Mortice', module: 'mortice' } }, because: 'gives the lock of that name, the same to all who ask' },
    {
      match: { type: 'Mortice', module: 'mortice', member: ['readLock', 'writeLock'] },
      effects: acquires('rwlock', { callResult: true }),
      because: 'resolves with the function that releases; readers share, writers do not',
    },
    {
      match: { ...REDIS_SEMAPHORE, member: 'acquire' },
      effects: { ...failing, io: 'database', acquire: { on: 'receiver', kind: 'distributed', afterAwait: true, releasedBy: { members: ['release'] } } },
      because: 'asks the server until it gets the lock, which it renews while it is held; rejects when the time to wait is over',
    },
    { match: { ...REDIS_SEMAPHORE, member: 'release' }, effects: { ...failing, io: 'database', release: { on: 'receiver' } }, because: 'gives the lock back to the server' },
    {
      match: { type: 'AsyncQueue', module: '@sapphire/async-queue', member: 'wait' },
      effects: acquires('mutex', { members: ['shift'] }),
      because: 'resolves when all before it have shifted; rejects only when its signal aborts',
    },
    { match: { type: 'AsyncQueue', module: '@sapphire/async-queue', member: 'shift' }, effects: releases, because: 'lets the next waiter in' },
    {
      match: { ...SEMAPHORE_ASYNC_AWAIT, member: ['acquire', 'wait'] },
      effects: acquires('semaphore', { members: ['release', 'signal'] }, { canReject: 'no' }),
      because: 'resolves when a permit is free',
    },
    { match: { ...SEMAPHORE_ASYNC_AWAIT, member: ['release', 'signal'] }, effects: releases, because: 'gives the permit to the next waiter' },
    {
      match: { ...SEMAPHORE_ASYNC_AWAIT, member: 'execute' },
      effects: { ...passing, callbacks: [awaitsCallback(0, { section: 'receiver' })] },
      because: 'holds a permit while the function runs, on success and failure',
    },

    {
      match: { ...REDLOCK, member: ['acquire', 'lock'] },
      effects: { ...failing, io: 'database', acquire: { on: 'result', kind: 'distributed', afterAwait: true, releasedBy: { members: ['release', 'unlock'] } } },
      because: 'resolves with a lock that expires by itself; rejects when a majority of servers refuses',
    },
    {
      match: { ...REDLOCK, member: ['release', 'unlock'] },
      effects: { ...failing, io: 'database', release: { on: 'arg0' } },
      because: 'gives the lock back to the servers; rejects when it has expired',
    },
    {
      match: { type: 'Lock', module: 'redlock', member: ['release', 'unlock'] },
      effects: { ...failing, io: 'database', release: { on: 'receiver' } },
      because: 'gives the lock back to the servers; rejects when it has expired',
    },
    {
      match: { ...REDLOCK, member: 'using' },
      effects: { ...failing, io: 'database', callbacks: [awaitsCallback(-1, { section: 'arg0' })] },
      because: 'holds and extends the lock while the routine runs, then gives it back',
    },
    {
      match: { module: 'proper-lockfile', name: 'lock' },
      effects: { ...failing, io: 'file', acquire: { on: 'arg0', kind: 'distributed', afterAwait: true, releasedBy: { callResult: true } } },
      because: 'resolves with the function that releases; rejects where the file stays locked',
    },
    {
      match: { module: 'proper-lockfile', name: 'unlock' },
      effects: { ...failing, io: 'file', release: { on: 'arg0' } },
      because: 'removes the lock of that file; rejects where it is not held',
    },
    {
      match: { module: 'proper-lockfile', name: 'lockSync' },
      effects: { throws: 'yes', io: 'file', acquire: { on: 'arg0', kind: 'distributed', afterAwait: false, releasedBy: { callResult: true } } },
      because: 'returns the function that releases; throws where the file is locked',
    },
    {
      match: { module: 'proper-lockfile', name: 'unlockSync' },
      effects: { throws: 'yes', io: 'file', release: { on: 'arg0' } },
      because: 'removes the lock of that file; throws where it is not held',
    },
    ...webLocks({ global: 'navigator.locks.request' }, { type: 'LockManager', module: 'lib', member: 'request' }),
    {
      match: { global: 'Atomics.wait' },
      effects: { blocks: true },
      because: 'stops the whole thread until it is notified or the time is over',
    },
  ],
  types: [
    { type: MUTEXES, module: ASYNC_MUTEX, is: ['mutex'], because: 'one holder at a time' },
    { type: SEMAPHORES, module: ASYNC_MUTEX, is: ['semaphore'], because: 'a counted number of holders' },
    { type: ['AsyncLock', 'default'], module: 'async-lock', is: ['mutex'], because: 'one holder per key at a time' },
    { type: 'Mutex', module: ['es-toolkit', 'es-toolkit/promise', 'await-semaphore', '@livekit/mutex'], is: ['mutex'], because: 'one holder at a time' },
    { type: 'Semaphore', module: ['es-toolkit', 'es-toolkit/promise', 'await-semaphore', '@shopify/semaphore'], is: ['semaphore'], because: 'a counted number of holders' },
    { ...SEMA, is: ['semaphore'], because: 'a counted number of tokens' },
    { ...AWAIT_LOCK, is: ['mutex'], because: 'one holder at a time' },
    { ...REDLOCK, is: ['mutex'], because: 'one holder in the cluster at a time, until the lease ends' },
    { type: 'Lock', module: ['@rocicorp/lock', 'semaphore-async-await'], is: ['mutex'], because: 'one holder at a time' },
    { type: 'AsyncQueue', module: '@sapphire/async-queue', is: ['mutex'], because: 'lets one at a time through' },
    { type: 'Semaphore', module: 'semaphore-async-await', is: ['semaphore'], because: 'a counted number of permits' },
    { type: 'LockManager', module: 'lib', is: ['mutex'], because: 'one holder per name in the origin, unless shared mode is asked for' },
  ],
};

function webLocks(...matches: readonly EffectModel['match'][]): EffectModel[] {
  return matches.map((match) => ({
    match,
    effects: { ...passing, signal: { arg: 1, property: 'signal' }, callbacks: [awaitsCallback(-1, { section: 'arg0' })] },
    because: 'holds the named lock while the callback runs; the signal only ends the waiting for it',
  }));
}
