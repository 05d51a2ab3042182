import { describe, expect, it } from 'vitest';
import { barsFor, judge, median, medianCost, ratio, rotated, type Runs } from './compare.js';

const runs: Runs = {
  'tsc 6': [{ cpu: 10, wall: 11, peak: 400 }, { cpu: 20, wall: 21, peak: 410 }, { cpu: 11, wall: 12, peak: 420 }],
  conclint: [{ cpu: 7, wall: 8, peak: 200 }, { cpu: 15, wall: 16, peak: 200 }, { cpu: 9, wall: 10, peak: 500 }],
};

describe('figures', () => {
  it('have the middle value as their median, or the mean of the middle two', () => {
    expect(median([3, 1, 2])).toBe(2);
    expect(median([4, 1, 2, 3])).toBe(2.5);
  });

  it('have no median where one of them is not known', () => {
    expect(median([])).toBeUndefined();
    expect(median([1, Number.NaN])).toBeUndefined();
    expect(medianCost([{ cpu: 1, wall: 2 }])).toEqual({ cpu: 1, wall: 2, peak: undefined });
  });

  it('are compared within a pair, so that a slow spell meets both sides', () => {
    expect(ratio(runs, { of: ['conclint', 'tsc 6'], by: 'cpu' })).toBe(0.75);
  });

  it('cannot be compared with a row that did not run', () => {
    expect(ratio(runs, { of: ['conclint', 'eslint'], by: 'cpu' })).toBeUndefined();
  });
});

describe('bars', () => {
  it('are lower against the compiler for large projects', () => {
    expect(judge(barsFor(100_001), runs)[0]).toMatchObject({ limit: 0.75, met: true });
    expect(judge(barsFor(100_000), runs)[0]).toMatchObject({ limit: 0.9, met: true });
  });

  it('are missed from one side only', () => {
    const bar = { name: 'x', of: ['conclint', 'tsc 6'], by: 'cpu' } as const;
    const verdicts = judge([{ ...bar, limit: 0.7, atMost: true }, { ...bar, limit: 0.7, atMost: false }], runs);
    expect(verdicts.map(({ met }) => met)).toEqual([false, true]);
  });

  it('are neither met nor missed where nothing was measured', () => {
    expect(judge(barsFor(1), {}).map(({ met }) => met)).toEqual([undefined, undefined, undefined, undefined, undefined]);
  });
});

it('every pair starts with another row', () => {
  expect([0, 1, 2, 3].map((pair) => rotated(['a', 'b', 'c'], pair).join(''))).toEqual(['abc', 'bca', 'cab', 'abc']);
});
