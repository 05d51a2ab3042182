import { reliable } from './async-effects.js';
import type { CallbackEffect, CallEffects, EffectModel, ModelSet } from './effect-model.js';

const RUNNERS = ['vitest', '@jest/globals', 'mocha', 'bun:test', '@playwright/test'] as const;
const MODIFIERS = ['only', 'skip', 'todo', 'concurrent', 'sequential', 'fails', 'failing', 'fixme', 'only.concurrent', 'concurrent.only'];
/** Playwright hangs its suites on the test function. */
const PLAYWRIGHT_SUITES = ['test.describe', 'test.describe.only', 'test.describe.skip', 'test.describe.serial', 'test.describe.parallel'];
const HOOKS = ['beforeEach', 'afterEach', 'beforeAll', 'afterAll', 'before', 'after', 'setup', 'teardown', 'suiteSetup', 'suiteTeardown', 'onTestFinished', 'onTestFailed'];
const NODE_HOOKS = ['before', 'after', 'beforeEach', 'afterEach'];

const withModifiers = (names: readonly string[], modifiers: readonly string[] = MODIFIERS): string[] =>
  names.flatMap((name) => [name, ...modifiers.map((modifier) => `${name}.${modifier}`)]);
const TESTS = [...withModifiers(['it', 'test']), 'specify', 'specify.only', 'specify.skip', 'bench', 'xit', 'fit', 'xtest'];
const SUITES = [...withModifiers(['describe', 'suite', 'context']), ...PLAYWRIGHT_SUITES, 'xdescribe', 'fdescribe'];
const NODE_MODIFIERS = ['only', 'skip', 'todo'];

/** The runner awaits a test body and reports its rejection as a failed test. */
const body = (arg: number): CallbackEffect => ({ arg, timing: 'later-once', result: 'used', catches: true });
const bodies: CallEffects = { callbacks: [body(1), body(2)] };
const hook: CallEffects = { callbacks: [{ arg: 0, timing: 'later-many', result: 'used', catches: true, serial: true }] };
const suite: CallEffects = { callbacks: [{ arg: 1, timing: 'sync', result: 'unknown' }, { arg: 2, timing: 'sync', result: 'unknown' }] };

/** Test functions are globals in jest and mocha and imports elsewhere. */
function globalOrImported(names: readonly string[], effects: CallEffects, because: string): EffectModel[] {
  return [
    { match: { global: names }, effects, because },
    { match: { module: RUNNERS, name: names }, effects, because },
  ];
}

export const tests: ModelSet = {
  calls: [
    ...globalOrImported(TESTS, bodies, 'the body, with or without options before it, runs later, is awaited, and its rejection fails the test'),
    ...globalOrImported(SUITES, suite, 'the body collects tests at once; only some runners look at a promise it returns'),
    ...globalOrImported(HOOKS, hook, 'hooks are awaited, one after the other, and their rejection fails the tests around them'),
    {
      match: { module: 'test', name: [...withModifiers(['test', 'it'], NODE_MODIFIERS), 'default', ...NODE_MODIFIERS] },
      effects: { ...reliable, mayFloat: true, callbacks: [body(0), body(1), body(2)] },
      because: 'resolves when the test is over, failed or not: the runner reports it, so nobody need wait',
    },
    {
      match: { module: 'test', name: withModifiers(['describe', 'suite', 'test.describe', 'test.suite'], NODE_MODIFIERS) },
      effects: { ...reliable, mayFloat: true, callbacks: [{ arg: 0, timing: 'sync', result: 'unknown' }, { arg: 1, timing: 'sync', result: 'unknown' }, { arg: 2, timing: 'sync', result: 'unknown' }] },
      because: 'collects tests at once and resolves when they are over; the runner reports failures',
    },
    { match: { module: 'test', name: NODE_HOOKS }, effects: hook, because: 'hooks are awaited and their rejection fails the tests around them' },
    {
      match: { type: 'TestContext', module: 'test', member: 'test' },
      effects: { ...reliable, callbacks: [body(0), body(1), body(2)] },
      because: 'a subtest: it does not reject, but the parent ends without it where nobody waits',
    },
    {
      match: { module: ['@testing-library/react', '@testing-library/dom', '@testing-library/vue'], name: ['waitFor', 'waitForElementToBeRemoved'] },
      effects: { promise: true, canReject: 'yes', suspends: 'macro', deadline: true, callbacks: [{ arg: 0, timing: 'awaited', result: 'used' }] },
      because: 'calls the check again until it passes and rejects after its timeout',
    },
    {
      match: { module: 'vitest', name: ['vi.waitFor', 'vi.waitUntil'] },
      effects: { promise: true, canReject: 'yes', suspends: 'macro', deadline: true, callbacks: [{ arg: 0, timing: 'awaited', result: 'used' }] },
      because: 'calls the check again until it passes and rejects after its timeout',
    },
  ],
  types: [],
};
