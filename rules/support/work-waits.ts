import {
  enclosingRoot, forEachDescendant, is, shortText, skipWrappers, surely,
  type CallNode, type EventOf, type FunctionFlow, type Place, type SemanticModel, type ts,
} from '../../src/rule.js';
import { isWaitedFor } from './awaited-calls.js';
import { isShared } from './interleaving.js';
import { calledName } from './promise-values.js';

/** A wait that ends when work of others does. */
export interface WorkWait {
  readonly at: ts.Node;
  readonly subject: ts.Node;
  /** `queue.onIdle()`, `this.workers`. */
  readonly text: string;
}

/** A call that waits for all work under way: by its model, or a combinator over tasks kept in a shared place. */
export function workWaitOf(step: CallNode | ts.AwaitExpression, model: SemanticModel): WorkWait | undefined {
  if (is.await(step)) return undefined;
  const { effects } = model.call(step);
  if (effects.waitsForWork) return takesFunction(step, model) || isWaitedFor(step, model) ? waitAt(step, callText(step, model)) : undefined;
  if ((effects.combinator !== 'all' && effects.combinator !== 'allSettled') || !isWaitedFor(step, model)) return undefined;
  const tasks = step.arguments?.[0] && keptTasks(step.arguments[0], model);
  return tasks && waitAt(step, shortText(tasks));
}

/** `await this.currentJob;` for its end alone: nothing is taken from it, and it was not set here. */
export function keptWaitOf(step: CallNode | ts.AwaitExpression, model: SemanticModel): WorkWait | undefined {
  if (!is.await(step) || !is.expressionStatement(step.parent)) return undefined;
  const { expression } = step;
  const place = model.place(expression);
  if (!place || !isShared(place) || !surely(model.isPromise(expression))) return undefined;
  const isSetHere = model.flow(enclosingRoot(step)).all('write').some((write) => write.place.key === place.key);
  return isSetHere ? undefined : { at: expression, subject: step, text: shortText(expression) };
}

/** A call outside the view that, by its name, waits for an end: `pool.end()`, `once(server, 'close')`. */
export function endingWaitOf(call: CallNode | ts.AwaitExpression, model: SemanticModel): WorkWait | undefined {
  if (is.await(call)) return undefined;
  const { effects, targets } = model.call(call);
  if (targets.length > 0 || effects.deadline || effects.io === 'file' || !isWaitedFor(call, model)) return undefined;
  return ENDING.test(calledName(call).getText()) ? waitAt(call, callText(call, model)) : undefined;
}

const ENDING = /^(?:once|close|stop|end|shutdown|terminate|quit|disconnect|drain|destroy|teardown|wait|join|finished|done|idle|on(?:Idle|Empty))(?:[A-Z]\w*)?$/;

function waitAt(call: CallNode, text: string): WorkWait {
  return { at: calledName(call), subject: call, text };
}

function callText(call: CallNode, model: SemanticModel): string {
  return takesFunction(call, model) || (call.arguments ?? []).length > 2 ? `${shortText(call.expression)}()` : shortText(call);
}

function takesFunction(call: CallNode, model: SemanticModel): boolean {
  return call.arguments?.some((argument) => surely(model.isCallable(argument))) ?? false;
}

/** `this.workers`, `[...this.running]`, `jobs.values()`, `workers.map((worker) => worker.done)`: promises that the instance or module keeps. */
function keptTasks(list: ts.Expression, model: SemanticModel): ts.Expression | undefined {
  const value = skipWrappers(model.resolveAlias(list));
  if (is.arrayLiteral(value)) {
    const [only, ...others] = value.elements;
    return only && is.spread(only) && others.length === 0 ? keptTasks(only.expression, model) : undefined;
  }
  if (is.call(value)) {
    const [first] = value.arguments;
    if (value.expression.getText() === 'Array.from') return first && value.arguments.length === 1 ? keptTasks(first, model) : undefined;
    const callee = value.expression;
    if (!is.propertyAccess(callee)) return undefined;
    const picks = callee.name.text === 'map' && first && is.arrowFunction(first) && is.propertyAccess(first.body) && surely(model.isPromise(first.body));
    return picks || callee.name.text === 'values' ? keptTasks(callee.expression, model) : undefined;
  }
  return isKept(value, model) ? value : undefined;
}

