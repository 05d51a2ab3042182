/**
 * Path queries over a function's graph: breadth-first over event × at most four correlated predicates, so the first
 * answer is the shortest witness. No path is enumerated; a query that would take too many steps answers "no path".
 */
import { functionName, isAsync, skipWrappers, type FlowRoot } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { buildGraph, callBelow, type CfgServices, type Edge, type Graph } from './cfg.js';
import type {
  CallInfo, Certainty, EventKind, EventOf, EventTest, FlowEvent, FunctionFlow, LockRef, Path, PathOptions, Place, ThrowGrade,
} from './contract.js';
import { isLockKind } from './lock-names.js';
import { isConst } from './places.js';

export interface FlowServices extends CfgServices {
  canReject(expr: ts.Expression): Certainty;
  /** Can the call throw before it returns? In-view callees by summary, others by model. */
  throws(info: CallInfo): Certainty;
  /** The locks held while this function runs as a callback of a section (`runExclusive(fn)`) or of what waits for it inside one. */
  locksOnEntry(root: FlowRoot): readonly LockRef[];
}

const GRADES: readonly ThrowGrade[] = ['none', 'throw', 'await', 'callee', 'unknown'];
const NEVER_THROWN = GRADES.length;
const MAX_PREDICATES = 4;
const NO_LOCKS: ReadonlySet<LockRef> = new Set();
const MAX_STEPS = 200_000;

export function buildFlow(root: FlowRoot, services: FlowServices): FunctionFlow {
  return new GraphFlow(root, services, buildGraph(root, services));
}

/** What is known of one place: t(ruthy), n(ullish), e(qual to something), h(as an entry). */
interface Predicate {
  readonly key: string;
  readonly placeKey: string;
  /** Others may change it while this activation is suspended. */
  readonly shared: boolean;
}
interface Fact {
  readonly predicate: Predicate;
  readonly value: boolean;
}

/** Predicate states packed two bits each: 0 unknown, 1 false, 2 true. */
type Facts = number;

class GraphFlow implements FunctionFlow {
  readonly name: string;
  readonly isAsync: boolean;
  private readonly byKind = new Map<EventKind, FlowEvent[]>();
  private readonly grades = new Map<number, number>();
  private guardFacts: Map<number, { whenTrue: Fact[]; whenFalse: Fact[] }> | undefined;
  private predicates: readonly Predicate[] | undefined;
  private readonly factsOnArrival = new Map<string, Map<number, Set<Facts>>>();
  private held: readonly (ReadonlySet<LockRef> | undefined)[] | undefined;

  constructor(
    readonly node: FlowRoot,
    private readonly services: FlowServices,
    private readonly graph: Graph,
  ) {
    this.name = functionName(node);
    this.isAsync = isAsync(node);
    for (const event of graph.events) {
      const list = this.byKind.get(event.kind);
      if (list) list.push(event);
      else this.byKind.set(event.kind, [event]);
    }
  }

  get events(): readonly FlowEvent[] {
    return this.graph.events;
  }
  get entry(): FlowEvent {
    return this.graph.events[this.graph.entry]!;
  }
  get exit(): FlowEvent {
    return this.graph.events[this.graph.exit]!;
  }
  get exitThrow(): FlowEvent {
    return this.graph.events[this.graph.exitThrow]!;
  }

  all<K extends EventKind>(kind: K): readonly EventOf<K>[] {
    return (this.byKind.get(kind) ?? []) as EventOf<K>[];
  }

  at(node: ts.Node): readonly FlowEvent[] {
    return this.graph.byNode.get(node) ?? [];
  }

  pathTo(from: FlowEvent, to: EventTest, options: PathOptions = {}): Path | undefined {
    return this.search(from, [{ target: to, avoiding: options.avoiding }], options);
  }

  pathThrough(
    a: FlowEvent,
    via: EventTest,
    b: EventTest,
    options: PathOptions & { readonly avoidingFirst?: EventTest; readonly avoidingSecond?: EventTest } = {},
  ): Path | undefined {
    const legs = [
      { target: via, avoiding: either(options.avoiding, options.avoidingFirst) },
      { target: b, avoiding: either(options.avoiding, options.avoidingSecond) },
    ];
    return this.search(a, legs, options);
  }

  heldAt(event: FlowEvent): ReadonlySet<LockRef> {
    this.held ??= this.computeHeld();
    return this.held[event.id] ?? NO_LOCKS;
  }

