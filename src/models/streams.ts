import { callsBackOnce, failing, listens, passing } from './async-effects.js';
import type { ModelSet } from './effect-model.js';
import { ENDLESS } from './endless-waits.js';

const WEB = ['lib', 'node', 'stream/web'] as const;
const READERS = ['ReadableStreamDefaultReader', 'ReadableStreamBYOBReader', 'ReadableStreamReader'] as const;

/** Streams and sockets of the web platform, which Node has too. */
export const webStreams: ModelSet = {
  calls: [
    {
      match: { global: 'ReadableStream', construct: true },
      effects: {
        callbacks: [
          { arg: 0, property: 'start', timing: 'sync', result: 'used' },
          { arg: 0, property: 'pull', timing: 'later-many', result: 'used', catches: true },
          { arg: 0, property: 'cancel', timing: 'later-once', result: 'used', catches: true },
        ],
      },
      because: 'start runs at once, pull one at a time while there is room, and a failure of either puts the stream in error',
    },
    {
      match: { global: 'WritableStream', construct: true },
      effects: {
        callbacks: [
          { arg: 0, property: 'start', timing: 'sync', result: 'used' },
          { arg: 0, property: 'write', timing: 'later-many', result: 'used', catches: true },
          { arg: 0, property: 'close', timing: 'later-once', result: 'used', catches: true },
          { arg: 0, property: 'abort', timing: 'later-once', result: 'used', catches: true },
        ],
      },
      because: 'writes one chunk after the other, waiting for each, and a failure puts the stream in error',
    },
    {
      match: { global: 'TransformStream', construct: true },
      effects: {
        callbacks: [
          { arg: 0, property: 'start', timing: 'sync', result: 'used' },
          { arg: 0, property: 'transform', timing: 'later-many', result: 'used', catches: true },
          { arg: 0, property: 'flush', timing: 'later-once', result: 'used', catches: true },
        ],
      },
      because: 'transforms one chunk after the other, waiting for each, and a failure puts both sides in error',
    },
    { match: { type: 'ReadableStream', module: WEB, member: 'pipeTo' }, effects: { ...failing, signal: { arg: 1, property: 'signal' } }, because: 'settles when everything is written or either side fails' },
    { match: { type: 'ReadableStream', module: WEB, member: 'pipeThrough' }, effects: { signal: { arg: 1, property: 'signal' } }, because: 'returns the readable side; failures appear there' },
    { match: { type: 'ReadableStream', module: WEB, member: 'cancel' }, effects: { ...passing, closes: true }, because: "runs the source's cancel and rejects as it does, or where a reader holds the stream" },
    { match: { type: READERS, module: WEB, member: 'read' }, effects: failing, because: 'waits for the next chunk and rejects when the stream fails' },
    { match: { type: READERS, module: WEB, member: 'cancel' }, effects: { ...passing, closes: true }, because: "runs the source's cancel and rejects as it does" },
    { match: { type: READERS, module: WEB, member: 'releaseLock' }, effects: { throws: 'no' }, because: 'gives the stream free for another reader' },
    { match: { type: 'WritableStreamDefaultWriter', module: WEB, member: 'write' }, effects: { ...failing, buffers: 'open-promise' }, because: 'settles when the sink has taken the chunk and rejects when the stream fails' },
    { match: { type: 'WritableStreamDefaultWriter', module: WEB, member: 'close' }, effects: failing, because: 'settles when the sink has taken all that was written and rejects when the stream fails' },
    { match: { type: ['ReadableStreamDefaultController', 'ReadableByteStreamController'], module: WEB, member: 'enqueue' }, effects: { buffers: 'desired-size' }, because: 'queues the chunk for readers, however many wait; desiredSize tells' },
    { match: { type: 'WritableStreamDefaultWriter', module: WEB, member: 'releaseLock' }, effects: { throws: 'no' }, because: 'gives the stream free for another writer' },
    { match: { type: 'WebSocket', module: ['lib', 'node', 'undici-types'], member: 'close' }, effects: { throws: 'no', closes: true }, because: 'starts the closing handshake; a second call does nothing' },
    { match: { type: ['EventSource', 'BroadcastChannel'], module: ['lib', 'node', 'undici-types', 'worker_threads'], member: 'close' }, effects: { throws: 'no', closes: true }, because: 'ends the channel; a second call does nothing' },
    { match: { type: 'MessagePort', module: ['lib', 'worker_threads'], member: ['close', 'start', 'ref', 'unref'] }, effects: { throws: 'no' }, because: 'opens or ends the port; a second call does nothing' },

    {
      match: { type: ['WebSocket', 'WebSocketServer', 'Server', 'default'], module: 'ws', member: ['on', 'addListener'] },
      effects: {
        throws: 'no',
        callbacks: [listens(1)],
        subscribe: {
          event: 0, handler: 1, removedBy: ['off', 'removeListener', 'removeAllListeners'], onceEvents: ['open', 'close', 'listening', 'upgrade'], emitter: 'EventEmitter',
          gives: { connection: [{ type: 'WebSocket', module: 'ws' }, { type: 'IncomingMessage', module: 'http' }] },
        },
      },
      because: 'an EventEmitter: handlers of connection and message run for each and their results are dropped',
    },
    {
      match: { type: ['WebSocket', 'WebSocketServer', 'Server', 'default'], module: 'ws', member: 'once' },
      effects: {
        throws: 'no',
        callbacks: [{ arg: 1, timing: 'later-once', result: 'ignored' }],
        subscribe: { event: 0, handler: 1, once: true, removedBy: ['off', 'removeListener', 'removeAllListeners'], onceEvents: ['open', 'close', 'listening', 'upgrade'], emitter: 'EventEmitter' },
      },
      because: 'an EventEmitter: removed before the first call',
    },
    { match: { type: ['WebSocket', 'default'], module: 'ws', member: 'send' }, effects: { callbacks: [callsBackOnce(-1)], buffers: 'buffered-amount' }, because: 'queues the message, however many wait; the callback comes when it is written, bufferedAmount tells' },
    { match: { type: 'WebSocket', module: ['lib', 'node', 'undici-types'], member: 'send' }, effects: { buffers: 'buffered-amount' }, because: 'queues the message, however many wait; bufferedAmount tells' },
    {
      match: { type: ['WebSocket', 'default'], module: 'ws', member: ['close', 'terminate'] },
      effects: { closes: true },
      because: 'ends the connection, with or without the closing handshake',
    },
    {
      match: { module: 'ws', name: ['WebSocket', 'default'], construct: true },
      effects: { endless: ENDLESS.ws },
      because: 'connects in the background; open, error and close are events',
    },
    {
      match: { module: 'ws', name: ['WebSocketServer', 'Server'], construct: true },
      effects: { spawns: 'server' },
      because: 'listens for connections until it is closed, which leaves open ones alone',
    },
  ],
  types: [
    { type: ['ReadableStream', 'WritableStream', 'TransformStream'], module: WEB, is: ['stream'], because: 'moves chunks with backpressure' },
    { type: 'WebSocket', module: ['lib', 'node', 'undici-types'], is: ['socket', 'event-target'], because: 'one end of a connection, with DOM events' },
    { type: ['WebSocket', 'default'], module: 'ws', is: ['socket', 'emitter'], because: 'one end of a connection, with the interface of EventEmitter' },
    { type: ['WebSocketServer', 'Server'], module: 'ws', is: ['server', 'emitter'], because: 'accepts connections until it is closed' },
  ],
};
