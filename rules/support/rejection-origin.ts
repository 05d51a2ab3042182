import { is, isAsync, skipWrappers, surely, type EventTest, type FunctionNode, type SemanticModel, type TraceStep, type ts } from '../../src/rule.js';
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

/** The step by which the promise of the function comes to reject; a handler's throw is a rejection from its first line on. */
export function rejectionShownIn(model: SemanticModel, fn: FunctionNode, isHandler = false): readonly TraceStep[] | undefined {
  const flow = model.flow(fn);
  const isEnd: EventTest = (event) => event.kind === 'exit-throw';
  // Of a function that is not async, a throw reaches the caller at once; only the promise it returns can reject.
  const way = isHandler
    ? flow.pathTo(flow.entry, isEnd, { throws: 'await' })
    : isAsync(fn)
      ? flow.pathThrough(flow.entry, (event) => event.kind === 'await', isEnd, { throws: 'await' })
      : undefined;
  const origin = way?.thrown.findLast(({ kind }) => kind === 'throw' || kind === 'await');
  if (origin) return [{ at: origin.node, text: origin.kind === 'throw' ? 'it throws here' : 'a rejection here leaves the function' }];
  const returned = flow.all('return').flatMap(({ value }) => (value ? valuesOf(value) : []));
  const rejecting = returned.find((value) => surely(model.canReject(value)));
  return rejecting && [{ at: calledName(rejecting), text: 'the promise returned here may reject' }];
}

function shownInChain(model: SemanticModel, { method, source, handlers }: Derivation): readonly TraceStep[] | undefined {
  const ofHandlers = shownInSome(model, handlers.flatMap((handler) => model.functionsOf(handler)), true);
  const isHandled = method === 'catch' ? handlers.length > 0 : method === 'then' && handlers.length > 1;
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
