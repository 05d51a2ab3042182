import { visible } from '../core/escape.js';

const TAB_STOP = 4;
// Scripts and symbols that terminals draw two columns wide, and marks that they draw over what stands before.
const WIDE = /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}\p{Emoji_Presentation}]/u;
const ZERO = /\p{Mn}|\p{Me}|[\u200b-\u200d]/u;

/** One character of a source line as a terminal shows it. */
interface Cell {
  /** Offset in the line, in UTF-16 units. */
  readonly offset: number;
  readonly text: string;
  readonly width: number;
}

export interface DisplayedLine {
  readonly text: string;
  /** First and last column, the last exclusive, of the marked stretch; 0-based. */
  readonly markStart: number;
  readonly markEnd: number;
}

/**
 * A source line as shown: tabs expanded, unprintable characters visible, cut to `maxWidth` columns so that the
 * stretch from offset `from` to offset `to` stays in view.
 */
export function displayLine(line: string, from: number, to: number, maxWidth: number): DisplayedLine {
  const cells = cellsOf(line);
  const starts = columnStarts(cells);
  const total = starts[cells.length]!;
  const firstMarked = cells.findIndex((cell) => cell.offset >= from);
  const markFirst = firstMarked < 0 ? cells.length : firstMarked;
  const afterMarked = cells.findIndex((cell) => cell.offset >= to);
  const markAfter = afterMarked < 0 ? cells.length : Math.max(afterMarked, markFirst);

  const [first, last] = total <= maxWidth ? [0, cells.length] : visibleStretch(starts, markFirst, maxWidth);
  const before = first > 0 ? '…' : '';
  const after = last < cells.length ? '…' : '';
  const column = (index: number): number => before.length + starts[Math.min(Math.max(index, first), last)]! - starts[first]!;
  return {
    text: before + cells.slice(first, last).map((cell) => cell.text).join('') + after,
    markStart: column(markFirst),
    markEnd: column(markAfter),
  };
}

function cellsOf(line: string): Cell[] {
  const cells: Cell[] = [];
  let offset = 0;
  let column = 0;
  for (const character of line) {
    const text = character === '\t' ? ' '.repeat(TAB_STOP - (column % TAB_STOP)) : visible(character);
    const width = text === character ? (ZERO.test(text) ? 0 : WIDE.test(text) ? 2 : 1) : text.length;
    cells.push({ offset, text, width });
    offset += character.length;
    column += width;
  }
  return cells;
}

/** Column at which each cell starts, and at the end the width of all. */
function columnStarts(cells: readonly Cell[]): number[] {
  const starts = [0];
  for (const cell of cells) starts.push(starts.at(-1)! + cell.width);
  return starts;
}

/** Cells to show of a line that is too wide: some way before the mark, then as far as the width allows. */
function visibleStretch(starts: readonly number[], markFirst: number, maxWidth: number): [first: number, last: number] {
  const lead = Math.floor(maxWidth / 3);
  const room = maxWidth - 2;
  const wanted = Math.min(starts[markFirst]! - lead, starts.at(-1)! - room);
  const first = wanted <= 0 ? 0 : starts.findIndex((start) => start >= wanted);
  const overflow = starts.findIndex((start) => start - starts[first]! > room);
  return [first, overflow < 0 ? starts.length - 1 : overflow - 1];
}
