import { forEachDescendant, is, skipWrappers, type EventOf, type FunctionFlow, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { within } from './settling-coverage.js';

type Guard = EventOf<'guard'>;
type Write = EventOf<'write'>;

/** The branch that runs when the time kept in the place is long enough ago, `now >= this.last + interval`, and renews it: only that one does. */
export function edgeWhereDue(guard: Guard, renewal: Write, flow: FunctionFlow, model: SemanticModel): 'true' | 'false' | undefined {
  const test = skipWrappers(guard.test);
  if (!is.binary(test) || !/^[<>]=?$/.test(test.operatorToken.getText()) || !renewal.value || !isTime(renewal.value, model)) return undefined;
  if (!speaksOfTime(test, model) || !looksAt(test, renewal.place, flow, model)) return undefined;
  return onlyEdgeTo(renewal, guard, flow);
}

/** The same for one entry of a map that was taken out of a shared one: `const times = this.last.get(user)!; if (times.get(id) + pause > Date.now()) return; …; times.set(id, Date.now());`. */
export function edgeWhereEntryDue(guard: Guard, renewal: Write, flow: FunctionFlow, model: SemanticModel): 'true' | 'false' | undefined {
  const { node } = renewal;
  if (renewal.place.kind !== 'local' || !is.call(node) || !is.propertyAccess(node.expression) || node.expression.name.text !== 'set') return undefined;
  const [key, time] = node.arguments;
  const test = skipWrappers(guard.test);
  if (!key || !time || !isTime(time, model) || !is.binary(test) || !/^[<>]=?$/.test(test.operatorToken.getText()) || !speaksOfTime(test, model)) return undefined;
  const map = node.expression.expression.getText();
  const looked = (at: ts.Node): boolean => is.call(at) && is.propertyAccess(at.expression) && /^get/.test(at.expression.name.text) && at.expression.expression.getText() === map && at.arguments[0]?.getText() === key.getText();
  if (!comesOfShared(node.expression.expression, model) || !valuesIn(test, model).some(looked)) return undefined;
  return onlyEdgeTo(renewal, guard, flow);
}

/** The const holds what a field or module variable gave for a key. */
function comesOfShared(map: ts.Expression, model: SemanticModel): boolean {
  const source = skipWrappers(model.resolveAlias(map));
  const owner = is.call(source) && is.propertyAccess(source.expression) && /^get/.test(source.expression.name.text) ? model.place(source.expression.expression) : undefined;
  return owner?.kind === 'field' || owner?.kind === 'module';
}

/** The expressions in the test, names replaced by what they were initialised with: `map.get(key) ?? 0`. */
function valuesIn(test: ts.Expression, model: SemanticModel): readonly ts.Expression[] {
  const found: ts.Expression[] = [];
  forEachDescendant(test, (node) => {
    if (!is.expression(node)) return;
    const value = skipWrappers(is.identifier(node) ? model.resolveAlias(node) : node);
    found.push(is.binary(value) ? skipWrappers(value.left) : value);
  });
  return found;
}

function onlyEdgeTo(renewal: Write, guard: Guard, flow: FunctionFlow): 'true' | 'false' | undefined {
  const leads = (edge: 'true' | 'false'): boolean => flow.pathTo(guard, (e) => e === renewal, { firstEdge: edge, throws: 'none', backEdges: false }) !== undefined;
  const [onTrue, onFalse] = [leads('true'), leads('false')];
  return onTrue === onFalse ? undefined : onTrue ? 'true' : 'false';
}

/** `Date.now()`, itself or what a variable holds. */
function isTime(expr: ts.Expression, model: SemanticModel): boolean {
  const node = skipWrappers(expr);
  if (is.call(node)) return /^(Date|performance|process)\.(now|hrtime|uptime)$/.test(node.expression.getText()) || /^(new Date\(\)|Date)\.(getTime|valueOf)$/.test(node.expression.getText());
  const declaration = is.identifier(node) ? model.symbolOf(node)?.declarations?.[0] : undefined;
  return declaration !== undefined && is.variableDeclaration(declaration) && declaration.initializer !== undefined && isTime(declaration.initializer, model);
}

function speaksOfTime(test: ts.Expression, model: SemanticModel): boolean {
  let found = false;
  forEachDescendant(test, (node) => {
    found ||= is.expression(node) && isTime(node, model);
  });
  return found;
}

/** The test reads the place, or a variable that was read from it. */
function looksAt(test: ts.Expression, place: Place, flow: FunctionFlow, model: SemanticModel): boolean {
  const reads = flow.all('read').filter((read) => read.place.key === place.key);
  if (reads.some((read) => within(read.node, test))) return true;
  let found = false;
  forEachDescendant(test, (node) => {
    const declaration = is.identifier(node) ? model.symbolOf(node)?.declarations?.[0] : undefined;
    found ||= declaration !== undefined && (is.variableDeclaration(declaration) || is.bindingElement(declaration)) && reads.some((read) => within(read.node, declaration));
  });
  return found;
}
