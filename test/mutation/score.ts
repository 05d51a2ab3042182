/** How many mutants are reported, by what was taken out. */
import type { Mutant, Operator } from './mutants.js';

export interface Score {
  readonly place: string;
  readonly mutant: Mutant;
  readonly reported: boolean;
}

const BAR = 0.8;

export function scoreLines(scores: readonly Score[]): { readonly lines: readonly string[]; readonly passed: boolean } {
  const operators = [...new Set(scores.map(({ mutant }) => mutant.operator))].sort();
  const line = (name: Operator | 'all', of: readonly Score[]): string => {
    const reported = of.filter((score) => score.reported).length;
    return `${name.padEnd(8)} ${String(reported).padStart(4)} of ${String(of.length).padStart(4)} reported (${((100 * reported) / of.length).toFixed(0)}%)`;
  };
  const lines = operators.map((operator) => line(operator, scores.filter(({ mutant }) => mutant.operator === operator)));
  if (scores.length === 0) return { lines: ['nothing to take out'], passed: false };
  const share = scores.filter(({ reported }) => reported).length / scores.length;
  return { lines: [...lines, `${line('all', scores)}, bar ${100 * BAR}%`], passed: share >= BAR };
}

/** At most `count` items, the same for the same seed. */
export function sampled<T>(items: readonly T[], count: number, seed: number): readonly T[] {
  const rest = [...items];
  const chosen: T[] = [];
  // Lehmer's generator: any seed but 0 gives a full period.
  for (let state = seed % 2147483647 || 1; chosen.length < count && rest.length > 0; state = (state * 48271) % 2147483647) {
    chosen.push(...rest.splice(state % rest.length, 1));
  }
  return chosen;
}
