import picomatch from 'picomatch';
import { compareText, PRESETS, type Preset, type Severity } from '../core/finding.js';
import { strongestMessage, type FileRole, type RuleMeta } from '../core/rule-meta.js';
import type { AnyRule } from '../rule.js';
import type { LintRequest, ResolvedConfig, RuleSetting } from './protocol.js';

/** A rule as the config wants it for one file. */
export interface ActiveRule {
  readonly rule: AnyRule;
  readonly options: Readonly<Record<string, unknown>>;
  /** The widest preset whose messages are shown. */
  readonly preset: Preset;
  /** Replaces the severity of every message. */
  readonly severity: Severity | undefined;
}

/** The rules active for a file of this root-relative path and role, sorted by id. */
export type RuleSelector = (path: string, role: FileRole) => readonly ActiveRule[];

type Wanted = Pick<LintRequest, 'config' | 'only'>;

export function createRuleSelector(rules: readonly AnyRule[], { config, only }: Wanted): RuleSelector {
  const overrides = config.overrides.map((override) => ({ ...override, matches: picomatch([...override.files], { dot: true }) }));
  const sorted = [...rules].sort((a, b) => compareText(a.meta.id, b.meta.id));
  const memo = new Map<string, readonly ActiveRule[]>();
  return (path, role) => {
    const applied = overrides.filter((override) => override.matches(path));
    const key = `${role} ${applied.map((override) => overrides.indexOf(override)).join()}`;
    let active = memo.get(key);
    if (!active) {
      const settings = layered(config, applied);
      active = sorted.filter(({ meta }) => rolesOf(meta).includes(role)).flatMap((rule) => activate(rule, settings, only) ?? []);
      memo.set(key, active);
    }
    return active;
  };
}

/** Metadata of every rule that runs for some file under this config, sorted by id: only of these does silence mean something. */
export function enabledRules(rules: readonly RuleMeta[], { config, only }: Wanted): RuleMeta[] {
  const views = [layered(config, []), ...config.overrides.map((override) => layered(config, [override]))];
  return rules.filter((meta) => views.some((settings) => wanted(meta, settings, only))).sort((a, b) => compareText(a.id, b.id));
}

/** A rule is known by its former ids too, in config as in suppressions. */
export function namesOf(meta: RuleMeta): readonly string[] {
  return [meta.id, ...(meta.aliases ?? [])];
}

export function withinPreset(preset: Preset, widest: Preset): boolean {
  return PRESETS.indexOf(preset) <= PRESETS.indexOf(widest);
}

/** The config as it stands for some files: settings of one rule may come in several layers, the last decides. */
interface Settings {
  readonly preset: Preset;
  readonly layers: readonly ResolvedConfig['rules'][];
}

function layered(config: ResolvedConfig, applied: readonly ResolvedConfig['overrides'][number][]): Settings {
  return {
    preset: applied.findLast((override) => override.preset)?.preset ?? config.preset,
    layers: [config.rules, ...applied.map((override) => override.rules)],
  };
}

function activate(rule: AnyRule, settings: Settings, only: Wanted['only']): ActiveRule | undefined {
  const want = wanted(rule.meta, settings, only);
  return want && { rule, ...want };
}

/**
 * `only` and a severity of its own turn a rule on where the preset is too narrow for it: then its messages show up
 * to the rule's own preset.
 */
function wanted(meta: RuleMeta, { preset, layers }: Settings, only: Wanted['only']): Omit<ActiveRule, 'rule'> | undefined {
  const settings = layers.flatMap((layer) => namesOf(meta).flatMap((name): RuleSetting[] => (Object.hasOwn(layer, name) ? [layer[name]!] : [])));
  const severity = settings.findLast((setting) => setting.severity !== undefined)?.severity;
  const picked = only?.some((name) => namesOf(meta).includes(name));
  if (picked === false || (severity === 'off' && !picked)) return undefined;

  const own = strongestMessage(meta).preset;
  const named = picked || severity !== undefined;
  const fits = withinPreset(own, preset);
  if (!named && !fits) return undefined;
  return {
    options: Object.assign(defaultsOf(meta), ...settings.map((setting) => setting.options ?? {})) as Record<string, unknown>,
    preset: fits ? preset : own,
    severity: severity === 'off' || severity === 'on' ? undefined : severity,
  };
}

function rolesOf(meta: RuleMeta): readonly FileRole[] {
  return meta.roles ?? ['source'];
}

function defaultsOf(meta: RuleMeta): Record<string, unknown> {
  return Object.fromEntries(Object.entries(meta.options ?? {}).map(([name, spec]) => [name, spec.default]));
}
