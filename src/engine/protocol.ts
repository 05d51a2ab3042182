/**
 * What passes between the main thread (CLI, reporters, watchdog) and the analysis worker: plain data only.
 * The main thread finds files and reads the config; the worker loads programs, walks, and answers file by file.
 */
import type { Finding, Preset, Severity } from '../core/finding.js';
import type { LintStats, Notification, Timing } from '../core/result.js';
import type { RuleMeta } from '../core/rule-meta.js';
import type { ModelSet } from '../models/effect-model.js';

/** A config after validation and defaults: no functions, so that it can cross threads and be hashed. */
export interface ResolvedConfig {
  readonly preset: Preset;
  /** Severity or `off` by rule id; options by rule id. */
  readonly rules: Readonly<Record<string, RuleSetting>>;
  /** Applied in order to files whose root-relative path matches one of the globs. */
  readonly overrides: readonly { readonly files: readonly string[]; readonly rules: Readonly<Record<string, RuleSetting>>; readonly preset?: Preset }[];
  readonly ignores: readonly string[];
  /** Globs of files whose exports are called from outside (servers, handlers): their calls can overlap. */
  readonly entryPoints: readonly string[];
  /** `file-glob#Function.name` of functions that never overlap with themselves. */
  readonly sequential: readonly string[];
  readonly models: ModelSet;
}
export interface RuleSetting {
  /** `on`: the rule runs whatever the preset, each message at its own severity. */
  readonly severity?: Severity | 'off' | 'on';
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
  /** Give the text of files that have something to fix, and what the compiler has against it. */
  readonly fixing?: boolean;
  /** By absolute path: texts to judge in place of what is on disk, with their byte order marks. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Modules with extra rules (default export: Rule[]), for tests of crash isolation only. */
  readonly testRules?: readonly string[];
}

export interface FileResult {
  readonly file: string;
  readonly findings: readonly Finding[];
  readonly notifications: readonly Notification[];
}
export interface FileOutcome {
  readonly result: FileResult;
  readonly stats: FileStats;
  readonly fixable?: FixableText;
}
/** A text that fixes may change, or have changed. */
export interface FixableText {
  /** With its byte order mark. */
  readonly text: string;
  /** What the compiler says of it, syntax and types. Offsets leave the byte order mark out. */
  readonly errors: readonly { readonly start: number; readonly message: string }[];
}
export type FileStats = Omit<LintStats, 'skipped'>;

/** What a worker is started with. */
export interface WorkerTask {
  readonly request: LintRequest;
  /** Indices into `request.files`: what is left to do. */
  readonly pending: readonly number[];
  /** A rule that brought an earlier worker down on these files. */
  readonly without: string | undefined;
  readonly heartbeat: SharedArrayBuffer;
  /** URL of the module that exports `analyse`. */
  readonly analysis: string;
}

export type WorkerMessage =
  /** First: ids by heartbeat slot, and the metadata of the rules this config switches on. */
  | { readonly type: 'started'; readonly ruleIds: readonly string[]; readonly rules: readonly RuleMeta[] }
  | { readonly type: 'noted'; readonly notifications: readonly Notification[]; readonly debug: readonly string[] }
  | { readonly type: 'file'; readonly index: number; readonly outcome: FileOutcome }
  | { readonly type: 'done'; readonly timing: Timing | undefined }
  /** `stack` is absent where the user can mend it. */
  | { readonly type: 'failed'; readonly message: string; readonly hint: string | undefined; readonly stack: string | undefined };

/**
 * Slots of the heartbeat, an Int32Array over shared memory that the main thread can read while the worker is busy:
 * one more than the index of the file in the request and of the rule in `ruleIds`; 0 while there is none.
 */
export const HEARTBEAT = { file: 0, rule: 1, length: 2 } as const;

/** How the work is followed while it goes on: by messages in a worker, directly in process. */
export interface AnalysisObserver {
  started(ruleIds: readonly string[], rules: readonly RuleMeta[]): void;
  noted(notifications: readonly Notification[], debug: readonly string[]): void;
  /** The file that is about to be judged; undefined between files. */
  judging(file: number | undefined): void;
  /** The rule that is about to run; undefined between rules. */
  running(ruleId: string | undefined): void;
  judged(file: number, outcome: FileOutcome): void;
}

/** Judges the pending files of a request, one program after the other. */
export type Analyse = (task: Pick<WorkerTask, 'request' | 'pending' | 'without'>, observer: AnalysisObserver) => Promise<Timing | undefined>;
