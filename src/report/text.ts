import { posix } from 'node:path';
import { Chalk, type ChalkInstance } from 'chalk';
import { breakWorkflowCommands, visible } from '../core/escape.js';
import { compareText, FIX_SAFETIES, SEVERITIES, type Finding, type Fix, type Severity, type Step } from '../core/finding.js';
import { groupBy } from '../core/group-by.js';
import type { LintResult } from '../core/result.js';
import { fixFlags } from '../core/rule-meta.js';
import { codeFrame } from './code-frame.js';
import { firstLine } from './compact.js';
import { displayLine } from './display-columns.js';
import { pathPrinter } from './paths.js';
import type { RenderEnv, Reporter } from './reporter.js';
import { countBySeverity, selectFindings, type Selection } from './selection.js';
import { sourceLines } from './source-lines.js';
import { isRace, traceLines } from './trace-lines.js';

const INDENT = '    ';
const MAX_EXCERPT = 100;

/** For people: each finding's first line, the code, the steps that make it true; then what there is in all, and where to read on. */
export const text: Reporter = {
  name: 'text',
  render(result, env) {
    const selection = selectFindings(result, env);
    const blocks = [...findingBlocks(result, env, selection.reported)];
    if (env.reportSuppressed && selection.suppressed.length > 0) blocks.push(suppressedBlock(result, env, selection.suppressed));
    blocks.push(summary(result, env, selection));
    return breakWorkflowCommands(`${blocks.map((lines) => lines.join('\n')).join('\n\n')}\n`);
  },
};

function* findingBlocks(result: LintResult, env: RenderEnv, findings: readonly Finding[]): Iterable<string[]> {
  const chalk = new Chalk({ level: env.colorLevel });
  const path = pathPrinter(result.root, env.cwd, env.pathBase ?? 'cwd');
  const lines = linesOf(env);
  for (const [file, inFile] of groupBy(findings, (finding) => finding.file)) {
    if (inFile.length > 1) yield [chalk.underline(visible(path(file))) + chalk.dim(` ${counted(inFile.length, 'finding')}`)];
    for (const finding of inFile) yield findingBlock(finding, { chalk, path, lines });
  }
}

interface View {
  readonly chalk: ChalkInstance;
  readonly path: (file: string) => string;
  readonly lines: (file: string) => readonly string[] | undefined;
}

function findingBlock(finding: Finding, view: View): string[] {
  const { chalk, path } = view;
  const paint = severityPaint(chalk, finding.severity);
  const style = { path: chalk.bold, severity: paint, rule: paint };
  const block = [firstLine(finding, path, style)];
  const source = view.lines(finding.file);
  const stepLines = finding.trace.filter((step) => step.file === finding.file).map((step) => step.range.startLine);
  const frame = source && codeFrame(source, finding.range, stepLines, { gutter: chalk.dim, mark: paint });
  if (frame) block.push(...frame.lines);
  const inFrame = (step: Step): boolean => step.file === finding.file && (frame?.shown.has(step.range.startLine) ?? false);
  if (finding.trace.length > 0) {
    block.push('', ...traceTitle(finding.trace).map((line) => INDENT + chalk.dim(line)));
    block.push(
      ...traceLines(finding.trace, {
        // The finding's own file was named in full above.
        path: (file) => (file === finding.file ? posix.basename(file) : path(file)),
        excerpt: (step) => (inFrame(step) ? undefined : excerptOf(view.lines(step.file), step)),
        style: { path: chalk.dim, thread: (words, thread) => (thread === 'A' ? chalk.cyan(words) : chalk.magenta(words)), excerpt: chalk.dim },
      }).map((line) => INDENT + line),
    );
  }
  const [fix] = finding.fixes ?? [];
  if (fix) block.push(INDENT + chalk.dim(`${flagFor(fix)}: ${visible(fix.description)}`));
  if (finding.also.length > 0) block.push(INDENT + chalk.dim(`also seen by ${finding.also.join(', ')}`));
  return block;
}

function flagFor({ safety }: Fix): string {
  return fixFlags([safety]);
}

function traceTitle(trace: readonly Step[]): string[] {
  return isRace(trace) ? ['A and B are two activations that overlap; in order of time:'] : [];
}

