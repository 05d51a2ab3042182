/**
 * What can fail: which promises can reject and which calls can throw, three-way. Bodies are judged by their syntax
 * (throws, awaits, returned promises, calls, and the try statements around them), callees by their own bodies or models.
 */
import { and, or, type Certainty } from '../core/certainty.js';
import { calleeName, enclosingRoot, isAsync, isFunctionNode, isGenerator, memberName, outermostWrapper, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { CallbackEffect } from '../models/effect-model.js';
import type { CallInfo, CallNode, SemanticModel } from './contract.js';
import { Fixpoint } from './fixpoint.js';
import { deadGiven, givenBy, keyOfGiven, type GivenValues } from './given-values.js';
import { lastWrittenBefore } from './last-written.js';
import { isConst } from './places.js';
import { returnedExpressions } from './returns.js';

type RejectionQuestions = Pick<SemanticModel, 'call' | 'functionsOf' | 'isAlwaysPromise' | 'isPromise' | 'symbolOf'>;

/** Logging is taken not to fail: a catch block that only logs ends the rejection. */
const LOGGER = /^(?:_?(?:console|log|logger|debug)|\w+(?:Log|Logger))$/;
/** Waits that nothing can make fail; with a signal among the arguments they can. */
const SLEEP = /^(?:sleep|delay|wait(?:For)?(?:Ms|Millis)?|pause|tick|nextTick|setImmediate)$/i;
/** What says how long: `delayMs`, `this.interval`. */
const TIME = /(?:ms|millis|seconds?|delay|time|timeout|interval|pause|wait|backoff)\)?$/i;
/** `queue.shift()`: fails as what was put in does. */
const TAKES_OUT = /^(?:shift|pop)$/;
/** Making an error is taken not to fail: its constructor's checks are for those who make it wrong. */
const ERROR = /(?:Error|ErrorInfo|Exception)$/;
const HARMLESS_HANDLERS: ReadonlySet<string> = new Set(['noop', 'Boolean', 'String', 'Number']);

/** Through so many calls the values that one call gives are followed. */
const MAX_GIVEN_DEPTH = 4;

type Question = 'rejects' | 'throws';

/** A body as one call runs it. */
interface Activation {
  readonly given: GivenValues;
  readonly dead: ReadonlySet<ts.Node>;
  readonly depth: number;
}

const settles = { start: 'no', unknown: 'unknown', equal: (a: Certainty, b: Certainty) => a === b } as const;

export class Rejections {
  private readonly rejecting = new Fixpoint<FunctionNode, Certainty>({ ...settles, compute: (fn) => this.within(undefined, () => this.computeRejects(fn)) });
  private readonly throwing = new Fixpoint<FunctionNode, Certainty>({ ...settles, compute: (fn) => this.within(undefined, () => this.computeThrows(fn)) });

  private readonly known = new WeakMap<ts.Expression, Certainty>();
  private readonly knownGiven = new WeakMap<FunctionNode, Map<string, Certainty>>();
  /** The call whose values the questions are asked for; undefined: for any call. */
  private activation: Activation | undefined;
  /** The same questions for callers that know what they pass: there, parameters that a function calls cannot fail. */
  private readonly apartFromCallbacks: Rejections;

  constructor(
    private readonly model: RejectionQuestions,
    private readonly parametersFail = true,
  ) {
    this.apartFromCallbacks = parametersFail ? new Rejections(model, false) : this;
  }

  /** Can what the function returns reject, or (where it is not async) the call throw? For generators: can their iteration fail? */
  ofFunction(fn: FunctionNode): Certainty {
    return this.rejecting.get(fn);
  }

  /** Can the function throw before it returns? */
  throws(fn: FunctionNode): Certainty {
    return this.throwing.get(fn);
  }

  /** Can this promise-valued expression reject? Values that are no promises cannot. */
  ofExpression(expr: ts.Expression): Certainty {
    const node = skipWrappers(expr);
    if (this.activation) return this.activation.dead.has(expr) || this.activation.dead.has(node) ? 'no' : this.byForm(node);
    const known = this.known.get(node);
    if (known !== undefined) return known;
    const answer = this.byForm(node);
    if (this.isIdle) this.known.set(node, answer);
    return answer;
  }

  /** No answer rests on what is still being worked out. */
  private get isIdle(): boolean {
    return this.rejecting.isIdle && this.throwing.isIdle;
  }

