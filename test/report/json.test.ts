import { describe, expect, test } from 'vitest';
import { json, type JsonFileResult } from '../../src/report/json.js';
import type { Fix, FixSafety } from '../../src/core/finding.js';
import { rangeAt } from '../support/finding.js';
import { envOf, leak, plain, race, resultOf, SAMPLE, suppressed } from './sample.js';

const render = (...args: Parameters<typeof json.render>): JsonFileResult[] => JSON.parse(json.render(...args)) as JsonFileResult[];

test('a whole report', async () => {
  const pretty = `${JSON.stringify(render(SAMPLE, envOf()), null, 2)}\n`;
  await expect(pretty).toMatchFileSnapshot('golden/sample.json');
});

test('no findings are an empty list', () => {
  expect(json.render(resultOf([]), envOf())).toBe('[]\n');
});

describe('fixes', () => {
  const source = '\ufefffetch(url);\nfetch(url);\n';
  const edit = (start: number, text: string) => ({ ...rangeAt(1, start + 1), start, end: start, text });
  const fixOf = (safety: FixSafety): Fix => ({ description: 'hand signal to fetch', safety, edits: [edit(9, ', { signal }'), edit(21, ', { signal }')] });
  const [file] = render(resultOf([{ ...race, fixes: [fixOf('safe')] }, { ...leak, fixes: [fixOf('unsafe')] }]), envOf({ source: () => source }));

  test('have the form of ESLint: one edit, in the text without its byte order mark; unsafe ones are suggestions', () => {
    const fix = { range: [9, 21], text: ', { signal });\nfetch(url, { signal }' };
    expect(file!.messages).toMatchObject([{ fix }, { suggestions: [{ desc: 'hand signal to fetch', fix }] }]);
    expect(file!.messages[1]).not.toHaveProperty('fix');
  });

  test('are counted where they are safe', () => {
    expect(file).toMatchObject({ fixableErrorCount: 1, fixableWarningCount: 0 });
  });
});

describe('what tools that read ESLint rely on', () => {
  const [first, second] = render(resultOf([race, leak, plain]), envOf());

  test('an absolute path per file', () => {
    expect([first!.filePath, second!.filePath]).toEqual(['/repo/src/ledger.ts', '/repo/src/my file.ts']);
  });

  test('severity 2 for errors and 1 for the rest, counted', () => {
    expect(first!.messages.map(({ severity }) => severity)).toEqual([2, 1]);
    expect(first).toMatchObject({ errorCount: 1, warningCount: 1, fatalErrorCount: 0 });
    expect(second).toMatchObject({ errorCount: 0, warningCount: 1 });
  });

  test('rule, words and position of each message', () => {
    expect(second!.messages[0]).toMatchObject({ ruleId: 'lost-update', messageId: 'exposed', line: 2, column: 5, endLine: 2, endColumn: 10, message: plain.message });
  });

  test('suppressed messages apart, with their reason', () => {
    const [file] = render(resultOf([suppressed]), envOf());
    expect(file!.messages).toEqual([]);
    expect(file!.suppressedMessages[0]).toMatchObject({ ruleId: 'lost-update', suppressions: [{ kind: 'directive', justification: 'called once, by main' }] });
  });

  test('a file that could not be judged as a fatal error', () => {
    const broken = render(SAMPLE, envOf()).find(({ filePath }) => filePath === '/repo/src/broken.ts');
    expect(broken).toMatchObject({ fatalErrorCount: 1, errorCount: 1, messages: [{ ruleId: null, fatal: true, severity: 2, line: 7, message: "';' expected" }] });
  });
});

test('steps carry their thread, and no step of what is no race does', () => {
  const [file] = render(resultOf([race, leak]), envOf({ pathBase: 'root' }));
  const [first, second] = file!.messages.map((message) => ('trace' in message ? message.trace : []));
  expect(first!.map(({ thread }) => thread)).toEqual(['A', 'A', 'B', 'B', 'A']);
  expect(second![0]).toEqual({ file: 'src/ledger.ts', line: 12, column: 15, endLine: 12, endColumn: 16, text: 'the interval starts here' });
});

test('quiet leaves errors only', () => {
  expect(render(resultOf([leak, plain, race]), envOf({ quiet: true })).map(({ messages }) => messages.length)).toEqual([1]);
});
