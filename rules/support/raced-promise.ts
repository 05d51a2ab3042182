import { enclosingRoot, is, outermostWrapper, type SemanticModel, type ts } from '../../src/rule.js';
import { mentionsOf } from './settlers.js';

/** Is the promise, or the name it is kept under, a contender of a race, or handed to something that bounds it? */
export function isRaced(promise: ts.Expression, model: SemanticModel): boolean {
  const { parent } = outermostWrapper(promise);
  if (!is.variableDeclaration(parent)) return liesInRace(promise);
  const { name } = parent;
  const names = is.identifier(name) ? [name] : name.elements.flatMap((element) => (is.bindingElement(element) && is.identifier(element.name) ? [element.name] : []));
  return names.some((each) => mentionsOf(each, enclosingRoot(parent), model).some(liesInRace));
}

function liesInRace(node: ts.Node): boolean {
  for (let child = node; is.expression(child.parent) || is.spread(child.parent); child = child.parent) {
    if (is.call(child.parent) && child.parent.expression !== child && /race|any\b|timeout|deadline|within|abort|cancel|limit/i.test(child.parent.expression.getText())) return true;
    if (is.functionExpression(child.parent)) return false;
  }
  return false;
}
