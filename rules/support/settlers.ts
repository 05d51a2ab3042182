import { enclosingRoot, forEachDescendant, is, outermostWrapper, skipWrappers, type CallNode, type FlowRoot, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';

/** A promise that code settles by hand: made with an executor, or as a deferred. */
export interface HandMade {
  readonly promise: CallNode;
  /** Undefined for deferreds. */
  readonly executor: FunctionNode | undefined;
  readonly uses: readonly SettlerUse[];
}

/** A mention of the function that resolves, or of the one that rejects. */
export interface SettlerUse {
  readonly at: ts.Expression;
  readonly as: 'resolve' | 'reject';
  /** The call, where it is called here; otherwise it is handed on. */
  readonly call: ts.CallExpression | undefined;
  /** The function whose code mentions it. */
  readonly root: FlowRoot;
}

/** `new Promise((resolve, reject) => …)` whose executor is written here; asks for no types. */
export function executorPromise(node: ts.Node, model: SemanticModel): HandMade | undefined {
  if (!is.new(node) || node.expression.getText() !== 'Promise') return undefined;
  const [argument] = node.arguments ?? [];
  const executor = argument && skipWrappers(argument);
  if (!executor || !is.functionExpression(executor)) return undefined;
  const settlers = executor.parameters.slice(0, 2).map(({ name }) => name);
  const uses = settlers.flatMap((name, i) => (is.identifier(name) ? usesOf(name, i === 0 ? 'resolve' : 'reject', executor, model) : []));
  return { promise: node, executor, uses: uses.sort((a, b) => a.at.pos - b.at.pos) };
}

/** `const { resolve, reject } = Promise.withResolvers()`, or the same kept whole and used by its members. */
export function deferredPromise(node: ts.Node, model: SemanticModel): HandMade | undefined {
  if (!is.variableDeclaration(node) || !node.initializer) return undefined;
  const made = skipWrappers(node.initializer);
  if (!is.callOrNew(made) || !/withResolvers|defer/i.test(made.expression.getText())) return undefined;
  const scope = enclosingRoot(node);
  const uses = is.identifier(node.name) ? memberUses(node.name, scope, model) : elementUses(node.name, scope, model);
  return { promise: made, executor: undefined, uses: uses.toSorted((a, b) => a.at.pos - b.at.pos) };
}

function elementUses(pattern: ts.BindingPattern, scope: FlowRoot, model: SemanticModel): readonly SettlerUse[] {
  return pattern.elements.flatMap((element) => {
    if (!is.bindingElement(element) || !is.identifier(element.name)) return [];
    const member = (element.propertyName ?? element.name).getText();
    return member === 'resolve' || member === 'reject' ? usesOf(element.name, member, scope, model) : [];
  });
}

function memberUses(name: ts.Identifier, scope: FlowRoot, model: SemanticModel): readonly SettlerUse[] {
  return mentionsOf(name, scope, model).flatMap((mention) => {
    const access = mention.parent;
    if (!is.propertyAccess(access) || access.expression !== mention) return [];
    const member = access.name.text;
    return member === 'resolve' || member === 'reject' ? [useAt(access, member)] : [];
  });
}

function usesOf(name: ts.Identifier, as: SettlerUse['as'], scope: FlowRoot, model: SemanticModel): readonly SettlerUse[] {
  return mentionsOf(name, scope, model).map((mention) => useAt(mention, as));
}

function useAt(at: ts.Expression, as: SettlerUse['as']): SettlerUse {
  const outer = outermostWrapper(at);
  const call = is.call(outer.parent) && outer.parent.expression === outer ? outer.parent : undefined;
  return { at, as, call, root: enclosingRoot(at) };
}

/** Where the variable is spoken of below its declaration. */
export function mentionsOf(name: ts.Identifier, scope: ts.Node, model: SemanticModel): readonly ts.Identifier[] {
  const found: ts.Identifier[] = [];
  const symbol = model.symbolOf(name);
  forEachDescendant(scope, (node) => {
    if (is.identifier(node) && node !== name && node.text === name.text && !isMemberName(node) && model.symbolOf(node) === symbol) found.push(node);
  });
  return found;
}

function isMemberName(node: ts.Identifier): boolean {
  const { parent } = node;
  return (is.propertyAccess(parent) && parent.name === node) || (is.propertyAssignment(parent) && parent.name === node);
}
