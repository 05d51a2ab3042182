import { enclosingRoot, is, isFunctionNode, skipWrappers, type FlowEvent, type FlowRoot, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { within } from './settling-coverage.js';

/** A loop over a list by positions. */
export interface Loop {
  readonly list: ts.Expression;
  readonly body: ts.Node;
}

/** The variable of the walk. */
export function isItem(callee: ts.Expression, { body }: Loop, model: SemanticModel): boolean {
  const declaration = is.identifier(callee) ? model.symbolOf(callee)?.declarations?.[0] : undefined;
  if (!declaration) return false;
  return is.variableDeclaration(declaration) ? declaration.parent.parent === body.parent : is.parameter(declaration) && declaration.parent === body;
}

/** Others say which item goes: `removeListener(listener)`, or the disposer of `add(listener)`. */
export function takesGiven(fn: FlowRoot): boolean {
  return isFunctionNode(fn) && 'parameters' in fn && (fn.parameters.length > 0 || isFunctionNode(enclosingRoot(fn)));
}

/** The loop whose positions count: `for (… of xs)`, `xs.forEach(f)`. A spread or `map` to promises is over at once. */
export function loopOver(node: ts.Node): Loop | undefined {
  const { parent } = node;
  if (is.forOf(parent) && parent.expression === node) return { list: parent.expression, body: parent.statement };
  if (!is.call(node) || !is.propertyAccess(node.expression) || node.expression.name.text !== 'forEach') return undefined;
  const callback = node.arguments[0] && skipWrappers(node.arguments[0]);
  return callback && is.functionExpression(callback) ? { list: node.expression.expression, body: callback } : undefined;
}

/** The walk continues behind the event: it neither breaks nor returns. */
export function goesOn(event: FlowEvent, { body }: Loop, flow: FunctionFlow): boolean {
  if (is.functionExpression(body)) return true;
  const loop = body.parent;
  return flow.pathTo(event, (e) => e === event, { throws: 'none', avoiding: (e) => !within(e.node, loop) }) !== undefined;
}
