import { is, surely, type EventOf, type FunctionFlow, type SemanticModel } from '../../src/rule.js';
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

export function continuationsIn(flow: FunctionFlow, model: SemanticModel): readonly Continuation[] {
  return flow.all('closure').flatMap((start): Continuation[] => {
    const call = start.fn.parent;
    const derived = is.call(call) ? derivation(call) : undefined;
    if (!is.call(call) || !derived?.handlers.some((handler) => handler === start.fn) || !surely(model.isPromise(derived.source))) return [];
    return [{ flow: model.flow(start.fn), start, wait: { node: call, operand: derived.source, form: 'await' } }];
  });
}
