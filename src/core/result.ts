import type { Finding, FixSafety } from './finding.js';
import type { RuleMeta } from './rule-meta.js';

/** Something the user must know about the run itself; stderr and SARIF notifications show it. */
export interface Notification {
  readonly id: NotificationId;
  readonly level: 'error' | 'warning' | 'note';
  /** One line, no period at the end. */
  readonly message: string;
  readonly file?: string;
  readonly line?: number;
  readonly ruleId?: string;
  /** For `--debug`: the stack of a crash. */
  readonly detail?: string;
  /** True where an explicit input, config, rule or file could not be judged: the run exits 2. */
  readonly fatal: boolean;
}
export type NotificationId =
  | 'rule-crashed'
  | 'flow-crashed'
  | 'file-timeout'
  | 'file-out-of-memory'
  | 'file-too-deep'
  | 'file-unreadable'
  | 'syntax-error'
  | 'config-invalid'
  | 'no-files-matched'
  | 'file-ignored'
  | 'types-degraded'
  | 'tsconfig-problem'
  | 'files-skipped'
  | 'results-truncated'
  | 'fix-withdrawn'
  | 'fix-not-written';

/** How much was looked at, so that silence is believable. */
export interface LintStats {
  readonly files: number;
  readonly lines: number;
  readonly functions: number;
  readonly asyncFunctions: number;
  readonly awaits: number;
  readonly flowsBuilt: number;
  /** Files passed over, by reason (`ignored`, `generated`, `too large`, …). */
  readonly skipped: Readonly<Record<string, number>>;
}

/** Filled under `--timing` only: durations never reach a report that must be deterministic. */
export interface Timing {
  /** Milliseconds per phase (`load`, `bind`, `walk`, `flow`, `summaries`, `types`, `rules`). */
  readonly phases: Readonly<Record<string, number>>;
  /** Milliseconds per rule. */
  readonly rules: Readonly<Record<string, number>>;
  readonly calls: { readonly total: number; readonly neededChecker: number; readonly unknown: number };
}

/** What fixes have made of a file. Nothing is written yet: that is for whoever asked for them. */
export interface FixedFile {
  /** Path relative to the root, `/`-separated. */
  readonly file: string;
  /** The whole text, with its byte order mark if it has one. */
  readonly before: string;
  readonly after: string;
  /** In the order in which they were made. */
  readonly fixes: readonly AppliedFix[];
}
export interface AppliedFix {
  readonly ruleId: string;
  readonly description: string;
  readonly safety: FixSafety;
}

export interface LintResult {
  readonly toolVersion: string;
  /** Absolute path that findings' paths are relative to. */
  readonly root: string;
  /** Sorted by `compareFindings`; suppressed ones are kept, marked. */
  readonly findings: readonly Finding[];
  /** Metadata of every rule that ran, sorted by id. */
  readonly rules: readonly RuleMeta[];
  readonly notifications: readonly Notification[];
  readonly stats: LintStats;
  readonly timing?: Timing;
  /** Where fixes were asked for: the files that they change, by path. All else in the result is about the text after them. */
  readonly fixed?: readonly FixedFile[];
}
