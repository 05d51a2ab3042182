import { describe, expect, test } from 'vitest';
import { groupBy } from '../src/core/group-by.js';
import { listRuleFiles } from '../src/docgen/rule-files.js';
import { differences, parseFixture } from './support/expectations.js';
import { listPairs } from './support/pairs.js';
import { runFixtures } from './support/run-fixture.js';

// That the pairs type-check is seen with the other fixtures: they are of one program.

const ruleFiles = listRuleFiles();
const pairs = listPairs();
const { findings, notifications } = await runFixtures(pairs.flatMap(({ bad, good }) => [bad, good]));

/** The rule and its neighbours: what tells a race from another race must not be paid for with a third. */
function familyOf(ruleId: string): readonly string[] {
  const family = ruleFiles.find(({ id }) => id === ruleId)?.family;
  if (!family) throw new Error(`fixtures/_pairs/${ruleId} is named after no rule`);
  return ruleFiles.filter((each) => each.family === family).map(({ id }) => id);
}

describe.each([...groupBy(pairs, ({ ruleId }) => ruleId)])('%s', (ruleId, ofRule) => {
  const family = familyOf(ruleId);

  test.each(ofRule.map((pair) => [pair.idea, pair] as const))('tells the two versions of %s apart', (_, { bad, good }) => {
    const [withDefect, without] = [parseFixture(bad.text), parseFixture(good.text)];
    expect(withDefect.expectations.filter((e) => e.ruleId === ruleId && (e.keyword === 'expect' || e.keyword === 'todo'))).not.toEqual([]);
    expect(without.expectations.filter(({ keyword }) => keyword === 'expect')).toEqual([]);
    expect([...differences(bad.file, withDefect, findings, family), ...differences(good.file, without, findings, family)]).toEqual([]);
  });
});

test('no rule crashes and no pair is given up', () => {
  expect(notifications.filter(({ fatal, level }) => fatal || level === 'error')).toEqual([]);
});
