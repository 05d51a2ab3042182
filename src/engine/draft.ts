import { compareText, type Range, type Step } from '../core/finding.js';
import { fillMessage, type MessageSpec, type Messages, type Question } from '../core/rule-meta.js';
import type { FileInfo, Place, Report } from '../rule.js';
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
  };
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
