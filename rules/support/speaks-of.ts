import { forEachDescendant, is, isFunctionNode, skipWrappers, type SemanticModel, type ts } from '../../src/rule.js';

/** `task` of `task` and of `task.id`. */
export function rootOf(part: ts.Expression): ts.Identifier | undefined {
  const whole = skipWrappers(part);
  const root = is.propertyAccess(whole) ? skipWrappers(whole.expression) : whole;
  return is.identifier(root) ? root : undefined;
}

/** Is the step given the key or the value, or is it a method of it? */
export function speaksOf(operand: ts.Expression, part: ts.Expression, model: SemanticModel): boolean {
  const root = rootOf(part);
  if (!root) return false;
  const symbol = model.symbolOf(root);
  let speaks = false;
  const visit = (node: ts.Node): boolean | void => {
    if (isFunctionNode(node)) return false;
    speaks ||= is.identifier(node) && node.text === root.text && model.symbolOf(node) === symbol;
  };
  if (visit(operand) !== false) forEachDescendant(operand, visit);
  return speaks;
}
