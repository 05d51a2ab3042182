/**
 * `npm run mutate`: takes one protection after another out of the good fixtures, and says how many of the mutants are
 * reported. `npm run mutate -- --project DIR [--sample N] [--seed N] path…` does the same with code of a project, in
 * place; every file is put back. `--missed` lists what is not reported.
 */
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { extname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { lint, type Finding } from 'conclint';
import { listFiles } from '../../src/lint.js';
import { FIXTURES, listFixtures } from '../support/run-fixture.js';
import { mutantsOf, type Mutant } from './mutants.js';
import { sampled, scoreLines, type Score } from './score.js';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    project: { type: 'string' },
    sample: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    missed: { type: 'boolean', default: false },
  },
});

const scores = options.project === undefined ? await mutateFixtures() : await mutateProject(resolve(options.project), positionals);
const { lines, passed } = scoreLines(scores);
console.log(lines.join('\n'));
if (options.missed) for (const { place, mutant, reported } of scores) if (!reported) console.log(`missed  ${place}:${mutant.line}  ${mutant.operator}`);
process.exitCode = passed ? 0 : 1;

/** All mutants side by side in a folder of their own, so that one run judges them. */
async function mutateFixtures(): Promise<readonly Score[]> {
  const folder = mkdtempSync(join(tmpdir(), 'conclint-mutants-'));
  try {
    cpSync(`${FIXTURES}tsconfig.json`, join(folder, 'tsconfig.json'));
    cpSync(`${FIXTURES}_types`, join(folder, '_types'), { recursive: true });
    symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
    const good = listFixtures().filter(({ file }) => /^[^/]+\/good\./.test(file));
    const mutants = good.flatMap(({ file, ruleId, text }) =>
      mutantsOf(file, text).map((mutant, i) => ({ place: file, mutant, copy: `${ruleId}/mutant-${i}${extname(file)}` })),
    );
    for (const { ruleId, file, text } of good) write(join(folder, ruleId, `good${extname(file)}`), text);
    for (const { copy, mutant } of mutants) write(join(folder, copy), mutant.text);
    const { findings } = await lint({ cwd: folder, paths: ['.'], config: false, preset: 'all' });
    const found = new Set(findings.map(({ file }) => file));
    const spoiled = good.filter(({ ruleId, file }) => found.has(`${ruleId}/good${extname(file)}`));
    if (spoiled.length > 0) throw new Error(`originals with findings: ${spoiled.map(({ file }) => file).join(', ')}`);
    return mutants.map(({ place, mutant, copy }) => ({ place, mutant, reported: found.has(copy) }));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function mutateProject(root: string, paths: readonly string[]): Promise<readonly Score[]> {
  const request = { cwd: root, paths, config: false as const, preset: 'all' as const };
  const before = (await lint(request)).findings;
  const all = (await listFiles(request)).flatMap((file) => mutantsOf(file, readFileSync(resolve(root, file), 'utf8')).map((mutant) => ({ place: file, mutant })));
  const scores: Score[] = [];
  for (const { place, mutant } of sampled(all, Number(options.sample), Number(options.seed))) {
    scores.push({ place, mutant, reported: await isReported(root, place, mutant, before.filter(({ file }) => resolve(root, file) === resolve(root, place))) });
  }
  return scores;
}

async function isReported(root: string, place: string, { text }: Mutant, before: readonly Finding[]): Promise<boolean> {
  const path = resolve(root, place);
  const original = readFileSync(path);
  try {
    writeFileSync(path, text);
    const { findings } = await lint({ cwd: root, paths: [place], config: false, preset: 'all' });
    const known = new Set(before.map(identity));
    return findings.some((finding) => !known.has(identity(finding)));
  } finally {
    writeFileSync(path, original);
  }
}

/** Lines move, so the finding is known by what it says of what. */
function identity({ ruleId, messageId, message, subject }: Finding): string {
  return [ruleId, messageId, message, subject].join('\0');
}

function write(path: string, text: string): void {
  mkdirSync(resolve(path, '..'), { recursive: true });
  writeFileSync(path, text);
}
