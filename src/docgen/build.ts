/** The last step of `npm run build`: the files of `dist` that are data, and what tsc leaves undone. */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { configJsonSchema } from '../config/json-schema.js';
import type { Manifest } from '../core/manifest.js';
import { loadRules, PROJECT_ROOT } from './rule-files.js';
import { ruleManifests } from './rule-manifests.js';

const { version } = JSON.parse(readFileSync(join(PROJECT_ROOT, 'package.json'), 'utf8')) as { version: string };
const manifest: Manifest = { version, rules: ruleManifests(await loadRules()) };

writeData('manifest.json', manifest);
writeData('schema.json', configJsonSchema(manifest.rules));
copyMatchers();
linkOwnCommand();

function writeData(name: string, data: unknown): void {
  writeFileSync(join(PROJECT_ROOT, 'dist', name), `${JSON.stringify(data, undefined, 1)}\n`);
}

function copyMatchers(): void {
  const from = join(PROJECT_ROOT, 'src/report/matchers');
  const to = join(PROJECT_ROOT, 'dist/matchers');
  mkdirSync(to, { recursive: true });
  for (const name of readdirSync(from).filter((each) => each.endsWith('.json'))) cpSync(join(from, name), join(to, name));
}

/**
 * Lets `npx conclint` run this repository's own command in place. Without the link npm installs the project into its
 * cache first, and builds it once more for that.
 */
function linkOwnCommand(): void {
  const main = join(PROJECT_ROOT, 'dist/src/cli/main.js');
  const commands = join(PROJECT_ROOT, 'node_modules/.bin');
  chmodSync(main, 0o755);
  if (process.platform === 'win32' || !existsSync(commands)) return;
  rmSync(join(commands, 'conclint'), { force: true });
  symlinkSync(relative(commands, main), join(commands, 'conclint'));
}
