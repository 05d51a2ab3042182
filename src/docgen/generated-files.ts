import { renderCatalogue } from './catalogue.js';
import { renderCoverage } from './coverage.js';
import { renderReadme } from './readme.js';
import { renderRegistry } from './registry.js';
import { listRuleFiles, loadRules } from './rule-files.js';
import { ruleManifests } from './rule-manifests.js';

/** Text by path of every generated file that is committed; `npm run generate` writes them, a test compares. */
export type GeneratedFiles = ReadonlyMap<string, string>;

/** What the build needs: made from the sources alone. */
export async function generatedRules(): Promise<GeneratedFiles> {
  const rules = ruleManifests(await loadRules());
  return new Map([
    ['rules/index.ts', renderRegistry(listRuleFiles())],
    ['rules/README.md', renderCatalogue(rules)],
    ['rules/AUDITS.md', renderCoverage(rules)],
  ]);
}

/** What needs the build. */
export async function generatedReadme(): Promise<GeneratedFiles> {
  return new Map([['README.md', renderReadme(ruleManifests(await loadRules()))]]);
}
