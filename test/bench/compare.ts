/** Figures from interleaved runs: medians, ratios within each pair, and the bars they are held against. */
import type { Cost } from './measure.js';

/** The costs of one row, a run per pair, in the order of the pairs. */
export type Runs = Readonly<Record<string, readonly Cost[]>>;

/** `figure` must be at most, or at least, `limit`. */
export interface Bar {
  readonly name: string;
  readonly limit: number;
  readonly atMost: boolean;
  readonly of: readonly [row: string, base: string];
  readonly by: 'cpu' | 'peak';
}
export interface Verdict extends Bar {
  /** Undefined where it could not be measured. */
  readonly figure: number | undefined;
  readonly met: boolean | undefined;
}

const LARGE = 100_000;

export function barsFor(lines: number): readonly Bar[] {
  return [
    { name: 'conclint / tsc 6', limit: lines > LARGE ? 0.75 : 0.9, atMost: true, of: ['conclint', 'tsc 6'], by: 'cpu' },
    { name: 'eslint / conclint', limit: 2.5, atMost: false, of: ['eslint', 'conclint'], by: 'cpu' },
    { name: 'T3 / T1', limit: 1.3, atMost: true, of: ['T3', 'T1'], by: 'cpu' },
    { name: 'T3:tasks / T2', limit: 1.15, atMost: true, of: ['T3:tasks', 'T2'], by: 'cpu' },
    { name: 'peak memory, conclint / tsc 6', limit: 1, atMost: true, of: ['conclint', 'tsc 6'], by: 'peak' },
  ];
}

export const START_UP_BARS: readonly Bar[] = [
  { name: 'conclint --version / node -e 0', limit: 2, atMost: true, of: ['conclint --version', 'node -e 0'], by: 'cpu' },
];

export function judge(bars: readonly Bar[], runs: Runs): Verdict[] {
  return bars.map((bar) => {
    const figure = ratio(runs, bar);
    const met = figure === undefined ? undefined : bar.atMost ? figure <= bar.limit : figure >= bar.limit;
    return { ...bar, figure, met };
  });
}

/** Median of the ratios within pairs: the two runs of a pair met the same load. Undefined where a cost is not known. */
export function ratio(runs: Runs, { of: [row, base], by }: Pick<Bar, 'of' | 'by'>): number | undefined {
  const ratios = (runs[row] ?? []).map((cost, pair) => (cost[by] ?? NaN) / (runs[base]?.[pair]?.[by] ?? NaN));
  return median(ratios);
}

export function medianCost(costs: readonly Cost[]): { readonly [Key in keyof Cost]-?: number | undefined } {
  return {
    cpu: median(costs.map(({ cpu }) => cpu)),
    wall: median(costs.map(({ wall }) => wall)),
    peak: median(costs.map(({ peak }) => peak ?? NaN)),
  };
}

/** Undefined for no values, or where one is not known. */
export function median(values: readonly number[]): number | undefined {
  if (values.length === 0 || values.some(Number.isNaN)) return undefined;
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length / 2;
  return (sorted[Math.ceil(middle) - 1]! + sorted[Math.floor(middle)]!) / 2;
}

/** Every pair starts with another row, so that none always runs after the same neighbour. */
export function rotated<T>(rows: readonly T[], pair: number): T[] {
  const start = rows.length === 0 ? 0 : pair % rows.length;
  return [...rows.slice(start), ...rows.slice(0, start)];
}
