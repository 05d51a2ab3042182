import type { Range } from '../core/finding.js';
import { displayLine } from './display-columns.js';

const MAX_WIDTH = 110;
/** Lines around the reported ones. */
const CONTEXT = 1;
/** A reported range is shown up to this many lines. */
const MAX_MARKED = 3;
/** Steps of the trace this near to the reported line are drawn into its frame. */
const NEAR = 8;

export interface FrameStyle {
  readonly gutter: (text: string) => string;
  readonly mark: (text: string) => string;
}

export interface CodeFrame {
  readonly lines: readonly string[];
  /** Numbers of the source lines in it, 1-based. */
  readonly shown: ReadonlySet<number>;
}

/** The reported lines with their surroundings, the range underlined; `stepLines` near by are drawn in. */
export function codeFrame(source: readonly string[], range: Range, stepLines: readonly number[], style: FrameStyle): CodeFrame {
  const numbers = frameLines(source, range, stepLines);
  const digits = String(numbers.at(-1) ?? 0).length;
  const lines: string[] = [];
  let previous: number | undefined;
  for (const number of numbers) {
    if (previous !== undefined && number > previous + 1) lines.push(style.gutter(`  ${' '.repeat(digits)} ...`));
    lines.push(...framedLine(source[number - 1]!, number, digits, range, style));
    previous = number;
  }
  return { lines, shown: new Set(numbers) };
}

/** Line numbers in order; a single line left between two is filled in rather than elided. */
function frameLines(source: readonly string[], range: Range, stepLines: readonly number[]): number[] {
  const lastMarked = Math.min(range.endLine, range.startLine + MAX_MARKED - 1);
  const wanted = new Set(stepLines.filter((line) => line >= range.startLine - NEAR && line <= lastMarked + NEAR));
  for (let line = range.startLine - CONTEXT; line <= lastMarked + CONTEXT; line++) wanted.add(line);
  for (const line of [...wanted]) if (wanted.has(line + 2)) wanted.add(line + 1);
  const numbers = [...wanted].filter((line) => line >= 1 && line <= source.length).sort((a, b) => a - b);
  const blank = (number: number | undefined): boolean => number !== undefined && number !== range.startLine && source[number - 1]!.trim() === '';
  while (blank(numbers[0])) numbers.shift();
  while (blank(numbers.at(-1))) numbers.pop();
  return numbers;
}

function framedLine(line: string, number: number, digits: number, range: Range, style: FrameStyle): string[] {
  const marked = number >= range.startLine && number <= range.endLine;
  const label = `${marked ? '>' : ' '} ${String(number).padStart(digits)} |`;
  const from = number === range.startLine ? range.startColumn - 1 : indentation(line);
  const to = number === range.endLine ? range.endColumn - 1 : line.trimEnd().length;
  const shown = displayLine(line, marked ? from : 0, marked ? to : 0, MAX_WIDTH);
  const code = `${style.gutter(label)} ${shown.text}`.trimEnd();
  if (number !== range.startLine) return [code];
  const underline = style.mark('^'.repeat(Math.max(1, shown.markEnd - shown.markStart)));
  return [code, `${style.gutter(`  ${' '.repeat(digits)} |`)} ${' '.repeat(shown.markStart)}${underline}`];
}

function indentation(line: string): number {
  return line.length - line.trimStart().length;
}
