/** Bugs that public projects made and fixed, of the families whose defects need two things at once: places, locks, bounds, signals. */
import { resolve } from 'node:path';
import * as v from 'valibot';
import type { Finding } from 'conclint';
import type { Measured, RealBug } from './real-bugs.js';

export const FAMILIES = ['state', 'locks', 'bounds', 'cancellation'] as const;
export const DETECTABLE = ['yes', 'hard', 'no'] as const;

const commit = v.pipe(v.string(), v.regex(/^[0-9a-f]{40}$/));
const line = v.pipe(v.number(), v.integer(), v.minValue(1));
const text = v.pipe(v.string(), v.trim(), v.nonEmpty());

const bugSchema = v.strictObject({
  id: v.pipe(v.string(), v.regex(/^[a-z0-9-]+-\d\d$/)),
  /** `owner/name` on GitHub. */
  repo: v.pipe(v.string(), v.regex(/^[\w.-]+\/[\w.-]+$/)),
  fix: commit,
  parent: commit,
  /** From the root of the repository, as it was at the parent. */
  file: text,
  /** Where the bug is at the parent: first and last line. */
  lines: v.pipe(
    v.tuple([line, line]),
    v.check(([first, last]) => first <= last, 'the last line comes before the first'),
  ),
  class: v.pipe(v.string(), v.regex(/^[B-E]\d$/)),
  family: v.picklist(FAMILIES),
  /** `yes`: to be seen in the project by one who knows its libraries; `hard`: takes far calls or knowledge of the domain. */
  detectable: v.picklist(DETECTABLE),
  /** Rules that may rightly name it. */
  rules: v.pipe(v.array(text), v.nonEmpty()),
  summary: text,
});

export type Bug = v.InferOutput<typeof bugSchema>;

export const bugsSchema = v.array(bugSchema);

/** A report may stand this many lines beside the bug. */
const SLACK = 3;

/** What the reports on the file before the fix say of the bug; `root` is what their files are relative to, `file` the path of the bug's. */
export function judge({ id, rules, lines }: Bug, reports: readonly Finding[], root: string, file: string): Judged {
  const near = reports.filter((finding) => pointsAt(finding, lines, root, file));
  const fit = near.filter(({ ruleId, also }) => rules.includes(ruleId) || also.some((rule) => rules.includes(rule)));
  return {
    id,
    rules,
    status: fit.length > 0 ? 'caught' : near.length > 0 ? 'near' : 'missed',
    recommended: fit.some(({ preset }) => preset === 'recommended'),
    fit: fit.map(({ ruleId }) => ruleId),
    near: near.map(({ ruleId }) => ruleId),
  };
}

export interface Judged extends Measured {
  readonly fit: readonly string[];
}

/** A rule that names the bug has fewer reports on the file after the fix. */
export function isGone({ fit }: Judged, before: readonly Finding[], after: readonly Finding[]): boolean {
  return fit.some((rule) => count(after, rule) < count(before, rule));
}

/** At the lines itself, or with a step of its trace. */
function pointsAt(finding: Finding, [first, last]: Bug['lines'], root: string, file: string): boolean {
  return [finding, ...finding.trace].some(
    (place) => resolve(root, place.file) === file && place.range.endLine >= first - SLACK && place.range.startLine <= last + SLACK,
  );
}

function count(findings: readonly Finding[], rule: string): number {
  return findings.filter(({ ruleId }) => ruleId === rule).length;
}

/** Shares by family and by how hard the bugs are to see. */
export function shareLines(bugs: readonly Bug[], outcomes: readonly RealBug[]): string[] {
  const statuses = new Map(outcomes.map(({ id, status }) => [id, status]));
  return FAMILIES.flatMap((family) =>
    DETECTABLE.flatMap((detectable) => {
      const reached = bugs
        .filter((bug) => bug.family === family && bug.detectable === detectable)
        .flatMap(({ id }) => statuses.get(id) ?? [])
        .filter((status) => status !== 'not run');
      if (reached.length === 0) return [];
      const caught = reached.filter((status) => status !== 'missed').length;
      const recommended = reached.filter((status) => status === 'recommended').length;
      return `${family}, ${detectable}: ${caught} of ${reached.length} caught, ${recommended} at recommended`;
    }),
  );
}
