import { or, type Certainty } from '../core/certainty.js';
import { enclosingRoot, isAsync, isFunctionNode, isGenerator, memberName, outermostWrapper, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { neverCompletes } from './completion.js';
import type { CallbackTiming, CallInfo, CallNode, FlowEvent, FunctionFlow, FunctionSummary, IoKind, Place, SemanticModel } from './contract.js';
import { Fixpoint } from './fixpoint.js';
import { callbackArgument, type Rejections } from './rejections.js';
import { forEachOwnNode, returnedExpressions } from './returns.js';
import type { Signals } from './signals.js';

export type SummaryQuestions = Pick<SemanticModel, 'call' | 'callbackOf' | 'flow' | 'functionsOf' | 'isPromise' | 'place' | 'symbolOf'>;

/** Members that end what a place holds. */
const ENDING_MEMBERS: ReadonlySet<string> = new Set([
  'abort', 'cancel', 'clear', 'close', 'destroy', 'disconnect', 'dispose', 'end', 'kill', 'quit', 'release', 'removeAllListeners', 'shutdown', 'stop', 'terminate',
  'unref', 'unsubscribe',
]);

/** Summaries of functions in view. Each part is worked out when first asked for and kept. */
export class Summaries {
  private readonly known = new WeakMap<FunctionNode, LazySummary>();
  private readonly effects: TransitiveEffects;

  constructor(
    private readonly model: SummaryQuestions,
    private readonly rejections: Rejections,
    private readonly signals: Signals,
  ) {
    this.effects = new TransitiveEffects(model);
  }

  of(fn: FunctionNode): FunctionSummary {
    let summary = this.known.get(fn);
    if (!summary) this.known.set(fn, (summary = new LazySummary(fn, this.model, this.rejections, this.signals, this.effects)));
    return summary;
  }

  /** I/O reached by evaluating the call: its own, its callees', and that of callbacks it runs. */
  ioOf(call: CallNode): ReadonlySet<IoKind> {
    return this.effects.ioOfCall(call);
  }
}

class LazySummary implements FunctionSummary {
  constructor(
    private readonly fn: FunctionNode,
    private readonly model: SummaryQuestions,
    private readonly rejections: Rejections,
    private readonly signals: Signals,
    private readonly effects: TransitiveEffects,
  ) {}

  get isAsync(): boolean {
    return isAsync(this.fn);
  }

  get returnsPromise(): Certainty {
    return this.once('returnsPromise', () => returnsPromise(this.fn, this.model));
  }

  get canReject(): Certainty {
    return this.rejections.ofFunction(this.fn);
  }

  get throws(): Certainty {
    return this.rejections.throws(this.fn);
  }

  get maySuspend(): Certainty {
    return this.once('maySuspend', () => (suspends(this.fn) ? 'yes' : 'no'));
  }

  get never(): boolean {
    return this.effects.never.get(this.fn);
  }

  get io(): ReadonlySet<IoKind> {
    return this.effects.io.get(this.fn);
  }

  get signal(): FunctionSummary['signal'] {
    return this.once('signal', () => this.signals.slotOf(this.fn));
  }

  get acquires(): readonly string[] {
    return [...this.effects.footprint.get(this.fn).acquires];
  }

  get releases(): readonly string[] {
    return [...this.effects.footprint.get(this.fn).releases];
  }

  get reads(): ReadonlySet<string> {
    return this.effects.footprint.get(this.fn).reads;
  }

  get writes(): ReadonlySet<string> {
    return this.effects.footprint.get(this.fn).writes;
  }

  get writesAfterSuspension(): ReadonlySet<string> {
    return this.effects.footprint.get(this.fn).writesAfterSuspension;
  }

  get clears(): ReadonlySet<string> {
    return this.effects.footprint.get(this.fn).clears;
  }

  get spawns(): Certainty {
    return this.effects.spawns.get(this.fn);
  }

  get callsParameter(): ReadonlyMap<number, CallbackTiming> {
    return this.effects.parametersCalled.get(this.fn);
  }

  get returnsUnclearedTimer(): FunctionSummary['returnsUnclearedTimer'] {
    return this.once('returnsUnclearedTimer', () => unclearedTimer(this.fn, this.model));
  }

  private readonly answers = new Map<string, unknown>();

  private once<T>(name: keyof FunctionSummary, work: () => T): T {
    if (!this.answers.has(name)) this.answers.set(name, work());
    return this.answers.get(name) as T;
  }
}

// ── effects that pass from callee to caller ───────────────────────────────────────────────────────────

/** Keys of fields and module places, and of locks. */
interface Footprint {
  readonly reads: ReadonlySet<string>;
  readonly writes: ReadonlySet<string>;
  readonly writesAfterSuspension: ReadonlySet<string>;
  readonly clears: ReadonlySet<string>;
  readonly acquires: ReadonlySet<string>;
  readonly releases: ReadonlySet<string>;
}
const FOOTPRINT_PARTS = ['reads', 'writes', 'writesAfterSuspension', 'clears', 'acquires', 'releases'] as const;
const NO_FOOTPRINT: Footprint = {
  reads: new Set(), writes: new Set(), writesAfterSuspension: new Set(), clears: new Set(), acquires: new Set(), releases: new Set(),
};

class TransitiveEffects {
  readonly io = new Fixpoint<FunctionNode, ReadonlySet<IoKind>>({
    start: new Set(), unknown: new Set(), equal: sameSize, unsettled: asFarAsKnown, compute: (fn) => union(callsRunBy(fn, this.model).map((call) => this.ioOfCall(call))),
  });
  readonly never = new Fixpoint<FunctionNode, boolean>({
    start: false, unknown: false, equal: Object.is, compute: (fn) => neverCompletes(fn, (call) => this.callNever(this.model.call(call))),
  });
  readonly spawns = new Fixpoint<FunctionNode, Certainty>({ start: 'no', unknown: 'unknown', equal: Object.is, compute: (fn) => this.spawnsIn(fn) });
  readonly footprint = new Fixpoint<FunctionNode, Footprint>({
    start: NO_FOOTPRINT, unknown: NO_FOOTPRINT, equal: (a, b) => FOOTPRINT_PARTS.every((part) => sameSize(a[part], b[part])), unsettled: asFarAsKnown, compute: (fn) => this.footprintOf(fn),
  });
  readonly parametersCalled = new Fixpoint<FunctionNode, ReadonlyMap<number, CallbackTiming>>({
    start: new Map(), unknown: new Map(), equal: sameSize, unsettled: asFarAsKnown, compute: (fn) => this.calledParameters(fn),
  });

  constructor(private readonly model: SummaryQuestions) {}

  ioOfCall(call: CallNode): ReadonlySet<IoKind> {
    const info = this.model.call(call);
    const own = info.effects.io;
    const callees = info.targets.map((target) => this.io.get(target));
    const callbacks = (info.effects.callbacks ?? []).flatMap((callback) => {
      const given = callback.timing === 'later-many' ? undefined : callbackArgument(call, callback);
      return given ? this.model.functionsOf(given).map((fn) => this.io.get(fn)) : [];
    });
    return union([...(own ? [new Set([own])] : []), ...callees, ...callbacks]);
  }

  private callNever({ effects, targets, complete }: CallInfo): boolean {
    if (effects.never) return true;
    // An async callee that always fails rejects: control does come back.
    return complete && targets.length > 0 && targets.every((target) => !isAsync(target) && !isGenerator(target) && this.never.get(target));
  }

  private spawnsIn(fn: FunctionNode): Certainty {
    let result: Certainty = 'no';
    forEachOwnNode(fn, (node) => {
      if (result === 'yes' || !(ts.isCallExpression(node) || ts.isNewExpression(node))) return;
      result = or(result, this.spawnsBy(node));
    });
    return result;
  }

  private spawnsBy(call: CallNode): Certainty {
    const { effects, targets } = this.model.call(call);
    if (effects.spawns) return 'yes';
    if (!isDropped(call)) return 'no';
    if (targets.some(isAsync) || (effects.promise && !effects.mayFloat)) return 'yes';
    return targets.reduce((sum: Certainty, target) => or(sum, this.spawns.get(target)), 'no');
  }

  // ── places and locks ──

  private footprintOf(fn: FunctionNode): Footprint {
    const flow = this.model.flow(fn);
    const suspended = afterSuspension(flow);
    const outlives = (place: Place | undefined): place is Place => place?.kind === 'field' || place?.kind === 'module';
    const written = flow.all('write').filter((event) => outlives(event.place));
    const own: Record<keyof Footprint, Set<string>> = {
      reads: new Set(flow.all('read').filter((event) => outlives(event.place)).map((event) => event.place.key)),
      writes: new Set(written.map((event) => event.place.key)),
      writesAfterSuspension: new Set(written.filter(suspended).map((event) => event.place.key)),
      clears: new Set(),
      acquires: new Set(flow.all('acquire').map((event) => event.lock.key)),
      releases: new Set(flow.all('release').map((event) => event.lock.key)),
    };
    for (const event of flow.all('clear')) if (event.handle) own.clears.add(event.handle.key);
    for (const event of flow.all('call')) {
      const ended = endedPlace(event.call, this.model);
      if (ended) own.clears.add(ended.key);
      this.addCallees(event.call, suspended(event), own);
    }
    return own;
  }

  /** Callees that see the same places: functions called by name, and methods of the same instance. */
  private addCallees(call: CallNode, late: boolean, own: Record<keyof Footprint, Set<string>>): void {
    const callee = skipWrappers(call.expression);
    const onSelf = ts.isPropertyAccessExpression(callee) && isSelf(skipWrappers(callee.expression));
    if (!onSelf && !ts.isIdentifier(callee)) return;
    for (const target of this.model.call(call).targets) {
      const theirs = this.footprint.get(target);
      for (const part of FOOTPRINT_PARTS) addAll(own[part], theirs[part]);
      if (late) addAll(own.writesAfterSuspension, theirs.writes);
    }
  }

  // ── parameters ──

  private calledParameters(fn: FunctionNode): ReadonlyMap<number, CallbackTiming> {
    const called = new Map<number, CallbackTiming>();
    if (ts.isClassStaticBlockDeclaration(fn)) return called;
    fn.parameters.forEach((parameter, index) => {
      if (!ts.isIdentifier(parameter.name)) return;
      for (const use of usesOfParameter(fn, parameter.name, this.model)) {
        const timing = this.timingOfUse(use, fn);
        if (timing) called.set(index, mergeTimings(called.get(index), timing));
      }
    });
    return called;
  }

  /** How this mention of a parameter makes it run; undefined where it does not. */
  private timingOfUse(use: ts.Identifier, fn: FunctionNode): CallbackTiming | undefined {
    const outer = outermostWrapper(use);
    const parent = outer.parent;
    const around = this.timingAround(use, fn);
    if (ts.isCallExpression(parent) && parent.expression === outer) return around;
    if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) {
      const index = parent.arguments?.indexOf(outer as ts.Expression) ?? -1;
      const info = this.model.call(parent);
      const effect = info.effects.callbacks?.find((c) => callbackArgument(parent, c) === outer);
      if (effect) return inside(around, effect.timing);
      const theirs = info.targets.map((t) => this.parametersCalled.get(t).get(index)).find((t) => t !== undefined);
      if (theirs) return inside(around, theirs);
      return info.complete && info.targets.length > 0 ? undefined : 'unknown';
    }
    const isStored =
      (ts.isBinaryExpression(parent) && parent.right === outer && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken) ||
      ts.isReturnStatement(parent) || ts.isPropertyAssignment(parent) || ts.isShorthandPropertyAssignment(parent) || ts.isArrayLiteralExpression(parent) ||
      (ts.isVariableDeclaration(parent) && parent.initializer === outer);
    return isStored ? 'unknown' : undefined;
  }

  /** When code at `node` runs, seen from a caller of `fn`. */
  private timingAround(node: ts.Node, fn: FunctionNode): CallbackTiming {
    let timing: CallbackTiming = 'sync';
    let root = enclosingRoot(node);
    while (root !== fn) {
      if (ts.isSourceFile(root)) return 'unknown';
      const callback = this.model.callbackOf(root);
      if (!callback) return 'unknown';
      timing = inside(callback.timing, timing);
      root = enclosingRoot(root);
    }
    return timing === 'sync' && isAsync(fn) ? 'awaited' : timing;
  }
}

