import { describe, expect, test } from 'vitest';
import { RunningClock } from '../../src/engine/phase-clock.js';
import { functionName, type AnyRule } from '../../src/rule.js';
import { callRule, message, ruleOf } from './rules.js';
import { run, shown } from './run.js';

const notes = (outcome: ReturnType<typeof run>): string[] => outcome.result.notifications.map((n) => `${n.id}: ${n.message}`);
const throwing = (id: string, error: () => unknown): AnyRule =>
  ruleOf(id, {
    onNode: {
      CallExpression: () => {
        throw error();
      },
    },
  });

describe('a run over one file', () => {
  test('gives findings in order of position, as plain data', () => {
    const { result } = run('f();\n  g(f());\n', [callRule('calls-g', 'g'), callRule('calls-f', 'f')]);
    expect(result.findings).toMatchObject([
      { ruleId: 'calls-f', range: { startLine: 1, startColumn: 1, endColumn: 4, start: 0, end: 3 } },
      { ruleId: 'calls-g', range: { startLine: 2, startColumn: 3 } },
      { ruleId: 'calls-f', file: 'src/a.ts', message: 'found here', subject: 'f()', severity: 'error', trace: [{ file: 'src/a.ts', text: 'here' }] },
    ]);
    expect(structuredClone(result)).toEqual(result);
    expect(new Set(result.findings.map((finding) => finding.fingerprint)).size).toBe(3);
    expect(result.findings[0]!.lineHash).toMatch(/^[0-9a-f]+:1$/);
  });

  test('builds a flow for each function with effects, and only if a rule wants one', () => {
    const text = 'class C { m() { run(); } pure() {} }\nasync function f() {}\nstart();';
    const names: string[] = [];
    const outcome = run(text, [ruleOf('a', { onFunction: (flow) => void names.push(functionName(flow.node)) })]);
    expect(names).toEqual(['<module>', 'C.m', 'f']);
    expect(outcome.stats).toMatchObject({ files: 1, lines: 3, functions: 3, asyncFunctions: 1, flowsBuilt: 3 });
    expect(run(text, [ruleOf('a')]).stats.flowsBuilt).toBe(0);
  });

  test('calls onClass for every class and onFile last', () => {
    const calls: string[] = [];
    run('class A { m() { x(); } }', [
      ruleOf('a', { onClass: () => void calls.push('class'), onFile: () => void calls.push('file'), onFunction: () => void calls.push('function') }),
    ]);
    expect(calls).toEqual(['function', 'class', 'file']);
  });

  test('merges equal reports of one rule', () => {
    const twice = ruleOf('a', {
      onNode: {
        CallExpression: (at, ctx) => {
          for (let i = 0; i < 2; i++) ctx.report({ message: 'found', at, trace: [{ at, text: 'here' }] });
        },
      },
    });
    expect(shown(run('f();', [twice]))).toEqual(['a:1']);
  });

  test('charges time to phases and rules only when asked', () => {
    const clock = new RunningClock();
    run('f();', [callRule('calls-f', 'f')], { context: { clock } });
    expect(Object.keys(clock.read().phases).sort()).toEqual(['rules', 'walk']);
    expect(Object.keys(clock.read().rules)).toEqual(['calls-f']);
  });
});

