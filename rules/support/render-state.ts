import { enclosingRoot, forEachDescendant, is, skipWrappers, type EventOf, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { letsOthersIn, suspensionOf, type Wait } from './interleaving.js';
import { isStateSetter } from './stored-value.js';

/** State of a component set, behind a wait, from the value that it had when the component was rendered. */
export interface RenderedUpdate {
  readonly set: EventOf<'call'>;
  readonly wait: Wait;
  /** The value of the render. */
  readonly value: ts.Identifier;
}

/** `await save(); setCount(count + 1);`, where `setCount((now) => now + 1)` would be given the value of now. */
export function renderedUpdatesIn(flow: FunctionFlow, model: SemanticModel): readonly RenderedUpdate[] {
  if (!flow.isAsync) return [];
  const setters = flow.all('call').filter(({ call }) => is.call(call) && is.identifier(call.expression) && call.arguments.length === 1 && enclosingRoot(call) === flow.node && isStateSetter(call.expression, model));
  return setters.flatMap((set): RenderedUpdate[] => {
    const value = valueOf(set.call as ts.CallExpression, model);
    const path = value && flow.pathThrough(flow.entry, letsOthersIn, (e) => e === set, { throws: 'none', backEdges: false });
    const wait = path && suspensionOf(path);
    return value && wait && !isKeptBusy(setters, wait) && !isWorkedOn(value, wait, flow, model) ? [{ set, wait, value }] : [];
  });
}

/** The state itself, mentioned in what it is set to; the function form is given the state of then. */
function valueOf(call: ts.CallExpression, model: SemanticModel): ts.Identifier | undefined {
  const given = skipWrappers(call.arguments[0]!);
  const setter = model.symbolOf(call.expression)?.declarations?.[0];
  const state = setter && is.bindingElement(setter) ? setter.parent.elements[0] : undefined;
  const name = state && is.bindingElement(state) && is.identifier(state.name) ? state.name : undefined;
  const symbol = name && model.symbolOf(name);
  // The component itself renders anew: there the value is the one of now.
  if (is.functionExpression(given) || !name || !symbol || enclosingRoot(name) === enclosingRoot(call)) return undefined;
  let found: ts.Identifier | undefined;
  forEachDescendant(call, (node) => {
    if (is.identifier(node) && node.text === name.text && model.symbolOf(node) === symbol) found ??= node;
  });
  return found;
}

/** `setSaving(true)` before the wait: the component may well let nobody start again. */
function isKeptBusy(setters: readonly EventOf<'call'>[], wait: Wait): boolean {
  return setters.some(({ call }) => call.pos < wait.node.pos && call.arguments?.[0]?.getText() === 'true');
}

/** `await fetchPage({ offset }); setOffset(offset + page.length);`: what was waited for was for this very value. */
function isWorkedOn(value: ts.Identifier, wait: Wait, flow: FunctionFlow, model: SemanticModel): boolean {
  const symbol = model.symbolOf(value);
  let found = false;
  forEachDescendant(flow.node, (node) => {
    found ||= is.identifier(node) && node.pos < wait.node.end && node.text === value.text && model.symbolOf(node) === symbol;
  });
  return found;
}
