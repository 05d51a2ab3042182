/**
 * What passes between the main thread (CLI, reporters, watchdog) and the analysis worker: plain data only.
 * The main thread finds files and reads the config; the worker loads programs, walks, and answers file by file.
 */
import type { Finding, Preset, Severity } from '../core/finding.js';
import type { LintStats, Notification, Timing } from '../core/result.js';
import type { ModelSet } from '../models/effect-model.js';

/** A config after validation and defaults: no functions, so that it can cross threads and be hashed. */
export interface ResolvedConfig {
  readonly preset: Preset;
  /** Severity or `off` by rule id; options by rule id. */
  readonly rules: Readonly<Record<string, RuleSetting>>;
  /** Applied in order to files whose root-relative path matches one of the globs. */
  readonly overrides: readonly { readonly files: readonly string[]; readonly rules: Readonly<Record<string, RuleSetting>>; readonly preset?: Preset }[];
  readonly ignores: readonly string[];
  /** Globs of files whose exports are called from outside (servers, handlers): overlap of their exports is exposed. */
  readonly entryPoints: readonly string[];
  /** `file-glob#Function.name` of functions that never overlap with themselves. */
  readonly sequential: readonly string[];
  readonly models: ModelSet;
}
export interface RuleSetting {
  readonly severity?: Severity | 'off';
  readonly options?: Readonly<Record<string, unknown>>;
}

export interface LintRequest {
  /** Absolute real path of the root: git top, else the config's folder, else cwd. */
  readonly root: string;
  readonly cwd: string;
  /** Absolute real paths to report on, in code-unit order. The view is all files of the programs that hold them. */
  readonly files: readonly string[];
  /** `--project` paths, absolute; empty: the nearest tsconfig/jsconfig of each file. */
  readonly projects: readonly string[];
  readonly config: ResolvedConfig;
  /** Only these rules, whatever the preset says (`--only`, `--rule`); undefined: by preset. */
  readonly only?: readonly string[];
  readonly inlineConfig: boolean;
  readonly reportUnusedDirectives: boolean;
  readonly timing: boolean;
  readonly debug: boolean;
  /** Modules with extra rules (default export: Rule[]), for tests of crash isolation only. */
  readonly testRules?: readonly string[];
}

export interface FileResult {
  readonly file: string;
  readonly findings: readonly Finding[];
  readonly notifications: readonly Notification[];
}

export type WorkerMessage =
  | { readonly type: 'loaded'; readonly notifications: readonly Notification[]; readonly debug: readonly string[] }
  | { readonly type: 'file'; readonly index: number; readonly result: FileResult; readonly stats: Omit<LintStats, 'skipped'> }
  | { readonly type: 'done'; readonly timing?: Timing }
  | { readonly type: 'failed'; readonly message: string; readonly hint?: string; readonly stack?: string };

/** Slots of the heartbeat, an Int32Array over shared memory. The main thread reads the clock itself when a slot changes. */
export const HEARTBEAT = { file: 0, rule: 1, beat: 2, length: 4 } as const;
