import { forEachDescendant, is, isFunctionNode, outermostWrapper, skipWrappers, type CallNode, type FlowRoot, type FunctionNode, type SemanticModel, type SignalInScope, type ts } from '../../src/rule.js';
import { withoutAwait } from './promise-values.js';

/** A stream that is a parameter, and that every caller in view has made with the very signal that it hands in beside it. */
export function isMadeUnderSignal(over: ts.Expression, signal: SignalInScope, fn: FlowRoot, model: SemanticModel): boolean {
  if (!isFunctionNode(fn) || !('parameters' in fn) || signal.from !== 'parameter') return false;
  const indexOf = (text: string): number => fn.parameters.findIndex(({ name }) => is.identifier(name) && name.text === text);
  const [stream, own] = [indexOf(skipWrappers(over).getText()), indexOf(signal.text)];
  const callers = callersByName(fn, model);
  return stream >= 0 && own >= 0 && callers.length > 0 && callers.every((call) => {
    const given = call.arguments?.[own]?.getText();
    const maker = call.arguments?.[stream] && withoutAwait(model.resolveAlias(call.arguments[stream]));
    return given !== undefined && maker !== undefined && is.callOrNew(maker) && (maker.arguments ?? []).some((argument) => mentionsText(argument, given));
  });
}

/** Calls of the function, of a const that holds it, and of one that holds what a wrapper makes of it: `const run = useCallback(async () => …)`. */
function callersByName(fn: FunctionNode, model: SemanticModel): readonly CallNode[] {
  const wrapper = outermostWrapper(fn).parent;
  const holder = is.call(wrapper) ? outermostWrapper(wrapper).parent : undefined;
  if (!holder || !is.variableDeclaration(holder) || !is.identifier(holder.name)) return model.callersOf(fn);
  const symbol = model.symbolOf(holder.name);
  return model.identifiersNamed(holder.name.text).flatMap((id) => (is.call(id.parent) && id.parent.expression === id && model.symbolOf(id) === symbol ? [id.parent] : []));
}

function mentionsText(root: ts.Expression, text: string): boolean {
  let found = root.getText() === text;
  forEachDescendant(root, (node) => {
    found ||= node.getText() === text;
    return !found;
  });
  return found;
}
