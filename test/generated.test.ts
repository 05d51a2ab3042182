import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedReadme, generatedRules } from '../src/docgen/generated-files.js';
import { loadRules, PROJECT_ROOT } from '../src/docgen/rule-files.js';
import { ruleManifests } from '../src/docgen/rule-manifests.js';
import { readManifest } from '../src/manifest.js';

describe('generated files', () => {
  it('are what `npm run generate` writes', async () => {
    for (const [path, text] of [...(await generatedRules()), ...(await generatedReadme())]) {
      expect(readFileSync(join(PROJECT_ROOT, path), 'utf8'), `${path} is stale: run \`npm run generate\``).toBe(text);
    }
  });

  it('tell in the manifest what the rules tell', async () => {
    const rules = JSON.parse(JSON.stringify(ruleManifests(await loadRules()))) as unknown;
    expect(readManifest().rules, 'dist/manifest.json is stale: run `npm run build`').toEqual(rules);
  });
});
