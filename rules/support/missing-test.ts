import { enclosingRoot, is, skipWrappers, type EventOf, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { answerOf } from './answer.js';

/** The branch of the test on which the place is missing; undefined where the test speaks of something else. */
export function edgeWhereMissing(guard: EventOf<'guard'>, place: Place, model: SemanticModel): 'true' | 'false' | undefined {
  if (guard.form === 'case' || (guard.form === 'nullish' && !isFallback(guard.node))) return undefined;
  if (guard.form === 'nullish') return looksAt(guard.test, place, model) ? 'false' : undefined;
  return sideWhereMissing(guard.test, place, model);
}

function sideWhereMissing(expr: ts.Expression, place: Place, model: SemanticModel, translate = same): 'true' | 'false' | undefined {
  const test = skipWrappers(expr);
  if (looksAt(test, place, model, translate)) return 'false';
  if (is.prefixUnary(test) && test.getText().startsWith('!')) return otherSide(sideWhereMissing(test.operand, place, model, translate));
  if (is.binary(test)) {
    const operator = test.operatorToken.getText();
    if (operator === 'in') return looksAt(test, place, model, translate) ? 'false' : undefined;
    if (!/^(null|undefined)$/.test(test.right.getText()) || !looksAt(skipWrappers(test.left), place, model, translate)) return undefined;
    return operator === '==' || operator === '===' ? 'true' : operator === '!=' || operator === '!==' ? 'false' : undefined;
  }
  const answer = translate === same ? answerOf(test, model) : undefined;
  return answer && sideWhereMissing(answer.given, place, model, answer.translate);
}

const same = (key: string): string => key;
const otherSide = (side: 'true' | 'false' | undefined): 'true' | 'false' | undefined => side && (side === 'true' ? 'false' : 'true');

/** `if (this.isOpen(id))` where isOpen does nothing but look at the place. */
export function answerLooksAt(test: ts.Expression, place: Place, model: SemanticModel): boolean {
  const answer = answerOf(test, model);
  return answer !== undefined && sideWhereMissing(answer.given, place, model, answer.translate) !== undefined;
}

/** The left side of `??` or `??=`; the guard of a `?.` decides nothing about filling. */
function isFallback(left: ts.Node): boolean {
  const { parent } = left;
  return is.binary(parent) && parent.left === left;
}

/** Where the tested value was looked up: the test itself, or what its variable was initialised from. */
export function lookBehind(guard: EventOf<'guard'>, model: SemanticModel): ts.Node {
  const test = skipWrappers(guard.test);
  const subject = is.binary(test) ? skipWrappers(test.left) : test;
  const declaration = is.identifier(subject) ? model.symbolOf(subject)?.declarations?.[0] : undefined;
  return declaration && is.variableDeclaration(declaration) && declaration.initializer ? declaration.initializer : guard.node;
}

/** The place itself, its entry asked for or looked up, or a variable that holds the result of such a look. */
function looksAt(expr: ts.Expression, place: Place, model: SemanticModel, translate = same): boolean {
  const node = skipWrappers(expr);
  const { key } = place;
  const looked = (at: ts.Node): boolean => model.flow(enclosingRoot(at)).at(at).some((e) => e.kind === 'read' && translate(e.place.key) === key) || (is.expression(at) && model.place(at)?.key === key);
  if (looked(node)) return true;
  if (!is.identifier(node)) return false;
  const declaration = model.symbolOf(node)?.declarations?.[0];
  if (declaration && is.bindingElement(declaration)) return looked(declaration);
  const source = declaration && is.variableDeclaration(declaration) ? declaration.initializer : undefined;
  if (!source) return false;
  const answer = translate === same ? answerOf(source, model) : undefined;
  return looked(skipWrappers(source)) || (answer !== undefined && looksAt(answer.given, place, model, answer.translate));
}

/** `items.find((each) => …)`, itself or behind a helper. */
export function isSearch(look: ts.Node, model: SemanticModel): boolean {
  const given = (is.expression(look) && answerOf(look, model)?.given) || look;
  return is.call(given) && is.propertyAccess(given.expression) && /^(find|findLast|some)$/.test(given.expression.name.text);
}
