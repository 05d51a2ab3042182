import { enclosingRoot, forEachDescendant, is, skipWrappers, type FlowEvent, type SemanticModel, type ts } from '../../src/rule.js';

/** How a promise kept in a local variable can get lost. */
export interface LostKept {
  readonly call: ts.CallExpression;
  readonly name: string;
  /** Where the function ends without a look at the variable; undefined where nothing ever looks at it. */
  readonly end: ts.Node | undefined;
}

/**
 * The declared call whose value nothing uses, on some path or at all. Only what can be a promise by its use (never read, or
 * awaited somewhere) is followed; whether it is one is the caller's question, asked last because types cost most.
 */
export function lostKeptPromise(declaration: ts.VariableDeclaration, model: SemanticModel): LostKept | undefined {
  const { name, initializer } = declaration;
  const root = enclosingRoot(declaration);
  const call = initializer && skipWrappers(initializer);
  if (!call || !is.call(call) || !is.identifier(name) || name.text.startsWith('_') || is.sourceFile(root)) return undefined;
  const uses = usesOf(name, root);
  if (uses.length === 0) return { call, name: name.text, end: undefined };
  if (!uses.some((use) => is.await(use.parent))) return undefined;

  const flow = model.flow(root);
  const start = flow.at(call).find((event) => event.kind === 'call');
  const way = start && flow.pathTo(start, (event) => event.kind === 'exit', { avoiding: (event) => touches(event, uses), throws: 'none' });
  if (!way) return undefined;
  const last = way.events.findLast((event) => event.kind === 'return' || event.kind === 'guard');
  return { call, name: name.text, end: last?.node ?? call };
}

const identifiers = new WeakMap<ts.Node, Map<string, ts.Identifier[]>>();

/** Other mentions of the name in its function. Shadowed namesakes count too: they only make the variable look more used. */
function usesOf(name: ts.Identifier, root: ts.Node): readonly ts.Identifier[] {
  let byText = identifiers.get(root);
  if (!byText) identifiers.set(root, (byText = identifiersIn(root)));
  return byText.get(name.text)!.filter((use) => use !== name);
}

function identifiersIn(root: ts.Node): Map<string, ts.Identifier[]> {
  const byText = new Map<string, ts.Identifier[]>();
  forEachDescendant(root, (node) => {
    if (!is.identifier(node)) return;
    const same = byText.get(node.text);
    if (same) same.push(node);
    else byText.set(node.text, [node]);
  });
  return byText;
}

function touches(event: FlowEvent, uses: readonly ts.Identifier[]): boolean {
  if (event.kind === 'entry' || event.kind === 'point' || event.kind === 'exit') return false;
  return uses.some((use) => use.pos >= event.node.pos && use.end <= event.node.end);
}
