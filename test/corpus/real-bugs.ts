/** How conclint fares on bugs that were really made and fixed: run on the file as it was before the fix, and after. */

/** One bug as the measurement writes it. */
export interface Measured {
  readonly id: string;
  /** Rules that may rightly name the bug. */
  readonly rules: readonly string[];
  /** `caught`, `caught, gone after the fix`, `near`, `missed`, `no mirror` or `failed`. */
  readonly status: string;
  /** A finding of the recommended preset names it. */
  readonly recommended?: boolean;
  /** Fitting rules that point at its lines, and any rules that do. */
  readonly fit?: readonly string[];
  readonly near?: readonly string[];
  readonly gone?: boolean;
}

export interface RealBug {
  readonly id: string;
  readonly rules: readonly string[];
  /** The narrowest preset that catches it. */
  readonly status: 'recommended' | 'all' | 'missed' | 'not run';
  readonly caughtBy: readonly string[];
  /** The finding is no longer there after the fix. */
  readonly gone?: boolean;
  /** Other rules that point at the place. */
  readonly near?: readonly string[];
  /** Why it is missed. */
  readonly reason?: string;
}

const BARS = { all: 0.5, recommended: 0.35 };

/** The measurement in the layout of `real-bugs.json`; reasons given earlier stay with what is still missed. */
export function convertRealBugs(measured: readonly Measured[], earlier: readonly RealBug[]): RealBug[] {
  const reasons = new Map(earlier.map(({ id, reason }) => [id, reason]));
  return measured.map((each) => convert(each, reasons.get(each.id))).sort((a, b) => (a.id < b.id ? -1 : 1));
}

/** What was measured again takes the place of what was known. */
export function mergeById(earlier: readonly RealBug[], measured: readonly RealBug[]): RealBug[] {
  const merged = new Map([...earlier, ...measured].map((bug) => [bug.id, bug]));
  return [...merged.values()].sort((a, b) => (a.id < b.id ? -1 : 1));
}

function convert({ id, rules, status: told, recommended, fit = [], near = [], gone }: Measured, reason: string | undefined): RealBug {
  const caughtBy = [...new Set(fit)];
  if (told.startsWith('caught')) return { id, rules, status: recommended ? 'recommended' : 'all', caughtBy, gone: gone ?? false };
  const others = [...new Set(near)];
  const status = told === 'missed' || told === 'near' ? 'missed' : 'not run';
  return { id, rules, status, caughtBy, ...(others.length > 0 && { near: others }), ...(reason !== undefined && { reason }) };
}

/** Shares of what the existing rules could name, held against their bars, and what is missed without a reason. */
export function realBugLines(bugs: readonly RealBug[], existing: ReadonlySet<string>): string[] {
  const inScope = bugs.filter(({ rules, status }) => status !== 'not run' && rules.some((rule) => existing.has(rule)));
  const recommended = inScope.filter(({ status }) => status === 'recommended');
  const caught = inScope.filter(({ status }) => status !== 'missed');
  const unexplained = inScope.filter(({ status, reason }) => status === 'missed' && reason === undefined);
  return [
    `bugs that the rules could name: ${inScope.length} of ${bugs.length}, ${bugs.filter(({ status }) => status === 'not run').length} not run`,
    `caught: ${share(caught.length, inScope.length)} (bar ${100 * BARS.all}%), ${caught.filter(({ gone }) => gone).length} of them gone after the fix`,
    `caught at recommended: ${share(recommended.length, inScope.length)} (bar ${100 * BARS.recommended}%)`,
    `missed, no reason given: ${unexplained.map(({ id }) => id).join(', ') || 'none'}`,
  ];
}

function share(part: number, whole: number): string {
  return whole === 0 ? 'none' : `${part} (${((100 * part) / whole).toFixed(0)}%)`;
}