// ── single functions ──────────────────────────────────────────────────────────────────────────────────

function returnsPromise(fn: FunctionNode, model: SummaryQuestions): Certainty {
  if (isGenerator(fn)) return 'no';
  if (isAsync(fn)) return 'yes';
  let result: Certainty = 'no';
  for (const value of returnedExpressions(fn)) {
    result = or(result, model.isPromise(value));
    if (result === 'yes') break;
  }
  return result;
}

function suspends(fn: FunctionNode): boolean {
  let found = false;
  forEachOwnNode(fn, (node) => {
    if (ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier)) found = true;
    if (ts.isYieldExpression(node) && isAsync(fn)) found = true;
    if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.AwaitUsing) found = true;
  });
  return found;
}

/**
 * Gives a promise that a timer settles whose handle nobody can clear: `resolves` for sleeps, `rejects` for timeouts.
 * Timers that are unref-ed or bound to a signal are somebody's business already.
 */
function unclearedTimer(fn: FunctionNode, model: SummaryQuestions): FunctionSummary['returnsUnclearedTimer'] {
  const values = returnedExpressions(fn);
  for (const value of values) {
    const found = timerBehind(skipWrappers(value), model, isAsync(fn));
    if (found) return found;
  }
  return false;
}

function timerBehind(value: ts.Expression, model: SummaryQuestions, async: boolean): FunctionSummary['returnsUnclearedTimer'] {
  const node = async && ts.isAwaitExpression(value) ? skipWrappers(value.expression) : value;
  if (ts.isNewExpression(node)) {
    const executor = node.arguments?.[0] && skipWrappers(node.arguments[0]);
    return executor && isFunctionNode(executor) ? timerInExecutor(executor, model) : false;
  }
  if (!ts.isCallExpression(node)) return false;
  const callee = skipWrappers(node.expression);
  if (ts.isPropertyAccessExpression(callee) && memberName(callee.name) === 'then') {
    const inner = timerBehind(skipWrappers(callee.expression), model, false);
    const handler = node.arguments[0] && skipWrappers(node.arguments[0]);
    return inner && handler && isFunctionNode(handler) && throwsAlways(handler) ? 'rejects' : inner;
  }
  const { effects } = model.call(node);
  return effects.sleeps && effects.promise && !node.arguments.some((a) => /signal/i.test(a.getText())) ? 'resolves' : false;
}

