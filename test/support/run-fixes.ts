import { globSync } from 'tinyglobby';
import { existsSync, readFileSync } from 'node:fs';
import type { Finding, FixSafety } from '../../src/core/finding.js';
import type { FixedFile, LintResult } from '../../src/core/result.js';
import { lintInProcess } from '../../src/lint.js';
import * as registry from '../../rules/index.js';
import { noConfig } from '../engine/run.js';
import { FIXTURES } from './run-fixture.js';

/** `<rule>/fix-<idea>.ts`, and what all its fixes make of it in `<rule>/fix-<idea>.fixed.ts`. */
export interface FixFixture {
  /** Path below `fixtures`. */
  readonly file: string;
  readonly ruleId: string;
  readonly text: string;
  readonly expected: string;
}

export function listFixFixtures(): FixFixture[] {
  return globSync(['*/fix-*.{ts,tsx}'], { cwd: FIXTURES, ignore: ['**/*.fixed.*'] })
    .sort()
    .map((file) => {
      const expected = FIXTURES + file.replace(/(\.\w+)$/, '.fixed$1');
      if (!existsSync(expected)) throw new Error(`fixtures/${file} needs a ${expected} that shows what its fixes make of it`);
      return { file, ruleId: file.split('/')[0]!, text: readFileSync(FIXTURES + file, 'utf8'), expected: readFileSync(expected, 'utf8') };
    });
}

/** Ids of the rules that offer fixes. */
export const fixingRules = Object.values(registry as Record<string, { readonly meta: { readonly id: string; readonly fixes?: readonly FixSafety[] } }>)
  .filter(({ meta }) => meta.fixes)
  .map(({ meta }) => meta.id);

/** The files under all rules that offer fixes, with these fixes made; `texts` stand in for what is on disk. */
export async function runFixes(files: readonly string[], fix: readonly FixSafety[], texts?: Readonly<Record<string, string>>): Promise<LintResult> {
  return lintInProcess(
    {
      root: FIXTURES.replace(/\/$/, ''),
      cwd: FIXTURES,
      files: files.map((file) => FIXTURES + file),
      projects: [`${FIXTURES}tsconfig.json`],
      config: { ...noConfig, preset: 'all' },
      only: fixingRules,
      inlineConfig: true,
      reportUnusedDirectives: false,
      timing: false,
      debug: false,
      ...(texts && { texts }),
    },
    fix,
  );
}

export function fixedText({ fixed = [] }: LintResult, file: string): FixedFile | undefined {
  return fixed.find((each) => each.file === file);
}

/** What the lines say in `// fix: safe`, `// fix: unsafe` or `// fix: none`: what each finding of the rule there can be mended by. */
export function markedFixes(text: string): string[] {
  return text.split('\n').flatMap((line, index) => [...line.matchAll(/\/\/ fix: (safe|unsafe|none)/g)].map(([, kind]) => `${index + 1} ${kind}`));
}

export function offeredFixes(findings: readonly Finding[]): string[] {
  return findings.map(({ range, fixes }) => `${range.startLine} ${fixes?.[0]?.safety ?? 'none'}`).sort((a, b) => parseInt(a) - parseInt(b));
}
