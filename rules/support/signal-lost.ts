import {
  enclosingRoot, functionName, is, isFunctionNode, shortText, skipWrappers, surely,
  type CallNode, type EventOf, type FunctionFlow, type SemanticModel, type SignalInScope, type TraceStep, type ts,
} from '../../src/rule.js';
import { isWaitedFor, waitsForLong } from './awaited-calls.js';
import { calledName } from './promise-values.js';

// ── waits for what another has started ──

export interface SharedWait {
  readonly wait: ts.AwaitExpression;
  readonly place: string;
  readonly signal: SignalInScope;
  readonly trace: readonly TraceStep[];
}

/** Waits for a promise of the instance: whoever came first started it under a signal of their own, and no other signal ends the wait. */
export function sharedWaits(flow: FunctionFlow, model: SemanticModel): readonly SharedWait[] {
  return flow.all('await').flatMap(({ node, cleanup }) => {
    if (!is.await(node) || cleanup || enclosingRoot(node) !== flow.node) return [];
    const signal = model.signalsInScope(flow.node, node).find(({ from }) => from === 'parameter' || from === 'options');
    const start = signal && startedBefore(node, flow, model);
    const place = shortText(node.expression);
    return !start ? [] : [{ wait: node, place, signal, trace: [
      { at: signal.node, text: `${signal.text} is in scope from here` },
      { at: start, text: `started by whoever comes first: ${place}` },
      { at: node, text: 'whoever comes later waits here for it, and no signal ends that' },
    ] }];
  });
}

/** Where the function itself starts it, if nobody has before. */
function startedBefore(wait: ts.AwaitExpression, flow: FunctionFlow, model: SemanticModel): ts.Node | undefined {
  const awaited = skipWrappers(wait.expression);
  const place = is.propertyAccess(awaited) && is.this(skipWrappers(awaited.expression)) ? model.place(awaited) : undefined;
  if (!place) return undefined;
  const start = flow.all('write').find((write) => write.place.key === place.key && write.value !== undefined && is.call(skipWrappers(write.value)) && isUnderTestFor(write.node, place.key, model));
  return start && surely(model.isPromise(awaited)) ? start.node : undefined;
}
/** `if (this.opening == null) this.opening = this.open(options)`, `this.opening ??= …`. */
function isUnderTestFor(write: ts.Node, key: string, model: SemanticModel): boolean {
  if (is.assignment(write) && write.operatorToken.getText() !== '=') return true;
  for (let node: ts.Node = write; node !== enclosingRoot(write); node = node.parent) {
    const { parent } = node;
    if (is.if(parent) && parent.expression !== node && mentionsPlace(parent.expression, key, model)) return true;
  }
  return false;
}

function mentionsPlace(test: ts.Expression, key: string, model: SemanticModel): boolean {
  const value = skipWrappers(test);
  if (is.binary(value)) return mentionsPlace(value.left, key, model) || mentionsPlace(value.right, key, model);
  if (is.prefixUnary(value)) return mentionsPlace(value.operand, key, model);
  return model.place(value)?.key === key;
}

// ── signals that the function could have ──

export interface OfferedAndLost {
  readonly call: CallNode;
  readonly giver: CallNode;
  readonly name: string;
  readonly trace: readonly TraceStep[];
}

/** Whoever runs the function hands it a signal that it has no parameter for, and it waits for what takes one. */
export function signalOffered(flow: FunctionFlow, model: SemanticModel): OfferedAndLost | undefined {
  const fn = flow.node;
  if (!isFunctionNode(fn) || model.signalsInScope(fn, is.staticBlock(fn) ? fn : (fn.body ?? fn)).some(({ from }) => from !== 'field')) return undefined;
  const offered = model.offeredSignal(fn);
  // What a call takes is for types to say: asked last.
  const wait = offered && flow.all('call').find((event) => isLongWait(event, flow, model));
  if (!wait) return undefined;
  const giver = shortText(offered.call.expression);
  return { call: wait.call, giver: offered.call, name: offered.name, trace: [
    { at: offered.call, text: `${giver}() runs ${functionName(fn)}` },
    { at: offered.parameter, text: `and hands it ${offered.name}` },
    { at: wait.call, text: `an abort does not reach ${shortText(wait.call.expression)}()` },
  ] };
}

/** By its type, its model or its body it takes a signal; or it sleeps, which is what an abort is to end. */
function isLongWait({ call, cleanup }: EventOf<'call'>, flow: FunctionFlow, model: SemanticModel): boolean {
  if (cleanup || enclosingRoot(call) !== flow.node || !isWaitedFor(call, model)) return false;
  const parameter = model.signalParameter(call);
  if (parameter && parameter.accepts !== 'unknown') return surely(parameter.accepts) && parameter.given === 'no' && waitsForLong(call, model);
  return model.call(call).targets.length === 0 && call.arguments?.length === 1 && /^(?:sleep|delay|wait)$/.test(calledName(call).getText());
}
