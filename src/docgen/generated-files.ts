import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { renderCatalogue, ruleTable } from './catalogue.js';
import { renderCoverage } from './coverage.js';
import { renderRegistry } from './registry.js';
import { listRuleFiles, loadRules, PROJECT_ROOT } from './rule-files.js';
import { ruleManifests } from './rule-manifests.js';

/** Text by path of every generated file that is committed; `npm run generate` writes them, a test compares. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const rules = ruleManifests(await loadRules());
  return new Map([
    ['rules/index.ts', renderRegistry(listRuleFiles())],
    ['rules/README.md', renderCatalogue(rules)],
    ['rules/AUDITS.md', renderCoverage(rules)],
    ['README.md', replaceSection(readFileSync(join(PROJECT_ROOT, 'README.md'), 'utf8'), 'rules', ruleTable(rules, 'rules/README.md'))],
  ]);
}

/** Replaces what stands between `<!-- name:start -->` and `<!-- name:end -->`. */
function replaceSection(text: string, name: string, body: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`README.md has lost its markers ${start} and ${end}`);
  return `${text.slice(0, from + start.length)}\n${body}\n${text.slice(to)}`;
}
