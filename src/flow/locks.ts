/**
 * Which locks code runs under, and which it waits for. A lock is taken by a model's acquire, around a callback by a model's section,
 * by a wrapper in view that runs its parameter under a lock, by a queue that runs one task at a time, or in a line of promises.
 */
import { enclosingRoot, isAsync, isFunctionNode, skipWrappers, type FlowRoot, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { Callback } from './callbacks.js';
import type { CallInfo, CallNode, Certainty, EventOf, FlowEvent, FunctionFlow, LockNesting, LockRef, LocksAround, LockTake, SemanticModel } from './contract.js';
import { receiverOf } from './effects.js';
import { Fixpoint } from './fixpoint.js';
import { isWaitedFor, lineOf } from './home-made-locks.js';
import { atCall, familyOf, isLockKind, lockOfPlace, makerOf, namedLock, type NameServices } from './lock-names.js';
import type { ProjectIndex } from './project-index.js';
import { callbackArgument } from './rejections.js';
import { usesOfParameter } from './summaries.js';

type LockQuestions = Pick<SemanticModel, 'call' | 'callbackOf' | 'callersOf' | 'classOf' | 'flow' | 'functionsOf' | 'symbolOf'>;

/** Members by which locks of the models are taken: where the search over all files begins. */
const TAKING_MEMBERS = ['acquire', 'acquireAsync', 'runExclusive', 'request', 'lock', 'using', 'use', 'add', 'schedule', 'take'];
const MAX_DEPTH = 12;
const NOTHING_AROUND: LocksAround = { surely: new Map(), perhaps: new Map() };

export class Locks {
  private readonly sections = new WeakMap<CallNode, readonly LockRef[]>();
  private readonly around = new WeakMap<FlowRoot, LocksAround>();
  private readonly taken = new Fixpoint<FunctionNode, readonly LockTake[]>({
    start: [], unknown: [], equal: (a, b) => a.length === b.length, unsettled: (last) => last, compute: (fn) => this.takesOf(fn),
  });
  private byFamily: ReadonlyMap<string, readonly CallNode[]> | undefined;
  private inversions: readonly (readonly [LockNesting, LockNesting])[] | undefined;

  constructor(
    private readonly model: LockQuestions,
    private readonly names: NameServices,
    private readonly index: ProjectIndex,
  ) {}

  // ── what code runs under ──

  sectionsOf(call: CallNode): readonly LockRef[] {
    let known = this.sections.get(call);
    if (!known) {
      // A wrapper that ends in itself adds nothing.
      this.sections.set(call, []);
      this.sections.set(call, (known = this.computeSections(call)));
    }
    return known;
  }

  /** Locks held when the function begins, since it is a callback that runs inside a section or in place. */
  onEntry(root: FlowRoot): readonly LockRef[] {
    const callback = isFunctionNode(root) ? this.model.callbackOf(root) : undefined;
    if (!callback || !isFunctionNode(root)) return [];
    const inherited = this.runsWithin(root, callback) ? this.heldAtCall(callback.call) : [];
    return [...inherited, ...this.workersLock(callback), ...(isSectionArgument(callback) ? this.sectionsOf(callback.call) : [])];
  }

  private heldAtCall(call: CallNode): readonly LockRef[] {
    const flow = this.model.flow(enclosingRoot(call));
    const [event] = flow.at(call);
    return event ? [...flow.heldAt(event)] : [];
  }

  /** The call does not go on before the callback is done. */
  private runsWithin(fn: FunctionNode, { call, timing }: Callback): boolean {
    if (timing === 'sync' && !isAsync(fn)) return true;
    return (timing === 'sync' || timing === 'awaited') && isWaitedFor(call, (each) => this.model.call(each).effects.combinator !== undefined);
  }

  private computeSections(call: CallNode): readonly LockRef[] {
    const { effects, targets } = this.model.call(call);
    const section = effects.callbacks?.find((callback) => callback.section && callbackArgument(call, callback) !== undefined)?.section;
    if (section) return [this.modelledSection(call, section, effects)];
    const line = lineOf(call, this.names.places);
    if (line) return [lockOfPlace(line, 'mutex', call)];
    const queue = effects.callbacks?.some((callback) => callback.timing === 'awaited') ? queueBehind(call) : undefined;
    if (queue && this.runsOneAtATime(queue)) return [namedLock([queue], 'mutex', call, this.names)];
    const [target] = targets;
    return target && targets.length === 1 ? this.wrapperSections(call, target) : [];
  }

  private modelledSection(call: CallNode, section: 'receiver' | 'arg0' | 'keyed', effects: CallInfo['effects']): LockRef {
    const receiver = receiverOf(call);
    const key = call.arguments?.[0];
    const subjects = section === 'receiver' ? [receiver] : section === 'arg0' ? [key] : [receiver, key];
    const options = (call.arguments ?? []).map((argument) => skipWrappers(argument)).find(ts.isObjectLiteralExpression);
    const yields = options !== undefined && /\bmode\b[^,}]*shared|\bifAvailable\b|\bsteal\b|\btimeout\b|\bmaxPending\b/.test(options.getText());
    const lock = namedLock(subjects.filter((subject) => subject !== undefined), effects.io === 'database' ? 'distributed' : this.kindByName(call), call, this.names);
    return yields ? { ...lock, yields: true } : lock;
  }

  private kindByName(call: CallNode): LockRef['kind'] {
    return /Semaphore/.test(this.model.call(call).qualified ?? '') ? 'semaphore' : 'mutex';
  }

  /** A method that runs its parameter under a lock: what it holds at every use of the parameter, in the words of this call. */
  private wrapperSections(call: CallNode, target: FunctionNode): readonly LockRef[] {
    if (ts.isClassStaticBlockDeclaration(target) || !target.body) return [];
    const held = target.parameters.flatMap((parameter, index) => {
      const given = call.arguments?.[index];
      if (!given || !ts.isIdentifier(parameter.name) || !this.isFunctionGiven(given)) return [];
      return this.heldAtUses(target, parameter.name);
    });
    return held.map((lock) => {
      const here = atCall(lock, call, target, this.names);
      return here ? { ...here, taken: call } : namedLock([], lock.kind, call, this.names);
    });
  }

  private isFunctionGiven(given: ts.Expression): boolean {
    const declared = ts.isIdentifier(given) ? this.model.symbolOf(given)?.declarations?.[0] : undefined;
    // A wrapper hands on what it was given itself.
    return isFunctionNode(skipWrappers(given)) || this.model.functionsOf(given).length > 0 || (declared !== undefined && ts.isParameter(declared));
  }

  private heldAtUses(target: FunctionNode, name: ts.Identifier): readonly LockRef[] {
    const uses = usesOfParameter(target, name, this.model);
    const held = uses.map((use) => this.heldAtUse(use));
    const [first = [], ...rest] = held;
    return first.filter((lock) => rest.every((others) => others.some(({ key }) => key === lock.key)));
  }

  private heldAtUse(use: ts.Identifier): readonly LockRef[] {
    const { parent } = use;
    if (!ts.isCallExpression(parent)) return [];
    if (parent.expression !== use) return [...this.heldAtCall(parent), ...this.sectionsOf(parent)];
    // `try { return task() } finally { release() }` lets go when an asynchronous task has only begun.
    const isLetGo = ts.isReturnStatement(parent.parent);
    const acquired = new Set(isLetGo ? this.model.flow(enclosingRoot(parent)).all('release').map(({ lock }) => lock.key) : []);
    return this.heldAtCall(parent).filter(({ key }) => !acquired.has(key));
  }

  /** The worker of a queue of one runs under it. */
  private workersLock({ call, effect }: Callback): readonly LockRef[] {
    if (effect?.repeating !== 'items' && effect?.repeatingIf?.kind !== 'items') return [];
    const { limiter } = this.model.call(call).effects;
    const place = limiter && constantConcurrency(call, limiter) === 1 ? this.names.places.of(boundTo(call) ?? call) : undefined;
    return place ? [lockOfPlace(place, 'mutex', call)] : [];
  }

  private runsOneAtATime(queue: ts.Expression): boolean {
    const [name] = namedLock([queue], 'mutex', queue, this.names).names;
    const maker = name?.from === 'place' ? makerOf(name.place) : undefined;
    const limiter = maker && this.model.call(maker).effects.limiter;
    return limiter !== undefined && constantConcurrency(maker!, limiter) === 1;
  }

  isExclusive(lock: LockRef): Certainty {
    if (lock.names.length === 0) return 'unknown';
    if (lock.yields || !isLockKind(lock.kind) || lock.kind === 'rwlock') return 'no';
    const [name] = lock.names;
    const maker = name?.from === 'place' ? makerOf(name.place) : undefined;
    if (lock.kind === 'semaphore') {
      const [size] = maker?.arguments ?? [];
      return size && ts.isNumericLiteral(size) ? (size.text === '1' ? 'yes' : 'no') : 'unknown';
    }
    return maker && /reentrant/i.test(maker.getText()) ? 'unknown' : 'yes';
  }

  // ── in whose hands ──

  locksAround(node: ts.Node): LocksAround {
    return this.aroundAt(node, 0);
  }

  private aroundAt(node: ts.Node, depth: number): LocksAround {
    const root = enclosingRoot(node);
    const outside = this.aroundRoot(root, depth);
    const flow = this.model.flow(root);
    const event = eventAround(node, flow);
    const held = event ? byFamily(flow.heldAt(event)) : new Map<string, LockRef>();
    return { surely: new Map([...outside.surely, ...held]), perhaps: new Map([...outside.perhaps, ...held]) };
  }

  private aroundRoot(root: FlowRoot, depth: number): LocksAround {
    const known = this.around.get(root);
    if (known) return known;
    if (!isFunctionNode(root) || depth > MAX_DEPTH) return NOTHING_AROUND;
    this.around.set(root, NOTHING_AROUND);
    const callers = this.model.callersOf(root).map((call) => this.aroundAt(call, depth + 1));
    const callback = this.model.callbackOf(root);
    const taker = callback && callback.timing !== 'later-many' ? this.aroundAt(callback.call, depth + 1) : undefined;
    const owner = this.model.classOf(root);
    const isOpen = callback !== undefined || callers.length === 0 || isExported(root) || (owner !== undefined && owner.node === root.parent && owner.isPublic(root));
    const [first, ...rest] = callers;
    const surely = isOpen || !first ? new Map<string, LockRef>() : new Map([...first.surely].filter(([family]) => rest.every((other) => other.surely.has(family))));
    const perhaps = new Map([...callers, ...(taker ? [taker] : [])].flatMap((each) => [...each.perhaps]));
    const found = { surely, perhaps };
    this.around.set(root, found);
    return found;
  }

  // ── what code waits for ──

  takenBy(call: CallNode): readonly LockTake[] {
    const { effects, targets } = this.model.call(call);
    if ((effects.promise === true || targets.some(isAsync)) && !isWaitedFor(call, (each) => this.model.call(each).effects.combinator !== undefined)) return [];
    const own = this.takenHere(call);
    const [target] = targets;
    // Of several bodies any one may run: none of them surely.
    const theirs = target && targets.length === 1 ? this.taken.get(target).flatMap((take) => {
      const lock = atCall(take.lock, call, target, this.names);
      return lock ? [{ lock, at: take.at, via: [call, ...take.via] }] : [];
    }) : [];
    return shortest([...own, ...theirs, ...this.takenInCallbacks(call)]);
  }

  private takenHere(call: CallNode): LockTake[] {
    const { effects, targets } = this.model.call(call);
    const acquired = effects.acquire ? this.model.flow(enclosingRoot(call)).at(call).filter((event): event is EventOf<'acquire'> => event.kind === 'acquire') : [];
    const sections = targets.length === 0 ? this.sectionsOf(call) : [];
    const queue = effects.turn ? queueBehind(call) : undefined;
    const turns = queue && this.runsOneAtATime(queue) ? [namedLock([queue], 'mutex', call, this.names)] : [];
    return [...acquired.map(({ lock }) => lock), ...sections, ...turns].filter(({ kind }) => isLockKind(kind)).map((lock) => ({ lock, at: call, via: [] }));
  }

  private takenInCallbacks(call: CallNode): LockTake[] {
    return (call.arguments ?? []).flatMap((argument) => {
      const fn = skipWrappers(argument);
      const callback = isFunctionNode(fn) ? this.model.callbackOf(fn) : undefined;
      const isRun = callback !== undefined && isFunctionNode(fn) && (this.runsWithin(fn, callback) || isSectionArgument(callback));
      return isRun ? this.taken.get(fn) : [];
    });
  }

  private takesOf(fn: FunctionNode): readonly LockTake[] {
    if (!fn.body) return [];
    const flow = this.model.flow(fn);
    return shortest(flow.all('call').flatMap((event) => {
      const takes = this.takenBy(event.call);
      return takes.length > 0 && !this.isAskedFor(event, flow) ? takes.filter(({ lock }) => !this.isTakenBack(lock, event, flow)) : [];
    }));
  }

  /** Let go before, on behalf of the caller whose it is. */
  private isTakenBack(lock: LockRef, take: FlowEvent, flow: FunctionFlow): boolean {
    const isOwn = (event: FlowEvent): boolean => event.kind === 'acquire' && event.lock.key === lock.key;
    return flow.all('release').some((release) => release.lock.key === lock.key && flow.pathTo(flow.entry, (event) => event === release, { avoiding: isOwn }) && flow.pathTo(release, (event) => event === take));
  }

  /** A test of a parameter or of a mark decides whether the lock is taken: `if (!alreadyLocked)`. */
  private isAskedFor(event: FlowEvent, flow: FunctionFlow): boolean {
    return flow.all('guard').some((guard) => {
      if (!this.asksParameter(guard.test, flow.node) && !/lock|held|inside|nested|owner|exclusive/i.test(guard.test.getText())) return false;
      return (['true', 'false'] as const).some((edge) => {
        const other = edge === 'true' ? 'false' : 'true';
        const reaches = flow.pathTo(guard, (e) => e === event, { firstEdge: edge, throws: 'none', backEdges: false });
        return reaches && !flow.pathTo(guard, (e) => e === event, { firstEdge: other, throws: 'none', backEdges: false }) && flow.pathTo(guard, (e) => e === flow.exit, { firstEdge: other, throws: 'none' });
      });
    });
  }

  private asksParameter(test: ts.Expression, root: FlowRoot): boolean {
    let asks = false;
    const visit = (node: ts.Node): void => {
      const declared = ts.isIdentifier(node) ? this.model.symbolOf(node)?.declarations?.[0] : undefined;
      asks ||= declared !== undefined && ts.isParameter(declared) && declared.parent === root;
      ts.forEachChild(node, visit);
    };
    visit(test);
    return asks;
  }

  // ── in which order ──

  lockInversions(): readonly (readonly [LockNesting, LockNesting])[] {
    return (this.inversions ??= this.computeInversions());
  }

  private computeInversions(): (readonly [LockNesting, LockNesting])[] {
    const byOrder = new Map<string, LockNesting>();
    for (const nesting of this.nestings()) {
      const key = `${familyOf(nesting.outer)} ${familyOf(nesting.inner.lock)}`;
      if (!byOrder.has(key)) byOrder.set(key, nesting);
    }
    return [...byOrder.values()].flatMap((nesting): (readonly [LockNesting, LockNesting])[] => {
      const other = byOrder.get(`${familyOf(nesting.inner.lock)} ${familyOf(nesting.outer)}`);
      const isFree = other && ![...nesting.under].some((family) => other.under.has(family));
      return other && isFree && standsBefore(nesting, other) ? [[nesting, other]] : [];
    });
  }

  private *nestings(): Generator<LockNesting> {
    for (const root of this.rootsThatLock()) {
      const flow = this.model.flow(root);
      for (const event of flow.all('call')) {
        const held = [...flow.heldAt(event)].filter((lock) => this.hasFixedName(lock));
        if (held.length === 0) continue;
        for (const inner of this.takenBy(event.call)) {
          if (!this.hasFixedName(inner.lock)) continue;
          for (const outer of held) {
            const under = new Set(held.filter((lock) => lock !== outer && this.isExclusive(lock) === 'yes').map(familyOf));
            if (familyOf(outer) !== familyOf(inner.lock)) yield { outer, inner, under };
          }
        }
      }
    }
  }

  /** One lock whatever the activation: no parameter, no local and no unknown key has a part in its name. */
  private hasFixedName(lock: LockRef): boolean {
    return this.isExclusive(lock) === 'yes' && lock.names.every((name) => name.from === 'literal' || (name.from === 'place' && (name.place.kind === 'field' || name.place.kind === 'module') && (name.place.entry === undefined || /^["\d]/.test(name.place.entry))));
  }

  /** Calls anywhere in view that take a lock of this family. */
  takersOf(lock: LockRef): readonly CallNode[] {
    const known = this.takers().get(familyOf(lock)) ?? [];
    // Lines of promises have no member to search for: who calls the wrapper takes them.
    const wrapper = ts.isCallOrNewExpression(lock.taken) ? this.model.call(lock.taken as CallNode).targets : [];
    const callers = wrapper.flatMap((fn) => this.model.callersOf(fn)).filter((call) => this.sectionsOf(call).some((section) => familyOf(section) === familyOf(lock)));
    return [...new Set([...known, ...callers])];
  }

  /** Functions and sections in which something may be held, in order of files. */
  private rootsThatLock(): ReadonlySet<FlowRoot> {
    const calls = [...this.takers().values()].flat();
    return new Set(calls.flatMap((call) => [enclosingRoot(call), ...(call.arguments ?? []).flatMap((argument) => this.model.functionsOf(argument))]));
  }

  private takers(): ReadonlyMap<string, readonly CallNode[]> {
    if (this.byFamily) return this.byFamily;
    const found = new Map<string, CallNode[]>();
    const seen = new Set<CallNode>();
    const visit = (call: CallNode, depth: number): void => {
      const locks = seen.has(call) ? [] : [...this.sectionsOf(call), ...this.takenHere(call).map(({ lock }) => lock)];
      seen.add(call);
      for (const family of new Set(locks.map(familyOf))) found.set(family, [...(found.get(family) ?? []), call]);
      const root = enclosingRoot(call);
      // A function that runs what it is given under a lock makes sections of its callers.
      if (locks.length > 0 && depth < 3 && takesParameters(root)) for (const caller of this.model.callersOf(root)) if (this.sectionsOf(caller).length > 0) visit(caller, depth + 1);
    };
    for (const name of TAKING_MEMBERS) for (const call of this.index.callsNamed(name)) visit(call, 0);
    return (this.byFamily = found);
  }
}

/** Which of two is named first: the order in which they were found says nothing. */
function standsBefore({ inner: { at: a } }: LockNesting, { inner: { at: b } }: LockNesting): boolean {
  const [first, second] = [a.getSourceFile(), b.getSourceFile()];
  return first === second ? a.pos < b.pos : first.fileName < second.fileName;
}

function takesParameters(root: FlowRoot): root is FunctionNode {
  return isFunctionNode(root) && !ts.isClassStaticBlockDeclaration(root) && root.parameters.length > 0;
}

/** The argument of a call that makes a section of it. */
function isSectionArgument({ call, arg, effect, timing }: Callback): boolean {
  if (effect) return effect.section !== undefined || timing === 'awaited' || timing === 'later-once';
  return arg < (call.arguments?.length ?? 0);
}

/** The queue or limiter that a task is handed to: `queue.add(task)`, `limit(task)`. */
function queueBehind(call: CallNode): ts.Expression | undefined {
  const callee = skipWrappers(call.expression);
  if (ts.isIdentifier(callee)) return callee;
  if (!ts.isPropertyAccessExpression(callee)) return undefined;
  return skipWrappers(callee.expression).kind === ts.SyntaxKind.ThisKeyword ? callee : callee.expression;
}

function boundTo(call: CallNode): ts.Expression | undefined {
  const { parent } = call;
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return parent.name;
  if (ts.isBinaryExpression(parent) && parent.right === call) return parent.left;
  return undefined;
}

function constantConcurrency(call: CallNode, limiter: NonNullable<CallInfo['effects']['limiter']>): number | undefined {
  const slot = limiter.concurrency;
  const given = slot && call.arguments?.[slot.arg];
  if (!slot || !given) return undefined;
  const value = slot.property === undefined ? skipWrappers(given) : optionOf(skipWrappers(given), slot.property);
  return value && ts.isNumericLiteral(value) ? Number(value.text) : undefined;
}

function optionOf(options: ts.Expression, name: string): ts.Expression | undefined {
  if (!ts.isObjectLiteralExpression(options)) return undefined;
  const property = options.properties.find((each): each is ts.PropertyAssignment => ts.isPropertyAssignment(each) && each.name.getText() === name);
  return property && skipWrappers(property.initializer);
}

/** Each lock once, by the shortest way. */
function shortest(takes: readonly LockTake[]): LockTake[] {
  const byKey = new Map<string, LockTake>();
  for (const take of takes) {
    const known = byKey.get(take.lock.key);
    if (!known || take.via.length < known.via.length) byKey.set(take.lock.key, take);
  }
  return [...byKey.values()];
}

function byFamily(locks: ReadonlySet<LockRef>): Map<string, LockRef> {
  return new Map([...locks].map((lock) => [familyOf(lock), lock]));
}

/** The node's own event, or that of the nearest code around it. */
function eventAround(node: ts.Node, flow: FunctionFlow): FlowEvent | undefined {
  for (let current: ts.Node | undefined = node; current && current !== flow.node; current = current.parent) {
    const [event] = flow.at(current);
    if (event) return event;
  }
  return undefined;
}

function isExported(fn: FunctionNode): boolean {
  const holder = ts.isFunctionDeclaration(fn) ? fn : ts.isVariableDeclaration(fn.parent) ? fn.parent.parent.parent : undefined;
  return holder !== undefined && ts.canHaveModifiers(holder) && (ts.getModifiers(holder)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword) ?? false);
}

