/**
 * Who can run at once. An activation of a function overlaps another when something starts it again without waiting:
 * a repeating source, a loop that does not await, two unawaited calls, or whoever may call what is exported.
 */
import { enclosingRoot, functionName, isAsync, isFunctionNode, memberName, outermostWrapper, shortText, skipWrappers, type FlowRoot, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { Callback, Callbacks } from './callbacks.js';
import { memberOf } from './class-model.js';
import type { CallNode, Certainty, ClassModel, Overlap, SemanticModel } from './contract.js';
import { Fixpoint } from './fixpoint.js';
import { usesOfParameter } from './summaries.js';
import { isSingleFlight, turnsOthersAway } from './turned-away.js';

type OverlapQuestions = Pick<SemanticModel, 'call' | 'callersOf' | 'classOf' | 'summary' | 'bound' | 'flow' | 'accesses' | 'resolveAlias' | 'isFresh' | 'symbolOf' | 'hasTrait'>;

/** What the user's configuration says of overlap. */
export interface DeclaredOverlap {
  /** No two activations of the function of this name (`Pool.drain`, `drain`) in this file are ever under way at once. */
  sequential(source: ts.SourceFile, name: string): boolean;
  /** Whatever this file exports is started from outside the view, any number at once. */
  entryPoint(source: ts.SourceFile): boolean;
}

const RANK: Readonly<Record<Overlap['grade'], number>> = { none: 0, assumed: 1, exposed: 2, shown: 3 };
const NONE: Overlap = { grade: 'none', witnesses: [] };
const MAX_WITNESSES = 4;

/** Decorators whose method a framework calls for every request, message or tick. */
const HANDLER_DECORATORS = new Map([
  ...['Get', 'Post', 'Put', 'Patch', 'Delete', 'All', 'Head', 'Options', 'Query', 'Mutation', 'ResolveField'].map((d) => [d, 'request'] as const),
  ...['MessagePattern', 'EventPattern', 'SubscribeMessage', 'Process', 'RabbitSubscribe', 'SqsMessageHandler'].map((d) => [d, 'message'] as const),
  ...['OnEvent', 'HostListener', 'OnQueueEvent', 'OnWorkerEvent'].map((d) => [d, 'event'] as const),
  ...['Cron', 'Interval'].map((d) => [d, 'interval'] as const),
]);
/** Classes that a container makes once and hands to everybody. */
const SINGLETON_DECORATORS: ReadonlySet<string> = new Set(['Injectable', 'Controller', 'Service', 'Resolver', 'WebSocketGateway', 'Processor', 'singleton', 'injectable']);
/** Fields by which a class shows that it reckons with concurrency. */
const INTENT_FIELD = new RegExp(
  [
    String.raw`mutex|semaphore|in_?flight|pending|(?:^|_)locks?(?:$|_)`,
    '^(?:is_?)?(?:busy|running|processing|flushing|draining|connecting|refreshing|loading|starting|started|stopping|stopped|closing|closed|destroyed|disposed|shutting_?down)$',
  ].join('|'),
  'i',
);
/** Started once by the program itself. */
const ONCE_NAMES = /^(?:main|bootstrap|cli|run|start(?:up)?|init(?:iali[sz]e)?|setup|configure|install|register|activate|listen|serve|launch|boot|create(?:App|Server|Application))|^\$?main$/i;

export class Overlaps {
  private readonly known = new Fixpoint<FlowRoot, Overlap>({
    start: NONE, unknown: { grade: 'assumed', witnesses: [] }, equal: (a, b) => a.grade === b.grade, unsettled: (last) => last, compute: (fn) => this.compute(fn),
  });
  private readonly repeats = new Fixpoint<FlowRoot, Certainty>({ start: 'no', unknown: 'unknown', equal: Object.is, compute: (fn) => this.computeRepeatable(fn) });

  constructor(
    private readonly model: OverlapQuestions,
    private readonly callbacks: Callbacks,
    private readonly declared: DeclaredOverlap,
  ) {}

  of(fn: FlowRoot): Overlap {
    return this.known.get(fn);
  }

  repeatable(fn: FlowRoot): Certainty {
    return this.repeats.get(fn);
  }

  // ── overlap ──

  private compute(fn: FlowRoot): Overlap {
    if (ts.isSourceFile(fn) || ts.isConstructorDeclaration(fn) || ts.isClassStaticBlockDeclaration(fn)) return NONE;
    if (this.isDeclaredSequential(fn)) return NONE;
    if (this.isDeclaredEntry(fn)) return shown(fn, 'an entry point: others start it at any time');
    const callers = this.model.callersOf(fn);
    const callbacks = this.callbacks.all(fn);
    const causes = [
      ...decoratorsOf(fn),
      ...callbacks.map((callback) => this.asCallback(fn, callback)),
      ...(this.isTask(fn) ? twiceAtOnce(callers.filter((call) => isOneInstance(this.instanceOf(fn, call))), memberOf(fn) !== undefined) : []),
      ...callers.map((call) => this.asCallee(fn, call)),
      this.fromOutside(fn, callers.length + callbacks.length > 0),
    ];
    return strongest(causes);
  }

  private asCallback(fn: FunctionNode, callback: Callback): Overlap {
    const { call, effect, timing } = callback;
    if (effect?.section || effect?.serial || this.isSharedRun(callback)) return NONE;
    const repeating = repeatKind(callback, (c) => this.model.call(c).effects);
    // `xs.map(async x => …)` starts all at once; what is done before it returns does not overlap.
    if (repeating === 'items') return this.isTask(fn) ? shown(call, 'started for each item without waiting here') : this.of(enclosingRoot(call));
    if (repeating !== undefined) return shown(call, registered(repeating, call));
    switch (timing) {
      case 'later-many':
        return shown(call, `handed to ${shortText(call.expression)}, which calls it again and again`);
      case 'later-once':
        return this.waitsInLine(fn) ? NONE : this.runsAgain(enclosingRoot(call), call);
      case 'sync':
      case 'awaited':
        return this.of(enclosingRoot(call));
      case 'unknown':
        return { grade: 'assumed', witnesses: [{ node: call, text: `handed to ${shortText(call.expression)} here` }] };
    }
  }

  /** A listener of an event that comes once, `DOMContentLoaded`, however often its emitter might call. */
  private comesOnce({ call, effect }: Callback): boolean {
    const { subscribe } = effect ? this.model.call(call).effects : {};
    return subscribe !== undefined && comesOnce(call, subscribe);
  }

  /** The function that takes it, in view, starts it only where no run of it is in flight: `run ??= task()`. */
  private isSharedRun({ call, arg }: Callback): boolean {
    const [taker, other] = this.model.call(call).targets;
    const parameter = taker && !other && 'parameters' in taker ? taker.parameters[arg] : undefined;
    if (!taker || !parameter || !ts.isIdentifier(parameter.name)) return false;
    const uses = usesOfParameter(taker, parameter.name, this.model);
    return uses.length > 0 && uses.every(({ parent }) => ts.isCallExpression(parent) && this.isGuarded(parent, enclosingRoot(parent)));
  }

  /** The next turn of one line of promises, `tail = tail.then(turn)`, begins when this one is over. A line with a key is many. */
  private waitsInLine(fn: FunctionNode): boolean {
    const flow = this.model.flow(fn);
    return [...flow.heldAt(flow.entry)].some(({ kind, names }) => kind === 'mutex' && names.length > 0 && names.every((name) => name.from === 'place' && name.place.entry === undefined));
  }

  private asCallee(fn: FunctionNode, call: CallNode): Overlap {
    const root = enclosingRoot(call);
    if (this.isGuarded(call, root)) return NONE;
    const instance = this.instanceOf(fn, call);
    if (instance === 'made here') return NONE;
    if (instance !== undefined && instance !== 'given here' && isFunctionNode(instance)) return this.of(enclosingRoot(instance));
    // What overlaps with the caller's own activation overlaps on this instance only if the instance outlives it.
    const beyond = (overlap: Overlap): Overlap => (instance === 'given here' ? onSomeInstance(overlap, call) : overlap);
    if (!this.isTask(fn)) return beyond(this.of(root));
    const wait = waitOf(call);
    if (wait === 'awaited') return beyond(this.of(root));
    const loop = loopAround(call, root);
    if (loop && loop === instance) return this.of(root);
    if (loop && wait === 'dropped' && !this.isGivenIn(loop, call)) return shown(call, 'started on each turn of a loop without waiting here');
    if (wait === 'returned' && isFunctionNode(root)) return beyond(this.passedOn(root, call));
    return beyond(wait === 'dropped' ? this.runsAgain(root, call) : this.of(root));
  }

  /** The receiver's variable is declared inside the loop: another one each turn. */
  private isGivenIn(loop: ts.IterationStatement, call: CallNode): boolean {
    const callee = skipWrappers(call.expression);
    const declaration = ts.isPropertyAccessExpression(callee) ? this.model.symbolOf(leftmost(callee.expression))?.declarations?.[0] : undefined;
    return declaration !== undefined && ts.isVariableDeclaration(declaration) && declaration.pos >= loop.pos && declaration.end <= loop.end;
  }

  /**
   * Activations on different instances share no field: the method of an object made by the caller itself, of the variable
   * of a loop, or of the element that a callback is given for each item. An object that a parameter or another call gives
   * (`const user = await User.findByPk(id)`) may be a new one each time.
   */
  private instanceOf(fn: FunctionNode, call: CallNode): 'made here' | 'given here' | ts.IterationStatement | FunctionNode | undefined {
    const callee = skipWrappers(call.expression);
    const member = memberOf(fn);
    if (!member || hasModifier(member, ts.SyntaxKind.StaticKeyword) || !ts.isPropertyAccessExpression(callee)) return undefined;
    if (this.model.isFresh(callee.expression, enclosingRoot(call)) === 'yes') return 'made here';
    const object = leftmost(callee.expression);
    if (ts.isCallExpression(object) || ts.isAwaitExpression(object)) return 'given here';
    const declaration = this.model.symbolOf(object)?.declarations?.[0];
    if (!declaration) return undefined;
    if (ts.isVariableDeclaration(declaration) && ts.isForOfStatement(declaration.parent.parent)) return declaration.parent.parent;
    if (ts.isVariableDeclaration(declaration) && !ts.isSourceFile(enclosingRoot(declaration)) && declaration.initializer) {
      const made = skipWrappers(declaration.initializer);
      return ts.isAwaitExpression(made) || ts.isCallExpression(made) ? 'given here' : undefined;
    }
    if (!ts.isParameter(declaration) || !isFunctionNode(declaration.parent)) return undefined;
    const isItem = this.callbacks.inline(declaration.parent)?.effect?.repeating === 'items';
    return isItem ? declaration.parent : 'given here';
  }

  /** The caller lets one through at a time: it keeps the promise where the next one looks, or has raised a flag that turns the next one away. */
  private isGuarded(call: CallNode, root: FlowRoot): boolean {
    const flow = this.model.flow(root);
    const event = flow.at(call)[0];
    return isSingleFlight(call, flow, this.model) || (event !== undefined && turnsOthersAway(event, flow, this.model));
  }

  /** The caller hands the promise on, so it is as good as the callee itself. */
  private passedOn(root: FunctionNode, call: CallNode): Overlap {
    const perItem = this.callbacks.all(root).find((c) => c.effect?.repeating === 'items');
    return perItem ? shown(perItem.call, 'started for each item without waiting here') : withStep(this.of(root), call);
  }

  /** Left running by `root`: it overlaps itself when `root` runs again before it is done. */
  private runsAgain(root: FlowRoot, at: ts.Node): Overlap {
    const overlap = this.of(root);
    if (overlap.grade === 'shown') return withStep(overlap, at);
    if (!ts.isSourceFile(root) && !ts.isConstructorDeclaration(root)) {
      const inLoop = this.model.callersOf(root).find((c) => loopAround(c, enclosingRoot(c)) !== undefined);
      if (inLoop) return shown(inLoop, `each turn of this loop leaves one running`);
    }
    return withStep(overlap, at);
  }

  /** What callers out of view may do. */
  private fromOutside(fn: FunctionNode, isUsedInView: boolean): Overlap {
    const member = memberOf(fn);
    if (member && ts.isClassLike(member.parent)) return this.method(fn, member.parent, isUsedInView);
    if (isExportedFunction(fn)) {
      const intent = moduleIntent(fn.getSourceFile());
      return intent
        ? { grade: 'exposed', witnesses: [{ node: nameNode(fn), text: 'exported: callers may start it again before it is done' }, { node: intent, text: 'the module reckons with calls at once' }] }
        : { grade: 'assumed', witnesses: [{ node: nameNode(fn), text: 'exported: callers may start it again before it is done' }] };
    }
    if (isUsedInView && !this.callbacks.escapes(fn)) return NONE;
    return isInvokedInPlace(fn) ? this.of(enclosingRoot(fn)) : { grade: 'assumed', witnesses: [] };
  }

  private method(fn: FunctionNode, owner: ts.ClassLikeDeclaration, isUsedInView: boolean): Overlap {
    const model = this.model.classOf(owner);
    if (!model) return { grade: 'assumed', witnesses: [] };
    const exported = isExportedClass(owner);
    if (!model.isPublic(fn) || (!exported && isUsedInView)) return isUsedInView ? NONE : { grade: 'assumed', witnesses: [] };
    const witness = { node: nameNode(fn), text: `public method of ${model.name}: callers may start it again before it is done` };
    const isLoadedEachTime = owner.name !== undefined && this.model.hasTrait(owner.name, 'record') === 'yes';
    const intent = exported && !isLoadedEachTime ? intentOf(model) : undefined;
    return intent ? { grade: 'exposed', witnesses: [witness, intent] } : { grade: 'assumed', witnesses: [witness] };
  }

  /** Its work goes on after the call returned. */
  private isTask(fn: FunctionNode): boolean {
    return isAsync(fn) || this.model.summary(fn).returnsPromise === 'yes';
  }

  private isDeclaredSequential(fn: FunctionNode): boolean {
    const name = functionName(fn);
    const source = fn.getSourceFile();
    return this.declared.sequential(source, name) || this.declared.sequential(source, name.slice(name.lastIndexOf('.') + 1));
  }

  private isDeclaredEntry(fn: FunctionNode): boolean {
    if (!this.declared.entryPoint(fn.getSourceFile())) return false;
    const owner = memberOf(fn)?.parent;
    if (!owner || !ts.isClassLike(owner)) return isExportedFunction(fn);
    return isExportedClass(owner) && (this.model.classOf(owner)?.isPublic(fn) ?? false);
  }

  // ── repeatable ──

  private computeRepeatable(fn: FlowRoot): Certainty {
    if (ts.isSourceFile(fn) || ts.isClassStaticBlockDeclaration(fn)) return 'no';
    if (this.isDeclaredEntry(fn)) return 'yes';
    const uses = [...this.callbacks.all(fn).map((c) => this.repeatsAsCallback(c)), ...this.model.callersOf(fn).map((c) => this.repeatsAsCallee(c))];
    if (uses.includes('yes')) return 'yes';
    if (isInvokedInPlace(fn)) return this.repeatable(enclosingRoot(fn));
    const member = memberOf(fn);
    if (member) return this.memberRepeats(fn, member.parent as ts.ClassLikeDeclaration, uses);
    const once = uses.length === 1 && uses[0] === 'no';
    if (isExportedFunction(fn)) return ONCE_NAMES.test(simpleName(fn)) ? (once ? 'no' : 'unknown') : once ? 'unknown' : 'yes';
    return once ? 'no' : 'unknown';
  }

  private repeatsAsCallback(callback: Callback): Certainty {
    const repeating = repeatKind(callback, (c) => this.model.call(c).effects);
    if (repeating === 'items') {
      const root = this.repeatable(enclosingRoot(callback.call));
      return root === 'no' && callback.call.arguments && !this.isOverConstant(callback.call) ? 'unknown' : root;
    }
    if (repeating !== undefined || (callback.timing === 'later-many' && !this.comesOnce(callback))) return 'yes';
    const root = this.repeatable(enclosingRoot(callback.call));
    return callback.timing === 'unknown' && root === 'no' ? 'unknown' : root;
  }

  private isOverConstant(call: CallNode): boolean {
    const callee = skipWrappers(call.expression);
    return ts.isPropertyAccessExpression(callee) && this.model.bound(callee.expression).bounded === 'yes';
  }

  private repeatsAsCallee(call: CallNode): Certainty {
    const root = enclosingRoot(call);
    return loopAround(call, root) ? 'yes' : this.repeatable(root);
  }

  private memberRepeats(fn: FunctionNode, owner: ts.ClassLikeDeclaration, uses: readonly Certainty[]): Certainty {
    const onlyOnce = uses.length === 1 && uses[0] === 'no';
    if (onlyOnce && (!isExportedClass(owner) || ONCE_NAMES.test(simpleName(fn)))) return 'no';
    return 'yes';
  }
}

// ── causes ────────────────────────────────────────────────────────────────────────────────────────────

function shown(node: ts.Node, text: string): Overlap {
  return { grade: 'shown', witnesses: [{ node, text }] };
}

/** The grade of the strongest cause, with the witnesses of all causes of that grade. */
function strongest(causes: readonly Overlap[]): Overlap {
  const grade = causes.reduce<Overlap['grade']>((best, c) => (RANK[c.grade] > RANK[best] ? c.grade : best), 'none');
  if (grade === 'none') return NONE;
  const witnesses = causes.filter((c) => c.grade === grade).flatMap((c) => c.witnesses);
  const distinct = witnesses.filter((w, i) => witnesses.findIndex((other) => other.node === w.node) === i);
  return { grade, witnesses: distinct.slice(0, MAX_WITNESSES) };
}

/** The same overlap seen from a callee: the call is the last step of how it comes about. */
function withStep(overlap: Overlap, at: ts.Node): Overlap {
  if (overlap.grade !== 'shown') return overlap;
  return { grade: 'shown', witnesses: [...overlap.witnesses.slice(0, MAX_WITNESSES - 1), { node: at, text: 'from there it is started here' }] };
}

type Effects = ReturnType<SemanticModel['call']>['effects'];

/** What runs the callback again, unless this registration says that it runs once or in turn. */
export function repeatKind({ call, effect }: Callback, effectsOf: (call: CallNode) => Effects): NonNullable<NonNullable<Callback['effect']>['repeating']> | undefined {
  if (!effect) return undefined;
  const effects = effectsOf(call);
  if (effects.subscribe && comesOnce(call, effects.subscribe)) return undefined;
  if (effect.repeating === 'effect' && hasEmptyDependencies(call)) return undefined;
  if (effect.repeating) return effect.repeating;
  const condition = effect.repeatingIf;
  const bag = condition && call.arguments?.[condition.arg];
  const literal = bag && skipWrappers(bag);
  const isGiven = literal && ts.isObjectLiteralExpression(literal) && literal.properties.some((p) => p.name && memberName(p.name as ts.PropertyName) === condition.property);
  return isGiven ? condition.kind : undefined;
}

function comesOnce(call: CallNode, subscribe: NonNullable<Effects['subscribe']>): boolean {
  if (subscribe.once) return true;
  const event = subscribe.event === undefined ? undefined : call.arguments?.[subscribe.event];
  if (event && ts.isStringLiteralLike(event) && subscribe.onceEvents?.includes(event.text)) return true;
  const options = subscribe.options === undefined ? undefined : call.arguments?.[subscribe.options];
  return options !== undefined && ts.isObjectLiteralExpression(options) && options.properties.some((p) => ts.isPropertyAssignment(p) && memberName(p.name) === 'once' && p.initializer.kind === ts.SyntaxKind.TrueKeyword);
}

/** `useEffect(f, [])` runs once per mount. */
function hasEmptyDependencies(call: CallNode): boolean {
  const last = call.arguments?.at(-1);
  return last !== undefined && ts.isArrayLiteralExpression(last) && last.elements.length === 0;
}

export function registered(repeating: string, call: CallNode): string {
  const first = call.arguments?.[0];
  const event = first && ts.isStringLiteralLike(first) ? `'${first.text}'` : undefined;
  switch (repeating) {
    case 'request':
      return event ? `registered for every request to ${event} here` : 'registered for every request here';
    case 'message':
    case 'event':
      return `registered for every ${event ?? repeating} here`;
    case 'interval':
      return 'run again on every tick of this timer, done or not';
    case 'effect':
      return 'run again whenever the dependencies of this effect change';
    default:
      return `run again by ${shortText(call.expression)}`;
  }
}

function decoratorsOf(fn: FunctionNode): Overlap[] {
  const handles = handlerDecorator(fn);
  return handles ? [shown(handles.node, handles.kind === 'interval' ? 'run again on every tick' : `handles every ${handles.kind}`)] : [];
}

/** The decorator that makes the method a handler, and of what. */
export function handlerDecorator(fn: FunctionNode): { readonly kind: string; readonly node: ts.Decorator } | undefined {
  const decorators = ts.canHaveDecorators(fn) ? (ts.getDecorators(fn) ?? []) : [];
  for (const node of decorators) {
    const kind = HANDLER_DECORATORS.get(decoratorName(node));
    if (kind) return { kind, node };
  }
  return undefined;
}

function decoratorName(decorator: ts.Decorator): string {
  const { expression } = decorator;
  const callee = ts.isCallExpression(expression) ? expression.expression : expression;
  return ts.isIdentifier(callee) ? callee.text : ts.isPropertyAccessExpression(callee) ? memberName(callee.name) : '';
}

/** Two calls started before either is awaited: in one list, or one after the other. */
function twiceAtOnce(callers: readonly CallNode[], isMethod: boolean): Overlap[] {
  for (const [i, call] of callers.entries()) {
    for (const other of callers.slice(i + 1)) {
      if (isMethod && receiverText(call) !== receiverText(other)) continue;
      if (sameList(call, other)) return [shown(other, 'started twice without waiting here')];
      if (startedTogether(call, other)) return [shown(other, 'started again without waiting for the first here')];
    }
  }
  return [];
}

function receiverText(call: CallNode): string {
  const callee = skipWrappers(call.expression);
  return ts.isPropertyAccessExpression(callee) ? callee.expression.getText() : '';
}

/** `a` of `a.b.c`. */
const isOneInstance = (instance: unknown): boolean => instance === undefined || instance === 'given here';

function onSomeInstance(overlap: Overlap, call: CallNode): Overlap {
  if (overlap.grade === 'none' || overlap.grade === 'assumed') return overlap;
  return { grade: 'assumed', witnesses: [{ node: call, text: 'called here on an instance that may be another one each time' }] };
}

function leftmost(node: ts.Expression): ts.Expression {
  const inner = skipWrappers(node);
  return ts.isPropertyAccessExpression(inner) || ts.isElementAccessExpression(inner) ? leftmost(inner.expression) : inner;
}

function sameList(a: ts.Node, b: ts.Node): boolean {
  const list = outermostWrapper(a).parent;
  return ts.isArrayLiteralExpression(list) && outermostWrapper(b).parent === list;
}

/** Neither is awaited where it is called, and both are statements of one block. */
function startedTogether(a: CallNode, b: CallNode): boolean {
  const [first, second] = [statementOf(a), statementOf(b)];
  if (!first || !second || first === second || first.parent !== second.parent || ts.isIfStatement(first.parent)) return false;
  return waitOf(a, second.pos) !== 'awaited' && waitOf(a, second.pos) !== 'returned' && enclosingRoot(a) === enclosingRoot(b);
}

/** The statement that the call is the whole of, or whose declared variable it initialises. */
function statementOf(call: CallNode): ts.Statement | undefined {
  let node: ts.Node = outermostWrapper(call).parent;
  if (ts.isVoidExpression(node)) node = node.parent;
  if (ts.isVariableDeclaration(node)) node = node.parent.parent;
  return ts.isExpressionStatement(node) || ts.isVariableStatement(node) ? node : undefined;
}

type Wait = 'awaited' | 'returned' | 'dropped' | 'kept';

/** What becomes of the promise that a call gives: kept in a variable counts as awaited if that is awaited in the same block (before `until`). */
function waitOf(call: CallNode, until = Infinity): Wait {
  let node = outermostWrapper(call);
  // `f().catch(log)` is the same activation.
  while (ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node && ts.isCallExpression(node.parent.parent) && /^(?:then|catch|finally)$/.test(memberName(node.parent.name))) {
    node = outermostWrapper(node.parent.parent);
  }
  const parent = node.parent;
  if (ts.isAwaitExpression(parent)) return 'awaited';
  if (ts.isReturnStatement(parent) || (ts.isArrowFunction(parent) && parent.body === node) || ts.isYieldExpression(parent)) return 'returned';
  if (ts.isConditionalExpression(parent) || ts.isBinaryExpression(parent)) return waitOfExpression(parent);
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) {
    const block = parent.parent.parent.parent;
    return awaitsName(block, parent.name.text, until) ? 'awaited' : 'dropped';
  }
  if (ts.isArrayLiteralExpression(parent)) return 'kept';
  return 'dropped';
}