/** `setTimeout(resolve, ms)` as a statement of the executor, or its whole body. */
function timerInExecutor(executor: FunctionNode, model: SummaryQuestions): FunctionSummary['returnsUnclearedTimer'] {
  const body = executor.body;
  if (!body || ts.isClassStaticBlockDeclaration(executor)) return false;
  const statements: readonly ts.Node[] = ts.isBlock(body) ? body.statements.map((s) => (ts.isExpressionStatement(s) ? s.expression : s)) : [body];
  const reject = executor.parameters[1]?.name;
  for (const statement of statements) {
    const call = ts.isVoidExpression(statement) ? statement.expression : statement;
    if (!ts.isCallExpression(call) || model.call(call).effects.timer?.kind !== 'timeout') continue;
    const rejects = reject !== undefined && new RegExp(`\\b${reject.getText()}\\b`).test(call.arguments[0]?.getText() ?? '');
    return rejects ? 'rejects' : 'resolves';
  }
  return false;
}

function throwsAlways(fn: FunctionNode): boolean {
  return neverCompletes(fn, () => false);
}

// ── shared ────────────────────────────────────────────────────────────────────────────────────────────

/** Calls made while the function runs: its own, and those of functions it calls in place or hands to what runs them once. */
function callsRunBy(fn: FunctionNode, model: SummaryQuestions): CallNode[] {
  const calls: CallNode[] = [];
  forEachOwnNode(fn, (node) => {
    if (ts.isCallExpression(node) || ts.isNewExpression(node)) calls.push(node);
    const isInPlace = isFunctionNode(node) && ts.isCallExpression(outermostWrapper(node).parent) && model.callbackOf(node) === undefined;
    if (isInPlace && (outermostWrapper(node).parent as ts.CallExpression).expression === outermostWrapper(node)) calls.push(...callsRunBy(node, model));
  });
  return calls;
}

