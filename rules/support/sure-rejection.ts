import { is, isAsync, surely, type FlowRoot, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';

/** Does every normal run of the async function await, outside any catch of its own, something that can reject? */
export function surelyAwaitsWhatMayReject(model: SemanticModel, fn: FunctionNode): boolean {
  if (!isAsync(fn)) return false;
  const flow = model.flow(fn);
  const risky = new Set(
    flow.all('await').filter(({ node, operand }) => operand && !insideTryWithCatch(node, fn) && surely(model.canReject(operand))).map(({ id }) => id),
  );
  return risky.size > 0 && !flow.pathTo(flow.entry, (event) => event.kind === 'exit', { avoiding: (event) => risky.has(event.id), throws: 'none' });
}

/** Does a catch of the function's own stand around the node? */
export function insideTryWithCatch(node: ts.Node, root: FlowRoot): boolean {
  for (let child = node; child !== root; child = child.parent) {
    if (is.try(child.parent) && child.parent.catchClause && child.parent.tryBlock === child) return true;
  }
  return false;
}
