import {
  enclosingRoot, forEachDescendant, is, isFunctionNode, shortText, skipWrappers,
  type CallNode, type FunctionFlow, type FunctionNode, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { constantNumber } from './constant-number.js';
import { calledName, lastCalledName } from './promise-values.js';

/** A constant time after which the work of a call is given up. */
export interface TimeLimit {
  readonly kind: 'signal' | 'option' | 'wrapper' | 'race';
  readonly ms: number;
  readonly node: ts.Node;
  /** How a message names it. */
  readonly text: string;
}

/** What a parameter is known to be. */
type Known = ReadonlyMap<ts.Symbol, number>;
const NOTHING: Known = new Map();
const MAX_CALLS = 4;

/** The limits that a call sets to its own work: by its options, a signal, its name, or a race. */
export function limitsOf(call: CallNode, flow: FunctionFlow, model: SemanticModel, known: Known = NOTHING): readonly TimeLimit[] {
  const { effects } = model.call(call);
  // The limit itself, and its timer.
  if (effects.deadline || effects.timer || effects.derivesSignal || effects.sleeps) return [];
  if (effects.combinator) return effects.combinator === 'race' ? raceLimits(call, model, known) : [];
  const number = (expr: ts.Expression): number | undefined => constantNumber(expr, model, (value) => knownValue(value, model, known));
  const found: TimeLimit[] = [];
  const isNamed = WRAPPER.test(lastCalledName(call)) && (call.arguments?.length ?? 0) > 1;
  for (const argument of call.arguments ?? []) {
    const ms = isNamed && !isFunctionNode(argument) ? number(argument) : undefined;
    if (ms) found.push({ kind: 'wrapper', ms, node: argument, text: `${calledName(call).getText()}()` });
    found.push(...argumentLimits(argument, flow, model, number));
  }
  return found.filter(({ ms }) => ms > 0 && Number.isFinite(ms));
}

const WRAPPER = /^(?:p?timeout|(?:with|run|until|abort|fail)\w*(?:timeout|deadline|timelimit)\w*|\w*(?:withTimeout|orTimeout|withDeadline|timeoutAfter))$/i;
const OPTION = /^(?:timeout|timeout_?ms|milliseconds|request_?timeout(?:ms)?|headersTimeout|deadline_?ms)$/i;

function argumentLimits(argument: ts.Expression, flow: FunctionFlow, model: SemanticModel, number: (expr: ts.Expression) => number | undefined): TimeLimit[] {
  const value = skipWrappers(model.resolveAlias(argument));
  if (is.call(value)) return signalLimits(value, flow, model, number);
  if (is.propertyAccess(value)) return controllerLimits(value, flow, model, number);
  if (!is.objectLiteral(value)) return [];
  return value.properties.flatMap((property): TimeLimit[] => {
    const given = is.propertyAssignment(property) ? skipWrappers(property.initializer) : is.shorthandPropertyAssignment(property) ? property.name : undefined;
    if (!given || !property.name) return [];
    const name = property.name.getText();
    if (/signal$/i.test(name)) return argumentLimits(given, flow, model, number);
    if (!OPTION.test(name)) return [];
    const inner = is.objectLiteral(given) ? given.properties.find((each) => is.propertyAssignment(each) && each.name.getText() === 'request') : undefined;
    const ms = number(inner && is.propertyAssignment(inner) ? inner.initializer : given);
    return ms === undefined ? [] : [{ kind: 'option', ms, node: property, text: `its ${name}` }];
  });
}

/** `AbortSignal.timeout(ms)`, alone or among others of `AbortSignal.any`. */
function signalLimits(call: ts.CallExpression, flow: FunctionFlow, model: SemanticModel, number: (expr: ts.Expression) => number | undefined): TimeLimit[] {
  const name = call.expression.getText();
  const [first] = call.arguments;
  if (name === 'AbortSignal.timeout') {
    const ms = first && number(first);
    return ms === undefined ? [] : [{ kind: 'signal', ms, node: call, text: 'its signal' }];
  }
  const list = name === 'AbortSignal.any' && first ? skipWrappers(model.resolveAlias(first)) : undefined;
  return list && is.arrayLiteral(list) ? list.elements.flatMap((each) => argumentLimits(each, flow, model, number)) : [];
}

/** `setTimeout(() => controller.abort(), ms)` for `controller.signal`. */
function controllerLimits(signal: ts.PropertyAccessExpression, flow: FunctionFlow, model: SemanticModel, number: (expr: ts.Expression) => number | undefined): TimeLimit[] {
  if (signal.name.text !== 'signal' || !is.identifier(signal.expression)) return [];
  const controller = signal.expression;
  return flow.all('timer').flatMap(({ call, timer }): TimeLimit[] => {
    const [callback, delay] = call.arguments ?? [];
    if (timer.kind !== 'timeout' || !callback || !delay || !abortsIn(callback, controller, model)) return [];
    const ms = number(delay);
    return ms === undefined ? [] : [{ kind: 'signal', ms, node: call, text: 'its timer' }];
  });
}

function abortsIn(callback: ts.Node, controller: ts.Identifier, model: SemanticModel): boolean {
  let aborts = false;
  const visit = (node: ts.Node): void => {
    aborts ||= is.propertyAccess(node) && node.name.text === 'abort' && model.sameValue(node.expression, controller) === 'yes';
  };
  forEachDescendant(callback, visit);
  return aborts;
}

/** `Promise.race([work(), sleep(ms)])`: a sleep or a timer in an executor. */
function raceLimits(call: CallNode, model: SemanticModel, known: Known): TimeLimit[] {
  return contendersOf(call, model).flatMap((contender): TimeLimit[] => {
    const delay = delayOf(contender, model);
    const ms = delay && constantNumber(delay, model, (value) => knownValue(value, model, known));
    return ms === undefined ? [] : [{ kind: 'race', ms, node: contender, text: 'the race' }];
  });
}

function contendersOf(call: CallNode, model: SemanticModel): readonly ts.Expression[] {
  const list = call.arguments?.[0] && skipWrappers(model.resolveAlias(call.arguments[0]));
  return list && is.arrayLiteral(list) ? list.elements : [];
}

function delayOf(contender: ts.Expression, model: SemanticModel): ts.Expression | undefined {
  const value = skipWrappers(model.resolveAlias(contender));
  if (!is.callOrNew(value)) return undefined;
  const { effects } = model.call(value);
  if (effects.sleeps) return value.arguments?.[0];
  const executor = is.new(value) && value.expression.getText() === 'Promise' ? value.arguments?.[0] : undefined;
  let delay: ts.Expression | undefined;
  if (executor) {
    forEachDescendant(executor, (node) => {
      if (is.call(node) && model.call(node).effects.timer?.kind === 'timeout') delay ??= node.arguments[1];
    });
  }
  return delay;
}

function knownValue(value: ts.Expression, model: SemanticModel, known: Known): number | undefined {
  const symbol = is.identifier(value) ? model.symbolOf(value) : undefined;
  return symbol && known.get(symbol);
}

/** A limit of something that the call waits for, with the calls that lead there. */
export interface InnerLimit {
  readonly limit: TimeLimit;
  readonly work: CallNode;
  readonly way: readonly TraceStep[];
}

/** Limits below the call: in its arguments, and in functions in view that nobody else calls. */
export function innerLimits(call: CallNode, flow: FunctionFlow, model: SemanticModel): readonly InnerLimit[] {
  return [...argumentWork(call, flow, model), ...calleeWork(call, model, NOTHING, [], 0)];
}

/** `withTimeout(load(id), 500)`, `withTimeout(() => load(id), 500)`, the other sides of a race. */
function argumentWork(call: CallNode, flow: FunctionFlow, model: SemanticModel): InnerLimit[] {
  const isRace = model.call(call).effects.combinator === 'race';
  return (isRace ? contendersOf(call, model) : (call.arguments ?? [])).flatMap((argument): InnerLimit[] => {
    const value = skipWrappers(model.resolveAlias(argument));
    if (is.functionExpression(value)) return value.body ? within(value, model, NOTHING, [], 0) : [];
    if (!is.callOrNew(value) || delayOf(value, model)) return [];
    return [...limitsOf(value, flow, model).map((limit) => ({ limit, work: value, way: [] })), ...calleeWork(value, model, NOTHING, [], 0)];
  });
}

function calleeWork(call: CallNode, model: SemanticModel, known: Known, way: readonly TraceStep[], depth: number): InnerLimit[] {
  const { targets } = model.call(call);
  const [target] = targets;
  if (!target || targets.length > 1 || depth >= MAX_CALLS || model.callersOf(target).length !== 1) return [];
  return within(target, model, argumentsOf(call, target, model, known), [...way, { at: call, text: `${shortText(call.expression)}() is part of it` }], depth + 1);
}

/** Calls of the function that it waits for: the rest goes on by itself. */
function within(fn: FunctionNode, model: SemanticModel, known: Known, way: readonly TraceStep[], depth: number): InnerLimit[] {
  const flow = model.flow(fn);
  return flow.all('call').filter(({ call }) => enclosingRoot(call) === fn).flatMap(({ call }) => [
    ...limitsOf(call, flow, model, known).map((limit) => ({ limit, work: call, way })),
    ...calleeWork(call, model, known, way, depth),
  ]);
}

/** The numbers that the parameters are given here, or are by default. */
function argumentsOf(call: CallNode, target: FunctionNode, model: SemanticModel, known: Known): Known {
  const numbers = new Map<ts.Symbol, number>();
  if (!('parameters' in target)) return numbers;
  for (const [index, { name, initializer }] of target.parameters.entries()) {
    const given = call.arguments?.[index] ?? initializer;
    const symbol = is.identifier(name) ? model.symbolOf(name) : undefined;
    const value = given && symbol && constantNumber(given, model, (each) => knownValue(each, model, known));
    if (symbol && value !== undefined) numbers.set(symbol, value);
  }
  return numbers;
}
