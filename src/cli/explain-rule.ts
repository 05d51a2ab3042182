import { nearest, UserError } from '../core/errors.js';
import type { Manifest, RuleManifest } from '../core/manifest.js';
import { fixFlags, strongestMessage } from '../core/rule-meta.js';

const COLUMNS = 88;

/** What `conclint explain <rule>` prints; former names of a rule are understood. Throws on a name that is none. */
export function explainRule({ rules }: Manifest, name: string): string {
  const rule = rules.find((candidate) => candidate.id === name || candidate.aliases?.includes(name));
  if (rule === undefined) throw unknownRule(name, rules.map((candidate) => candidate.id));
  const { preset, severity, precision } = strongestMessage(rule);
  return [
    `${rule.id}: ${rule.summary}`,
    `${rule.family} · ${preset} · ${severity} · ${precision} precision${cwes(rule)}`,
    heading('Why', prose(rule.docs.why)),
    ...(rule.examples ? [heading('Reported', indent(rule.examples.bad))] : []),
    heading('Instead', prose(rule.docs.instead), ...(rule.examples ? ['', indent(rule.examples.good)] : [])),
    heading('What it does not see', prose(rule.docs.limits)),
    heading('Messages', ...Object.values(rule.messages).map((m) => `  ${m.text} (${m.preset}, ${m.severity}, ${m.precision} precision)`)),
    ...(rule.fixes ? [heading('Fixes', `  some reports come with one: ${fixFlags(rule.fixes)}`)] : []),
    ...optionsOf(rule),
    ...originOf(rule),
    heading('Suppress', `  // conclint-disable-next-line ${rule.id} -- the reason, which is required`),
  ].join('\n\n') + '\n';
}

export function unknownRule(name: string, known: readonly string[]): UserError {
  const guess = nearest(name, known);
  return new UserError(`unknown rule "${name}"`, { hint: guess === undefined ? '`conclint rules` lists them' : `did you mean "${guess}"?` });
}

function cwes(rule: RuleManifest): string {
  return (rule.cwe ?? []).map((number) => ` · CWE-${number}`).join('');
}

function optionsOf(rule: RuleManifest): string[] {
  const options = Object.entries(rule.options ?? {});
  if (options.length === 0) return [];
  return [heading('Options', ...options.map(([name, option]) => `  ${name}: ${option.type} = ${JSON.stringify(option.default)}\n${prose(option.description, 4)}`))];
}

function originOf(rule: RuleManifest): string[] {
  const lines = rule.audits.map((audit) => prose(`${audit.id} (${audit.severity}): ${audit.finding}`));
  if (rule.origin !== undefined) lines.push(prose(rule.origin));
  return lines.length === 0 ? [] : [heading('Where it comes from', ...lines)];
}

function heading(title: string, ...body: readonly string[]): string {
  return [title, ...body].join('\n');
}

function indent(code: string): string {
  return code.replaceAll(/^(?=.)/gm, '    ');
}

/** Paragraphs broken at spaces to fit a terminal. */
function prose(text: string, margin = 2): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line !== '' && line.length + 1 + word.length > COLUMNS - margin) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((each) => ' '.repeat(margin) + each).join('\n');
}
