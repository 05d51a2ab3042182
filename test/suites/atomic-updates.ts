/**
 * Holds the races of the state family against the cases of ESLint's require-atomic-updates. They are read from a checkout of ESLint, and every
 * function in them is exported, so that whoever likes may start it twice: `npx jiti test/suites/atomic-updates.ts <checkout>`.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { lint } from 'conclint';

const RACES = ['lost-update', 'check-then-act', 'stale-guard', 'lossy-drain', 'result-overwrite'];
const MOST_DIVERGENT = 0.15;

/** Cases judged otherwise on purpose, by the hash of their code. */
const DIVERGENT: ReadonlyMap<string, string> = new Map([
  ['3f8a4d18a4e1', 'the variable is made anew by each call, and the closure only reads it'],
  ['3bf22a4e6e13', 'the property of a parameter is the caller’s: whether two calls are given one object is not in view'],
  ['99a995bc05db', 'neither value depends on what was read before: the last of them to end decides'],
  ['e5ebf4831452', 'the property of a parameter is the caller’s: whether two calls are given one object is not in view'],
  ['29510cec5ef3', 'the property of a parameter is the caller’s, and what is written does not depend on it'],
  ['966f6cc1f94a', 'what was there is replaced by something that does not depend on it'],
  ['83c5a9f0746c', 'what is written does not depend on what was read'],
]);

interface Case {
  readonly code: string;
  readonly isRace: boolean;
}
type Given = string | { readonly code: string; readonly options?: readonly unknown[] };

/** The file is run with a tester that only listens. A case that differs from an earlier one by an option alone is left out. */
function readCases(checkout: string): readonly Case[] {
  const text = readFileSync(join(checkout, 'tests/lib/rules/require-atomic-updates.js'), 'utf8');
  const lists: { valid: readonly Given[]; invalid: readonly Given[] }[] = [];
  class Tester {
    run(_name: string, _rule: unknown, given: (typeof lists)[number]): void {
      lists.push(given);
    }
  }
  new Function('require', 'module', text)((id: string) => (/rule-tester/.test(id) ? Tester : {}), {});
  const cases = new Map<string, boolean>();
  for (const { valid, invalid } of lists) {
    for (const each of invalid) cases.set(typeof each === 'string' ? each : each.code, true);
    for (const each of valid) if (typeof each === 'string' || !each.options) cases.set(typeof each === 'string' ? each : each.code, false);
  }
  return [...cases].map(([code, isRace]) => ({ code, isRace }));
}

async function reported(cases: readonly Case[]): Promise<ReadonlySet<number>> {
  const folder = mkdtempSync(join(tmpdir(), 'atomic-updates-'));
  try {
    mkdirSync(join(folder, 'src'));
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }');
    writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify({ compilerOptions: { allowJs: true, target: 'esnext', module: 'nodenext', noEmit: true }, include: ['src'] }));
    cases.forEach(({ code }, i) => writeFileSync(join(folder, 'src', `${i}.js`), `${exported(code)}\nexport {};\n`));
    const { findings } = await lint({ cwd: folder, config: false, preset: 'all', only: RACES });
    return new Set(findings.map(({ file }) => Number(basename(file, '.js'))));
  } finally {
    rmSync(folder, { recursive: true });
  }
}

const exported = (code: string): string => code.replace(/(^|[;\n])(\s*)((?:async )?function\*?\s+\w+)/g, '$1$2export $3');

const [checkout] = process.argv.slice(2);
if (!checkout) throw new Error('name the folder of a checkout of ESLint');
const cases = readCases(checkout);
const found = await reported(cases);
let wrong = 0;
let divergent = 0;
cases.forEach(({ code, isRace }, i) => {
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 12);
  const agrees = found.has(i) === isRace;
  if (DIVERGENT.has(hash)) divergent++;
  if (agrees !== DIVERGENT.has(hash)) return;
  wrong++;
  console.log(`${hash}: ${agrees ? 'agrees now, and is declared divergent' : isRace ? 'not reported' : 'reported'}\n${code}\n`);
});
console.log(`${cases.length} cases: ${cases.length - divergent - wrong} alike, ${divergent} divergent with a reason, ${wrong} wrong`);
if (wrong > 0 || divergent > cases.length * MOST_DIVERGENT) process.exitCode = 1;
