import { listens } from './async-effects.js';
import type { CallEffects, EffectModel, ModelSet } from './effect-model.js';

const timeout: CallEffects = {
  throws: 'no',
  callbacks: [{ arg: 0, timing: 'later-once', result: 'ignored' }],
  timer: { kind: 'timeout', clear: ['clearTimeout', 'clearInterval'], delayArg: 1 },
};
const interval: CallEffects = {
  throws: 'no',
  callbacks: [listens(0, { repeating: 'interval' })],
  timer: { kind: 'interval', clear: ['clearInterval', 'clearTimeout'], delayArg: 1 },
};
const immediate: CallEffects = {
  throws: 'no',
  callbacks: [{ arg: 0, timing: 'later-once', result: 'ignored' }],
  timer: { kind: 'immediate', clear: ['clearImmediate'] },
};

/** One entry for the global and one for the same function imported from Node's `timers`. */
function globalAndImported(name: string, effects: CallEffects, because: string): EffectModel[] {
  return [
    { match: { global: name }, effects, because },
    { match: { module: 'timers', name }, effects, because },
  ];
}

export const timers: ModelSet = {
  calls: [
    ...globalAndImported('setTimeout', timeout, 'calls back once from the event loop and looks at nothing the callback returns; either clear function ends it'),
    ...globalAndImported('setInterval', interval, 'calls back each period, whether or not what the last call started has ended'),
    ...globalAndImported('setImmediate', immediate, 'calls back once after the events of this turn; only clearImmediate takes its handle'),
    ...globalAndImported('clearTimeout', { throws: 'no', clearsTimer: { arg: 0 } }, 'ends a timeout or interval; unknown and spent handles are ignored'),
    ...globalAndImported('clearInterval', { throws: 'no', clearsTimer: { arg: 0 } }, 'ends an interval or timeout; unknown and spent handles are ignored'),
    ...globalAndImported('clearImmediate', { throws: 'no', clearsTimer: { arg: 0 } }, 'ends an immediate; spent handles are ignored'),
    {
      match: { global: ['requestAnimationFrame', 'requestIdleCallback'] },
      effects: {
        throws: 'no',
        callbacks: [{ arg: 0, timing: 'later-once', result: 'ignored' }],
        timer: { kind: 'frame', clear: ['cancelAnimationFrame', 'cancelIdleCallback'] },
      },
      because: 'the browser calls back once before a paint or in idle time',
    },
    {
      match: { global: ['cancelAnimationFrame', 'cancelIdleCallback'] },
      effects: { throws: 'no', clearsTimer: { arg: 0 } },
      because: 'ends the request of that handle; spent handles are ignored',
    },
    {
      match: { global: 'queueMicrotask' },
      effects: { throws: 'no', callbacks: [{ arg: 0, timing: 'later-once', result: 'ignored' }] },
      because: 'the callback runs after the current code, before any event; a throw in it is an uncaught exception',
    },
    {
      match: { type: ['Timeout', 'Timer', 'Immediate'], module: 'timers', member: ['ref', 'unref', 'hasRef', 'refresh'] },
      effects: { throws: 'no' },
      because: 'only changes whether, or from when, the timer counts',
    },
    {
      match: { module: 'timers/promises', name: 'setTimeout' },
      effects: { promise: true, canReject: 'unknown', throws: 'no', suspends: 'macro', io: 'timer', sleeps: true, signal: { arg: 2, property: 'signal' } },
      because: 'resolves after the delay; rejects with an AbortError only through its signal',
    },
    {
      match: { module: 'timers/promises', name: 'setImmediate' },
      effects: { promise: true, canReject: 'unknown', throws: 'no', suspends: 'macro', io: 'timer', signal: { arg: 1, property: 'signal' } },
      because: 'resolves in the next turn of the event loop; rejects only through its signal',
    },
    {
      match: { module: 'timers/promises', name: 'setInterval' },
      effects: { throws: 'no', io: 'timer', signal: { arg: 2, property: 'signal' } },
      because: 'an async iterator that ticks until it is left or its signal aborts',
    },
    {
      match: { module: 'timers/promises', name: 'scheduler.wait' },
      effects: { promise: true, canReject: 'unknown', throws: 'no', suspends: 'macro', io: 'timer', sleeps: true, signal: { arg: 1, property: 'signal' } },
      because: 'the same wait as setTimeout of that module; rejects only through its signal',
    },
    {
      match: { module: 'timers/promises', name: 'scheduler.yield' },
      effects: { promise: true, canReject: 'no', throws: 'no', suspends: 'macro' },
      because: 'lets the event loop turn once and goes on',
    },
    {
      match: { module: 'delay', name: 'default' },
      effects: { promise: true, canReject: 'unknown', throws: 'no', suspends: 'macro', io: 'timer', sleeps: true, signal: { arg: 1, property: 'signal' } },
      because: 'a promise that resolves after the given milliseconds and rejects only through its signal',
    },
    {
      match: { module: 'p-wait-for', name: 'default' },
      effects: { promise: true, canReject: 'unknown', throws: 'no', suspends: 'macro', io: 'timer', polls: 0, signal: { arg: 1, property: 'signal' } },
      because: 'asks the condition every 20 milliseconds, or as often as interval says; without a timeout or signal it gives up never',
    },
    {
      match: { module: ['lodash', 'lodash-es'], name: ['debounce', 'throttle'] },
      effects: { callbacks: [{ arg: 0, timing: 'later-many', result: 'unknown' }] },
      because: 'the function runs from a timer; its result reaches only later callers, if any',
    },
    {
      match: { module: ['lodash/debounce', 'lodash/throttle', 'lodash-es/debounce', 'lodash-es/throttle', 'lodash.debounce', 'lodash.throttle'], name: 'default' },
      effects: { callbacks: [{ arg: 0, timing: 'later-many', result: 'unknown' }] },
      because: 'the function runs from a timer; its result reaches only later callers, if any',
    },
  ],
  types: [
    {
      type: ['Timeout', 'Timer', 'Immediate'],
      module: 'timers',
      is: ['timer-handle', 'disposable'],
      because: "what Node's setTimeout, setInterval and setImmediate return",
    },
  ],
};
