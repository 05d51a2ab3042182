import { forEachDescendant, is, isFunctionNode, skipWrappers, surely, type CallNode, type FunctionNode, type SemanticModel } from '../../src/rule.js';
import { lastCalledName } from './promise-values.js';
import { onlyExpression } from './only-expression.js';

/** A call that does nothing but give a promise which a timer fulfils: `sleep(100)`, of node, of a package or of the project. */
export function onlyWaits(call: CallNode, model: SemanticModel): boolean {
  const { effects, targets } = model.call(call);
  if (targets.length > 0) return targets.every((fn) => isSleep(fn, model)) || isSleepByName(call, model);
  return effects.sleeps === true && effects.promise === true;
}

/** `delay(10)` of a helper that can do more when it is told more: named for the wait, given the time alone, and a timer is all that it starts. */
function isSleepByName(call: CallNode, model: SemanticModel): boolean {
  if (!/^(?:sleep|delay|wait(?:For)?(?:Ms|Millis)?)$/i.test(lastCalledName(call)) || call.arguments?.length !== 1 || !surely(model.isPromise(call))) return false;
  return [...model.ioOf(call)].every((kind) => kind === 'timer') && model.call(call).targets.every((fn) => setsTimer(fn, model));
}

function setsTimer(fn: FunctionNode, model: SemanticModel): boolean {
  let sets = false;
  forEachDescendant(fn, (node) => {
    if (!sets && is.call(node)) sets = model.call(node).effects.timer?.kind === 'timeout' || model.call(node).effects.sleeps === true;
    return !sets;
  });
  return sets;
}

function isSleep(fn: FunctionNode, model: SemanticModel): boolean {
  const made = onlyExpression(fn);
  const executor = made && is.new(made) && made.expression.getText() === 'Promise' ? made.arguments?.[0] && skipWrappers(made.arguments[0]) : undefined;
  if (!executor || !is.functionExpression(executor)) return false;
  const [resolve] = executor.parameters;
  const timer = onlyExpression(executor);
  if (!resolve || !timer || !is.call(timer) || model.call(timer).effects.timer?.kind !== 'timeout') return false;
  const fired = timer.arguments[0] && skipWrappers(timer.arguments[0]);
  const done = fired && isFunctionNode(fired) ? onlyExpression(fired) : fired;
  return done !== undefined && (is.call(done) ? skipWrappers(done.expression) : done).getText() === resolve.name.getText();
}