describe('a rule that fails', () => {
  const healthy = callRule('healthy', 'f');
  const alone = run('f(); f();', [healthy]).result.findings;

  test.each([
    ['throws', throwing('broken', () => new Error('no such thing.\nsecond line')), 'rule-crashed: rule broken crashed: no such thing'],
    ['throws what is no error', throwing('broken', () => 'text'), 'rule-crashed: rule broken crashed: text'],
    ['overflows the stack', ruleOf('broken', { onFile: function deeper(file, ctx): void { deeper(file, ctx); } }), 'file-too-deep: nested too deeply for the rule broken'],
    ['is async', ruleOf('broken', { onFile: async () => Promise.reject(new Error('late')) }), 'rule-crashed: rule broken crashed: it returned a promise, and rules are synchronous'],
    ['reports an unknown message', reporting({ message: 'other' }), 'rule-crashed: rule broken crashed: reported the unknown message other'],
    ['leaves a hole of its message empty', reporting({ message: 'hole' }), 'rule-crashed: rule broken crashed: message has no data for {name}'],
    ['reports without a trace', reporting({ trace: [] }), 'rule-crashed: rule broken crashed: reported found without a trace'],
  ])('because it %s gives one notification and leaves the others alone', (_, broken, notification) => {
    const outcome = run('f(); f();', [broken, healthy]);
    expect(notes(outcome)).toEqual([notification]);
    expect(outcome.result.notifications[0]).toMatchObject({ fatal: true, level: 'error', file: 'src/a.ts' });
    expect(outcome.result.findings).toEqual(alone);
  });

  test('keeps what it reported before and after', () => {
    const sometimes = ruleOf('sometimes', {
      onNode: {
        CallExpression: (at, ctx) => {
          if (at.getText() === 'bad()') throw new Error('no');
          ctx.report({ message: 'found', at, trace: [{ at, text: 'here' }] });
        },
      },
    });
    const outcome = run('f();\nbad();\nf();\nbad();', [sometimes]);
    expect(shown(outcome)).toEqual(['sometimes:1', 'sometimes:3']);
    expect(notes(outcome)).toHaveLength(1);
  });

  test('is not blamed for a flow that cannot be built', () => {
    const model = {
      flow: () => {
        throw new Error('odd syntax');
      },
    } as never;
    const outcome = run('function f() { f(); }', [healthy, ruleOf('a', { onFunction: () => {} }), ruleOf('b', { onFunction: () => {} })], { context: { model } });
    expect(notes(outcome)).toEqual(['flow-crashed: the flow of f cannot be built: odd syntax']);
    expect(shown(outcome)).toEqual(['healthy:1']);
  });

  function reporting(over: { message?: string; trace?: [] }): AnyRule {
    return ruleOf('broken', {
      meta: { messages: { found: message('found'), hole: message('{name} is lost') } },
      onFile: ({ source }, ctx) => ctx.report({ message: 'found', at: source, trace: [{ at: source, text: 'here' }], ...over }),
    });
  }
});

describe('what the config wants', () => {
  const twoPresets = ruleOf('two', {
    meta: { messages: { sure: message('sure'), judged: message('judged', { preset: 'strict', severity: 'warning' }) } },
    onNode: {
      CallExpression: (at, ctx) => ctx.report({ message: at.getText() === 'sure()' ? 'sure' : 'judged', at, trace: [{ at, text: 'here' }] }),
    },
  });
  const strictOnly = callRule('strict-only', 'f', { messages: { found: message('found', { preset: 'strict' }) } });
  const text = 'sure();\njudged();\nf();';

  test('a message above the preset is dropped, a rule wholly above it does not run', () => {
    expect(shown(run(text, [twoPresets, strictOnly]))).toEqual(['two:1']);
    expect(shown(run(text, [twoPresets, strictOnly], { config: { preset: 'strict' } }))).toEqual(['two:1', 'two:2', 'strict-only:3']);
  });

  test('a severity turns a rule on up to its own preset, and replaces that of its messages', () => {
    const outcome = run(text, [twoPresets, strictOnly], { config: { rules: { 'strict-only': { severity: 'note' }, two: { severity: 'warning' } } } });
    expect(outcome.result.findings.map((finding) => [finding.ruleId, finding.severity])).toEqual([
      ['two', 'warning'],
      ['strict-only', 'note'],
    ]);
  });

  test('on turns a rule on up to its own preset, and leaves each message its severity', () => {
    const outcome = run(text, [twoPresets, strictOnly], { config: { rules: { 'strict-only': { severity: 'on' }, two: { severity: 'on' } } } });
    expect(outcome.result.findings.map((finding) => [finding.ruleId, finding.severity])).toEqual([
      ['two', 'error'],
      ['strict-only', 'error'],
    ]);
  });

  test('off switches a rule off, but for --only', () => {
    const config = { rules: { two: { severity: 'off' } } } as const;
    expect(shown(run(text, [twoPresets], { config }))).toEqual([]);
    expect(shown(run(text, [twoPresets, strictOnly], { config, only: ['two'] }))).toEqual(['two:1']);
    expect(shown(run(text, [twoPresets, strictOnly], { only: ['strict-only'] }))).toEqual(['strict-only:3']);
  });

  test('overrides apply in order to the files of their globs', () => {
    const config = {
      overrides: [
        { files: ['src/**'], rules: { two: { severity: 'off' } } },
        { files: ['src/a.ts'], rules: { two: { severity: 'note' } }, preset: 'strict' },
      ],
    } as const;
    expect(run(text, [twoPresets], { config }).result.findings.map((finding) => finding.severity)).toEqual(['note', 'note', 'note']);
    expect(shown(run(text, [twoPresets], { config, file: { path: 'src/b.ts' } }))).toEqual([]);
    expect(shown(run(text, [twoPresets], { config, file: { path: 'lib/b.ts' } }))).toEqual(['two:1']);
  });

  test('a former name of a rule still configures it', () => {
    const renamed = callRule('new-name', 'f', { aliases: ['old-name'] });
    expect(shown(run(text, [renamed], { config: { rules: { 'old-name': { severity: 'off' } } } }))).toEqual([]);
    expect(shown(run(text, [renamed], { only: ['old-name'] }))).toEqual(['new-name:3']);
  });

  test('options come from defaults, config and overrides', () => {
    let seen: unknown;
    const rule = ruleOf('a', {
      meta: { options: { limit: { type: 'number', default: 1, description: 'x' }, names: { type: 'string[]', default: ['a'], description: 'x' } } },
      onFile: (_, ctx) => void (seen = ctx.options),
    });
    run('', [rule], { config: { rules: { a: { options: { limit: 2 } } }, overrides: [{ files: ['**'], rules: { a: { options: { limit: 3 } } } }] } });
    expect(seen).toEqual({ limit: 3, names: ['a'] });
  });

  test('a rule looks at files of its roles, sources by default', () => {
    const forTests = callRule('for-tests', 'f', { roles: ['test'] });
    expect(shown(run(text, [forTests, callRule('for-sources', 'f')]))).toEqual(['for-sources:3']);
    expect(shown(run(text, [forTests, callRule('for-sources', 'f')], { file: { role: 'test' } }))).toEqual(['for-tests:3']);
  });

  test('a rule left out for one run does not run', () => {
    expect(shown(run(text, [callRule('a', 'f'), callRule('b', 'f')], { without: 'a' }))).toEqual(['b:3']);
  });
});