  private within<T>(activation: Activation | undefined, ask: () => T): T {
    const outer = this.activation;
    this.activation = activation;
    try {
      return ask();
    } finally {
      this.activation = outer;
    }
  }

  private byForm(node: ts.Expression): Certainty {
    if (ts.isCallExpression(node)) return this.ofCall(node);
    if (ts.isNewExpression(node)) return this.ofConstruction(node);
    if (ts.isIdentifier(node)) return this.ofName(node);
    if (ts.isConditionalExpression(node)) return or(this.ofExpression(node.whenTrue), this.ofExpression(node.whenFalse));
    if (ts.isBinaryExpression(node)) return this.ofBinary(node);
    if (ts.isPropertyAccessExpression(node)) return this.ofMember(node);
    if (ts.isElementAccessExpression(node)) return this.typed(node);
    if (ts.isYieldExpression(node) || ts.isTaggedTemplateExpression(node)) return this.typed(node);
    return 'no';
  }

  /** Can the call throw before it returns: the callee itself, or a callback it runs at once? */
  ofCallItself(info: CallInfo): Certainty {
    return this.callThrows(info, isPromisePosition(info.call));
  }

  // ── bodies ──

  private computeRejects(fn: FunctionNode): Certainty {
    if (isGenerator(fn)) return this.escapesBody(fn, isAsync(fn));
    if (isAsync(fn)) return or(this.escapesBody(fn, true), this.returned(fn));
    return or(this.activation ? this.computeThrows(fn) : this.throws(fn), this.returned(fn));
  }

  private computeThrows(fn: FunctionNode): Certainty {
    // Calling an async function or generator runs nothing that could throw but the parameters' defaults.
    if (isAsync(fn)) return 'no';
    return this.escapesBody(fn, false);
  }

  private escapesBody(fn: FunctionNode, async: boolean): Certainty {
    const body = fn.body;
    return body ? this.escapes(body, async) : 'unknown';
  }

  /** A returned promise passes its rejection on, whatever try stands around the return. */
  private returned(fn: FunctionNode): Certainty {
    const values = returnedExpressions(fn).filter((value) => !this.isDeadWithin(value, fn));
    return join(values, (value) => (values.some((other) => handles(other, value)) ? and('unknown', this.ofExpression(value)) : this.ofExpression(value)));
  }

  private isDeadWithin(node: ts.Node, fn: FunctionNode): boolean {
    const dead = this.activation?.dead;
    if (!dead || dead.size === 0) return false;
    for (let at: ts.Node = node; at !== fn; at = at.parent) if (dead.has(at)) return true;
    return false;
  }

  /** Can an exception leave this piece of code? */
  private escapes(node: ts.Node, async: boolean): Certainty {
    if (this.activation?.dead.has(node)) return 'no';
    if (isFunctionNode(node) || ts.isClassLike(node) || ts.isTypeNode(node)) return 'no';
    if (ts.isThrowStatement(node)) return 'yes';
    if (ts.isTryStatement(node)) return this.escapesTry(node, async);
    let own: Certainty = 'no';
    if (async && ts.isAwaitExpression(node)) own = this.ofExpression(node.expression);
    else if (async && ts.isForOfStatement(node) && node.awaitModifier) own = this.ofIteration(node.expression);
    else if (ts.isCallExpression(node) || ts.isNewExpression(node)) own = this.callThrows(this.model.call(node), async && isPromisePosition(node));
    return own === 'yes' ? 'yes' : or(own, this.escapesChildren(node, async));
  }

  private escapesChildren(node: ts.Node, async: boolean): Certainty {
    let result: Certainty = 'no';
    ts.forEachChild(node, (child) => {
      result = or(result, this.escapes(child, async));
      return result === 'yes' || undefined;
    });
    return result;
  }

  private escapesTry(node: ts.TryStatement, async: boolean): Certainty {
    const tried = this.escapes(node.tryBlock, async);
    // A handler runs only when something was thrown, so it fails at most as surely as what it guards.
    const handled = node.catchClause && tried !== 'no' ? and(tried, this.escapes(node.catchClause.block, async)) : node.catchClause ? 'no' : tried;
    if (!node.finallyBlock) return handled;
    // `finally { process.exit() }`: nobody is left to see the exception.
    if (node.finallyBlock.statements.some((statement) => this.endsProcess(statement))) return 'no';
    return or(handled, this.escapes(node.finallyBlock, async));
  }

  private endsProcess(statement: ts.Statement): boolean {
    if (!ts.isExpressionStatement(statement)) return false;
    const call = skipWrappers(statement.expression);
    return ts.isCallExpression(call) && this.model.call(call).effects.never === true;
  }

