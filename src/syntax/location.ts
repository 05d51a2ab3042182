import type { Range } from '../core/finding.js';
import { ts } from './ts.js';

/** The node's own text without leading trivia. */
export function rangeOf(node: ts.Node, source: ts.SourceFile = node.getSourceFile()): Range {
  return rangeBetween(source, node.getStart(source), node.getEnd());
}

/** Offsets to lines and columns; a range never ends before it starts. */
export function rangeBetween(source: ts.SourceFile, start: number, end: number): Range {
  const from = source.getLineAndCharacterOfPosition(start);
  const to = source.getLineAndCharacterOfPosition(Math.max(start, end));
  return {
    startLine: from.line + 1,
    startColumn: from.character + 1,
    endLine: to.line + 1,
    endColumn: to.character + 1,
    start,
    end: Math.max(start, end),
  };
}