function isKept(expr: ts.Expression, model: SemanticModel): boolean {
  const place = model.place(expr);
  return place !== undefined && isShared(place);
}

/** A loop that waits until a shared place has changed. */
export interface DrainLoop {
  readonly loop: ts.IterationStatement;
  readonly wait: EventOf<'await'>;
  /** What is looked at, all of it shared. */
  readonly test: ts.Expression;
  /** `while this.active > 0`, `until this.queue.length === 0`. */
  readonly condition: string;
  /** What each turn takes out of the place itself; undefined where the loop only looks. */
  readonly takes: ts.Node | undefined;
}

export function drainLoops(flow: FunctionFlow, model: SemanticModel): readonly DrainLoop[] {
  const waits = flow.all('await').filter((event) => event.loops.length > 0 && event.suspends !== 'micro');
  const loops = new Set(waits.flatMap((event) => [event.loops.at(-1)!]));
  return [...loops].flatMap((loop) => {
    const test = testOf(loop);
    const places = test ? sharedIn(test.expression, model) : [];
    const wait = waits.find((event) => event.loops.at(-1) === loop);
    if (!test || !wait || places.length === 0) return [];
    return [{ loop, wait, test: test.expression, condition: `${test.leaves ? 'until' : 'while'} ${shortText(test.expression)}`, takes: takenIn(loop, places, flow, model) ?? endedIn(wait, places, model) }];
  });
}

/** What decides whether there is another turn: the condition, or the first thing an endless loop looks at. */
function testOf(loop: ts.IterationStatement): { readonly expression: ts.Expression; readonly leaves: boolean } | undefined {
  const condition = is.while(loop) || is.doWhile(loop) ? loop.expression : 'condition' in loop ? (loop as ts.ForStatement).condition : undefined;
  if (condition && condition.getText() !== 'true') return { expression: condition, leaves: false };
  const [first] = is.forOf(loop) || !is.block(loop.statement) ? [] : loop.statement.statements;
  return first && is.if(first) && /^\{?\s*(?:break|return)\b/.test(first.thenStatement.getText()) ? { expression: first.expression, leaves: true } : undefined;
}

function sharedIn(test: ts.Expression, model: SemanticModel): readonly Place[] {
  const places: Place[] = [];
  const visit = (node: ts.Node): boolean | void => {
    const place = is.identifier(node) || is.propertyAccess(node) ? model.place(node) : undefined;
    if (!place) return;
    places.push(place);
    return false;
  };
  if (visit(test) !== false) forEachDescendant(test, visit);
  return places.every(isShared) ? places : [];
}

/** `await this.clients[0].release()`: the wait is for the end of one of those that are looked at, not for anybody's work. */
function endedIn(wait: EventOf<'await'>, places: readonly Place[], model: SemanticModel): ts.Node | undefined {
  const call = wait.operand && skipWrappers(wait.operand);
  const callee = call && is.call(call) ? skipWrappers(call.expression) : undefined;
  if (!callee || !is.propertyAccess(callee) || !/^(?:release|close|end|destroy|dispose|stop|disconnect|terminate)$/.test(callee.name.text)) return undefined;
  const list = model.place(callee.expression);
  return list && places.some(({ key }) => list.key.startsWith(key.replace(/\.(?:length|size)$/, ''))) ? call : undefined;
}

/** The write by which a turn changes what is looked at, itself or in a callee. */
function takenIn(loop: ts.IterationStatement, places: readonly Place[], flow: FunctionFlow, model: SemanticModel): ts.Node | undefined {
  const touches = (key: string): boolean => places.some((place) => place.key === key || place.key.startsWith(`${key}.`));
  const write = flow.all('write').find((event) => event.loops.includes(loop) && touches(event.place.key));
  if (write) return write.node;
  return flow.all('call').find(({ call, loops }) => loops.includes(loop) && enclosingRoot(call) === flow.node && model.call(call).targets.some((fn) => [...model.summary(fn).writes].some(touches)))?.call;
}
