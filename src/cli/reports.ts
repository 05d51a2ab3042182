import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { isatty } from 'node:tty';
import { UserError } from '../core/errors.js';
import type { LintResult } from '../core/result.js';
import { loadReporter } from '../report/registry.js';
import type { RenderEnv, Reporter } from '../report/reporter.js';
import { colorLevel } from './color-level.js';
import type { ExitCode } from './exit-code.js';
import { sayNotification } from './messages.js';
import type { LintFlags } from './program.js';
import { STDOUT, writeFile, writeToStream } from './write.js';

/** A report to make: where it goes, and who renders it. */
export interface PlannedReport {
  readonly reporter: Reporter;
  /** Absolute; undefined: standard output. */
  readonly path: string | undefined;
}

/** What `--format`, `--output-file` and `--report` ask for; mistakes in them surface before the work begins. */
export async function planReports(flags: Pick<LintFlags, 'format' | 'outputFile' | 'report'>, cwd: string): Promise<readonly PlannedReport[]> {
  const wanted = [{ format: flags.format, file: flags.outputFile }, ...flags.report.map(parseReport)];
  const reports = await Promise.all(
    wanted.map(async ({ format, file }) => ({ reporter: await loadReporter(format), path: file === undefined ? undefined : resolve(cwd, file) })),
  );
  const paths = reports.flatMap(({ path }) => path ?? []);
  const twice = paths.find((path, i) => paths.indexOf(path) !== i);
  if (twice !== undefined) throw new UserError(`two reports go to ${twice}`);
  return reports;
}

function parseReport(value: string): { format: string; file: string } {
  const split = value.indexOf('=');
  if (split < 1 || split === value.length - 1) throw new UserError(`--report ${value} names no file`, { hint: 'for example --report sarif=conclint.sarif' });
  return { format: value.slice(0, split), file: value.slice(split + 1) };
}

/** Writes the files, then standard output: a reader that blocks there keeps no file waiting. */
export function writeReports(reports: readonly PlannedReport[], result: LintResult, { flags, cwd, exitCode }: { flags: LintFlags; cwd: string; exitCode: ExitCode }): void {
  // In a dry run the disk has the text before the fixes, and the result is about the one after them.
  const fixedTexts = new Map(result.fixed?.map(({ file, after }) => [file, after]));
  const files = reports.flatMap(({ reporter, path }) => (path === undefined ? [] : [{ reporter, path }]));
  for (const { reporter, path } of files) writeFile(path, reporter.render(result, envFor(0)));
  for (const { reporter } of reports.filter(({ path }) => path === undefined)) {
    writeToStream(STDOUT, reporter.render(result, envFor(colorLevel(flags.color, process.env, isatty(STDOUT)))));
  }
  for (const { reporter } of reports) reporter.remarks?.(result, envFor(0)).forEach(sayNotification);

  function envFor(level: RenderEnv['colorLevel']): RenderEnv {
    return {
      colorLevel: level,
      pathBase: flags.pathBase,
      cwd,
      source: (file) => fixedTexts.get(file) ?? readSource(resolve(result.root, file)),
      reportSuppressed: flags.reportSuppressed ?? false,
      quiet: flags.quiet ?? false,
      exitCode,
      version: result.toolVersion,
    };
  }
}

function readSource(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
