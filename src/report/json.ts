import { toJson } from '../core/escape.js';
import { compareText, type Finding, type Fix, type Range, type Step } from '../core/finding.js';
import { groupBy } from '../core/group-by.js';
import type { Notification } from '../core/result.js';
import { mergedEdit } from '../core/text-edits.js';
import { pathPrinter } from './paths.js';
import type { Reporter } from './reporter.js';
import { countBySeverity, selectFindings } from './selection.js';

/** ESLint's numbers: tools that read its output take 2 for an error and 1 for anything less. */
type EslintSeverity = 1 | 2;

/** ESLint's result per file. Files without messages are left out. */
export interface JsonFileResult {
  readonly filePath: string;
  readonly messages: readonly (JsonMessage | JsonFailure)[];
  readonly suppressedMessages: readonly JsonSuppressedMessage[];
  readonly errorCount: number;
  readonly fatalErrorCount: number;
  readonly warningCount: number;
  readonly fixableErrorCount: number;
  readonly fixableWarningCount: number;
  readonly usedDeprecatedRules: readonly never[];
}

/** Lines and columns are 1-based, columns count UTF-16 units, ends are exclusive: ESLint's, and ours. */
export interface JsonMessage {
  readonly ruleId: string;
  readonly messageId: string;
  readonly severity: EslintSeverity;
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly preset: Finding['preset'];
  readonly precision: Finding['precision'];
  readonly fingerprint: string;
  readonly also: readonly string[];
  readonly trace: readonly JsonStep[];
  /** The safe fix. */
  readonly fix?: JsonFix;
  /** Unsafe ones. */
  readonly suggestions?: readonly { readonly desc: string; readonly fix: JsonFix }[];
}
/** Offsets in the text without its byte order mark. */
export interface JsonFix {
  readonly range: readonly [start: number, end: number];
  readonly text: string;
}
export interface JsonStep {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  readonly text: string;
  readonly thread?: 'A' | 'B';
}
export interface JsonSuppressedMessage extends JsonMessage {
  readonly suppressions: readonly { readonly kind: 'directive' | 'file'; readonly justification: string }[];
}
/** A file that could not be judged, as ESLint tells a syntax error. */
export interface JsonFailure {
  readonly ruleId: string | null;
  readonly fatal: true;
  readonly severity: 2;
  readonly message: string;
  readonly line: number;
  readonly column: number;
}

/** ESLint's result shape, so that tools which read it read this; our own facts stand beside its fields. */
export const json: Reporter = {
  name: 'json',
  render(result, env) {
    const path = pathPrinter(result.root, env.cwd, env.pathBase ?? 'absolute');
    const { reported, suppressed } = selectFindings(result, env);
    const failures = result.notifications.filter((n): n is FileNotification => n.file !== undefined && (n.fatal || n.id === 'syntax-error'));
    const findingsOf = groupBy(reported, (finding) => finding.file);
    const suppressedOf = groupBy(suppressed, (finding) => finding.file);
    const failuresOf = groupBy(failures, (failure) => failure.file);
    const files = [...new Set([...findingsOf.keys(), ...suppressedOf.keys(), ...failuresOf.keys()])].sort(compareText);
    const results = files.map((file) => {
      const view = { path, source: env.source(file)?.replace(/^\ufeff/, '') };
      return fileResult(path(file), findingsOf.get(file) ?? [], suppressedOf.get(file) ?? [], failuresOf.get(file) ?? [], view);
    });
    return `${toJson(results)}\n`;
  },
};

/** What messages of one file are made with. */
interface FileView {
  readonly path: (file: string) => string;
  readonly source: string | undefined;
}
type FileNotification = Notification & { readonly file: string };

function fileResult(
  filePath: string,
  findings: readonly Finding[],
  suppressed: readonly Finding[],
  failures: readonly FileNotification[],
  view: FileView,
): JsonFileResult {
  const counts = countBySeverity(findings);
  const fixable = countBySeverity(findings.filter(({ fixes }) => fixes?.some(isSafe)));
  return {
    filePath,
    messages: [...failures.map(failureOf), ...findings.map((finding) => messageOf(finding, view))],
    suppressedMessages: suppressed.map((finding) => ({ ...messageOf(finding, view), suppressions: suppressionsOf(finding) })),
    errorCount: counts.error + failures.length,
    fatalErrorCount: failures.length,
    warningCount: counts.warning + counts.note,
    fixableErrorCount: fixable.error,
    fixableWarningCount: fixable.warning + fixable.note,
    usedDeprecatedRules: [],
  };
}

function messageOf(finding: Finding, { path, source }: FileView): JsonMessage {
  const { ruleId, messageId, message, preset, precision, fingerprint, also } = finding;
  return {
    ruleId,
    messageId,
    severity: finding.severity === 'error' ? 2 : 1,
    message,
    ...positionOf(finding.range),
    preset,
    precision,
    fingerprint,
    also,
    trace: finding.trace.map((step) => stepOf(step, path)),
    ...(source !== undefined && fixesOf(finding.fixes ?? [], source)),
  };
}

function fixesOf(fixes: readonly Fix[], source: string): Pick<JsonMessage, 'fix' | 'suggestions'> {
  const jsonFix = ({ edits }: Fix): JsonFix => {
    const { start, end, text } = mergedEdit(source, edits);
    return { range: [start, end], text };
  };
  const safe = fixes.find(isSafe);
  const unsafe = fixes.filter((fix) => !isSafe(fix)).map((fix) => ({ desc: fix.description, fix: jsonFix(fix) }));
  return { ...(safe && { fix: jsonFix(safe) }), ...(unsafe.length > 0 && { suggestions: unsafe }) };
}

function isSafe({ safety }: Fix): boolean {
  return safety === 'safe';
}

function stepOf(step: Step, path: (file: string) => string): JsonStep {
  return { file: path(step.file), ...positionOf(step.range), text: step.text, ...(step.thread && { thread: step.thread }) };
}

function positionOf(range: Range): { line: number; column: number; endLine: number; endColumn: number } {
  return { line: range.startLine, column: range.startColumn, endLine: range.endLine, endColumn: range.endColumn };
}

function suppressionsOf({ suppression }: Finding): JsonSuppressedMessage['suppressions'] {
  return suppression ? [{ kind: suppression.kind === 'inSource' ? 'directive' : 'file', justification: suppression.reason }] : [];
}

function failureOf(failure: FileNotification): JsonFailure {
  return { ruleId: failure.ruleId ?? null, fatal: true, severity: 2, message: failure.message, line: failure.line ?? 1, column: 1 };
}
