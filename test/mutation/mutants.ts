/** Code with one protection taken out: what a linter of concurrency defects should then report. */
import { ts } from '../../src/syntax/ts.js';

export type Operator = 'finally' | 'await' | 'clear' | 'off' | 'handler';

export interface Mutant {
  readonly operator: Operator;
  /** 1-based, in the original. */
  readonly line: number;
  /** The whole file without the protection. */
  readonly text: string;
}

/** A stretch of the text, in UTF-16 units, and what stands there instead. */
interface Edit {
  readonly operator: Operator;
  readonly start: number;
  readonly end: number;
  readonly replacement: string;
}

/** Every mutant of the file, in order of position. */
export function mutantsOf(fileName: string, text: string): readonly Mutant[] {
  const source = ts.createSourceFile(fileName, text, ts.ScriptTarget.ESNext, true);
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    edits.push(...editsAt(node, source));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edits.map(({ operator, start, end, replacement }) => ({
    operator,
    line: source.getLineAndCharacterOfPosition(start).line + 1,
    text: text.slice(0, start) + replacement + text.slice(end),
  }));
}

function editsAt(node: ts.Node, source: ts.SourceFile): readonly Edit[] {
  if (ts.isTryStatement(node)) return withoutFinally(node, source);
  if (ts.isExpressionStatement(node)) return [...withoutAwait(node, source), ...withoutRelease(node, source)];
  return ts.isCallExpression(node) ? withoutHandler(node, source) : [];
}

/** The block in `finally`, where it does something. */
function withoutFinally({ tryBlock, catchClause, finallyBlock }: ts.TryStatement, source: ts.SourceFile): readonly Edit[] {
  if (!finallyBlock || finallyBlock.statements.length === 0) return [];
  const [start, end] = [tryBlock.parent.getStart(source), tryBlock.parent.end];
  const tried = tryBlock.getText(source);
  return [{ operator: 'finally', start, end, replacement: catchClause ? `try ${tried} ${catchClause.getText(source)}` : tried }];
}

/**
 * `await work();` of a function that says it is async; what is thrown away then is the promise. Where a handler of its own takes
 * the rejection, only the order is lost, and whether anything behind relies on that no code says.
 */
function withoutAwait({ expression }: ts.ExpressionStatement, source: ts.SourceFile): readonly Edit[] {
  if (!ts.isAwaitExpression(expression) || !ts.isCallExpression(expression.expression) || handledPromise(expression.expression)) return [];
  const start = expression.getStart(source);
  return [{ operator: 'await', start, end: expression.expression.getStart(source), replacement: '' }];
}

const CLEARS = /^clear(?:Timeout|Interval|Immediate)$/;
const REMOVES = /^(?:off|removeListener|removeEventListener)$/;

/** `clearTimeout(timer);`, `emitter.off('data', listener);` */
function withoutRelease(statement: ts.ExpressionStatement, source: ts.SourceFile): readonly Edit[] {
  const call = statement.expression;
  if (!ts.isCallExpression(call)) return [];
  const name = ts.isPropertyAccessExpression(call.expression) ? call.expression.name.text : call.expression.getText(source);
  const operator = CLEARS.test(name) ? 'clear' : REMOVES.test(name) ? 'off' : undefined;
  return operator ? [{ operator, start: statement.getStart(source), end: statement.end, replacement: ';' }] : [];
}

/** `work().catch(report)` as a statement or under `void`. Of `kept.catch(report);` nothing is left: a name alone is no statement. */
function withoutHandler(call: ts.CallExpression, source: ts.SourceFile): readonly Edit[] {
  const { parent } = call;
  const promise = handledPromise(call);
  if (!promise || (!ts.isExpressionStatement(parent) && !ts.isVoidExpression(parent))) return [];
  if (ts.isExpressionStatement(parent) && !ts.isCallExpression(promise)) return [{ operator: 'handler', start: parent.getStart(source), end: parent.end, replacement: ';' }];
  return [{ operator: 'handler', start: promise.end, end: call.end, replacement: '' }];
}

/** `work()` of `work().catch(report)`. */
function handledPromise(call: ts.CallExpression): ts.Expression | undefined {
  const callee = call.expression;
  return ts.isPropertyAccessExpression(callee) && callee.name.text === 'catch' && call.arguments.length > 0 ? callee.expression : undefined;
}
