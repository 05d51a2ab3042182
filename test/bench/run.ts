/**
 * `npm run bench -- [--pairs N] [--only project]… [--row row]… [--json file] [--save]`: conclint beside the compilers and the
 * linters that type-check, on the same files. Every row runs once per pair. `--row T2 --row T3:tasks` runs only those.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { readManifest } from '../../src/manifest.js';
import { barsFor, judge, rotated, START_UP_BARS, type Runs } from './compare.js';
import { measure, type Cost, type Job } from './measure.js';
import { BENCH, layOut, pinnedProjects, type BenchProject } from './projects.js';
import { render, type BenchResult, type ProjectResult } from './report.js';

const CONCLINT = join(BENCH, '../../dist/src/cli/main.js');
const START_UP_RUNS = 10;

const { values: options } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5' },
    only: { type: 'string', multiple: true },
    row: { type: 'string', multiple: true },
    json: { type: 'string' },
    save: { type: 'boolean', default: false },
  },
});
const pairs = Number(options.pairs);
if (!Number.isInteger(pairs) || pairs < 1) throw new Error(`--pairs ${options.pairs}: a number of runs is expected`);
const chosen = pinnedProjects().filter(({ name }) => options.only?.includes(name) ?? true);
if (chosen.length === 0) throw new Error(`--only ${options.only}: the projects are ${pinnedProjects().map(({ name }) => name).join(', ')}`);

if (options.save && options.row) throw new Error('--save writes what all rows gave: leave out --row');

if (!existsSync(join(BENCH, 'node_modules'))) execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: BENCH, stdio: 'inherit' });

const projects: ProjectResult[] = [];
for (const project of chosen) projects.push(await benchProject(layOut(project)));
const startUp = await interleave('start-up', { 'node -e 0': { argv: ['node', '-e', '0'] }, 'conclint --version': { argv: ['node', CONCLINT, '--version'] } }, START_UP_RUNS);
const result: BenchResult = {
  date: new Date().toISOString().slice(0, 10),
  pairs,
  machine: `${cpus().length} × ${cpus()[0]?.model.trim() ?? 'unknown'}, Node ${process.versions.node}`,
  versions: toolVersions(),
  projects,
  startUp: { runs: startUp, verdicts: judge(START_UP_BARS, startUp) },
};

console.log(render(result));
const json = `${JSON.stringify(result, undefined, 1)}\n`;
if (options.json !== undefined) writeFileSync(options.json, json);
if (options.save) {
  writeFileSync(join(BENCH, 'results.json'), json);
  writeFileSync(join(BENCH, 'results.md'), render(result));
}

async function benchProject(project: BenchProject): Promise<ProjectResult> {
  const { name, version, files, lines, folder, reasons = {} } = project;
  const jobs = jobsIn(folder);
  const rows = options.row ?? Object.keys(jobs);
  const unknown = rows.find((row) => !jobs[row]);
  if (unknown !== undefined) throw new Error(`--row ${unknown}: the rows are ${Object.keys(jobs).join(', ')}`);
  const runs = await interleave(name, Object.fromEntries(rows.map((row) => [row, jobs[row]!])), pairs);
  const verdicts = judge(barsFor(lines), runs);
  const missed = verdicts.some(({ met }) => met === false);
  return { name, version, files, lines, runs, verdicts, reasons, ...(missed && { profile: profileOf(folder) }) };
}

function jobsIn(folder: string): Record<string, Job> {
  const node = (script: string, ...rest: string[]): readonly string[] => ['node', join(BENCH, script), ...rest];
  const typeErrors = [0, 1, 2];
  const findings = [0, 1];
  return {
    'tsc 6': { cwd: folder, accepts: typeErrors, argv: node('node_modules/typescript/bin/tsc', '--noEmit', '-p', '.') },
    'tsc 7': { cwd: folder, accepts: typeErrors, argv: node('node_modules/typescript7/bin/tsc', '--noEmit', '-p', '.') },
    eslint: { cwd: folder, accepts: findings, argv: node('node_modules/eslint/bin/eslint.js', 'src') },
    oxlint: { cwd: folder, accepts: findings, argv: node('node_modules/oxlint/bin/oxlint', '--type-aware', '-c', '.oxlintrc.json', 'src') },
    conclint: { cwd: folder, accepts: findings, argv: conclint('--format', 'compact') },
    ...Object.fromEntries(['T0', 'T1', 'T2', 'T3', ...families().map((family) => `T3:${family}`)].map((row) => [row, { cwd: folder, argv: node('driver.mjs', row, folder) }])),
  };
}

function families(): readonly string[] {
  return [...new Set(readManifest().rules.map(({ family }) => family))].sort();
}

function conclint(...flags: string[]): readonly string[] {
  return ['node', CONCLINT, 'src', '--no-config', '--preset', 'all', ...flags];
}

async function interleave(name: string, jobs: Readonly<Record<string, Job>>, times: number): Promise<Runs> {
  const runs: Record<string, Cost[]> = Object.fromEntries(Object.keys(jobs).map((row) => [row, []]));
  for (let pair = 0; pair < times; pair++) {
    for (const [row, job] of rotated(Object.entries(jobs), pair)) {
      const cost = await measure(job);
      runs[row]!.push(cost);
      console.error(`${name} ${pair + 1}/${times} ${row}: ${cost.cpu.toFixed(2)} s`);
    }
  }
  return runs;
}

/** What `--timing` says. */
function profileOf(cwd: string): string {
  const [command, ...rest] = conclint('--format', 'compact', '--timing');
  const { stderr } = spawnSync(command!, rest, { cwd, encoding: 'utf8', stdio: ['ignore', 'ignore', 'pipe'] });
  return stderr.slice(Math.max(0, stderr.indexOf('milliseconds by phase'))).trim();
}

function toolVersions(): Record<string, string> {
  const { dependencies } = JSON.parse(readFileSync(join(BENCH, 'package.json'), 'utf8')) as { dependencies: Record<string, string> };
  const named = ['typescript', 'typescript7', 'eslint', 'typescript-eslint', 'oxlint', 'oxlint-tsgolint'];
  return Object.fromEntries(named.map((name) => [name, dependencies[name]!.replace(/^npm:.*@/, '')]));
}
