/**
 * What a library call means, as data. An entry says how the call is recognised and what it does; flow turns
 * the effects into events, summaries and rules read the rest. Every entry gives its reason in `because`.
 */
import type { Certainty } from '../core/certainty.js';

/**
 * How a callee is recognised, by resolved symbol where types exist and by import-qualified name where not.
 * - `global`: `setTimeout`, `Promise.all`, `fetch`, `new AbortController` (globalThis./window./self. are stripped); `Math.*` is every member.
 * - `module` + `name`: an export called directly: `fs.readFile` is module `fs`, name `readFile`; the default export is `default`.
 *   Module `node:x` and `x` are the same. `name: 'promises.readFile'` reaches into namespaces.
 * - `type` + `member`: a method of a class or interface of that name, declared in one of `modules` (`lib` = TypeScript's
 *   own libs, `node` = @types/node, `*` = anywhere, for shapes such as an emitter's). Subclasses match too. Type `*` is any type of
 *   the module; type `default` its default export where only the import is known; member `()` is a call of the value itself.
 * - construction (`new X`) is the name of the class with `construct: true`.
 */
export interface CallMatch {
  readonly global?: string | readonly string[];
  readonly module?: string | readonly string[];
  readonly name?: string | readonly string[];
  readonly type?: string | readonly string[];
  readonly member?: string | readonly string[];
  readonly construct?: boolean;
}

/** `sync`: before the call returns. `awaited`: the call's promise settles after it. `later-once`/`later-many`: after the call returned. */
export type CallbackTiming = 'sync' | 'awaited' | 'later-once' | 'later-many' | 'unknown';

export interface CallbackEffect {
  /** Argument index; negative counts from the end (-1: the last). Where that argument is no function, the entry says nothing. */
  readonly arg: number;
  /** The callback is this property of the object given there. */
  readonly property?: string;
  readonly timing: CallbackTiming;
  /** Whether anything looks at what the callback returns: `ignored` loses an async callback's rejection. */
  readonly result?: 'ignored' | 'used' | 'unknown';
  /** The result is read at once as a truth value, a number or a function: a promise is misread and its rejection lost. */
  readonly misreadsPromise?: boolean;
  /** The callback's own rejection or throw is caught by the callee. */
  readonly catches?: boolean;
  /** Runs once per outside event (request, message, tick): two activations overlap. An `effect` whose last argument is `[]` runs once. */
  readonly repeating?: RepeatKind;
  /** Repeats too, but one at a time unless this argument, or option, of the call is given. */
  readonly repeatingIf?: { readonly kind: RepeatKind; readonly arg: number; readonly property?: string };
  /** Its runs are awaited one after the other: none overlaps another. */
  readonly serial?: boolean;
  /** The callback runs with a lock held: that of the receiver, that named by argument 0, or argument 0 of the receiver. */
  readonly section?: 'receiver' | 'arg0' | 'keyed';
  /** The callback runs inside a database transaction. */
  readonly transaction?: boolean;
}

/** A type by its name and the module that declares it. */
export interface TypeRef {
  readonly type: string;
  readonly module: string;
}

export type RepeatKind = 'request' | 'message' | 'event' | 'interval' | 'effect' | 'items';
export type IoKind = 'network' | 'file' | 'process' | 'database' | 'timer' | 'cpu';
export type InputSource = 'request' | 'database' | 'directory' | 'message' | 'network' | 'file' | 'parameter' | 'unknown';