/** Nobody takes the call's value. */
function isDropped(call: CallNode): boolean {
  const outer = outermostWrapper(call);
  return ts.isExpressionStatement(outer.parent) || ts.isVoidExpression(outer.parent);
}

/** Is the event behind a suspension of its activation? */
function afterSuspension(flow: FunctionFlow): (event: FlowEvent) => boolean {
  const reached = new Set<FlowEvent>();
  for (const wait of flow.all('await')) {
    // What lies behind a wait that was itself reached is reached already.
    if (reached.has(wait)) continue;
    const nowhere = (event: FlowEvent): boolean => {
      reached.add(event);
      return false;
    };
    flow.pathTo(wait, nowhere, { correlate: false });
  }
  return (event) => reached.has(event);
}

function endedPlace(call: CallNode, model: SummaryQuestions): Place | undefined {
  const callee = skipWrappers(call.expression);
  if (ts.isPropertyAccessExpression(callee)) {
    const { effects } = model.call(call);
    return effects.closes || ENDING_MEMBERS.has(memberName(callee.name)) ? model.place(callee.expression) : undefined;
  }
  return undefined;
}

function isSelf(node: ts.Expression): boolean {
  return node.kind === ts.SyntaxKind.ThisKeyword || node.kind === ts.SyntaxKind.SuperKeyword;
}

