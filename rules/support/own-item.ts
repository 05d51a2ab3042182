import { is, isFunctionNode, skipWrappers, type EventOf, type FlowRoot, type SemanticModel } from '../../src/rule.js';
import { within } from './settling-coverage.js';

/** Lists whose items are all different. */
const DISTINCT = /^(?:Object\.(?:keys|entries|getOwnPropertyNames)\(|\[\s*\.\.\.\s*[\w.#]+\.keys\(\)\s*\]|Array\.from\([\w.#]+\.keys\(\))/;

/** `Object.keys(fields).map(async (field) => { fields[field] = … })`: each callback writes an entry of its own. */
export function writesOwnItem({ node }: EventOf<'write'>, root: FlowRoot, model: SemanticModel): boolean {
  const target = is.assignment(node) ? skipWrappers(node.left) : node;
  const callback = isFunctionNode(root) ? model.callbackOf(root) : undefined;
  if (!is.elementAccess(target) || callback?.effect?.repeating !== 'items' || !is.propertyAccess(callback.call.expression)) return false;
  const key = model.symbolOf(skipWrappers(target.argumentExpression))?.declarations?.[0];
  const [item] = isFunctionNode(root) && 'parameters' in root ? root.parameters : [];
  return key !== undefined && item !== undefined && within(key, item) && DISTINCT.test(skipWrappers(callback.call.expression.expression).getText());
}
