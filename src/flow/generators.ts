import { enclosingRoot, outermostWrapper, type FlowRoot } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';

/**
 * `const machine = (function* () { … })()` that code only ever takes a step further by `machine.next(…)`: with nobody to loop over it
 * or to call its return(), it never ends at a yield.
 */
export function isOnlyResumed(root: FlowRoot): boolean {
  const call = outermostWrapper(root).parent;
  if (!ts.isFunctionExpression(root) || !ts.isCallExpression(call)) return false;
  const declaration = outermostWrapper(call).parent;
  if (!ts.isVariableDeclaration(declaration) || !ts.isIdentifier(declaration.name)) return false;
  const { name } = declaration;
  let isOnly = true;
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node !== name && node.text === name.text && !isStep(node)) isOnly = false;
    else if (isOnly) ts.forEachChild(node, visit);
  };
  visit(enclosingRoot(declaration));
  return isOnly;
}

function isStep(mention: ts.Identifier): boolean {
  const { parent } = mention;
  return ts.isPropertyAccessExpression(parent) && parent.expression === mention && parent.name.text === 'next' && ts.isCallExpression(parent.parent) && parent.parent.expression === parent;
}
