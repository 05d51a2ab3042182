import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { portFixture } from '../src/docgen/coverage.js';
import { exampleOf } from '../src/docgen/examples.js';
import { listRuleFiles, loadRules, PROJECT_ROOT } from '../src/docgen/rule-files.js';
import { validateRegistry } from '../src/engine/validate.js';
import { findings } from '../rules/findings.js';

const NEAR_MISSES = 3;
const MAX_RULE_LINES = 200;

const rules = await loadRules();
const files = listRuleFiles();
const read = (path: string): string => readFileSync(join(PROJECT_ROOT, path), 'utf8');

describe('the rules', () => {
  it('are a valid registry', () => {
    expect(() => validateRegistry(rules)).not.toThrow();
  });

  it('have a fixture folder each, and no folder is left over', () => {
    const entries = readdirSync(join(PROJECT_ROOT, 'fixtures'), { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('_')).map((entry) => entry.name);
    expect(folders.sort()).toEqual(files.map(({ id }) => id));
  });
});

describe.each(rules.map((rule, i) => ({ id: rule.meta.id, rule, file: files[i]! })))('$id', ({ id, rule: { meta }, file }) => {
  it('stands in the file of its name, in the folder of its family', () => {
    expect(`${meta.family}/${meta.id}`).toBe(`${file.family}/${file.id}`);
  });

  it(`is at most ${MAX_RULE_LINES} lines long`, () => {
    const lines = read(`rules/${file.family}/${file.id}.ts`).split('\n').length;
    expect(lines, 'a flow query or a model entry is missing in src').toBeLessThanOrEqual(MAX_RULE_LINES);
  });

  it('shows an example of both kinds', () => {
    expect(exampleOf(id, 'bad')).toContain('reported');
    expect(exampleOf(id, 'good')).not.toBe('');
  });

  it(`stays silent on at least ${NEAR_MISSES} near misses`, () => {
    const nearMisses = read(`fixtures/${id}/good.ts`).match(/\/\/ ok: \S/g) ?? [];
    expect(nearMisses.length).toBeGreaterThanOrEqual(NEAR_MISSES);
  });

  it('writes its prose in sentences', () => {
    const unfinished = Object.entries(meta.docs).filter(([, text]) => !/[.)`]$/.test(text.trim()));
    expect(unfinished).toEqual([]);
  });

  it('encodes findings that are recorded, and name it in return', () => {
    const recorded = findings.filter((finding) => finding.rules.includes(id)).map((finding) => finding.id);
    expect(meta.encodes.filter((finding) => !recorded.includes(finding)), 'see rules/findings.ts').toEqual([]);
  });

  it('has a port of each finding that it encodes', () => {
    expect(meta.encodes.map((finding) => portFixture(id, finding)).filter((path) => !existsSync(join(PROJECT_ROOT, path)))).toEqual([]);
  });
});
