import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The folder that holds `.git` (a folder, or a file in worktrees and submodules), at or above this one. */
export function findGitTop(folder: string): string | undefined {
  for (let current = folder; ; current = dirname(current)) {
    if (existsSync(join(current, '.git'))) return current;
    if (dirname(current) === current) return undefined;
  }
}

/** What paths in reports are relative to: git's top, else the folder of the config, else the working directory. Absolute and real. */
export function findRoot(cwd: string, configFolder?: string): string {
  const folder = realpathSync.native(cwd);
  return findGitTop(folder) ?? realpathSync.native(configFolder ?? folder);
}
