/** Lines of context around a change, as `diff -u` has them. */
const CONTEXT = 3;

interface Change {
  /** Lines `[from, to)` of the old text give way to lines `[newFrom, newTo)` of the new one. */
  readonly from: number;
  readonly to: number;
  readonly newFrom: number;
  readonly newTo: number;
}

/** What turns `before` into `after`, for `git apply` and `patch -p1`; empty where they are equal. */
export function unifiedDiff(path: string, before: string, after: string): string {
  if (before === after) return '';
  const [old, fresh] = [linesOf(before), linesOf(after)];
  const hunks = hunksOf(changesOf(old, fresh)).map((changes) => hunkText(changes, old, fresh));
  return [`--- a/${path}\n`, `+++ b/${path}\n`, ...hunks].join('');
}

/** Lines with their ends: a changed line end is a changed line. */
function linesOf(text: string): string[] {
  return text.match(/[^\n]*\n|[^\n]+$/g) ?? [];
}

/** The longest common subsequence of what lies between equal heads and tails; Myers' greedy search, cheap where few lines differ. */
function changesOf(old: readonly string[], fresh: readonly string[]): Change[] {
  const pairs = commonLines(old, fresh);
  const changes: Change[] = [];
  let [from, newFrom] = [0, 0];
  for (const [to, newTo] of [...pairs, [old.length, fresh.length] as const]) {
    if (from < to || newFrom < newTo) changes.push({ from, to, newFrom, newTo });
    [from, newFrom] = [to + 1, newTo + 1];
  }
  return changes;
}

/** Pairs of indices of equal lines, rising in both. */
function commonLines(old: readonly string[], fresh: readonly string[]): (readonly [number, number])[] {
  const furthest = new Map<number, number>([[1, 0]]);
  const history: Map<number, number>[] = [];
  for (let steps = 0; ; steps++) {
    history.push(new Map(furthest));
    for (let diagonal = -steps; diagonal <= steps; diagonal += 2) {
      const down = diagonal === -steps || (diagonal !== steps && (furthest.get(diagonal - 1) ?? -1) < (furthest.get(diagonal + 1) ?? -1));
      let x = down ? furthest.get(diagonal + 1)! : furthest.get(diagonal - 1)! + 1;
      while (x < old.length && x - diagonal < fresh.length && old[x] === fresh[x - diagonal]) x++;
      furthest.set(diagonal, x);
      if (x >= old.length && x - diagonal >= fresh.length) return tracedBack(history, old.length, fresh.length);
    }
  }
}

function tracedBack(history: readonly ReadonlyMap<number, number>[], oldEnd: number, newEnd: number): (readonly [number, number])[] {
  const pairs: (readonly [number, number])[] = [];
  let [x, y] = [oldEnd, newEnd];
  for (let steps = history.length - 1; steps >= 0; steps--) {
    const furthest = history[steps]!;
    const diagonal = x - y;
    const down = diagonal === -steps || (diagonal !== steps && (furthest.get(diagonal - 1) ?? -1) < (furthest.get(diagonal + 1) ?? -1));
    const previous = down ? diagonal + 1 : diagonal - 1;
    const previousX = furthest.get(previous) ?? 0;
    const previousY = previousX - previous;
    while (x > Math.max(previousX, 0) && y > Math.max(previousY, 0)) pairs.push([--x, --y]);
    if (steps > 0) [x, y] = [previousX, previousY];
  }
  return pairs.reverse();
}

/** Changes whose contexts meet share a hunk. */
function hunksOf(changes: readonly Change[]): Change[][] {
  const hunks: Change[][] = [];
  for (const change of changes) {
    const last = hunks.at(-1);
    if (last && change.from - last.at(-1)!.to <= 2 * CONTEXT) last.push(change);
    else hunks.push([change]);
  }
  return hunks;
}

function hunkText(changes: readonly Change[], old: readonly string[], fresh: readonly string[]): string {
  const [first, last] = [changes[0]!, changes.at(-1)!];
  const start = Math.max(0, first.from - CONTEXT);
  const end = Math.min(old.length, last.to + CONTEXT);
  const newStart = start + first.newFrom - first.from;
  const newEnd = end + last.newTo - last.to;
  const lines: string[] = [];
  let at = start;
  for (const { from, to, newFrom, newTo } of changes) {
    lines.push(...old.slice(at, from).map((line) => ` ${line}`), ...old.slice(from, to).map((line) => `-${line}`), ...fresh.slice(newFrom, newTo).map((line) => `+${line}`));
    at = to;
  }
  lines.push(...old.slice(at, end).map((line) => ` ${line}`));
  const body = lines.map((line) => (line.endsWith('\n') ? line : `${line}\n\\ No newline at end of file\n`));
  return `@@ -${span(start, end)} +${span(newStart, newEnd)} @@\n${body.join('')}`;
}

/** An empty side is named by the line before it. */
function span(start: number, end: number): string {
  const length = end - start;
  return `${length === 0 ? start : start + 1}${length === 1 ? '' : `,${length}`}`;
}
