import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { generatedFiles } from '../src/docgen/generated-files.js';
import { PROJECT_ROOT } from '../src/docgen/rule-files.js';
import { loadRules } from '../src/docgen/rule-files.js';
import { ruleManifests } from '../src/docgen/rule-manifests.js';
import { readManifest } from '../src/manifest.js';

const files = await generatedFiles();

describe('generated files', () => {
  it.each([...files.keys()])('%s is what `npm run generate` writes', (path) => {
    expect(readFileSync(join(PROJECT_ROOT, path), 'utf8'), `${path} is stale: run \`npm run generate\``).toBe(files.get(path));
  });

  it('the manifest says what the rules say', async () => {
    const rules = JSON.parse(JSON.stringify(ruleManifests(await loadRules()))) as unknown;
    expect(readManifest().rules, 'dist/manifest.json is stale: run `npm run build`').toEqual(rules);
  });
});
