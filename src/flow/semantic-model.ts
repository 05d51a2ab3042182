import type { Models } from '../models/lookup.js';
import type { TypeTrait } from '../models/effect-model.js';
import { isAsync, isGenerator, skipWrappers, type FlowRoot, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { Bounds } from './bounds.js';
import { Callbacks } from './callbacks.js';
import { Callers } from './callers.js';
import { Calls } from './calls.js';
import { buildClassModel, enclosingClass } from './class-model.js';
import type {
  Access, Bound, CallInfo, CallNode, Certainty, ClassModel, FileInfo, FlowEvent, FunctionFlow, FunctionSummary, IoKind, LockNesting, LockRef, LocksAround, LockTake, Overlap, Place, RemoteEvent, SemanticModel, SignalInScope,
} from './contract.js';
import { givesDeclaredPromise, givesNoList } from './declared-promises.js';
import { Freshness } from './freshness.js';
import { buildFlow, type FlowServices } from './function-flow.js';
import { familyOf } from './lock-names.js';
import { Locks } from './locks.js';
import { measured, type Measure } from './measured.js';
import { Overlaps, type DeclaredOverlap } from './overlap.js';
import { Places } from './places.js';
import { ProjectIndex } from './project-index.js';
import { Rejections } from './rejections.js';
import { RemoteEvents } from './remote-events.js';
import { SharedState } from './shared-state.js';
import { OfferedSignals } from './offered-signals.js';
import { Signals } from './signals.js';
import { Summaries } from './summaries.js';
import { Symbols } from './symbols.js';
import { TraitHomes } from './trait-homes.js';
import { turnsOthersAway } from './turned-away.js';
import { Types, type ElementKind, type WellKnownSymbol } from './types.js';

export interface SemanticModelOptions {
  readonly models: Models;
  /** The linted files; others in view are taken as plain sources. */
  readonly files?: readonly FileInfo[];
  readonly declaredOverlap?: DeclaredOverlap;
  /** For `--timing`. */
  readonly measure?: Measure;
}

/** How calls were resolved, for `--timing`. */
export interface ResolutionStats {
  readonly total: number;
  readonly neededChecker: number;
  readonly unknown: number;
}

const NOTHING_DECLARED: DeclaredOverlap = { sequential: () => false, entryPoint: () => false };

/** One model per program: every answer is worked out when first asked for and kept by node. */
export function createSemanticModel(program: ts.Program, options: SemanticModelOptions): ProgramModel {
  return new ProgramModel(program, options);
}

export class ProgramModel implements SemanticModel {
  readonly files: readonly FileInfo[];
  private readonly types: Types;
  private readonly symbols: Symbols;
  private readonly traitHomes: TraitHomes;
  private readonly index: ProjectIndex;
  private readonly calls: Calls;
  private readonly callers: Callers;
  private readonly places: Places;
  private readonly callbacks: Callbacks;
  private readonly rejections: Rejections;
  private readonly signals: Signals;
  private readonly offeredSignals: OfferedSignals;
  private readonly summaries: Summaries;
  private readonly state: SharedState;
  private readonly overlaps: Overlaps;
  private readonly remoteEvents: RemoteEvents;
  private readonly bounds: Bounds;
  private readonly freshness: Freshness;
  private readonly locks: Locks;
  private readonly flowServices: FlowServices;
  private readonly flows = new WeakMap<FlowRoot, FunctionFlow>();
  private readonly classes = new WeakMap<ts.ClassLikeDeclaration, ClassModel>();
  private readonly infoOf: Map<ts.SourceFile, FileInfo>;

  constructor(
    program: ts.Program,
    private readonly options: SemanticModelOptions,
  ) {
    this.files = options.files ?? [];
    this.infoOf = new Map(this.files.map((file) => [file.source, file]));
    this.types = measured(new Types(program), 'types', options.measure);
    this.symbols = new Symbols(program, this.types);
    this.traitHomes = new TraitHomes(program, this.types, options.models);
    this.index = new ProjectIndex(program, this.symbols, (file) => this.infoOf.get(file)?.role === 'test');
    this.calls = new Calls(this.symbols, this.types, this.index, options.models);
    this.callers = new Callers(this.symbols, this.index, this.calls);
    this.places = new Places(this.symbols);
    this.callbacks = new Callbacks(this, (fn) => this.callers.valueUses(fn));
    this.rejections = measured(new Rejections(this), 'summaries', options.measure);
    this.signals = new Signals(this, this.types);
    this.offeredSignals = new OfferedSignals(this, this.callbacks, (callee) => this.symbols.declared.signaturesOf(callee).signatures);
    this.summaries = measured(new Summaries(this, this.rejections, this.signals), 'summaries', options.measure);
    this.state = new SharedState(this, this.places, this.index);
    this.overlaps = new Overlaps(this, this.callbacks, options.declaredOverlap ?? NOTHING_DECLARED);
    this.remoteEvents = new RemoteEvents(this, this.callbacks);
    this.bounds = new Bounds(this);
    this.freshness = new Freshness(this);
    this.flowServices = {
      places: this.places,
      call: (node) => this.call(node),
      canReject: (expr) => this.canReject(expr),
      throws: (info) => this.rejections.ofCallItself(info),
      locksOnEntry: (root) => this.locks.onEntry(root),
    };
    this.locks = new Locks(this, this.flowServices, this.index);
  }

  get resolution(): ResolutionStats {
    return this.calls.stats;
  }

  // ── functions and calls ──

  flow(fn: FlowRoot): FunctionFlow {
    let flow = this.flows.get(fn);
    if (!flow) this.flows.set(fn, (flow = this.build(fn)));
    return flow;
  }

  call(node: CallNode): CallInfo {
    return this.calls.info(node);
  }

  summary(fn: FunctionNode): FunctionSummary {
    return this.summaries.of(fn);
  }

  functionsOf(expr: ts.Expression): readonly FunctionNode[] {
    return this.calls.functions.of(expr).functions;
  }

  callersOf(fn: FunctionNode): readonly CallNode[] {
    return this.callers.callersOf(fn);
  }

  identifiersNamed(name: string, within?: ts.Node): readonly (ts.Identifier | ts.PrivateIdentifier)[] {
    if (within) return this.index.identifiersNamed(within.getSourceFile(), name).filter((id) => id.pos >= within.pos && id.end <= within.end);
    return this.index.files.flatMap((file) => this.index.identifiersNamed(file, name));
  }

  callbackOf(fn: FunctionNode): ReturnType<SemanticModel['callbackOf']> {
    return this.callbacks.inline(fn);
  }

  ioOf(call: CallNode): ReadonlySet<IoKind> {
    return this.summaries.ioOf(call);
  }

  // ── promises ──

  isPromise(expr: ts.Expression): Certainty {
    const node = skipWrappers(expr);
    if (this.givesPromise(node)) return 'yes';
    if (!ts.isCallExpression(node) && !ts.isNewExpression(node)) return this.isDeclaredPlain(node) ? 'no' : this.types.isPromise(node);
    // An async body in view casts doubt on what is declared: the receiver may be of a narrower type here.
    const declared = this.call(node).targets.some(isAsync) ? undefined : givesDeclaredPromise(node, this.symbols.declared);
    return declared ?? this.types.isPromise(node);
  }

  /** The class or interface that the value is declared as has no `then`. */
  private isDeclaredPlain(node: ts.Expression): boolean {
    const type = this.symbols.declared.of(node);
    return type?.side === 'instance' && this.symbols.declared.hasMember(type, 'then') === 'no';
  }

  isAlwaysPromise(expr: ts.Expression): Certainty {
    const node = skipWrappers(expr);
    if (!ts.isOptionalChain(node) && this.givesPromise(node)) return 'yes';
    // Mostly answered by declarations, which spares the checker a look at every condition.
    const isPromise = this.isPromise(node);
    return isPromise === 'yes' ? this.types.isAlwaysPromise(node) : isPromise;
  }

  isLazyThenable(expr: ts.Expression): Certainty {
    return this.types.isLazyThenable(skipWrappers(expr));
  }

  /** A call of nothing but async functions, or of what a model says. */
  private givesPromise(node: ts.Expression): boolean {
    if (!ts.isCallExpression(node)) return false;
    const { effects, targets, complete } = this.call(node);
    return effects.promise === true || (complete && targets.length > 0 && targets.every((t) => isAsync(t) && !isGenerator(t)));
  }

  elementKind(list: ts.Expression): ElementKind {
    return this.types.elementKind(list);
  }

  isArrayOfPromises(expr: ts.Expression): Certainty {
    // Most calls that are statements give nothing, and say so.
    return ts.isCallExpression(expr) && givesNoList(expr, this.symbols.declared) ? 'no' : this.types.isArrayOfPromises(expr);
  }

  isCallable(expr: ts.Expression): Certainty {
    if (isPlainLiteral(expr)) return 'no';
    if (this.functionsOf(expr).length > 0) return 'yes';
    const type = this.symbols.declared.of(expr);
    return type && this.symbols.declared.isNoFunction(type) ? 'no' : this.types.isCallable(expr);
  }

  hasMember(expr: ts.Expression, names: ReadonlySet<string>): Certainty {
    return this.types.hasMember(expr, names);
  }

  hasSymbolMember(expr: ts.Expression, symbol: WellKnownSymbol): Certainty {
    return this.types.hasSymbolMember(expr, symbol);
  }

  hasFixedValues(expr: ts.Expression): Certainty {
    return this.types.hasFixedValues(expr);
  }

  isNullable(expr: ts.Expression): Certainty {
    return this.types.isNullable(expr);
  }

  isVoidReturning(fn: ts.Node): Certainty {
    return this.isNewMember(fn) ? 'unknown' : this.types.isVoidReturning(fn);
  }

  /** A member of which no base of its class or interface has a word, as far as all of them are declared in whole. */
  private isNewMember(node: ts.Node): boolean {
    const owner = node.parent;
    if (!(ts.isClassLike(owner) || ts.isInterfaceDeclaration(owner)) || !(ts.isClassElement(node) || ts.isTypeElement(node)) || !node.name || !ts.isIdentifier(node.name)) return false;
    const { declared } = this.symbols;
    const bases = owner.heritageClauses?.flatMap(({ types }) => types.map((type) => declared.ofTypeNode(type))) ?? [];
    const name = node.name.text;
    return bases.every((base) => base?.side === 'instance' && declared.hasMember(base, name) === 'no');
  }

  returnsPromise(fn: ts.Node): Certainty {
    return this.types.returnsPromise(fn);
  }

  canReject(expr: ts.Expression): Certainty {
    return this.rejections.ofExpression(expr);
  }

  // ── values and places ──

  place(expr: ts.Expression): Place | undefined {
    return this.places.of(expr);
  }

  sameValue(a: ts.Expression, b: ts.Expression): Certainty {
    return this.symbols.sameValue(a, b);
  }

  resolveAlias(expr: ts.Expression): ts.Expression {
    return this.symbols.resolveAlias(expr);
  }

  symbolOf(node: ts.Node): ts.Symbol | undefined {
    return this.symbols.symbolOf(node);
  }

  accesses(place: Place): readonly Access[] {
    return this.state.accesses(place);
  }

  bound(expr: ts.Expression): Bound {
    return this.bounds.of(expr);
  }

  isFresh(expr: ts.Expression, fn: FlowRoot): Certainty {
    return this.freshness.of(expr, fn);
  }

  hasTrait(expr: ts.Expression, trait: TypeTrait): Certainty {
    return this.traitOf(expr, trait, [trait]);
  }

  /** Is one type all of these? */
  hasTraits(expr: ts.Expression, traits: readonly TypeTrait[]): boolean {
    return traits.every((trait) => this.traitOf(expr, trait, traits) === 'yes');
  }

  /** By declared type where there is one, else by the checker, if the program has a type with the traits that are asked for. */
  private traitOf(expr: ts.Expression, trait: TypeTrait, all: readonly TypeTrait[]): Certainty {
    const { models } = this.options;
    const declared = this.symbols.declared.of(expr);
    if (declared && declared.side !== 'static') {
      const names = this.symbols.declared.namesOf(declared);
      if (names.some(({ name, module }) => models.traitsOf(name, module).includes(trait))) return 'yes';
      // To the checker the type of a function from outside has that function's name.
      const isNamed = declared.name !== 'Function' || this.functionsOf(expr).length > 0;
      if (isNamed && this.symbols.declared.isWhole(declared)) return 'no';
    }
    if (!this.traitHomes.mayOccur(all)) return 'unknown';
    return this.types.hasTrait(expr, trait, (name, module) => models.traitsOf(name, module));
  }

  // ── activations ──

  overlap(fn: FlowRoot): Overlap {
    return this.overlaps.of(fn);
  }

  turnsOthersAway(event: FlowEvent, flow: FunctionFlow, except?: Place): boolean {
    return turnsOthersAway(event, flow, this, except);
  }

  repeatable(fn: FlowRoot): Certainty {
    return this.overlaps.repeatable(fn);
  }

  remoteEvent(fn: FlowRoot): RemoteEvent | undefined {
    return this.remoteEvents.of(fn);
  }

  // ── locks ──

  sectionsOf(call: CallNode): readonly LockRef[] {
    return this.locks.sectionsOf(call);
  }

  takenBy(call: CallNode): readonly LockTake[] {
    return this.locks.takenBy(call);
  }

  locksAround(node: ts.Node): LocksAround {
    return this.locks.locksAround(node);
  }

  lockFamily(lock: LockRef): string {
    return familyOf(lock);
  }

  isExclusive(lock: LockRef): Certainty {
    return this.locks.isExclusive(lock);
  }

  takersOf(lock: LockRef): readonly CallNode[] {
    return this.locks.takersOf(lock);
  }

  lockInversions(): readonly (readonly [LockNesting, LockNesting])[] {
    return this.locks.lockInversions();
  }

  // ── signals ──

  signalsInScope(fn: FlowRoot, at: ts.Node): readonly SignalInScope[] {
    return this.signals.inScope(fn, at);
  }

  offeredSignal(fn: FunctionNode): ReturnType<SemanticModel['offeredSignal']> {
    return this.offeredSignals.to(fn);
  }

  signalParameter(call: CallNode): ReturnType<SemanticModel['signalParameter']> {
    return this.signals.parameter(call);
  }

  // ── classes and files ──

  classOf(node: ts.Node): ClassModel | undefined {
    const owner = enclosingClass(node);
    return owner && this.classModel(owner);
  }

  classModel(node: ts.ClassLikeDeclaration): ClassModel {
    let model = this.classes.get(node);
    if (!model) this.classes.set(node, (model = buildClassModel(node, (n) => this.baseClass(n))));
    return model;
  }

  fileOf(node: ts.Node): FileInfo {
    const source = node.getSourceFile();
    let info = this.infoOf.get(source);
    if (!info) this.infoOf.set(source, (info = { source, path: source.fileName, role: 'source', host: 'unknown' }));
    return info;
  }

  private baseClass(node: ts.ClassLikeDeclaration): ts.ClassLikeDeclaration | undefined {
    const base = node.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
    const symbol = base && this.symbols.declared.ofTypeNode(base)?.symbol;
    return symbol?.declarations?.find(ts.isClassLike);
  }

  private build(fn: FlowRoot): FunctionFlow {
    const build = (): FunctionFlow => buildFlow(fn, this.flowServices);
    return this.options.measure ? this.options.measure('flow', build) : build();
  }
}

/** A literal that is no function whatever the checker says; one that spreads may be anything. */
function isPlainLiteral(expr: ts.Expression): boolean {
  const node = skipWrappers(expr);
  if (ts.isObjectLiteralExpression(node)) return !node.properties.some(ts.isSpreadAssignment);
  return ts.isLiteralExpression(node) || ts.isTemplateExpression(node) || ts.isArrayLiteralExpression(node);
}
