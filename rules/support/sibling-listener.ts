import { enclosingRoot, is, isFunctionNode, type CallNode, type FlowRoot, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { within } from './settling-coverage.js';
import { lastName, removersIn, type Subscription } from './subscription.js';
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

/**
 * Where another listener of the same target is taken off that the same function put there: in a function around it, or at the end of its class. By the
 * event's name, since the types of clients behind an interface do not say what listens. `all`: what that function adds; `own`: what may take off this one; undefined where some of it stands there too.
 */
export function takenOffBeside({ target, event, call }: Subscription, own: readonly ts.Node[], all: readonly Subscription[], fn: FlowRoot, model: SemanticModel): CallNode | undefined {
  const name = lastName(target);
  if (name === undefined || event === undefined) return undefined;
  const isOnTarget = (other: ts.Expression): boolean => lastName(other) === name;
  const others = new Set(all.flatMap((other) => (other.event !== event && isOnTarget(other.target) ? [other.event] : [])));
  if (others.size === 0) return undefined;
  const owner = model.place(target)?.kind === 'field' ? model.classOf(call) : undefined;
  const around: FlowRoot[] = owner?.disposals.flatMap(({ method }) => [...owner.reach(method)]) ?? [];
  for (let scope = fn; !is.sourceFile(scope); scope = enclosingRoot(scope)) around.push(scope);
  if (own.some((removal) => around.some((scope) => within(removal, scope)))) return undefined;
  // What this listener itself takes off is the other one's to return.
  const isOther = (node: ts.CallExpression): boolean => !within(node, call) && is.propertyAccess(node.expression) && TAKES_OFF.test(node.expression.name.text) && isOnTarget(node.expression.expression) && others.has(eventText(node));
  return around.flatMap((scope) => removersIn(scope.getSourceFile()).filter((node) => within(node, scope))).find(isOther);
}

const TAKES_OFF = /^(?:off|removeListener|removeEventListener)$/;

function eventText({ arguments: [event] }: ts.CallExpression): string | undefined {
  return event && is.stringLiteral(event) ? event.text : undefined;
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
