import { compareText } from '../core/finding.js';
import type { Timing } from '../core/result.js';

/** What `--timing` prints: where the time went, and how often the type checker had to be asked. */
export function timingLines({ phases, rules, calls }: Timing): string[] {
  return [
    'milliseconds by phase',
    ...rows(Object.entries(phases)),
    'milliseconds by rule',
    ...rows(Object.entries(rules).sort(([a, x], [b, y]) => y - x || compareText(a, b))),
    `calls: ${calls.total}, ${share(calls.neededChecker, calls.total)} needed the type checker, ${share(calls.unknown, calls.total)} left unknown`,
  ];
}

function rows(entries: readonly (readonly [string, number])[]): string[] {
  const width = Math.max(0, ...entries.map(([name]) => name.length));
  return entries.map(([name, milliseconds]) => `  ${name.padEnd(width)}  ${milliseconds.toFixed(1).padStart(9)}`);
}

function share(part: number, whole: number): string {
  return whole === 0 ? '0%' : `${((100 * part) / whole).toFixed(1)}%`;
}
