import { ts } from './ts.js';

/** Offsets of a comment with its delimiters; the end is exclusive. */
export interface Comment {
  readonly start: number;
  readonly end: number;
}

/** The comment that holds `position`, or undefined where the position is code, a string, a template or JSX text. */
export function commentAt(source: ts.SourceFile, position: number): Comment | undefined {
  let node: ts.Node = source;
  for (;;) {
    const child: ts.Node | undefined = node.getChildren(source).find((c) => c.pos <= position && position < c.end);
    if (!child) break;
    if (ts.isJSDoc(child)) return { start: child.pos, end: child.end };
    node = child;
  }
  // What stands between a token's full start and its start is blank or comment.
  return position < node.getStart(source) ? commentFrom(source.text, node.pos, position) : undefined;
}

/** Reads trivia from `start`, where a token's trivia begins, up to the comment that holds `position`. */
function commentFrom(text: string, start: number, position: number): Comment | undefined {
  let at = start === 0 && text.startsWith('#!') ? lineEnd(text, 0) : start;
  while (at <= position) {
    const end = commentEnd(text, at);
    if (end === undefined) at++;
    else if (position < end) return { start: at, end };
    else at = end;
  }
  return undefined;
}

/** Where the comment that starts at `start` ends, or undefined where none starts. */
export function commentEnd(text: string, start: number): number | undefined {
  if (text.startsWith('//', start)) return lineEnd(text, start);
  if (!text.startsWith('/*', start)) return undefined;
  const close = text.indexOf('*/', start + 2);
  return close < 0 ? text.length : close + 2;
}

function lineEnd(text: string, start: number): number {
  let end = start;
  while (end < text.length && !isLineBreak(text.charCodeAt(end))) end++;
  return end;
}

export function isLineBreak(unit: number): boolean {
  return unit === 0x0a || unit === 0x0d || unit === 0x2028 || unit === 0x2029;
}