  /** The turns of `for await`: a generator's body, promises of a literal, or a stream that may fail. */
  private ofIteration(expr: ts.Expression): Certainty {
    const node = skipWrappers(expr);
    if (ts.isCallExpression(node)) {
      const { targets, effects } = this.model.call(node);
      if (targets.length > 0) return join(targets, (t) => this.ofFunction(t));
      return effects.canReject ?? 'unknown';
    }
    return ts.isArrayLiteralExpression(node) ? this.ofElements(node) : 'unknown';
  }

  // ── calls ──

  private callThrows(info: CallInfo, givesPromise: boolean): Certainty {
    const { call, effects, targets } = info;
    const callee = skipWrappers(call.expression);
    if (isLogging(callee) || this.isSettler(callee) || isChain(callee) || this.isCopy(info)) return 'no';
    if (isFunctionNode(callee)) return this.throws(callee);
    if (ts.isNewExpression(call) && ERROR.test(calleeName(call))) return 'no';
    const callbacks = this.callbacksFail(info, (c) => c.timing === 'sync' && !c.catches, (fn) => this.throws(fn));
    if (effects.throws !== undefined) return or(effects.throws, callbacks);
    // Complete with no body at all: a class without a constructor.
    if (targets.length > 0 || info.complete) return or(or(join(targets, (t) => this.ofTarget(t, call, 'throws')), info.complete ? 'no' : 'unknown'), callbacks);
    // What returns a promise reports its failures by it.
    if (effects.promise || givesPromise) return callbacks;
    return 'unknown';
  }

  /** `JSON.parse(JSON.stringify(value))` reads what it has just written. */
  private isCopy({ call, qualified }: CallInfo): boolean {
    const text = call.arguments?.[0] && skipWrappers(call.arguments[0]);
    return qualified === 'global.JSON.parse' && text !== undefined && ts.isCallExpression(text) && this.model.call(text).qualified === 'global.JSON.stringify';
  }

  /** Failures that some of the callbacks pass on to the caller. */
  private callbacksFail({ call, effects }: CallInfo, concerned: (callback: CallbackEffect) => boolean, fails: (fn: FunctionNode) => Certainty): Certainty {
    return join(effects.callbacks ?? [], (callback) => {
      if (!concerned(callback)) return 'no';
      const given = callbackArgument(call, callback);
      if (!given || isAbsent(given)) return 'no';
      const bodies = this.model.functionsOf(given);
      return bodies.length > 0 ? join(bodies, fails) : this.handlerByName(given);
    });
  }

  private ofCall(node: ts.CallExpression): Certainty {
    const callee = skipWrappers(node.expression);
    if (isFunctionNode(callee)) return this.ofFunction(callee);
    if (ts.isPropertyAccessExpression(callee)) {
      const chained = this.ofChain(node, callee);
      if (chained) return chained;
    }
    const info = this.model.call(node);
    const { effects, targets } = info;
    if (effects.combinator) return this.ofCombinator(effects.combinator, node);
    const [first] = node.arguments;
    if (isPromiseMember(callee, 'resolve')) return first ? this.ofExpression(first) : 'no';
    if (isPromiseMember(callee, 'reject')) return 'yes';
    // A helper that can also be told to fail does not where it is given the time alone: `delay(ms)` of `delay(ms, error?, signal?)`.
    if (targets.length > 0 && isSleep(node) && node.arguments.length === 1) return 'no';
    if (targets.length > 0) {
      const answer = this.ofTargets(info);
      // Whether there may be other bodies matters only where none of these can fail.
      return answer === 'no' && (!info.complete || this.isHookForAll(callee)) ? 'unknown' : answer;
    }
    if (!this.parametersFail && this.isParameter(callee)) return 'no';
    if (effects.sleeps || isSleep(node)) return effects.canReject === 'yes' || node.arguments.some(mentionsSignal) ? 'yes' : 'no';
    if (ts.isPropertyAccessExpression(callee) && TAKES_OUT.test(memberName(callee.name)) && node.arguments.length === 0) return and(this.ofList(callee.expression), this.external(node, info));
    const callbacks = this.callbacksFail(info, adoptsResult, (fn) => this.ofFunction(fn));
    if (effects.canReject !== undefined) return or(effects.canReject, callbacks);
    if (effects.promise) return 'yes';
    return this.external(node, info);
  }

