import { globSync } from 'tinyglobby';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Finding } from '../../src/core/finding.js';
import type { Notification } from '../../src/core/result.js';
import type { ResolvedConfig } from '../../src/engine/protocol.js';
import { lintInProcess } from '../../src/lint.js';

export const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

export interface Fixture {
  /** Path below `fixtures`: `<rule id>/bad.ts`. */
  readonly file: string;
  /** The rule whose folder it stands in. */
  readonly ruleId: string;
  readonly text: string;
}

/** The fixtures of the rules, by path. */
export function listFixtures(): Fixture[] {
  return globSync(['*/**/*.{ts,tsx,mts,cts,js,jsx}'], { cwd: FIXTURES, ignore: ['_*/**', '**/*.d.ts', '*/fix-*'] })
    .sort()
    .map((file) => ({ file, ruleId: file.split('/')[0]!, text: readFileSync(FIXTURES + file, 'utf8') }));
}

export interface FixtureRun {
  readonly findings: readonly Finding[];
  readonly notifications: readonly Notification[];
}

/** All fixtures in one program, under all rules, as one run. */
export async function runFixtures(fixtures: readonly Fixture[]): Promise<FixtureRun> {
  return lintInProcess({
    root: FIXTURES.replace(/\/$/, ''),
    cwd: FIXTURES,
    files: fixtures.map(({ file }) => FIXTURES + file),
    projects: [`${FIXTURES}tsconfig.json`],
    config: configOf(fixtures),
    inlineConfig: true,
    reportUnusedDirectives: false,
    timing: false,
    debug: false,
  });
}

/** A folder `options-…` holds what is said under the rule's options there, in `options.json`. */
function configOf(fixtures: readonly Fixture[]): ResolvedConfig {
  const folders = new Map(fixtures.filter(({ file }) => /^[^/]+\/options-[^/]+\//.test(file)).map(({ file, ruleId }) => [file.split('/').slice(0, 2).join('/'), ruleId]));
  return {
    preset: 'all',
    rules: {},
    overrides: [...folders].map(([folder, ruleId]) => ({ files: [`${folder}/**`], rules: { [ruleId]: { options: readOptions(folder) } } })),
    ignores: [],
    entryPoints: [],
    sequential: [],
    models: { calls: [], types: [] },
  };
}

function readOptions(folder: string): Record<string, unknown> {
  const path = `${FIXTURES}${folder}/options.json`;
  if (!existsSync(path)) throw new Error(`fixtures/${folder} needs an options.json with the options it is about`);
  return JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>;
}
