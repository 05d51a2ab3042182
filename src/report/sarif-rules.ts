import type { PropertyBag, ReportingDescriptor, ToolComponent } from 'sarif';
import type { Severity } from '../core/finding.js';
import { strongestMessage, type RuleMeta } from '../core/rule-meta.js';
import { CWE_VERSION, cweName } from './cwe.js';
import { NOTIFICATION_KINDS } from './notification-kinds.js';

/** Code scanning shows no more tags than this per rule. */
const MAX_TAGS = 10;
const SCANNING_SEVERITY: Readonly<Record<Severity, string>> = { error: 'error', warning: 'warning', note: 'recommendation' };

export function ruleDescriptors(rules: readonly RuleMeta[]): ReportingDescriptor[] {
  const cwes = cweNumbers(rules);
  return rules.map((rule) => ruleDescriptor(rule, cwes));
}

function ruleDescriptor(meta: RuleMeta, cwes: readonly number[]): ReportingDescriptor {
  const { severity, precision } = strongestMessage(meta);
  const relationships = (meta.cwe ?? []).map((number) => ({
    target: { id: `CWE-${number}`, index: cwes.indexOf(number), toolComponent: { name: 'CWE', index: 0 } },
    kinds: ['superset'],
  }));
  return {
    id: meta.id,
    name: pascalCase(meta.id),
    shortDescription: { text: sentence(meta.summary) },
    fullDescription: { text: sentence(firstSentences(meta.docs.why)) },
    help: helpOf(meta),
    defaultConfiguration: { level: severity },
    ...(relationships.length > 0 && { relationships }),
    properties: ruleProperties(meta, severity, precision),
  };
}

function ruleProperties(meta: RuleMeta, severity: Severity, precision: string): PropertyBag {
  const tags = ['concurrency', 'reliability', meta.family, ...(meta.cwe ?? []).map((number) => `external/cwe/cwe-${number}`)];
  return { tags: [...new Set(tags)].slice(0, MAX_TAGS), precision, 'problem.severity': SCANNING_SEVERITY[severity], ...(meta.fixes && { fixes: [...meta.fixes] }) };
}

function helpOf(meta: RuleMeta): { text: string; markdown: string } {
  const { why, instead, limits } = meta.docs;
  const parts = [['Why', why], ['Instead', instead], ['What it does not see', limits]] as const;
  return {
    text: parts.map(([title, body]) => `${title}: ${body.trim()}`).join('\n\n'),
    markdown: [`# ${meta.id}`, sentence(meta.summary), ...parts.map(([title, body]) => `## ${title}\n\n${body.trim()}`)].join('\n\n'),
  };
}

/** Code scanning takes at most 1,024 characters. */
function firstSentences(prose: string): string {
  const folded = prose.trim().replace(/\s+/g, ' ');
  return folded.length <= 1000 ? folded : `${folded.slice(0, 999)}…`;
}

export function notificationDescriptors(): ReportingDescriptor[] {
  return Object.entries(NOTIFICATION_KINDS).map(([id, { title, meaning, help }]) => ({
    id,
    name: pascalCase(id),
    shortDescription: { text: title },
    fullDescription: { text: meaning },
    help: { text: help },
  }));
}

/** The CWE list as far as `rules` refer to it; undefined when none does, for a taxonomy nobody uses is an error. */
export function cweTaxonomy(rules: readonly RuleMeta[]): ToolComponent | undefined {
  const numbers = cweNumbers(rules);
  if (numbers.length === 0) return undefined;
  return {
    name: 'CWE',
    version: CWE_VERSION,
    organization: 'MITRE',
    informationUri: 'https://cwe.mitre.org/',
    shortDescription: { text: 'The MITRE Common Weakness Enumeration.' },
    isComprehensive: false,
    taxa: numbers.map((number) => ({
      id: `CWE-${number}`,
      name: pascalCase(cweName(number)),
      helpUri: `https://cwe.mitre.org/data/definitions/${number}.html`,
      shortDescription: { text: sentence(cweName(number)) },
    })),
  };
}

function cweNumbers(rules: readonly RuleMeta[]): number[] {
  return [...new Set(rules.flatMap((rule) => rule.cwe ?? []))].sort((a, b) => a - b);
}

/** Our messages start small and end without a period; readers of SARIF expect sentences. */
export function sentence(text: string): string {
  return withPeriod(text.charAt(0).toUpperCase() + text.slice(1));
}
export function withPeriod(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function pascalCase(words: string): string {
  return words.replace(/[^A-Za-z]*([A-Za-z]+)[^A-Za-z]*/g, (_, word: string) => word.charAt(0).toUpperCase() + word.slice(1));
}
