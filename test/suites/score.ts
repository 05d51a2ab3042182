/** Counts the answers of a suite against the declared divergences, and holds them against the bars. */
import { table } from '../../src/docgen/markdown.js';
import type { Answer } from './judge.js';
import type { Suite } from './suites.js';

/** The least share of right answers among the cases that are not divergent, and the most divergent ones among all. */
export const BARS = { right: 0.95, divergent: 0.15 } as const;

/** Per class a reason, and per suite the cases of each class. */
export interface Divergences {
  readonly classes: Readonly<Record<string, string>>;
  readonly suites: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>;
}

export interface Score {
  readonly suite: string;
  readonly commit: string;
  readonly cases: number;
  readonly right: number;
  /** Cases that are neither right nor declared divergent, by their ids. */
  readonly wrong: readonly string[];
  /** Declared divergent, and answered otherwise than by the public rule. */
  readonly divergent: number;
  /** Declared divergent although conclint agrees, or no case at all. */
  readonly stale: readonly string[];
  /** Right with the case's code as it is written, without the assumptions. */
  readonly asWritten: number;
  /** Of the lines that the public rule names in cases that are right, those on which conclint reports. */
  readonly lines: { readonly expected: number; readonly met: number };
}

export function score({ name, commit }: Pick<Suite, 'name' | 'commit'>, answers: readonly Answer[], asWritten: readonly Answer[], { suites }: Divergences): Score {
  const declared = new Set(Object.values(suites[name] ?? {}).flat());
  const differing = answers.filter(({ isRight }) => !isRight).map(({ asked }) => asked.id);
  const expected = answers.filter(({ isRight }) => isRight).flatMap((answer) => linesOf(answer).map((line) => ({ line, answer })));
  return {
    suite: name,
    commit,
    cases: answers.length,
    right: answers.length - differing.length,
    wrong: differing.filter((id) => !declared.has(id)),
    divergent: differing.filter((id) => declared.has(id)).length,
    stale: [...declared].filter((id) => !differing.includes(id)),
    asWritten: asWritten.filter(({ isRight }) => isRight).length,
    lines: { expected: expected.length, met: expected.filter(({ line, answer }) => answer.findings.some(({ range }) => range.startLine <= line && line <= range.endLine)).length },
  };
}

function linesOf({ asked }: Answer): readonly number[] {
  return asked.expected.flatMap(({ line }) => line ?? []);
}

export function rightShare({ right, wrong }: Score): number {
  return right / (right + wrong.length);
}

export function divergentShare({ divergent, cases }: Score): number {
  return divergent / cases;
}

export function passes(each: Score): boolean {
  return rightShare(each) >= BARS.right && divergentShare(each) <= BARS.divergent && each.stale.length === 0;
}

export function scoreTable(scores: readonly Score[]): string {
  const head = ['suite', 'commit', 'cases', 'right', 'wrong', 'divergent', 'right of the others', 'divergent of all', 'lines met', 'right as written'];
  return table(head, scores.map((each) => [
    each.suite, each.commit.slice(0, 10), String(each.cases), String(each.right), String(each.wrong.length), String(each.divergent),
    percent(rightShare(each)), percent(divergentShare(each)), `${each.lines.met} of ${each.lines.expected}`, percent(each.asWritten / each.cases),
  ]));
}

function percent(share: number): string {
  return `${(100 * share).toFixed(1)}%`;
}
