/**
 * `npm run corpus -- --root DIR [--only project]… [--update]`: lints the checkouts in DIR and holds the findings
 * against the labels. `npm run corpus -- --real-bugs results.json`: takes over a run on real, fixed bugs.
 * `npm run corpus -- --bugs MIRROR [--work DIR] [--only bug]… [--update]`: measures the second set of them.
 */
import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { lint, type LintResult } from 'conclint';
import { readManifest } from '../../src/manifest.js';
import { shareLines } from './bugs.js';
import {
  type PinnedProject,
  pinnedProjects,
  readBugs,
  readCaughtBugs,
  readLabels,
  readRealBugs,
  writeCaughtBugs,
  writeLabels,
  writeRealBugs,
  writeResults,
} from './files.js';
import { compareLabels, seenIn, type Comparison } from './labels.js';
import { measureBug } from './measure-bugs.js';
import { convertRealBugs, type Measured, mergeById, realBugLines } from './real-bugs.js';
import { warnOfOtherCommit } from '../support/other-commit.js';
import { changeLine, findingLine, type ProjectRun, projectTable, ruleTable, summaryLines } from './tables.js';

const { values: options } = parseArgs({
  options: {
    root: { type: 'string' },
    only: { type: 'string', multiple: true },
    update: { type: 'boolean', default: false },
    'real-bugs': { type: 'string' },
    bugs: { type: 'string' },
    work: { type: 'string', default: join(tmpdir(), 'conclint-bugs') },
  },
});

if (options['real-bugs'] !== undefined) takeOverRealBugs(options['real-bugs']);
else if (options.bugs !== undefined) await measureBugs(resolve(options.bugs), resolve(options.work));
else if (options.root !== undefined) await lintCorpus(resolve(options.root));
else throw new Error('say where the checkouts are: npm run corpus -- --root DIR (test/corpus/README.md)');

function takeOverRealBugs(path: string): void {
  const bugs = convertRealBugs(JSON.parse(readFileSync(path, 'utf8')) as Measured[], readRealBugs());
  writeRealBugs(bugs);
  console.log(realBugLines(bugs, ruleIds()).join('\n'));
}

async function measureBugs(mirror: string, work: string): Promise<void> {
  const chosen = readBugs().filter(({ id }) => options.only?.includes(id) ?? true);
  const measured: Measured[] = [];
  for (const bug of chosen) {
    const result = await measureBug(bug, { mirror, work }).catch((error: unknown): Measured => {
      console.error(`${bug.id}: ${String(error)}`);
      return { id: bug.id, rules: bug.rules, status: 'failed' };
    });
    console.log([bug.id, bug.class, bug.detectable, result.status, ...new Set(result.fit)].join(' '));
    measured.push(result);
  }
  const earlier = readCaughtBugs();
  const bugs = convertRealBugs(measured, earlier);
  if (options.update) writeCaughtBugs(mergeById(earlier, bugs));
  console.log(['', ...realBugLines(bugs, ruleIds()), ...shareLines(chosen, bugs)].join('\n'));
}

function ruleIds(): ReadonlySet<string> {
  return new Set(readManifest().rules.map(({ id }) => id));
}

async function lintCorpus(root: string): Promise<void> {
  const pinned = pinnedProjects();
  const chosen = pinned.filter(({ name }) => options.only?.includes(name) ?? true);
  const present = chosen.filter(({ name }) => existsSync(join(root, name)));
  for (const { name } of chosen) if (!present.some((project) => project.name === name)) console.error(`${name}: no checkout in ${root}`);
  const runs: ProjectRun[] = [];
  for (const project of present) runs.push(await lintProject(project, join(root, project.name)));

  const report = [projectTable(runs), ruleTable(runs), summaryLines(runs).map((line) => `- ${line}`).join('\n')].join('\n\n');
  console.log(report);
  if (options.update && runs.length === pinned.length) writeResults(`# Corpus\n\nWRITTEN by \`npm run corpus -- --update\`. Do not edit.\n\n${report}\n`);
}

async function lintProject(project: PinnedProject, checkout: string): Promise<ProjectRun> {
  const { name, commit } = project;
  warnOfOtherCommit(name, checkout, commit, 'labels');
  const start = performance.now();
  const result = await lint({ cwd: checkout, paths: project.lint, config: false, preset: 'all' });
  const seconds = (performance.now() - start) / 1000;
  const findings = result.findings.filter(({ suppression }) => suppression === undefined);
  const comparison = compareLabels(readLabels(name), findings.map((finding) => seenIn(name, finding)));
  settle(name, comparison, isWhole(name, result));
  const { files, lines } = result.stats;
  return { name, commit, files, lines, seconds, labels: comparison.labels };
}

/** Prints what differs and keeps it, or fails. */
function settle(name: string, { fresh, gone, changed, labels }: Comparison, whole: boolean): void {
  for (const each of fresh) console.log(`new      ${findingLine(each)}`);
  for (const each of gone) console.log(`gone     ${findingLine(each)}; ${each.verdict ?? 'unlabelled'}`);
  for (const each of changed) console.log(`changed  ${changeLine(each)}`);
  if (options.update && whole) writeLabels(name, labels);
  else if (!whole || fresh.length + gone.length > 0) process.exitCode = 1;
}

/** False where a file was given up: findings that are missing then mean nothing. */
function isWhole(name: string, { notifications }: LintResult): boolean {
  for (const { level, message, file } of notifications) if (level !== 'note') console.error(`${name}: ${file === undefined ? '' : `${file}: `}${message}`);
  return !notifications.some(({ fatal }) => fatal);
}
