import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Says so where a checkout is at another commit than the data are for; a copy without history says nothing. */
export function warnOfOtherCommit(name: string, checkout: string, commit: string, data: string): void {
  if (!existsSync(join(checkout, '.git'))) return;
  const { status, stdout } = spawnSync('git', ['rev-parse', 'HEAD'], { cwd: checkout, encoding: 'utf8' });
  const head = stdout.trim();
  if (status === 0 && head !== commit) console.error(`${name}: is at ${head}, the ${data} are for ${commit}`);
}
