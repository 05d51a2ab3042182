/**
 * The join on the main thread: config, discovery, and the engine in its worker. Nothing here loads the compiler, which
 * only the worker needs; `analyse.ts` is the other half.
 */
import { realpathSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, relative, resolve, sep } from 'node:path';
import { loadConfig } from './config/load.js';
import { ConfigError, nearest } from './core/errors.js';
import type { FixSafety, Preset, Severity } from './core/finding.js';
import type { LintResult } from './core/result.js';
import type { RuleMeta } from './core/rule-meta.js';
import { FixSession } from './fix/fix-session.js';
import { Collector } from './engine/collector.js';
import type { Analyse, LintRequest, ResolvedConfig } from './engine/protocol.js';
import { enabledRules, namesOf } from './engine/selection.js';
import { supervise, type Supervised } from './engine/supervisor.js';
import { readManifest } from './manifest.js';
import { discoverFiles, type Discovery } from './project/discover.js';
import { findGitTop, findRoot } from './project/find-root.js';

const { version } = createRequire(import.meta.url)('conclint/package.json') as { readonly version: string };

export interface LintOptions {
  /** Files, folders and globs; default: the working directory. */
  readonly paths?: readonly string[];
  /** Default: the process's. */
  readonly cwd?: string;
  /** Path of the config file, `false` for none; default: the nearest. */
  readonly config?: string | false | undefined;
  /** Paths of tsconfigs, or folders that have one; default: the nearest of each file. */
  readonly projects?: readonly string[];
  /** Stronger than the config's. */
  readonly preset?: Preset | undefined;
  /** Severities by rule, stronger than the config's; `on` leaves each message its own. */
  readonly rules?: Readonly<Record<string, Severity | 'off' | 'on'>>;
  /** Run only these rules, whatever the preset says. */
  readonly only?: readonly string[];
  /** Honour suppression comments; default true. */
  readonly inlineConfig?: boolean;
  /** Warn about suppressions that suppress nothing; default true. */
  readonly reportUnusedDirectives?: boolean;
  /**
   * Make the fixes that are this safe. Nothing is written: `fixed` of the result has the texts, and all else in the result is
   * about them. Each pass of fixes is one more run.
   */
  readonly fix?: readonly FixSafety[];
  /** Measure where the time goes. */
  readonly timing?: boolean;
  /** Aborting ends the analysis at once; `lint` rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  /** Told what was loaded and why. */
  readonly onDebug?: ((line: string) => void) | undefined;
}

/**
 * Lints, and gives everything that was found, suppressed findings included. What could not be judged is in the
 * result's notifications. Throws UserError for a mistake in the options, the config or a project that is named.
 */
export async function lint(options: LintOptions = {}): Promise<LintResult> {
  const { request, discovery } = await plan(options);
  const { signal, onProgress, onDebug } = options;
  for (const { path, reason } of discovery.passedOver) onDebug?.(`passed over: ${relative(request.cwd, path)}: ${reason}`);
  const analysis = new URL('./analyse.js', import.meta.url);
  const judge = async (each: LintRequest): Promise<Supervised> => (each.files.length === 0 ? nothing(each) : supervise(each, { analysis, signal, onProgress, onDebug }));
  const result = await run(request, judge, options.fix);
  return { ...result, notifications: [...discovery.notifications, ...result.notifications], stats: { ...result.stats, skipped: discovery.skipped } };
}

/** Judges the request; with fixes, again after each pass of them, so that the last run has seen the texts as they stay. */
async function run(request: LintRequest, judge: (request: LintRequest) => Promise<Supervised>, fix: readonly FixSafety[] | undefined): Promise<LintResult> {
  const session = fix && new FixSession(fix);
  let judged = await judge({ ...request, fixing: session !== undefined });
  while (session?.advance(judged)) {
    const texts = Object.fromEntries([...session.texts].map(([file, text]) => [resolve(request.root, file), text]));
    judged = await judge({ ...request, fixing: true, texts: { ...request.texts, ...texts } });
  }
  return {
    toolVersion: version,
    root: request.root,
    findings: judged.findings,
    rules: judged.rules,
    notifications: [...judged.notifications, ...(session?.notifications ?? [])],
    stats: { ...judged.stats, skipped: {} },
    ...(judged.timing && { timing: judged.timing }),
    ...(session && { fixed: session.fixed }),
  };
}

