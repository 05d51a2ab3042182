import { enclosingRoot, is, skipWrappers, type CallNode, type SemanticModel, type ts } from '../../src/rule.js';

/** A lock by name that is given an object as its name. */
export interface ObjectKey {
  readonly key: ts.Expression;
  readonly asked: CallNode;
}

/** `locks.acquire({ dir, name }, work)`, itself or through a function in view that hands its parameter on as the key. */
export function objectKeyOf(call: CallNode, model: SemanticModel): ObjectKey | undefined {
  const own = keyOf(call, model);
  if (own) return isObject(own, model) ? { key: own, asked: call } : undefined;
  const [target, other] = model.call(call).targets;
  if (!target || other || !('parameters' in target) || !(call.arguments ?? []).some((argument) => isObject(argument, model))) return undefined;
  for (const event of model.flow(target).all('call')) {
    const key = enclosingRoot(event.call) === target ? keyOf(event.call, model) : undefined;
    const declared = key && is.identifier(key) ? model.symbolOf(key)?.declarations?.[0] : undefined;
    const index = declared ? target.parameters.findIndex((parameter) => parameter === declared) : -1;
    const given = call.arguments?.[index];
    if (given && isObject(given, model)) return { key: given, asked: event.call };
  }
  return undefined;
}

/** What names the lock, where it is named by text. */
function keyOf(call: CallNode, model: SemanticModel): ts.Expression | undefined {
  const { effects } = model.call(call);
  const isKeyed = effects.callbacks?.some(({ section }) => section === 'keyed' || (section === 'arg0' && effects.io === undefined));
  const key = isKeyed ? call.arguments?.[0] : undefined;
  return key && skipWrappers(key);
}

const isObject = (given: ts.Expression, model: SemanticModel): boolean => is.objectLiteral(skipWrappers(model.resolveAlias(given)));
