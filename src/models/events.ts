import { failing, listens } from './async-effects.js';
import type { CallEffects, ModelSet } from './effect-model.js';

/**
 * Node's emitters by name: where only an import or a constructor is known, nobody can ask for their base class.
 * Subclasses with types are found through EventEmitter.
 */
export const NODE_STREAMS = [
  'Stream', 'Readable', 'Writable', 'Duplex', 'Transform', 'PassThrough', 'ReadStream', 'WriteStream', 'Socket', 'TLSSocket', 'ClientRequest',
  'IncomingMessage', 'OutgoingMessage', 'ServerResponse', 'ClientHttp2Stream', 'ServerHttp2Stream', 'Http2ServerRequest', 'Http2ServerResponse',
] as const;
const OTHER_EMITTERS = [
  'EventEmitter', 'Server', 'Http2Server', 'Http2SecureServer', 'ClientHttp2Session', 'ServerHttp2Session', 'Agent',
  'ChildProcess', 'Worker', 'Cluster', 'MessagePort', 'BroadcastChannel', 'FSWatcher', 'StatWatcher',
] as const;
export const NODE_EMITTERS = [...NODE_STREAMS, ...OTHER_EMITTERS, 'Interface'] as const;
export const NODE_EMITTER_MODULES = [
  'events', 'net', 'child_process', 'worker_threads', 'readline', 'fs', 'stream', 'http', 'https', 'tls', 'http2', 'dgram', 'cluster',
] as const;

const ONCE_EVENTS = ['abort', 'close', 'connect', 'end', 'exit', 'finish', 'listening', 'open', 'ready', 'secureConnect', 'spawn'] as const;
const REMOVERS = ['off', 'removeListener', 'removeAllListeners'] as const;

const on: CallEffects = {
  throws: 'no',
  callbacks: [listens(1)],
  subscribe: { event: 0, handler: 1, removedBy: REMOVERS, onceEvents: ONCE_EVENTS, emitter: 'EventEmitter' },
};
const onPieces = (event: string): CallEffects => ({ ...on, subscribe: { ...on.subscribe!, pieces: [event] } });
const once: CallEffects = {
  throws: 'no',
  callbacks: [{ arg: 1, timing: 'later-once', result: 'ignored' }],
  subscribe: { event: 0, handler: 1, once: true, removedBy: REMOVERS, onceEvents: ONCE_EVENTS, emitter: 'EventEmitter' },
};
const off: CallEffects = { throws: 'no', unsubscribe: { event: 0, handler: 1 } };

/** Packages with Node's emitter interface, or classes derived from it. */
const EMITTER_PACKAGES = {
  type: ['EventEmitter', 'EventEmitter2', 'EventEmitter3', 'TypedEmitter', 'Redis', 'Cluster', 'RedisClientType', 'Pool', 'Client', 'PoolClient', 'ChangeStream', 'PQueue', 'Piscina', 'default'],
  module: ['eventemitter3', 'eventemitter2', 'tiny-typed-emitter', 'typed-emitter', 'ioredis', 'redis', 'pg', 'mongodb', 'p-queue', 'piscina'],
};

const EVENT_TARGETS = ['EventTarget', 'Window', 'Document', 'Element', 'HTMLElement', 'WebSocket', 'EventSource', 'XMLHttpRequest', 'MediaQueryList', 'MessagePort', 'BroadcastChannel', 'FileReader', 'Worker'];