  /** `traced('name', async () => …)`: a function that is given others fails by itself, or as they do. */
  private ofTargets({ call, targets }: CallInfo): Certainty {
    const given = (call.arguments ?? []).flatMap((argument) => (isFunctionNode(skipWrappers(argument)) ? this.model.functionsOf(argument) : []));
    if (given.length === 0) return join(targets, (t) => this.ofTarget(t, call, 'rejects'));
    return or(join(targets, (t) => this.apartFromCallbacks.ofFunction(t)), join(given, (fn) => this.ofFunction(fn)));
  }

  /** A function that can fail, asked once more for the values of this call: `emit('debug')` may never come to what fails. */
  private ofTarget(target: FunctionNode, call: CallNode, question: Question): Certainty {
    const answer = question === 'rejects' ? this.ofFunction(target) : this.throws(target);
    const depth = (this.activation?.depth ?? 0) + 1;
    if (answer !== 'yes' || depth > MAX_GIVEN_DEPTH || isGenerator(target)) return answer;
    const given = givenBy(call, target, this.activation?.given);
    return given.size === 0 ? answer : this.ofFunctionGiven(target, given, depth, question);
  }

  private ofFunctionGiven(fn: FunctionNode, given: GivenValues, depth: number, question: Question): Certainty {
    const key = `${question} ${depth}\n${keyOfGiven(given)}`;
    let answers = this.knownGiven.get(fn);
    if (!answers) this.knownGiven.set(fn, (answers = new Map()));
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = this.within({ given, dead: deadGiven(fn, given), depth }, () => (question === 'rejects' ? this.computeRejects(fn) : this.computeThrows(fn)));
    if (this.isIdle) answers.set(key, answer);
    return answer;
  }

  private isParameter(callee: ts.Expression): boolean {
    return ts.isIdentifier(callee) && (this.model.symbolOf(callee)?.declarations?.some(ts.isParameter) ?? false);
  }

  /** A call that neither a body nor a model describes: a promise from outside the view can reject. */
  private external(node: ts.CallExpression, info: CallInfo): Certainty {
    const typed = this.model.isPromise(node);
    // Where a package is not installed, that somebody awaits or chains what it gives says that it is a promise.
    if (typed === 'unknown' && isPromisePosition(outermostWrapper(node)) && (info.qualified !== undefined || this.isPromisified(node))) return 'yes';
    if (typed !== 'yes') return typed;
    const callee = skipWrappers(node.expression);
    const name = ts.isPropertyAccessExpression(callee) ? callee.name : callee;
    const declarations = this.model.symbolOf(name)?.declarations ?? [];
    if (declarations.some((d) => this.isOfOwnList(d)) || describesOwnCode(declarations, info)) return 'unknown';
    const wrapped = node.arguments.filter(isFunctionLiteral).filter((fn) => isAsync(fn) || ts.isCallExpression(fn.body));
    // `trace('name', async () => …)` by an interface of this program: a wrapper fails as what it wraps does.
    if (wrapped.length > 0 && declarations.some((d) => !d.getSourceFile().isDeclarationFile)) return join(wrapped, (fn) => this.ofFunction(fn));
    // Where only the type is known, the body is not in view either.
    const outside = declarations.length > 0 ? declarations.every((d) => isBodiless(d) || this.isHookOf(d, node)) : info.targets.length === 0;
    return outside ? 'yes' : 'unknown';
  }

  /** `const { onClose } = options`, `const hook = this.hooks.get(name)`: whoever uses this code gives the function, and may give an async one. */
  private isHookOf(declaration: ts.Declaration, call: ts.CallExpression): boolean {
    if (ts.isBindingElement(declaration)) return declaration.initializer === undefined && this.isFromParameter(declaration);
    if (!ts.isVariableDeclaration(declaration) || !isConst(declaration) || !declaration.initializer) return false;
    const source = skipWrappers(declaration.initializer);
    if (!ts.isCallExpression(source) || !ts.isPropertyAccessExpression(source.expression) || source.expression.name.text !== 'get') return false;
    const registry = this.model.symbolOf(source.expression.expression)?.declarations?.[0];
    return registry !== undefined && isOpenToOthers(registry) && this.model.isAlwaysPromise(call) === 'no';
  }

  private isFromParameter(element: ts.BindingElement): boolean {
    let pattern: ts.Node = element.parent.parent;
    while (ts.isBindingElement(pattern)) pattern = pattern.parent.parent;
    if (ts.isParameter(pattern)) return true;
    const source = ts.isVariableDeclaration(pattern) && pattern.initializer ? skipWrappers(pattern.initializer) : undefined;
    return source !== undefined && this.isParameter(source);
  }

