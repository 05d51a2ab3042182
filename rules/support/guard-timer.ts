import {
  enclosingRoot, forEachDescendant, is, shortText, skipWrappers, surely,
  type EventOf, type FlowEvent, type FunctionFlow, type Path, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { executorOf, type Executor, type Settling } from './promise-executor.js';
import { racesIn } from './race.js';
import { isBrief, type TimerHandle } from './timer-handle.js';

/** A timeout that outlives the operation it guards. */
export interface LooseGuard {
  readonly kind: 'onFailure' | 'onReturn' | 'afterSettling' | 'onSomeSettling' | 'afterWork' | 'afterReject';
  /** What is guarded, or what fails. */
  readonly what: string;
  readonly trace: readonly TraceStep[];
}

/** How the timeout comes to be left behind by what it guards, or undefined where it guards nothing or is cleared in time. */
export function looseGuard(timer: ts.CallExpression, handle: TimerHandle, flow: FunctionFlow, model: SemanticModel): LooseGuard | undefined {
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
  if (culprit && onlyTimerFails(culprit, timer, flow, model)) return undefined;
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
  const ofTimer = model.functionsOf(timer.arguments[0]!);
  const isOfTimer = ({ at }: Settling): boolean => within(at, timer) || ofTimer.some((fn) => fn !== executor.fn && within(at, fn));
  const settlesItself = executor.settlings.some(isOfTimer);
  if (!settlesItself) return undefined;
  const isCleared = ({ at, through }: Settling): boolean => {
    const root = enclosingRoot(at);
    const scopes = [statementOf(at), ...(through ? [through] : []), ...(root === executor.fn ? [] : [root])];
    return scopes.some((scope) => reachesClear(scope, clears, model)) || sharesFunction(clears, at, executor);
  };
  const loose = executor.settlings.find((settling) => !isOfTimer(settling) && !comesBefore(settling, timer, executor) && !isInner(settling) && !isCleared(settling));
  if (!loose) return undefined;
  return {
    kind: clears.length > 0 ? 'onSomeSettling' : 'afterSettling',
    what: '',
    trace: [
      { at: timer, text: 'the timer is set' },
      { at: loose.at, text: clears.length > 0 ? 'the promise settles by this without clearing the timer' : 'the promise settles by this, and the timer stays' },
    ],
  };
}

/** Settles at once, before the timer is set. */
function comesBefore({ at, called }: Settling, timer: ts.Node, executor: Executor): boolean {
  return called && enclosingRoot(at) === executor.fn && at.pos < timer.pos;
}

/** Inside a local function that settles: judged where that function is called or handed on. */
function isInner({ at, through }: Settling): boolean {
  return through !== undefined && within(at, through);
}

/** A clear in a function further out, up to the executor. */
function sharesFunction(clears: readonly ts.Node[], settling: ts.Node, executor: Executor): boolean {
  for (let root = enclosingRoot(settling); root !== executor.fn && !is.sourceFile(root); root = enclosingRoot(root)) {
    const around = root;
    if (clears.some((clear) => within(clear, around))) return true;
  }
  return enclosingRoot(settling) === executor.fn && clears.some((clear) => enclosingRoot(clear) === executor.fn);
}

/** Does the code clear the timer, itself or in what it calls: `cleanUp(); resolve(value);`? */
function reachesClear(code: ts.Node, clears: readonly ts.Node[], model: SemanticModel, depth = 0): boolean {
  if (clears.some((clear) => within(clear, code))) return true;
  let reaches = false;
  if (depth < 3) {
    forEachDescendant(code, (node) => {
      reaches ||= is.call(node) && model.call(node).targets.some((fn) => fn !== code && reachesClear(fn, clears, model, depth + 1));
    });
  }
  return reaches;
}

// ── no clear at all ──

/** A callback that aborts the work awaited here, or rejects what others wait for. */
function leftByWork(timer: ts.CallExpression, flow: FunctionFlow): LooseGuard | undefined {
  const callback = timer.arguments[0] && skipWrappers(timer.arguments[0]);
  if (!callback || !is.functionExpression(callback)) return undefined;
  let found: LooseGuard | undefined;
  forEachDescendant(callback, (node) => {
    if (found || !is.call(node) || !is.propertyAccess(node.expression)) return;
    const { name, expression: target } = node.expression;
    const set: TraceStep = { at: timer, text: 'the timer is set, and its handle is dropped' };
    if (name.text === 'abort') {
      const wait = awaitUnder(target, timer, flow);
      if (wait) found = { kind: 'afterWork', what: shortText(target), trace: [set, { at: wait.node, text: 'when this is done, the timer still runs' }] };
    } else if (name.text === 'reject') {
      found = { kind: 'afterReject', what: shortText(target), trace: [set, { at: node, text: `it fires however long ${shortText(target)} has been settled` }] };
    }
  });
  return found;
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

function statementOf(node: ts.Node): ts.Node {
  let current = node;
  while (!is.block(current.parent) && !is.sourceFile(current.parent) && !is.functionExpression(current.parent)) current = current.parent;
  return current;
}

function within(node: ts.Node, outer: ts.Node): boolean {
  return node.pos >= outer.pos && node.end <= outer.end && node.getSourceFile() === outer.getSourceFile();
}
