import { functionName, is, isFunctionNode, outermostWrapper, skipWrappers, type CallNode, type FlowEvent, type FunctionFlow, type FunctionNode, type Overlap, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { overlapByOthers } from './meanwhile.js';

/** A clean-up that releases a handle, if it is there by then. */
export interface Release {
  readonly name: string;
  /** The releasing call. */
  readonly node: ts.Node;
  readonly overlap: Overlap;
  /** The function that others start: the clean-up itself, or the terminal method that calls it. */
  readonly fn: FunctionNode;
}

/** Names of methods that end what a handle stands for. */
export const ENDS: ReadonlySet<string> = new Set(['close', 'dispose', 'destroy', 'disconnect', 'end', 'kill', 'quit', 'release', 'shutdown', 'stop', 'terminate', 'unsubscribe', 'cancel', 'abort']);
const CLEAN_UP = /^(_?(close|dispose|destroy|disconnect|end|kill|quit|release|shutdown|stop|terminate|unsubscribe|cancel|abort|clean_?up|teardown|unmount|dismantle|deactivate|disconnectedCallback|componentWillUnmount|onDestroy|ngOnDestroy|reset)(All|Now|Server|Connection)?)$/i;

/** Does `fn`, run while others wait, release the place before it waits itself? */
export function releaseIn(fn: FunctionNode, place: Place, flow: FunctionFlow, model: SemanticModel): Release | undefined {
  const own = model.flow(fn);
  const released = own.events.find((e) => releases(e, place, model));
  if (!released || !own.pathTo(own.entry, (e) => e === released, { throws: 'none', avoiding: isWait })) return undefined;
  if (released.kind === 'call' && !isTolerant(released.call, own, place, model)) return undefined;
  const starter = terminalOf(fn, flow, model);
  if (!starter) return undefined;
  if (callsAbort(starter, model) || callsAbort(fn, model)) return undefined;
  return { name: functionName(starter), node: released.node, overlap: overlapOf(starter, flow, model), fn: starter };
}

/** Does the event release what stands in the place? */
export function releases(event: FlowEvent, place: Place, model: SemanticModel): boolean {
  if (event.kind === 'clear') return event.handle?.key === place.key;
  if (event.kind !== 'call' || !is.propertyAccess(event.call.expression) || !ENDS.has(event.call.expression.name.text)) return false;
  const receiver = skipWrappers(event.call.expression.expression);
  return (model.place(receiver)?.key ?? '') === place.key || (is.identifier(receiver) && model.place(skipWrappers(model.resolveAlias(receiver)))?.key === place.key);
}

/** `x?.close()`, `if (x) x.close()`: nothing happens where nothing is there yet. */
function isTolerant(call: CallNode, own: FunctionFlow, place: Place, model: SemanticModel): boolean {
  if (is.propertyAccess(call.expression) && call.expression.questionDotToken) return true;
  return own.all('guard').some(({ test }) => {
    const tested = skipWrappers(test);
    const subject = skipWrappers(is.binary(tested) ? tested.left : is.identifier(tested) ? model.resolveAlias(tested) : tested);
    return model.place(subject)?.key === place.key || model.place(tested)?.key === place.key;
  });
}

const isWait = (e: FlowEvent): boolean => e.kind === 'await';

/** The clean-up itself where its name or its use says so; else the terminal method of the class that calls it before it waits. */
function terminalOf(fn: FunctionNode, flow: FunctionFlow, model: SemanticModel): FunctionNode | undefined {
  const name = functionName(fn);
  if (CLEAN_UP.test(name.slice(name.lastIndexOf('.') + 1)) || isReturned(fn)) return fn;
  return model.classOf(fn)?.disposals.find(({ method }) => {
    if (method === flow.node) return false;
    const own = model.flow(method);
    return own.pathTo(own.entry, (e) => e.kind === 'call' && model.call(e.call).targets.includes(fn), { throws: 'none', avoiding: isWait }) !== undefined;
  })?.method;
}

/** `return () => socket?.close()`: the clean-up of an effect or of a subscription. */
function isReturned(fn: FunctionNode): boolean {
  const { parent } = outermostWrapper(fn);
  return is.functionExpression(fn) && (is.return(parent) || (is.arrowFunction(parent) && parent.body === outermostWrapper(fn)));
}

/** The wait may end with a rejection. */
function callsAbort(fn: FunctionNode, model: SemanticModel): boolean {
  return model.flow(fn).all('call').some(({ call }) => is.propertyAccess(call.expression) && call.expression.name.text === 'abort');
}

/** A clean-up that is handed out is there to be called; a method, when its callers show it. */
function overlapOf(fn: FunctionNode, flow: FunctionFlow, model: SemanticModel): Overlap {
  const overlap = overlapByOthers(fn, model);
  if (overlap.grade !== 'assumed' || !isReturned(fn)) return overlap;
  return { grade: isFunctionNode(flow.node) ? 'exposed' : 'assumed', witnesses: [{ node: fn, text: 'handed out as the clean-up: its owner calls it when it likes' }] };
}
