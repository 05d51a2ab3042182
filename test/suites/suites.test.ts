import { describe, expect, it } from 'vitest';
import { assume } from './assume.js';
import { readCases, type SuiteCase } from './cases.js';
import { judge } from './judge.js';
import { passes, rightShare, score } from './score.js';
import { SUITES, type Suite } from './suites.js';

describe('readCases', () => {
  const text = `
    import { RuleTester, noFormat } from 'some-tester';
    import * as path from 'node:path';
    import rule from './some-rule';
    const tester = new RuleTester({ root: path.join(__dirname, 'x') });
    tester.run('some-rule', rule, {
      valid: ['await save();', { code: noFormat\`save( )\`, options: [{ loud: false }] }],
      invalid: [
        ...['a', 'b'].map((name) => ({ code: name + '();', errors: [{ messageId: 'lost', line: 1 }] })),
        { code: '<A />;', errors: [{}], languageOptions: { parserOptions: { ecmaFeatures: { jsx: true } } } },
      ],
    });`;
  const cases = readCases(text, 'some-rule.test.ts');

  it('takes the cases as the file builds them', () => {
    expect(cases.map(({ code }) => code)).toEqual(['await save();', 'save( )', 'a();', 'b();', '<A />;']);
    expect(cases.map(({ expected }) => expected.length)).toEqual([0, 0, 1, 1, 1]);
    expect(cases[1]?.options).toEqual({ loud: false });
    expect(cases[2]?.expected).toEqual([{ messageId: 'lost', line: 1 }]);
    expect(cases[4]?.isTsx).toBe(true);
  });

  it('names them by place and code', () => {
    expect(cases[0]?.id).toMatch(/^000-[0-9a-f]{8}$/);
    expect(new Set(cases.map(({ id }) => id.slice(4))).size).toBe(5);
  });

  it('says where a file hands over none', () => {
    expect(() => readCases('export {};', 'empty.test.ts')).toThrow('empty.test.ts hands no cases to a RuleTester');
  });
});

describe('assume', () => {
  it('lets work fail, and handlers hold', () => {
    const failing = (code: string): string => assume(code, false, ['work may fail']);
    expect(failing('Promise.resolve(1);')).toBe('begunWork(1);');
    expect(failing('new Promise<string>((resolve) => resolve("a"));')).toBe('workWith<string>((resolve) => resolve("a"));');
    expect(failing('new Promise(async () => {});')).toBe('new Promise(async () => { await begunWork();});');
    expect(failing('Promise.all([]);')).toBe('Promise.all([failedWork()]);');
    expect(failing('const f = async () => Promise.resolve(1);')).toBe('const f = async () => (await begunWork(), begunWork(1));');
    expect(failing('p.catch(async () => {});')).toBe('p.catch(async () => {});');
  });

  it('puts statements that act into functions, line by line', () => {
    expect(assume('const a = 1;\nrun();\n\nstop();\nfunction run() {}\nrun();', false, ['runs in a function'])).toBe(
      'const a = 1;\nasync function acts1() { run();\n\nstop(); }\nfunction run() {}\nasync function acts4() { run(); }',
    );
  });

  it('replaces what stands at the start of such a statement', () => {
    expect(assume('Promise.resolve();', false, ['work may fail', 'runs in a function'])).toBe('async function acts0() { begunWork(); }');
  });

  it('declares names by their use', () => {
    const declared = assume('load().then(show); ready.then(show); tell(name);', false, ['names are declared']).split('\n')[1];
    expect(declared).toContain('declare const load: (...given: any[]) => Promise<any>;');
    expect(declared).toContain('declare const ready: Promise<any>;');
    expect(declared).toContain('declare const show: (...given: any[]) => any;');
    expect(assume('function f(p, q) { p.then(q) }', false, ['names are declared'])).toContain('function f(p: Promise<any>, q)');
  });
});

const caseOf = (id: string, code: string, isReported: boolean): SuiteCase => ({
  id, code, options: undefined, isTsx: false, expected: isReported ? [{ messageId: 'lost', line: 1 }] : [],
});
const floating = (): Suite => SUITES.find(({ name }) => name === 'no-floating-promises')!;

describe('judge and score', () => {
  it('holds reports against what is expected', async () => {
    const cases = [
      caseOf('dropped', 'Promise.resolve();', true),
      caseOf('handled', 'Promise.resolve().catch(() => {});', false),
      caseOf('disputed', 'Promise.resolve().catch(() => {});', true),
      caseOf('missed', 'console.log(1);', true),
    ];
    const answers = await judge(floating(), cases);
    expect(answers.map(({ isRight }) => isRight)).toEqual([true, true, false, false]);

    const scored = score(floating(), answers, answers, { classes: {}, suites: { 'no-floating-promises': { taste: ['disputed', 'handled'] } } });
    expect(scored).toMatchObject({ cases: 4, right: 2, wrong: ['missed'], divergent: 1, stale: ['handled'], lines: { expected: 1, met: 1 } });
    expect(rightShare(scored)).toBeCloseTo(2 / 3);
    expect(passes(scored)).toBe(false);
  });
});

describe('passes', () => {
  const good = { suite: 's', commit: 'c', cases: 20, right: 18, wrong: [], divergent: 2, stale: [], asWritten: 9, lines: { expected: 0, met: 0 } };
  it('asks for both bars, and for divergences that are ones', () => {
    expect(passes(good)).toBe(true);
    expect(passes({ ...good, right: 17, wrong: ['a'] })).toBe(false);
    expect(passes({ ...good, right: 16, divergent: 4 })).toBe(false);
    expect(passes({ ...good, stale: ['b'] })).toBe(false);
  });
});
