import { is, skipWrappers, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { withoutAwait } from './promise-values.js';

/** The listener aborts a controller under which the Response that the function returns is still to be read. */
export function givesAnswerUnderway(handler: ts.Expression, flow: FunctionFlow, model: SemanticModel): boolean {
  const fn = skipWrappers(handler);
  const controller = is.functionExpression(fn) ? /\b([\w.]+)\.abort\(/.exec(fn.getText())?.[1] : undefined;
  if (!controller) return false;
  return flow.all('return').some(({ value }) => {
    const call = value && withoutAwait(model.resolveAlias(value));
    return call !== undefined && is.call(call) && /(^|\.)fetch$/.test(call.expression.getText()) && call.arguments.some((argument) => argument.getText().includes(`${controller}.signal`));
  });
}
