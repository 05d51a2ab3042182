import { is, surely, type EventOf, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import type { Wait } from './interleaving.js';
import { derivation } from './promise-values.js';

/** `load().then((value) => …)`: the callback goes on where the function around it left off. */
export interface Continuation {
  /** Of the callback. */
  readonly flow: FunctionFlow;
  /** In the function around it. */
  readonly start: EventOf<'closure'>;
  readonly wait: Wait;
}

/** With `perhaps`, whatever has a `then` counts as a promise: for reports that claim little. */
export function continuationsIn(flow: FunctionFlow, model: SemanticModel, perhaps?: 'perhaps'): readonly Continuation[] {
  const isPromise = (source: ts.Expression): boolean => (perhaps ? model.isPromise(source) !== 'no' : surely(model.isPromise(source)));
  return flow.all('closure').flatMap((start): Continuation[] => {
    const call = start.fn.parent;
    const derived = is.call(call) ? derivation(call) : undefined;
    if (!is.call(call) || !derived?.handlers.some((handler) => handler === start.fn) || !isPromise(derived.source)) return [];
    return [{ flow: model.flow(start.fn), start, wait: { node: call, operand: derived.source, form: 'await' } }];
  });
}
