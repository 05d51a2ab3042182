import { isatty } from 'node:tty';
import { UserError } from '../core/errors.js';
import { visibleSource } from '../core/escape.js';
import { SEVERITIES, type Severity } from '../core/finding.js';
import type { Manifest } from '../core/manifest.js';
import type { LintResult } from '../core/result.js';
import type { LintOptions } from '../lint.js';
import { pathPrinter } from '../report/paths.js';
import { type ExitCode, exitCode } from './exit-code.js';
import { unknownRule } from './explain-rule.js';
import { countOfFixes, patchOf, wantedFixes, writeFixes } from './fixes.js';
import { say, sayNotification } from './messages.js';
import type { LintFlags } from './program.js';
import { Progress } from './progress.js';
import { planReports, writeReports } from './reports.js';
import { timingLines } from './timing.js';
import { STDERR, STDOUT, writeToStream } from './write.js';

/** `conclint [paths…]`: lints, writes the reports, and says with what code the process should end. */
export async function lintCommand(paths: readonly string[], flags: LintFlags, manifest: Manifest): Promise<ExitCode> {
  const cwd = process.cwd();
  const reports = await planReports(flags, cwd);
  const options = lintOptions(paths, flags, manifest);
  const { lint, listFiles, resolveConfig } = await import('../lint.js');
  if (flags.printConfig) return print(`${JSON.stringify(await resolveConfig(options), undefined, 2)}\n`);
  if (flags.listFiles) return print((await listFiles(options)).map((file) => `${file}\n`).join(''));

  const progress = new Progress(isatty(STDERR) && !process.env['CI']);
  progress.begin();
  const judged = await lint({ ...options, ...observers(flags, progress) }).finally(() => progress.clear());
  const result = options.fix && !flags.fixDryRun ? writeFixes(judged) : judged;
  const code = exitCode(result, flags.maxWarnings);
  const shown = pathPrinter(result.root, cwd, flags.pathBase ?? 'cwd');
  for (const { file, ...rest } of result.notifications) sayNotification({ ...rest, ...(file !== undefined && { file: shown(file) }) });
  if (flags.fixDryRun) {
    const patch = patchOf(result, shown);
    // Byte for byte for whoever applies it; on a terminal the project's text must not act.
    writeToStream(STDOUT, isatty(STDOUT) ? patch.split('\n').map(visibleSource).join('\n') : patch);
    say(`conclint: ${countOfFixes(result)}, nothing written`);
  }
  writeReports(flags.fixDryRun ? reports.filter(({ path }) => path !== undefined) : reports, result, { flags, cwd, exitCode: code });
  if (flags.outputFile !== undefined) say(`conclint: ${counts(result)}; report in ${flags.outputFile}`);
  if (result.timing) say(...timingLines(result.timing));
  return code;
}

function lintOptions(paths: readonly string[], flags: LintFlags, manifest: Manifest): LintOptions {
  const fix = wantedFixes(flags);
  const rules = Object.fromEntries(flags.rule.map((setting) => ruleSetting(setting, manifest)));
  return {
    paths,
    config: flags.config,
    projects: flags.project,
    preset: flags.preset,
    rules: flags.reportUnusedDisableDirectives ? { 'unused-suppression': 'error', ...rules } : rules,
    only: flags.only,
    inlineConfig: flags.inlineConfig,
    ...(fix && { fix }),
    timing: flags.timing ?? false,
  };
}

function observers(flags: LintFlags, progress: Progress): Pick<LintOptions, 'onProgress' | 'onDebug'> {
  return {
    onProgress: (done, total) => progress.update(done, total),
    ...(flags.debug && {
      onDebug: (line: string) => {
        progress.clear();
        say(`conclint: debug: ${line}`);
      },
    }),
  };
}

/** `id` or `id:severity`. */
function ruleSetting(setting: string, { rules }: Manifest): [string, Severity | 'off' | 'on'] {
  const [name = '', severity] = setting.split(':');
  const rule = rules.find((each) => each.id === name || each.aliases?.includes(name));
  if (rule === undefined) throw unknownRule(name, rules.map((each) => each.id));
  if (severity === undefined) return [rule.id, 'on'];
  const known = (['off', ...SEVERITIES] as const).find((each) => each === severity);
  if (known === undefined) throw new UserError(`unknown severity "${severity}" in --rule ${setting}`, { hint: 'it is one of off, note, warning, error' });
  return [rule.id, known];
}

function counts({ findings }: LintResult): string {
  return SEVERITIES.map((severity) => {
    const count = findings.filter((finding) => finding.severity === severity && finding.suppression === undefined).length;
    return `${count} ${severity}${count === 1 ? '' : 's'}`;
  }).join(', ');
}

function print(text: string): ExitCode {
  writeToStream(STDOUT, text);
  return 0;
}
