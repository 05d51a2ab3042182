import { awaitsCallback, callsBackOnce, failing, failingIo, passing, reliable } from './async-effects.js';
import type { CallbackEffect, CallEffects, EffectModel, ModelSet } from './effect-model.js';

const mapper = (arg: number): CallbackEffect => awaitsCallback(arg, { repeating: 'items' });

/** A function of the `p-…` family: called as the default export, its mapper once per item. */
function pFunction(module: string, effects: CallEffects, because: string): EffectModel {
  return { match: { module, name: 'default' }, effects: { ...passing, ...effects }, because };
}

const P_QUEUE = { type: ['PQueue', 'default'], module: 'p-queue' } as const;
const BOTTLENECK = { type: ['Bottleneck', 'Group', 'default'], module: 'bottleneck' } as const;
const POOLS = { type: ['Piscina', 'Tinypool', 'default'], module: ['piscina', 'tinypool'] } as const;
const PROMISE_POOL = { type: ['PromisePool', 'default'], module: '@supercharge/promise-pool' } as const;

const QUEUE_TYPES = { type: ['QueueObject', 'AsyncQueue', 'AsyncPriorityQueue'], module: 'async' } as const;
const EACH = ['each', 'forEach', 'eachOf', 'forEachOf', 'map', 'mapValues', 'filter', 'select', 'reject', 'concat', 'groupBy', 'some', 'any', 'every', 'all', 'detect', 'find', 'sortBy'];
const LIMIT = ['eachLimit', 'forEachLimit', 'eachOfLimit', 'forEachOfLimit', 'mapLimit', 'mapValuesLimit', 'filterLimit', 'selectLimit', 'rejectLimit', 'concatLimit', 'groupByLimit', 'someLimit', 'anyLimit', 'everyLimit', 'allLimit', 'detectLimit', 'findLimit', 'timesLimit'];
const SERIES = ['eachSeries', 'forEachSeries', 'eachOfSeries', 'forEachOfSeries', 'mapSeries', 'mapValuesSeries', 'filterSeries', 'rejectSeries', 'concatSeries', 'someSeries', 'everySeries', 'detectSeries', 'timesSeries'];
const asyncEffects = { promiseUnlessCallback: true, canReject: 'unknown', suspends: 'macro' } as const satisfies CallEffects;

