/**
 * Edits for fixes, made from nodes. Each says what it inserts and leaves every other character as it is; they follow the
 * layout around them: its indentation, its line ends, one item per line where the list has that.
 */
import type { TextEdit } from '../core/text-edits.js';
import { commentEnd, isLineBreak } from './comments.js';
import { ts } from './ts.js';

export function insertBefore(node: ts.Node, text: string): TextEdit {
  return insertAt(node.getStart(), text);
}

export function insertAfter(node: ts.Node, text: string): TextEdit {
  return insertAt(node.end, text);
}

export function replace(node: ts.Node, text: string): TextEdit {
  return { start: node.getStart(), end: node.end, text };
}

/** `name: value`, or the shorthand, as the last property of an object literal. */
export function addProperty(object: ts.ObjectLiteralExpression, name: string, value: string): readonly TextEdit[] {
  return addToList(object, object.properties, name === value ? name : `${name}: ${value}`, ' ');
}

/** One more argument at the end; undefined for `new X` without a list. */
export function addArgument(call: ts.CallExpression | ts.NewExpression, text: string): readonly TextEdit[] | undefined {
  return call.arguments && addToList(call, call.arguments, text, '');
}

/** `await` in front of the expression, in parentheses where it binds less than await does. */
export function addAwait(expression: ts.Expression): readonly TextEdit[] {
  if (ts.isCallExpression(expression) || ts.isIdentifier(expression) || ts.isParenthesizedExpression(expression) || ts.isNewExpression(expression) || ts.isPropertyAccessExpression(expression)) {
    return [insertBefore(expression, 'await ')];
  }
  return [insertBefore(expression, 'await ('), insertAfter(expression, ')')];
}

/** A statement in front of this one, on a line of its own; undefined where the statement does not start its line. */
export function addStatementBefore(statement: ts.Statement, text: string): readonly TextEdit[] | undefined {
  const source = statement.getSourceFile();
  const start = statement.getStart();
  return startsLine(source, start) ? [insertAt(start, `${text}${newLine(source)}${indentAt(source, start)}`)] : undefined;
}

/** A statement at the head of each turn of a loop; a body without braces gets them. */
export function addLoopHead(loop: ts.IterationStatement, text: string): readonly TextEdit[] {
  const { statement: body } = loop;
  if (!ts.isBlock(body)) return [insertBefore(body, `{ ${text} `), insertAfter(body, ' }')];
  const source = loop.getSourceFile();
  const [first] = body.statements;
  const open = body.getStart() + 1;
  if (!first || !isMultiLine(source, open, first.getStart())) return [insertAt(open, ` ${text}`)];
  // A comment behind the brace speaks of the loop.
  return [insertAt(endOfLine(source.text, open) ?? open, `${newLine(source)}${indentAt(source, first.getStart())}${text}`)];
}

/**
 * The statements from `first` to the end of its block inside `try`, with `cleanUp` in its `finally`: behind a `declaration`, and
 * `without` one of them. Undefined where that would change what code sees (names declared there and used elsewhere in the block),
 * or where statements share a line.
 */
export function tryToBlockEnd(
  first: ts.Statement,
  cleanUp: string,
  { declaration, without }: { readonly declaration?: string | undefined; readonly without?: ts.Statement | undefined } = {},
): readonly TextEdit[] | undefined {
  const block = first.parent;
  if (!ts.isBlock(block)) return undefined;
  const source = first.getSourceFile();
  const wrapped = block.statements.slice(block.statements.indexOf(first));
  const last = wrapped.at(-1)!;
  const start = startWithComments(source, first);
  const end = endOfLine(source.text, last.end);
  if (!startsLine(source, start) || end === undefined || !isMultiLine(source, end, block.end) || leaksNames(wrapped, block)) return undefined;
  const [line, indent] = [newLine(source), indentAt(source, start)];
  const unit = indentUnit(source, block, indent);
  const dropped = without && without !== first ? lineOf(source, without) : undefined;
  const [lead, tail] = [declaration === undefined ? '' : `${declaration}${line}${indent}`, `${line}${indent}} finally {${line}${indent}${unit}${cleanUp}${line}${indent}}`];
  return [
    insertAt(start, `${lead}try {${line}${indent}${unit}`),
    ...lineStarts(source, start, end).filter((at) => !dropped || at <= dropped.start || at > dropped.end).map((at) => insertAt(at, unit)),
    ...(dropped && dropped.end < end ? [{ ...dropped, text: '' }] : []),
    dropped && dropped.end >= end ? { start: dropped.start, end, text: tail } : insertAt(end, tail),
  ];
}

// ── lists ──

function addToList(list: ts.Node, items: ts.NodeArray<ts.Node>, text: string, padding: string): readonly TextEdit[] {
  const source = list.getSourceFile();
  const close = list.end - 1;
  const last = items.at(-1);
  if (!last) return [insertAt(close, `${/\s/.test(source.text[close - 1]!) ? '' : padding}${text}${padding}`)];
  const open = items.pos;
  if (!isMultiLine(source, open, last.getStart()) || !startsLine(source, last.getStart())) return [insertAt(last.end, `, ${text}`)];
  const newItem = `${newLine(source)}${indentAt(source, last.getStart())}${text}`;
  const comma = items.hasTrailingComma ? items.end : undefined;
  const lineEnd = endOfLine(source.text, comma ?? last.end);
  // What follows on the line is a comment on the item before, and stays with it.
  if (lineEnd === undefined) return [insertAt(last.end, `, ${text}`)];
  return comma === undefined ? merged(insertAt(last.end, ','), insertAt(lineEnd, newItem)) : [insertAt(lineEnd, `${newItem},`)];
}