  reachable(event: FlowEvent): boolean {
    return event.id === this.graph.entry || this.search(this.entry, [{ target: (e) => e === event, avoiding: undefined }], { throws: 'unknown', correlate: false }) !== undefined;
  }

  // ── search ────────────────────────────────────────────────────────────────────────────────────────

  private search(from: FlowEvent, legs: readonly { target: EventTest; avoiding: EventTest | undefined }[], options: PathOptions): Path | undefined {
    const grade = GRADES.indexOf(options.throws ?? 'callee');
    const tracked = options.correlate === false ? [] : this.trackedPredicates(options.truthy ?? []);
    const states: { event: number; facts: Facts; leg: number; parent: number; thrown: boolean }[] = [];
    const seen = new Set<number>();
    const push = (event: number, facts: Facts, leg: number, parent: number, thrown: boolean): void => {
      const id = (event * legs.length + leg) * (1 << (2 * MAX_PREDICATES)) + facts;
      if (seen.has(id)) return;
      seen.add(id);
      states.push({ event, facts, leg, parent, thrown });
    };
    for (const before of this.factsBefore(from, tracked)) {
      let facts = before;
      for (const place of options.truthy ?? []) facts = learn(facts, tracked, `t:${place.key}`, true);
      push(from.id, facts, 0, -1, false);
    }
    for (let i = 0; i < states.length && i < MAX_STEPS; i++) {
      const state = states[i]!;
      const event = this.graph.events[state.event]!;
      const starts = state.parent < 0;
      const facts = this.after(event, state.facts, tracked);
      for (const edge of this.graph.edges[state.event]!) {
        if (edge.kind === 'back' && options.backEdges === false) continue;
        const thrown = edge.kind === 'throw' || event.kind === 'throw';
        // Where the first event itself throws, what the query asks about did not happen.
        if (starts && (edge.kind === 'throw' || (options.firstEdge && edge.kind !== options.firstEdge))) continue;
        if (thrown && this.gradeOf(event) > grade) continue;
        const next = this.follow(edge, event, facts, tracked);
        if (next === undefined) continue;
        const reached = this.graph.events[edge.to]!;
        const leg = legs[state.leg]!;
        if (leg.target(reached)) {
          if (state.leg === legs.length - 1) return this.witness(states, i, reached, thrown);
          push(edge.to, next, state.leg + 1, i, thrown);
        }
        if (!leg.avoiding?.(reached)) push(edge.to, next, state.leg, i, thrown);
      }
    }
    return undefined;
  }

  /** What is known where the path starts: one set of facts for each way of getting there, by whatever exception. */
  private factsBefore(from: FlowEvent, tracked: readonly Predicate[]): Iterable<Facts> {
    if (tracked.length === 0 || from.id === this.graph.entry) return [0];
    const key = tracked.map((p) => p.key).join(' ');
    let reached = this.factsOnArrival.get(key);
    if (!reached) this.factsOnArrival.set(key, (reached = this.propagate(tracked)));
    return reached.get(from.id) ?? [];
  }

  private propagate(tracked: readonly Predicate[]): Map<number, Set<Facts>> {
    const reached = new Map<number, Set<Facts>>([[this.graph.entry, new Set([0])]]);
    const work: [number, Facts][] = [[this.graph.entry, 0]];
    for (let steps = 0; work.length > 0 && steps < MAX_STEPS; steps++) {
      const [id, before] = work.pop()!;
      const event = this.graph.events[id]!;
      const facts = this.after(event, before, tracked);
      for (const edge of this.graph.edges[id]!) {
        const next = this.follow(edge, event, facts, tracked);
        if (next === undefined) continue;
        let known = reached.get(edge.to);
        if (!known) reached.set(edge.to, (known = new Set()));
        if (known.has(next)) continue;
        known.add(next);
        work.push([edge.to, next]);
      }
    }
    return reached;
  }

  private witness(states: readonly { event: number; parent: number; thrown: boolean }[], last: number, reached: FlowEvent, thrownLast: boolean): Path {
    const events: FlowEvent[] = [reached];
    const thrown: FlowEvent[] = [];
    let leftByThrow = thrownLast;
    for (let i = last; i >= 0; i = states[i]!.parent) {
      const event = this.graph.events[states[i]!.event]!;
      if (leftByThrow) thrown.push(event);
      if (events.at(-1) !== event) events.push(event);
      leftByThrow = states[i]!.thrown;
    }
    return { events: events.reverse(), thrown: thrown.reverse() };
  }

