import { enclosingRoot, is, isAsync, isFunctionNode, skipWrappers, type CallNode, type FlowRoot, type SemanticModel } from '../../src/rule.js';

/** The call that starts the function for each item without waiting for the one before: as its callback, or in its callback. */
export function fanOutOf(fn: FlowRoot, model: SemanticModel): CallNode | undefined {
  if (!isFunctionNode(fn) || !isAsync(fn)) return undefined;
  const own = asItems(fn, model);
  if (own) return own;
  for (const call of model.callersOf(fn)) {
    if (!isOnOneObject(call)) continue;
    const root = enclosingRoot(call);
    const outer = isFunctionNode(root) ? asItems(root, model) : undefined;
    if (outer) return outer;
  }
  return undefined;
}

/** `this.work(item)`, `work(item)`: of `new Worker().work(item)` each has its own state. */
function isOnOneObject(call: CallNode): boolean {
  const callee = skipWrappers(call.expression);
  return is.identifier(callee) || (is.propertyAccess(callee) && is.this(skipWrappers(callee.expression)));
}

function asItems(fn: FlowRoot, model: SemanticModel): CallNode | undefined {
  const callback = isFunctionNode(fn) ? model.callbackOf(fn) : undefined;
  return callback?.effect?.repeating === 'items' ? callback.call : undefined;
}