function merged(first: TextEdit, second: TextEdit): readonly TextEdit[] {
  return first.end === second.start ? [{ start: first.start, end: second.end, text: first.text + second.text }] : [first, second];
}

// ── names ──

/** Does something outside the statements use a name that they declare? By text: a doubt is enough. */
function leaksNames(statements: readonly ts.Statement[], block: ts.Block): boolean {
  const declared = new Set<string>();
  for (const statement of statements) {
    if (ts.isVariableStatement(statement)) for (const { name } of statement.declarationList.declarations) addNames(name, declared);
    else if ((ts.isFunctionDeclaration(statement) || ts.isClassDeclaration(statement) || ts.isEnumDeclaration(statement)) && statement.name) declared.add(statement.name.text);
  }
  if (declared.size === 0) return false;
  const [start, end] = [statements[0]!.pos, statements.at(-1)!.end];
  const uses = (node: ts.Node): boolean => {
    if (node.pos >= start && node.end <= end) return false;
    return (ts.isIdentifier(node) && declared.has(node.text)) || ts.forEachChild(node, uses) === true;
  };
  return uses(block);
}

function addNames(name: ts.BindingName, names: Set<string>): void {
  if (ts.isIdentifier(name)) names.add(name.text);
  else for (const element of name.elements) if (!ts.isOmittedExpression(element)) addNames(element.name, names);
}

// ── layout ──

function insertAt(position: number, text: string): TextEdit {
  return { start: position, end: position, text };
}

function newLine(source: ts.SourceFile): string {
  return /\r\n|\n|\r/.exec(source.text)?.[0] ?? '\n';
}

/** White space at the start of the line that holds the position. */
function indentAt(source: ts.SourceFile, position: number): string {
  const lineStart = source.getLineStarts()[source.getLineAndCharacterOfPosition(position).line]!;
  return /^[ \t]*/.exec(source.text.slice(lineStart, position))![0];
}

/** What the statements of a block are further in than the block's own line. */
function indentUnit(source: ts.SourceFile, block: ts.Block, indent: string): string {
  const outer = indentAt(source, block.getStart());
  if (indent.startsWith(outer) && indent.length > outer.length) return indent.slice(outer.length);
  return indent.startsWith('\t') ? '\t' : '  ';
}

function startsLine(source: ts.SourceFile, position: number): boolean {
  const { line } = source.getLineAndCharacterOfPosition(position);
  return source.text.slice(source.getLineStarts()[line], position).trim() === '';
}

function isMultiLine(source: ts.SourceFile, start: number, end: number): boolean {
  return source.getLineAndCharacterOfPosition(start).line !== source.getLineAndCharacterOfPosition(end).line;
}

/** From the end of the line before to the end of the statement and its comments. */
function lineOf(source: ts.SourceFile, statement: ts.Statement): { readonly start: number; readonly end: number } | undefined {
  const start = source.getLineStarts()[source.getLineAndCharacterOfPosition(statement.getStart()).line]!;
  const end = endOfLine(source.text, statement.end);
  if (end === undefined || !startsLine(source, statement.getStart())) return undefined;
  return { start: start - (source.text.startsWith('\r\n', start - 2) ? 2 : 1), end };
}

/** Where the line ends, if nothing but blanks and comments follows on it. */
function endOfLine(text: string, from: number): number | undefined {
  let end = from;
  for (let at = from; at < text.length && !isLineBreak(text.charCodeAt(at)); ) {
    const comment = commentEnd(text, at);
    if (comment === undefined && text[at] !== ' ' && text[at] !== '\t') return undefined;
    at = comment ?? at + 1;
    if (comment !== undefined) end = comment;
  }
  return end;
}

/** The statement's start, or that of the comments that stand above it. */
function startWithComments(source: ts.SourceFile, statement: ts.Statement): number {
  const { text } = source;
  const from = endOfLine(text, statement.getFullStart()) ?? statement.getFullStart();
  let at = from;
  while (/\s/.test(text[at]!)) at++;
  return at;
}

/** Starts of the lines after the first in a stretch: where indentation may change, which is not within a template or a string, and where there is text. */
function lineStarts(source: ts.SourceFile, start: number, end: number): readonly number[] {
  const fixed: { readonly start: number; readonly end: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (node.end <= start || node.pos >= end) return;
    if (ts.isStringLiteralLike(node) || ts.isTemplateLiteralToken(node) || ts.isJsxText(node)) fixed.push({ start: node.getStart(), end: node.end });
    else ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return source.getLineStarts().filter((at) => {
    if (at <= start || at >= end || isLineBreak(source.text.charCodeAt(at))) return false;
    return !fixed.some((stretch) => stretch.start < at && at < stretch.end);
  });
}
