/**
 * The questions rules may ask: events, paths, places, summaries. Types only; README.md beside this file states
 * the invariants and the approximations.
 */
import type { Certainty } from '../core/certainty.js';
import type { FileRole, Host } from '../core/rule-meta.js';
import type { CallbackTiming, CallEffects, InputSource, IoKind } from '../models/effect-model.js';
import type { FlowRoot, FunctionNode } from '../syntax/functions.js';
import type { ts } from '../syntax/ts.js';

export type { Certainty, FlowRoot, FunctionNode, CallbackTiming, CallEffects, InputSource, IoKind };

// ── places ────────────────────────────────────────────────────────────────────────────────────────────

export type PlaceKind =
  /** `this.x`, `#x`, static fields. */
  | 'field'
  /** Declared at module level (or imported from one). */
  | 'module'
  /** A variable of an enclosing function. */
  | 'captured'
  | 'local'
  /** A parameter, or a property path on one. */
  | 'parameter'
  | 'unknown';

/** A variable, `this.x`, or a property path of at most three fields on one; optionally one entry of a keyed collection. */
export interface Place {
  /** Identity by declaration, never by text: equal keys are the same place. `this` of two methods is one instance. */
  readonly key: string;
  readonly kind: PlaceKind;
  /** As the user wrote it: `this.cache`, `sessions`, `state.items`. */
  readonly text: string;
  /** The symbol or class member the path starts from. */
  readonly root: ts.Symbol | undefined;
  /** Property names below the root (for `this.x`: ['x', …]). */
  readonly path: readonly string[];
  /** For one entry of a Map/record/array: identity of the key expression, `?` when unknown. */
  readonly entry?: string;
}

// ── events ────────────────────────────────────────────────────────────────────────────────────────────

interface BaseEvent {
  /** Dense, unique in its flow; not an order. */
  readonly id: number;
  readonly node: ts.Node;
  /** In a catch or finally block. */
  readonly cleanup: boolean;
  /** Innermost loop statements around it in this function, outermost first. */
  readonly loops: readonly ts.IterationStatement[];
}
export interface EntryEvent extends BaseEvent { readonly kind: 'entry' }
/** `await`, the turns of `for await` and its close, `await using` at scope exit, `yield` of an async generator. */
export interface AwaitEvent extends BaseEvent {
  readonly kind: 'await';
  /** What is awaited; undefined for loop turns, yields and scope exits. */
  readonly operand: ts.Expression | undefined;
  readonly form: 'await' | 'for-await' | 'yield' | 'using';
  readonly suspends: 'micro' | 'macro' | 'unknown';
}
/** A call or construction, after its arguments are evaluated. */
export interface CallEvent extends BaseEvent {
  readonly kind: 'call';
  readonly call: CallNode;
  readonly effects: CallEffects;
  /** The promise it returns is awaited right here. */
  readonly awaited: boolean;
}
export interface AcquireEvent extends BaseEvent { readonly kind: 'acquire'; readonly lock: LockRef; readonly call: CallNode }
export interface ReleaseEvent extends BaseEvent { readonly kind: 'release'; readonly lock: LockRef; readonly call: CallNode }
export interface TimerEvent extends BaseEvent { readonly kind: 'timer'; readonly call: CallNode; readonly timer: NonNullable<CallEffects['timer']> }
export interface ClearEvent extends BaseEvent { readonly kind: 'clear'; readonly call: CallNode; readonly handle: Place | undefined }
export interface SubscribeEvent extends BaseEvent { readonly kind: 'subscribe'; readonly call: CallNode; readonly subscribe: NonNullable<CallEffects['subscribe']> }
export interface UnsubscribeEvent extends BaseEvent { readonly kind: 'unsubscribe'; readonly call: CallNode }
/** `signal.aborted`, `throwIfAborted()`, `ctx.cancelled`: a look at a signal. */
export interface SignalCheckEvent extends BaseEvent { readonly kind: 'signal-check' }
export interface ReadEvent extends BaseEvent {
  readonly kind: 'read';
  readonly place: Place;
  /** `value`: its value is used; `test`: has()/in/size/length; `entry`: get(k)/[k]; `iterate`. */
  readonly access: 'value' | 'test' | 'entry' | 'iterate';
}
export interface WriteEvent extends BaseEvent {
  readonly kind: 'write';
  readonly place: Place;
  readonly access: 'assign' | 'update' | 'add' | 'remove' | 'clear' | 'mutate';
  /** The value written, if one expression is. */
  readonly value: ts.Expression | undefined;
}
/**
 * A branch on a condition; its true and false edges carry the polarity. `truthy`: on the value of `test`;
 * `nullish`: on `test` being neither null nor undefined (`??`, `?.`); `case`: on the switch value being `test`.
 */
