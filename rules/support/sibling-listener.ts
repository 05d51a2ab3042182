import { enclosingRoot, forEachDescendant, is, isFunctionNode, type CallNode, type FlowRoot, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { lastName, subscriptionsIn, type Subscription } from './subscription.js';
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
 * event's name, since the types of clients behind an interface do not say what listens. `own`: what may take off this one; undefined where some of it stands there too.
 */
export function takenOffBeside({ target, event, call }: Subscription, own: readonly ts.Node[], flow: FunctionFlow, model: SemanticModel): CallNode | undefined {
  const name = lastName(target);
  if (name === undefined || event === undefined) return undefined;
  const isOnTarget = (other: ts.Expression): boolean => lastName(other) === name;
  const others = new Set(subscriptionsIn(flow, model).flatMap((other) => (other.event !== event && isOnTarget(other.target) ? [other.event] : [])));
  const owner = model.place(target)?.kind === 'field' ? model.classOf(call) : undefined;
  const around: FlowRoot[] = owner?.disposals.flatMap(({ method }) => [...owner.reach(method)]) ?? [];
  for (let scope: FlowRoot = flow.node; !is.sourceFile(scope); scope = enclosingRoot(scope)) around.push(scope);
  if (own.some((removal) => around.some((scope) => removal.pos >= scope.pos && removal.end <= scope.end))) return undefined;
  for (const scope of around) {
    let found: CallNode | undefined;
    forEachDescendant(scope, (node) => {
      // What this listener itself takes off is the other one's to return.
      if (node === call) return false;
      if (!found && is.call(node) && is.propertyAccess(node.expression) && TAKES_OFF.test(node.expression.name.text) && isOnTarget(node.expression.expression) && others.has(eventText(node))) found = node;
      return found === undefined;
    });
    if (found) return found;
  }
  return undefined;
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
