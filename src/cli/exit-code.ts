import type { LintResult } from '../core/result.js';

/** 0 clean, 1 findings that fail the run, 2 something could not be judged, 130 interrupted. */
export type ExitCode = 0 | 1 | 2 | 130;

export const INTERRUPTED: ExitCode = 130;

/** `maxWarnings` undefined: no limit. Suppressed findings count nowhere. */
export function exitCode({ findings, notifications }: LintResult, maxWarnings: number | undefined): ExitCode {
  if (notifications.some((notification) => notification.fatal)) return 2;
  const live = findings.filter((finding) => finding.suppression === undefined);
  if (live.some((finding) => finding.severity === 'error')) return 1;
  const warnings = live.filter((finding) => finding.severity === 'warning').length;
  return maxWarnings !== undefined && warnings > maxWarnings ? 1 : 0;
}
