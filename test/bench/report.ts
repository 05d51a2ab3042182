/** The results as Markdown. */
import { code, table } from '../../src/docgen/markdown.js';
import { medianCost, ratio, type Runs, type Verdict } from './compare.js';

export interface ProjectResult {
  readonly name: string;
  readonly version: string;
  readonly files: number;
  readonly lines: number;
  /** Costs in seconds and megabytes, a run per pair. */
  readonly runs: Runs;
  readonly verdicts: readonly Verdict[];
  readonly reasons: Readonly<Record<string, string>>;
  /** Where conclint's time goes, for projects that miss a bar. */
  readonly profile?: string;
}
export interface BenchResult {
  readonly date: string;
  readonly pairs: number;
  readonly machine: string;
  readonly versions: Readonly<Record<string, string>>;
  readonly projects: readonly ProjectResult[];
  readonly startUp: { readonly runs: Runs; readonly verdicts: readonly Verdict[] };
}

export function render({ date, pairs, machine, versions, projects, startUp }: BenchResult): string {
  return [
    '# Benchmark',
    'WRITTEN by `npm run bench -- --save`. Do not edit.',
    `${date}, ${pairs} interleaved ${pairs === 1 ? 'pair' : 'pairs'}, ${machine}; ${Object.entries(versions).map(([name, version]) => `${name} ${version}`).join(', ')}.`,
    'Cpu is user and system seconds, children included. Peak is the largest single process. A ratio is the median of the ratios within pairs.',
    '## Bars',
    barTable([...projects, { name: 'start-up', ...startUp, reasons: {} }]),
    ...projects.flatMap(renderProject),
    '## start-up',
    costTable(startUp.runs, 'node -e 0'),
    '',
  ].join('\n\n');
}

function renderProject({ name, version, files, lines, runs, profile }: ProjectResult): string[] {
  return [
    `## ${name} ${version}`,
    `${files} files, ${lines.toLocaleString('en')} lines.`,
    costTable(runs, 'tsc 6'),
    ...(profile === undefined ? [] : ['Where conclint\'s time goes:', code('', profile)]),
  ];
}

function barTable(results: readonly { name: string; verdicts: readonly Verdict[]; reasons: Readonly<Record<string, string>> }[]): string {
  const rows = results.flatMap(({ name, verdicts, reasons }) =>
    verdicts.map((verdict) => {
      const { figure, limit, atMost, met } = verdict;
      const outcome = met === undefined ? 'not measured' : met ? 'pass' : `**miss** ${reasons[verdict.name] ?? ''}`.trim();
      return [name, verdict.name, number(figure, 2), `${atMost ? '≤' : '≥'} ${limit}`, outcome];
    }),
  );
  return table(['project', 'ratio', 'figure', 'bar', ''], rows);
}

function costTable(runs: Runs, base: string): string {
  const rows = Object.entries(runs).map(([row, costs]) => {
    const { cpu, wall, peak } = medianCost(costs);
    return [row, number(cpu, 2), number(ratio(runs, { of: [row, base], by: 'cpu' }), 2), number(wall, 2), number(peak, 0)];
  });
  return table(['', 'cpu s', `cpu / ${base}`, 'wall s', 'peak MB'], rows);
}

function number(value: number | undefined, digits: number): string {
  return value === undefined ? '–' : value.toFixed(digits);
}
