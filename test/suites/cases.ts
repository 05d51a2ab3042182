/** Reads the cases that a public suite hands to its RuleTester. */
import { createHash } from 'node:crypto';
import { createContext, runInContext } from 'node:vm';
import { ts } from '../../src/syntax/ts.js';

export interface SuiteCase {
  /** Place among the cases of the suite, and a hash of the code: finds the case again without its text. */
  readonly id: string;
  readonly code: string;
  /** The first element of the public rule's options, if any. */
  readonly options: Readonly<Record<string, unknown>> | string | undefined;
  readonly isTsx: boolean;
  /** What the public rule reports, by the names of its messages; empty where it is silent. */
  readonly expected: readonly Expected[];
}

export interface Expected {
  readonly messageId: string | undefined;
  readonly line: number | undefined;
}

interface RawCase {
  readonly code: string;
  readonly options?: readonly (Readonly<Record<string, unknown>> | string)[];
  readonly errors?: readonly { readonly messageId?: string; readonly line?: number }[];
  readonly filename?: string;
  readonly languageOptions?: { readonly parserOptions?: { readonly ecmaFeatures?: { readonly jsx?: boolean } } };
}

/**
 * Runs the test file with everything that it imports replaced: what is left of it is the one call that hands over the
 * cases, built by whatever spreads, templates and loops they are written with.
 */
export function readCases(text: string, name: string): readonly SuiteCase[] {
  const cases: SuiteCase[] = [];
  const run = (_name: string, _rule: unknown, given: { readonly valid: readonly (RawCase | string)[]; readonly invalid: readonly RawCase[] }): void => {
    for (const each of [...given.valid, ...given.invalid]) cases.push(caseOf(typeof each === 'string' ? { code: each } : each, cases.length));
  };
  const { outputText } = ts.transpileModule(text, { compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022, esModuleInterop: true } });
  const module = { exports: {} };
  const context = createContext({ module, exports: module.exports, require: () => standIn(run), process: { cwd: () => '/', env: {} }, __dirname: '/' });
  runInContext(outputText, context, { filename: name });
  if (cases.length === 0) throw new Error(`${name} hands no cases to a RuleTester`);
  return cases;
}

/** Answers to every import: a RuleTester, a factory of one, a template tag that leaves its text as it is. */
function standIn(run: unknown): unknown {
  const tester = class {
    readonly run = run;
  };
  const known: Readonly<Record<string, unknown>> = { __esModule: true, RuleTester: tester, noFormat: String.raw, createRuleTesterWithTypes: () => new tester() };
  const anything: unknown = new Proxy(() => '', { get: (_, key) => (key === Symbol.iterator ? [][Symbol.iterator] : anything), apply: () => '' });
  return new Proxy(known, { get: (target, key) => (typeof key === 'string' && key in target ? target[key] : anything) });
}

function caseOf({ code, options, errors = [], filename, languageOptions }: RawCase, index: number): SuiteCase {
  const hash = createHash('sha256').update(code).digest('hex').slice(0, 8);
  return {
    id: `${String(index).padStart(3, '0')}-${hash}`,
    code,
    options: options?.[0],
    isTsx: languageOptions?.parserOptions?.ecmaFeatures?.jsx === true || filename?.endsWith('x') === true,
    expected: errors.map(({ messageId, line }) => ({ messageId, line })),
  };
}
