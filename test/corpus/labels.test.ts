import { describe, expect, it } from 'vitest';
import { compareLabels, type Label, type Seen, tally } from './labels.js';

const seen = (changes: Partial<Seen> = {}): Seen => ({
  project: 'queue',
  ruleId: 'leaked-timer',
  messageId: 'dropped',
  preset: 'recommended',
  file: 'src/worker.ts',
  line: 10,
  fingerprint: 'a',
  ...changes,
});
const right = (changes: Partial<Label> = {}): Label => ({ ...seen(), verdict: 'right', consequence: 'fires after close', ...changes });

describe('comparing labels', () => {
  it('finds nothing to say about the same findings', () => {
    expect(compareLabels([right()], [seen()])).toEqual({ fresh: [], gone: [], changed: [], labels: [right()] });
  });

  it('tells new findings, and keeps them without a verdict', () => {
    const { fresh, labels } = compareLabels([right()], [seen(), seen({ line: 20, fingerprint: 'b' })]);
    expect(fresh).toEqual([seen({ line: 20, fingerprint: 'b' })]);
    expect(labels.map(({ verdict }) => verdict)).toEqual(['right', undefined]);
  });

  it('tells labels whose finding is gone, and drops them', () => {
    const { gone, labels } = compareLabels([right()], []);
    expect(gone).toEqual([right()]);
    expect(labels).toEqual([]);
  });

  it('follows a fingerprint to another message, preset and line', () => {
    const moved = seen({ messageId: 'kept', preset: 'strict', line: 12 });
    const { fresh, gone, changed, labels } = compareLabels([right()], [moved]);
    expect([fresh, gone]).toEqual([[], []]);
    expect(changed).toEqual([{ before: right(), now: { ...right(), ...moved } }]);
    expect(labels).toEqual([{ ...right(), ...moved }]);
  });

  it('follows rule, message and place to another fingerprint', () => {
    const { fresh, changed } = compareLabels([right()], [seen({ fingerprint: 'new' })]);
    expect(fresh).toEqual([]);
    expect(changed.map(({ now }) => now.fingerprint)).toEqual(['new']);
  });

  it('prefers the fingerprint over the place', () => {
    const other = right({ fingerprint: 'b', verdict: 'wrong' });
    const { changed, labels } = compareLabels([other, right()], [seen({ line: 30 }), seen({ fingerprint: 'b' })]);
    expect(changed.map(({ before }) => before)).toEqual([right()]);
    expect(labels.map(({ line, verdict }) => [line, verdict])).toEqual([[10, 'wrong'], [30, 'right']]);
  });

  it('gives a label to one finding only', () => {
    const { fresh, labels } = compareLabels([right()], [seen(), seen()]);
    expect(fresh).toHaveLength(1);
    expect(labels).toHaveLength(2);
  });

  it('keeps labels by file, then by line as a number', () => {
    const findings = [seen({ line: 100, fingerprint: 'c' }), seen({ line: 9, fingerprint: 'b' }), seen({ file: 'src/a.ts', fingerprint: 'd' })];
    expect(compareLabels([], findings).labels.map(({ fingerprint }) => fingerprint)).toEqual(['d', 'b', 'c']);
  });
});

it('a tally counts the unread apart', () => {
  expect(tally([right(), right({ verdict: 'wrong' }), seen()])).toEqual({ findings: 3, right: 1, wrong: 1, unlabelled: 1 });
});

it('a tally counts what the two readers disagree about as wrong', () => {
  expect(tally([right({ secondReader: 'wrong' }), right({ secondReader: 'right' })])).toEqual({ findings: 2, right: 1, wrong: 1, unlabelled: 0 });
});
