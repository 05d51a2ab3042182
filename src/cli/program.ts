import { Command, InvalidArgumentError, Option } from 'commander';
import { PRESETS, type Preset } from '../core/finding.js';
import type { PathBase } from '../report/reporter.js';
import { STDERR, STDOUT, writeToStream } from './write.js';

/** Columns of the help text; fixed, so that help is the same everywhere. */
const HELP_WIDTH = 96;

export interface LintFlags {
  /** A path, `false` for --no-config, undefined for the nearest config file. */
  readonly config?: string | false;
  readonly project: readonly string[];
  readonly preset?: Preset;
  readonly rule: readonly string[];
  readonly only: readonly string[];
  readonly format: string;
  readonly outputFile?: string;
  readonly report: readonly string[];
  readonly maxWarnings?: number;
  readonly quiet?: boolean;
  readonly inlineConfig: boolean;
  readonly reportUnusedDisableDirectives?: boolean;
  readonly reportSuppressed?: boolean;
  readonly pathBase?: PathBase;
  readonly timing?: boolean;
  readonly debug?: boolean;
  readonly fix?: boolean;
  readonly fixUnsafe?: boolean;
  readonly fixDryRun?: boolean;
  readonly listFiles?: boolean;
  readonly printConfig?: boolean;
  readonly color?: boolean;
}
export interface ExplainFlags extends Pick<LintFlags, 'config' | 'project'> {
  readonly at?: string;
}

/** What each command does; the program only reads arguments. */
export interface Commands {
  lint(paths: readonly string[], flags: LintFlags): Promise<void>;
  rules(flags: { readonly json?: boolean }): void;
  explain(rule: string | undefined, flags: ExplainFlags): Promise<void>;
}

export function buildProgram(version: string, formats: readonly string[], commands: Commands): Command {
  const program = new Command('conclint')
    .description('Finds concurrency defects in TypeScript and JavaScript.')
    .version(version, '-v, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({
      writeOut: (text) => writeToStream(STDOUT, text),
      writeErr: (text) => writeToStream(STDERR, text),
      outputError: (text, write) => write(text.replace(/^error: /, 'conclint: ')),
      getOutHelpWidth: () => HELP_WIDTH,
      getErrHelpWidth: () => HELP_WIDTH,
      getOutHasColors: () => false,
      getErrHasColors: () => false,
    })
    .argument('[paths...]', 'files, folders or globs', ['.']);
  addSelection(program);
  addOutput(program, formats);
  addControl(program);
  program
    .addHelpText('after', EXIT_CODES)
    .action((paths: string[], flags: LintFlags) => commands.lint(paths, flags));
  addRulesCommand(program, commands);
  addExplainCommand(program, commands);
  return program;
}

const EXIT_CODES = `
Exit codes: 0 clean, 1 findings (an error, or more warnings than --max-warnings), 2 something could not be
judged (bad config, unreadable path, a rule or file given up), 130 interrupted.`;

function addSelection(command: Command): void {
  addProjectOptions(command)
    .addOption(new Option('--preset <name>', 'how much to report').choices(PRESETS))
    .option('--rule <id[:severity]>', 'switch a rule on, or set its severity (off, note, warning, error); repeatable', collect, [])
    .option('--only <id>', 'run only this rule; repeatable', collect, []);
}

function addProjectOptions(command: Command): Command {
  return command
    .option('-c, --config <file>', 'config file (default: the nearest conclint.config.* or package.json)')
    .option('--no-config', 'use no config file')
    .option('--project <tsconfig>', 'tsconfig to load (default: the nearest of each file); repeatable', collect, []);
}

function addOutput(command: Command, formats: readonly string[]): void {
  command
    .addOption(new Option('-f, --format <name>', 'format of the report').choices(formats).default('text'))
    .option('-o, --output-file <file>', 'write the report there instead of standard output')
    .option('--report <format=file>', 'write a further report; repeatable', collect, [])
    .option('--quiet', 'report errors only')
    .option('--report-suppressed', 'keep suppressed findings in the reports, marked')
    .addOption(new Option('--path-base <base>', 'what paths in reports are relative to').choices(['root', 'cwd', 'absolute']))
    .option('--color', 'colours even off a terminal')
    .option('--no-color', 'no colours')
    .option('--timing', 'print where the time went, on standard error')
    .option('--debug', 'print what was loaded and why, and stack traces');
}

function addControl(command: Command): void {
  command
    .option('--fix', 'make the safe fixes, and report what remains')
    .option('--fix-unsafe', 'make all fixes: review the result')
    .option('--fix-dry-run', 'print the fixes as a patch in place of the report, and write nothing')
    .option('--max-warnings <n>', 'fail when there are more warnings (default: no limit)', wholeNumber)
    .option('--no-inline-config', 'ignore suppression comments')
    .option('--report-unused-disable-directives', 'make suppressions that suppress nothing errors, not warnings')
    .option('--list-files', 'print the files that would be linted, and stop')
    .option('--print-config', 'print the resolved config, and stop');
}

function addRulesCommand(program: Command, commands: Commands): void {
  program
    .command('rules')
    .description('list the rules')
    .option('--json', 'all metadata, as JSON')
    .action((flags: { json?: boolean }) => commands.rules(flags));
}

function addExplainCommand(program: Command, commands: Commands): void {
  const explain = program
    .command('explain')
    .description('explain a rule, or what the analysis sees at a line')
    .argument('[rule]', 'a rule, by id')
    .option('--at <file:line>', 'print what the flow model sees there: events, guards, unknowns');
  addProjectOptions(explain).action((rule: string | undefined, flags: ExplainFlags) => commands.explain(rule, flags));
}

function collect(value: string, previous: readonly string[]): readonly string[] {
  return [...previous, value];
}

function wholeNumber(value: string): number {
  if (!/^\d+$/.test(value)) throw new InvalidArgumentError('It must be a whole number, 0 or more.');
  return Number(value);
}
