import { isFunctionNode, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';

/** Visits the function's own code: nested functions and classes are handed over but not entered. */
export function forEachOwnNode(root: ts.Node, visit: (node: ts.Node) => void): void {
  const walk = (node: ts.Node): void => {
    visit(node);
    if (!isFunctionNode(node) && !ts.isClassLike(node)) ts.forEachChild(node, walk);
  };
  ts.forEachChild(root, walk);
}

/** The values a function may return, in source order: its expression body, or the operands of its own return statements. */
export function returnedExpressions(fn: FunctionNode): readonly ts.Expression[] {
  if (ts.isArrowFunction(fn) && !ts.isBlock(fn.body)) return [fn.body];
  const body = 'body' in fn ? fn.body : undefined;
  const returned: ts.Expression[] = [];
  if (body) {
    forEachOwnNode(body, (node) => {
      if (ts.isReturnStatement(node) && node.expression) returned.push(node.expression);
    });
  }
  return returned;
}
