import { forEachDescendant, is, isFunctionNode, type Access, type ts } from '../../src/rule.js';

export function removesItems({ kind, access, node }: Access): boolean {
  return kind === 'write' && access === 'remove' && is.call(node) && is.propertyAccess(node.expression) && /^(splice|shift)$/.test(node.expression.name.text);
}

export function empties({ kind, access, value, fn }: Access): boolean {
  if (kind !== 'write' || (isFunctionNode(fn) && is.constructor(fn))) return false;
  return access === 'clear' || (access === 'assign' && value !== undefined && /^\[\s*\]$/.test(value.getText()));
}

/** `if (list.includes(x)) …`, a check of the index around it. */
export function isLookedFor(node: ts.Node, item: string): boolean {
  for (let current = node.parent; !is.sourceFile(current); current = current.parent) {
    if (is.if(current) || is.conditional(current)) {
      const test = is.if(current) ? current.expression : current.condition;
      let mentioned = false;
      forEachDescendant(test, (each) => void (mentioned ||= each.getText() === item));
      if (mentioned) return true;
    }
  }
  return false;
}