  /** `save?(state): void | Promise<void>` of an interface: none of those in view may be async, and the next one may. */
  private isHookForAll(callee: ts.Expression): boolean {
    if (!ts.isPropertyAccessExpression(callee)) return false;
    return this.model.symbolOf(callee.name)?.declarations?.some((d) => (ts.isMethodSignature(d) || ts.isPropertySignature(d)) && givesPromiseOrNothing(d.type)) ?? false;
  }

  /** `promisify(fs.stat)(path)`. */
  private isPromisified(node: ts.CallExpression): boolean {
    const callee = skipWrappers(node.expression);
    return ts.isCallExpression(callee) && this.model.call(callee).qualified === 'node:util.promisify';
  }

  /** `[...handlers].map((handler) => handler())` over a constant of this module: code in view fills it, and with what is not asked. */
  private isOfOwnList(declaration: ts.Declaration): boolean {
    if (!ts.isParameter(declaration) || !isFunctionLiteral(declaration.parent)) return false;
    const call = declaration.parent.parent;
    if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return false;
    const list = skipWrappers(call.expression.expression);
    const [only] = ts.isArrayLiteralExpression(list) ? list.elements : [];
    const name = only && ts.isSpreadElement(only) ? skipWrappers(only.expression) : list;
    const kept = ts.isIdentifier(name) ? this.model.symbolOf(name)?.declarations?.[0] : undefined;
    return kept !== undefined && ts.isVariableDeclaration(kept) && isConst(kept) && ts.isSourceFile(kept.parent.parent.parent) && !isExported(kept.parent.parent);
  }

  /** `p.then(f, g)`, `p.catch(g)`, `p.finally(f)`; undefined where the member is another one or its receiver no promise. */
  private ofChain(node: ts.CallExpression, callee: ts.PropertyAccessExpression): Certainty | undefined {
    if (!isChain(callee) || this.model.call(node).targets.length > 0) return undefined;
    const [first, second] = node.arguments;
    const source = this.ofExpression(callee.expression);
    switch (memberName(callee.name)) {
      case 'then':
        return or(this.caughtBy(second, source), this.ofHandler(first));
      case 'catch':
        return this.caughtBy(first, source);
      default:
        return or(source, this.ofHandler(first));
    }
  }

  private caughtBy(handler: ts.Expression | undefined, source: Certainty): Certainty {
    if (!handler || isAbsent(handler) || source === 'no') return source;
    return and(source, this.ofHandler(handler));
  }

  private ofHandler(handler: ts.Expression | undefined): Certainty {
    if (!handler || isAbsent(handler)) return 'no';
    const bodies = this.model.functionsOf(handler);
    return bodies.length > 0 ? join(bodies, (fn) => this.ofFunction(fn)) : this.handlerByName(handler);
  }

