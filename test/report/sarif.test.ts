import type { Log, Result, Run } from 'sarif';
import { describe, expect, test } from 'vitest';
import * as registry from '../../rules/index.js';
import type { Finding } from '../../src/core/finding.js';
import type { LintResult } from '../../src/core/result.js';
import type { RuleMeta } from '../../src/core/rule-meta.js';
import { cweName } from '../../src/report/cwe.js';
import type { RenderEnv } from '../../src/report/reporter.js';
import { limitFindings, SARIF_RESULT_LIMIT } from '../../src/report/sarif-limit.js';
import { sarif } from '../../src/report/sarif.js';
import { finding, rangeAt } from '../support/finding.js';
import { schemaErrors } from '../support/sarif-schema.js';
import { envOf, leak, plain, race, resultOf, RULES, SAMPLE, suppressed } from './sample.js';

function runOf(result: LintResult, env: Partial<RenderEnv> = {}): Run {
  const log = JSON.parse(sarif.render(result, envOf(env))) as Log;
  expect(schemaErrors(log)).toEqual([]);
  return log.runs[0]!;
}
const onlyResult = (found: Finding, env: Partial<RenderEnv> = {}): Result => runOf(resultOf([found]), env).results![0]!;

test('a whole report', async () => {
  runOf(SAMPLE);
  await expect(sarif.render(SAMPLE, envOf())).toMatchFileSnapshot('golden/sample.sarif');
});

test('a report without findings, rules and notifications is valid too', () => {
  const run = runOf(resultOf([], { rules: [] }), { exitCode: 0 });
  expect(run.results).toEqual([]);
  expect(run.taxonomies).toBeUndefined();
  expect(run.tool.driver.supportedTaxonomies).toBeUndefined();
});

describe('a rule', () => {
  const [timer] = runOf(SAMPLE).tool.driver.rules!;

  test('has help in Markdown, a level, a precision and a severity for code scanning', () => {
    expect(timer!.help!.markdown).toBe(
      [
        '# leaked-timer',
        'A timer that nothing clears.',
        '## Why',
        'The interval keeps its object alive and runs for ever.',
        '## Instead',
        'Keep the handle and clear it in `close()`.',
        '## What it does not see',
        'Handles put into collections are not followed.',
      ].join('\n\n'),
    );
    expect(timer!.defaultConfiguration).toEqual({ level: 'warning' });
    expect(timer!.properties).toMatchObject({ precision: 'high', 'problem.severity': 'warning' });
  });

  test('is tagged and related to its weaknesses', () => {
    const run = runOf(SAMPLE);
    const taxa = run.taxonomies![0]!.taxa!.map(({ id }) => id);
    expect(taxa).toEqual(['CWE-362', 'CWE-404', 'CWE-772']);
    expect(timer!.properties!.tags).toEqual(['concurrency', 'reliability', 'tasks', 'external/cwe/cwe-772', 'external/cwe/cwe-404']);
    for (const { target } of timer!.relationships!) expect(taxa[target.index!]).toBe(target.id);
  });

  test('has no more tags than code scanning shows', () => {
    const many = { ...RULES[0]!, cwe: [248, 252, 362, 366, 367, 390, 391, 400, 401, 404, 410] };
    expect(runOf(resultOf([], { rules: [many] })).tool.driver.rules![0]!.properties!.tags).toHaveLength(10);
  });

  test('is found by each result through id and index', () => {
    const run = runOf(SAMPLE);
    for (const result of run.results!) expect(run.tool.driver.rules![result.ruleIndex!]!.id).toBe(result.ruleId);
  });
});