  /** How bold a path must be to leave this event by an exception. */
  private gradeOf(event: FlowEvent): number {
    const known = this.grades.get(event.id);
    if (known !== undefined) return known;
    this.grades.set(event.id, NEVER_THROWN);
    const grade = this.computeGrade(event);
    this.grades.set(event.id, grade);
    return grade;
  }

  private computeGrade(event: FlowEvent): number {
    if (event.kind === 'throw') return GRADES.indexOf('throw');
    if (event.kind === 'await') {
      if (event.form === 'for-await') return GRADES.indexOf('await');
      if (!event.operand || event.form !== 'await') return GRADES.indexOf('unknown');
      return gradeFor(this.services.canReject(event.operand), 'await');
    }
    if (event.kind !== 'call') return NEVER_THROWN;
    // Clean-up code is written not to throw, and a linter that assumes otherwise reports every finally.
    if (event.cleanup) return NEVER_THROWN;
    return gradeFor(this.services.throws(this.services.call(event.call)), 'callee');
  }

  // ── correlated branches ───────────────────────────────────────────────────────────────────────────

  private follow(edge: Edge, event: FlowEvent, facts: Facts, tracked: readonly Predicate[]): Facts | undefined {
    if (event.kind !== 'guard' || (edge.kind !== 'true' && edge.kind !== 'false') || tracked.length === 0) return facts;
    const known = this.factsOfGuards().get(event.id);
    let next: Facts | undefined = facts;
    for (const fact of (edge.kind === 'true' ? known?.whenTrue : known?.whenFalse) ?? []) {
      const index = tracked.findIndex((p) => p.key === fact.predicate.key);
      if (index < 0) continue;
      const state = (next >> (2 * index)) & 3;
      if (state !== 0 && (state === 2) !== fact.value) return undefined;
      next = learn(next, tracked, fact.predicate.key, fact.value);
    }
    return next;
  }

  /** What an event leaves of the facts: a write ends them and may bring new ones, a suspension ends those others can change. */
  private after(event: FlowEvent, facts: Facts, tracked: readonly Predicate[]): Facts {
    if (tracked.length === 0) return facts;
    if (event.kind === 'await') return forget(facts, tracked, (p) => p.shared);
    if (event.kind !== 'write') return facts;
    const { key } = event.place;
    let next = forget(facts, tracked, (p) => p.placeKey === key || p.placeKey.startsWith(`${key}.`) || p.placeKey.startsWith(`${key}[`));
    const truth = event.access === 'assign' ? (truthOf(event.value) ?? this.truthOfHandle(event.value)) : event.access === 'add' ? 'has' : undefined;
    if (truth === 'has') next = learn(next, tracked, `h:${key}`, true);
    else if (truth === 'truthy') next = learn(next, tracked, `t:${key}`, true);
    else if (truth) {
      next = learn(next, tracked, `t:${key}`, false);
      if (truth === 'nullish') next = learn(next, tracked, `n:${key}`, true);
    }
    return next;
  }

  /** A handle is truthy once acquired. */
  private truthOfHandle(value: ts.Expression | undefined): 'truthy' | undefined {
    const call = value && callBelow(value);
    const effects = call && this.services.call(call).effects;
    return effects?.acquire || effects?.timer ? 'truthy' : undefined;
  }

  private trackedPredicates(truthy: readonly Place[]): readonly Predicate[] {
    this.predicates ??= this.correlatedPredicates();
    if (truthy.length === 0) return this.predicates;
    const wanted = new Set(truthy.map((p) => p.key));
    const all = this.allPredicates();
    const asked = [...all.values()].filter((entry) => wanted.has(entry.predicate.placeKey)).map((entry) => entry.predicate);
    return [...asked, ...this.predicates.filter((p) => !wanted.has(p.placeKey))].slice(0, MAX_PREDICATES);
  }

  /** Predicates that can contradict one another: tested at two branches, or tested once and set by a constant write. */
  private correlatedPredicates(): readonly Predicate[] {
    const set = new Set(this.all('write').filter((w) => w.access === 'assign' && truthOf(w.value) !== undefined).map((w) => w.place.key));
    return [...this.allPredicates().values()]
      .filter((entry) => entry.guards > 1 || set.has(entry.predicate.placeKey))
      .sort((a, b) => b.guards - a.guards)
      .slice(0, MAX_PREDICATES)
      .map((entry) => entry.predicate);
  }