  private handlerByName(handler: ts.Expression): Certainty {
    const node = skipWrappers(handler);
    if (isLogging(node) || this.isSettler(node)) return 'no';
    if (ts.isIdentifier(node) && HARMLESS_HANDLERS.has(node.text)) return 'no';
    // `logger.error.bind(logger)`
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && memberName(node.expression.name) === 'bind') return this.handlerByName(node.expression.expression);
    return 'unknown';
  }

  // ── promises of many ──

  private ofCombinator(kind: NonNullable<CallInfo['effects']['combinator']>, node: ts.CallExpression): Certainty {
    const [first] = node.arguments;
    return kind === 'allSettled' || !first ? 'no' : this.ofList(first);
  }

  /** Can one promise of a list reject? */
  private ofList(expr: ts.Expression): Certainty {
    const node = skipWrappers(expr);
    if (ts.isArrayLiteralExpression(node)) return this.ofElements(node);
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const [first, second] = node.arguments;
      const mapper = memberName(node.expression.name) === 'from' ? second : first;
      switch (memberName(node.expression.name)) {
        case 'map':
        case 'flatMap':
        case 'from':
          return mapper ? this.ofHandler(mapper) : 'unknown';
        case 'filter':
        case 'slice':
        case 'concat':
          return this.ofList(node.expression.expression);
        default:
          return 'unknown';
      }
    }
    if (ts.isIdentifier(node)) {
      const declaration = this.variableOf(node);
      const initializer = declaration?.initializer && isConst(declaration) ? skipWrappers(declaration.initializer) : undefined;
      if (declaration && initializer && ts.isArrayLiteralExpression(initializer) && initializer.elements.length === 0) return this.ofPushed(declaration);
      if (initializer) return this.ofList(initializer);
    }
    return 'unknown';
  }

  /** What a list made empty is filled with, where nothing but `push` and `unshift` of the function that made it fills it. */
  private ofPushed(list: ts.VariableDeclaration): Certainty {
    const pushed: ts.Expression[] = [];
    let isFilledOtherwise = ts.isSourceFile(enclosingRoot(list));
    const visit = (node: ts.Node): void => {
      if (ts.isIdentifier(node) && node !== list.name && node.text === list.name.getText() && !isMemberName(node)) {
        const member = ts.isPropertyAccessExpression(node.parent) && node.parent.expression === node ? node.parent : undefined;
        const call = member && ts.isCallExpression(member.parent) && member.parent.expression === member ? member.parent : undefined;
        if (call && /^(?:push|unshift)$/.test(memberName(member!.name))) pushed.push(...call.arguments);
        else isFilledOtherwise ||= !member && !(ts.isCallExpression(node.parent) && isPromiseMember(skipWrappers(node.parent.expression), 'all'));
      }
      ts.forEachChild(node, visit);
    };
    visit(enclosingRoot(list));
    if (isFilledOtherwise || pushed.length === 0) return 'unknown';
    return join(pushed, (value) => (ts.isSpreadElement(value) ? this.ofList(value.expression) : this.ofExpression(value)));
  }

  private ofElements(list: ts.ArrayLiteralExpression): Certainty {
    return join(list.elements, (e) => (ts.isSpreadElement(e) ? this.ofList(e.expression) : this.ofExpression(e)));
  }

  // ── other expressions ──

  private ofConstruction(node: ts.NewExpression): Certainty {
    // `new Bluebird(…)`: a promise by its type. Thenables of other kinds (a query that runs when awaited) do nothing yet.
    if (!ts.isIdentifier(node.expression) || node.expression.text !== 'Promise') return this.model.isAlwaysPromise(node) === 'yes' ? 'yes' : 'no';
    const executor = node.arguments?.[0];
    const bodies = executor ? this.model.functionsOf(executor) : [];
    return bodies.length > 0 ? join(bodies, (fn) => this.ofExecutor(fn)) : 'unknown';
  }

  /** `work().catch(reject)` of work that cannot fail. */
  private isNeverCalled(handler: ts.Identifier): boolean {
    const call = handler.parent;
    if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(call.expression)) return false;
    const [method, index] = [memberName(call.expression.name), call.arguments.indexOf(handler)];
    return ((method === 'catch' && index === 0) || (method === 'then' && index === 1)) && this.ofExpression(call.expression.expression) === 'no';
  }

  private ofExecutor(fn: FunctionNode): Certainty {
    const [resolve, reject] = parametersOf(fn);
    if (reject && usesOf(fn, reject).some((use) => !this.isNeverCalled(use))) return 'yes';
    const adopted = resolve ? join(argumentsOf(fn, resolve), (value) => (ts.isCallExpression(value) ? this.ofExpression(value) : 'no')) : 'no';
    // A throw before the executor returns rejects too; an async executor loses it.
    return or(adopted, isAsync(fn) ? 'no' : this.throws(fn));
  }

  private ofName(node: ts.Identifier): Certainty {
    if (node.text === 'undefined') return 'no';
    const declaration = this.variableOf(node);
    if (!declaration) return this.typed(node);
    if (isConst(declaration)) return declaration.initializer ? this.ofExpression(skipWrappers(declaration.initializer)) : this.typed(node);
    const known = this.typed(node);
    const written = known === 'no' ? undefined : lastWrittenBefore(node, declaration);
    return written && this.ofExpression(written) === 'yes' ? 'yes' : known;
  }

  /** A getter in view gives what its body returns; who filled a field is not asked here. */
  private ofMember(node: ts.PropertyAccessExpression): Certainty {
    const getter = this.model.symbolOf(node)?.declarations?.find(ts.isGetAccessorDeclaration);
    return getter?.body ? this.ofFunction(getter) : this.typed(node);
  }

  private ofBinary(node: ts.BinaryExpression): Certainty {
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.QuestionQuestionToken:
      case ts.SyntaxKind.BarBarToken:
        return or(this.ofExpression(node.left), this.ofExpression(node.right));
      case ts.SyntaxKind.AmpersandAmpersandToken:
      case ts.SyntaxKind.CommaToken:
      case ts.SyntaxKind.EqualsToken:
        return this.ofExpression(node.right);
      case ts.SyntaxKind.QuestionQuestionEqualsToken:
      case ts.SyntaxKind.BarBarEqualsToken:
        return or(this.typed(node.left), this.ofExpression(node.right));
      default:
        return 'no';
    }
  }

  /** Nothing is known but the type: what is surely no promise cannot reject. */
  private typed(node: ts.Expression): Certainty {
    return this.model.isPromise(node) === 'no' ? 'no' : 'unknown';
  }

  private variableOf(node: ts.Identifier): ts.VariableDeclaration | undefined {
    const declaration = this.model.symbolOf(node)?.declarations?.[0];
    return declaration && ts.isVariableDeclaration(declaration) && ts.isIdentifier(declaration.name) ? declaration : undefined;
  }

  /** `resolve` or `reject` of an executor. */
  private isSettler(node: ts.Expression): boolean {
    if (!ts.isIdentifier(node)) return false;
    const declaration = this.model.symbolOf(node)?.declarations?.[0];
    if (!declaration || !ts.isParameter(declaration) || !isFunctionNode(declaration.parent)) return false;
    const maker = declaration.parent.parent;
    return ts.isNewExpression(maker) && ts.isIdentifier(maker.expression) && maker.expression.text === 'Promise';
  }
}

