/** `npm run suites -- --root DIR [--only suite]… [--list] [--save]`: asks conclint the cases of the public suites in DIR. */
import { readFileSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { readCases } from './cases.js';
import { judge } from './judge.js';
import { SUITES } from './suites.js';

const { values: options } = parseArgs({
  options: { root: { type: 'string' }, only: { type: 'string', multiple: true }, list: { type: 'boolean', default: false }, save: { type: 'boolean', default: false } },
});
if (options.root === undefined) throw new Error('say where the checkouts are: npm run suites -- --root DIR (test/suites/README.md)');
const root = resolve(options.root);

for (const suite of SUITES.filter(({ name }) => options.only?.includes(name) ?? true)) {
  const path = join(root, basename(suite.repo), suite.file);
  const answers = await judge(suite, readCases(readFileSync(path, 'utf8'), path));
  const wrong = answers.filter(({ isRight }) => !isRight);
  console.log(suite.name, answers.length, answers.length - wrong.length, ((100 * (answers.length - wrong.length)) / answers.length).toFixed(1));
  if (options.list) for (const { asked, findings } of wrong) {
    console.log(`--- ${asked.id} ${asked.expected.length > 0 ? `MISS ${asked.expected.map((e) => `${e.messageId}@${e.line}`)}` : `FALSE ${findings.map((f) => `${f.ruleId}/${f.messageId}@${f.range.startLine}`)}`} ${JSON.stringify(asked.options) ?? ''}`);
    console.log(asked.code.trim());
  }
}
