import { compareText, type Fix, type Range, type Step } from '../core/finding.js';
import { fillMessage, type MessageSpec, type Messages, type Question } from '../core/rule-meta.js';
import type { FileInfo, FixProposal, Place, Report } from '../rule.js';
import { enclosingRoot, functionName, shortText } from '../syntax/functions.js';
import { rangeBetween, rangeOf } from '../syntax/location.js';
import { ts } from '../syntax/ts.js';
import type { Claim } from './precedence.js';
import type { ActiveRule } from './selection.js';
import type { DirectiveReport } from './suppressions.js';

/** A report turned into plain data, before presets, precedence and suppressions have looked at it. */
export interface Draft extends Claim {
  readonly active: ActiveRule;
  readonly messageId: string;
  readonly spec: MessageSpec;
  readonly message: string;
  readonly range: Range;
  /** What the report is about, as the user wrote it. */
  readonly subject: string;
  readonly trace: readonly Step[];
  readonly functionName: string;
  readonly snippet: string;
  readonly fixes?: readonly Fix[];
}

/** Words a report and finds its ranges. Throws where the report breaks the contract of a rule. */
export function draftOf(report: Report<Messages>, active: ActiveRule, file: FileInfo, pathOf: (source: ts.SourceFile) => string): Draft {
  const { meta } = active.rule;
  if (!Object.hasOwn(meta.messages, report.message)) throw new Error(`reported the unknown message ${report.message}`);
  if (report.at.getSourceFile() !== file.source) throw new Error('reported a node of another file');
  if (report.trace.length === 0) throw new Error(`reported ${report.message} without a trace`);

  const spec = meta.messages[report.message]!;
  const root = ts.isSourceFile(report.at) ? report.at : enclosingRoot(report.at);
  const range = rangeOf(report.at, file.source);
  return {
    active,
    ruleId: meta.id,
    question: meta.question,
    messageId: report.message,
    spec,
    message: fillMessage(spec.text, report.data ?? {}),
    range,
    ...subjectOf(report, meta.question, root),
    trace: report.trace.map(({ at, text, thread }) => {
      const source = at.getSourceFile();
      return { file: pathOf(source), range: rangeOf(at, source), text, ...(thread && { thread }) };
    }),
    functionName: functionName(root),
    snippet: file.source.text.slice(range.start, range.end),
    ...(report.fix && { fixes: [fixOf(report.fix, active, file.source)] }),
  };
}

/** Throws where the fix breaks the contract of a rule. */
function fixOf({ description, safety, edits }: FixProposal, { rule: { meta } }: ActiveRule, source: ts.SourceFile): Fix {
  if (!meta.fixes?.includes(safety)) throw new Error(`offered a fix that is ${safety}, which its metadata does not say`);
  if (edits.length === 0) throw new Error('offered a fix without an edit');
  const sorted = [...edits].sort((a, b) => a.start - b.start || a.end - b.end);
  for (const [i, { start, end }] of sorted.entries()) {
    const isInPlace = (sorted[i - 1]?.end ?? 0) <= start && start <= end && end <= source.text.length;
    if (!isInPlace) throw new Error('offered a fix whose edits overlap or leave the file');
  }
  return { description, safety, edits: sorted.map(({ start, end, text }) => ({ ...rangeBetween(source, start, end), text })) };
}

/** Questions about what one activation of a function does to a place: each function that does it needs its own cure. */
const PER_FUNCTION: ReadonlySet<Question> = new Set(['race', 'undo']);

function subjectOf(report: Report<Messages>, question: Question, root: ts.Node): Pick<Draft, 'subjectKey' | 'subject'> {
  const subject = report.subject ?? report.at;
  if (typeof subject === 'string') return { subjectKey: subject, subject };
  if (isNode(subject)) return { subjectKey: nodeKey(subject), subject: shortText(subject) };
  return { subjectKey: PER_FUNCTION.has(question) ? `${subject.key} in ${nodeKey(root)}` : subject.key, subject: subject.text };
}

function isNode(subject: ts.Node | Place): subject is ts.Node {
  return 'getSourceFile' in subject;
}

function nodeKey(node: ts.Node): string {
  const source = node.getSourceFile();
  return `${source.fileName}:${node.getStart(source)}-${node.end}`;
}

/** A report about a suppression comment: it has no rule that ran and no node, only words of the comment. */
export function draftOfDirective({ meta, message, data, at }: DirectiveReport, active: ActiveRule, file: FileInfo): Draft {
  const spec = meta.messages[message]!;
  const range = rangeBetween(file.source, at.start, at.start + at.text.length);
  return {
    active,
    ruleId: meta.id,
    question: meta.question,
    messageId: message,
    spec,
    message: fillMessage(spec.text, data),
    range,
    subjectKey: `${at.start}`,
    subject: at.text,
    trace: [{ file: file.path, range, text: 'the comment' }],
    functionName: '',
    snippet: Object.values(data).join(' '),
  };
}

/** By position, then by what tells reports of one position apart. */
export function compareDrafts(a: Draft, b: Draft): number {
  return (
    a.range.start - b.range.start ||
    a.range.end - b.range.end ||
    compareText(a.ruleId, b.ruleId) ||
    compareText(a.messageId, b.messageId) ||
    compareText(a.message, b.message)
  );
}
