/**
 * GitHub's `primaryLocationLineHash`: code scanning tells old alerts from new ones by it, and the upload action
 * warns where a report's value differs from the one it computes itself, so every detail here is GitHub's.
 *
 * A line's hash covers the 100 UTF-16 units from its first unit that is neither space nor tab, running over line
 * ends into the lines below. CR and CRLF count as LF; the text ends with the unit 0xFFFF and then zeros. The value
 * is the sum of unit × 37^(99 − position), modulo 2^64, in hexadecimal, then `:` and how often it has occurred.
 */
const WINDOW = 100;
const BASE = 37;
const END_OF_TEXT = 0xffff;
const TWO_32 = 2 ** 32;
const TAB = 9;
const LF = 10;
const CR = 13;
const SPACE = 32;

/** 37^100 modulo 2^64, as two halves: what a unit has grown to when it leaves the window. */
const [LEAVING_HIGH, LEAVING_LOW] = powerOfBase(WINDOW);

/**
 * The hashes of all lines of `text`, line 1 first. Pass the decoded text as it stands in the file, with its byte
 * order mark if it has one: GitHub hashes that too.
 */
export function lineHashes(text: string): string[] {
  const { units, lineStarts } = significantUnits(text);
  const occurrences = new Map<string, number>();
  const hashes: string[] = [];
  // The 64-bit value in two unsigned halves. Every product below stays under 2^53, so doubles are exact.
  let high = 0;
  let low = 0;
  let line = 0;
  for (let end = 0; line < lineStarts.length; end++) {
    const entering = units[end] ?? 0;
    const leaving = end < WINDOW ? 0 : units[end - WINDOW]!;
    const sum = low * BASE + entering - LEAVING_LOW * leaving;
    high = (high * BASE + Math.floor(sum / TWO_32) - LEAVING_HIGH * leaving) >>> 0;
    low = sum >>> 0;
    if (end - WINDOW + 1 !== lineStarts[line]) continue;
    const value = hexadecimal(high, low);
    const occurrence = (occurrences.get(value) ?? 0) + 1;
    occurrences.set(value, occurrence);
    hashes.push(`${value}:${occurrence}`);
    line++;
  }
  return hashes;
}

/** The units that are hashed, and where in them each line starts. */
function significantUnits(text: string): { units: Uint16Array; lineStarts: number[] } {
  const units = new Uint16Array(text.length + 1);
  const lineStarts = [0];
  let length = 0;
  let afterCarriageReturn = false;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    const secondOfPair = afterCarriageReturn && unit === LF;
    afterCarriageReturn = unit === CR;
    if (unit === SPACE || unit === TAB || secondOfPair) continue;
    units[length++] = unit === CR ? LF : unit;
    if (unit === CR || unit === LF) lineStarts.push(length);
  }
  units[length++] = END_OF_TEXT;
  return { units: units.subarray(0, length), lineStarts };
}

function powerOfBase(exponent: number): [high: number, low: number] {
  let [high, low] = [0, 1];
  for (let i = 0; i < exponent; i++) {
    const product = low * BASE;
    high = (high * BASE + Math.floor(product / TWO_32)) >>> 0;
    low = product >>> 0;
  }
  return [high, low];
}

function hexadecimal(high: number, low: number): string {
  return high === 0 ? low.toString(16) : high.toString(16) + low.toString(16).padStart(8, '0');
}