/** The files that `lint` would look at, relative to the working directory, `/`-separated. */
export async function listFiles(options: LintOptions = {}): Promise<readonly string[]> {
  const { request } = await plan(options);
  return request.files.map((file) => relative(request.cwd, file).split(sep).join('/'));
}

/** The config as `lint` would apply it: file, defaults and options joined. */
export async function resolveConfig(options: LintOptions = {}): Promise<ResolvedConfig> {
  return (await plan({ ...options, paths: [] }, () => NOTHING_FOUND)).request.config;
}

/** What the model sees at a line (1-based) of a file, in words: why something was reported there, or was not. */
export async function describeLine(file: string, line: number, options: LintOptions = {}): Promise<readonly string[]> {
  const { request } = await plan({ ...options, paths: [file] });
  if (request.files.length === 0) throw new ConfigError(`${file} is no file that would be linted`);
  const analysis = await import('./analyse.js');
  return analysis.describe(request, line);
}

/** A request judged in this thread, for tests and tools: nothing ends a file that does not end by itself. */
export async function lintInProcess(request: LintRequest, fix?: readonly FixSafety[]): Promise<LintResult> {
  const { analyse } = await import('./analyse.js');
  return run(request, (each) => judgeInProcess(each, analyse), fix);
}

async function judgeInProcess(request: LintRequest, analyse: Analyse): Promise<Supervised> {
  const collector = new Collector();
  const timing = await analyse(
    { request, pending: request.files.map((_, i) => i), without: undefined },
    {
      started: (_, rules) => collector.started(rules),
      noted: (notifications) => collector.noted(notifications),
      judging: () => {},
      running: () => {},
      judged: (file, outcome) => collector.judged(file, outcome),
    },
  );
  return { ...collector.result(), timing };
}

const NOTHING_FOUND: Discovery = { files: [], passedOver: [], skipped: {}, notifications: [] };

async function plan(options: LintOptions, discover = discoverFiles): Promise<{ request: LintRequest; discovery: Discovery }> {
  const cwd = realpathSync.native(options.cwd ?? process.cwd());
  const { rules } = readManifest();
  const loaded = await loadConfig({ cwd, config: options.config, top: findGitTop(cwd), rules });
  const config = overlay(loaded.config, options, rules);
  const root = findRoot(cwd, loaded.path && dirname(loaded.path));
  const discovery = discover({ root, cwd, patterns: options.paths ?? [], ignores: config.ignores });
  return {
    discovery,
    request: {
      root,
      cwd,
      files: discovery.files,
      projects: (options.projects ?? []).map((path) => resolve(cwd, path)),
      config,
      ...(options.only?.length && { only: options.only.map((name) => idOf(name, rules)) }),
      inlineConfig: options.inlineConfig ?? true,
      reportUnusedDirectives: options.reportUnusedDirectives ?? true,
      timing: options.timing ?? false,
      debug: options.onDebug !== undefined,
    },
  };
}

/** Options are stronger than the config, its overrides included. */
function overlay(config: ResolvedConfig, { preset, rules = {} }: LintOptions, known: readonly RuleMeta[]): ResolvedConfig {
  const severities = new Map(Object.entries(rules).map(([name, severity]) => [idOf(name, known), severity]));
  const own = [...severities].map(([id, severity]) => [id, { ...config.rules[id], severity }] as const);
  const overrides = config.overrides.map((override) => {
    const { preset: narrower, ...rest } = override;
    const weaker = Object.entries(override.rules).map(([id, setting]) => [id, severities.has(id) ? { ...setting, severity: severities.get(id)! } : setting] as const);
    return { ...rest, rules: Object.fromEntries(weaker), ...(narrower && preset === undefined && { preset: narrower }) };
  });
  return { ...config, preset: preset ?? config.preset, rules: { ...config.rules, ...Object.fromEntries(own) }, overrides };
}

function idOf(name: string, rules: readonly RuleMeta[]): string {
  const rule = rules.find((meta) => namesOf(meta).includes(name));
  if (rule) return rule.id;
  const near = nearest(name, rules.flatMap(namesOf));
  throw new ConfigError(`unknown rule "${name}"`, { hint: near === undefined ? '`conclint rules` lists them' : `did you mean "${near}"?` });
}

/** There is no need of a worker to find nothing in no file. */
function nothing(request: LintRequest): Supervised {
  return { ...new Collector().result(), rules: enabledRules(readManifest().rules, request), timing: undefined };
}
