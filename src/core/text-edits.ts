/** A change of a text by offsets. */
export interface TextEdit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** The text with all edits made; they are in order of position and do not overlap. */
export function applyEdits(text: string, edits: readonly TextEdit[]): string {
  let result = '';
  let done = 0;
  for (const { start, end, text: inserted } of edits) {
    if (start < done || end < start || end > text.length) throw new RangeError(`edit ${start}-${end} is out of order or out of the text`);
    result += text.slice(done, start) + inserted;
    done = end;
  }
  return result + text.slice(done);
}

/** One edit that does the same as all of them; what lies between them is replaced by itself. */
export function mergedEdit(text: string, edits: readonly TextEdit[]): TextEdit {
  const { start, end } = hullOf(edits);
  const shifted = edits.map((edit) => ({ start: edit.start - start, end: edit.end - start, text: edit.text }));
  return { start, end, text: applyEdits(text.slice(start, end), shifted) };
}

/** From the first edit's start to the last one's end. */
export function hullOf(edits: readonly TextEdit[]): { readonly start: number; readonly end: number } {
  return { start: Math.min(...edits.map(({ start }) => start)), end: Math.max(...edits.map(({ end }) => end)) };
}
