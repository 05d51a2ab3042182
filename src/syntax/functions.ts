import { ts } from './ts.js';

/** Anything with a body of its own: the unit that flow is built for. A source file is its top-level code. */
export type FunctionNode =
  | ts.FunctionDeclaration
  | ts.FunctionExpression
  | ts.ArrowFunction
  | ts.MethodDeclaration
  | ts.ConstructorDeclaration
  | ts.GetAccessorDeclaration
  | ts.SetAccessorDeclaration
  | ts.ClassStaticBlockDeclaration;
export type FlowRoot = FunctionNode | ts.SourceFile;

export function isFunctionNode(node: ts.Node): node is FunctionNode {
  switch (node.kind) {
    case ts.SyntaxKind.FunctionDeclaration:
    case ts.SyntaxKind.FunctionExpression:
    case ts.SyntaxKind.ArrowFunction:
    case ts.SyntaxKind.MethodDeclaration:
    case ts.SyntaxKind.Constructor:
    case ts.SyntaxKind.GetAccessor:
    case ts.SyntaxKind.SetAccessor:
    case ts.SyntaxKind.ClassStaticBlockDeclaration:
      return true;
    default:
      return false;
  }
}

/** The function whose body holds `node`, or its source file. A parameter initialiser belongs to its function; a decorator or computed name does not. */
export function enclosingRoot(node: ts.Node): FlowRoot {
  let current = node.parent;
  while (!isFunctionNode(current) && !ts.isSourceFile(current)) current = current.parent;
  return current;
}

export function isAsync(node: FlowRoot): boolean {
  return !ts.isSourceFile(node) && ts.canHaveModifiers(node) && (node.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) ?? false);
}

export function isGenerator(node: FlowRoot): boolean {
  return 'asteriskToken' in node && node.asteriskToken !== undefined;
}

/** The name a reader would use: `Pool.close`, `retry`, `callback of queue.on`, `<anonymous>`. */
export function functionName(node: FlowRoot): string {
  if (ts.isSourceFile(node)) return '<module>';
  if (ts.isConstructorDeclaration(node)) return `${className(node.parent)}.constructor`;
  if (ts.isClassStaticBlockDeclaration(node)) return `${className(node.parent)}.<static>`;
  if (node.name) {
    const name = memberName(node.name);
    return ts.isClassLike(node.parent) ? `${className(node.parent)}.${name}` : name;
  }
  const holder = node.parent;
  if (ts.isVariableDeclaration(holder) && ts.isIdentifier(holder.name)) return holder.name.text;
  if (ts.isPropertyAssignment(holder)) return memberName(holder.name);
  if (ts.isPropertyDeclaration(holder)) return `${className(holder.parent)}.${memberName(holder.name)}`;
  if (ts.isBinaryExpression(holder) && holder.right === node) return shortText(holder.left);
  if (ts.isCallExpression(holder) || ts.isNewExpression(holder)) return `callback of ${shortText(holder.expression)}`;
  return '<anonymous>';
}

export function className(node: ts.Node): string {
  return ts.isClassLike(node) && node.name ? node.name.text : '<class>';
}

/** The name by which a call names what it calls: `load` of `load()` and `this.store.load()`; empty for anything else. */
export function calleeName({ expression }: ts.CallExpression | ts.NewExpression): string {
  const callee = skipWrappers(expression);
  return ts.isIdentifier(callee) ? callee.text : ts.isPropertyAccessExpression(callee) ? memberName(callee.name) : '';
}

export function memberName(name: ts.PropertyName | ts.BindingName): string {
  if (ts.isIdentifier(name) || ts.isPrivateIdentifier(name) || ts.isStringLiteralLike(name) || ts.isNumericLiteral(name)) return name.text;
  return '<computed>';
}

/** Source text on one line, cut to 40 characters: for names in messages. */
export function shortText(node: ts.Node): string {
  const text = node.getText().replace(/\s+/g, ' ');
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}

/** The expression below parentheses, casts, `!` and `satisfies`. */
export function skipWrappers(node: ts.Expression): ts.Expression {
  let current = node;
  while (
    ts.isParenthesizedExpression(current) ||
    ts.isAsExpression(current) ||
    ts.isNonNullExpression(current) ||
    ts.isTypeAssertionExpression(current) ||
    ts.isSatisfiesExpression(current)
  ) {
    current = current.expression;
  }
  return current;
}

/** The node above parentheses, casts, `!` and `satisfies`: the one whose parent decides how the value is used. */
export function outermostWrapper(node: ts.Node): ts.Node {
  let current = node;
  for (;;) {
    const parent = current.parent;
    if (
      ts.isParenthesizedExpression(parent) ||
      ts.isAsExpression(parent) ||
      ts.isNonNullExpression(parent) ||
      ts.isTypeAssertionExpression(parent) ||
      ts.isSatisfiesExpression(parent)
    ) {
      current = parent;
    } else return current;
  }
}
