import { enclosingRoot, functionName, is, outermostWrapper, type FunctionNode, type ts } from '../../src/rule.js';

/** A small node to point at for a function: its name, the property that holds it, or its first word. */
export function nameOf(fn: FunctionNode): ts.Node {
  if ('name' in fn && fn.name) return fn.name;
  const { parent } = outermostWrapper(fn);
  return is.propertyDeclaration(parent) ? parent.name : (fn.getFirstToken() ?? fn);
}

/** The nearest function around that has a name of its own: callbacks go by the function that gives them. */
export function nameAround(node: ts.Node): string {
  for (let root = enclosingRoot(node); ; root = enclosingRoot(root)) {
    const name = functionName(root);
    if (is.sourceFile(root) || !(name.startsWith('callback of') || name === '<anonymous>')) return name;
  }
}
