import { is, isFunctionNode, skipWrappers, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';

/** What a small function gives: `isOpen(name) { return this.rooms.has(name); }` answers `this.isOpen(id)`. */
export interface Answer {
  readonly given: ts.Expression;
  /** The key of a place inside the function, as the caller would write it. */
  translate(key: string): string;
}

/** The one expression that a call or getter stands for, where its function does nothing else. */
export function answerOf(expr: ts.Expression, model: SemanticModel): Answer | undefined {
  const node = skipWrappers(expr);
  const fn = is.call(node) ? model.call(node).targets[0] : getterOf(node, model);
  const given = fn && (!is.call(node) || model.call(node).targets.length === 1) ? onlyExpression(fn) : undefined;
  if (!fn || !given) return undefined;
  const passed = is.call(node) && 'parameters' in fn ? fn.parameters.map((parameter, i) => [keyOf(parameter.name, model), keyOf(node.arguments[i], model)] as const) : [];
  return { given, translate: (key) => passed.reduce((text, [inside, outside]) => (inside && outside ? text.replace(`[${inside}]`, `[${outside}]`) : text), key) };
}

function getterOf(node: ts.Expression, model: SemanticModel): FunctionNode | undefined {
  const declaration = is.propertyAccess(node) ? model.symbolOf(node.name)?.declarations?.[0] : undefined;
  return declaration && isFunctionNode(declaration) && !is.method(declaration) ? declaration : undefined;
}

function onlyExpression(fn: FunctionNode): ts.Expression | undefined {
  const body = 'body' in fn ? fn.body : undefined;
  if (!body) return undefined;
  if (!is.block(body)) return is.expression(body) ? body : undefined;
  const [only] = body.statements;
  return body.statements.length === 1 && only && is.return(only) ? only.expression : undefined;
}

function keyOf(node: ts.Node | undefined, model: SemanticModel): string | undefined {
  return node && is.expression(node) ? model.place(node)?.key : undefined;
}
