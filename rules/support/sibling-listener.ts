import { is, isFunctionNode, type CallNode, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { lastName, type Subscription } from './subscription.js';
import { isEmptyHandler } from './swallowed.js';

/** Where the listener takes off another one that the same function put on the same target. */
export function siblingTakenOff({ handler, target }: Subscription, flow: FunctionFlow, model: SemanticModel): ts.Node | undefined {
  const isOnTarget = (call: CallNode): boolean => is.propertyAccess(call.expression) && call.expression.expression.getText() === target.getText();
  const others = flow.all('subscribe').flatMap(({ call }) => (isOnTarget(call) && listenerOf(call) !== handler ? (listenerOf(call)?.getText() ?? []) : []));
  for (const body of model.functionsOf(handler)) {
    const removed = model.flow(body).all('unsubscribe').find(({ call }) => isOnTarget(call) && others.includes(listenerOf(call)?.getText() ?? ''));
    if (removed) return removed.node;
  }
  return undefined;
}

/** Where the class takes another listener off the same target when it ends. */
export function takenOffByEnd({ target, call, handler }: Subscription, flow: FunctionFlow, model: SemanticModel): { readonly end: string; readonly at: ts.Node } | undefined {
  const owner = model.classOf(call);
  const name = lastName(target);
  // `stream.on('error', noop)` before it is thrown away: put there so that a late error ends nothing.
  if (!owner || !name || !isFunctionNode(flow.node) || isEmptyHandler(handler, model)) return undefined;
  for (const { method, name: end } of owner.disposals) {
    for (const fn of owner.reach(method)) {
      const other = model.flow(fn).all('unsubscribe').find((event) => is.propertyAccess(event.call.expression) && lastName(event.call.expression.expression) === name);
      if (other) return { end, at: other.node };
    }
  }
  return undefined;
}

const listenerOf = (call: CallNode): ts.Expression | undefined => call.arguments?.[1];
