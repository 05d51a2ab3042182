import * as v from 'valibot';
import { ConfigError, nearest } from '../core/errors.js';
import type { RuleMeta } from '../core/rule-meta.js';
import type { ResolvedConfig } from '../engine/protocol.js';
import type { DocumentPath } from './jsonc.js';
import { rebaseGlob, rebaseIgnore, rebaseSequential } from './rebase.js';
import { type Fail, ruleSettings } from './rule-settings.js';
import { configSchema } from './schema.js';
import type { ConfigSource } from './source.js';

/** What holds where no config says otherwise. */
export const DEFAULT_CONFIG: ResolvedConfig = {
  preset: 'recommended',
  rules: {},
  overrides: [],
  ignores: [],
  entryPoints: [],
  sequential: [],
  models: { calls: [], types: [] },
};

/**
 * Checks a config and fills in the defaults. `folder`: where the config lies, relative to the root, `/`-separated, empty for the
 * root itself; its patterns are made relative to the root. Throws ConfigError for the first mistake.
 */
export function resolveConfig(source: ConfigSource, rules: readonly RuleMeta[], folder: string): ResolvedConfig {
  const fail = failer(source);
  if (typeof source.value !== 'object' || source.value === null || Array.isArray(source.value)) fail([], 'a config is an object');
  rejectMagicKeys(source.value, [], fail);
  const parsed = v.safeParse(configSchema, source.value);
  if (!parsed.success) {
    failWith(parsed.issues.find(isUnknownKey) ?? parsed.issues[0], fail);
  }
  const { preset, rules: own, overrides, ignores, entryPoints, sequential, models } = parsed.output;
  return {
    preset: preset ?? DEFAULT_CONFIG.preset,
    rules: ruleSettings(own ?? {}, ['rules'], rules, fail),
    overrides: (overrides ?? []).map((override, index) => ({
      files: override.files.map((glob) => rebaseGlob(glob, folder)),
      rules: ruleSettings(override.rules ?? {}, ['overrides', index, 'rules'], rules, fail),
      ...(override.preset === undefined ? {} : { preset: override.preset }),
    })),
    ignores: (ignores ?? []).map((pattern) => rebaseIgnore(pattern, folder)),
    entryPoints: (entryPoints ?? []).map((glob) => rebaseGlob(glob, folder)),
    sequential: (sequential ?? []).map((entry) => rebaseSequential(entry, folder)),
    models: { calls: models?.calls ?? [], types: models?.types ?? [] },
  };
}

function failer(source: ConfigSource): Fail {
  return (path, message, wrong) => {
    const at = source.locate(path);
    const near = wrong && nearest(wrong.word, wrong.candidates);
    throw new ConfigError(`${source.name}${at === undefined ? '' : `:${at}`}: ${message}`, near === undefined ? {} : { hint: `did you mean "${near}"?` });
  };
}

/** Keys that objects answer to by themselves would be overlooked, or worse, taken for ours. */
function rejectMagicKeys(value: unknown, path: DocumentPath, fail: Fail, seen = new Set<object>()): void {
  if (typeof value !== 'object' || value === null) return;
  if (seen.has(value)) fail(path, 'a config cannot contain itself');
  seen.add(value);
  for (const key of Object.keys(value)) {
    if (key === '__proto__' || key === 'constructor' || key === 'prototype') fail([...path, key], `unknown key "${key}"`);
    rejectMagicKeys((value as Record<string, unknown>)[key], [...path, Array.isArray(value) ? Number(key) : key], fail, seen);
  }
  seen.delete(value);
}

type Issue = v.InferIssue<typeof configSchema>;

/** A mistyped key is told before the missing one that it should have been. */
const isUnknownKey = (issue: Issue): boolean => issue.expected === 'never';

function failWith(issue: Issue, fail: Fail): never {
  const path = (issue.path ?? []).map((item) => item.key as string | number);
  if (issue.type === 'union' && path.at(-2) === 'rules') return failSetting(path, issue.input, fail);
  if (isUnknownKey(issue)) return fail(path, `unknown key ${named(path)}`, { word: String(path.at(-1)), candidates: keysAt(path.slice(0, -1)) });
  if (issue.received === 'undefined') return fail(path.slice(0, -1), `${named(path)} is missing`);
  const expected = issue.expected ?? 'valid';
  const words = quotedWords(expected);
  const wrong = typeof issue.input === 'string' ? { word: issue.input, candidates: words } : undefined;
  return fail(path, `${named(path)} must be ${words.length > 1 ? `one of ${words.join(', ')}` : wording(expected)}, not ${shown(issue.input)}`, wrong);
}

/** Valibot's words for what it expects, in ours. */
function wording(expected: string): string {
  const words: Readonly<Record<string, string>> = {
    Object: 'an object',
    Array: 'a list',
    '(string | Array)': 'a string or a list of strings',
    boolean: 'true or false',
    string: 'a string',
    number: 'a number',
    '!0': 'not empty',
    '<=1000': 'at most 1000 characters long',
  };
  return words[expected] ?? expected;
}

function failSetting(path: DocumentPath, input: unknown, fail: Fail): never {
  const severities = ['error', 'warning', 'note', 'off'];
  const wrong = Array.isArray(input) ? input[0] : input;
  const candidates = typeof wrong === 'string' && !severities.includes(wrong) ? { word: wrong, candidates: severities } : undefined;
  return fail(path, `the setting of "${String(path.at(-1))}" must be error, warning, note or off, alone or as [severity, options]`, candidates);
}

/** Members that the schema knows at this path. */
function keysAt(path: DocumentPath): string[] {
  let schema: unknown = configSchema;
  for (const key of path) schema = child(unwrap(schema), key);
  const { entries } = (unwrap(schema) ?? {}) as { entries?: object };
  return Object.keys(entries ?? {});
}

function unwrap(schema: unknown): unknown {
  let current = schema as { wrapped?: unknown; pipe?: readonly unknown[]; type?: string } | undefined;
  while (current?.type === 'exact_optional') current = current.wrapped as typeof current;
  return current;
}

function child(schema: unknown, key: string | number): unknown {
  const { item, value, entries } = (schema ?? {}) as { item?: unknown; value?: unknown; entries?: Record<string, unknown> };
  return typeof key === 'number' ? item : (entries?.[key] ?? value);
}

const quotedWords = (text: string): string[] => [...text.matchAll(/"([^"]+)"/g)].map(([, word]) => word!);

/** `"overrides[0].files"`. */
function named(path: DocumentPath): string {
  return `"${path.map((key, index) => (typeof key === 'number' ? `[${key}]` : index === 0 ? key : `.${key}`)).join('')}"`;
}

function shown(input: unknown): string {
  if (typeof input === 'string') return JSON.stringify(input.length > 40 ? `${input.slice(0, 39)}…` : input);
  if (Array.isArray(input)) return input.length === 0 ? 'an empty list' : 'a list';
  if (typeof input === 'function') return 'a function';
  return typeof input === 'object' && input !== null ? 'an object' : String(input);
}
