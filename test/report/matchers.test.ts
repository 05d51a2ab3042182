import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { SEVERITIES } from '../../src/core/finding.js';
import { compact } from '../../src/report/compact.js';
import { text } from '../../src/report/text.js';
import { finding, rangeAt } from '../support/finding.js';
import { envOf, resultOf, SAMPLE } from './sample.js';

interface Pattern {
  readonly regexp: string;
  readonly file: number;
  readonly line: number;
  readonly column: number;
  readonly severity: number;
  readonly code: number;
  readonly message: number;
}
interface Matched {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly severity: string;
  readonly code: string;
  readonly message: string;
}

const read = (name: string): unknown => JSON.parse(readFileSync(new URL(`../../src/report/matchers/${name}`, import.meta.url), 'utf8'));
const github = (read('github.json') as { problemMatcher: [{ owner: string; pattern: [Pattern] }] }).problemMatcher[0];
const [oneShot, watch] = (read('vscode-tasks.json') as { tasks: { command: string; isBackground?: boolean; problemMatcher: { pattern: Pattern; background?: Record<string, unknown> } }[] })
  .tasks;

/** Every match in a log, read as a runner reads it: line by line. */
function matches(pattern: Pattern, log: string): Matched[] {
  const regexp = new RegExp(pattern.regexp);
  return log.split('\n').flatMap((line) => {
    const groups = regexp.exec(line);
    if (!groups) return [];
    const { file, line: at, column, severity, code, message } = pattern;
    return [{ file: groups[file]!, line: Number(groups[at]), column: Number(groups[column]), severity: groups[severity]!, code: groups[code]!, message: groups[message]! }];
  });
}
const facts = (severities: readonly string[]): Matched[] =>
  SAMPLE.findings
    .filter(({ suppression, severity }) => !suppression && severities.includes(severity))
    .map(({ file, range, severity, ruleId, message }) => ({ file, line: range.startLine, column: range.startColumn, severity, code: ruleId, message }));

describe('the matcher of GitHub', () => {
  test('finds each error and warning in the text report, and nothing else', () => {
    expect(matches(github.pattern[0], text.render(SAMPLE, envOf()))).toEqual(facts(['error', 'warning']));
  });

  test('has a name to remove it by', () => {
    expect(github.owner).toBe('conclint');
  });
});

describe('the tasks of VS Code', () => {
  test.each([
    ['once', oneShot!],
    ['watching', watch!],
  ])('run %s find each finding in what they print', (_, { command, problemMatcher }) => {
    const report = command.includes('--format compact') ? compact : text;
    expect(matches(problemMatcher.pattern, report.render(SAMPLE, envOf()))).toEqual(facts(SEVERITIES));
  });

  test('know where a watched run begins and ends', () => {
    expect(watch!.isBackground).toBe(true);
    const { beginsPattern, endsPattern } = watch!.problemMatcher.background as { beginsPattern: string; endsPattern: string };
    expect('[conclint] checking 42 files').toMatch(new RegExp(beginsPattern));
    for (const end of ['[conclint] 0 problems', '[conclint] 1 problem', '[conclint] 12 problems']) expect(end).toMatch(new RegExp(endsPattern));
    expect('[conclint] checking').not.toMatch(new RegExp(endsPattern));
  });
});

test('paths with spaces, brackets, colons and drives, and messages with colons, are read whole', () => {
  const files = ['my file.ts', 'app/[slug]/(group)/a.ts', 'a:1:2.ts', 'C:/x/a.ts'];
  const findings = files.map((file) => finding({ ruleId: 'lost-update', file, range: rangeAt(3, 5), message: 'x: y:1:2: error z: w' }));
  for (const pattern of [github.pattern[0], oneShot!.problemMatcher.pattern]) {
    const found = matches(pattern, compact.render(resultOf(findings), envOf()));
    expect(found.map(({ file, line, message }) => [file, line, message])).toEqual(files.map((file) => [file, 3, 'x: y:1:2: error z: w']));
  }
});
