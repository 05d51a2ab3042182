import { is, isAsync, isFunctionNode, or, skipWrappers, surely, type Certainty, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';
import { calledName, derivation } from './promise-values.js';
import { assignedBefore } from './rejection-origin.js';

type Task = ts.CallExpression | ts.NewExpression;

/** Can the call give a promise that rejects with nobody to handle it? */
export function unhandledRejection(task: Task, model: SemanticModel): Certainty {
  const { effects, qualified } = model.call(task);
  // `Promise.reject(error);` raises an unhandled rejection on purpose.
  if (effects.mayFloat || qualified === 'global.Promise.reject' || reportsToCallback(task) || takesOut(task) || givesBackWhatIsNamed(task, qualified) || givesKeptPromise(task, model) || isGivenNoTask(task, model)) return 'no';
  if (!isPromise(task, model)) return rejectionOfElements(task, model);
  if (givesReceiver(task, model)) return 'no';
  const rejects = model.canReject(task);
  if (surely(rejects)) return surely(model.isLazyThenable(task)) ? 'unknown' : 'yes';
  // A handler is trusted unless it is seen to throw; a callback beside or behind it may fail where nobody sees it.
  if (hasHandler(task, model)) return hasCallbackBehind(task, model) ? 'unknown' : 'no';
  const source = derivation(task)?.source;
  const given = source && assignedBefore(model, source);
  return given ? or(rejects, model.canReject(given)) : rejects;
}

/** Where types are missing, what has a `then` that takes a function in view is taken for a promise. */
function isPromise(task: Task, model: SemanticModel): boolean {
  const answer = model.isPromise(task);
  return surely(answer) || (answer === 'unknown' && isDeclared(task, model) && !!derivation(task)?.handlers.some((handler) => model.functionsOf(handler).length > 0));
}

/** A name at the start of the chain that nothing declares or imports says nothing. */
function isDeclared(task: ts.Expression, model: SemanticModel): boolean {
  const source = derivation(task)?.source;
  if (source) return isDeclared(skipWrappers(source), model);
  return !is.identifier(task) || model.symbolOf(task) !== undefined;
}

/** Does the call, or one before it in its chain, name a rejection handler? */
function hasHandler(task: ts.Expression, model: SemanticModel): boolean {
  const derived = derivation(task);
  if (!derived || !is.call(task)) return false;
  const index = model.call(task).effects.rejectionHandler;
  const handler = index === undefined ? undefined : derived.handlers[index];
  return (handler !== undefined && model.isCallable(handler) !== 'no') || hasHandler(skipWrappers(derived.source), model);
}

/** `p.catch(report).then(next)`, `p.then(next, report)`: is a callback that is not in view run where no later handler sees it fail? */
function hasCallbackBehind(task: ts.Expression, model: SemanticModel): boolean {
  const derived = derivation(task);
  if (!derived || !is.call(task)) return false;
  const index = model.call(task).effects.rejectionHandler;
  const others = derived.handlers.filter((_, i) => i !== index);
  if (others.some((handler) => isCalledUnseen(handler, model))) return true;
  return derived.handlers[index ?? -1] === undefined && hasCallbackBehind(skipWrappers(derived.source), model);
}

/** A function from elsewhere by its name; a parameter is the caller's, who knows what it does. */
function isCalledUnseen(handler: ts.Expression, model: SemanticModel): boolean {
  const value = skipWrappers(handler);
  if (!is.identifier(value) || model.functionsOf(value).length > 0 || !surely(model.isCallable(value))) return false;
  return model.symbolOf(value)?.declarations?.some(is.parameter) === false;
}

/** Calls of two forms, `run(query, (error, rows) => …)`: where they are given a callback, the failure goes there. */
function reportsToCallback(task: Task): boolean {
  const last = task.arguments?.at(-1);
  return last !== undefined && !derivation(task) && isErrorFirst(last);
}

/** `request.set('accept', type)`, which is declared to return `this`: no task of its own, and what becomes of the request shows elsewhere. */
function givesReceiver(task: Task, model: SemanticModel): boolean {
  const callee = skipWrappers(task.expression);
  if (!is.propertyAccess(callee) || !(is.identifier(skipWrappers(callee.expression)) || is.propertyAccess(skipWrappers(callee.expression)))) return false;
  const declarations = model.symbolOf(callee.name)?.declarations ?? [];
  return declarations.length > 0 && declarations.every((declaration) => 'type' in declaration && (declaration.type as ts.TypeNode | undefined)?.getText() === 'this');
}

/** `queue.shift()`: the promise was made, and kept, by somebody else. */
function takesOut(task: Task): boolean {
  const callee = skipWrappers(task.expression);
  return is.propertyAccess(callee) && TAKES_OUT.test(callee.name.text) && (task.arguments?.length ?? 0) === 0;
}

const TAKES_OUT = /^(?:shift|pop)$/;

function isErrorFirst(argument: ts.Expression): boolean {
  const value = skipWrappers(argument);
  if (is.identifier(value)) return /^(cb|done|next|callback)$|Callback$/.test(value.text);
  // `unsubscribe(topic, () => {})`: a function that does nothing is there to take the outcome.
  if (is.functionExpression(value)) return /^_?e(rr|rror)?$/.test(value.parameters[0]?.name.getText() ?? '') || (is.block(value.body) && value.body.statements.length === 0);
  // `timeout((error, rows) => …, 1000)`
  return is.call(value) && value.arguments.some((inner) => is.functionExpression(inner) && isErrorFirst(inner));
}

/** `Object.freeze(this);`: should it be a promise, whoever holds it has its rejection. */
function givesBackWhatIsNamed(task: Task, qualified: string | undefined): boolean {
  const given = task.arguments?.[0] && skipWrappers(task.arguments[0]);
  return given !== undefined && /^global\.Object\.(?:assign|defineProperty|defineProperties|freeze|seal|setPrototypeOf|preventExtensions)$/.test(qualified ?? '') && (is.identifier(given) || is.this(given) || is.propertyAccess(given));
}

/** A parameter that may give a promise by its type, and every caller in view gives a function that gives none. */
function isGivenNoTask({ expression }: Task, model: SemanticModel): boolean {
  const callee = skipWrappers(expression);
  const parameter = is.identifier(callee) ? model.symbolOf(callee)?.declarations?.[0] : undefined;
  const fn = parameter && is.parameter(parameter) ? parameter.parent : undefined;
  if (!parameter || !is.parameter(parameter) || !fn || !isFunctionNode(fn) || !('parameters' in fn)) return false;
  const index = fn.parameters.indexOf(parameter);
  const callers = model.callersOf(fn).filter((call) => model.fileOf(call).role !== 'test');
  return callers.length > 0 && callers.every((call) => {
    const given = call.arguments?.[index];
    const functions = given ? model.functionsOf(given) : [];
    return functions.length > 0 && functions.every((each) => !isAsync(each) && model.summary(each).returnsPromise === 'no');
  });
}

/** `flush() { …; return this.promise; }`: whoever keeps the promise in the field has its rejection. */
function givesKeptPromise(task: Task, model: SemanticModel): boolean {
  const { targets, complete } = model.call(task);
  return complete && targets.length > 0 && targets.every((fn) => !isAsync(fn) && returnsFields(fn, model));
}

function returnsFields(fn: FunctionNode, model: SemanticModel): boolean {
  const values = model.flow(fn).all('return').map(({ value }) => value && skipWrappers(value));
  return values.length > 0 && values.every((value) => value && is.propertyAccess(value));
}

/** `keys.map(load)` as a statement drops one promise per element. */
function rejectionOfElements(task: Task, model: SemanticModel): Certainty {
  const [mapper] = task.arguments ?? [];
  // `startAll()`; methods of a list give promises that it held before: `running.splice(0, 1)`.
  if (is.call(task) && is.identifier(task.expression)) return surely(model.isArrayOfPromises(task)) ? 'unknown' : 'no';
  if (!mapper || !/^(map|flatMap)$/.test(calledName(task).getText()) || !surely(model.isArrayOfPromises(task))) return 'no';
  const mappers = model.functionsOf(mapper);
  return mappers.length === 0 ? 'yes' : mappers.map((fn) => model.summary(fn).canReject).reduce(or);
}
