import { describe, expect, it } from 'vitest';
import { convertRealBugs, type Measured, mergeById, realBugLines } from './real-bugs.js';

const measured: readonly Measured[] = [
  { id: 'b-1', rules: ['leaked-timer'], status: 'caught, gone after the fix', recommended: true, gone: true, fit: ['leaked-timer', 'leaked-timer'], near: ['leaked-timer'] },
  { id: 'a-2', rules: ['leaked-timer', 'not-yet'], status: 'caught', recommended: false, gone: false, fit: ['leaked-timer'], near: ['leaked-timer'] },
  { id: 'a-1', rules: ['deaf-loop'], status: 'near', fit: [], near: ['leaked-timer'] },
  { id: 'c-1', rules: ['deaf-loop'], status: 'missed', fit: [], near: [] },
  { id: 'c-2', rules: ['not-yet'], status: 'missed', fit: [], near: [] },
  { id: 'd-1', rules: ['deaf-loop'], status: 'no mirror' },
];

describe('real bugs', () => {
  it('are kept by id, with the narrowest preset that catches them', () => {
    expect(convertRealBugs(measured, [])).toEqual([
      { id: 'a-1', rules: ['deaf-loop'], status: 'missed', caughtBy: [], near: ['leaked-timer'] },
      { id: 'a-2', rules: ['leaked-timer', 'not-yet'], status: 'all', caughtBy: ['leaked-timer'], gone: false },
      { id: 'b-1', rules: ['leaked-timer'], status: 'recommended', caughtBy: ['leaked-timer'], gone: true },
      { id: 'c-1', rules: ['deaf-loop'], status: 'missed', caughtBy: [] },
      { id: 'c-2', rules: ['not-yet'], status: 'missed', caughtBy: [] },
      { id: 'd-1', rules: ['deaf-loop'], status: 'not run', caughtBy: [] },
    ]);
  });

  it('keep the reason of what is still missed, and lose it once caught', () => {
    const earlier = convertRealBugs(measured, []).map((bug) => ({ ...bug, reason: 'the loop is in another process' }));
    const reasons = convertRealBugs(measured, earlier).flatMap(({ id, reason }) => (reason === undefined ? [] : [id]));
    expect(reasons).toEqual(['a-1', 'c-1', 'c-2', 'd-1']);
  });

  it('stay beside what was measured again', () => {
    const [first, ...others] = convertRealBugs(measured, []);
    const again = { ...first!, status: 'all' as const };
    expect(mergeById([first!, ...others], [again])).toEqual([again, ...others]);
  });

  it('count among those that an existing rule could name', () => {
    expect(realBugLines(convertRealBugs(measured, []), new Set(['leaked-timer', 'deaf-loop']))).toEqual([
      'bugs that the rules could name: 4 of 6, 1 not run',
      'caught: 2 (50%) (bar 50%), 1 of them gone after the fix',
      'caught at recommended: 1 (25%) (bar 35%)',
      'missed, no reason given: a-1, c-1',
    ]);
  });
});
