import { describe, expect, test } from 'vitest';
import { callRule, message } from './rules.js';
import { run, shown, type RunOptions } from './run.js';

const rules = [callRule('calls-f', 'f', { aliases: ['calls-eff'] }), callRule('calls-g', 'g'), callRule('strict-h', 'h', { messages: { found: message('h', { preset: 'strict' }) } })];
const lint = (text: string, options: RunOptions = {}): string[] => shown(run(text, rules, options));
const warnings = (text: string, options: RunOptions = {}): string[] =>
  run(text, rules, options).result.findings.filter((finding) => finding.severity === 'warning').map((finding) => `${finding.range.startLine}:${finding.range.startColumn} ${finding.message}`);

describe('a suppression', () => {
  test.each([
    ['the next line', '// conclint-disable-next-line calls-f -- reason\nf();\nf();', ['calls-f:2!', 'calls-f:3']],
    ['the next line, as a block comment', '/* conclint-disable-next-line calls-f -- reason */\nf();', ['calls-f:2!']],
    ['the next line, as a block over lines', '/*\n * conclint-disable-next-line calls-f --\n *   two\n *   lines\n */\nf();', ['calls-f:6!']],
    ['the next line, as a JSDoc comment', '/** conclint-disable-next-line calls-f -- reason */\nconst x = f();', ['calls-f:2!']],
    ['the next line with code, past blanks and comments', '// conclint-disable-next-line calls-f -- r\n\n// other-linter-disable\n/* x */\nf();', ['calls-f:5!']],
    ['its own line', 'f(); // conclint-disable-line calls-f -- reason\nf();', ['calls-f:1!', 'calls-f:2']],
    ['a block', 'f();\n/* conclint-disable calls-f -- reason */\nf();\n/* conclint-enable calls-f */\nf();', ['calls-f:1', 'calls-f:3!', 'calls-f:5']],
    ['a block that an enable without names ends', '/* conclint-disable calls-f, calls-g -- r */\nf();g();\n/* conclint-enable */\nf();', ['calls-f:2!', 'calls-g:2!', 'calls-f:4']],
    ['a block that an enable of another rule does not end', '/* conclint-disable calls-f -- r */\n/* conclint-enable calls-g */\nf();', ['calls-f:3!']],
    ['the rest of the file', '/* conclint-disable calls-f -- reason */\nf();\nf();', ['calls-f:2!', 'calls-f:3!']],
    ['the file, from anywhere in it', 'f();\n// conclint-disable-file calls-f -- reason\nf();', ['calls-f:1!', 'calls-f:3!']],
    ['several rules', '// conclint-disable-next-line calls-f, calls-g -- reason\nf(); g();', ['calls-f:2!', 'calls-g:2!']],
    ['only the rules it names', '// conclint-disable-next-line calls-g -- reason\nf(); g();', ['calls-f:2', 'calls-g:2!']],
    ['by a former name', '// conclint-disable-next-line calls-eff -- reason\nf();', ['calls-f:2!']],
    ['with more hyphens', '// conclint-disable-next-line calls-f --- reason\nf();', ['calls-f:2!']],
    ['under CRLF', '// conclint-disable-next-line calls-f -- reason\r\nf();\r\nf();', ['calls-f:2!', 'calls-f:3']],
    ['after a shebang', '#!/usr/bin/env -S node // conclint-disable-file calls-f -- no\n// conclint-disable-next-line calls-f -- r\nf();', ['calls-f:3!']],
    ['at the end of the file', 'f();\n// conclint-disable-file calls-f -- reason', ['calls-f:1!']],
    ['between arguments', 'g(\n  // conclint-disable-next-line calls-f -- reason\n  f(),\n);', ['calls-g:1', 'calls-f:3!']],
  ])('covers %s', (_, text, expected) => expect(lint(text)).toEqual(expected));

  test('works in JSX', () => {
    const text = 'const x = (\n  <A>\n    {/* conclint-disable-next-line calls-f -- reason */}\n    <B on={f()} />\n  </A>\n);';
    expect(lint(text, { file: { path: 'src/a.tsx' } })).toEqual(['calls-f:4!']);
  });

  test.each([
    ['a string', 'const s = "// conclint-disable-file calls-f -- x"; f();'],
    ['a template', 'const s = `\n// conclint-disable-file calls-f -- x\n`; f();'],
    ['a template behind an expression', 'const s = `${1} // conclint-disable-file calls-f -- x`; f();'],
    ['a regular expression', 'const s = /[/] conclint-disable-file calls-f -- x/; f();'],
    ['code', 'const conclint = 1, disable = 1, file = 1; conclint-disable-file; f();'],
    ['prose', '// as conclint-disable-file calls-f -- would do\nf();'],
  ])('is not read from %s', (_, text) => expect(lint(text)).toEqual([`calls-f:${text.split('\n').length}`]));

  test('is not read from JSX text', () => {
    expect(lint('const x = <A>// conclint-disable-file calls-f -- x</A>; f();', { file: { path: 'src/a.tsx' } })).toEqual(['calls-f:1']);
  });

  test('keeps its reason on one line', () => {
    const { result } = run('/* conclint-disable-file calls-f --\n * the queue retries,\n * and logs */ f();', rules);
    expect(result.findings[0]!.suppression).toEqual({ kind: 'inSource', reason: 'the queue retries, and logs' });
  });

  test('may stand in a comment that never ends', () => {
    expect(lint('f(); /* conclint-disable-file calls-f -- reason')).toEqual(['calls-f:1!']);
  });
});

