import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { runnable } from './example.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

const RUNS = 60;

/** Whether some schedule breaks the invariant of the example. */
async function breaks({ ruleId, holds }: Scenario, which: 'bad' | 'good'): Promise<boolean> {
  const run = runnable(ruleId, which);
  const property = fc.asyncProperty(fc.scheduler(), (schedule) => holds(run, schedule));
  const { failed, errorInstance } = await fc.check(property, { numRuns: RUNS, seed: 1 });
  // A scenario answers; one that throws proves nothing about the example.
  if (errorInstance && !/returning false/.test(String(errorInstance))) throw errorInstance;
  return failed;
}

describe.each(SCENARIOS.map((scenario) => [scenario.ruleId, scenario] as const))('%s', (_, scenario) => {
  test(`some schedule of the reported code breaks: ${scenario.invariant}`, async () => {
    expect(await breaks(scenario, 'bad')).toBe(true);
  });

  test(`no schedule of the mended code breaks: ${scenario.invariant}`, async () => {
    expect(await breaks(scenario, 'good')).toBe(false);
  });
});
