import { describe, expect, test } from 'vitest';
import { FIXTURES } from '../support/run-fixture.js';
import { fixedText, fixingRules, listFixFixtures, markedFixes, offeredFixes, runFixes } from '../support/run-fixes.js';

const fixtures = listFixFixtures();
const files = fixtures.map(({ file }) => file);
const untouched = await runFixes(files, []);
const fixed = await runFixes(files, ['safe', 'unsafe']);
const again = await runFixes(files, ['safe', 'unsafe'], Object.fromEntries(fixtures.map(({ file, expected }) => [FIXTURES + file, expected])));

test('every rule that offers fixes has a fixture of them', () => {
  expect(fixingRules.filter((id) => !fixtures.some(({ ruleId }) => ruleId === id))).toEqual([]);
});

describe.each(fixtures.map((fixture) => [fixture.file, fixture] as const))('%s', (file, { text, expected, ruleId }) => {
  test('is offered the fixes that its lines name', () => {
    expect(offeredFixes(untouched.findings.filter((finding) => finding.file === file && finding.ruleId === ruleId))).toEqual(markedFixes(text));
  });

  test('becomes what its twin shows', () => {
    expect(fixedText(fixed, file)?.after ?? text).toBe(expected);
  });

  test('has nothing left to fix then', () => {
    expect(fixed.findings.filter((finding) => finding.file === file && finding.fixes)).toEqual([]);
    expect(fixed.findings.filter((finding) => finding.file === file && finding.ruleId === ruleId)).toHaveLength(markedFixes(text).filter((mark) => mark.endsWith('none')).length);
  });

  test('is left alone by a second run', () => {
    expect(fixedText(again, file)).toBeUndefined();
  });
});

test('no fix had to be withdrawn', () => {
  expect(fixed.notifications.filter(({ id }) => id === 'fix-withdrawn')).toEqual([]);
});

test('safe fixes alone leave the unsafe ones open', async () => {
  const { fixed: made = [], findings } = await runFixes(files, ['safe']);
  expect(made.flatMap(({ fixes }) => fixes).filter(({ safety }) => safety !== 'safe')).toEqual([]);
  expect(findings.filter(({ fixes }) => fixes?.some(({ safety }) => safety === 'safe'))).toEqual([]);
});
