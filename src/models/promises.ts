import type { ModelSet } from './effect-model.js';

/** The language's own promises. What `then` and the combinators reject with follows from their parts, so flow decides it. */
export const promises: ModelSet = {
  calls: [
    {
      match: { global: 'Promise', construct: true },
      effects: {
        promise: true,
        canReject: 'unknown',
        throws: 'no',
        callbacks: [{ arg: 0, timing: 'sync', result: 'ignored', catches: true }],
      },
      because: 'the executor runs before the constructor returns; its throw becomes the rejection, the promise of an async executor is dropped',
    },
    {
      match: { global: 'import' },
      effects: { promise: true, canReject: 'yes', throws: 'no', suspends: 'macro' },
      because: 'import() reads and evaluates the module later; a missing module or a throw in it rejects',
    },
    {
      match: { global: 'Promise.resolve' },
      effects: { promise: true, canReject: 'unknown', throws: 'no', suspends: 'micro' },
      because: 'a plain value is wrapped and cannot fail, a thenable is adopted with its own fate',
    },
    {
      match: { global: 'Promise.try' },
      effects: { promise: true, canReject: 'unknown', throws: 'no', callbacks: [{ arg: 0, timing: 'sync', result: 'used', catches: true }] },
      because: 'the function is called at once and what it throws or returns settles the promise',
    },
    {
      match: { global: 'Promise.reject' },
      effects: { promise: true, canReject: 'yes', throws: 'no', suspends: 'micro' },
      because: 'the promise is born rejected',
    },
    {
      match: { global: 'Promise.all' },
      effects: { promise: true, throws: 'no', combinator: 'all' },
      because: 'settles with the first rejection or with all values; a rejection stops the waiting, not the work of the others',
    },
    {
      match: { global: 'Promise.allSettled' },
      effects: { promise: true, canReject: 'no', throws: 'no', combinator: 'allSettled' },
      because: 'waits for every element and reports failures as values',
    },
    {
      match: { global: 'Promise.race' },
      effects: { promise: true, throws: 'no', combinator: 'race' },
      because: 'settles as the first element does; the losers go on, with their later rejections handled',
    },
    {
      match: { global: 'Promise.any' },
      effects: { promise: true, throws: 'no', combinator: 'any' },
      because: 'settles with the first fulfilment, rejects only when every element has; the losers go on',
    },
    {
      match: { global: 'Promise.withResolvers' },
      effects: { throws: 'no' },
      because: 'only makes a pending promise with its two settling functions',
    },
    {
      match: { type: ['Promise', 'PromiseLike'], module: 'lib', member: 'then' },
      effects: {
        promise: true,
        canReject: 'unknown',
        throws: 'no',
        rejectionHandler: 1,
        callbacks: [
          { arg: 0, timing: 'later-once', result: 'used' },
          { arg: 1, timing: 'later-once', result: 'used' },
        ],
      },
      because: 'handlers run in a microtask after settling and their outcome settles a new promise, which is a task of its own',
    },
    {
      match: { type: 'Promise', module: 'lib', member: 'catch' },
      effects: {
        promise: true,
        canReject: 'unknown',
        throws: 'no',
        rejectionHandler: 0,
        callbacks: [{ arg: 0, timing: 'later-once', result: 'used' }],
      },
      because: 'the same as then(undefined, handler): handles the receiver, and the new promise fails only with the handler',
    },
    {
      match: { type: 'Promise', module: 'lib', member: 'finally' },
      effects: {
        promise: true,
        canReject: 'unknown',
        throws: 'no',
        callbacks: [{ arg: 0, timing: 'later-once', result: 'used' }],
      },
      because: 'runs on both outcomes and waits for what it returns, but passes the rejection on to a new promise: it handles nothing',
    },
    {
      match: { global: 'Array.fromAsync' },
      effects: { promise: true, throws: 'no', callbacks: [{ arg: 1, timing: 'awaited', result: 'used' }] },
      because: 'takes one element after the other and awaits the mapper before the next',
    },
  ],
  types: [],
};
