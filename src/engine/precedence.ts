import { compareText } from '../core/finding.js';
import type { Question } from '../core/rule-meta.js';

/**
 * One defect, one report. Where several rules answer the same question about the same subject, the first in the
 * question's line reports and names the others. The more a rule explains of the defect, the earlier it stands; rules
 * that stand nowhere come last, by id.
 */
const PRECEDENCE: Readonly<Record<Question, readonly string[]>> = {
  'lost-rejection': [
    'unawaited-acquire',
    'unawaited-assertion',
    'unawaited-return',
    'ignored-async-callback',
    'late-handled-promise',
    'constructor-task',
    'floating-promise',
    'fragile-loop',
    'swallowed-rejection',
    'redundant-task',
  ],
  number: ['overlapping-interval', 'ignored-backpressure', 'unbounded-fan-out', 'unbounded-spawn'],
  release: [
    'noop-cancel',
    'leaked-signal-handler',
    'missed-teardown',
    'overwritten-handle',
    'leaked-timer',
    'leaked-listener',
    'leaked-resource',
  ],
  undo: ['unreleased-lock', 'stuck-flag', 'poisoned-chain', 'unremoved-entry', 'partial-commit'],
  race: [
    'split-critical-section',
    'inconsistent-guard',
    'lost-update',
    'missed-teardown',
    'stale-response',
    'check-then-act',
    'stale-guard',
  ],
  cancellation: ['ignored-signal', 'unforwarded-signal', 'detached-signal', 'deaf-loop', 'swallowed-abort', 'aborted-cleanup', 'inverted-timeout', 'missing-timeout', 'orphaned-siblings'],
  settling: ['unhandled-error-event', 'late-listener', 'unsettled-promise', 'double-settle'],
  growth: [],
  shutdown: [],
  directive: [],
};

export const QUESTIONS: ReadonlySet<string> = new Set(Object.keys(PRECEDENCE));

/** What precedence looks at; drafts of one file, in order of position. */
export interface Claim {
  readonly ruleId: string;
  readonly question: Question;
  /** Identity of the subject, for comparison only. */
  readonly subjectKey: string;
}

/** One claim per (subject, question), in the order given, each with the rules that gave way to it. */
export function settle<T extends Claim>(claims: readonly T[]): { readonly winner: T; readonly also: readonly string[] }[] {
  const defects = new Map<string, T[]>();
  for (const claim of claims) {
    const key = `${claim.question} ${claim.subjectKey}`;
    const rivals = defects.get(key);
    if (rivals) rivals.push(claim);
    else defects.set(key, [claim]);
  }
  const settled = [...defects.values()].map((rivals) => {
    // The sort is stable: of one rule's reports the first in the file wins.
    const [winner, ...losers] = rivals.sort(byPrecedence);
    return { winner: winner!, also: [...new Set(losers.map((loser) => loser.ruleId))].filter((id) => id !== winner!.ruleId) };
  });
  const order = new Map(claims.map((claim, i) => [claim, i]));
  return settled.sort((a, b) => order.get(a.winner)! - order.get(b.winner)!);
}

function byPrecedence(a: Claim, b: Claim): number {
  return rank(a) - rank(b) || compareText(a.ruleId, b.ruleId);
}

function rank({ question, ruleId }: Claim): number {
  const place = PRECEDENCE[question].indexOf(ruleId);
  return place < 0 ? Infinity : place;
}
