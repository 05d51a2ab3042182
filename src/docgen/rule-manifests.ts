import type { AuditReference, RuleManifest } from '../core/manifest.js';
import { compareText } from '../core/finding.js';
import { directiveRules } from '../engine/directive-rules.js';
import type { AnyRule } from '../rule.js';
import { findings } from '../../rules/findings.js';
import { exampleOf } from './examples.js';

/** The rules' metadata with examples and audit findings joined in: what docs and the manifest are made of. */
export function ruleManifests(rules: readonly AnyRule[]): readonly RuleManifest[] {
  const catalogue = rules.map(({ meta }) => ({
    ...meta,
    examples: { bad: exampleOf(meta.id, 'bad'), good: exampleOf(meta.id, 'good') },
    audits: meta.encodes.map((id) => auditReference(id, meta.id)),
  }));
  const directives: readonly RuleManifest[] = directiveRules.map((meta) => ({ ...meta, audits: [] }));
  return [...catalogue, ...directives].sort((a, b) => compareText(a.id, b.id));
}

function auditReference(id: string, ruleId: string): AuditReference {
  const known = findings.find((finding) => finding.id === id);
  if (known === undefined) throw new Error(`${ruleId} encodes ${id}, which rules/findings.ts does not have`);
  return { id, severity: known.severity, finding: known.finding };
}
