/**
 * What a rule found, as plain data: it can be cached, sent to another thread and rendered with no
 * compiler in memory. Lines and columns are 1-based, columns count UTF-16 code units, ends are exclusive.
 */

export type Severity = 'error' | 'warning' | 'note';
export type Preset = 'recommended' | 'strict' | 'all';
export type Precision = 'high' | 'medium' | 'low';

/** The presets from the narrowest to the widest: a message shows when its preset is at or before the chosen one. */
export const PRESETS: readonly Preset[] = ['recommended', 'strict', 'all'];
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'note'];

/** A stretch of one file. `start` and `end` are offsets into the decoded text without its byte order mark. */
export interface Range {
  readonly startLine: number;
  readonly startColumn: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly start: number;
  readonly end: number;
}

/** One step of the path or of the interleaving that makes the finding true. Steps stand in order of time. */
export interface Step {
  /** Path relative to the root, `/`-separated. */
  readonly file: string;
  readonly range: Range;
  readonly text: string;
  /** Which activation takes the step; only races name threads. */
  readonly thread?: 'A' | 'B';
}

/** `safe`: the program behaves as before as long as nothing is aborted. `unsafe`: a person has to look at the result. */
export type FixSafety = 'safe' | 'unsafe';
export const FIX_SAFETIES: readonly FixSafety[] = ['safe', 'unsafe'];

/** What stands in the range gives way to `text`; an empty range inserts. */
export interface Edit extends Range {
  readonly text: string;
}

/** A change of the finding's own file that makes the finding go away. */
export interface Fix {
  /** What it does, in the imperative: lower-case start, no final period. */
  readonly description: string;
  readonly safety: FixSafety;
  /** At least one, in order of position; none overlaps the next. */
  readonly edits: readonly Edit[];
}

export interface Suppression {
  readonly kind: 'inSource' | 'external';
  readonly reason: string;
}

export interface Finding {
  readonly ruleId: string;
  readonly messageId: string;
  /** Lower-case start, no final period; names as the user wrote them. Never type text. */
  readonly message: string;
  readonly preset: Preset;
  readonly severity: Severity;
  readonly precision: Precision;
  /** Path relative to the root, `/`-separated. */
  readonly file: string;
  readonly range: Range;
  /** What the report is about (promise, handle, place, lock, signal), as the user wrote it. */
  readonly subject: string;
  /** Rules that report the same defect of the same subject and gave way to this one. */
  readonly also: readonly string[];
  readonly trace: readonly Step[];
  /** Stable over edits elsewhere: rule, file, enclosing function, normalised snippet, ordinal; never a line number. */
  readonly fingerprint: string;
  /** GitHub's `primaryLocationLineHash` of the first line of the range. */
  readonly lineHash: string;
  /** Ways to mend it, the best first; absent where there is none. */
  readonly fixes?: readonly Fix[];
  readonly suppression?: Suppression;
}

/** Order of every report: path, line, column, rule, message; by code units, never by locale. */
export function compareFindings(a: Finding, b: Finding): number {
  return (
    compareText(a.file, b.file) ||
    a.range.start - b.range.start ||
    a.range.end - b.range.end ||
    compareText(a.ruleId, b.ruleId) ||
    compareText(a.message, b.message)
  );
}

/** Code-unit order, the same under every locale. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