function join<T>(items: readonly T[], ask: (item: T) => Certainty): Certainty {
  let result: Certainty = 'no';
  for (const item of items) {
    result = or(result, ask(item));
    if (result === 'yes') break;
  }
  return result;
}

function isFunctionLiteral(node: ts.Node): node is ts.ArrowFunction | ts.FunctionExpression {
  return ts.isArrowFunction(node) || ts.isFunctionExpression(node);
}

function isExported(statement: ts.Node): boolean {
  return ts.isVariableStatement(statement) && (statement.modifiers?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword) ?? false);
}

/** Awaited, returned or chained: the call is there for its promise. */
function isPromisePosition(node: ts.Node): boolean {
  const parent = node.parent;
  if (ts.isAwaitExpression(parent) || ts.isReturnStatement(parent)) return true;
  return ts.isPropertyAccessExpression(parent) && isChain(parent);
}

function isChain(callee: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(callee) && /^(?:then|catch|finally)$/.test(memberName(callee.name));
}

/** `console.warn`, `this.logger.error`, `log(…)`. */
function isLogging(callee: ts.Expression): boolean {
  if (ts.isIdentifier(callee)) return LOGGER.test(callee.text);
  if (!ts.isPropertyAccessExpression(callee)) return false;
  const receiver = skipWrappers(callee.expression);
  return ts.isIdentifier(receiver) ? LOGGER.test(receiver.text) : ts.isPropertyAccessExpression(receiver) && LOGGER.test(memberName(receiver.name).replace(/^#/, ''));
}

/** `if (options.throwError) return p; return p.catch(report);`: whether the caller hears of it is for it to say. */
function handles(chain: ts.Expression, promise: ts.Expression): boolean {
  const [call, source] = [skipWrappers(chain), skipWrappers(promise)];
  return ts.isIdentifier(source) && ts.isCallExpression(call) && ts.isPropertyAccessExpression(call.expression) && memberName(call.expression.name) === 'catch' && skipWrappers(call.expression.expression).getText() === source.text;
}

function isPromiseMember(callee: ts.Expression, member: string): boolean {
  if (!ts.isPropertyAccessExpression(callee) || memberName(callee.name) !== member) return false;
  const holder = callee.expression;
  return ts.isIdentifier(holder) ? holder.text === 'Promise' : ts.isPropertyAccessExpression(holder) && memberName(holder.name) === 'Promise';
}

/** By its name; `pause` only where it is told how long: a queue, a player and a stream are paused too. */
function isSleep(call: ts.CallExpression): boolean {
  const name = calleeName(call);
  if (!SLEEP.test(name)) return false;
  const [time] = call.arguments;
  return !/^pause$/i.test(name) || (time !== undefined && (ts.isNumericLiteral(time) || ts.isBinaryExpression(time) || TIME.test(time.getText())));
}

function isAbsent(node: ts.Expression): boolean {
  return node.kind === ts.SyntaxKind.NullKeyword || (ts.isIdentifier(node) && node.text === 'undefined');
}

function mentionsSignal(argument: ts.Expression): boolean {
  return /\b(?:abortS|s)ignal\b/.test(argument.getText());
}

/** The call's own promise takes the callback's fate: it waits for it, or wraps what it returns at once. */
function adoptsResult({ timing, result, catches }: CallbackEffect): boolean {
  return timing === 'awaited' ? result !== 'ignored' && !catches : timing === 'sync' && result === 'used';
}

/** The argument (or property of the options there) that a callback effect speaks of. */
export function callbackArgument(call: CallNode, callback: CallbackEffect): ts.Expression | undefined {
  const argument = callback.arg < 0 ? call.arguments?.at(callback.arg) : call.arguments?.[callback.arg];
  if (!argument || callback.property === undefined) return argument;
  const bag = skipWrappers(argument);
  if (!ts.isObjectLiteralExpression(bag)) return undefined;
  for (const property of bag.properties) {
    if (!property.name || memberName(property.name as ts.PropertyName) !== callback.property) continue;
    if (ts.isPropertyAssignment(property)) return property.initializer;
    if (ts.isShorthandPropertyAssignment(property)) return property.name;
  }
  return undefined;
}

function parametersOf(fn: FunctionNode): readonly (ts.Identifier | undefined)[] {
  if (ts.isClassStaticBlockDeclaration(fn)) return [];
  return fn.parameters.map((p) => (ts.isIdentifier(p.name) ? p.name : undefined));
}

function argumentsOf(fn: FunctionNode, callee: ts.Identifier): ts.Expression[] {
  return usesOf(fn, callee).flatMap((use) => (ts.isCallExpression(use.parent) && use.parent.expression === use ? [...use.parent.arguments] : []));
}

/** Mentions in the body, shadowing names left out. */
function usesOf(fn: FunctionNode, name: ts.Identifier): ts.Identifier[] {
  const uses: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (isFunctionNode(node) && parametersOf(node).some((p) => p?.text === name.text)) return;
    if (ts.isIdentifier(node) && node.text === name.text && !isMemberName(node)) uses.push(node);
    ts.forEachChild(node, visit);
  };
  if (fn.body) visit(fn.body);
  return uses;
}

function isMemberName(node: ts.Identifier): boolean {
  return (ts.isPropertyAccessExpression(node.parent) && node.parent.name === node) || (ts.isPropertyAssignment(node.parent) && node.parent.name === node);
}

/** JavaScript whose types stand in a declaration file of its own project: what it calls is that project's, and has a body somewhere. */
function describesOwnCode(declarations: readonly ts.Declaration[], { call, qualified }: CallInfo): boolean {
  if (!/\.[cm]?jsx?$/.test(call.getSourceFile().fileName)) return false;
  if (declarations.length === 0) return qualified === undefined;
  return declarations.map((d) => d.getSourceFile()).every(({ isDeclarationFile, fileName }) => isDeclarationFile && !fileName.includes('/node_modules/'));
}

/** A collection that code outside this file may fill: a public field, or what an interface declares. */
function isOpenToOthers(declaration: ts.Declaration): boolean {
  if (ts.isPropertySignature(declaration)) return true;
  return ts.isPropertyDeclaration(declaration) && !ts.isPrivateIdentifier(declaration.name) && !declaration.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.PrivateKeyword);
}

