import type { Finding } from './finding.js';
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
  | 'results-truncated';

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
}
