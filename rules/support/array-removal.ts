import { enclosingRoot, forEachDescendant, is, isFunctionNode, skipWrappers, type Access, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { letsOthersIn } from './interleaving.js';

export function removesItems({ kind, access, node }: Access): boolean {
  return kind === 'write' && access === 'remove' && is.call(node) && is.propertyAccess(node.expression) && /^(splice|shift)$/.test(node.expression.name.text);
}

export function empties({ kind, access, value, fn }: Access): boolean {
  if (kind !== 'write' || (isFunctionNode(fn) && is.constructor(fn))) return false;
  return access === 'clear' || (access === 'assign' && value !== undefined && /^\[\s*\]$/.test(value.getText()));
}

/** `if (list.includes(x)) …`, a check of the index around it. */
export function isLookedFor(node: ts.Node, item: string): boolean {
  for (let current = node.parent; !is.sourceFile(current); current = current.parent) {
    if (is.if(current) || is.conditional(current)) {
      const test = is.if(current) ? current.expression : current.condition;
      let mentioned = false;
      forEachDescendant(test, (each) => void (mentioned ||= each.getText() === item));
      if (mentioned) return true;
    }
  }
  return false;
}

/** A promise whose own executor takes it out of a list. */
export interface OwnRemoval {
  readonly item: ts.Identifier;
  readonly list: ts.Expression;
  /** Where it is put into the list, once it is made. */
  readonly entered: ts.Node;
}

/** `const p = new Promise((resolve) => start(() => list.splice(list.indexOf(p), 1))); list.push(p)`: by its form alone, for the list's type may be out of view. */
export function ownRemoval(splice: ts.CallExpression, model: SemanticModel): OwnRemoval | undefined {
  const list = is.propertyAccess(splice.expression) && splice.expression.name.text === 'splice' ? splice.expression.expression : undefined;
  const given = list && splice.arguments[0] && skipWrappers(model.resolveAlias(splice.arguments[0]));
  if (!list || !given || !is.call(given) || given.expression.getText() !== `${list.getText()}.indexOf`) return undefined;
  const item = given.arguments[0];
  const declaration = item && is.identifier(item) ? model.symbolOf(item)?.declarations?.[0] : undefined;
  if (!item || !is.identifier(item) || !declaration || !is.variableDeclaration(declaration) || !declaration.initializer) return undefined;
  const made = skipWrappers(declaration.initializer);
  if (!is.new(made) || made.expression.getText() !== 'Promise' || splice.pos < made.pos || splice.end > made.end) return undefined;
  let entered: ts.Node | undefined;
  forEachDescendant(enclosingRoot(declaration), (node) => {
    if (is.call(node) && node.pos >= made.end && node.expression.getText() === `${list.getText()}.push` && node.arguments[0]?.getText() === item.text) entered ??= node;
  });
  return entered && { item, list, entered };
}

/** In a callback that runs later, or behind a wait. */
export function isLate(node: ts.CallExpression, flow: FunctionFlow, model: SemanticModel): boolean {
  const splice = flow.at(node)[0];
  if (!splice || is.sourceFile(flow.node)) return false;
  if (flow.pathThrough(flow.entry, letsOthersIn, (e) => e === splice, { throws: 'none' })) return true;
  const timing = isFunctionNode(flow.node) ? model.callbackOf(flow.node)?.timing : undefined;
  return timing === 'later-once' || timing === 'later-many';
}

/** `const at = list.indexOf(x); list.splice(at, 1)`, and nobody looks at what `at` is. */
export function isNamedOnce(name: ts.Identifier, flow: FunctionFlow, model: SemanticModel): boolean {
  const symbol = model.symbolOf(name);
  let uses = 0;
  forEachDescendant(flow.node, (node) => {
    if (is.identifier(node) && node.text === name.text && model.symbolOf(node) === symbol) uses += 1;
  });
  return uses === 2;
}
