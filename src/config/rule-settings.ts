import type { OptionSpec, RuleMeta } from '../core/rule-meta.js';
import type { RuleSetting } from '../engine/protocol.js';
import type { DocumentPath } from './jsonc.js';
import type { ConfigInput } from './schema.js';

/** Fails the run: `path` leads to the mistake, `candidates` are what could have been meant. */
export type Fail = (path: DocumentPath, message: string, wrong?: { readonly word: string; readonly candidates: Iterable<string> }) => never;

type RulesInput = NonNullable<ConfigInput['rules']>;

/** Settings by canonical rule id, from ids and former ids; options are checked against what the rule declares. */
export function ruleSettings(input: RulesInput, at: DocumentPath, rules: readonly RuleMeta[], fail: Fail): Record<string, RuleSetting> {
  const byName = new Map(rules.flatMap((rule) => [rule.id, ...(rule.aliases ?? [])].map((name) => [name, rule] as const)));
  const settings = new Map<string, RuleSetting>();
  for (const [name, value] of Object.entries(input)) {
    const path = [...at, name];
    const rule = byName.get(name) ?? fail(path, `unknown rule "${name}"`, { word: name, candidates: byName.keys() });
    if (settings.has(rule.id)) fail(path, `rule "${rule.id}" is set twice, here as "${name}"`);
    const setting = normalise(value);
    checkOptions(setting.options ?? {}, path, rule, fail);
    settings.set(rule.id, setting);
  }
  return Object.fromEntries(settings);
}

function normalise(value: RulesInput[string]): RuleSetting {
  if (typeof value === 'string') return { severity: value };
  if (Array.isArray(value)) return { severity: value[0], options: value[1] };
  return value;
}

function checkOptions(options: Readonly<Record<string, unknown>>, at: DocumentPath, rule: RuleMeta, fail: Fail): void {
  const specs = rule.options ?? {};
  for (const [name, value] of Object.entries(options)) {
    const path = [...at, name];
    const spec = Object.hasOwn(specs, name) ? specs[name] : undefined;
    if (!spec) fail(path, `unknown option "${name}" of rule "${rule.id}"`, { word: name, candidates: Object.keys(specs) });
    else if (!fits(value, spec)) fail(path, `option "${name}" of rule "${rule.id}" must be ${wording(spec)}`);
  }
}

function fits(value: unknown, spec: OptionSpec): boolean {
  if (spec.type === 'string[]') return Array.isArray(value) && value.every((item) => typeof item === 'string');
  return typeof value === spec.type && !Number.isNaN(value);
}

function wording(spec: OptionSpec): string {
  return spec.type === 'string[]' ? 'a list of strings' : spec.type === 'number' ? 'a number' : 'true or false';
}
