import { FIX_SAFETIES, PRESETS, SEVERITIES } from '../core/finding.js';
import { FAMILIES, type MessageSpec, type Options } from '../core/rule-meta.js';
import type { AnyRule } from '../rule.js';
import { ts } from '../syntax/ts.js';
import { directiveRules } from './directive-rules.js';
import { QUESTIONS } from './precedence.js';
import { namesOf } from './selection.js';

const KEBAB_CASE = /^[a-z][a-z0-9]*(-[a-z0-9]+)*$/;
const MAX_SUMMARY = 72;
const ROLES = ['source', 'test', 'script', 'config', 'example'];
const PRECISIONS = ['high', 'medium', 'low'];

/** A registry that breaks the contract of a rule does not start. Throws one error that lists every breach. */
export function validateRegistry(rules: readonly AnyRule[]): void {
  const problems = [...duplicateNames(rules), ...rules.flatMap((rule) => problemsOf(rule).map((problem) => `${rule.meta.id}: ${problem}`))];
  if (problems.length > 0) throw new Error(`broken rule registry:\n  ${problems.join('\n  ')}`);
}

function duplicateNames(rules: readonly AnyRule[]): string[] {
  const seen = new Set<string>(directiveRules.map((meta) => meta.id));
  return rules.flatMap(({ meta }) =>
    namesOf(meta).flatMap((name) => {
      if (seen.has(name)) return [`${meta.id}: the name ${name} is taken`];
      seen.add(name);
      return [];
    }),
  );
}

function problemsOf({ meta, ...rule }: AnyRule): string[] {
  const problems: string[] = [];
  const demand = (holds: boolean, problem: string): void => void (holds || problems.push(problem));

  for (const name of namesOf(meta)) demand(KEBAB_CASE.test(name), `the name ${JSON.stringify(name)} is not kebab-case`);
  demand((FAMILIES as readonly string[]).includes(meta.family), `unknown family ${JSON.stringify(meta.family)}`);
  demand(QUESTIONS.has(meta.question), `unknown question ${JSON.stringify(meta.question)}`);
  demand(meta.summary.length > 0 && meta.summary.length <= MAX_SUMMARY, `the summary must have 1 to ${MAX_SUMMARY} characters`);
  for (const flaw of wordingFlaws(meta.summary)) problems.push(`the summary ${flaw}`);
  demand(meta.encodes.length > 0 || Boolean(meta.origin?.trim()), 'names neither an audit finding (encodes) nor an origin');
  for (const part of ['why', 'instead', 'limits'] as const) demand(Boolean(meta.docs[part]?.trim()), `docs.${part} is empty`);
  for (const safety of meta.fixes ?? []) demand(FIX_SAFETIES.includes(safety), `unknown safety of fixes ${JSON.stringify(safety)}`);
  for (const role of meta.roles ?? []) demand(ROLES.includes(role), `unknown role ${JSON.stringify(role)}`);
  for (const cwe of meta.cwe ?? []) demand(Number.isInteger(cwe) && cwe > 0, `${cwe} is no CWE number`);

  demand(Object.keys(meta.messages).length > 0, 'has no message');
  for (const [id, message] of Object.entries(meta.messages)) problems.push(...messageProblems(message).map((p) => `message ${id} ${p}`));
  problems.push(...optionProblems(meta.options ?? {}));

  demand(Boolean(rule.onNode ?? rule.onFunction ?? rule.onClass ?? rule.onFile), 'listens to nothing');
  for (const kind of Object.keys(rule.onNode ?? {})) demand(kind in ts.SyntaxKind, `listens to ${kind}, which is no kind of node`);
  return problems;
}

function messageProblems(message: MessageSpec): string[] {
  const problems = wordingFlaws(message.text);
  if (/[{}]/.test(message.text.replace(/\{\w+\}/g, ''))) problems.push('has a brace that belongs to no {hole}');
  if (!PRESETS.includes(message.preset)) problems.push(`has the unknown preset ${JSON.stringify(message.preset)}`);
  if (!SEVERITIES.includes(message.severity)) problems.push(`has the unknown severity ${JSON.stringify(message.severity)}`);
  if (!PRECISIONS.includes(message.precision)) problems.push(`has the unknown precision ${JSON.stringify(message.precision)}`);
  return problems;
}

/** One line that starts in lower case, with a {hole} or with an identifier, and ends without a period. */
function wordingFlaws(text: string): string[] {
  const flaws: string[] = [];
  if (text !== text.trim() || /[\n\r]/.test(text) || text === '') flaws.push('is not one trimmed line');
  const [firstWord = ''] = text.split(/\s/, 1);
  if (/^\p{Lu}/u.test(text) && !isIdentifier(firstWord)) flaws.push('starts with a capital');
  if (text.endsWith('.') && !text.endsWith('…')) flaws.push('ends with a period');
  return flaws;
}

/** `Map`, `Promise.race`, `AbortSignal`: capitals that belong to code, not to a sentence. */
function isIdentifier(word: string): boolean {
  return word in globalThis || /^\w+[.(#]\w/.test(word) || /^\p{Lu}.*\p{Lu}/u.test(word);
}

function optionProblems(options: Options): string[] {
  return Object.entries(options).flatMap(([name, spec]) => {
    const problems: string[] = [];
    const type = Array.isArray(spec.default) ? 'string[]' : typeof spec.default;
    if (type !== spec.type) problems.push(`option ${name} has a default of type ${type}, not ${spec.type}`);
    if (!spec.description.trim()) problems.push(`option ${name} has no description`);
    return problems;
  });
}
