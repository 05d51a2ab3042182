import { is, skipWrappers, type FunctionNode, type ts } from '../../src/rule.js';

/** All that the function does, where that is one expression: its value, or its only statement. */
export function onlyExpression(fn: FunctionNode): ts.Expression | undefined {
  if (is.arrowFunction(fn) && !is.block(fn.body)) return skipWrappers(fn.body);
  if (!('body' in fn) || !fn.body || !is.block(fn.body)) return undefined;
  const [only, ...others] = fn.body.statements;
  if (!only || others.length > 0 || (!is.return(only) && !is.expressionStatement(only)) || !only.expression) return undefined;
  return skipWrappers(is.void(only.expression) ? only.expression.expression : only.expression);
}
