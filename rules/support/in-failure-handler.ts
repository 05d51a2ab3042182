import { is, isFunctionNode, type ts } from '../../src/rule.js';

/** In a catch, a finally, or what is given to `.catch`, `.finally` or as second argument of `.then`. */
export function inFailureHandler(node: ts.Node): boolean {
  for (let child = node; !is.sourceFile(child); child = child.parent) {
    const { parent } = child;
    if (is.catchClause(parent) || (is.try(parent) && child === parent.finallyBlock)) return true;
    if (!is.call(parent) || !is.propertyAccess(parent.expression) || !isFunctionNode(child)) continue;
    const method = parent.expression.name.text;
    if (method === 'catch' || method === 'finally' || (method === 'then' && parent.arguments[1] === child)) return true;
  }
  return false;
}