  private allPredicates(): Map<string, { predicate: Predicate; guards: number }> {
    const found = new Map<string, { predicate: Predicate; guards: number }>();
    for (const { whenTrue, whenFalse } of this.factsOfGuards().values()) {
      for (const key of new Set([...whenTrue, ...whenFalse].map((f) => f.predicate.key))) {
        const { predicate } = [...whenTrue, ...whenFalse].find((f) => f.predicate.key === key)!;
        // t and n of one place speak of the same thing: count them together.
        const entry = found.get(key) ?? { predicate, guards: 0 };
        entry.guards++;
        found.set(key, entry);
      }
    }
    for (const [key, entry] of found) {
      const twin = key.startsWith('t:') ? found.get(`n:${key.slice(2)}`) : key.startsWith('n:') ? found.get(`t:${key.slice(2)}`) : undefined;
      if (twin) entry.guards += 1;
    }
    return found;
  }

  private factsOfGuards(): Map<number, { whenTrue: Fact[]; whenFalse: Fact[] }> {
    if (this.guardFacts) return this.guardFacts;
    this.guardFacts = new Map();
    for (const guard of this.all('guard')) {
      const facts = this.factsOf(guard);
      if (facts) this.guardFacts.set(guard.id, facts);
    }
    return this.guardFacts;
  }

  private factsOf(guard: EventOf<'guard'>): { whenTrue: Fact[]; whenFalse: Fact[] } | undefined {
    const { places } = this.services;
    const test = skipWrappers(guard.test);
    const both = (place: Place, prefix: string, whenTrue: boolean): { whenTrue: Fact[]; whenFalse: Fact[] } => {
      const predicate = { key: `${prefix}${place.key}`, placeKey: place.key, shared: isShared(place) };
      return { whenTrue: [{ predicate, value: whenTrue }], whenFalse: [{ predicate, value: !whenTrue }] };
    };
    if (guard.form === 'case') return undefined;
    if (guard.form === 'nullish') {
      const place = places.of(test);
      return place && both(place, 'n:', false);
    }
    if (ts.isCallExpression(test)) {
      const has = this.at(test).find((e) => e.kind === 'read' && e.access === 'test');
      return has?.kind === 'read' ? both(has.place, 'h:', true) : undefined;
    }
    if (ts.isBinaryExpression(test)) {
      const equality = equalityOf(test.operatorToken.kind);
      if (!equality) return undefined;
      const place = places.of(test.left);
      const other = places.identity(test.right);
      if (!place || other === '?') return undefined;
      if (other === 'null' || other === 'undefined') return both(place, 'n:', equality === 'equal');
      if (other === 'true') return both(place, 't:', equality === 'equal');
      if (other === 'false') return both(place, 't:', equality !== 'equal');
      const facts = both(place, `e:${other}:`, equality === 'equal');
      const otherPlace = places.of(test.right);
      if (!otherPlace || !isShared(otherPlace)) return facts;
      const share = (fact: Fact): Fact => ({ ...fact, predicate: { ...fact.predicate, shared: true } });
      return { whenTrue: facts.whenTrue.map(share), whenFalse: facts.whenFalse.map(share) };
    }
    const place = places.of(test);
    return place && both(place, 't:', true);
  }

  // ── locks ─────────────────────────────────────────────────────────────────────────────────────────

  /** Forward must-analysis: a lock is held where every way leads through its acquire and none through its release. */
  private computeHeld(): (ReadonlySet<LockRef> | undefined)[] {
    const onEntry = this.services.locksOnEntry(this.node);
    // Most functions have nothing to do with locks.
    if (onEntry.length === 0 && this.all('acquire').length === 0) return [];
    const { events, edges, entry } = this.graph;
    const before: (Map<string, LockRef> | undefined)[] = new Array(events.length);
    before[entry] = new Map(onEntry.map((lock) => [lock.key, lock]));
    const work = [entry];
    while (work.length > 0) {
      const id = work.pop()!;
      const event = events[id]!;
      const after = new Map(before[id]);
      if (event.kind === 'acquire' && isLockKind(event.lock.kind)) after.set(event.lock.key, event.lock);
      if (event.kind === 'release') after.delete(event.lock.key);
      // The name stands for another lock from here on.
      if (event.kind === 'write') for (const lock of [...after.values()]) if (isNamedBy(lock, event.place)) after.delete(lock.key);
      for (const { to } of edges[id]!) {
        const known = before[to];
        if (!known) {
          before[to] = new Map(after);
          work.push(to);
          continue;
        }
        const size = known.size;
        for (const key of known.keys()) if (!after.has(key)) known.delete(key);
        if (known.size !== size) work.push(to);
      }
    }
    return before.map((locks) => locks && new Set(locks.values()));
  }
}

