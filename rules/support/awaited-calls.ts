import { enclosingRoot, forEachDescendant, is, isFunctionNode, outermostWrapper, type CallNode, type SemanticModel, type ts } from '../../src/rule.js';

/** Does its function, or the caller of it, wait for the promise: awaited, returned, iterated, or combined or kept and then one of these? */
export function isWaitedFor(call: CallNode, model: SemanticModel): boolean {
  return isWaitedAt(call, model, new Set());
}

/** `named`: the variables whose uses have been looked at; they may be made from each other in many ways. */
function isWaitedAt(expr: ts.Node, model: SemanticModel, named: Set<string>): boolean {
  const value = outermostWrapper(expr);
  const { parent } = value;
  const onward = (next: ts.Node): boolean => isWaitedAt(next, model, named);
  if (is.await(parent) || is.return(parent)) return true;
  if (is.arrowFunction(parent)) return parent.body === value;
  if (is.forOf(parent)) return parent.awaitModifier !== undefined && parent.expression === value;
  if (is.conditional(parent)) return parent.condition !== value && onward(parent);
  if (is.binary(parent)) return /^(\?\?|\|\||&&)$/.test(parent.operatorToken.getText()) && onward(parent);
  if (is.arrayLiteral(parent)) return onward(parent);
  if (is.propertyAccess(parent)) return /^(then|catch|finally)$/.test(parent.name.text) && is.call(parent.parent) && onward(parent.parent);
  if (is.call(parent)) return model.call(parent).effects.combinator !== undefined && onward(parent);
  if (!is.variableDeclaration(parent) || !is.identifier(parent.name) || named.has(parent.name.text)) return false;
  named.add(parent.name.text);
  return usesOf(parent.name, model).some(onward);
}

/** Namesakes count too: they can only make a wait be seen that is none. */
function usesOf(name: ts.Identifier, model: SemanticModel): readonly ts.Node[] {
  return model.identifiersNamed(name.text, enclosingRoot(name)).filter((use) => use !== name);
}

/** Is anything awaited in the code itself, functions in it left out? */
export function awaits(code: ts.Node): boolean {
  let found = false;
  forEachDescendant(code, (node) => {
    if (isFunctionNode(node)) return false;
    found ||= is.await(node);
    return !found;
  });
  return found;
}

/** Ends when a stream has flowed through. */
export const FLOWS = /\b(?:pipeline|finished)$|#pipeTo$/;

/** Waits for something outside that may take long: what a caller who has given up wants to end. */
export function waitsForLong(call: CallNode, model: SemanticModel): boolean {
  const { effects, qualified } = model.call(call);
  if (effects.sleeps || FLOWS.test(qualified ?? '')) return true;
  return [...model.ioOf(call)].some((kind) => kind === 'network' || kind === 'process' || kind === 'timer');
}
