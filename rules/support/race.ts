import { enclosingRoot, is, skipWrappers, type CallNode, type FlowRoot, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { executorOf } from './promise-executor.js';
import { derivation, valuesOf } from './promise-values.js';
import { handleOf, isBrief, isBriefSleep } from './timer-handle.js';

/** `Promise.race` or `Promise.any` over contenders that are written out. */
export interface Race {
  readonly call: ts.CallExpression;
  readonly contenders: readonly Contender[];
}

export interface Contender {
  /** As it stands in the list. */
  readonly given: ts.Expression;
  /** What makes the promise: through names, chains and branches. */
  readonly source: ts.Expression;
}

export function racesIn(flow: FunctionFlow, model: SemanticModel): readonly Race[] {
  return flow.all('call').flatMap(({ call, effects }): Race[] => {
    if (!is.call(call) || enclosingRoot(call) !== flow.node || (effects.combinator !== 'race' && effects.combinator !== 'any')) return [];
    const list = call.arguments[0] && skipWrappers(model.resolveAlias(call.arguments[0]));
    if (!list || !is.arrayLiteral(list)) return [];
    return [{ call, contenders: list.elements.flatMap((given) => sourcesOf(given, model).map((source) => ({ given, source }))) }];
  });
}

/** The calls and names behind a promise: `const late = sleep(9); late.then(f)` comes from `sleep(9)`. */
export function sourcesOf(expr: ts.Expression, model: SemanticModel, depth = 0): readonly ts.Expression[] {
  return valuesOf(expr).flatMap((value) => {
    const derived = derivation(value);
    if (derived && depth < 8) return sourcesOf(derived.source, model, depth + 1);
    const source = skipWrappers(model.resolveAlias(value));
    return source === value || depth >= 8 ? [value] : sourcesOf(source, model, depth + 1);
  });
}

/** The variable or field that is raced, itself or through a chain: `closed`, `this.closed.then(f)`. */
export function racedName(given: ts.Expression): ts.Expression | undefined {
  const derived = derivation(given);
  if (derived) return racedName(derived.source);
  const value = skipWrappers(given);
  return is.identifier(value) || is.propertyAccess(value) ? value : undefined;
}

/** A timer that settles a promise and that nobody can clear. */
export interface LooseTimer {
  /** The call in this function that sets it going. */
  readonly made: CallNode;
  /** The timer call itself, where it is in view. */
  readonly timer: ts.Node;
}

/** The timer behind a promise: set in its executor, in the executor of a helper, or a sleep without a signal. */
export function looseTimerOf(source: ts.Expression, model: SemanticModel): LooseTimer | undefined {
  if (!is.callOrNew(source)) return undefined;
  if (is.new(source)) {
    const timer = timerInExecutor(source, model);
    return timer && { made: timer, timer };
  }
  const { targets, effects } = model.call(source);
  const helper = targets.find((fn) => model.summary(fn).returnsUnclearedTimer);
  if (helper) return { made: source, timer: model.flow(helper).all('timer')[0]?.node ?? helper };
  const isSleep = effects.sleeps && effects.promise && model.signalParameter(source)?.given !== 'yes' && !isBriefSleep(source, model);
  return isSleep ? { made: source, timer: source } : undefined;
}

function timerInExecutor(promise: ts.NewExpression, model: SemanticModel): ts.CallExpression | undefined {
  const given = promise.arguments?.[0];
  const executor = given && executorOf(skipWrappers(given), model);
  const timers = executor ? model.flow(executor.fn).all('timer') : [];
  const [only] = timers.flatMap(({ call, timer }) => (is.call(call) && timer.kind === 'timeout' ? [call] : []));
  if (!only || isBrief(only, model)) return undefined;
  const handle = handleOf(only, model);
  return handle.fate === 'dropped' || (handle.fate === 'kept' && handle.clears.length === 0) ? only : undefined;
}

/** Does the process end right behind the node, here or in whoever calls this function? Then nothing is left behind. */
export function endsProcessAfter(node: ts.Node, flow: FunctionFlow, model: SemanticModel, depth = 0): boolean {
  const [event] = flow.at(node);
  if (event && !flow.pathTo(event, (e) => e.kind === 'exit' || e === event, { throws: 'none' })) return true;
  const root: FlowRoot = flow.node;
  if (is.sourceFile(root) || depth > 2) return false;
  const callers = model.callersOf(root);
  return callers.length > 0 && callers.every((call) => endsProcessAfter(call, model.flow(enclosingRoot(call)), model, depth + 1));
}
