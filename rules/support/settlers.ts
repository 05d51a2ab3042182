import { enclosingRoot, forEachDescendant, is, outermostWrapper, skipWrappers, type CallNode, type FlowEvent, type FlowRoot, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';
import { within } from './settling-coverage.js';

/** A promise that code settles by hand: made with an executor, or as a deferred. */
export interface HandMade {
  readonly promise: CallNode;
  /** Undefined for deferreds. */
  readonly executor: FunctionNode | undefined;
  /** The executor, or the function that makes the deferred. */
  readonly scope: FunctionNode;
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
  return { promise: node, executor, scope: executor, uses: uses.sort((a, b) => a.at.pos - b.at.pos) };
}

/** `const { resolve, reject } = Promise.withResolvers()`, or the same kept whole and used by its members. */
export function deferredPromise(node: ts.Node, model: SemanticModel): HandMade | undefined {
  if (!is.variableDeclaration(node) || !node.initializer) return undefined;
  const made = skipWrappers(node.initializer);
  if (!is.callOrNew(made) || !/withResolvers|defer/i.test(made.expression.getText())) return undefined;
  const scope = enclosingRoot(node);
  if (is.sourceFile(scope)) return undefined;
  const uses = is.identifier(node.name) ? memberUses(node.name, scope, model) : elementUses(node.name, scope, model);
  return { promise: made, executor: undefined, scope, uses: uses.toSorted((a, b) => a.at.pos - b.at.pos) };
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

/** Does nobody get the deferred but by its members? */
export function isKeptWhole(node: ts.VariableDeclaration, scope: ts.Node, model: SemanticModel): boolean {
  return !is.identifier(node.name) || mentionsOf(node.name, scope, model).every(({ parent }) => is.propertyAccess(parent) && /^(promise|resolve|reject)$/.test(parent.name.text));
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

/** Mentions by which code gets at the settlers: of resolve and reject themselves, and of local functions that hold one. */
export interface Reach {
  readonly nodes: readonly ts.Node[];
  /** Local functions with a name of their own: declaring one settles nothing. */
  readonly helpers: ReadonlySet<FunctionNode>;
}

export function reachOf({ scope, uses }: HandMade, model: SemanticModel): Reach {
  const nodes: ts.Node[] = uses.map(({ at }) => at);
  const helpers = new Set<FunctionNode>();
  // The list grows while it is walked: a helper of a helper is one too.
  for (const node of nodes) {
    for (let root = enclosingRoot(node); root !== scope && !is.sourceFile(root); root = enclosingRoot(root)) {
      const name = localName(root);
      if (!name || helpers.has(root)) continue;
      helpers.add(root);
      nodes.push(...mentionsOf(name, scope, model));
    }
  }
  return { nodes, helpers };
}

/** The name by which its neighbours can use the function. */
export function localName(fn: FunctionNode): ts.Identifier | undefined {
  const { parent } = outermostWrapper(fn);
  const name = is.variableDeclaration(parent) ? parent.name : is.functionExpression(fn) || is.method(fn) ? undefined : 'name' in fn ? fn.name : undefined;
  return name && is.identifier(name) ? name : undefined;
}

/** `this[kResolve] = resolve`: kept where no place has a name. */
function isStored(node: ts.Node): boolean {
  const outer = outermostWrapper(node);
  return is.assignment(outer.parent) && outer.parent.right === outer;
}

const PASSIVE: ReadonlySet<FlowEvent['kind']> = new Set(['entry', 'exit', 'exit-throw', 'point', 'guard', 'read']);

/** Does the event settle the promise, or hand on what does? Silent about declarations of helpers. */
export function touchesSettler(event: FlowEvent, { nodes, helpers }: Reach): boolean {
  if (PASSIVE.has(event.kind)) return event.kind === 'read' && nodes.some((node) => within(node, event.node) && isStored(node));
  if (event.kind === 'closure' && helpers.has(event.fn)) return false;
  return nodes.some((node) => within(node, event.node) && ![...helpers].some((helper) => within(node, helper) && within(helper, event.node)));
}