export interface GuardEvent extends BaseEvent { readonly kind: 'guard'; readonly test: ts.Expression; readonly form: 'truthy' | 'nullish' | 'case' }
/** A `using` or `await using` declaration goes out of scope. */
export interface DisposeEvent extends BaseEvent { readonly kind: 'dispose'; readonly handle: Place | undefined }
export interface ThrowEvent extends BaseEvent { readonly kind: 'throw' }
export interface ReturnEvent extends BaseEvent { readonly kind: 'return'; readonly value: ts.Expression | undefined }
/** A function value comes into being here (its body runs elsewhere, or in place where timing says sync). */
export interface ClosureEvent extends BaseEvent { readonly kind: 'closure'; readonly fn: FunctionNode }
/** `exit`: normal completion; `exit-throw`: leaves by exception. */
export interface ExitEvent extends BaseEvent { readonly kind: 'exit' | 'exit-throw' }
/** A join or block boundary; carries nothing. */
export interface PointEvent extends BaseEvent { readonly kind: 'point' }

export type FlowEvent =
  | EntryEvent | AwaitEvent | CallEvent | AcquireEvent | ReleaseEvent | TimerEvent | ClearEvent | SubscribeEvent
  | UnsubscribeEvent | SignalCheckEvent | ReadEvent | WriteEvent | GuardEvent | DisposeEvent | ThrowEvent | ReturnEvent
  | ClosureEvent | ExitEvent | PointEvent;
export type EventKind = FlowEvent['kind'];
export type EventOf<K extends EventKind> = Extract<FlowEvent, { kind: K }>;
export type CallNode = ts.CallExpression | ts.NewExpression;

/** A lock by what names it, or by the call that took it where nothing does. */
export interface LockRef {
  /** Equal keys are one lock, as seen from one function. */
  readonly key: string;
  readonly text: string;
  readonly kind: NonNullable<CallEffects['acquire']>['kind'];
  /** The place, the literal or both that name it. Empty where its key or its object is not known: then it is known to be held, and no more. */
  readonly names: readonly LockName[];
  /** The call or wait that took it. */
  readonly taken: ts.Node;
  /** Shared with other holders, or given up where it is not free at once. */
  readonly yields?: boolean;
}

/** One part of a lock's name. `self`: the object whose method this is; `literal`: a text that names it everywhere. */
export type LockName =
  | { readonly key: string; readonly from: 'literal' }
  | { readonly key: string; readonly from: 'self' }
  | { readonly key: string; readonly from: 'place'; readonly place: Place };

/** A lock that evaluating a call waits for, in the words of the function that calls. */
export interface LockTake {
  readonly lock: LockRef;
  /** The call that takes it. */
  readonly at: ts.Node;
  /** From the call in question down to the function that takes it; empty where that is the call itself. */
  readonly via: readonly CallNode[];
}

/** Two locks of which one is taken while the other is held. */
export interface LockNesting {
  readonly outer: LockRef;
  readonly inner: LockTake;
  /** What is held as well: where both orders have a lock in common, only one of them runs at a time. */
  readonly under: ReadonlySet<string>;
}

/** Locks around a piece of code by their families, in it, around it and at its callers. */
export interface LocksAround {
  /** Held on every way here that is in view, where there can be no other. */
  readonly surely: ReadonlyMap<string, LockRef>;
  /** Held on some way here. */
  readonly perhaps: ReadonlyMap<string, LockRef>;
}

// ── paths ─────────────────────────────────────────────────────────────────────────────────────────────

/**
 * Which exceptional edges a path may take, each grade with those before it: `none` < explicit `throw` < `await` of what
 * can reject < an in-view `callee` that may throw < any `unknown` call. Default `callee`: what recommended follows.
 */
export type ThrowGrade = 'none' | 'throw' | 'await' | 'callee' | 'unknown';
export type EventTest = (event: FlowEvent) => boolean;

export interface PathOptions {
  readonly avoiding?: EventTest;
  readonly throws?: ThrowGrade;
  /** Follow edges that go back to a loop head; default true. */
  readonly backEdges?: boolean;
  /** Prune branches that contradict earlier ones on the same stable place; default true. */
  readonly correlate?: boolean;
  /** Leave the first event, a guard, on this side only. */
  readonly firstEdge?: 'true' | 'false';
  /** What is known to be truthy when the path starts (a handle once acquired). */
  readonly truthy?: readonly Place[];
}

