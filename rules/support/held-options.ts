import { is, or, skipWrappers, surely, type Certainty, type SemanticModel, type ts } from '../../src/rule.js';

/** Does the value, an options object or what is made from one, hold one of these options? What comes from elsewhere may, if its type lets it. */
export function holdsOption(given: ts.Expression | undefined, names: ReadonlySet<string>, model: SemanticModel): Certainty {
  if (!given) return 'no';
  if (is.spread(given)) return 'unknown';
  const value = skipWrappers(model.resolveAlias(given));
  const holds = (part: ts.Expression): Certainty => holdsOption(part, names, model);
  if (is.objectLiteral(value)) return or(literalHolds(value, names, model), isFilledIn(given, names, model));
  if (is.new(value)) return (value.arguments ?? []).reduce<Certainty>((found, argument) => or(found, holds(argument)), 'no');
  if (is.conditional(value)) return or(holds(value.whenTrue), holds(value.whenFalse));
  if (is.binary(value) && /^(?:\?\?|\|\||&&)$/.test(value.operatorToken.getText())) return or(holds(value.left), holds(value.right));
  if (is.literal(value) || is.functionExpression(value) || is.arrayLiteral(value) || NOTHING.test(value.getText())) return 'no';
  return model.hasMember(value, names) === 'no' ? 'no' : 'unknown';
}

const NOTHING = /^(?:undefined|null|void 0|true|false)$/;

function literalHolds(literal: ts.ObjectLiteralExpression, names: ReadonlySet<string>, model: SemanticModel): Certainty {
  return literal.properties.reduce<Certainty>((found, property) => {
    if (is.spreadAssignment(property)) return or(found, holdsOption(property.expression, names, model));
    if (!property.name || property.name.getText().startsWith('[')) return or(found, 'unknown');
    const value = is.propertyAssignment(property) ? skipWrappers(property.initializer) : undefined;
    if (names.has(property.name.getText().replace(/^['"]|['"]$/g, ''))) return value && /^(?:undefined|0)$/.test(value.getText()) ? found : 'yes';
    // `socket: { socketTimeout: 5_000 }`
    return value && is.objectLiteral(value) ? or(found, literalHolds(value, names, model)) : found;
  }, 'no');
}

/** `options.timeout = …` after it was made. */
function isFilledIn(given: ts.Expression, names: ReadonlySet<string>, model: SemanticModel): Certainty {
  const name = skipWrappers(given);
  if (!is.identifier(name)) return 'no';
  const fills = model.identifiersNamed(name.text).some((id) => is.propertyAccess(id.parent) && id.parent.expression === id && names.has(id.parent.name.text) && surely(model.sameValue(id, name)));
  return fills ? 'unknown' : 'no';
}
