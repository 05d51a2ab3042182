import type { FixSafety, Precision, Preset, Severity } from './finding.js';

export type Family = 'tasks' | 'bounds' | 'state' | 'cancellation' | 'locks' | 'lifecycle' | 'tests';
export const FAMILIES: readonly Family[] = ['tasks', 'bounds', 'state', 'cancellation', 'locks', 'lifecycle', 'tests'];

/** What a file is for, by path, package.json, lib and imports. */
export type FileRole = 'source' | 'test' | 'script' | 'config' | 'example';
export type Host = 'node' | 'browser' | 'worker' | 'unknown';

/**
 * The question a report answers about its subject. One (subject, question) is one defect and gives one
 * report; two questions about one call (its rejection; its number) are two defects with two cures.
 */
export type Question =
  | 'lost-rejection'
  | 'number'
  | 'release'
  | 'undo'
  | 'race'
  | 'cancellation'
  | 'settling'
  | 'growth'
  | 'shutdown'
  | 'directive';

export interface MessageSpec {
  /** Template with {holes}; lower-case start, no final period. */
  readonly text: string;
  readonly preset: Preset;
  readonly severity: Severity;
  readonly precision: Precision;
}
export type Messages = Readonly<Record<string, MessageSpec>>;

/** Options are flat; each has a JSON type, a default and one sentence. */
export interface OptionSpec {
  readonly type: 'string[]' | 'number' | 'boolean';
  readonly default: readonly string[] | number | boolean;
  readonly description: string;
}
export type Options = Readonly<Record<string, OptionSpec>>;

export interface RuleMeta<M extends Messages = Messages, O extends Options = Options> {
  /** Kebab-case; names the hazard. Stable once released. */
  readonly id: string;
  /** `directives`: what the engine reports about suppression comments; no rule of the catalogue has it. */
  readonly family: Family | 'directives';
  /** Former ids, still honoured in suppressions and config. */
  readonly aliases?: readonly string[];
  /** Lower-case, no period, at most 72 characters. */
  readonly summary: string;
  readonly question: Question;
  /** Audit findings this rule encodes, by their id in rules/findings.ts. */
  readonly encodes: readonly string[];
  /** Where the defect class comes from; required when `encodes` is empty. */
  readonly origin?: string;
  /** Roles of files the rule looks at; default: source. */
  readonly roles?: readonly FileRole[];
  /** CWE numbers, most specific first. */
  readonly cwe?: readonly number[];
  readonly docs: {
    /** What breaks, for whom, and when. */
    readonly why: string;
    /** The cure. */
    readonly instead: string;
    /** What the rule does not see, and why. */
    readonly limits: string;
  };
  readonly messages: M;
  /** How safe the fixes are that some of its reports come with; absent: it offers none. */
  readonly fixes?: readonly FixSafety[];
  readonly options?: O;
}

/** A rule's own preset, severity, precision are the highest of its messages. */
export function strongestMessage(meta: RuleMeta): MessageSpec {
  const rank = { recommended: 0, strict: 1, all: 2, error: 0, warning: 1, note: 2, high: 0, medium: 1, low: 2 } as const;
  const all = Object.values(meta.messages);
  const best = <K extends 'preset' | 'severity' | 'precision'>(key: K): MessageSpec[K] =>
    all.map((m) => m[key]).reduce((a, b) => (rank[b] < rank[a] ? b : a));
  return { text: all[0]?.text ?? '', preset: best('preset'), severity: best('severity'), precision: best('precision') };
}

/** The flags that make a rule's fixes: `--fix, --fix-unsafe`. */
export function fixFlags(fixes: readonly FixSafety[]): string {
  return fixes.map((safety) => FIX_FLAGS[safety]).join(', ');
}

const FIX_FLAGS: Readonly<Record<FixSafety, string>> = { safe: '--fix', unsafe: '--fix-unsafe' };

/** Fills the {holes} of a message template; a hole without data is the rule's mistake and throws. */
export function fillMessage(template: string, data: Readonly<Record<string, string>>): string {
  return template.replace(/\{(\w+)\}/g, (_, hole: string) => {
    const value = data[hole];
    if (value === undefined) throw new Error(`message has no data for {${hole}}`);
    return value;
  });
}