function isNamedBy({ names }: LockRef, place: Place): boolean {
  return names.some((name) => name.from === 'place' && name.place.key === place.key);
}

function either(a: EventTest | undefined, b: EventTest | undefined): EventTest | undefined {
  return a && b ? (event) => a(event) || b(event) : (a ?? b);
}

function gradeFor(certainty: Certainty, whenYes: ThrowGrade): number {
  return certainty === 'yes' ? GRADES.indexOf(whenYes) : certainty === 'unknown' ? GRADES.indexOf('unknown') : NEVER_THROWN;
}

function learn(facts: Facts, tracked: readonly Predicate[], key: string, value: boolean): Facts {
  let next = set(facts, tracked, key, value);
  // Truthy is not nullish; nullish is not truthy.
  if (key.startsWith('t:') && value) next = set(next, tracked, `n:${key.slice(2)}`, false);
  if (key.startsWith('n:') && value) next = set(next, tracked, `t:${key.slice(2)}`, false);
  return next;
}

function set(facts: Facts, tracked: readonly Predicate[], key: string, value: boolean): Facts {
  const index = tracked.findIndex((p) => p.key === key);
  if (index < 0) return facts;
  return (facts & ~(3 << (2 * index))) | ((value ? 2 : 1) << (2 * index));
}

function forget(facts: Facts, tracked: readonly Predicate[], which: (p: Predicate) => boolean): Facts {
  let next = facts;
  tracked.forEach((p, index) => {
    if (which(p)) next &= ~(3 << (2 * index));
  });
  return next;
}

function equalityOf(operator: ts.SyntaxKind): 'equal' | 'unequal' | undefined {
  switch (operator) {
    case ts.SyntaxKind.EqualsEqualsToken:
    case ts.SyntaxKind.EqualsEqualsEqualsToken:
      return 'equal';
    case ts.SyntaxKind.ExclamationEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsEqualsToken:
      return 'unequal';
    default:
      return undefined;
  }
}

function truthOf(value: ts.Expression | undefined): 'truthy' | 'falsy' | 'nullish' | undefined {
  if (!value) return undefined;
  const node = skipWrappers(value);
  switch (node.kind) {
    case ts.SyntaxKind.TrueKeyword:
    case ts.SyntaxKind.NewExpression:
    case ts.SyntaxKind.ObjectLiteralExpression:
    case ts.SyntaxKind.ArrayLiteralExpression:
    case ts.SyntaxKind.ArrowFunction:
    case ts.SyntaxKind.FunctionExpression:
      return 'truthy';
    case ts.SyntaxKind.FalseKeyword:
      return 'falsy';
    case ts.SyntaxKind.NullKeyword:
      return 'nullish';
    case ts.SyntaxKind.Identifier:
      return (node as ts.Identifier).text === 'undefined' ? 'nullish' : undefined;
    case ts.SyntaxKind.NumericLiteral:
      return (node as ts.NumericLiteral).text === '0' ? 'falsy' : 'truthy';
    case ts.SyntaxKind.VoidExpression:
      return 'nullish';
    default:
      return undefined;
  }
}

/** May another activation or another function change it while this one is suspended? */
function isShared(place: Place): boolean {
  if (place.kind === 'local' || place.kind === 'parameter') return place.path.length > 0 || place.entry !== undefined;
  const declaration = place.root?.declarations?.[0];
  if (!declaration || place.entry !== undefined) return true;
  if (place.kind === 'field') return place.path.length > 1 || !ts.canHaveModifiers(declaration) || !ts.getModifiers(declaration)?.some((m) => m.kind === ts.SyntaxKind.ReadonlyKeyword);
  return place.path.length > 0 || !(ts.isVariableDeclaration(declaration) && isConst(declaration));
}
