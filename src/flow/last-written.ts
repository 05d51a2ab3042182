import { isFunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { forEachOwnNode } from './returns.js';

/**
 * The value that a variable of the same function was given last before the name is read, in source order; branches that
 * may be skipped count. Undefined where that cannot be told: the write leaves by a return or throw, or another function writes too.
 */
export function lastWrittenBefore(name: ts.Identifier, declaration: ts.VariableDeclaration): ts.Expression | undefined {
  const fn = functionAround(name);
  if (!fn || functionAround(declaration) !== fn) return undefined;
  let last: ts.BinaryExpression | undefined;
  let isWrittenElsewhere = false;
  forEachOwnNode(fn, (node) => {
    if (isFunctionNode(node)) isWrittenElsewhere ||= writesTo(node, name.text);
    else if (node.end <= name.pos && isWriteOf(node, name.text)) last = node;
  });
  const value = last?.right ?? declaration.initializer;
  return isWrittenElsewhere || (last && leavesBehind(last, name)) ? undefined : value;
}

function functionAround(node: ts.Node): ts.Node | undefined {
  let around = node.parent;
  while (!isFunctionNode(around) && !ts.isSourceFile(around)) around = around.parent;
  return isFunctionNode(around) ? around : undefined;
}

function isWriteOf(node: ts.Node, name: string): node is ts.BinaryExpression {
  return ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isIdentifier(node.left) && node.left.text === name;
}

function writesTo(fn: ts.Node, name: string): boolean {
  return ts.forEachChild(fn, (node) => isWriteOf(node, name) || writesTo(node, name) || undefined) ?? false;
}

/** Does a block around the write, and not around the read, end in a jump? Then the value does not get there. */
function leavesBehind(write: ts.Node, read: ts.Node): boolean {
  for (let { parent } = write; !isFunctionNode(parent) && !(parent.pos <= read.pos && read.end <= parent.end); parent = parent.parent) {
    const last = ts.isBlock(parent) || ts.isCaseOrDefaultClause(parent) ? parent.statements.at(-1) : undefined;
    if (last && (ts.isReturnStatement(last) || ts.isThrowStatement(last) || ts.isBreakOrContinueStatement(last))) return true;
  }
  return false;
}
