import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach } from 'vitest';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** Says that the code runs on node, where a lost rejection is an error. */
const PACKAGE = '{ "name": "sample", "private": true, "type": "module", "engines": { "node": ">=20" } }\n';

/** A folder with these files, outside any repository, and a package.json; gone after the test. */
export function temporaryProject(files: Readonly<Record<string, string | Uint8Array>>): string {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'conclint-')));
  folders.push(folder);
  for (const [path, content] of Object.entries({ 'package.json': PACKAGE, ...files })) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
  return folder;
}

/** One floating-promise of severity error at 5:3. */
export const DEFECT = `import { appendFile } from 'node:fs/promises';
async function save(): Promise<void> { return appendFile('exit.log', 'bye'); }

export function onExit(): void {
  save();
}
`;
export const CLEAN = 'export async function wait(): Promise<void> {\n  await Promise.resolve();\n}\n';
