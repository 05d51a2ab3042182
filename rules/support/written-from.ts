import { forEachDescendant, is, skipWrappers, type EventOf, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { isUnwrapped } from './place-writes.js';
import { within } from './settling-coverage.js';

type Look = EventOf<'read'> | EventOf<'call'>;
type Write = EventOf<'write'>;

/** Does the written value come from this very read? In the value itself, as the left side of `op=`, or through a variable. */
export function isBasis(read: Look, write: Write, flow: FunctionFlow, model: SemanticModel): boolean {
  if (within(read.node, write.node)) return !isTargetOnly(read, write) && !isUnwrapped(write, model);
  if (!write.value) return false;
  const local = variableOf(read.node);
  // A variable that is given another value meanwhile no longer holds the old one.
  if (!local || flow.all('write').filter((w) => w.place.key === model.place(local)?.key && !buildsOn(w)).length > 1) return false;
  const symbol = model.symbolOf(local);
  let used = false;
  const value = skipWrappers(write.value);
  const visit = (node: ts.Node): void => {
    if (is.identifier(node) && node.text === local.text && model.symbolOf(node) === symbol) used = true;
  };
  visit(value);
  forEachDescendant(value, visit);
  return used;
}

/** `sum += value`: what the variable held before is still in it. */
function buildsOn({ access, node }: Write): boolean {
  return access === 'update' || (is.binary(node) && /^(\+|-|\*)=$/.test(node.operatorToken.getText()));
}

/** `x ??= await f()` looks at x to decide, not to compute: check-then-act asks about that. */
function isTargetOnly(read: Look, write: Write): boolean {
  if (!is.binary(write.node)) return false;
  const operator = write.node.operatorToken.getText();
  return operator === '??=' || operator === '||=' || operator === '&&=' || (operator === '=' && within(read.node, write.node.left));
}

/** The variable that a read initialises: `const before = this.n`, `const next = { ...this.state }`, `const seen = m.get(k) ?? 0`. */
function variableOf(node: ts.Node): ts.Identifier | undefined {
  if (is.bindingElement(node)) return is.identifier(node.name) ? node.name : undefined;
  for (let current = node; !is.sourceFile(current.parent); current = current.parent) {
    const { parent } = current;
    if (is.variableDeclaration(parent)) return parent.initializer === current && is.identifier(parent.name) ? parent.name : undefined;
    if (is.functionExpression(parent) || is.await(parent) || is.call(parent) && parent.expression !== current && !is.spread(current)) return undefined;
    if (is.block(parent)) return undefined;
  }
  return undefined;
}

/** `new Set(this.topics)`, `[...this.items]`, `{ ...this.state }`. */
export function isCopied({ parent }: ts.Node): boolean {
  return (is.new(parent) && /^(Set|Map)$/.test(parent.expression.getText())) || is.spread(parent) || is.spreadAssignment(parent);
}

/** `const user = users.get(id); user.name = await …; users.set(id, user);`: both have the same object in hands, and put back what is there. */
export function putsBack(look: Look, { node, value }: Write, model: SemanticModel): boolean {
  const kept = value && skipWrappers(value);
  const declaration = kept && is.identifier(kept) ? model.symbolOf(kept)?.declarations?.[0] : undefined;
  const got = declaration && is.variableDeclaration(declaration) && declaration.initializer ? skipWrappers(declaration.initializer) : undefined;
  const isGet = got && is.call(got) && within(look.node, got) && is.propertyAccess(got.expression) && got.expression.name.text === 'get';
  return isGet === true && is.call(node) && node.arguments[0]?.getText() === got.arguments[0]?.getText();
}
