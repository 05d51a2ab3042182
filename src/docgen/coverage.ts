import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RuleManifest } from '../core/manifest.js';
import { type AuditFinding, findings } from '../../rules/findings.js';
import { GENERATED, table } from './markdown.js';
import { PROJECT_ROOT } from './rule-files.js';

/** `rules/AUDITS.md`: every audit finding, and what has become of it. */
export function renderCoverage(rules: readonly RuleManifest[]): string {
  return [
    `<!-- ${GENERATED} -->`,
    '# Audit coverage',
    'Each rule encodes a class of defect that an audit of a real service found. A port is the audited shape in TypeScript, once with the defect and once without.',
    table(['finding', 'severity', 'what was found', 'covered by'], findings.map((finding) => [finding.id, finding.severity, finding.finding, coverage(finding, rules)])),
  ].join('\n\n') + '\n';
}

function coverage(finding: AuditFinding, rules: readonly RuleManifest[]): string {
  if (finding.outOfScope !== undefined) return `not encoded: ${finding.outOfScope}`;
  const shipped = rules.filter((rule) => rule.encodes.includes(finding.id) || finding.rules.includes(rule.id)).map((rule) => rule.id);
  if (finding.goodPattern) return goodPattern(finding, shipped);
  const encoded = rules.filter((rule) => rule.encodes.includes(finding.id)).map((rule) => ruleAndPort(rule.id, finding.id));
  const planned = finding.rules.filter((id) => !shipped.includes(id));
  const parts = [...encoded, ...(planned.length > 0 ? [`planned: ${planned.join(', ')}`] : [])];
  return parts.length > 0 ? parts.join('; ') : `planned: ${finding.analogue}`;
}

/** A finding in praise of code: the rules must stay silent there. */
function goodPattern(finding: AuditFinding, shipped: readonly string[]): string {
  if (shipped.length > 0) return `near misses of ${shipped.map((id) => `[${id}](../fixtures/${id}/good.ts)`).join(', ')}`;
  return finding.rules.length > 0 ? `planned: ${finding.rules.join(', ')}` : `planned: ${finding.analogue}`;
}

function ruleAndPort(id: string, finding: string): string {
  const port = portFixture(id, finding);
  return existsSync(join(PROJECT_ROOT, port)) ? `[${id}](README.md#${id}) ([port](../${port}))` : `[${id}](README.md#${id})`;
}

/** Where the audited shape of `finding`, ported to TypeScript, must stand for rule `id`. */
export function portFixture(id: string, finding: string): string {
  return `fixtures/${id}/port-${finding.toLowerCase()}.ts`;
}
