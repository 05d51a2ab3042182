import { globSync } from 'tinyglobby';
import { readFileSync } from 'node:fs';
import { groupBy } from '../../src/core/group-by.js';
import { FIXTURES, type Fixture } from './run-fixture.js';

/** Two versions of one piece of code that differ by one idea: one has the defect, the other has not. */
export interface Pair {
  /** The rule whose folder it stands in. */
  readonly ruleId: string;
  readonly idea: string;
  readonly bad: Fixture;
  readonly good: Fixture;
}

const NAME = /^_pairs\/([^/]+)\/([^/.]+)\.(bad|good)\.tsx?$/;

/**
 * The pairs below `_pairs`, by path.
 *
 * @throws Error where a file is misnamed or has lost its other half
 */
export function listPairs(): Pair[] {
  const files = globSync(['_pairs/**/*'], { cwd: FIXTURES }).sort();
  const halves = files.map((file) => {
    const [, ruleId, idea, half] = NAME.exec(file) ?? [];
    if (!ruleId || !idea || !half) throw new Error(`fixtures/${file} is not named <rule id>/<idea>.bad.ts or <rule id>/<idea>.good.ts`);
    return { ruleId, idea, half, fixture: { file, ruleId, text: readFileSync(FIXTURES + file, 'utf8') } };
  });
  return [...groupBy(halves, ({ ruleId, idea }) => `${ruleId}/${idea}`)].map(([name, [first, second, ...others]]) => {
    if (!first || !second || others.length > 0 || first.half === second.half) throw new Error(`fixtures/_pairs/${name} is not one bad and one good file`);
    return { ruleId: first.ruleId, idea: first.idea, bad: first.fixture, good: second.fixture };
  });
}
