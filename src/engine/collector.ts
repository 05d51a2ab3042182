import { compareFindings, compareText } from '../core/finding.js';
import type { LintResult, Notification } from '../core/result.js';
import type { RuleMeta } from '../core/rule-meta.js';
import type { FileOutcome, FileStats, FixableText } from './protocol.js';

const NO_STATS: FileStats = { files: 0, lines: 0, functions: 0, asyncFunctions: 0, awaits: 0, flowsBuilt: 0 };

/** Gathers what comes in, in whatever order and however often, into one result that depends on neither. */
export class Collector {
  readonly #outcomes = new Map<number, FileOutcome>();
  readonly #notifications: Notification[] = [];
  #rules: readonly RuleMeta[] = [];

  started(rules: readonly RuleMeta[]): void {
    this.#rules = rules;
  }

  noted(notifications: readonly Notification[]): void {
    this.#notifications.push(...notifications);
  }

  judged(file: number, outcome: FileOutcome): void {
    this.#outcomes.set(file, outcome);
  }

  has(file: number): boolean {
    return this.#outcomes.has(file);
  }

  get judgedFiles(): number {
    return this.#outcomes.size;
  }

  result(): Pick<LintResult, 'findings' | 'notifications' | 'rules'> & { readonly stats: FileStats; readonly fixable: ReadonlyMap<string, FixableText> } {
    const outcomes = [...this.#outcomes.values()];
    return {
      findings: outcomes.flatMap(({ result }) => result.findings).sort(compareFindings),
      notifications: sortedOnce([...this.#notifications, ...outcomes.flatMap(({ result }) => result.notifications)]),
      rules: this.#rules,
      stats: outcomes.map(({ stats }) => stats).reduce(add, NO_STATS),
      fixable: new Map(outcomes.flatMap(({ result, fixable }) => (fixable ? [[result.file, fixable] as const] : []))),
    };
  }
}

function add(a: FileStats, b: FileStats): FileStats {
  return {
    files: a.files + b.files,
    lines: a.lines + b.lines,
    functions: a.functions + b.functions,
    asyncFunctions: a.asyncFunctions + b.asyncFunctions,
    awaits: a.awaits + b.awaits,
    flowsBuilt: a.flowsBuilt + b.flowsBuilt,
  };
}

/** A worker that takes over from one that was ended loads the same programs and says the same of them again. */
function sortedOnce(notifications: readonly Notification[]): Notification[] {
  const byText = new Map(notifications.map((notification) => [JSON.stringify({ ...notification, detail: undefined }), notification]));
  return [...byText.values()].sort(
    (a, b) =>
      compareText(a.file ?? '', b.file ?? '') ||
      (a.line ?? 0) - (b.line ?? 0) ||
      compareText(a.id, b.id) ||
      compareText(a.ruleId ?? '', b.ruleId ?? '') ||
      compareText(a.message, b.message),
  );
}
