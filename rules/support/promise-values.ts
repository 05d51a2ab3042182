import { is, isAsync, shortText, skipWrappers, surely, type EventTest, type FunctionNode, type SemanticModel, type TraceStep, type ts } from '../../src/rule.js';

/** What an expression may evaluate to: through casts, branches, short circuits and the right side of a comma. */
export function valuesOf(expr: ts.Expression): readonly ts.Expression[] {
  const value = skipWrappers(expr);
  if (is.conditional(value)) return [...valuesOf(value.whenTrue), ...valuesOf(value.whenFalse)];
  if (!is.binary(value)) return [value];
  switch (value.operatorToken.getText()) {
    case ',':
    case '&&':
      return valuesOf(value.right);
    case '||':
    case '??':
      return [...valuesOf(value.left), ...valuesOf(value.right)];
    default:
      return [value];
  }
}

/** The name of what is called, a small place to point at; anything that is no call points at itself. */
export function calledName(expr: ts.Expression): ts.Node {
  const value = skipWrappers(expr);
  if (!is.callOrNew(value)) return value;
  const callee = skipWrappers(value.expression);
  if (is.propertyAccess(callee)) return callee.name;
  return is.functionExpression(callee) ? (callee.getFirstToken() ?? callee) : callee;
}

/** What a message calls the promise. */
export function taskName(expr: ts.Expression): string {
  const value = skipWrappers(expr);
  const derived = derivation(value);
  if (derived) return `the promise made by ${derived.method}()`;
  if (!is.callOrNew(value)) return shortText(value);
  if (is.functionExpression(skipWrappers(value.expression))) return 'the function called in place';
  return shortText(value);
}

/** A call that derives one promise from another. */
export function derivation(expr: ts.Expression): { readonly method: string; readonly source: ts.Expression; readonly handlers: readonly ts.Expression[] } | undefined {
  const value = skipWrappers(expr);
  if (!is.call(value)) return undefined;
  const callee = skipWrappers(value.expression);
  if (!is.propertyAccess(callee) || !/^(then|catch|finally)$/.test(callee.name.text)) return undefined;
  return { method: callee.name.text, source: callee.expression, handlers: value.arguments };
}

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

function shownInChain(model: SemanticModel, { method, source, handlers }: NonNullable<ReturnType<typeof derivation>>): readonly TraceStep[] | undefined {
  const ofHandlers = shownInSome(model, handlers.flatMap((handler) => model.functionsOf(handler)), true);
  const isHandled = method === 'catch' ? handlers.length > 0 : method === 'then' && handlers.length > 1;
  if (ofHandlers || isHandled) return ofHandlers;
  return surely(model.canReject(source)) ? rejectionShown(model, source) : undefined;
}

function shownInSome(model: SemanticModel, bodies: readonly FunctionNode[], isHandler?: boolean): readonly TraceStep[] | undefined {
  for (const fn of bodies) {
    const steps = rejectionShownIn(model, fn, isHandler);
    if (steps) return steps;
  }
  return undefined;
}
