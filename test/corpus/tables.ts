/** What `npm run corpus` prints. */
import { PRESETS, type Preset } from '../../src/core/finding.js';
import { groupBy } from '../../src/core/group-by.js';
import { table } from '../../src/docgen/markdown.js';
import { tally, type Label, type Seen, type Tally } from './labels.js';

export interface ProjectRun {
  readonly name: string;
  readonly commit: string;
  readonly files: number;
  readonly lines: number;
  readonly seconds: number;
  readonly labels: readonly Label[];
}

/** The least share of right reports, and the most findings per 10,000 lines. */
const BARS: Readonly<Partial<Record<Preset, { readonly right: number; readonly density?: number }>>> = {
  recommended: { right: 0.9, density: 2 },
  strict: { right: 0.7 },
};

const COUNTS = ['findings', 'right', 'wrong', 'unlabelled'] as const;

export function projectTable(runs: readonly ProjectRun[]): string {
  const head = ['project', 'commit', 'files', 'lines', 'seconds', 'recommended', ...COUNTS.slice(1), 'per 10,000 lines', 'strict and all', ...COUNTS.slice(1)];
  return table(head, [...runs, total(runs)].map(projectRow));
}

function projectRow({ name, commit, files, lines, seconds, labels }: ProjectRun): string[] {
  const recommended = tally(labels.filter(({ preset }) => preset === 'recommended'));
  const others = tally(labels.filter(({ preset }) => preset !== 'recommended'));
  return [name, commit.slice(0, 10), String(files), String(lines), seconds.toFixed(0), ...counts(recommended), density(recommended, lines), ...counts(others)];
}

export function ruleTable(runs: readonly ProjectRun[]): string {
  const { lines, labels } = total(runs);
  const groups = groupBy(labels, ({ ruleId, messageId, preset }) => [ruleId, messageId, preset].join('\0'));
  const rows = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, group]) => {
    const counted = tally(group);
    return [...key.split('\0'), ...counts(counted), density(counted, lines)];
  });
  return table(['rule', 'message', 'preset', ...COUNTS, 'per 10,000 lines'], rows);
}

/** One line per preset, held against its bar, and one about the second reader. */
export function summaryLines(runs: readonly ProjectRun[]): string[] {
  const { lines, labels } = total(runs);
  const presets = PRESETS.map((preset) => {
    const counted = tally(labels.filter((label) => label.preset === preset));
    const read = counted.right + counted.wrong;
    const right = read === 0 ? 'none read' : `${((100 * counted.right) / read).toFixed(0)}% right of ${read} read`;
    const bar = BARS[preset];
    const parts = [right + (bar ? ` (bar ${100 * bar.right}%)` : ''), `${density(counted, lines)} per 10,000 lines${bar?.density === undefined ? '' : ` (bar ${bar.density})`}`];
    return `${preset}: ${parts.join(', ')}`;
  });
  const twice = labels.filter(({ verdict, secondReader }) => verdict && secondReader);
  const agreed = twice.filter(({ verdict, secondReader }) => verdict === secondReader).length;
  return [...presets, `second reader: agrees on ${agreed} of ${twice.length}`];
}

export function findingLine({ project, file, line, preset, ruleId, messageId }: Seen): string {
  return `${project}/${file}:${line}: ${ruleId}/${messageId} (${preset})`;
}

/** What differs between two states of one finding, and the verdict that may have to follow. */
export function changeLine({ before, now }: { readonly before: Label; readonly now: Label }): string {
  const differing = (['messageId', 'preset', 'line', 'fingerprint'] as const).filter((key) => before[key] !== now[key]);
  return `${findingLine(now)}: ${differing.map((key) => `${key} was ${before[key]}`).join(', ')}; ${before.verdict ?? 'unlabelled'}`;
}

function total(runs: readonly ProjectRun[]): ProjectRun {
  const sum = (of: (run: ProjectRun) => number): number => runs.reduce((all, run) => all + of(run), 0);
  return {
    name: 'all',
    commit: '',
    files: sum(({ files }) => files),
    lines: sum(({ lines }) => lines),
    seconds: sum(({ seconds }) => seconds),
    labels: runs.flatMap(({ labels }) => labels),
  };
}

function counts(counted: Tally): string[] {
  return COUNTS.map((key) => String(counted[key]));
}

function density({ findings }: Tally, lines: number): string {
  return lines === 0 ? '–' : ((10_000 * findings) / lines).toFixed(2);
}