function excerptOf(source: readonly string[] | undefined, step: Step): string | undefined {
  const line = source?.[step.range.startLine - 1]?.trim();
  return line === undefined ? undefined : displayLine(line, 0, 0, MAX_EXCERPT).text;
}

function suppressedBlock(result: LintResult, env: RenderEnv, suppressed: readonly Finding[]): string[] {
  const path = pathPrinter(result.root, env.cwd, env.pathBase ?? 'cwd');
  const line = ({ file, range, ruleId, suppression }: Finding): string =>
    `  ${visible(path(file))}:${range.startLine}:${range.startColumn} ${ruleId} -- ${visible(suppression?.reason ?? '')}`;
  return ['suppressed:', ...suppressed.map(line)];
}

function summary(result: LintResult, env: RenderEnv, selection: Selection): string[] {
  const chalk = new Chalk({ level: env.colorLevel });
  const { reported, suppressed, hidden } = selection;
  const asides = [
    ...(hidden > 0 ? [`${hidden} below error not shown`] : []),
    ...(suppressed.length > 0 ? [`${suppressed.length} suppressed`] : []),
    ...fixedWords(result),
    ...passedOver(result),
  ];
  const aside = asides.map((part) => `; ${part}`).join('');
  if (reported.length === 0) return [chalk.green(`no findings in ${lookedAt(result)}`) + aside];

  const files = new Set(reported.map((finding) => finding.file)).size;
  const severities = severityWords(chalk, reported);
  const byRule = [...groupBy(reported, (finding) => finding.ruleId)].sort(([a, as], [b, bs]) => bs.length - as.length || compareText(a, b));
  const width = Math.max(...byRule.map(([id]) => id.length));
  return [
    `${counted(reported.length, 'finding')} in ${files} of ${counted(result.stats.files, 'file')}: ${severities}${aside}`,
    ...byRule.map(([id, findings]) => `  ${id.padEnd(width)}  ${severityWords(chalk, findings)}`),
    ...fixableWords(reported),
    '',
    `why, and what to do instead: ${chalk.bold(`npx conclint explain ${byRule[0]![0]}`)}`,
  ];
}

function fixedWords({ fixed }: LintResult): string[] {
  if (!fixed) return [];
  return [`${fixed.reduce((sum, { fixes }) => sum + fixes.length, 0)} fixed`];
}

/** `fixable: 2 with --fix, 1 with --fix-unsafe`. */
function fixableWords(findings: readonly Finding[]): string[] {
  const flags = findings.flatMap(({ fixes = [] }) => fixes.slice(0, 1).map(flagFor));
  const counts = FIX_SAFETIES.map((safety) => fixFlags([safety])).map((flag) => [flag, flags.filter((each) => each === flag).length] as const).filter(([, count]) => count > 0);
  return counts.length === 0 ? [] : ['', `fixable: ${counts.map(([flag, count]) => `${count} with ${flag}`).join(', ')}`];
}

function lookedAt({ stats }: LintResult): string {
  return `${counted(stats.files, 'file')} (${counted(stats.asyncFunctions, 'async function')}, ${counted(stats.awaits, 'await')} looked at)`;
}

function passedOver({ stats }: LintResult): string[] {
  const reasons = Object.entries(stats.skipped).filter(([, count]) => count > 0).sort(([a], [b]) => compareText(a, b));
  const total = reasons.reduce((sum, [, count]) => sum + count, 0);
  return total === 0 ? [] : [`${counted(total, 'file')} passed over (${reasons.map(([reason, count]) => `${count} ${reason}`).join(', ')})`];
}

function severityWords(chalk: ChalkInstance, findings: readonly Finding[]): string {
  const counts = countBySeverity(findings);
  return SEVERITIES.filter((severity) => counts[severity] > 0)
    .map((severity) => severityPaint(chalk, severity)(counted(counts[severity], severity)))
    .join(', ');
}

function severityPaint(chalk: ChalkInstance, severity: Severity): ChalkInstance {
  return { error: chalk.red, warning: chalk.yellow, note: chalk.blue }[severity];
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

/** The lines of each file, split once. */
function linesOf(env: RenderEnv): View['lines'] {
  const known = new Map<string, readonly string[] | undefined>();
  return (file) => {
    if (!known.has(file)) {
      const source = env.source(file);
      known.set(file, source === undefined ? undefined : sourceLines(source));
    }
    return known.get(file);
  };
}