/** The shortest witness, first and last events included. */
export interface Path {
  readonly events: readonly FlowEvent[];
  /** Events at which control left by an exception. */
  readonly thrown: readonly FlowEvent[];
}

export interface FunctionFlow {
  readonly node: FlowRoot;
  readonly name: string;
  readonly isAsync: boolean;
  readonly events: readonly FlowEvent[];
  readonly entry: FlowEvent;
  readonly exit: FlowEvent;
  readonly exitThrow: FlowEvent;
  all<K extends EventKind>(kind: K): readonly EventOf<K>[];
  /** The events lowered from this node itself (finally bodies are cloned, so there may be several). */
  at(node: ts.Node): readonly FlowEvent[];
  /** A way from just after `from` to an event matching `to` that meets no event matching `avoiding` in between. */
  pathTo(from: FlowEvent, to: EventTest, options?: PathOptions): Path | undefined;
  /** A way from `a` through an event matching `via` to one matching `b`. `avoiding` holds on both legs. */
  pathThrough(a: FlowEvent, via: EventTest, b: EventTest, options?: PathOptions & { readonly avoidingFirst?: EventTest; readonly avoidingSecond?: EventTest }): Path | undefined;
  /** Locks surely held when the event happens, a section around the function included; connections and transactions are none. */
  heldAt(event: FlowEvent): ReadonlySet<LockRef>;
  /** False for code after a return, throw or never-returning call. */
  reachable(event: FlowEvent): boolean;
}

// ── calls and summaries ───────────────────────────────────────────────────────────────────────────────

export interface CallInfo {
  readonly call: CallNode;
  /** `Promise.all`, `mutex.acquire`, as written, one line. */
  readonly text: string;
  /** Bodies in view that may run: at most five, else none and `unknown`. */
  readonly targets: readonly FunctionNode[];
  /** Merged effects of the matching models; empty where none matches. */
  readonly effects: CallEffects;
  /** Import- or global-qualified name: `node:fs.readFile`, `global.setTimeout`, `async-mutex.Mutex#acquire`. */
  readonly qualified: string | undefined;
  readonly resolvedBy: 'binder' | 'import' | 'declared' | 'checker' | 'none';
  /** Every body this call can reach is in `targets` or described by a model. */
  readonly complete: boolean;
}

/** What a function does, seen from its callers. Plain data. */
export interface FunctionSummary {
  readonly isAsync: boolean;
  readonly returnsPromise: Certainty;
  /** The promise it returns can reject (async), or it can throw (sync). */
  readonly canReject: Certainty;
  /** It can throw before it returns; `no` for async functions. */
  readonly throws: Certainty;
  /** An activation can be suspended between its first and last statement. */
  readonly maySuspend: Certainty;
  /** It never completes normally (always throws, exits or loops for ever). */
  readonly never: boolean;
  /** Reaches I/O of these kinds, itself or through callees. */
  readonly io: ReadonlySet<IoKind>;
  /** Parameter (index, and property of an options bag) by which it takes an AbortSignal. */
  readonly signal: { readonly index: number; readonly property?: string } | undefined;
  readonly acquires: readonly string[];
  readonly releases: readonly string[];
  /** Keys of fields and module places it reads/writes, and those it writes after a suspension. */
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  readonly writesAfterSuspension: ReadonlySet<string>;
  /** Keys of places whose timers it clears or whose handles it releases. */
  readonly clears: ReadonlySet<string>;
  /** Starts work it does not wait for. */
  readonly spawns: Certainty;
  /** Parameters it calls, and how: index → timing. */
  readonly callsParameter: ReadonlyMap<number, CallbackTiming>;
  /** Gives a promise settled by a timer whose handle is dropped: `resolves` for sleeps, `rejects` for timeouts. */
  readonly returnsUnclearedTimer: false | 'resolves' | 'rejects';
}

// ── the door handed to rules ──────────────────────────────────────────────────────────────────────────

/** One look at or change of a place somewhere in view. */
export interface Access {
  readonly place: Place;
  readonly node: ts.Node;
  readonly fn: FlowRoot;
  readonly kind: 'read' | 'write';
  readonly access: ReadEvent['access'] | WriteEvent['access'];
  readonly value?: ts.Expression;
  /** The read decides a branch (if, while, ?:, &&, ||, ??). */
  readonly branches: boolean;
}

