import { listens } from './async-effects.js';
import type { CallEffects, EffectModel, ModelSet } from './effect-model.js';

/** `process` is a global, a module, and a type. */
function ofProcess(names: readonly string[], effects: CallEffects, because: string): EffectModel[] {
  return [
    { match: { global: names.map((name) => `process.${name}`) }, effects, because },
    { match: { module: 'process', name: names }, effects, because },
    { match: { type: 'Process', module: 'process', member: names }, effects, because },
  ];
}

const REMOVERS = ['off', 'removeListener', 'removeAllListeners'];

/** Node's process object: what is put on it stays until the process ends. */
export const processModels: ModelSet = {
  calls: [
    ...ofProcess(['exit', 'abort'], { never: true, throws: 'no' }, 'ends the process at once: pending work and later code never run'),
    ...ofProcess(
      ['on', 'addListener', 'prependListener'],
      {
        throws: 'no',
        callbacks: [listens(1)],
        subscribe: { event: 0, handler: 1, removedBy: REMOVERS, onceEvents: ['exit', 'disconnect'], emitter: 'process' },
      },
      'results of process listeners are dropped and the listener lives as long as the process; signals can come again',
    ),
    ...ofProcess(
      ['once', 'prependOnceListener'],
      {
        throws: 'no',
        callbacks: [{ arg: 1, timing: 'later-once', result: 'ignored' }],
        subscribe: { event: 0, handler: 1, once: true, removedBy: REMOVERS, onceEvents: ['exit', 'disconnect'], emitter: 'process' },
      },
      'removed before it is called, but stays where the signal never comes',
    ),
    ...ofProcess(['off', 'removeListener'], { throws: 'no', unsubscribe: { event: 0, handler: 1 } }, 'removes the same function for that event'),
    ...ofProcess(['removeAllListeners'], { throws: 'no', unsubscribe: { event: 0, all: true } }, 'drops every listener of the event, those of other code too'),
    ...ofProcess(
      ['nextTick'],
      { throws: 'no', callbacks: [{ arg: 0, timing: 'later-once', result: 'ignored' }] },
      'runs before any promise reaction or event, after the current code; a throw in it is an uncaught exception',
    ),
    ...ofProcess(
      ['cwd', 'uptime', 'hrtime', 'hrtime.bigint', 'memoryUsage', 'memoryUsage.rss', 'cpuUsage', 'resourceUsage', 'emitWarning', 'getuid', 'getgid', 'listenerCount', 'stdout.write', 'stderr.write'],
      { throws: 'no' },
      'reads a counter of the process or queues text for it',
    ),
  ],
  types: [{ type: 'Process', module: 'process', is: ['emitter'], because: 'process is an EventEmitter that lives as long as the program' }],
};
