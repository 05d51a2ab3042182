import type { RuleManifest } from '../core/manifest.js';
import { fixFlags, type RuleMeta, strongestMessage } from '../core/rule-meta.js';
import { code, GENERATED, table } from './markdown.js';

const FAMILY_TITLES: Readonly<Record<RuleMeta['family'], string>> = {
  tasks: 'tasks: work whose life nobody owns',
  bounds: 'bounds: work and memory without a limit',
  state: 'state: shared state across suspension points',
  cancellation: 'cancellation: signals and deadlines',
  locks: 'locks: critical sections',
  lifecycle: 'lifecycle: start, stop, shutdown',
  tests: 'tests: proofs that prove nothing',
  directives: 'directives: suppressions that do not do what they seem to',
};

/** `rules/README.md`: every rule with its prose, examples and limits. */
export function renderCatalogue(rules: readonly RuleManifest[]): string {
  const families = Object.entries(FAMILY_TITLES)
    .map(([family, title]) => ({ title, members: rules.filter((rule) => rule.family === family) }))
    .filter(({ members }) => members.length > 0);
  return [
    `<!-- ${GENERATED} -->`,
    '# Rules',
    'What each rule reports, why it matters, what to write instead, and what it does not see. `conclint explain <rule>` prints the same in a terminal.',
    'A message belongs to a preset: **recommended** (a reviewer would ask for the fix), **strict** (needs judgement), **all**. How the audits that inspired the rules are covered stands in [AUDITS.md](AUDITS.md).',
    ...families.map(({ title, members }) => [`## ${title}`, ruleTable(members), ...members.map(section)].join('\n\n')),
  ].join('\n\n') + '\n';
}

const FIX_MARKS = { safe: 'yes', unsafe: 'unsafe', none: '' } as const;

/** Rule, preset, fix and summary, one row each; `base` is put before the links to the catalogue. */
export function ruleTable(rules: readonly RuleManifest[], base = ''): string {
  return table(['rule', 'preset', 'fix', 'finds'], rules.map((rule) => [`[${rule.id}](${base}#${rule.id})`, strongestMessage(rule).preset, FIX_MARKS[rule.fixes?.[0] ?? 'none'], rule.summary]));
}

function section(rule: RuleManifest): string {
  return [
    `### ${rule.id}`,
    `${capital(rule.summary)}.`,
    rule.docs.why,
    ...example(rule.examples?.bad),
    `**Instead.** ${rule.docs.instead}`,
    ...example(rule.examples?.good),
    `**Limits.** ${rule.docs.limits}`,
    table(['message', 'preset', 'severity', 'precision'], Object.values(rule.messages).map((m) => [m.text, m.preset, m.severity, m.precision])),
    ...optionsOf(rule),
    provenance(rule),
  ].join('\n\n');
}

function example(text: string | undefined): string[] {
  return text === undefined ? [] : [code('ts', text)];
}

function optionsOf(rule: RuleManifest): string[] {
  const options = Object.entries(rule.options ?? {});
  if (options.length === 0) return [];
  return [table(['option', 'type', 'default', 'meaning'], options.map(([name, o]) => [`\`${name}\``, o.type, `\`${JSON.stringify(o.default)}\``, o.description]))];
}

function provenance(rule: RuleManifest): string {
  const parts = [
    ...(rule.aliases?.length ? [`Formerly ${rule.aliases.join(', ')}.`] : []),
    ...(rule.audits.length > 0 ? [`Encodes ${rule.audits.map((audit) => audit.id).join(', ')}.`] : []),
    ...(rule.origin !== undefined ? [`Origin: ${rule.origin}.`] : []),
    ...(rule.fixes ? [`Fixes: some reports come with one (${fixFlags(rule.fixes)}).`] : []),
    ...(rule.cwe?.length ? [`Weakness: ${rule.cwe.map(cweLink).join(', ')}.`] : []),
    ...(rule.roles ? [`Looks at: ${rule.roles.join(', ')} files.`] : []),
  ];
  return parts.join(' ');
}

function cweLink(number: number): string {
  return `[CWE-${number}](https://cwe.mitre.org/data/definitions/${number}.html)`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