/**
 * How sure it is that two activations of a function can be under way at once.
 * `shown`: in view; `exposed`: public method or export of something long-lived that shows concurrency intent;
 * `assumed`: any other exported async function; `none`: all callers in view are sequential, or config says so.
 */
export interface Overlap {
  readonly grade: 'shown' | 'exposed' | 'assumed' | 'none';
  /** The entry points that make it so: where the second activation comes from. */
  readonly witnesses: readonly { readonly node: ts.Node; readonly text: string }[];
}

/** A request, message or connection whose arrival runs a function. */
export interface RemoteEvent {
  readonly kind: 'request' | 'message';
  /** Where the handler is registered, or the parameter or decorator that shows what it handles. */
  readonly node: ts.Node;
  readonly text: string;
  readonly handler: FunctionNode;
  /** From the handler down to the function in question; empty where that is the handler. */
  readonly calls: readonly CallNode[];
}

export interface Bound {
  readonly bounded: Certainty;
  readonly source: InputSource;
  /** Where the unbounded value comes from. */
  readonly origin: ts.Node | undefined;
}

export interface SignalInScope {
  /** How to name it in code: `signal`, `options.signal`, `this.#controller.signal`. */
  readonly text: string;
  readonly node: ts.Node;
  readonly from: 'parameter' | 'options' | 'field' | 'request' | 'local';
  readonly key: string;
}

/** A signal that a function is called with and has no parameter for. */
export interface OfferedSignal {
  /** The call that takes the function and hands it the signal. */
  readonly call: CallNode;
  /** Where it is declared. */
  readonly parameter: ts.ParameterDeclaration;
  readonly name: string;
}

/** Where a callee takes a signal: an argument, or a property of the options there. Negative indices count from the end. */
export interface SignalSlot {
  readonly index: number;
  readonly property?: string;
}

export interface Disposal {
  /** The method that ends the instance: close, stop, dispose, destroy, shutdown, … */
  readonly method: FunctionNode;
  readonly name: string;
}

export interface ClassModel {
  readonly node: ts.ClassLikeDeclaration;
  readonly name: string;
  readonly methods: ReadonlyMap<string, FunctionNode>;
  /** Arrow functions held in fields count as methods. */
  readonly fields: ReadonlyMap<string, ts.PropertyDeclaration | ts.ParameterDeclaration>;
  readonly disposals: readonly Disposal[];
  /** Methods reachable from the given one by `this.x()` calls, itself included. */
  reach(method: FunctionNode): ReadonlySet<FunctionNode>;
  isPublic(method: FunctionNode): boolean;
}

export interface FileInfo {
  readonly source: ts.SourceFile;
  /** Relative to the root, `/`-separated. */
  readonly path: string;
  readonly role: FileRole;
  readonly host: Host;
  /** The file starts with a byte order mark, which the source's text leaves out. */
  readonly marked?: boolean;
}

