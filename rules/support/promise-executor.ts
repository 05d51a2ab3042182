import { enclosingRoot, forEachDescendant, is, isFunctionNode, outermostWrapper, type FlowRoot, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';

/** The function that settles a promise made with `new Promise`. */
export interface Executor {
  readonly fn: FunctionNode;
  readonly promise: ts.NewExpression;
  /** Mentions of resolve and reject, and of local functions that settle by them. */
  readonly settlings: readonly Settling[];
}

export interface Settling {
  readonly at: ts.Identifier;
  /** Called here; otherwise handed to something that settles by it. */
  readonly called: boolean;
  /** The local function that settles, where it is not resolve or reject itself. */
  readonly through: FunctionNode | undefined;
}

/** The function as an executor, or undefined where it is none. */
export function executorOf(fn: ts.Node, model: SemanticModel): Executor | undefined {
  if (!isFunctionNode(fn)) return undefined;
  const call = model.callbackOf(fn)?.call;
  if (!call || !is.new(call) || model.call(call).qualified !== 'global.Promise') return undefined;
  return { fn, promise: call, settlings: settlingsIn(fn, model) };
}

/** Of the function, or of the nearest one around it that is one. */
export function executorAround(fn: FlowRoot, model: SemanticModel): Executor | undefined {
  for (let scope = fn; !is.sourceFile(scope); scope = enclosingRoot(scope)) {
    const executor = executorOf(scope, model);
    if (executor) return executor;
  }
  return undefined;
}

function settlingsIn(fn: FunctionNode, model: SemanticModel): readonly Settling[] {
  if (!('parameters' in fn)) return [];
  const settlers = new Map<ts.Symbol, FunctionNode | undefined>();
  for (const { name } of fn.parameters) {
    const symbol = model.symbolOf(name);
    if (symbol) settlers.set(symbol, undefined);
  }
  const settlings: Settling[] = [];
  // A local function that settles is a settler itself; two rounds find helpers of helpers.
  for (let round = 0; round < 2; round++) {
    settlings.length = 0;
    forEachDescendant(fn, (node) => {
      if (!is.identifier(node) || is.parameter(node.parent)) return;
      const symbol = model.symbolOf(node);
      if (!symbol || !settlers.has(symbol) || node === nameOfDeclared(node.parent)) return;
      settlings.push({ at: node, called: isCalled(node), through: settlers.get(symbol) });
    });
    for (const { at } of settlings) {
      const local = localFunctionAround(at, fn);
      const symbol = local && model.symbolOf(local.name);
      if (symbol && !settlers.has(symbol)) settlers.set(symbol, local.fn);
    }
  }
  return settlings;
}

function isCalled(node: ts.Node): boolean {
  const outer = outermostWrapper(node);
  return is.call(outer.parent) && outer.parent.expression === outer;
}

function nameOfDeclared(node: ts.Node): ts.Node | undefined {
  return is.variableDeclaration(node) || isFunctionNode(node) ? node.name : undefined;
}

/** The innermost function around the node that has a name by which the executor can call it. */
function localFunctionAround(node: ts.Node, executor: FunctionNode): { readonly name: ts.Node; readonly fn: FunctionNode } | undefined {
  for (let root = enclosingRoot(node); root !== executor && !is.sourceFile(root); root = enclosingRoot(root)) {
    const name = root.name ?? nameOfDeclared(outermostWrapper(root).parent);
    if (name) return { name, fn: root };
  }
  return undefined;
}
