import {
  is, skipWrappers,
  type CallNode, type FunctionFlow, type SemanticModel, type ts,
} from '../../src/rule.js';
import { handsOn, type Carriers } from './signal-carriers.js';

/**
 * Where no type says whether a call takes a signal, others like it do: two more calls on the same object that are given it, or every
 * other call in view of a method of that name that is given options. Undefined where nothing of that is shown.
 */
export function siblingGiven(call: CallNode, known: Carriers, flow: FunctionFlow, model: SemanticModel): CallNode | undefined {
  if (!is.call(call) || mayTakeMore(call) || isInHandler(call, flow)) return undefined;
  return onSameObject(call, known, flow, model) ?? ofSameName(call, model);
}

/** What follows a failure is no part of the work. */
function isInHandler(node: ts.Node, flow: FunctionFlow): boolean {
  for (let at = node; at !== flow.node; at = at.parent) if (is.catchClause(at)) return true;
  return false;
}

/** Options of its own, a callback or a rest: what the call lacks may be in there. */
function mayTakeMore({ arguments: given }: ts.CallExpression): boolean {
  const last = given.at(-1);
  return given.some(is.spread) || (last !== undefined && (is.objectLiteral(skipWrappers(last)) || is.functionExpression(skipWrappers(last)) || isOptions(last)));
}

function onSameObject(call: ts.CallExpression, known: Carriers, flow: FunctionFlow, model: SemanticModel): CallNode | undefined {
  const object = objectOf(call);
  if (!object) return undefined;
  const given = flow.all('call').filter(({ call: other, awaited }) => {
    const last = other.arguments?.at(-1);
    return other !== call && awaited && is.call(other) && last !== undefined && objectOf(other) === object && handsOn(last, known, model);
  });
  return given.length >= 2 ? given.at(-1)?.call : undefined;
}

/** `db` of `db.open().close()`, as it is written. */
function objectOf(call: ts.CallExpression): string | undefined {
  const callee = skipWrappers(call.expression);
  if (!is.propertyAccess(callee)) return undefined;
  const owner = skipWrappers(callee.expression);
  if (is.call(owner)) return owner.arguments.length === 0 ? objectOf(owner) : undefined;
  return is.this(owner) ? undefined : owner.getText();
}

/** `router.find(id, options)` elsewhere, twice or more, and nowhere without. */
function ofSameName(call: ts.CallExpression, model: SemanticModel): CallNode | undefined {
  const callee = skipWrappers(call.expression);
  const name = is.propertyAccess(callee) ? callee.name : callee;
  if (!is.identifier(name)) return undefined;
  const others = model.identifiersNamed(name.text).flatMap((id) => {
    const value = is.propertyAccess(id.parent) && id.parent.name === id ? id.parent : id;
    const use = value.parent;
    return is.call(use) && use.expression === value && use !== call && model.fileOf(use).role !== 'test' ? [use] : [];
  });
  const isGiven = (other: ts.CallExpression): boolean => other.arguments.length === call.arguments.length + 1 && isOptions(other.arguments.at(-1)!);
  return others.length >= 2 && others.every(isGiven) ? others[0] : undefined;
}

/** `options`, `{ ...options, limit }`, `{ signal }`, `signal`. */
function isOptions(argument: ts.Expression): boolean {
  const value = skipWrappers(argument);
  if (is.identifier(value)) return OPTIONS.test(value.text);
  if (is.propertyAccess(value)) return OPTIONS.test(value.name.text);
  return is.objectLiteral(value) && value.properties.some((each) => (is.spreadAssignment(each) ? isOptions(each.expression) : each.name !== undefined && OPTIONS.test(each.name.getText())));
}

const OPTIONS = /^(?:\w*[oO]ptions|opts|init|signal|\w*Signal)$/;
