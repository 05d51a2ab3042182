import type { Manifest, RuleManifest } from '../core/manifest.js';
import { FAMILIES, fixFlags, strongestMessage } from '../core/rule-meta.js';

/** What `conclint rules` prints: one line per rule by family, or all the metadata as JSON. */
export function renderRules({ rules }: Manifest, format: { readonly json: boolean }): string {
  if (format.json) return `${JSON.stringify(rules.map(listed), undefined, 2)}\n`;
  const width = Math.max(0, ...rules.map((rule) => rule.id.length));
  const groups = [...FAMILIES, 'directives' as const].flatMap((family) => {
    const members = rules.filter((rule) => rule.family === family);
    return members.length === 0 ? [] : [[family, ...members.map((rule) => row(rule, width))].join('\n')];
  });
  return `${groups.join('\n\n')}\n\nconclint explain <rule> says why, shows an example, and what to write instead\n`;
}

function row(rule: RuleManifest, width: number): string {
  const { preset, severity } = strongestMessage(rule);
  return `  ${rule.id.padEnd(width)}  ${preset.padEnd('recommended'.length)}  ${severity.padEnd('warning'.length)}  ${rule.summary}${rule.fixes ? ` (${fixFlags(rule.fixes)})` : ''}`;
}

function listed(rule: RuleManifest): object {
  const { preset, severity, precision } = strongestMessage(rule);
  return { ...rule, preset, severity, precision };
}