export const limiters: ModelSet = {
  calls: [
    {
      match: { module: 'p-limit', name: 'default' },
      effects: { limiter: { concurrency: { arg: 0 } }, returns: { type: 'LimitFunction', module: 'p-limit' } },
      because: 'makes the function through which at most this many tasks run; throws for anything but a positive whole number',
    },
    {
      match: { type: 'LimitFunction', module: 'p-limit', member: '()' },
      effects: { ...passing, callbacks: [awaitsCallback(0)] },
      because: 'queues the task and settles as the task does; the queue itself has no bound',
    },
    {
      match: { type: 'LimitFunction', module: 'p-limit', member: 'map' },
      effects: { ...passing, callbacks: [mapper(1)], limited: {} },
      because: 'maps all items through the limit of its maker',
    },
    {
      match: { module: 'throat', name: 'default' },
      effects: { limiter: { concurrency: { arg: 0 } }, returns: { type: 'Throat', module: 'throat' } },
      because: 'makes the function through which at most this many tasks run',
    },
    {
      match: { module: 'promise-limit', name: 'default' },
      effects: { limiter: { concurrency: { arg: 0 } }, returns: { type: 'Limit', module: 'promise-limit' } },
      because: 'makes the function through which at most this many tasks run; without a number there is no limit',
    },
    {
      match: { type: ['Throat', 'Limit'], module: ['throat', 'promise-limit'], member: '()' },
      effects: { ...passing, callbacks: [awaitsCallback(0)] },
      because: 'queues the task and settles as the task does; the queue itself has no bound',
    },
    {
      match: { module: 'cockatiel', name: 'bulkhead' },
      effects: { limiter: { concurrency: { arg: 0 } }, returns: { type: 'BulkheadPolicy', module: 'cockatiel' } },
      because: 'makes the policy under which at most this many tasks run, others wait or are turned away',
    },
    {
      match: { type: 'BulkheadPolicy', module: 'cockatiel', member: 'execute' },
      effects: { ...failing, callbacks: [awaitsCallback(0)] },
      because: 'settles as the task does, or rejects where the waiting line is full',
    },
    {
      match: { module: 'tiny-async-pool', name: 'default' },
      effects: { callbacks: [{ arg: 2, timing: 'later-many', result: 'used', repeating: 'items' }], limited: { arg: 0 } },
      because: 'an async iterator over the results, at most this many under way',
    },
    {
      match: { module: 'bluebird', name: ['map', 'filter', 'default.map', 'default.filter'] },
      effects: { ...passing, callbacks: [mapper(1)], limited: { arg: 2, property: 'concurrency' } },
      because: 'rejects with the first failure; without concurrency all mappers run at once',
    },
    {
      match: { module: 'bluebird', name: ['each', 'mapSeries'] },
      effects: { ...passing, callbacks: [awaitsCallback(1)], limited: {} },
      because: 'takes one item after the other',
    },
    pFunction('p-map', { callbacks: [mapper(1)], limited: { arg: 2, property: 'concurrency' }, signal: { arg: 2, property: 'signal' } }, 'rejects with the first failure; without concurrency all mappers run at once'),
    pFunction('p-filter', { callbacks: [mapper(1)], limited: { arg: 2, property: 'concurrency' } }, 'awaits the predicates; without concurrency all run at once'),
    pFunction('p-times', { callbacks: [mapper(1)], limited: { arg: 2, property: 'concurrency' } }, 'runs the mapper this many times; without concurrency all at once'),
    pFunction('p-props', { callbacks: [mapper(1)], limited: { arg: 2, property: 'concurrency' } }, 'awaits the values of an object; without concurrency all mappers run at once'),
    pFunction('p-all', { limited: { arg: 1, property: 'concurrency' } }, 'calls every task function and awaits it; without concurrency all run at once'),
    pFunction('p-each-series', { callbacks: [awaitsCallback(1)], limited: {} }, 'takes one item after the other'),
    pFunction('p-map-series', { callbacks: [awaitsCallback(1)], limited: {} }, 'takes one item after the other'),
    pFunction('p-series', { limited: {} }, 'runs one task after the other'),
    pFunction('p-retry', { callbacks: [awaitsCallback(0)], signal: { arg: 1, property: 'signal' } }, 'calls again after growing waits until it succeeds, then rejects with the last failure'),
    pFunction('p-timeout', { deadline: true, signal: { arg: 1, property: 'signal' } }, 'rejects when the time is over; the promise given goes on'),
    {
      match: { module: 'p-queue', name: ['default', 'PQueue'], construct: true },
      effects: { limiter: { concurrency: { arg: 0, property: 'concurrency' }, unlimitedWithout: ['concurrency', 'intervalCap'] } },
      because: 'runs at most this many tasks at once; without the option there is no limit, and the waiting line never has one',
    },
    {
      match: { ...P_QUEUE, member: 'add' },
      effects: { ...passing, callbacks: [awaitsCallback(0)] },
      because: 'settles as the task does, so a failing task rejects the promise of add',
    },
    { match: { ...P_QUEUE, member: 'addAll' }, effects: passing, because: 'settles as Promise.all of the tasks does' },
    {
      match: { ...P_QUEUE, member: ['onIdle', 'onEmpty', 'onSizeLessThan', 'onPendingZero'] },
      effects: { ...reliable, waitsForWork: true },
      because: 'resolves when the tasks are done or the line is short, however long that takes; failures are not its business',
    },
    { match: { ...P_QUEUE, member: ['clear', 'pause', 'start'] }, effects: { throws: 'no' }, because: 'changes the line; running tasks go on' },
    {
      match: { module: 'bottleneck', name: ['default', 'Bottleneck'], construct: true },
      effects: { limiter: { concurrency: { arg: 0, property: 'maxConcurrent' }, unlimitedWithout: ['maxConcurrent', 'minTime', 'reservoir'] } },
      because: 'runs jobs under maxConcurrent and minTime; without them there is no limit',
    },
    {
      match: { ...BOTTLENECK, member: 'schedule' },
      effects: { ...passing, callbacks: [awaitsCallback(0), awaitsCallback(1)] },
      because: 'takes an optional job description, then the function; settles as the job does',
    },
    {
      match: { ...BOTTLENECK, member: ['stop', 'disconnect'] },
      effects: { ...passing, closes: true, waitsForWork: true },
      because: 'refuses new jobs and waits for running ones, however long that takes',
    },
    {
      match: { module: ['fastq'], name: 'promise' },
      effects: {
        limiter: { concurrency: { arg: 1 } },
        callbacks: [{ arg: 0, timing: 'later-many', result: 'used', repeating: 'items' }],
        returns: { type: 'queueAsPromised', module: 'fastq' },
      },
      because: 'the worker runs for each pushed task, at most this many at once; push settles as the worker does',
    },
    {
      match: { type: 'queueAsPromised', module: 'fastq', member: ['push', 'unshift'] },
      effects: { ...failing, turn: true },
      because: 'settles as the worker does for this task',
    },
    {
      match: { type: 'queueAsPromised', module: 'fastq', member: 'drained' },
      effects: { ...reliable, waitsForWork: true },
      because: 'resolves when the line is empty and the workers are done',
    },

    {
      match: { module: 'async', name: EACH },
      effects: { ...asyncEffects, callbacks: [mapper(1), callsBackOnce(2)] },
      because: 'starts the iteratee for every item at once and awaits async ones',
    },
    {
      match: { module: 'async', name: LIMIT },
      effects: { ...asyncEffects, callbacks: [mapper(2), callsBackOnce(3)], limited: { arg: 1 } },
      because: 'runs at most this many iteratees at once and awaits async ones',
    },
    {
      match: { module: 'async', name: SERIES },
      effects: { ...asyncEffects, callbacks: [awaitsCallback(1), callsBackOnce(2)], limited: {} },
      because: 'takes one item after the other and awaits async iteratees',
    },
    {
      match: { module: 'async', name: 'times' },
      effects: { ...asyncEffects, callbacks: [mapper(1), callsBackOnce(2)] },
      because: 'starts the iteratee this many times at once',
    },
    { match: { module: 'async', name: 'parallelLimit' }, effects: { ...asyncEffects, limited: { arg: 1 } }, because: 'runs at most this many task functions at once' },
    { match: { module: 'async', name: ['parallel', 'auto'] }, effects: asyncEffects, because: 'starts every task function that waits for nothing' },
    { match: { module: 'async', name: ['series', 'waterfall'] }, effects: { ...asyncEffects, limited: {} }, because: 'runs one task function after the other' },
    {
      match: { module: 'async', name: ['queue', 'priorityQueue'] },
      effects: {
        limiter: { concurrency: { arg: 1 } },
        callbacks: [{ arg: 0, timing: 'later-many', result: 'used', repeatingIf: { kind: 'items', arg: 1 } }],
        returns: { type: 'QueueObject', module: 'async' },
      },
      because: 'the worker runs for each pushed task, one at a time unless a concurrency is given',
    },
    {
      match: { ...QUEUE_TYPES, member: ['push', 'unshift'] },
      effects: { mayFloat: true, callbacks: [callsBackOnce(1)] },
      because: 'the promise returned without a callback does not reject; pushAsync is the one that does',
    },
    { match: { ...QUEUE_TYPES, member: ['pushAsync', 'unshiftAsync'] }, effects: { ...failing, turn: true }, because: 'settles as the worker does for this task' },

    {
      match: { ...PROMISE_POOL, member: ['withConcurrency', 'for', 'withTaskTimeout', 'handleError', 'useCorrespondingResults', 'onTaskStarted', 'onTaskFinished'] },
      effects: { returns: { type: 'PromisePool', module: '@supercharge/promise-pool' } },
      because: 'sets up the pool and hands it on; nothing runs before process',
    },
    {
      match: { module: '@supercharge/promise-pool', name: ['PromisePool.withConcurrency', 'PromisePool.for', 'withConcurrency', 'for'] },
      effects: { returns: { type: 'PromisePool', module: '@supercharge/promise-pool' } },
      because: 'makes a pool; nothing runs before process',
    },
    {
      match: { ...PROMISE_POOL, member: 'process' },
      effects: { ...passing, callbacks: [{ arg: 0, timing: 'awaited', result: 'used', catches: true, repeating: 'items' }], limited: {} },
      because: 'runs ten items at a time unless told otherwise and collects failures instead of rejecting',
    },
    {
      match: { ...POOLS, member: 'run' },
      effects: { ...failingIo('cpu'), signal: { arg: 1, property: 'signal' } },
      because: 'sends the task to a worker thread and settles as it does there',
    },
    { match: { ...POOLS, member: 'close' }, effects: { ...failing, closes: true, waitsForWork: true }, because: 'waits for queued tasks, then ends the threads' },
    { match: { ...POOLS, member: 'destroy' }, effects: { ...failing, closes: true }, because: 'ends the threads and rejects what they were doing' },
    {
      match: { module: ['piscina', 'tinypool'], name: ['default', 'Piscina', 'Tinypool'], construct: true },
      effects: { spawns: 'worker', limiter: { concurrency: { arg: 0, property: 'maxThreads' } } },
      because: 'starts worker threads up to maxThreads, which defaults to the number of cores',
    },
  ],
  types: [
    { type: ['Throat', 'Limit'], module: ['throat', 'promise-limit'], is: ['limiter'], because: 'runs tasks under the limit of its maker' },
    { type: 'BulkheadPolicy', module: 'cockatiel', is: ['limiter'], because: 'runs tasks under the limit of its maker' },
    { type: 'LimitFunction', module: 'p-limit', is: ['limiter'], because: 'runs tasks under the limit of its maker' },
    { ...P_QUEUE, is: ['limiter', 'emitter'], because: 'runs tasks under its concurrency and emits their progress' },
    { ...BOTTLENECK, is: ['limiter', 'emitter'], because: 'runs jobs under its limits and emits their progress' },
    { ...POOLS, is: ['limiter', 'emitter'], because: 'runs tasks on a bounded number of threads' },
    { ...QUEUE_TYPES, is: ['limiter'], because: 'runs its worker under a concurrency' },
    { ...PROMISE_POOL, is: ['limiter'], because: 'runs ten items at a time unless told otherwise' },
    { type: ['queueAsPromised', 'queue'], module: 'fastq', is: ['limiter'], because: 'runs its worker under a concurrency' },
  ],
};
