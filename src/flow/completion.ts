import type { FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { forEachOwnNode } from './returns.js';

/** Does control never come back from this call (process.exit, a helper that always throws)? */
export type NeverReturns = (call: ts.CallExpression) => boolean;

/** The function always throws, exits the process or loops for ever: no path reaches its end or a return. */
export function neverCompletes(fn: FunctionNode, callNever: NeverReturns): boolean {
  const body = fn.body;
  if (!body) return false;
  if (!ts.isBlock(body)) return expressionNever(body, callNever);
  return blockNever(body.statements, callNever);
}

function blockNever(statements: readonly ts.Statement[], callNever: NeverReturns): boolean {
  for (const statement of statements) {
    if (statementNever(statement, callNever)) return true;
    if (mayLeave(statement)) return false;
  }
  return false;
}

function statementNever(statement: ts.Statement, callNever: NeverReturns): boolean {
  if (ts.isThrowStatement(statement)) return true;
  if (ts.isBlock(statement)) return blockNever(statement.statements, callNever);
  if (ts.isExpressionStatement(statement)) return expressionNever(statement.expression, callNever);
  if (ts.isReturnStatement(statement)) return statement.expression !== undefined && expressionNever(statement.expression, callNever);
  if (ts.isIfStatement(statement)) {
    return statement.elseStatement !== undefined && statementNever(statement.thenStatement, callNever) && statementNever(statement.elseStatement, callNever);
  }
  if (ts.isTryStatement(statement)) {
    if (statement.finallyBlock && blockNever(statement.finallyBlock.statements, callNever)) return true;
    return blockNever(statement.tryBlock.statements, callNever) && (!statement.catchClause || blockNever(statement.catchClause.block.statements, callNever));
  }
  return ts.isIterationStatement(statement, false) && isEndless(statement) && !mayLeave(statement);
}

function expressionNever(expression: ts.Expression, callNever: NeverReturns): boolean {
  const node = ts.isAwaitExpression(expression) ? expression.expression : expression;
  return ts.isCallExpression(node) && callNever(node);
}

export function isEndless(loop: ts.IterationStatement): boolean {
  if (ts.isForStatement(loop)) return loop.condition === undefined || loop.condition.kind === ts.SyntaxKind.TrueKeyword;
  return (ts.isWhileStatement(loop) || ts.isDoStatement(loop)) && (loop.expression.kind === ts.SyntaxKind.TrueKeyword || (ts.isNumericLiteral(loop.expression) && loop.expression.text === '1'));
}

/** Holds a return, or a jump that may leave the statement. */
function mayLeave(statement: ts.Statement): boolean {
  let leaves = false;
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node)) leaves = true;
    if (ts.isBreakStatement(node)) leaves ||= node.label !== undefined || breakTarget(node) === statement;
  };
  visit(statement);
  forEachOwnNode(statement, visit);
  return leaves;
}

function breakTarget(node: ts.BreakStatement): ts.Node | undefined {
  for (let current: ts.Node | undefined = node.parent; current; current = current.parent) {
    if (ts.isSwitchStatement(current) || ts.isIterationStatement(current, false)) return current;
  }
  return undefined;
}
