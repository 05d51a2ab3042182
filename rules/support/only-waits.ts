import { is, isFunctionNode, skipWrappers, type CallNode, type FunctionNode, type SemanticModel } from '../../src/rule.js';
import { onlyExpression } from './only-expression.js';

/** A call that does nothing but give a promise which a timer fulfils: `sleep(100)`, of node, of a package or of the project. */
export function onlyWaits(call: CallNode, model: SemanticModel): boolean {
  const { effects, targets } = model.call(call);
  if (targets.length > 0) return targets.every((fn) => isSleep(fn, model));
  return effects.sleeps === true && effects.promise === true;
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
