import { is, isAsync, isFunctionNode, skipWrappers, surely, type CallNode, type EventTest, type FunctionNode, type SemanticModel, type TraceStep, type ts } from '../../src/rule.js';
import { calledName, derivation, valuesOf, type Derivation } from './promise-values.js';

const SHOWN_ELSEWHERE: readonly TraceStep[] = [];

/**
 * Where the rejection of a promise that can reject begins: a step in the body in view, no step where no body is. Undefined
 * where all that is in view is a check before the first await, of the function's own or of a callee: it guards against wrong
 * use, and a caller that drops the promise has rarely got that wrong.
 */
export function rejectionShown(model: SemanticModel, promise: ts.Expression): readonly TraceStep[] | undefined {
  const value = skipWrappers(promise);
  const derived = derivation(value);
  if (derived) return shownInChain(model, derived);
  if (!is.callOrNew(value)) return SHOWN_ELSEWHERE;
  const { targets } = model.call(value);
  return targets.length === 0 ? SHOWN_ELSEWHERE : shownInSome(model, targets);
}

const MAX_DEPTH = 4;

/** Is another package's type all that tells of the rejection: no throw or declaration in view, no model, whatever functions lie between? */
export function isOnlyTyped(model: SemanticModel, promise: ts.Expression, depth = 0): boolean {
  const value = skipWrappers(promise);
  const derived = derivation(value);
  if (derived) {
    if (shownInSome(model, derived.handlers.flatMap((handler) => model.functionsOf(handler)), true)) return false;
    return isOnlyTyped(model, assignedBefore(model, derived.source) ?? derived.source, depth);
  }
  if (!is.callOrNew(value)) {
    const source = model.resolveAlias(value);
    return source === value ? isDeclaredElsewhere(model, value) : isOnlyTyped(model, source, depth);
  }
  const { targets, effects, qualified } = model.call(value);
  // `traced('save', async () => …)` fails as what it is given does.
  if (targets.length > 0 && value.arguments?.some((argument) => isFunctionNode(skipWrappers(argument)))) return false;
  if (targets.length > 0) return depth < MAX_DEPTH && targets.every((fn) => isOnlyTypedIn(model, fn, depth + 1));
  // `Object.assign(new Promise(…), …)`: of the language itself.
  if (is.new(value) || qualified?.startsWith('global.') || effects.promise || effects.canReject !== undefined) return false;
  return isDeclaredElsewhere(model, calledName(value));
}

/** `work()` of `work().catch((error) => { throw error; })`, which handles nothing. */
export function passedOnBy(promise: CallNode): CallNode {
  const derived = derivation(promise);
  const source = derived && skipWrappers(derived.source);
  const handler = derived?.method === 'catch' && derived.handlers[0] ? skipWrappers(derived.handlers[0]) : undefined;
  if (!source || !is.callOrNew(source) || !handler || !isFunctionNode(handler) || !handler.body || !is.block(handler.body)) return promise;
  const [only, other] = handler.body.statements;
  const [error] = 'parameters' in handler ? handler.parameters : [];
  const isRethrow = only !== undefined && !other && is.throw(only) && error !== undefined && only.expression.getText() === error.name.getText();
  return isRethrow ? passedOnBy(source) : promise;
}

/** By another package, or by whoever calls this code and gives it the function. */
function isDeclaredElsewhere(model: SemanticModel, name: ts.Node): boolean {
  return model.symbolOf(name)?.declarations?.every((declaration) => declaration.getSourceFile().isDeclarationFile || is.parameter(declaration) || is.bindingElement(declaration)) ?? true;
}

function isOnlyTypedIn(model: SemanticModel, fn: FunctionNode, depth: number): boolean {
  const origin = originIn(model, fn, false);
  return origin?.rejected !== undefined && isOnlyTyped(model, origin.rejected, depth);
}

/** The step by which the promise of the function comes to reject; a handler's throw is a rejection from its first line on. */
export function rejectionShownIn(model: SemanticModel, fn: FunctionNode, isHandler = false): readonly TraceStep[] | undefined {
  const origin = originIn(model, fn, isHandler);
  return origin && [origin.step];
}

/** How a function comes to reject, and the promise whose rejection it passes on, if it is one's. */
interface Origin {
  readonly step: TraceStep;
  readonly rejected: ts.Expression | undefined;
}

function originIn(model: SemanticModel, fn: FunctionNode, isHandler: boolean): Origin | undefined {
  const flow = model.flow(fn);
  const isEnd: EventTest = (event) => event.kind === 'exit-throw';
  // Of a function that is not async, a throw reaches the caller at once; only the promise it returns can reject.
  const way = isHandler
    ? flow.pathTo(flow.entry, isEnd, { throws: 'await' })
    : isAsync(fn)
      ? flow.pathThrough(flow.entry, (event) => event.kind === 'await', isEnd, { throws: 'await' })
      : undefined;
  const origin = way?.thrown.findLast(({ kind }) => kind === 'throw' || kind === 'await');
  if (origin?.kind === 'await') return { step: { at: origin.node, text: 'a rejection here leaves the function' }, rejected: origin.operand };
  if (origin) return { step: { at: origin.node, text: 'it throws here' }, rejected: undefined };
  const returned = flow.all('return').flatMap(({ value }) => (value ? valuesOf(value) : []));
  const rejecting = returned.find((value) => surely(model.canReject(value)));
  return rejecting && { step: { at: calledName(rejecting), text: 'the promise returned here may reject' }, rejected: rejecting };
}

function shownInChain(model: SemanticModel, { method, source, handlers }: Derivation): readonly TraceStep[] | undefined {
  const ofHandlers = shownInSome(model, handlers.flatMap((handler) => model.functionsOf(handler)), true);
  const handler = method === 'catch' ? handlers[0] : method === 'then' ? handlers[1] : undefined;
  const isHandled = handler !== undefined && model.isCallable(handler) !== 'no';
  if (ofHandlers || isHandled) return ofHandlers;
  const origin = assignedBefore(model, source) ?? source;
  return surely(model.canReject(origin)) ? rejectionShown(model, origin) : undefined;
}

function shownInSome(model: SemanticModel, bodies: readonly FunctionNode[], isHandler?: boolean): readonly TraceStep[] | undefined {
  for (const fn of bodies) {
    const steps = rejectionShownIn(model, fn, isHandler);
    if (steps) return steps;
  }
  return undefined;
}

/** `this.tail = work(); this.tail.then(next);`: the value that the same block has just given to the name. */
export function assignedBefore(model: SemanticModel, source: ts.Expression): ts.Expression | undefined {
  const name = skipWrappers(source);
  if (!is.identifier(name) && !is.propertyAccess(name)) return undefined;
  let statement: ts.Node = name;
  while (!is.sourceFile(statement) && !is.block(statement.parent)) statement = statement.parent;
  if (is.sourceFile(statement) || !is.block(statement.parent)) return undefined;
  const { pos } = statement;
  const before = statement.parent.statements.filter((each) => each.pos < pos).map((each) => (is.expressionStatement(each) ? each.expression : undefined));
  const given = before.findLast((each) => each && is.assignment(each) && each.operatorToken.getText() === '=' && surely(model.sameValue(each.left, name)));
  return given && is.assignment(given) ? given.right : undefined;
}