describe('a suppression that is wrong', () => {
  test('without a reason suppresses nothing and is a warning', () => {
    const text = '// conclint-disable-next-line calls-f\nf();';
    expect(lint(text)).toEqual(['reasonless-suppression:1', 'calls-f:2']);
    expect(warnings(text)).toEqual(['1:4 conclint-disable-next-line has no reason, so it suppresses nothing: write it after --']);
    expect(lint('// conclint-disable-next-line calls-f --   \nf();')).toEqual(['reasonless-suppression:1', 'calls-f:2']);
  });

  test('with an unknown rule is a warning with the nearest name', () => {
    expect(warnings('// conclint-disable-next-line call-f -- reason\nf();')).toEqual(['1:31 conclint-disable-next-line names call-f, which is no rule, did you mean calls-f?']);
    expect(warnings('/* conclint-enable nonsense */')).toEqual(['1:20 conclint-enable names nonsense, which is no rule']);
  });

  test('without any rule is a warning', () => {
    expect(warnings('// conclint-disable-file -- reason\nf();')).toEqual(['1:4 conclint-disable-file names no rule, so it suppresses nothing']);
  });

  test('with a mistyped keyword is a warning', () => {
    expect(warnings('// conclint-disable-nextline calls-f -- reason')).toEqual(['1:4 conclint-disable-nextline is no directive, did you mean conclint-disable-next-line?']);
  });

  test('that covers no report is a warning per rule', () => {
    expect(warnings('// conclint-disable-next-line calls-f, calls-g -- reason\nf();')).toEqual(['1:40 conclint-disable-next-line suppresses no calls-g here']);
  });

  test('is no warning where the rule did not run, or reports only in a wider preset', () => {
    expect(warnings('// conclint-disable-file calls-f -- reason', { only: ['calls-g', 'unused-suppression'] })).toEqual([]);
    expect(warnings('// conclint-disable-file calls-f -- reason', { config: { rules: { 'calls-f': { severity: 'off' } } } })).toEqual([]);
    const mixed = [callRule('mixed', 'f', { messages: { found: message('x', { preset: 'strict' }), sure: message('x') } })];
    expect(shown(run('f(); // conclint-disable-line mixed -- reason', mixed))).toEqual([]);
  });

  test('is no warning where another rule took the report over', () => {
    const both = [callRule('floating-promise', 'f'), callRule('unawaited-return', 'f')];
    expect(shown(run('f(); // conclint-disable-line floating-promise -- reason', both))).toEqual(['unawaited-return:1!']);
  });

  test('of two that cover a report leaves the farther one unused', () => {
    expect(warnings('// conclint-disable-file calls-f -- a\nf(); // conclint-disable-line calls-f -- b')).toEqual(['1:26 conclint-disable-file suppresses no calls-f here']);
  });

  test('can be silenced by config or flags, never by a comment', () => {
    const text = '// conclint-disable-file calls-f -- reason';
    expect(warnings(text, { config: { rules: { 'unused-suppression': { severity: 'off' } } } })).toEqual([]);
    expect(warnings(text, { context: { reportUnusedDirectives: false } })).toEqual([]);
    expect(warnings(`// conclint-disable-file unused-suppression -- no\n${text}`)).toHaveLength(2);
  });
});

describe('without inline config', () => {
  test('comments neither suppress nor warn', () => {
    expect(lint('// conclint-disable-file calls-f -- reason\n// conclint-disable-file x\nf();', { context: { inlineConfig: false } })).toEqual(['calls-f:3']);
  });
});

describe('hostile comments', () => {
  test('a megabyte of directives is read in linear time', () => {
    const comment = `// conclint-disable-line ${'a, '.repeat(300_000)}`;
    expect(run(`${comment}\nf();`, rules).result.findings.at(-1)!.ruleId).toBe('calls-f');
  });

  test('names of Object.prototype are unknown rules', () => {
    expect(warnings('// conclint-disable-file __proto__, constructor -- reason')).toHaveLength(2);
  });
});