describe('the rules that there are', () => {
  const metas = (Object.values(registry) as { readonly meta: RuleMeta }[]).map(({ meta }) => meta);

  test('fall under weaknesses with a name', () => {
    expect(() => metas.flatMap(({ cwe }) => cwe ?? []).map(cweName)).not.toThrow();
  });

  test('make descriptors that code scanning takes', () => {
    for (const rule of runOf(resultOf([], { rules: metas })).tool.driver.rules!) {
      expect(rule.shortDescription!.text.length).toBeLessThanOrEqual(1024);
      expect(rule.fullDescription!.text.length).toBeLessThanOrEqual(1024);
      expect(rule.properties!.tags!.length).toBeLessThanOrEqual(10);
      expect(rule.help!.text).not.toBe('');
    }
  });
});

describe('a message', () => {
  test('is a sentence that links its steps', () => {
    expect(onlyResult(leak).message.text).toBe(
      'No code in view clears this interval. Steps: [the interval starts here](1), [stop() ends without clearing it](2).',
    );
    expect(onlyResult(leak).relatedLocations!.map(({ id, message }) => [id, message!.text])).toEqual([
      [1, 'the interval starts here.'],
      [2, 'stop() ends without clearing it.'],
    ]);
  });

  test('leaves the case of a name that opens it alone', () => {
    expect(onlyResult(race).message.text).toMatch(/^this\.total is written/);
  });

  test('makes no link of brackets in names', () => {
    expect(onlyResult(plain).message.text).toBe('This write of xs\\[0\\] may lose another.');
  });
});

describe('the code flows of a race', () => {
  const flows = onlyResult(race).codeFlows!;
  const words = (flow: number, thread: number) => flows[flow]!.threadFlows[thread]!.locations.map(({ location }) => location!.message!.text);

  test('begin with the whole interleaving', () => {
    expect(flows[0]!.threadFlows).toHaveLength(1);
    expect(words(0, 0)).toEqual(['A: reads this.total.', 'A: waits; B may run.', 'B: reads the same this.total.', 'B: writes this.total.', 'A: writes over what B wrote.']);
  });

  test('then have one flow per activation, in a common order', () => {
    const orders = flows[1]!.threadFlows.map(({ id, locations }) => [id, locations.map(({ executionOrder }) => executionOrder)]);
    expect(orders).toEqual([['A', [1, 2, 5]], ['B', [3, 4]]]);
  });

  test('are one for what is no race', () => {
    expect(onlyResult(leak).codeFlows).toHaveLength(1);
    expect(onlyResult(plain).codeFlows).toBeUndefined();
  });
});

describe('a location', () => {
  const place = (found: Finding, env: Partial<RenderEnv> = {}) => onlyResult(found, env).locations![0]!.physicalLocation!;

  test('is relative to the root and percent-encoded', () => {
    expect(place(plain)).toEqual({
      artifactLocation: { uri: 'src/my%20file.ts', uriBaseId: '%SRCROOT%' },
      region: { startLine: 2, startColumn: 5, endLine: 2, endColumn: 10 },
    });
    expect(runOf(SAMPLE).originalUriBaseIds!['%SRCROOT%']!.uri).toBeUndefined();
  });

  test('can be relative to the folder of the run, or absolute', () => {
    expect(place(plain, { pathBase: 'cwd', cwd: '/repo/src' }).artifactLocation!.uri).toBe('my%20file.ts');
    expect(place(plain, { pathBase: 'absolute' }).artifactLocation).toEqual({ uri: 'file:///repo/src/my%20file.ts' });
  });
});

test('a fix says what it replaces with what, and how safe it is', () => {
  const edits = [{ ...rangeAt(2, 5), text: '' }, { ...rangeAt(3, 1, 1), text: 'await ' }];
  const { fixes } = onlyResult({ ...plain, fixes: [{ description: 'await xs[0]', safety: 'unsafe', edits }] });
  expect(fixes).toEqual([
    {
      description: { text: 'Await xs\\[0\\].' },
      artifactChanges: [
        {
          artifactLocation: { uri: 'src/my%20file.ts', uriBaseId: '%SRCROOT%' },
          replacements: [
            { deletedRegion: { startLine: 2, startColumn: 5, endLine: 2, endColumn: 6 }, insertedContent: { text: '' } },
            { deletedRegion: { startLine: 3, startColumn: 1, endLine: 3, endColumn: 1 }, insertedContent: { text: 'await ' } },
          ],
        },
      ],
      properties: { safety: 'unsafe' },
    },
  ]);
});

