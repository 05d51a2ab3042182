import { expect, it } from 'vitest';
import type { Label } from './labels.js';
import { changeLine, type ProjectRun, projectTable, ruleTable, summaryLines } from './tables.js';

const label = (changes: Partial<Label> = {}): Label => ({
  project: 'queue',
  ruleId: 'leaked-timer',
  messageId: 'dropped',
  preset: 'recommended',
  file: 'src/worker.ts',
  line: 10,
  fingerprint: 'a',
  ...changes,
});
const run = (name: string, labels: readonly Label[]): ProjectRun => ({ name, commit: '0123456789abcdef', files: 2, lines: 5000, seconds: 1.4, labels });

const runs = [
  run('queue', [label({ verdict: 'right', secondReader: 'wrong' }), label({ verdict: 'right', secondReader: 'right' }), label()]),
  run('driver', [label({ verdict: 'wrong' }), label({ ruleId: 'deaf-loop', preset: 'strict', verdict: 'right' })]),
];

it('the table of projects ends with all of them', () => {
  expect(projectTable(runs).split('\n').slice(2)).toEqual([
    '| queue | 0123456789 | 2 | 5000 | 1 | 3 | 1 | 1 | 1 | 6.00 | 0 | 0 | 0 | 0 |',
    '| driver | 0123456789 | 2 | 5000 | 1 | 1 | 0 | 1 | 0 | 2.00 | 1 | 1 | 0 | 0 |',
    '| all |  | 4 | 10000 | 3 | 4 | 1 | 2 | 1 | 4.00 | 1 | 1 | 0 | 0 |',
  ]);
});

it('the table of rules has a row per message and preset', () => {
  expect(ruleTable(runs).split('\n').slice(2)).toEqual([
    '| deaf-loop | dropped | strict | 1 | 1 | 0 | 0 | 1.00 |',
    '| leaked-timer | dropped | recommended | 4 | 1 | 2 | 1 | 4.00 |',
  ]);
});

it('the summary holds what was read against the bars', () => {
  expect(summaryLines(runs)).toEqual([
    'recommended: 33% right of 3 read (bar 90%), 4.00 per 10,000 lines (bar 2)',
    'strict: 100% right of 1 read (bar 70%), 1.00 per 10,000 lines',
    'all: none read, 0.00 per 10,000 lines',
    'second reader: agrees on 1 of 2',
  ]);
});

it('nothing linted gives no density', () => {
  expect(summaryLines([])[0]).toBe('recommended: none read (bar 90%), – per 10,000 lines (bar 2)');
});

it('a change names what was, and the verdict it was given', () => {
  const before = label({ verdict: 'right' });
  expect(changeLine({ before, now: { ...before, preset: 'strict', line: 12 } })).toBe(
    'queue/src/worker.ts:12: leaked-timer/dropped (strict): preset was recommended, line was 10; right',
  );
});
