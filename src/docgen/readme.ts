import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RuleManifest } from '../core/manifest.js';
import { ruleTable } from './catalogue.js';
import { code } from './markdown.js';
import { PROJECT_ROOT } from './rule-files.js';

const SAMPLE = 'fixtures/_projects/task-assigner/';

/** README.md with its generated sections made anew. Needs the built command: one section is what it prints. */
export function renderReadme(rules: readonly RuleManifest[]): string {
  const sections: Readonly<Record<string, string>> = {
    findings: sampleRun(),
    workflow: code('yaml', withoutComments(read('.github/workflows/conclint.yml')).trim()),
    vscode: code('json', oneShotTask()),
    rules: ruleTable(rules, 'rules/README.md'),
  };
  return Object.entries(sections).reduce((text, [name, body]) => replaceSection(text, name, body), read('README.md'));
}

/** Replaces what stands between `<!-- name:start -->` and `<!-- name:end -->`. */
function replaceSection(text: string, name: string, body: string): string {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`];
  const [from, to] = [text.indexOf(start), text.indexOf(end)];
  if (from === -1 || to < from) throw new Error(`README.md has lost its markers ${start} and ${end}`);
  return `${text.slice(0, from + start.length)}\n${body}\n${text.slice(to)}`;
}

/** The first race that the command finds in the sample project, and its summary. */
function sampleRun(): string {
  const main = join(PROJECT_ROOT, 'dist/src/cli/main.js');
  const { stdout, stderr } = spawnSync(process.execPath, [main, SAMPLE, '--no-color'], { cwd: PROJECT_ROOT, encoding: 'utf8' });
  const blocks = stdout.trimEnd().split(/\n\n(?=\S)/);
  const race = blocks.find((block) => /^ +A /m.test(block)) ?? blocks[0];
  const summary = blocks.slice(blocks.findIndex((block) => /^\d+ findings? in /.test(block)));
  if (race === undefined || summary.length === 0) throw new Error(`no findings in ${SAMPLE}: ${stderr}`);
  return code('console', [`$ npx conclint ${SAMPLE}`, '…', race, '', '…', summary.join('\n\n')].join('\n'));
}

/** The task that runs once; the other one of the shipped file keeps watching. */
function oneShotTask(): string {
  const shipped = JSON.parse(read('src/report/matchers/vscode-tasks.json')) as { version: string; tasks: { isBackground?: boolean }[] };
  return JSON.stringify({ ...shipped, tasks: shipped.tasks.filter((task) => !task.isBackground) }, undefined, 2);
}

function withoutComments(yaml: string): string {
  return yaml.replaceAll(/^ *#.*\n/gm, '');
}

function read(path: string): string {
  return readFileSync(join(PROJECT_ROOT, path), 'utf8');
}
