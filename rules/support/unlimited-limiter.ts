import { is, skipWrappers, type CallNode, type SemanticModel, type ts } from '../../src/rule.js';

/** `new PQueue()`: made without any of the options that would make it a limit. */
export function isUnlimited(made: CallNode, model: SemanticModel): boolean {
  const limits = model.call(made).effects.limiter?.unlimitedWithout;
  const given = made.arguments?.[0];
  if (!limits || !given) return limits !== undefined;
  const options = skipWrappers(model.resolveAlias(given));
  return is.objectLiteral(options) && options.properties.every(({ name }) => name !== undefined && !limits.includes(name.getText()));
}

/** The same of a variable or field that is set where it is declared. */
export function holdsUnlimited(limiter: ts.Expression, model: SemanticModel): boolean {
  const declaration = model.symbolOf(skipWrappers(limiter))?.declarations?.[0];
  const made = declaration && (is.variableDeclaration(declaration) || is.propertyDeclaration(declaration)) && declaration.initializer ? skipWrappers(declaration.initializer) : undefined;
  return made !== undefined && is.callOrNew(made) && isUnlimited(made, model);
}
