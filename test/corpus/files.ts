/** The data beside this file. */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import * as v from 'valibot';
import { type Bug, bugsSchema } from './bugs.js';
import type { Label } from './labels.js';
import type { RealBug } from './real-bugs.js';

const CORPUS = new URL('.', import.meta.url).pathname;

export interface PinnedProject {
  readonly name: string;
  /** `owner/name` on GitHub. */
  readonly repo: string;
  readonly commit: string;
  readonly kind: string;
  /** Folders and globs to lint, below the checkout. */
  readonly lint: readonly string[];
  /** What the checkout needs beyond a plain install, or which tsconfig counts. */
  readonly note?: string;
}

export function pinnedProjects(): readonly PinnedProject[] {
  return read('projects.json', []) as readonly PinnedProject[];
}

export function readLabels(project: string): readonly Label[] {
  return read(`labels/${project}.json`, []) as readonly Label[];
}

export function writeLabels(project: string, labels: readonly Label[]): void {
  write(`labels/${project}.json`, rows(labels));
}

export function readRealBugs(): readonly RealBug[] {
  return read('real-bugs.json', []) as readonly RealBug[];
}

export function writeRealBugs(bugs: readonly RealBug[]): void {
  write('real-bugs.json', rows(bugs));
}

/** The second set of real bugs, measured here; `readCaughtBugs` says how that went last. */
export function readBugs(): readonly Bug[] {
  return v.parse(bugsSchema, read('bugs.json', []));
}

export function readCaughtBugs(): readonly RealBug[] {
  return read('bugs-caught.json', []) as readonly RealBug[];
}

export function writeCaughtBugs(bugs: readonly RealBug[]): void {
  write('bugs-caught.json', rows(bugs));
}

/** A project whose code no rule had been held against before, and in which of the readings it was read. */
export interface FreshProject extends Pick<PinnedProject, 'name' | 'repo' | 'commit'> {
  readonly reading: 1 | 2 | 3 | 4 | 5 | 6;
}

/** A report on such a project, as it was judged then. It is history: nothing updates it. */
export interface FirstReading extends Pick<Label, 'project' | 'ruleId' | 'messageId' | 'preset' | 'file' | 'line' | 'secondReader'> {
  readonly verdict: NonNullable<Label['verdict']>;
  readonly consequence: string;
  /** What conclint would have had to know, where the report is wrong. */
  readonly cause?: string;
}

export function readFirstReadings(): { readonly projects: readonly FreshProject[]; readonly reports: readonly FirstReading[] } {
  return read('first-reading.json', { projects: [], reports: [] }) as ReturnType<typeof readFirstReadings>;
}

export function writeResults(markdown: string): void {
  write('results.md', markdown);
}

function read(name: string, otherwise: unknown): unknown {
  const path = join(CORPUS, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : otherwise;
}

function write(name: string, text: string): void {
  const path = join(CORPUS, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

/** An entry per line, so that a change of one is a change of one line. */
function rows(entries: readonly unknown[]): string {
  return entries.length === 0 ? '[]\n' : `[\n${entries.map((entry) => JSON.stringify(entry)).join(',\n')}\n]\n`;
}