/** `void | Promise<void>`, or a function type that gives it. */
function givesPromiseOrNothing(type: ts.TypeNode | undefined): boolean {
  if (type && ts.isFunctionTypeNode(type)) return givesPromiseOrNothing(type.type);
  if (!type || !ts.isUnionTypeNode(type)) return false;
  const isPromise = (part: ts.TypeNode): boolean => ts.isTypeReferenceNode(part) && /^Promise(?:Like)?$/.test(part.typeName.getText());
  return type.types.some(isPromise) && type.types.some(({ kind }) => kind === ts.SyntaxKind.VoidKeyword || kind === ts.SyntaxKind.UndefinedKeyword);
}

/** Declared here, written elsewhere: a declaration file, an ambient function, an interface's method, a parameter that is called. */
function isBodiless(declaration: ts.Declaration): boolean {
  if (declaration.getSourceFile().isDeclarationFile) return true;
  if (ts.isFunctionDeclaration(declaration) || ts.isMethodDeclaration(declaration)) return declaration.body === undefined;
  if (ts.isVariableDeclaration(declaration) || ts.isPropertyDeclaration(declaration)) return declaration.initializer === undefined;
  return ts.isMethodSignature(declaration) || ts.isPropertySignature(declaration) || ts.isParameter(declaration);
}
