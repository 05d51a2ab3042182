import { is, isAsync, isFunctionNode, skipWrappers, type CallEffects, type CallNode, type ts } from '../../src/rule.js';

export type CallbackEffect = NonNullable<CallEffects['callbacks']>[number];

/** Most calls have no such argument: they are not worth resolving. A block body that is not async rarely returns a promise. */
export function mayBeCallback(argument: ts.Expression): boolean {
  const value = skipWrappers(argument);
  if (isFunctionNode(value)) return isAsync(value) || (is.arrowFunction(value) && !is.block(value.body));
  return is.identifier(value) || is.propertyAccess(value) || is.objectLiteral(value) || isBind(value);
}

function isBind(value: ts.Expression): boolean {
  return is.call(value) && is.propertyAccess(value.expression) && value.expression.name.text === 'bind';
}

/** The value given where the model expects the callback. */
export function callbackGiven(call: CallNode, { arg, property }: CallbackEffect): ts.Expression | undefined {
  const given = call.arguments?.at(arg);
  if (property === undefined || !given) return given;
  const bag = skipWrappers(given);
  if (!is.objectLiteral(bag)) return undefined;
  const member = bag.properties.find((each) => each.name?.getText() === property);
  return member && is.propertyAssignment(member) ? member.initializer : undefined;
}
