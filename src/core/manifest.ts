import type { RuleMeta } from './rule-meta.js';

/**
 * What the build writes down about the rules (`dist/manifest.json`), so that `rules`, `explain`, `--help`, config
 * validation and reports need neither the rules' code nor the compiler.
 */
export interface Manifest {
  /** conclint's own version. */
  readonly version: string;
  /** The catalogue and the rules about suppressions, sorted by id. */
  readonly rules: readonly RuleManifest[];
}

export interface RuleManifest extends RuleMeta {
  /** The `#region example` of the rule's fixtures, without the expectation comments; the rules about suppressions have none. */
  readonly examples?: { readonly bad: string; readonly good: string };
  /** The audit findings named by `encodes`, worded. */
  readonly audits: readonly AuditReference[];
}

export interface AuditReference {
  readonly id: string;
  readonly severity: string;
  readonly finding: string;
}
