import { enclosingRoot, is, isFunctionNode, type FunctionFlow, type Place, type SemanticModel } from '../../src/rule.js';
import { isWaitedFor } from './awaited-calls.js';
import { insideTryWithCatch } from './sure-rejection.js';

/** A collection of the function around this one, which waits for it and fails with it: nobody looks at the entries again. */
export function diesWithFailure(collection: Place, { node }: FunctionFlow, model: SemanticModel): boolean {
  const declaration = collection.kind === 'captured' ? collection.root?.declarations?.[0] : undefined;
  const owner = declaration && is.variableDeclaration(declaration) ? enclosingRoot(declaration) : undefined;
  if (!owner || is.sourceFile(owner) || !isFunctionNode(node) || enclosingRoot(node) !== owner || model.callbackOf(node)) return false;
  const callers = model.callersOf(node);
  return callers.length > 0 && callers.every((call) => {
    const root = enclosingRoot(call);
    return (root === owner || root === node) && isWaitedFor(call, model) && !insideTryWithCatch(call, root);
  });
}
