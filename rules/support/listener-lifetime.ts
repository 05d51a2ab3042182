import { enclosingRoot, is, skipWrappers, surely, type FunctionFlow, type FunctionNode, type SemanticModel, type TraceStep, type ts } from '../../src/rule.js';

/** Where the export function is run again, as far as that is in view. */
export function runsAgain(root: FunctionNode, model: SemanticModel): TraceStep | undefined {
  const callback = model.callbackOf(root);
  if (callback?.effect?.repeating && model.repeatable(root) !== 'no') return { at: callback.call, text: 'each run adds one more' };
  const { grade, witnesses } = model.overlap(root);
  return grade === 'shown' && witnesses[0] ? { at: witnesses[0].node, text: `each run adds one more: ${witnesses[0].text}` } : undefined;
}

/** Called by code that runs once, or behind a mark that outlives the call: `if (installed) return; installed = true`. */
export function runsOnce(flow: FunctionFlow, model: SemanticModel): boolean {
  const root = flow.node;
  const callers = is.sourceFile(root) ? [] : model.callersOf(root);
  if (callers.length > 0 && callers.every((call) => model.repeatable(enclosingRoot(call)) === 'no')) return true;
  const lasting = flow.all('write').filter(({ place }) => place.kind !== 'local' && place.kind !== 'parameter');
  return flow.all('guard').some(({ test }) => lasting.some(({ place }) => model.place(test)?.key === place.key || test.getText().includes(place.text)));
}

/** `req.signal`: ends with its request. */
export function isOfOneRequest(target: ts.Expression, model: SemanticModel): boolean {
  const signal = skipWrappers(target);
  if (!is.propertyAccess(signal) || signal.name.text !== 'signal') return false;
  return /^(req|request|ctx|context|event|evt|c)$/i.test(signal.expression.getText()) || surely(model.hasTrait(signal.expression, 'request'));
}
