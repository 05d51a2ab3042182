import { enclosingRoot, is, isFunctionNode, skipWrappers, surely, type SemanticModel, type ts } from '../../src/rule.js';

/** A property that replaces a setting by nothing where the caller leaves it out: `{ ...defaults, timeout }`. */
export interface UndefinedOverwrite {
  readonly property: ts.ObjectLiteralElementLike;
  /** What holds the setting that is lost. */
  readonly defaults: ts.Expression;
}

/** In `{ ...defaults, ...given }` the members of `given` count too, where it is a literal kept in a const. */
export function undefinedOverwrites(literal: ts.ObjectLiteralExpression, isAsked: (name: string) => boolean, model: SemanticModel): readonly UndefinedOverwrite[] {
  const before: ts.Expression[] = [];
  const found: UndefinedOverwrite[] = [];
  for (const property of literal.properties) {
    for (const own of membersOf(property, model)) {
      const name = own.name?.getText() ?? '';
      const value = is.shorthandPropertyAssignment(own) ? own.name : is.propertyAssignment(own) ? skipWrappers(own.initializer) : undefined;
      const source = value && isAsked(name) ? optionalSource(value, model) : undefined;
      const defaults = source === undefined ? undefined : before.find((each) => each.getText() !== source && surely(model.hasMember(each, new Set([name]))));
      if (defaults) found.push({ property: own, defaults });
    }
    if (is.spreadAssignment(property) && !literalOf(property.expression, model)) before.push(property.expression);
  }
  return found;
}

function membersOf(property: ts.ObjectLiteralElementLike, model: SemanticModel): readonly ts.ObjectLiteralElementLike[] {
  const spread = is.spreadAssignment(property) ? literalOf(property.expression, model) : undefined;
  return spread ? spread.properties.filter((each) => !is.spreadAssignment(each)) : [property];
}

function literalOf(spread: ts.Expression, model: SemanticModel): ts.ObjectLiteralExpression | undefined {
  const value = skipWrappers(model.resolveAlias(spread));
  return is.objectLiteral(value) ? value : undefined;
}

/** Where a value that a caller may leave out comes from, as written: `options` of `options.timeout`; empty where it is unpacked in place. */
function optionalSource(value: ts.Expression, model: SemanticModel): string | undefined {
  if (!mayBeLeftOut(value, model)) return undefined;
  if (is.propertyAccess(value)) return is.identifier(value.expression) && model.place(value.expression)?.kind === 'parameter' ? value.expression.text : undefined;
  const declaration = is.identifier(value) ? model.symbolOf(value)?.declarations?.[0] : undefined;
  if (!declaration || !is.bindingElement(declaration) || declaration.initializer || enclosingRoot(declaration) !== enclosingRoot(value)) return undefined;
  const holder = declaration.parent.parent;
  if (is.parameter(holder)) return isFunctionNode(holder.parent) ? '' : undefined;
  return is.variableDeclaration(holder) ? holder.initializer?.getText() : undefined;
}

/** By its type, or where null is no type of its own by every type in view that declares a member of the name. */
function mayBeLeftOut(value: ts.Expression, model: SemanticModel): boolean {
  const nullable = model.isNullable(value);
  if (nullable !== 'unknown') return nullable === 'yes';
  const name = is.propertyAccess(value) ? value.name.text : value.getText();
  const members = model.identifiersNamed(name).flatMap(({ parent }) => (is.propertySignature(parent) ? [parent] : []));
  return members.length > 0 && members.every(({ questionToken, type }) => questionToken !== undefined || /\bundefined$/.test(type?.getText() ?? ''));
}
