import {
  enclosingRoot, forEachDescendant, is, isFunctionNode,
  type CallNode, type FlowRoot, type FunctionNode, type SemanticModel, type SignalInScope, type ts,
} from '../../src/rule.js';
import type { Executor } from './promise-executor.js';
import { within } from './settling-coverage.js';

/** A callback that asks whether the signal has aborted when something else has called it. */
export interface LateLook {
  readonly signal: SignalInScope;
  readonly look: ts.Node;
  /** The call that takes the callback. */
  readonly taker: CallNode;
}

/**
 * A promise made by hand, of whose signal all that is asked is whether it has aborted by now, and that in a callback which settles the
 * promise: nothing is told of the abort itself.
 */
export function lateLookIn(executor: Executor, model: SemanticModel): LateLook | undefined {
  let found: LateLook | undefined;
  forEachDescendant(executor.fn, (node) => {
    if (found || !is.propertyAccess(node) || node.name.text !== 'aborted' || !is.identifier(node.expression)) return !found;
    const callback = enclosingRoot(node);
    if (callback === executor.fn || !isFunctionNode(callback) || enclosingRoot(callback) !== executor.fn || !settles(callback, executor)) return;
    const taken = model.callbackOf(callback);
    if (!taken || taken.timing === 'sync' || model.call(taken.call).effects.timer) return;
    const signal = signalNamed(node.expression, executor.fn, taken.call, model);
    if (signal && isOnlyAsked(signal, node.expression, executor.fn, model)) found = { signal, look: node, taker: taken.call };
    return undefined;
  });
  return found;
}

function settles(callback: FunctionNode, { settlings }: Executor): boolean {
  return settlings.some(({ at }) => within(at, callback));
}

/** By its declaration, in the executor or in the function that makes the promise. */
function signalNamed(name: ts.Identifier, executor: FunctionNode, at: ts.Node, model: SemanticModel): SignalInScope | undefined {
  const symbol = model.symbolOf(name);
  const outer = enclosingRoot(executor);
  const inScope = [...model.signalsInScope(executor, at), ...model.signalsInScope(outer, executor)];
  return symbol && inScope.find(({ node }) => is.identifier(node) && model.symbolOf(node) === symbol);
}

/** No mention of it, nor of the bag it is taken from as a whole, does more than ask. */
function isOnlyAsked(signal: SignalInScope, name: ts.Identifier, executor: FunctionNode, model: SemanticModel): boolean {
  const symbol = model.symbolOf(name);
  const declaration = symbol?.declarations?.[0];
  const outer = enclosingRoot(executor);
  const uses = model.identifiersNamed(name.text, outer).filter((id) => model.symbolOf(id) === symbol && id !== signal.node);
  if (!uses.every(asks)) return false;
  const source = declaration && is.variableDeclaration(declaration) && declaration.initializer ? bagOf(declaration.initializer) : undefined;
  return source === undefined || !isHandedOn(source, outer, model);
}

function asks(id: ts.Node): boolean {
  const access = id.parent;
  if (!is.propertyAccess(access) || access.expression !== id) return (is.variableDeclaration(access) || is.bindingElement(access)) && access.name === id;
  return /^(?:aborted|reason|throwIfAborted)$/.test(access.name.text);
}

/** `options` of `options?.signal`. */
function bagOf(value: ts.Expression): ts.Identifier | undefined {
  return is.propertyAccess(value) && is.identifier(value.expression) ? value.expression : undefined;
}

function isHandedOn(bag: ts.Identifier, outer: FlowRoot, model: SemanticModel): boolean {
  const symbol = model.symbolOf(bag);
  return model.identifiersNamed(bag.text, outer).some((id) => {
    if (model.symbolOf(id) !== symbol || is.parameter(id.parent) || is.bindingElement(id.parent)) return false;
    return !(is.propertyAccess(id.parent) && id.parent.expression === id) || (id.parent.name.text === 'signal' && id !== bag);
  });
}