export const events: ModelSet = {
  calls: [
    {
      match: { type: OTHER_EMITTERS, module: NODE_EMITTER_MODULES, member: ['on', 'addListener', 'prependListener'] },
      effects: on,
      because: 'emit calls listeners in order and drops what they return; each call of on adds one more, until it is removed',
    },
    {
      match: { type: NODE_STREAMS, module: NODE_EMITTER_MODULES, member: ['on', 'addListener', 'prependListener'] },
      effects: onPieces('data'),
      because: 'an emitter that emits data for each chunk as fast as chunks come, whatever its listeners still do, until it is paused',
    },
    {
      match: { type: 'Interface', module: NODE_EMITTER_MODULES, member: ['on', 'addListener', 'prependListener'] },
      effects: onPieces('line'),
      because: 'an emitter that emits line for each line of a chunk at once, whatever its listeners still do',
    },
    {
      match: { type: NODE_EMITTERS, module: NODE_EMITTER_MODULES, member: ['once', 'prependOnceListener'] },
      effects: once,
      because: 'removed before it is called, but stays for ever where the event never comes',
    },
    {
      match: { type: NODE_EMITTERS, module: NODE_EMITTER_MODULES, member: ['off', 'removeListener'] },
      effects: off,
      because: 'removes one registration of the very same function for that event',
    },
    {
      match: { type: NODE_EMITTERS, module: NODE_EMITTER_MODULES, member: 'removeAllListeners' },
      effects: { throws: 'no', unsubscribe: { event: 0, all: true } },
      because: 'drops every listener of the event, or of all events',
    },
    {
      match: { type: NODE_EMITTERS, module: NODE_EMITTER_MODULES, member: ['listenerCount', 'listeners', 'rawListeners', 'eventNames', 'setMaxListeners', 'getMaxListeners'] },
      effects: { throws: 'no' },
      because: 'bookkeeping of the emitter that calls nobody',
    },
    {
      match: { ...EMITTER_PACKAGES, member: ['on', 'addListener', 'prependListener'] },
      effects: on,
      because: "keeps the interface of Node's EventEmitter: results of listeners are dropped",
    },
    {
      match: { ...EMITTER_PACKAGES, member: 'once' },
      effects: once,
      because: "keeps the interface of Node's EventEmitter: removed before the first call",
    },
    {
      match: { ...EMITTER_PACKAGES, member: ['off', 'removeListener'] },
      effects: off,
      because: "keeps the interface of Node's EventEmitter: removes the same function",
    },
    {
      match: { ...EMITTER_PACKAGES, member: 'removeAllListeners' },
      effects: { throws: 'no', unsubscribe: { event: 0, all: true } },
      because: "keeps the interface of Node's EventEmitter: drops every listener of the event",
    },
    {
      match: { module: 'events', name: ['once', 'EventEmitter.once'] },
      effects: { ...failing, signal: { arg: 2, property: 'signal' } },
      because: 'resolves with the first event and rejects when the emitter emits error first or the signal aborts',
    },
    {
      match: { module: 'events', name: ['on', 'EventEmitter.on'] },
      effects: { throws: 'no', signal: { arg: 2, property: 'signal' } },
      because: 'an async iterator over the events, which throws on error and ends through its signal',
    },
    {
      match: { module: 'events', name: 'addAbortListener' },
      effects: {
        throws: 'no',
        callbacks: [{ arg: 1, timing: 'later-once', result: 'ignored' }],
        subscribe: { handler: 1, removedBy: [], disposer: true, onceEvents: ['abort'], emitter: 'AbortSignal' },
      },
      because: 'listens for abort once and returns a disposable that removes the listener',
    },
    {
      match: { module: 'events', name: ['setMaxListeners', 'getEventListeners', 'getMaxListeners'] },
      effects: { throws: 'no' },
      because: 'bookkeeping of emitters that calls nobody',
    },

    {
      match: { type: EVENT_TARGETS, module: ['lib', 'node'], member: 'addEventListener' },
      effects: {
        throws: 'no',
        callbacks: [listens(1)],
        subscribe: { event: 0, handler: 1, options: 2, removedBy: ['removeEventListener'], onceEvents: ['DOMContentLoaded', 'load', 'unload', 'pagehide'], emitter: 'EventTarget' },
      },
      because: 'dispatch drops what listeners return; the same function for the same event and capture flag is added once; once and signal remove it',
    },
    {
      match: { global: ['addEventListener', 'document.addEventListener'] },
      effects: {
        throws: 'no',
        callbacks: [listens(1)],
        subscribe: { event: 0, handler: 1, options: 2, removedBy: ['removeEventListener'], onceEvents: ['DOMContentLoaded', 'load', 'unload', 'pagehide'], emitter: 'EventTarget' },
      },
      because: 'the global object and the document are event targets: results are dropped, the page outlives whoever listens',
    },
    {
      match: { type: EVENT_TARGETS, module: ['lib', 'node'], member: 'removeEventListener' },
      effects: { throws: 'no', unsubscribe: { event: 0, handler: 1 } },
      because: 'removes the same function registered for the event with the same capture flag',
    },
    {
      match: { global: ['removeEventListener', 'document.removeEventListener'] },
      effects: { throws: 'no', unsubscribe: { event: 0, handler: 1 } },
      because: 'removes the same function registered for the event with the same capture flag',
    },
    {
      match: { type: 'AbortSignal', module: ['lib', 'node'], member: 'addEventListener' },
      effects: {
        throws: 'no',
        callbacks: [{ arg: 1, timing: 'later-once', result: 'ignored' }],
        subscribe: { event: 0, handler: 1, options: 2, removedBy: ['removeEventListener'], onceEvents: ['abort'], emitter: 'AbortSignal' },
      },
      because: 'a signal aborts at most once, and perhaps never: the listener stays as long as the signal lives',
    },
    {
      match: { type: 'AbortSignal', module: ['lib', 'node'], member: 'removeEventListener' },
      effects: { throws: 'no', unsubscribe: { event: 0, handler: 1 } },
      because: 'removes the same function registered for abort',
    },
    {
      match: { global: ['MutationObserver', 'ResizeObserver', 'IntersectionObserver', 'PerformanceObserver'], construct: true },
      effects: { throws: 'no', callbacks: [listens(0)] },
      because: 'the browser calls back for each batch of records and drops what the callback returns',
    },

    {
      match: {
        type: ['Observable', 'Subject', 'BehaviorSubject', 'ReplaySubject', 'AsyncSubject', 'ConnectableObservable', 'WebSocketSubject'],
        module: 'rxjs',
        member: 'subscribe',
      },
      effects: {
        callbacks: [
          { arg: 0, timing: 'unknown', result: 'ignored' },
          { arg: 0, property: 'next', timing: 'unknown', result: 'ignored' },
          { arg: 0, property: 'error', timing: 'unknown', result: 'ignored' },
          { arg: 0, property: 'complete', timing: 'unknown', result: 'ignored' },
        ],
        subscribe: { handler: 0, removedBy: [], disposer: true, emitter: 'observable' },
      },
      because: 'values may come during the call or long after it, results of the observer are dropped, and the subscription ends it',
    },
    {
      match: { type: 'Event', module: ['vscode', 'vscode-jsonrpc', 'vscode-languageserver', '@theia/core'], member: '()' },
      effects: {
        callbacks: [listens(0)],
        subscribe: { handler: 0, removedBy: [], disposer: true, emitter: 'disposable-event' },
      },
      because: 'an event is a function that takes a listener and returns the disposable that removes it',
    },
    {
      match: { module: 'mitt', name: 'default' },
      effects: { throws: 'no', returns: { type: 'Emitter', module: 'mitt' } },
      because: 'makes an emitter without memory of anything else',
    },
    {
      match: { type: 'Emitter', module: 'mitt', member: 'on' },
      effects: { throws: 'no', callbacks: [listens(1)], subscribe: { event: 0, handler: 1, removedBy: ['off'], emitter: 'EventEmitter' } },
      because: 'emit calls handlers in order and drops what they return; off removes the same function',
    },
    {
      match: { type: 'Emitter', module: 'mitt', member: 'off' },
      effects: { throws: 'no', unsubscribe: { event: 0, handler: 1 } },
      because: 'removes the same function, or every handler of the type where none is given',
    },
    {
      match: { type: ['Emittery', 'default'], module: 'emittery', member: 'on' },
      effects: {
        callbacks: [{ arg: 1, timing: 'later-many', result: 'used', repeating: 'event' }],
        subscribe: { event: 0, handler: 1, options: 2, removedBy: ['off', 'clearListeners'], disposer: true, emitter: 'EventEmitter' },
      },
      because: 'emit awaits the listeners and rejects with them; on returns the function that removes the listener',
    },
    {
      match: { module: 'p-event', name: ['pEvent', 'default', 'pEventMultiple'] },
      effects: { ...failing, signal: { arg: 2, property: 'signal' } },
      because: 'resolves with the event; rejects on an error event, on timeout or through its signal',
    },
  ],
  types: [
    {
      type: NODE_EMITTERS,
      module: NODE_EMITTER_MODULES,
      is: ['emitter'],
      because: "inherits from Node's EventEmitter",
    },
    { ...EMITTER_PACKAGES, is: ['emitter'], because: "keeps the interface of Node's EventEmitter" },
    { type: 'Emitter', module: 'mitt', is: ['emitter'], because: 'has on, off and emit' },
    { type: ['Emittery', 'default'], module: 'emittery', is: ['emitter'], because: 'has on, off and an emit that awaits' },
    { type: EVENT_TARGETS, module: ['lib', 'node'], is: ['event-target'], because: 'implements addEventListener of the DOM standard' },
    { type: ['Subscription', 'Subscriber', 'SafeSubscriber'], module: 'rxjs', is: ['disposable'], because: 'its unsubscribe ends the stream of values' },
    {
      type: ['Disposable', 'DisposableCollection', 'DisposableStore', 'AsyncDisposable', 'DisposableStack', 'AsyncDisposableStack'],
      module: ['lib', 'node', 'vscode', 'vscode-jsonrpc', '@theia/core'],
      is: ['disposable'],
      because: 'dispose, or using, ends what it holds',
    },
  ],
};
