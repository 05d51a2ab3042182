import type { ModelSet } from './effect-model.js';

export const abort: ModelSet = {
  calls: [
    {
      match: { global: 'AbortController', construct: true },
      effects: { throws: 'no' },
      because: 'only makes a controller with its signal; nothing happens until abort',
    },
    {
      match: { type: 'AbortController', module: ['lib', 'node'], member: 'abort' },
      effects: { throws: 'no' },
      because: 'runs the abort listeners, whose throws are reported globally and not to the caller; a second call does nothing',
    },
    {
      match: { global: 'AbortSignal.any' },
      effects: { throws: 'no', derivesSignal: true },
      because: 'the result aborts with the first of its sources, which hold it only weakly',
    },
    {
      match: { global: 'AbortSignal.timeout' },
      effects: { throws: 'no', deadline: true },
      because: 'aborts by itself with a TimeoutError after the delay, on a timer that does not keep the process alive',
    },
    {
      match: { global: 'AbortSignal.abort' },
      effects: { throws: 'no' },
      because: 'a signal that is aborted from the start',
    },
    {
      match: { type: 'AbortSignal', module: ['lib', 'node'], member: 'throwIfAborted' },
      effects: { throws: 'yes', signalCheck: true },
      because: 'throws the reason once the signal has aborted',
    },
    {
      match: { module: 'util', name: 'aborted' },
      effects: { promise: true, canReject: 'no', throws: 'no', suspends: 'macro' },
      because: 'fulfils when the signal aborts and waits for ever where it never does',
    },
    {
      match: { type: 'CancellationToken', module: ['vscode', 'vscode-jsonrpc', 'vscode-languageserver', '@theia/core'], member: 'onCancellationRequested' },
      effects: {
        callbacks: [{ arg: 0, timing: 'later-once', result: 'ignored' }],
        subscribe: { handler: 0, removedBy: [], disposer: true, onceEvents: ['abort'], emitter: 'disposable-event' },
      },
      because: 'fires at most once; the returned disposable removes the listener',
    },
    {
      match: { module: ['vscode', 'vscode-jsonrpc', 'vscode-languageserver', '@theia/core'], name: 'CancellationTokenSource', construct: true },
      effects: { throws: 'no' },
      because: 'only makes a source with its token; nothing happens until cancel',
    },
    {
      match: {
        type: 'CancellationTokenSource',
        module: ['vscode', 'vscode-jsonrpc', 'vscode-languageserver', '@theia/core'],
        member: ['cancel', 'dispose'],
      },
      effects: { throws: 'no' },
      because: 'fires or drops the listeners, whose errors the emitter reports itself',
    },
  ],
  types: [
    { type: 'AbortSignal', module: ['lib', 'node'], is: ['abort-signal', 'event-target'], because: 'the signal of the DOM standard' },
    { type: 'AbortController', module: ['lib', 'node'], is: ['abort-controller'], because: 'the controller of the DOM standard' },
    {
      type: 'CancellationToken',
      module: ['vscode', 'vscode-jsonrpc', 'vscode-languageserver', '@theia/core'],
      is: ['cancellation-token'],
      because: 'carries isCancellationRequested and onCancellationRequested',
    },
    {
      type: 'CancellationTokenSource',
      module: ['vscode', 'vscode-jsonrpc', 'vscode-languageserver', '@theia/core'],
      is: ['abort-controller', 'disposable'],
      because: 'cancels its token, as a controller aborts its signal',
    },
  ],
};
