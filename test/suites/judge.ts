/** Lints the cases of a suite, and holds the reports against what the public rule says. */
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lint, type Finding } from 'conclint';
import { groupBy } from '../../src/core/group-by.js';
import { assume, ASSUMED, type Assumption } from './assume.js';
import type { SuiteCase } from './cases.js';
import type { Suite } from './suites.js';

export interface Answer {
  readonly asked: SuiteCase;
  readonly findings: readonly Finding[];
  /** conclint reports where the public rule does, and the file was not given up. */
  readonly isRight: boolean;
}

export async function judge({ assumptions, answers }: Suite, cases: readonly SuiteCase[]): Promise<readonly Answer[]> {
  const { findings: all, givenUp } = await lintCases(cases, assumptions);
  return cases.map((asked, i) => {
    const file = fileOf(asked, i);
    const findings = (all.get(file) ?? []).filter((finding) => answers(finding, asked.options));
    return { asked, findings, isRight: !givenUp.has(file) && findings.length > 0 === asked.expected.length > 0 };
  });
}

const COMPILER_OPTIONS = {
  target: 'es2022', module: 'esnext', moduleResolution: 'bundler', moduleDetection: 'force', lib: ['esnext'], types: ['node'],
  strict: true, jsx: 'preserve', experimentalDecorators: true, noEmit: true,
};

const JSX = 'declare namespace JSX { interface IntrinsicElements { [name: string]: unknown } }\n';

interface Run {
  readonly findings: ReadonlyMap<string, readonly Finding[]>;
  readonly givenUp: ReadonlySet<string>;
}

/** All cases side by side, each a module, in one program. */
async function lintCases(cases: readonly SuiteCase[], assumptions: readonly Assumption[]): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'conclint-suite-'));
  try {
    mkdirSync(join(folder, 'src'));
    symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: COMPILER_OPTIONS, include: ['src'] }));
    writeFileSync(join(folder, 'src/assumed.d.ts'), ASSUMED + JSX);
    for (const [i, each] of cases.entries()) writeFileSync(join(folder, fileOf(each, i)), assume(each.code, each.isTsx, assumptions));
    const { findings, notifications } = await lint({ cwd: folder, paths: ['src'], config: false, preset: 'all' });
    const fatal = notifications.filter((notification) => notification.fatal);
    return { findings: groupBy(findings, ({ file }) => file), givenUp: new Set(fatal.flatMap(({ file }) => file ?? [])) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function fileOf({ isTsx }: SuiteCase, index: number): string {
  return `src/case-${index}.${isTsx ? 'tsx' : 'ts'}`;
}
