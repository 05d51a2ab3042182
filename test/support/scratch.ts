import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';

/** A link to `target`, relative to where it lies. */
export interface Link {
  readonly link: string;
}
export type Content = string | Buffer | object | Link;

/** A folder of the system's temporary one that holds these files, for one test; objects are written as JSON. Gives its real path. */
export function scratch(files: Readonly<Record<string, Content>>): string {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'conclint-')));
  onTestFinished(() => rmSync(root, { recursive: true, force: true }));
  for (const [name, content] of Object.entries(files)) write(join(root, name), content);
  return root;
}

function write(path: string, content: Content): void {
  mkdirSync(dirname(path), { recursive: true });
  if (typeof content === 'string' || Buffer.isBuffer(content)) writeFileSync(path, content);
  else if ('link' in content) symlinkSync(content.link, path);
  else writeFileSync(path, JSON.stringify(content, undefined, 2));
}
