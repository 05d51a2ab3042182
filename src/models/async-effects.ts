/** Effects that entries of many libraries share, so that one file reads like another. */
import type { CallbackEffect, CallEffects, IoKind } from './effect-model.js';

/** A promise that waits for the outside and can fail with it; an async function, so nothing is thrown before it returns. */
export const failing = { promise: true, canReject: 'yes', throws: 'no', suspends: 'macro' } as const satisfies CallEffects;

/** A promise that waits for something inside the program and does not fail. */
export const reliable = { promise: true, canReject: 'no', throws: 'no', suspends: 'macro' } as const satisfies CallEffects;

/** A promise that fails when its callback does, and else only when the caller cancels or closes. */
export const passing = { promise: true, canReject: 'unknown', throws: 'no', suspends: 'macro' } as const satisfies CallEffects;

/** A promise that can fail, or a Node-style callback in the last place: the caller chooses. */
export const failingOrCallback = { promiseUnlessCallback: true, canReject: 'yes', suspends: 'macro' } as const satisfies CallEffects;

export const failingIo = (io: IoKind): CallEffects => ({ ...failing, io });

/** A Node-style callback: runs once after the call returned, and nothing looks at what it returns. */
export const callsBackOnce = (arg: number): CallbackEffect => ({ arg, timing: 'later-once', result: 'ignored' });

/** A mapper, task or section whose result the call's own promise waits for. */
export const awaitsCallback = (arg: number, more: Partial<CallbackEffect> = {}): CallbackEffect => ({ arg, timing: 'awaited', result: 'used', ...more });

/** A listener: runs for each event, and nothing looks at what it returns. */
export const listens = (arg: number, more: Partial<CallbackEffect> = {}): CallbackEffect => ({
  arg,
  timing: 'later-many',
  result: 'ignored',
  repeating: 'event',
  ...more,
});