/** Lazy and memoised: nothing is built until asked. */
export interface SemanticModel {
  flow(fn: FlowRoot): FunctionFlow;
  call(node: CallNode): CallInfo;
  summary(fn: FunctionNode): FunctionSummary;
  /** Functions in view that the expression may evaluate to (identifier, member, bind, inline). */
  functionsOf(expr: ts.Expression): readonly FunctionNode[];
  /** Is the value a promise (or a union with one)? */
  isPromise(expr: ts.Expression): Certainty;
  /** A promise and nothing else, whatever happens: never null, never a plain value. */
  isAlwaysPromise(expr: ts.Expression): Certainty;
  /** Is what it gives a thenable of another kind than the language's promises, such as a query builder, which starts nothing until it is awaited? */
  isLazyThenable(expr: ts.Expression): Certainty;
  /** What a list or other iterable holds: promises (perhaps among others), functions, nothing at all (`void`), or other values. */
  elementKind(list: ts.Expression): 'promise' | 'function' | 'nothing' | 'other' | 'unknown';
  /** An array, tuple or other indexed list whose elements are promises. */
  isArrayOfPromises(expr: ts.Expression): Certainty;
  /** Can the value be called? `no` for `undefined`, strings, objects without a call signature. */
  isCallable(expr: ts.Expression): Certainty;
  /** Can the value be null or undefined (a call that returns nothing gives undefined)? Unknown without `strictNullChecks`. */
  isNullable(expr: ts.Expression): Certainty;
  /** Is every signature of `void` that is expected where the function (or the member that is one) stands, or that a base of its class declares? */
  isVoidReturning(fn: ts.Node): Certainty;
  /** Does a call of the function, of the value or of the member give a promise, by its type? */
  returnsPromise(fn: ts.Node): Certainty;
  /** Can this promise-valued expression reject? */
  canReject(expr: ts.Expression): Certainty;
  /** Does the type allow only values that the program spells out: literals, enums, booleans, unique symbols? */
  hasFixedValues(expr: ts.Expression): Certainty;
  place(expr: ts.Expression): Place | undefined;
  /** Same declaration after stripping casts, `!`, const aliases, getters, named function expressions. */
  sameValue(a: ts.Expression, b: ts.Expression): Certainty;
  /** What a const alias, cast or destructuring stands for. */
  resolveAlias(expr: ts.Expression): ts.Expression;
  symbolOf(node: ts.Node): ts.Symbol | undefined;
  /** Every access in view of the place with this key (its file or class; the project for exported places). */
  accesses(place: Place): readonly Access[];
  callersOf(fn: FunctionNode): readonly CallNode[];
  /** Identifiers of this name anywhere in view, or within a node of it, by text: for protections that may stand in any file. */
  identifiersNamed(name: string, within?: ts.Node): readonly (ts.Identifier | ts.PrivateIdentifier)[];
  overlap(fn: FlowRoot): Overlap;
  /**
   * Something tested and set before the event, on every way to it, turns a second activation away: a busy flag, an in-flight
   * promise or map, whatever its place is but `except`.
   */
  turnsOthersAway(event: FlowEvent, flow: FunctionFlow, except?: Place): boolean;
  /** Can run more than once in the life of the process. */
  repeatable(fn: FlowRoot): Certainty;
  /** The request, message or connection whose arrival runs the function, as its handler or through calls in view. */
  remoteEvent(fn: FlowRoot): RemoteEvent | undefined;
  /** How the callback is run by the call that takes it, or undefined where `fn` is no argument. */
  callbackOf(fn: FunctionNode): { readonly call: CallNode; readonly arg: number; readonly timing: CallbackTiming; readonly effect?: NonNullable<CallEffects['callbacks']>[number] } | undefined;
  bound(expr: ts.Expression): Bound;
  signalsInScope(fn: FlowRoot, at: ts.Node): readonly SignalInScope[];
  /** The signal that whoever runs the function declares to hand it, where it has no parameter for that. */
  offeredSignal(fn: FunctionNode): OfferedSignal | undefined;
  /** Does the call accept a signal, and is it given one? */
  signalParameter(call: CallNode): { readonly accepts: Certainty; readonly given: Certainty; readonly how: string; readonly slot?: SignalSlot } | undefined;
  /** Does the value, awaited where it is a promise, have a member of one of these names? */
  hasMember(expr: ts.Expression, names: ReadonlySet<string>): Certainty;
  /** Has the value a member that this well-known symbol names? */
  hasSymbolMember(expr: ts.Expression, symbol: 'asyncIterator' | 'dispose' | 'asyncDispose'): Certainty;
  hasTrait(expr: ts.Expression, trait: import('../models/effect-model.js').TypeTrait): Certainty;
  /** I/O reached by evaluating the call, through summaries. */
  ioOf(call: CallNode): ReadonlySet<IoKind>;
  /** Locks that the functions handed to this call run under: by model, by a wrapper in view, by a queue of one, by a chain of promises. */
  sectionsOf(call: CallNode): readonly LockRef[];
  /** Locks that evaluating the call waits for, itself or through callees in view. */
  takenBy(call: CallNode): readonly LockTake[];
  locksAround(node: ts.Node): LocksAround;
  /** The lock whatever its instance is: `this.mutex` of every Account is one family. */
  lockFamily(lock: LockRef): string;
  /** Does the lock let one in at a time, so that whoever has it and asks again waits for ever? */
  isExclusive(lock: LockRef): Certainty;
  /** Calls anywhere in view that take a lock of this family. */
  takersOf(lock: LockRef): readonly CallNode[];
  /** Pairs of known locks, over all files in view, that are taken in both orders. */
  lockInversions(): readonly (readonly [LockNesting, LockNesting])[];
  classOf(node: ts.Node): ClassModel | undefined;
  classModel(node: ts.ClassLikeDeclaration): ClassModel;
  /** Made in this function (fresh object, own client), so it dies with it unless it escapes. */
  isFresh(expr: ts.Expression, fn: FlowRoot): Certainty;
  readonly files: readonly FileInfo[];
  fileOf(node: ts.Node): FileInfo;
}