const parameterUses = new WeakMap<ts.Identifier, readonly ts.Identifier[]>();

export function usesOfParameter(fn: FunctionNode, name: ts.Identifier, model: Pick<SummaryQuestions, 'symbolOf'>): readonly ts.Identifier[] {
  let uses = parameterUses.get(name);
  if (!uses) parameterUses.set(name, (uses = findUses(fn, name, model)));
  return uses;
}

function findUses(fn: FunctionNode, name: ts.Identifier, model: Pick<SummaryQuestions, 'symbolOf'>): ts.Identifier[] {
  const symbol = model.symbolOf(name);
  const uses: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === name.text && node !== name && model.symbolOf(node) === symbol) uses.push(node);
    ts.forEachChild(node, visit);
  };
  if (fn.body) visit(fn.body);
  return uses;
}

const LATENESS: Readonly<Record<CallbackTiming, number>> = { sync: 0, awaited: 1, 'later-once': 2, 'later-many': 3, unknown: 4 };

/** What runs with `inner` timing inside code that runs with `outer` timing. */
function inside(outer: CallbackTiming, inner: CallbackTiming): CallbackTiming {
  return LATENESS[inner] > LATENESS[outer] ? inner : outer;
}

/** Two ways of being called: the later one decides what callers must expect. */
function mergeTimings(a: CallbackTiming | undefined, b: CallbackTiming): CallbackTiming {
  return a === undefined ? b : inside(a, b);
}

function union<T>(sets: readonly ReadonlySet<T>[]): Set<T> {
  const all = new Set<T>();
  for (const set of sets) addAll(all, set);
  return all;
}

function addAll<T>(into: Set<T>, from: ReadonlySet<T>): void {
  for (const item of from) into.add(item);
}

/** Sets only grow from round to round: what was found stays true when the rounds run out. */
function asFarAsKnown<T>(last: T): T {
  return last;
}

// Rounds of a fixpoint only add, so equal size is equality.
function sameSize(a: { readonly size: number }, b: { readonly size: number }): boolean {
  return a.size === b.size;
}