export interface CallEffects {
  /** The call returns a promise: no type is needed to know. */
  readonly promise?: boolean;
  /** The call returns a promise unless its last argument is a function, which it then calls once instead. The lookup turns this into one of the two forms. */
  readonly promiseUnlessCallback?: boolean;
  /** Type of what the call returns (of what its promise gives, with `awaited`): names the receiver of later calls where types are missing. */
  readonly returns?: TypeRef & { readonly awaited?: boolean };
  /**
   * Can the returned promise reject? Default for promise calls: `unknown`, which an external promise-typed call raises to `yes`; a written
   * `unknown` stays. `awaited` callbacks whose result is `used` and which are not caught pass their own rejection on.
   */
  readonly canReject?: Certainty;
  /** Can the call itself, its callbacks aside, throw before it returns? Builtins listed `no` have no throw edge. Default `unknown`. */
  readonly throws?: Certainty;
  /** Control does not come back: process.exit and its like. */
  readonly never?: boolean;
  /** How long the returned promise stays open: one microtask turn, or an outside event. */
  readonly suspends?: 'micro' | 'macro';
  readonly io?: IoKind;
  readonly callbacks?: readonly CallbackEffect[];
  /** A promise combinator over argument 0. */
  readonly combinator?: 'all' | 'allSettled' | 'race' | 'any';
  /** A thenable whose value nobody need wait for, or that reports its own failure (`node:test`'s test(), sequelize-like builders). */
  readonly mayFloat?: boolean;
  /** Argument that, when it is callable, handles the receiver's rejection: 0 of `.catch(f)`, 1 of `.then(_, f)`. */
  readonly rejectionHandler?: number;

  /** Takes a lock. `on`: which value names the lock. `release`: how it is let go. `afterAwait`: held once the promise is awaited. */
  readonly acquire?: {
    readonly on: 'receiver' | 'arg0' | 'result';
    readonly kind: 'mutex' | 'semaphore' | 'rwlock' | 'distributed' | 'client' | 'transaction';
    readonly afterAwait: boolean;
    /** Calling the result (awaited if `afterAwait`; its `element` if it is a tuple) releases, or one of these members of receiver or result. */
    readonly releasedBy: { readonly callResult?: boolean; readonly element?: number; readonly members?: readonly string[] };
    readonly reentrant?: boolean;
  };
  /** Lets a lock go: on which value. */
  readonly release?: { readonly on: 'receiver' | 'arg0' };

  readonly timer?: { readonly kind: 'timeout' | 'interval' | 'immediate' | 'frame'; readonly clear: readonly string[]; readonly delayArg?: number };
  /** Clears the timer handle in this argument. */
  readonly clearsTimer?: { readonly arg: number };

  readonly subscribe?: {
    /** Argument indices; undefined where the API has none. */
    readonly event?: number;
    readonly handler: number;
    readonly options?: number;
    readonly once?: boolean;
    /** Members of the receiver that undo it, called with the same event and handler. */
    readonly removedBy: readonly string[];
    /** Calling (or disposing) the result undoes it. */
    readonly disposer?: boolean;
    /** Events that come at most once in the life of this kind of emitter. */
    readonly onceEvents?: readonly string[];
    /** Events that come once for each piece of what flows, for as long as the receiver is not paused. */
    readonly pieces?: readonly string[];
    /** By event, the types of what the handler is given: they name parameters that are not annotated. */
    readonly gives?: Readonly<Record<string, readonly TypeRef[]>>;
    readonly emitter: 'EventEmitter' | 'EventTarget' | 'AbortSignal' | 'process' | 'observable' | 'disposable-event';
  };
  readonly unsubscribe?: { readonly event?: number; readonly handler?: number; readonly all?: boolean };

  /**
   * Where the call accepts an AbortSignal: an options property at an argument (negative: the last, or one more after it), or the argument
   * itself. An object literal with that property in another place counts as given.
   */
  readonly signal?: { readonly arg: number; readonly property?: string };
  readonly signalCheck?: boolean;
  /** Derives a child signal from its arguments (AbortSignal.any, linked controllers). */
  readonly derivesSignal?: boolean;

  /** A function returned by this call (or the receiver's methods) limits how many run at once. */
  readonly limiter?: {
    readonly concurrency?: { readonly arg: number; readonly property?: string };
    /** Options each of which is a limit: without all of them there is none. */
    readonly unlimitedWithout?: readonly string[];
  };
  /** Hands a task to the limiter it is called on; the promise settles when the task had its turn. */
  readonly turn?: boolean;
  /** The call itself runs its mapper under a limit given here (p-map, async.mapLimit), or of its own where no argument is named. */
  readonly limited?: { readonly arg?: number; readonly property?: string };

