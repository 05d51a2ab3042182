/** `npm run new-rule -- <id> <family> <FINDING…>` */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { FAMILIES, type Family } from '../core/rule-meta.js';
import { findings } from '../../rules/findings.js';
import { PROJECT_ROOT } from './rule-files.js';
import { ruleSkeleton } from './rule-skeleton.js';

const mistake = newRule(process.argv.slice(2));
if (mistake !== undefined) {
  console.error(mistake);
  process.exitCode = 2;
}

/** Writes the files; what is wrong with the arguments, or undefined. */
function newRule([id, family, ...encodes]: readonly string[]): string | undefined {
  if (id === undefined || family === undefined) return `usage: npm run new-rule -- <id> <${FAMILIES.join('|')}> <FINDING…>`;
  if (!/^[a-z]+(-[a-z]+)+$/.test(id)) return `"${id}" is no rule id: two or more lower-case words joined by hyphens, naming the hazard`;
  if (!FAMILIES.includes(family as Family)) return `"${family}" is no family: ${FAMILIES.join(', ')}`;
  const unknown = encodes.find((finding) => !findings.some((each) => each.id === finding));
  if (unknown !== undefined) return `rules/findings.ts has no ${unknown}: record the finding first`;
  const files = ruleSkeleton(id, family as Family, encodes);
  const existing = [...files.keys()].find((path) => existsSync(join(PROJECT_ROOT, path)));
  if (existing !== undefined) return `${existing} exists`;
  for (const [path, text] of files) {
    mkdirSync(dirname(join(PROJECT_ROOT, path)), { recursive: true });
    writeFileSync(join(PROJECT_ROOT, path), text);
  }
  return undefined;
}
