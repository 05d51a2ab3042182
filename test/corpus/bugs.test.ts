import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Finding, Range, Step } from 'conclint';
import { type Bug, isGone, judge, shareLines } from './bugs.js';
import { readBugs, readCaughtBugs } from './files.js';

const bugs = readBugs();

describe('the second set of real bugs', () => {
  it('is by id, each once', () => {
    const ids = bugs.map(({ id }) => id);
    expect(ids).toEqual([...new Set(ids)].sort());
  });

  it('has enough of each half to speak of shares', () => {
    const of = (...families: Bug['family'][]) => bugs.filter(({ family }) => families.includes(family)).length;
    expect(of('locks')).toBeGreaterThanOrEqual(6);
    expect(of('state', 'locks')).toBeGreaterThanOrEqual(18);
    expect(of('bounds', 'cancellation')).toBeGreaterThanOrEqual(18);
  });

  it('names each fix by another commit than its parent', () => {
    expect(bugs.filter(({ fix, parent }) => fix === parent)).toEqual([]);
  });

  it('tells each bug in one sentence', () => {
    expect(bugs.filter(({ summary }) => !/^[A-Z].*\.$/.test(summary))).toEqual([]);
  });

  it('has results for no other bugs, about the same rules', () => {
    const rules = new Map(bugs.map((bug) => [bug.id, bug.rules]));
    expect(readCaughtBugs().filter((caught) => rules.get(caught.id)?.join() !== caught.rules.join())).toEqual([]);
  });
});

describe('a report and a bug', () => {
  const bug: Bug = {
    id: 'shop-01',
    repo: 'acme/shop',
    fix: 'f'.repeat(40),
    parent: 'a'.repeat(40),
    file: 'src/till.ts',
    lines: [10, 12],
    class: 'E1',
    family: 'locks',
    detectable: 'yes',
    rules: ['unreleased-lock'],
    summary: 'A till stays locked when the receipt cannot be printed; the fix unlocks it in finally.',
  };
  const judged = (finding: Finding) => judge(bug, [finding], '/shop', resolve('/shop/src/till.ts'));

  it('agree when a fitting rule points at its lines', () => {
    expect(judged(report('unreleased-lock', 11))).toMatchObject({ status: 'caught', recommended: true });
  });

  it('agree when a fitting rule gave way to another there', () => {
    expect(judged({ ...report('check-then-act', 11), also: ['unreleased-lock'] })).toMatchObject({ status: 'caught' });
  });

  it('agree when a step of the trace is at its lines', () => {
    expect(judged({ ...report('unreleased-lock', 40), trace: [step(12)] })).toMatchObject({ status: 'caught' });
  });

  it('do not agree by a line of another file', () => {
    expect(judged({ ...report('unreleased-lock', 11), file: 'src/stock.ts' })).toMatchObject({ status: 'missed' });
  });

  it('do not agree far off, or under another rule', () => {
    expect(judged(report('unreleased-lock', 16))).toMatchObject({ status: 'missed' });
    expect(judged(report('floating-promise', 11))).toMatchObject({ status: 'near', near: ['floating-promise'] });
  });

  it('are gone when the rule reports less after the fix', () => {
    const caught = judged(report('unreleased-lock', 11));
    expect(isGone(caught, [report('unreleased-lock', 11)], [])).toBe(true);
    expect(isGone(caught, [report('unreleased-lock', 11)], [report('unreleased-lock', 20)])).toBe(false);
  });

  it('are counted by family and by how hard the bug is to see', () => {
    const hard: Bug = { ...bug, id: 'shop-02', detectable: 'hard' };
    const unseen: Bug = { ...bug, id: 'shop-03' };
    const outcomes = [
      { id: 'shop-01', rules: bug.rules, status: 'recommended', caughtBy: bug.rules },
      { id: 'shop-02', rules: bug.rules, status: 'missed', caughtBy: [] },
      { id: 'shop-03', rules: bug.rules, status: 'not run', caughtBy: [] },
    ] as const;
    expect(shareLines([bug, hard, unseen], outcomes)).toEqual(['locks, yes: 1 of 1 caught, 1 at recommended', 'locks, hard: 0 of 1 caught, 0 at recommended']);
  });
});

function report(ruleId: string, line: number): Finding {
  return {
    ruleId,
    messageId: 'default',
    message: 'the till stays locked',
    preset: 'recommended',
    severity: 'error',
    precision: 'high',
    file: 'src/till.ts',
    range: at(line),
    subject: 'till',
    also: [],
    trace: [],
    fingerprint: `${ruleId}:${line}`,
    lineHash: '',
  };
}

function step(line: number): Step {
  return { file: 'src/till.ts', range: at(line), text: 'the till is locked here' };
}

function at(line: number): Range {
  return { startLine: line, startColumn: 1, endLine: line, endColumn: 2, start: 0, end: 1 };
}
