import type { Finding, Severity } from '../core/finding.js';
import type { LintResult } from '../core/result.js';
import type { RenderEnv } from './reporter.js';

export interface Selection {
  /** Findings that count and are shown. */
  readonly reported: readonly Finding[];
  readonly suppressed: readonly Finding[];
  /** Findings that `--quiet` keeps out. */
  readonly hidden: number;
}

export function selectFindings(result: LintResult, env: Pick<RenderEnv, 'quiet'>): Selection {
  const active = result.findings.filter((finding) => !finding.suppression);
  const reported = env.quiet ? active.filter((finding) => finding.severity === 'error') : active;
  const suppressed = result.findings.filter((finding) => finding.suppression);
  return { reported, suppressed, hidden: active.length - reported.length };
}

export function countBySeverity(findings: readonly Finding[]): Record<Severity, number> {
  const counts = { error: 0, warning: 0, note: 0 };
  for (const finding of findings) counts[finding.severity]++;
  return counts;
}