function waitOfExpression(node: ts.Node): Wait {
  const outer = outermostWrapper(node);
  if (ts.isAwaitExpression(outer.parent)) return 'awaited';
  if (ts.isReturnStatement(outer.parent)) return 'returned';
  return 'dropped';
}

function awaitsName(block: ts.Node, name: string, until: number): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (found || node.pos >= until) return;
    if (ts.isAwaitExpression(node) && new RegExp(`\\b${name.replaceAll('$', '\\$')}\\b`).test(node.expression.getText())) found = true;
    else if (!isFunctionNode(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(block, visit);
  return found;
}

/** The loop of the same function whose body holds the node. */
function loopAround(node: ts.Node, root: FlowRoot): ts.IterationStatement | undefined {
  for (let child = node, parent = node.parent; child !== root && parent; child = parent, parent = parent.parent) {
    if (ts.isIterationStatement(parent, false) && parent.statement === child) return parent;
  }
  return undefined;
}

// ── what others may call ──────────────────────────────────────────────────────────────────────────────

function intentOf(model: ClassModel): Overlap['witnesses'][number] | undefined {
  for (const [name, field] of model.fields) {
    const type = field.type?.getText() ?? '';
    if (showsIntent(name) || /\bPromise\b|\bMutex\b|\bSemaphore\b/.test(type)) return { node: field.name, text: `${model.name} reckons with calls at once` };
  }
  const [disposal] = model.disposals;
  return disposal && { node: nameNode(disposal.method), text: `${model.name} lives until ${disposal.name}()` };
}

function showsIntent(name: string): boolean {
  const words = name.replace(/^[#_]+/, '').replace(/([a-z])([A-Z])/g, '$1_$2');
  return INTENT_FIELD.test(words);
}

/** A module-level variable by which the module shows that it reckons with concurrency. */
function moduleIntent(file: ts.SourceFile): ts.Node | undefined {
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    for (const { name, type } of statement.declarationList.declarations) {
      if (!ts.isIdentifier(name)) continue;
      if (showsIntent(name.text) || /\bPromise\b|\bMutex\b|\bSemaphore\b/.test(type?.getText() ?? '')) return name;
    }
  }
  return undefined;
}

function hasModifier(node: ts.Node, kind: ts.SyntaxKind): boolean {
  return ts.canHaveModifiers(node) && (ts.getModifiers(node)?.some((m) => m.kind === kind) ?? false);
}

function isExportedClass(owner: ts.ClassLikeDeclaration): boolean {
  const isSingleton = ts.canHaveDecorators(owner) && (ts.getDecorators(owner) ?? []).some((d) => SINGLETON_DECORATORS.has(decoratorName(d)));
  return isSingleton || isExportedDeclaration(owner, owner.name?.text) || isExportedValue(owner);
}

/** `export default class …`, `module.exports = class …`, `exports.Pool = class …`, or the name of a class handed out like that. */
function isExportedValue(owner: ts.ClassLikeDeclaration): boolean {
  if (!ts.isClassDeclaration(owner)) return isCommonJsExport(outermostWrapper(owner).parent) || ts.isExportAssignment(owner.parent);
  const name = owner.name?.text;
  return name !== undefined && owner.getSourceFile().statements.some((statement) => {
    const assigned = ts.isExpressionStatement(statement) && isCommonJsExport(statement.expression) ? statement.expression.right : undefined;
    if (!assigned) return false;
    if (ts.isIdentifier(assigned)) return assigned.text === name;
    return ts.isObjectLiteralExpression(assigned) && assigned.properties.some((each) => ts.isShorthandPropertyAssignment(each) && each.name.text === name);
  });
}

function isCommonJsExport(node: ts.Node): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && /^(?:module\.)?exports\b/.test(node.left.getText());
}

function isExportedFunction(fn: FunctionNode): boolean {
  if (ts.isFunctionDeclaration(fn)) return isExportedDeclaration(fn, fn.name?.text);
  const holder = outermostWrapper(fn).parent;
  if (ts.isVariableDeclaration(holder) && ts.isIdentifier(holder.name)) return isExportedDeclaration(holder.parent.parent, holder.name.text);
  // `export default async () => …`, `exports.run = async () => …`
  return ts.isExportAssignment(holder) || isCommonJsExport(holder);
}

/** Exported where it stands, or by name further down in its file. */
function isExportedDeclaration(node: ts.Node, name: string | undefined): boolean {
  if (hasModifier(node, ts.SyntaxKind.ExportKeyword)) return true;
  if (!name || !ts.isSourceFile(node.parent)) return false;
  return node.parent.statements.some((statement) => {
    if (ts.isExportAssignment(statement)) return ts.isIdentifier(statement.expression) && statement.expression.text === name;
    if (!ts.isExportDeclaration(statement) || statement.moduleSpecifier || !statement.exportClause || !ts.isNamedExports(statement.exportClause)) return false;
    return statement.exportClause.elements.some((e) => (e.propertyName ?? e.name).text === name);
  });
}

function isInvokedInPlace(fn: FunctionNode): boolean {
  const outer = outermostWrapper(fn);
  return ts.isCallExpression(outer.parent) && outer.parent.expression === outer;
}

function nameNode(fn: FunctionNode): ts.Node {
  return memberOf(fn)?.name ?? fn.name ?? fn;
}

function simpleName(fn: FunctionNode): string {
  const name = functionName(fn);
  return name.slice(name.lastIndexOf('.') + 1);
}
