import { forEachDescendant, is, skipWrappers, type EventOf, type FunctionFlow, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { within } from './settling-coverage.js';

type Guard = EventOf<'guard'>;
type Write = EventOf<'write'>;

/** The branch that runs when the time kept in the place is long enough ago, `now >= this.last + interval`, and renews it: only that one does. */
export function edgeWhereDue(guard: Guard, renewal: Write, flow: FunctionFlow, model: SemanticModel): 'true' | 'false' | undefined {
  const test = skipWrappers(guard.test);
  if (!is.binary(test) || !/^[<>]=?$/.test(test.operatorToken.getText()) || !renewal.value || !isTime(renewal.value, model)) return undefined;
  if (!speaksOfTime(test, model) || !looksAt(test, renewal.place, flow, model)) return undefined;
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
