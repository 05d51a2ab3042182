import type { LintResult, Notification } from '../core/result.js';

/** What reported paths are relative to. */
export type PathBase = 'root' | 'cwd' | 'absolute';
/** chalk's levels: none, 16 colours, 256 colours, 16 million. */
export type ColorLevel = 0 | 1 | 2 | 3;

/** What a report depends on besides the result. A reporter reads nothing else: no files, no environment, no clock. */
export interface RenderEnv {
  readonly colorLevel: ColorLevel;
  /** Undefined: each format's own (`text`, `compact`: cwd; `sarif`: root; `json`: absolute, as ESLint's). */
  readonly pathBase?: PathBase | undefined;
  /** Absolute. */
  readonly cwd: string;
  /** Text of a file named by a finding, by its root-relative path; undefined where it cannot be read. */
  readonly source: (file: string) => string | undefined;
  readonly reportSuppressed: boolean;
  /** Errors only. */
  readonly quiet: boolean;
  /** Exit code the run will have. */
  readonly exitCode: number;
  readonly version: string;
}

export interface Reporter {
  readonly name: string;
  /** The whole report, ending in a line break unless it is empty. */
  render(result: LintResult, env: RenderEnv): string;
  /** What the user must know about the report itself, beside what stands in it: for stderr. */
  remarks?(result: LintResult, env: RenderEnv): readonly Notification[];
}
