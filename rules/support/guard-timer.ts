import {
  enclosingRoot, forEachDescendant, functionName, is, shortText, skipWrappers, surely,
  type EventOf, type FlowEvent, type FunctionFlow, type Path, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { executorOf, type Executor, type Settling } from './promise-executor.js';
import { racesIn } from './race.js';
import { settlingThatLeaves, within } from './settling-coverage.js';
import { CLEAN_UP } from './signal-carriers.js';
import { isBrief, isHarmlessLeft, type TimerHandle } from './timer-handle.js';

/** A timeout that outlives the operation it guards. */
export interface LooseGuard {
  readonly kind: 'onFailure' | 'onReturn' | 'afterSettling' | 'onSomeSettling' | 'afterWork' | 'afterReject' | 'forSeconds';
  /** What is guarded, or what fails. */
  readonly what: string;
  readonly trace: readonly TraceStep[];
}

/** How the timeout comes to be left behind by what it guards, or undefined where it guards nothing or is cleared in time. */
export function looseGuard(timer: ts.CallExpression, handle: TimerHandle, flow: FunctionFlow, model: SemanticModel): LooseGuard | undefined {
  const guard = leftBehind(timer, handle, flow, model);
  return guard && isHarmlessLeft(timer, model) ? { ...guard, kind: 'forSeconds' } : guard;
}

function leftBehind(timer: ts.CallExpression, handle: TimerHandle, flow: FunctionFlow, model: SemanticModel): LooseGuard | undefined {
  if (handle.fate === 'away' || isBrief(timer, model)) return undefined;
  const executor = executorOf(flow.node, model);
  if (executor && handle.clears.every((clear) => within(clear, executor.fn))) return leftBySettling(timer, handle, executor, model);
  if (handle.clears.length > 0) return leftOnSomeWay(timer, handle, executor ? model.flow(enclosingRoot(executor.promise)) : flow, model);
  return leftByWork(timer, flow);
}

// ── cleared on some ways only ──

function leftOnSomeWay(timer: ts.CallExpression, { place, clears }: TimerHandle, flow: FunctionFlow, model: SemanticModel): LooseGuard | undefined {
  const set = flow.at(timer).find((event) => event.kind === 'timer');
  if (!set || !place || place.kind === 'field' || place.kind === 'module' || is.sourceFile(flow.node)) return undefined;
  const cleared = (event: FlowEvent): boolean => clearsIn(event, clears, model) || (event.kind === 'guard' && model.place(event.test)?.key === place.key);
  const own = flow.all('clear').find((event) => clears.includes(event.call) && flow.pathTo(set, (e) => e === event, { throws: 'none', backEdges: false }));
  if (!own) return undefined;
  const way =
    flow.pathTo(set, (e) => e.kind === 'exit-throw', { avoiding: cleared }) ??
    flow.pathTo(set, (e) => e.kind === 'exit', { avoiding: cleared });
  if (!way || isSetAgain(way, set)) return undefined;
  const culprit = way.thrown[0];
  if (culprit && (onlyTimerFails(culprit, timer, flow, model) || isLastResort(timer, flow))) return undefined;
  const end = culprit?.node ?? way.events.findLast((event) => event.kind === 'return' || event.kind === 'guard')?.node ?? timer;
  const what = culprit ? stepText(culprit) : '';
  return {
    kind: culprit ? 'onFailure' : 'onReturn',
    what,
    trace: [
      { at: timer, text: 'the timer is set' },
      { at: end, text: culprit ? `${what} fails: control leaves here` : 'control takes another way from here' },
      { at: own.node, text: 'this clear is never reached' },
    ],
  };
}

function clearsIn(event: FlowEvent, clears: readonly ts.Node[], model: SemanticModel): boolean {
  if (event.kind === 'clear') return clears.includes(event.call);
  if (event.kind === 'closure') return clears.some((clear) => within(clear, event.fn));
  return event.kind === 'call' && model.call(event.call).targets.some((fn) => clears.some((clear) => within(clear, fn)));
}

function isSetAgain(way: Path, set: FlowEvent): boolean {
  return way.events.filter((event) => event === set).length > 1;
}

/** `setTimeout(() => child.kill(), ms)` in a close(): where the polite way fails, the hard one still has to come. */
function isLastResort(timer: ts.CallExpression, { node }: FunctionFlow): boolean {
  const callback = timer.arguments[0] && skipWrappers(timer.arguments[0]);
  if (!callback || !is.functionExpression(callback) || is.sourceFile(node) || !CLEAN_UP.test(functionName(node))) return false;
  return [...methodsCalledIn(callback).keys()].some((name) => ENDS_WORK.test(name));
}

/** The race rejects because the timer has fired: then it is spent. */
function onlyTimerFails(culprit: FlowEvent, timer: ts.Node, flow: FunctionFlow, model: SemanticModel): boolean {
  if (culprit.kind !== 'await' || !culprit.operand) return false;
  const operand = culprit.operand;
  const race = racesIn(flow, model).find(({ call }) => within(call, operand) || skipWrappers(model.resolveAlias(operand)) === call);
  if (!race) return within(timer, skipWrappers(model.resolveAlias(operand)));
  return !race.contenders.some(({ given, source }) => !within(timer, source) && surely(model.canReject(given)));
}

// ── set in an executor ──

function leftBySettling(timer: ts.CallExpression, { clears }: TimerHandle, executor: Executor, model: SemanticModel): LooseGuard | undefined {
  const callbacks = model.functionsOf(timer.arguments[0]!).filter((fn) => fn !== executor.fn);
  const isSpent = ({ at }: Settling): boolean => within(at, timer) || callbacks.some((fn) => within(at, fn));
  if (!executor.settlings.some(isSpent)) return undefined;
  const loose = settlingThatLeaves({ made: timer, releases: clears, isSpent }, executor, model);
  if (!loose) return undefined;
  const isSome = clears.length > 0;
  return {
    kind: isSome ? 'onSomeSettling' : 'afterSettling',
    what: '',
    trace: [
      { at: timer, text: 'the timer is set' },
      { at: loose.at, text: isSome ? 'the promise settles by this without clearing the timer' : 'the promise settles by this, and the timer stays' },
    ],
  };
}

// ── no clear at all ──

/** A callback that aborts the work awaited here, or rejects what others wait for. */
function leftByWork(timer: ts.CallExpression, flow: FunctionFlow): LooseGuard | undefined {
  const callback = timer.arguments[0] && skipWrappers(timer.arguments[0]);
  if (!callback || !is.functionExpression(callback)) return undefined;
  const set: TraceStep = { at: timer, text: 'the timer is set, and its handle is dropped' };
  const ends = methodsCalledIn(callback);
  const aborted = ends.get('abort');
  const wait = aborted && awaitUnder(aborted, timer, flow);
  if (aborted && wait) return { kind: 'afterWork', what: shortText(aborted), trace: [set, { at: wait.node, text: 'when this is done, the timer still runs' }] };
  const cutOff = endedUnder(ends, timer, flow);
  if (cutOff) return { kind: 'afterWork', what: shortText(cutOff.object), trace: [set, { at: cutOff.wait.node, text: 'when this is done, the timer still runs' }] };
  const rejected = ends.get('reject');
  if (!rejected || ends.has('resolve') || isOwnSleep(rejected, flow)) return undefined;
  const what = shortText(rejected);
  return { kind: 'afterReject', what, trace: [set, { at: rejected, text: `it fires however long ${what} has been settled` }] };
}

/** `setTimeout(() => connection.destroy(), ms)` before `await connection.query(…)`: it cuts off what is waited for. */
function endedUnder(ends: ReadonlyMap<string, ts.Expression>, timer: ts.Node, flow: FunctionFlow): { readonly object: ts.Expression; readonly wait: EventOf<'await'> } | undefined {
  const set = flow.at(timer).find((event) => event.kind === 'timer');
  const object = [...ends].find(([name]) => ENDS_WORK.test(name))?.[1];
  if (!set || !object) return undefined;
  const wait = flow.all('await').find(({ operand }) => {
    const call = operand && skipWrappers(operand);
    return call && is.call(call) && is.propertyAccess(call.expression) && call.expression.expression.getText() === object.getText();
  });
  return wait && flow.pathTo(set, (event) => event === wait, { throws: 'none', backEdges: false }) ? { object, wait } : undefined;
}

const ENDS_WORK = /^(?:destroy|terminate|kill|disconnect|cancel)$/;

/** A deferred made here that nothing here resolves: the promise of a sleep. */
function isOwnSleep(deferred: ts.Expression, flow: FunctionFlow): boolean {
  const name = deferred.getText();
  let isOwn = false;
  let resolves = false;
  forEachDescendant(flow.node, (node) => {
    isOwn ||= is.variableDeclaration(node) && node.name.getText() === name;
    resolves ||= is.propertyAccess(node) && node.name.text === 'resolve' && node.expression.getText() === name;
  });
  return isOwn && !resolves;
}

/** Methods that the function itself calls, each with the object it is called on first. */
function methodsCalledIn(fn: ts.Node): ReadonlyMap<string, ts.Expression> {
  const called = new Map<string, ts.Expression>();
  forEachDescendant(fn, (node) => {
    if (is.functionExpression(node)) return false;
    const callee = is.call(node) ? skipWrappers(node.expression) : undefined;
    if (callee && is.propertyAccess(callee) && !called.has(callee.name.text)) called.set(callee.name.text, callee.expression);
    return true;
  });
  return called;
}

/** An await behind the timer of something that is given the controller's signal. */
function awaitUnder(controller: ts.Expression, timer: ts.Node, flow: FunctionFlow): EventOf<'await'> | undefined {
  const set = flow.at(timer).find((event) => event.kind === 'timer');
  if (!set || !is.identifier(controller)) return undefined;
  return flow.all('await').find((wait) => {
    if (!wait.operand || !flow.pathTo(set, (e) => e === wait, { throws: 'none' })) return false;
    let uses = false;
    forEachDescendant(wait.node, (node) => {
      uses ||= is.propertyAccess(node) && node.name.text === 'signal' && node.expression.getText() === controller.text;
    });
    return uses;
  });
}

// ── shared ──

function stepText(event: FlowEvent): string {
  if (event.kind === 'call') return `${shortText(event.call.expression)}()`;
  return event.kind === 'await' && event.operand ? shortText(event.operand) : 'this step';
}