  /**
   * Hands a piece to a buffer that takes whatever it is given, and how it tells that it is full: the call answers `false`, its promise stays
   * open, or the receiver's `desiredSize` is not above 0 or its `bufferedAmount` high. `never`: it uses the piece up at once, whatever its base class does.
   */
  readonly buffers?: 'false' | 'open-promise' | 'desired-size' | 'buffered-amount' | 'never';
  /** Starts work that lives on: child process, worker, server. */
  readonly spawns?: 'child-process' | 'worker' | 'server' | 'task';
  readonly closes?: boolean;
  /** Values this call yields come from outside and have no known bound. */
  readonly source?: InputSource;
  /** Waits until everything handed in before is done (onIdle, drain, close of a server). */
  readonly waitsForWork?: boolean;
  /** A wait with a deadline of its own. */
  readonly deadline?: boolean;
  /** Waits for the other side and sets itself no limit worth the name. */
  readonly endless?: EndlessWait;
  /** Calls this argument again and again, with sleeps between, until it says yes. */
  readonly polls?: number;
  /** Waits a time: sleep, setTimeout of timers/promises. */
  readonly sleeps?: boolean;
  /** Holds the thread until it is done, where an asynchronous twin exists. */
  readonly blocks?: boolean;
  /** What it does with the file that its first argument names: asks whether it is there, writes it whether it is there or not, makes it where it is not, takes it away. */
  readonly file?: 'look' | 'write' | 'make' | 'remove';

  /** Collection operations of Map, Set, Array, WeakMap, URLSearchParams and the like on the receiver. */
  readonly collection?: 'add' | 'remove' | 'clear' | 'get' | 'has' | 'size' | 'iterate' | 'mutate';
  /** Index of the key argument for keyed collections. */
  readonly key?: number;
}

/** What ends a wait whose other side never answers. */
export interface EndlessWait {
  /** The library, as its users call it. */
  readonly client: string;
  /** What it does where nobody sets a limit: the rest of a sentence that begins with the client. */
  readonly otherwise: string;
  /** Options of the call that end it, wherever the call takes options. */
  readonly bounds: readonly string[];
  /** Options that do so when they are given to the client it is a call of. */
  readonly clientBounds?: readonly string[];
  /** Members of the client it is a call of by which the program ends it. */
  readonly clientMembers?: readonly string[];
  /** A mention of this name beside the library's own sets a limit for all its calls. */
  readonly set?: string;
  /** Options that set a limit wherever in view they are given: of the client behind the client, which nobody sees here. */
  readonly setAsOption?: readonly string[];
  /** This option ends nothing: it emits an event of its name. */
  readonly raises?: string;
  /** Members of the result by which the program ends it itself. */
  readonly members?: readonly string[];
  /** The call has a limit of its own, which this option takes away by `false`. */
  readonly offBy?: string;
  /** The entry makes a client, and what waits is its calls. */
  readonly isClient?: boolean;
  /** The documented defaults that this rests on. */
  readonly because: string;
}

export interface EffectModel {
  readonly match: CallMatch;
  readonly effects: CallEffects;
  /** Why the entry says so: a sentence, or the part of the API's documentation it rests on. */
  readonly because: string;
}

/** Facts about a type by name, for handles and places. */
export interface TypeModel {
  readonly type: string | readonly string[];
  readonly module?: string | readonly string[];
  readonly is: readonly TypeTrait[];
  readonly because: string;
}
export type TypeTrait =
  | 'emitter'
  | 'event-target'
  | 'abort-signal'
  | 'abort-controller'
  | 'cancellation-token'
  | 'map'
  | 'set'
  | 'array'
  | 'weak-collection'
  | 'bounded-collection'
  | 'mutex'
  | 'semaphore'
  | 'limiter'
  | 'timer-handle'
  | 'child-process'
  | 'worker'
  | 'server'
  | 'socket'
  | 'stream'
  | 'request'
  | 'response'
  /** Its member `signal` aborts when the client goes away. */
  | 'request-signal'
  /** Its member `req.raw.signal` does. */
  | 'raw-request-signal'
  | 'disposable'
  /** A row of a database: whoever needs it loads an instance of their own. */
  | 'record';

export interface ModelSet {
  readonly calls: readonly EffectModel[];
  readonly types: readonly TypeModel[];
}