test('each result has both fingerprints', () => {
  expect(onlyResult(race).partialFingerprints).toEqual({ primaryLocationLineHash: '1f:1', 'conclint/v1': race.fingerprint });
});

describe('suppressed findings', () => {
  test('stay out, for code scanning opens alerts for them', () => {
    expect(runOf(resultOf([suppressed])).results).toEqual([]);
  });

  test('come with their reason where they are asked for', () => {
    expect(onlyResult(suppressed, { reportSuppressed: true }).suppressions).toEqual([{ kind: 'inSource', status: 'accepted', justification: 'called once, by main' }]);
  });
});

describe('the invocation', () => {
  const { toolExecutionNotifications, toolConfigurationNotifications } = runOf(SAMPLE).invocations![0]!;

  test('keeps what went wrong apart from what was set up wrong', () => {
    expect(toolExecutionNotifications!.map(({ descriptor }) => descriptor!.id)).toEqual(['rule-crashed', 'syntax-error']);
    expect(toolConfigurationNotifications!.map(({ descriptor }) => descriptor!.id)).toEqual(['types-degraded']);
  });

  test('names the rule and the place', () => {
    const [crash, syntax] = toolExecutionNotifications!;
    expect(crash!.associatedRule).toEqual({ id: 'leaked-timer', index: 0 });
    expect(crash!.locations![0]!.physicalLocation!.artifactLocation!.uri).toBe('src/a%20b.ts');
    expect(syntax!.locations![0]!.physicalLocation!.region).toEqual({ startLine: 7 });
  });

  test('points to the descriptors of the driver', () => {
    const { driver } = runOf(SAMPLE).tool;
    for (const { descriptor } of [...toolExecutionNotifications!, ...toolConfigurationNotifications!]) {
      expect(driver.notifications![descriptor!.index!]!.id).toBe(descriptor!.id);
    }
  });

  test.each([
    [0, true],
    [1, true],
    [2, false],
  ])('with exit code %i is successful: %s', (exitCode, successful) => {
    expect(runOf(SAMPLE, { exitCode }).invocations![0]).toMatchObject({ exitCode, executionSuccessful: successful });
  });
});

describe('more findings than code scanning takes', () => {
  const errors = Array.from({ length: 3 }, () => finding({ ruleId: 'lost-update' }));
  const notes = Array.from({ length: 3 }, () => finding({ ruleId: 'leaked-timer', severity: 'note' }));
  const vague = finding({ ruleId: 'lost-update', precision: 'low' });

  test('are cut to the most severe and most certain, in their order', () => {
    const { kept, notification } = limitFindings([notes[0]!, vague, ...errors], 4);
    expect(kept).toEqual([vague, ...errors]);
    expect(limitFindings([vague, notes[0]!, ...errors], 3).kept).toEqual(errors);
    expect(notification!.message).toContain('4 of 5 findings');
  });

  test('are cut loudly', () => {
    const many = Array.from({ length: SARIF_RESULT_LIMIT + 1 }, () => plain);
    const log = JSON.parse(sarif.render(resultOf(many), envOf())) as Log;
    expect(log.runs[0]!.results).toHaveLength(SARIF_RESULT_LIMIT);
    expect(log.runs[0]!.invocations![0]!.toolConfigurationNotifications![0]!.message.text).toContain('25000 of 25001 findings');
    expect(sarif.remarks!(resultOf(many), envOf()).map(({ id }) => id)).toEqual(['results-truncated']);
    expect(sarif.remarks!(resultOf([plain]), envOf())).toEqual([]);
  });

  test('are all there when they fit', () => {
    expect(limitFindings(errors, 3)).toEqual({ kept: errors, notification: undefined });
  });
});