describe('one defect, one report', () => {
  const claim = (id: string, preset: 'recommended' | 'strict' = 'recommended'): AnyRule =>
    callRule(id, 'f', { question: 'lost-rejection', messages: { found: message('found', { preset }) } });

  test('the more telling rule reports and names the other', () => {
    const { result } = run('f();', [claim('floating-promise'), claim('ignored-async-callback')]);
    expect(result.findings).toMatchObject([{ ruleId: 'ignored-async-callback', also: ['floating-promise'] }]);
  });

  test('the other shows where the winner is off or above the preset', () => {
    const rules = [claim('floating-promise'), claim('ignored-async-callback')];
    expect(shown(run('f();', rules, { config: { rules: { 'ignored-async-callback': { severity: 'off' } } } }))).toEqual(['floating-promise:1']);
    expect(shown(run('f();', [claim('floating-promise'), claim('ignored-async-callback', 'strict')]))).toEqual(['floating-promise:1']);
  });

  test('suppressing the winner does not bring the other up', () => {
    const text = 'f(); // conclint-disable-line ignored-async-callback -- logged inside';
    expect(shown(run(text, [claim('floating-promise'), claim('ignored-async-callback')]))).toEqual(['ignored-async-callback:1!']);
  });

  test('a race on one place is one defect in each function that has it', () => {
    const race = (id: string): AnyRule =>
      ruleOf(id, {
        meta: { question: 'race' },
        onNode: {
          CallExpression: (at, ctx) =>
            ctx.report({ message: 'found', at, subject: { key: 'cache', kind: 'field', text: 'this.cache', root: undefined, path: [] }, trace: [{ at, text: 'here' }] }),
        },
      });
    const outcome = run('function a() {\n  f();\n}\nfunction b() {\n  f();\n}', [race('check-then-act'), race('lost-update')]);
    expect(outcome.result.findings.map((finding) => [finding.range.startLine, finding.ruleId, finding.also, finding.subject])).toEqual([
      [2, 'lost-update', ['check-then-act'], 'this.cache'],
      [5, 'lost-update', ['check-then-act'], 'this.cache'],
    ]);
  });
});

describe('fingerprints', () => {
  const of = (text: string, rules = [callRule('calls-f', 'f')], options = {}): string[] => run(text, rules, options).result.findings.map((finding) => finding.fingerprint);

  test('do not move with lines above, and tell equal calls of one function apart', () => {
    const [first, second] = of('function g() { f(); f(); }');
    expect(of('const x = 1;\n\nfunction g() {\n  f();\n  f();\n}')).toEqual([first, second]);
    expect(first).not.toBe(second);
  });

  test('do not depend on the preset', () => {
    const mixed = ruleOf('mixed', {
      meta: { messages: { sure: message('sure'), judged: message('judged', { preset: 'strict' }) } },
      onNode: {
        CallExpression: (at, ctx) => ctx.report({ message: at.parent.parent.kind === at.getSourceFile().kind ? 'sure' : 'judged', at, trace: [{ at, text: 'x' }] }),
      },
    });
    const text = '{ f(); }\nf();';
    expect(of(text, [mixed], { config: { preset: 'strict' } })).toEqual([expect.anything(), of(text, [mixed])[0]]);
  });
});
