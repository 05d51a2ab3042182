/** The public suites, and what of conclint answers each. */
import type { Finding } from '../../src/core/finding.js';
import type { Assumption } from './assume.js';
import type { SuiteCase } from './cases.js';

export interface Suite {
  readonly name: string;
  /** `owner/name` on GitHub; the checkout lies in a folder of the name. */
  readonly repo: string;
  readonly commit: string;
  readonly file: string;
  readonly assumptions: readonly Assumption[];
  /** Does the report answer the question that the case puts to the public rule, under the options of the case? */
  readonly answers: (finding: Finding, options: SuiteCase['options']) => boolean;
}

const TYPESCRIPT = { repo: 'typescript-eslint/typescript-eslint', commit: '56c9ed90d0aee0b5a71cfc39fc76b715b82e3ea8' };
const TYPESCRIPT_RULES = 'packages/eslint-plugin/tests/rules';
const PROMISE = { repo: 'eslint-community/eslint-plugin-promise', commit: 'e73585efc03ddf17df0273fa3b8dad0b66c51168' };

/** The parts of `checksVoidReturn` that the messages of hidden-promise answer. */
const PLACES: Readonly<Record<string, readonly string[]>> = { inherited: ['inheritedMethods'], placed: ['attributes', 'properties', 'returns', 'variables'] };

export const SUITES: readonly Suite[] = [
  {
    name: 'no-floating-promises',
    ...TYPESCRIPT,
    file: `${TYPESCRIPT_RULES}/no-floating-promises.test.ts`,
    assumptions: ['work may fail', 'runs in a function'],
    answers: ({ ruleId, messageId, message, subject }, options) => {
      if (messageId.startsWith('voided')) return setting(options, 'ignoreVoid') === false;
      // Functions that are called where they are written, and calls allowed by their name: the config's models do the like for imported names.
      if (setting(options, 'ignoreIIFE') === true && message.includes('the function called in place')) return false;
      const isOwnPromise = !message.includes('the promise made by');
      if (isOwnPromise && namesOf(setting(options, 'allowForKnownSafeCalls')).some((name) => subject.startsWith(`${name}(`))) return false;
      return is(ruleId, 'floating-promise', 'late-handled-promise', 'ignored-async-callback', 'unawaited-return', 'constructor-task') || (ruleId === 'vain-wait' && messageId === 'unjoined');
    },
  },
  {
    name: 'no-misused-promises',
    ...TYPESCRIPT,
    file: `${TYPESCRIPT_RULES}/no-misused-promises.test.ts`,
    assumptions: ['work may fail'],
    answers: ({ ruleId, messageId }, options) => {
      const returned = setting(options, 'checksVoidReturn');
      if (ruleId === 'hidden-promise') return returned !== false && !PLACES[messageId]?.some((place) => setting(returned, place) === false);
      if (ruleId === 'ignored-async-callback') return returned !== false && setting(returned, 'arguments') !== false;
      if (ruleId !== 'promise-as-value') return false;
      return setting(options, messageId === 'spread' ? 'checksSpreads' : 'checksConditionals') !== false;
    },
  },
  {
    name: 'await-thenable',
    ...TYPESCRIPT,
    file: `${TYPESCRIPT_RULES}/await-thenable.test.ts`,
    assumptions: [],
    answers: ({ ruleId }) => is(ruleId, 'vain-wait', 'promise-as-value'),
  },
  {
    name: 'return-await',
    ...TYPESCRIPT,
    file: `${TYPESCRIPT_RULES}/return-await.test.ts`,
    assumptions: ['work may fail'],
    answers: ({ ruleId }) => is(ruleId, 'unawaited-return', 'vain-wait'),
  },
  {
    name: 'catch-or-return',
    ...PROMISE,
    file: '__tests__/catch-or-return.js',
    assumptions: ['work may fail', 'runs in a function', 'names are declared'],
    // `maybe` says that a callback beside or behind the handler might throw: what these two options of the public rule allow.
    answers: ({ ruleId, messageId, message }, options) => {
      const isAllowed = setting(options, 'allowThen') === true || (setting(options, 'allowFinally') === true && message.includes('finally()'));
      return ruleId === 'floating-promise' && !(messageId === 'maybe' && isAllowed);
    },
  },
  {
    name: 'no-multiple-resolved',
    ...PROMISE,
    file: '__tests__/no-multiple-resolved.js',
    assumptions: [],
    answers: ({ ruleId }) => ruleId === 'double-settle',
  },
];

function is(ruleId: string, ...others: readonly string[]): boolean {
  return others.includes(ruleId);
}

function setting(options: unknown, name: string): unknown {
  return typeof options === 'object' && options !== null ? Object.entries(options).find(([key]) => key === name)?.[1] : undefined;
}

/** Names given as text or as `{ name }`. */
function namesOf(given: unknown): readonly string[] {
  return Array.isArray(given) ? given.flatMap((each: unknown) => (typeof each === 'string' ? each : [setting(each, 'name')].filter((name) => typeof name === 'string'))) : [];
}
