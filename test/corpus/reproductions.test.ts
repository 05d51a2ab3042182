import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readLabels } from './files.js';
import { REPRODUCTIONS } from './reproductions.js';

/** The folder with the checkouts; they are not part of this repository, so without it nothing can be run. */
const root = process.env['CONCLINT_CHECKOUTS'];

describe.each(REPRODUCTIONS.map((each) => [`${each.project}/${each.file}: ${each.ruleId}`, each] as const))('%s', (_, { project, file, ruleId, preset, schedule, happens }) => {
  const folder = join(root ?? '', project);

  test.skipIf(root === undefined || !existsSync(folder))(schedule, async () => {
    expect(await happens(folder)).toBe(true);
    // Compiling the project's sources takes seconds to minutes, whatever the schedule takes.
  }, 300_000);

  test(`is reported at ${preset}, and read as right`, () => {
    const found = readLabels(project).filter((label) => label.file === file && label.ruleId === ruleId);
    expect(found.filter((label) => label.preset === preset && label.verdict === 'right')).not.toEqual([]);
  });
});

test('three of them are reported at recommended', () => {
  expect(REPRODUCTIONS.filter(({ preset }) => preset === 'recommended')).toHaveLength(3);
});
