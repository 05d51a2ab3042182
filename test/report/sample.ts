import type { Finding } from '../../src/core/finding.js';
import type { LintResult, LintStats } from '../../src/core/result.js';
import type { RuleMeta } from '../../src/core/rule-meta.js';
import type { RenderEnv } from '../../src/report/reporter.js';
import { finding, rangeAt, step } from '../support/finding.js';

export const ROOT = '/repo';

export const SOURCES: Readonly<Record<string, string>> = {
  'src/ledger.ts': `export class Ledger {
  private total = 0;

  async add(account: string): Promise<void> {
    const before = this.total;
    const amount = await this.amountOf(account);

    this.total = before + amount;
  }

  start(): void {
\tthis.timer = setInterval(() => this.flush(), 1000); // 每秒 flush
  }
}
`,
  'src/my file.ts': "import { add } from './ledger.js';\nadd(xs[0]);\n",
  'src/shutdown.ts': 'export async function stop(): Promise<void> {\n  await queue.onIdle();\n}\n',
};

const lostUpdate: RuleMeta = {
  id: 'lost-update',
  family: 'state',
  summary: 'a shared value is written from what it was before an await',
  question: 'race',
  encodes: ['WP-1'],
  cwe: [362],
  docs: {
    why: 'Another activation can change the value while this one waits, and its change is overwritten.',
    instead: 'Read after the await:\n\n```ts\nconst amount = await this.amountOf(account);\nthis.total += amount;\n```',
    limits: 'Only places that the analysis can name are followed.',
  },
  messages: {
    stale: { text: '{place} is written from a value read before this await', preset: 'recommended', severity: 'error', precision: 'high' },
    exposed: { text: 'this write of {place} may lose another', preset: 'strict', severity: 'warning', precision: 'medium' },
  },
};
const leakedTimer: RuleMeta = {
  id: 'leaked-timer',
  family: 'tasks',
  summary: 'a timer that nothing clears',
  question: 'release',
  encodes: ['PS-C1'],
  cwe: [772, 404],
  docs: { why: 'The interval keeps its object alive and runs for ever.', instead: 'Keep the handle and clear it in `close()`.', limits: 'Handles put into collections are not followed.' },
  messages: { interval: { text: 'no code in view clears this interval', preset: 'recommended', severity: 'warning', precision: 'high' } },
};
export const RULES: readonly RuleMeta[] = [leakedTimer, lostUpdate];

export const race: Finding = finding({
  ruleId: 'lost-update',
  messageId: 'stale',
  message: 'this.total is written from a value read before this await',
  file: 'src/ledger.ts',
  range: rangeAt(8, 5, 33),
  also: ['check-then-act'],
  lineHash: '1f:1',
  trace: [
    step('src/ledger.ts', 5, 20, 'reads this.total', 'A'),
    step('src/ledger.ts', 6, 20, 'waits; B may run', 'A'),
    step('src/ledger.ts', 5, 20, 'reads the same this.total', 'B'),
    step('src/ledger.ts', 8, 5, 'writes this.total', 'B'),
    step('src/ledger.ts', 8, 5, 'writes over what B wrote', 'A'),
  ],
});
export const leak: Finding = finding({
  ruleId: 'leaked-timer',
  messageId: 'interval',
  message: 'no code in view clears this interval',
  severity: 'warning',
  file: 'src/ledger.ts',
  range: rangeAt(12, 15, 53),
  lineHash: '2f:1',
  trace: [step('src/ledger.ts', 12, 15, 'the interval starts here'), step('src/shutdown.ts', 1, 23, 'stop() ends without clearing it')],
});
export const plain: Finding = finding({
  ruleId: 'lost-update',
  messageId: 'exposed',
  message: 'this write of xs[0] may lose another',
  preset: 'strict',
  severity: 'note',
  precision: 'medium',
  file: 'src/my file.ts',
  range: rangeAt(2, 5, 10),
  lineHash: '3f:1',
});
export const suppressed: Finding = {
  ...finding({ ruleId: 'lost-update', messageId: 'stale', message: 'this.total is written from a value read before this await', file: 'src/shutdown.ts', range: rangeAt(2, 3) }),
  suppression: { kind: 'inSource', reason: 'called once, by main' },
};

export const STATS: LintStats = { files: 42, lines: 4000, functions: 300, asyncFunctions: 120, awaits: 431, flowsBuilt: 90, skipped: { generated: 3, ignored: 0, 'too large': 1 } };

export function resultOf(findings: readonly Finding[], extra: Partial<LintResult> = {}): LintResult {
  return { toolVersion: '1.2.3', root: ROOT, findings, rules: RULES, notifications: [], stats: STATS, ...extra };
}

export const SAMPLE: LintResult = resultOf([race, leak, plain, suppressed], {
  notifications: [
    { id: 'rule-crashed', level: 'error', message: 'leaked-timer crashed on src/a b.ts: x[0] is undefined', file: 'src/a b.ts', ruleId: 'leaked-timer', fatal: true },
    { id: 'syntax-error', level: 'warning', message: "';' expected", file: 'src/broken.ts', line: 7, fatal: false },
    { id: 'types-degraded', level: 'warning', message: 'node_modules is missing: types of dependencies are unknown', fatal: false },
  ],
});

export function envOf(extra: Partial<RenderEnv> = {}): RenderEnv {
  return { colorLevel: 0, cwd: ROOT, source: (file) => SOURCES[file], reportSuppressed: false, quiet: false, exitCode: 1, version: '1.2.3', ...extra };
}
