import fc from 'fast-check';
import type { Log } from 'sarif';
import { describe, expect, test } from 'vitest';
import { visible } from '../../src/core/escape.js';
import type { Finding } from '../../src/core/finding.js';
import { compact } from '../../src/report/compact.js';
import { json, type JsonFileResult } from '../../src/report/json.js';
import { sarif } from '../../src/report/sarif.js';
import { text } from '../../src/report/text.js';
import { finding, rangeAt, step } from '../support/finding.js';
import { hostileText, runnerCommands } from '../support/hostile-text.js';
import { schemaErrors } from '../support/sarif-schema.js';
import { envOf, resultOf } from './sample.js';

/** A project whose every name, word and line is meant to do harm. */
const hostileProject = fc
  .record({ file: hostileText, message: hostileText, words: hostileText, reason: hostileText, source: fc.array(hostileText, { maxLength: 4 }), line: fc.integer({ min: 1, max: 5 }), column: fc.integer({ min: 1, max: 30 }) })
  .map(({ file, message, words, reason, source, line, column }) => {
    const path = `src/${file}.ts`;
    const trace = [step(path, line, column, words, 'A'), step(path, line + 1, 1, words, 'B')];
    const active = finding({ ruleId: 'lost-update', messageId: 'stale', file: path, message, range: rangeAt(line, column, column + 4), trace });
    const suppressed: Finding = { ...active, suppression: { kind: 'inSource', reason } };
    const result = resultOf([active, suppressed], { notifications: [{ id: 'syntax-error', level: 'warning', message, file: path, fatal: false }] });
    return { active, result, env: envOf({ source: () => source.join('\n'), reportSuppressed: true }) };
  });

// Control characters but the line break, direction marks, surrogates without their other half.
const HARMFUL = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]|\p{Surrogate}/u;

describe.each([text, compact, json, sarif])('the $name report of a hostile project', (reporter) => {
  test('holds nothing that steers a terminal, and nothing that a runner obeys', () => {
    fc.assert(
      fc.property(hostileProject, ({ result, env }) => {
        const report = reporter.render(result, env);
        expect(report).not.toMatch(HARMFUL);
        expect(runnerCommands(report)).toEqual([]);
      }),
    );
  });
});

test('the JSON report gives every string back as it was', () => {
  fc.assert(
    fc.property(hostileProject, ({ active, result, env }) => {
      const [file] = JSON.parse(json.render(result, { ...env, pathBase: 'root' })) as JsonFileResult[];
      const message = file!.messages.find(({ ruleId }) => ruleId === 'lost-update')!;
      expect(message).toMatchObject({ message: active.message, trace: [{ text: active.trace[0]!.text }, {}] });
    }),
  );
});

test('the SARIF report stays valid, its links its own, and its text readable', () => {
  fc.assert(
    fc.property(hostileProject, ({ active, result, env }) => {
      const log = JSON.parse(sarif.render(result, env)) as Log;
      expect(schemaErrors(log)).toEqual([]);
      const [found] = log.runs[0]!.results!;
      const links = [...found!.message.text!.matchAll(/(?<!\\)(?:\\\\)*\]\((\d+)\)/g)].map(([, id]) => id);
      expect(links).toEqual(['1', '2']);
      const words = found!.relatedLocations![0]!.message!.text!.replace(/\\([\\[\]])/g, '$1');
      expect(words.startsWith(`A: ${visible(active.trace[0]!.text)}`)).toBe(true);
    }),
    { numRuns: 50 },
  );
});

test('the first line of a finding stays one line', () => {
  fc.assert(
    fc.property(hostileProject, ({ result, env }) => {
      expect(compact.render(result, env).split('\n')).toHaveLength(2);
    }),
  );
});
