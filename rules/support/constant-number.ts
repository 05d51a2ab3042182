import { is, skipWrappers, type SemanticModel, type ts } from '../../src/rule.js';

/**
 * The number that the expression always is: literals, constants and their members, arithmetic, defaults. `known` answers first, for what the
 * caller knows of: an argument behind a parameter, the number of cores.
 */
export function constantNumber(expr: ts.Expression, model: SemanticModel, known?: (value: ts.Expression) => number | undefined, depth = 0): number | undefined {
  const value = skipWrappers(model.resolveAlias(expr));
  const given = known?.(value);
  if (given !== undefined) return given;
  const part = (inner: ts.Expression | undefined): number | undefined => (inner === undefined || depth > 6 ? undefined : constantNumber(inner, model, known, depth + 1));
  const text = value.getText();
  if (text === 'NaN' || text === 'Number.NaN') return Number.NaN;
  if (/^-?\d[\d_.]*(?:e\d+)?$/.test(text)) return Number(text.replaceAll('_', ''));
  if (text === 'Infinity') return Infinity;
  if (is.binary(value)) {
    const operator = value.operatorToken.getText();
    const [left, right] = [part(value.left), part(value.right)];
    return left === undefined || right === undefined ? undefined : OPERATORS[operator]?.(left, right);
  }
  if (is.propertyAccess(value)) return part(memberOf(value, model));
  if (!is.call(value)) return undefined;
  const apply = MATH[value.expression.getText()];
  const numbers = value.arguments.map(part);
  return apply && numbers.every((each) => each !== undefined) ? apply(...numbers) : undefined;
}

/** `LIMITS.http` of a constant that is written out, or of an enum or static field. */
function memberOf(access: ts.PropertyAccessExpression, model: SemanticModel): ts.Expression | undefined {
  const owner = skipWrappers(model.resolveAlias(access.expression));
  if (is.objectLiteral(owner)) {
    const property = owner.properties.find((each) => is.propertyAssignment(each) && each.name.getText() === access.name.text);
    return property && is.propertyAssignment(property) ? property.initializer : undefined;
  }
  const place = model.place(access);
  const accesses = place?.kind === 'field' || place?.kind === 'module' ? model.accesses(place) : [];
  const writes = accesses.filter(({ kind }) => kind === 'write');
  return writes.length === 1 ? writes[0]!.value : undefined;
}

const OPERATORS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b, '||': (a, b) => a || b, '>>': (a, b) => a >> b,
};
const MATH: Readonly<Record<string, (...given: number[]) => number>> = {
  'Math.floor': Math.floor, 'Math.ceil': Math.ceil, 'Math.round': Math.round, 'Math.trunc': Math.trunc, 'Math.max': Math.max, 'Math.min': Math.min,
};
