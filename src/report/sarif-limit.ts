import type { Finding } from '../core/finding.js';
import type { Notification } from '../core/result.js';

/** Results that GitHub code scanning accepts in one run; it rejects a report with more. */
export const SARIF_RESULT_LIMIT = 25_000;

export interface LimitedFindings {
  /** In their original order. */
  readonly kept: readonly Finding[];
  /** For the report and for stderr, where something was cut. */
  readonly notification: Notification | undefined;
}

/** The most severe and most certain findings, as many as a SARIF report may hold. */
export function limitFindings(findings: readonly Finding[], limit = SARIF_RESULT_LIMIT): LimitedFindings {
  if (findings.length <= limit) return { kept: findings, notification: undefined };
  const ranked = findings.map((finding, position) => ({ finding, position })).sort((a, b) => rank(a.finding) - rank(b.finding) || a.position - b.position);
  const kept = ranked.slice(0, limit).sort((a, b) => a.position - b.position).map(({ finding }) => finding);
  return {
    kept,
    notification: {
      id: 'results-truncated',
      level: 'warning',
      message: `the SARIF report holds ${limit} of ${findings.length} findings, the most severe and most certain; code scanning accepts no more`,
      fatal: false,
    },
  };
}

function rank({ severity, precision }: Finding): number {
  return { error: 0, warning: 3, note: 6 }[severity] + { high: 0, medium: 1, low: 2 }[precision];
}
