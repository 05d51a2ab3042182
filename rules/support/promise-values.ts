import { is, shortText, skipWrappers, type CallNode, type ts } from '../../src/rule.js';

/** What an expression may evaluate to: through casts, branches, short circuits and the right side of a comma. */
export function valuesOf(expr: ts.Expression): readonly ts.Expression[] {
  const value = skipWrappers(expr);
  if (is.conditional(value)) return [...valuesOf(value.whenTrue), ...valuesOf(value.whenFalse)];
  if (!is.binary(value)) return [value];
  switch (value.operatorToken.getText()) {
    case ',':
    case '&&':
      return valuesOf(value.right);
    case '||':
    case '??':
      return [...valuesOf(value.left), ...valuesOf(value.right)];
    default:
      return [value];
  }
}

/** The call of `await call()`; of anything else, the value itself. */
export function withoutAwait(expr: ts.Expression): ts.Expression {
  const value = skipWrappers(expr);
  return is.await(value) ? skipWrappers(value.expression) : value;
}

/** The name of what is called, a small place to point at; anything that is no call points at itself. */
export function calledName(expr: ts.Expression): ts.Node {
  const value = skipWrappers(expr);
  if (!is.callOrNew(value)) return value;
  const callee = skipWrappers(value.expression);
  if (is.propertyAccess(callee)) return callee.name;
  return is.functionExpression(callee) ? (callee.getFirstToken() ?? callee) : callee;
}

/** The last name of what is called: `end` of `this.pool.end()`; other callees as they are written. */
export function lastCalledName(call: CallNode): string {
  const callee = skipWrappers(call.expression);
  return is.propertyAccess(callee) ? callee.name.text : callee.getText();
}

/** What a message calls the promise. */
export function taskName(expr: ts.Expression): string {
  const value = skipWrappers(expr);
  const derived = derivation(value);
  if (derived) return `the promise made by ${derived.method}()`;
  if (!is.callOrNew(value)) return shortText(value);
  if (is.functionExpression(skipWrappers(value.expression))) return 'the function called in place';
  return shortText(value);
}

/** A call of then, catch or finally: it derives one promise from another. */
export interface Derivation {
  readonly method: string;
  readonly source: ts.Expression;
  readonly handlers: readonly ts.Expression[];
}

export function derivation(expr: ts.Expression): Derivation | undefined {
  const value = skipWrappers(expr);
  if (!is.call(value)) return undefined;
  const callee = skipWrappers(value.expression);
  if (!is.propertyAccess(callee) || !/^(then|catch|finally)$/.test(callee.name.text)) return undefined;
  return { method: callee.name.text, source: callee.expression, handlers: value.arguments };
}
