/**
 * `npm run suites -- --root DIR [--only suite]… [--list] [--save]`: puts the cases of the public suites in DIR to conclint.
 * `--list` prints the cases that are wrong; `--save` writes `results.md` where all suites were run.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { warnOfOtherCommit } from '../support/other-commit.js';
import { readCases } from './cases.js';
import { judge, type Answer } from './judge.js';
import { BARS, passes, score, scoreTable, type Divergences, type Score } from './score.js';
import { SUITES, type Suite } from './suites.js';

const { values: options } = parseArgs({
  options: { root: { type: 'string' }, only: { type: 'string', multiple: true }, list: { type: 'boolean', default: false }, save: { type: 'boolean', default: false } },
});
if (options.root === undefined) throw new Error('say where the checkouts are: npm run suites -- --root DIR (test/suites/README.md)');
const root = resolve(options.root);
const divergences = JSON.parse(readFileSync(new URL('divergences.json', import.meta.url), 'utf8')) as Divergences;
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { readonly version: string };

const scores: Score[] = [];
for (const suite of SUITES.filter(({ name }) => options.only?.includes(name) ?? true)) scores.push(await run(suite));

const report = `${scoreTable(scores)}\n\n- bars: right of the others at least ${100 * BARS.right}%, divergent of all at most ${100 * BARS.divergent}%\n- conclint ${version}, all rules at \`--preset all\``;
console.log(report);
for (const { suite, stale } of scores) if (stale.length > 0) console.log(`${suite}: declared divergent, and is not: ${stale.join(', ')}`);
if (options.save && scores.length === SUITES.length) {
  writeFileSync(new URL('results.md', import.meta.url), `# Public suites\n\nWRITTEN by \`npm run suites -- --save\`. Do not edit.\n\n${report}\n`);
}
process.exitCode = scores.every(passes) ? 0 : 1;

async function run(suite: Suite): Promise<Score> {
  const checkout = join(root, basename(suite.repo));
  warnOfOtherCommit(suite.repo, checkout, suite.commit, 'divergences');
  const path = join(checkout, suite.file);
  const cases = readCases(readFileSync(path, 'utf8'), path);
  const answers = await judge(suite, cases);
  const asWritten = suite.assumptions.length === 0 ? answers : await judge({ ...suite, assumptions: [] }, cases);
  const scored = score(suite, answers, asWritten, divergences);
  if (options.list) for (const answer of answers) if (scored.wrong.includes(answer.asked.id)) console.log(described(suite, answer));
  return scored;
}

function described({ name }: Suite, { asked, findings }: Answer): string {
  const found = findings.map(({ ruleId, messageId, range }) => `${ruleId}/${messageId} on line ${range.startLine}`);
  const wanted = asked.expected.map(({ messageId, line }) => `${messageId ?? 'a report'} on line ${line ?? '?'}`);
  return [`${name} ${asked.id}: ${found.join(', ') || 'silent'}; expected ${wanted.join(', ') || 'silence'}; ${JSON.stringify(asked.options) ?? 'no options'}`, asked.code.trim(), ''].join('\n');
}
