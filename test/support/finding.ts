import { createHash } from 'node:crypto';
import type { Finding, Range, Step } from '../../src/core/finding.js';

/** A range on one line, 1-based, end exclusive. Offsets are of no interest to what reads findings. */
export function rangeAt(startLine: number, startColumn: number, endColumn = startColumn + 1, endLine = startLine): Range {
  return { startLine, startColumn, endLine, endColumn, start: startLine * 1000 + startColumn, end: endLine * 1000 + endColumn };
}

export function step(file: string, line: number, column: number, text: string, thread?: 'A' | 'B'): Step {
  return { file, range: rangeAt(line, column), text, ...(thread && { thread }) };
}

/** A finding with what a test cares for. */
export function finding(facts: Partial<Finding> & Pick<Finding, 'ruleId'>): Finding {
  const base = {
    messageId: 'hazard',
    message: 'something is wrong here',
    preset: 'recommended',
    severity: 'error',
    precision: 'high',
    file: 'src/a.ts',
    range: rangeAt(1, 1),
    subject: 'x',
    also: [],
    trace: [],
    lineHash: '0:1',
    ...facts,
  } as const;
  const fingerprint = createHash('sha256').update(`${base.ruleId} ${base.file} ${base.range.start}`).digest('hex').slice(0, 32);
  return { fingerprint, ...base };
}
