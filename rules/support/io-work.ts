import {
  forEachDescendant, is, isFunctionNode, shortText, skipWrappers, surely,
  type CallNode, type FunctionNode, type IoKind, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { holdsUnlimited } from './unlimited-limiter.js';

/** Input or output that some code reaches without passing a limiter. */
export interface IoWork {
  readonly kind: IoKind;
  /** The call in the code asked about. */
  readonly at: CallNode;
  /** The call that does it, in that code or in a callee. */
  readonly io: CallNode;
  /**
   * `light`: it waits its turn at a small pool of threads or on one connection, so nothing runs out. `assumed`: no model knows the call, it only
   * goes by a name that clients of databases and services go by.
   */
  readonly strain: 'heavy' | 'light' | 'assumed';
}

/** Work that waits for something outside this thread; timers and the processor have no resource that runs out. */
const OUTSIDE: ReadonlySet<IoKind> = new Set(['network', 'file', 'process', 'database']);
const MAX_DEPTH = 5;

/** What one run of the function does outside, where nothing on the way lets only some in at a time. */
export function ioOf(fn: FunctionNode, model: SemanticModel): IoWork | undefined {
  return new IoSearch(model).inFunction(fn, 0);
}

/** The same for one call, its arguments aside. */
export function ioOfCall(call: CallNode, model: SemanticModel): IoWork | undefined {
  return new IoSearch(model).byCall(call, 0);
}

/** What a message calls it. */
export function workName({ at, io }: Pick<IoWork, 'at' | 'io'>): string {
  return shortText(is.functionExpression(skipWrappers(at.expression)) ? io : at);
}

/** Where the work is done, for a trace. */
export function ioSteps({ at, io, kind, strain }: IoWork): TraceStep[] {
  const does = strain === 'assumed' ? `calls ${shortText(io)}` : DOES[kind];
  return at === io ? [{ at: io, text: `each ${does}` }] : [{ at, text: `each calls ${workName({ at, io })}` }, { at: io, text: `which ${does}` }];
}

const DOES: Readonly<Record<IoKind, string>> = {
  network: 'asks the network', file: 'opens or changes a file', process: 'starts a process', database: 'asks the database', timer: 'waits', cpu: 'computes',
};

class IoSearch {
  private readonly seen = new Set<FunctionNode>();
  constructor(private readonly model: SemanticModel) {}

  inFunction(fn: FunctionNode, depth: number): IoWork | undefined {
    if (this.seen.has(fn) || !fn.body || depth > MAX_DEPTH) return undefined;
    this.seen.add(fn);
    const isKnown = [...this.model.summary(fn).io].some((kind) => OUTSIDE.has(kind));
    if (!isKnown && depth > 2) return undefined;
    const calls = this.callsIn(fn.body);
    if (calls.some((call) => this.waitsForTurn(call))) return undefined;
    return this.firstOf(calls.map((call) => () => this.byCall(call, depth)));
  }

  byCall(call: CallNode, depth: number): IoWork | undefined {
    if (this.isLimited(call)) return undefined;
    const { effects, targets } = this.model.call(call);
    if (effects.io && OUTSIDE.has(effects.io)) return effects.blocks ? undefined : { kind: effects.io, at: call, io: call, strain: this.isLight(call, effects.io) ? 'light' : 'heavy' };
    const within = this.firstOf(targets.map((target) => () => this.inFunction(target, depth + 1)));
    if (within) return { ...within, at: call, ...(within.kind === 'database' && ONE_CONNECTION.test(call.getText()) ? { strain: 'light' } : {}) };
    return (targets.length === 0 ? looksLikeClient(call) : reachesOut(call)) ? { kind: 'network', at: call, io: call, strain: 'assumed' } : undefined;
  }

  /** The heaviest, and of equals the first. */
  private firstOf(searches: readonly (() => IoWork | undefined)[]): IoWork | undefined {
    let best: IoWork | undefined;
    for (const search of searches) {
      const work = search();
      if (work?.strain === 'heavy') return work;
      if (work && (!best || (best.strain === 'assumed' && work.strain === 'light'))) best = work;
    }
    return best;
  }

  private isLight(call: CallNode, kind: IoKind): boolean {
    if (kind === 'database') return ONE_CONNECTION.test(call.getText()) || SENT_IN_LINE.test(this.model.call(call).qualified ?? '');
    return kind === 'file' && ONE_STEP.test(this.model.call(call).qualified ?? '');
  }

  /** Calls of the code itself and of callbacks it runs; what goes through a limiter is left out with all its arguments. */
  private callsIn(body: ts.Node): CallNode[] {
    const calls: CallNode[] = [];
    let limitedUntil = -1;
    for (const call of callsRunBy(body, this.model)) {
      if (call.pos < limitedUntil) continue;
      calls.push(call);
      if (this.isLimited(call)) limitedUntil = call.end;
    }
    return calls;
  }

  /** `limit(() => …)`, `queue.add(() => …)`, `mutex.runExclusive(…)`, `withSlot(() => …)`. */
  private isLimited(call: CallNode): boolean {
    let known = limitedCalls.get(call);
    if (known === undefined) limitedCalls.set(call, (known = limitedBySight(call, this.model)));
    return known === 'by its body' ? this.limitsWhatItTakes(call) : known;
  }

  /** A function in view that runs what it is given under a limiter, or when its turn has come. */
  private limitsWhatItTakes(call: CallNode): boolean {
    const [wrapper, ...others] = this.model.call(call).targets;
    if (!wrapper?.body || others.length > 0 || this.seen.has(wrapper)) return false;
    this.seen.add(wrapper);
    const names = new Set('parameters' in wrapper ? wrapper.parameters.map(({ name }) => name.getText()) : []);
    const isGiven = (node: ts.Node): boolean => is.identifier(node) && names.has(node.text);
    const limits = this.callsIn(wrapper.body).some((inner) => this.waitsForTurn(inner) || (this.isLimited(inner) && (inner.arguments ?? []).some((argument) => mentions(argument, isGiven))));
    this.seen.delete(wrapper);
    return limits;
  }

  /** `await semaphore.acquire()` or a home-made wait: the rest of the function has its turn. */
  private waitsForTurn(call: CallNode): boolean {
    const { effects } = this.model.call(call);
    if (effects.acquire) return LETS_SOME_IN.has(effects.acquire.kind);
    return is.await(call.parent) && TURN_NAME.test(skipWrappers(call.expression).getText().replace(/^.*\./, ''));
  }
}

const callsOfBodies = new WeakMap<ts.Node, readonly CallNode[]>();

/** Calls of the code and of callbacks it runs, in source order: many tasks end in the same functions. */
function callsRunBy(body: ts.Node, model: SemanticModel): readonly CallNode[] {
  const known = callsOfBodies.get(body);
  if (known) return known;
  const calls: CallNode[] = [];
  const visit = (node: ts.Node): boolean | void => {
    if (isFunctionNode(node)) return model.callbackOf(node)?.timing !== 'later-many';
    if (is.callOrNew(node)) calls.push(node);
  };
  if (visit(body) !== false) forEachDescendant(body, visit);
  callsOfBodies.set(body, calls);
  return calls;
}

const limitedCalls = new WeakMap<CallNode, boolean | 'by its body'>();

/** Without a look at what a function in view does with the work it takes. */
function limitedBySight(call: CallNode, model: SemanticModel): boolean | 'by its body' {
  const { effects, targets } = model.call(call);
  if (effects.limited || effects.callbacks?.some(({ section }) => section) || (effects.acquire && LETS_SOME_IN.has(effects.acquire.kind))) return true;
  const callee = skipWrappers(call.expression);
  const owner = is.propertyAccess(callee) ? callee.expression : callee;
  if (holdsUnlimited(owner, model)) return false;
  if (surely(model.hasTrait(owner, 'limiter'))) return true;
  const isNamedSo = LIMITING_NAME.test(callee.getText());
  // What arguments are is for the checker to say: asked last.
  if (!isNamedSo && targets.length !== 1) return false;
  const takesWork = (call.arguments ?? []).some((argument) => surely(model.isCallable(argument)));
  return takesWork && (isNamedSo || 'by its body');
}

function mentions(scope: ts.Node, test: (node: ts.Node) => boolean): boolean {
  let found = test(scope);
  forEachDescendant(scope, (node) => {
    found ||= test(node);
  });
  return found;
}

/** What the file system does in one step; what opens, reads and closes holds a descriptor meanwhile. */
const ONE_STEP = /\.(?:l?stat|access|exists|pathExists|unlink|rm|rmdir|remove|rename|realpath|readlink|readdir|mkdir|copyFile|chmod|utimes)$/;
/** Queries of one transaction or client wait for each other. */
const ONE_CONNECTION = /\b(?:transaction|trx|tx|client|conn(?:ection)?|session)\b/i;

/** A client of Redis writes its commands one behind the other to one connection. */
const SENT_IN_LINE = /^(?:ioredis|redis|@redis\/client)\.\w+#/;

/** `db.get(…)`, `await user.save()`, `readFile(path)` where nothing else is known of the callee. */
function looksLikeClient(call: CallNode): boolean {
  const callee = skipWrappers(call.expression);
  if (is.call(call) && is.identifier(callee)) return IO_FUNCTION.test(callee.text);
  if (!is.call(call) || !is.propertyAccess(callee)) return false;
  const owner = skipWrappers(callee.expression).getText().replace(/^.*[.#]/s, '');
  return CLIENT_NAME.test(owner) || /^_?(?:ajax|xhr)$/.test(callee.name.text) || (is.await(call.parent) && CLIENT_VERB.test(callee.name.text));
}

/** `await dialer.connectTo(peer)`: its body is in view, and what does it there is not. */
function reachesOut(call: CallNode): boolean {
  const callee = skipWrappers(call.expression);
  return is.await(call.parent) && is.propertyAccess(callee) && /^(?:connectTo\w+|dial(?:[A-Z]\w*)?)$/.test(callee.name.text);
}

const CLIENT_NAME = /^_?(?:db|database|prisma|knex|redis|mongo|repo(?:sitory)?|api|http|axios|s3)$|(?:Repository|Repo|Dao|Api|ApiClient|HttpClient)$/;
const CLIENT_VERB = /^(?:query|execute|save|destroy|upload\w*|download\w*|fetch\w*|insert\w*|upsert\w*|find(?:One|Many|All|By)\w*|(?:update|delete)(?:One|Many)|(?:read|write)File|(?:en|de)crypt|connect(?:To\w*)?|dial(?:[A-Z]\w*)?)$/;
/** A function that was handed in or comes from a module without types. */
const IO_FUNCTION = /^(?:(?:read|write)File|ajax|fetch|request|download|upload)(?:[A-Z]\w*)?$/;

/** A pool's client or a transaction is a resource, not a limit: whoever finds none waits in a line without end. */
const LETS_SOME_IN: ReadonlySet<string> = new Set(['mutex', 'semaphore', 'rwlock', 'distributed']);
const LIMITING_NAME = /limit|throttl|semaphore|mutex|lock|queue|pool|slot|schedul|serial|batch|concurren/i;
const TURN_NAME = /^(?:acquire|throttle|(?:wait|get|take|reserve).*(?:slot|turn|token|capacity|permit)|rateLimit\w*)/i;

