/** `npm run generate`: the registry and the catalogue, then the build, then what needs the built command. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type GeneratedFiles, generatedReadme, generatedRules } from './generated-files.js';
import { PROJECT_ROOT } from './rule-files.js';

writeAll(await generatedRules());
const build = spawnSync('npm', ['run', 'build'], { cwd: PROJECT_ROOT, stdio: 'inherit', shell: process.platform === 'win32' });
if (build.status === 0) writeAll(await generatedReadme());
else process.exitCode = 1;

function writeAll(files: GeneratedFiles): void {
  for (const [path, text] of files) writeFileSync(join(PROJECT_ROOT, path), text);
}
