import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { groupBy } from '../src/core/group-by.js';
import { differences, parseFixture, type FixtureText } from './support/expectations.js';
import { FIXTURES, listFixtures, runFixtures, type Fixture } from './support/run-fixture.js';

const TSC = fileURLToPath(new URL('../node_modules/typescript/bin/tsc', import.meta.url));

const fixtures = listFixtures();
const { findings, notifications } = await runFixtures(fixtures);
const byRule = groupBy(fixtures, ({ ruleId }) => ruleId);

describe.each([...byRule])('%s', (ruleId, files) => {
  test.each(files.map((fixture) => [fixture.file.slice(ruleId.length + 1), fixture] as const))('%s', (_, { file, text }) => {
    expect(differences(file, parseFixture(text), findings, [ruleId])).toEqual([]);
  });

  test('has a bad fixture with something to find, and a good one with nothing', () => {
    expect(expectedOf(files, 'bad').filter(({ keyword }) => keyword === 'expect')).not.toEqual([]);
    expect(expectedOf(files, 'good').filter(({ keyword, ruleId: named }) => keyword === 'expect' && named === ruleId)).toEqual([]);
  });
});

test.each(fixtures.filter(({ file }) => /^[^/]+\/good\./.test(file)).map((fixture) => [fixture.file, fixture] as const))('%s is clean under every rule', (_, { file, text }) => {
  const every = [...new Set(findings.map(({ ruleId }) => ruleId))];
  expect(differences(file, parseFixture(text), findings, every)).toEqual([]);
});

function expectedOf(files: readonly Fixture[], name: string): FixtureText['expectations'] {
  const named = files.find(({ file }) => file.split('/')[1]?.split('.')[0] === name);
  if (!named) throw new Error(`there is no ${name}.ts`);
  return parseFixture(named.text).expectations;
}

describe('every finding in the fixtures', () => {
  test('has a trace whose steps lie in the program', () => {
    const files = new Set(fixtures.map(({ file }) => file));
    const astray = findings.filter(({ trace }) => trace.length === 0 || trace.some((step) => !files.has(step.file)));
    expect(astray.map(placeOf)).toEqual([]);
  });

  test('speaks in small letters and without a period', () => {
    expect(findings.filter(({ message }) => /[.!]$|^\s|\s$|\n/.test(message) || /^[A-Z][a-z]+ /.test(message)).map(placeOf)).toEqual([]);
  });

  test('has a fingerprint of its own', () => {
    const seen = groupBy(findings, ({ fingerprint }) => fingerprint);
    expect([...seen.values()].filter((same) => same.length > 1).map((same) => same.map(placeOf))).toEqual([]);
  });
});

test('no rule crashes and no fixture is given up', () => {
  expect(notifications.filter(({ fatal, level }) => fatal || level === 'error')).toEqual([]);
});

test('the fixtures type-check', () => {
  const { stdout } = spawnSync(process.execPath, [TSC, '-p', `${FIXTURES}tsconfig.json`, '--pretty', 'false'], { encoding: 'utf8' });
  expect(stdout.split('\n').filter((line) => line !== '')).toEqual([]);
});

function placeOf({ file, range, ruleId, message }: (typeof findings)[number]): string {
  return `${file}:${range.startLine} ${ruleId}: ${message}`;
}
