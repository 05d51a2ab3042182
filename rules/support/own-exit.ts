import { enclosingRoot, forEachDescendant, is, isFunctionNode, functionName, skipWrappers, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';

/** A method of an item that takes the item out of the list by a way of its own: `this.pool.items.splice(this.pool.items.indexOf(this), 1)`. */
export interface OwnExit {
  readonly fn: FunctionNode;
  readonly splice: ts.Node;
  readonly name: string;
}

/** The method that the walk calls on each item, by the name of the list: both sides spell it. */
export function ownExitOf(call: ts.Node, list: ts.Expression, model: SemanticModel): OwnExit | undefined {
  if (!is.call(call) || !is.propertyAccess(call.expression) || !is.propertyAccess(list)) return undefined;
  const method = call.expression.name.text;
  const name = list.name.text;
  for (const use of model.identifiersNamed(name)) {
    const held = use.parent;
    const asked = held.parent;
    if (!is.propertyAccess(held) || held.name !== use || !is.propertyAccess(asked) || asked.name.text !== 'indexOf' || !is.call(asked.parent)) continue;
    const [item] = asked.parent.arguments;
    const fn = enclosingRoot(use);
    if (!item || !is.this(skipWrappers(item)) || !isFunctionNode(fn) || !functionName(fn).endsWith(`.${method}`)) continue;
    const splice = spliceOf(held.getText(), fn);
    const flow = model.flow(fn);
    // What it does behind a wait comes when the walk is over.
    if (splice && flow.pathTo(flow.entry, (e) => e.node === splice, { throws: 'none', avoiding: (e) => e.kind === 'await' })) return { fn, splice, name: functionName(fn) };
  }
  return undefined;
}

function spliceOf(list: string, fn: FunctionNode): ts.Node | undefined {
  let found: ts.Node | undefined;
  forEachDescendant(fn, (node) => {
    if (is.call(node) && node.expression.getText() === `${list}.splice`) found ??= node;
  });
  return found;
}
