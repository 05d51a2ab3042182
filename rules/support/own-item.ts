import { is, isFunctionNode, skipWrappers, type EventOf, type FlowRoot, type SemanticModel, type ts } from '../../src/rule.js';

/** Lists whose items are all different. */
const DISTINCT = /^(?:Object\.(?:keys|entries|getOwnPropertyNames)\(|\[\s*\.\.\.\s*[\w.#]+\.keys\(\)\s*\]|Array\.from\([\w.#]+\.keys\(\))/;

/** `Object.keys(fields).map(async (field) => { fields[field] = … })`: each callback writes an entry of its own. */
export function writesOwnItem({ node }: EventOf<'write'>, root: FlowRoot, model: SemanticModel): boolean {
  const target = is.assignment(node) ? skipWrappers(node.left) : node;
  const callback = isFunctionNode(root) ? model.callbackOf(root) : undefined;
  if (!is.elementAccess(target) || callback?.effect?.repeating !== 'items' || !is.propertyAccess(callback.call.expression)) return false;
  const key = model.symbolOf(skipWrappers(target.argumentExpression))?.declarations?.[0];
  return key !== undefined && isWithin(key, isFunctionNode(root) && 'parameters' in root ? root.parameters[0] : undefined) && DISTINCT.test(skipWrappers(callback.call.expression.expression).getText());
}

function isWithin(node: ts.Node, parent: ts.Node | undefined): boolean {
  return parent !== undefined && parent.pos <= node.pos && node.end <= parent.end;
}
