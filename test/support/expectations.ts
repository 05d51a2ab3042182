import type { Finding } from '../../src/core/finding.js';

/**
 * What a fixture says of itself, in comments on the line they describe (`@-1`, `@+2`: on another line):
 *
 *   // expect: rule-id "fragment of the message"    a finding; the fragment may be left out
 *   // note: rule-id                                a step of a finding's trace
 *   // ok: reason                                   a near miss: looks like the defect and is none
 *   // todo: rule-id "fragment"                     a known miss; fails once it is found
 *   // todo-ok: rule-id "fragment"                  a known false alarm; fails once it is gone
 */
export interface Expectation {
  readonly keyword: 'expect' | 'note' | 'todo' | 'todo-ok';
  /** Where the comment stands. */
  readonly at: number;
  /** The line it speaks of. */
  readonly line: number;
  readonly ruleId: string;
  readonly fragment: string;
}

export interface FixtureText {
  readonly expectations: readonly Expectation[];
  /** Lines marked `ok`. */
  readonly nearMisses: readonly number[];
}

// A comment that opens with one word and a colon speaks in this language; anything else is for the reader.
const COMMENT = /\/\/ ([a-z]+(?:-[a-z]+)*)(@[+-]\d+)?:(?= |$)/g;
const CLAIM = /^([a-z]+(?:-[a-z]+)*)(?: "([^"]*)")?$/;

/** @throws Error where a comment is not of the language, naming its line */
export function parseFixture(text: string): FixtureText {
  const expectations: Expectation[] = [];
  const nearMisses: number[] = [];
  text.split('\n').forEach((content, index) => {
    const comments = [...content.matchAll(COMMENT)];
    comments.forEach((comment, i) => {
      const [opening, keyword, offset = '@+0'] = comment;
      const body = content.slice(comment.index + opening.length, comments[i + 1]?.index).trim();
      const at = index + 1;
      const line = at + Number(offset.slice(1));
      if (keyword !== 'ok') expectations.push({ at, line, ...parseClaim(keyword!, body, at) });
      else if (body === '') throw new Error(`line ${at}: "ok:" needs its reason`);
      else nearMisses.push(line);
    });
  });
  return { expectations, nearMisses };
}

function parseClaim(keyword: string, body: string, at: number): Pick<Expectation, 'keyword' | 'ruleId' | 'fragment'> {
  if (keyword !== 'expect' && keyword !== 'note' && keyword !== 'todo' && keyword !== 'todo-ok') {
    throw new Error(`line ${at}: unknown keyword "${keyword}:"; the keywords are expect, note, ok, todo, todo-ok`);
  }
  const claim = CLAIM.exec(body);
  if (!claim) throw new Error(`line ${at}: "${keyword}: ${body}" is not of the form ${keyword}: rule-id "fragment"`);
  return { keyword, ruleId: claim[1]!, fragment: claim[2] ?? '' };
}

/**
 * Holds what was found in `file` against what it expects, strictly both ways, for the rules in `judged` and those that
 * the fixture names. A line per difference; none when they agree.
 */
export function differences(file: string, { expectations, nearMisses }: FixtureText, findings: readonly Finding[], judged: readonly string[]): string[] {
  const rules = new Set([...judged, ...expectations.map(({ ruleId }) => ruleId)]);
  const open = findings.filter((finding) => finding.file === file && rules.has(finding.ruleId));
  const steps = findings.flatMap(({ ruleId, trace }) => trace.filter((step) => step.file === file).map((step) => `${ruleId}:${step.range.startLine}`));
  const found: string[] = [];
  // The longer fragment first: it is the more particular of two claims on one line.
  for (const expectation of [...expectations].sort((a, b) => b.fragment.length - a.fragment.length)) {
    const { keyword, line, ruleId, fragment } = expectation;
    const place = `${file}:${line}`;
    const claim = fragment === '' ? ruleId : `${ruleId} "${fragment}"`;
    if (keyword === 'note') {
      if (!steps.includes(`${ruleId}:${line}`)) found.push(`${place}: no trace of ${ruleId} has a step here`);
      continue;
    }
    const match = open.findIndex((finding) => finding.ruleId === ruleId && finding.range.startLine === line && finding.message.includes(fragment));
    if (match >= 0) open.splice(match, 1);
    if (keyword === 'todo' && match >= 0) found.push(`${place}: ${claim} is found now: make the "todo" an "expect"`);
    if (keyword === 'todo-ok' && match < 0) found.push(`${place}: ${claim} is no longer reported: make the "todo-ok" an "ok"`);
    if (keyword === 'expect' && match < 0) found.push(`${place}: missing ${claim}${insteadOf(expectation, file, findings)}`);
  }
  const surplus = open.map(({ range, ruleId, message }) => {
    const nearMiss = nearMisses.includes(range.startLine) ? ' (marked ok)' : '';
    return `${file}:${range.startLine}: unexpected ${ruleId}: ${message}${nearMiss}`;
  });
  return [...found, ...surplus].sort(byLine);
}

/** What there is in place of a missing finding: the same rule with other words, or a rule it gave way to. */
function insteadOf({ ruleId, line }: Expectation, file: string, findings: readonly Finding[]): string {
  const here = findings.filter((finding) => finding.file === file && finding.range.startLine === line);
  const other = here.find((finding) => finding.ruleId === ruleId || finding.also.includes(ruleId));
  if (!other) return '';
  return other.ruleId === ruleId ? `; its message is: ${other.message}` : `; it gave way to ${other.ruleId}: ${other.message}`;
}

function byLine(a: string, b: string): number {
  return Number(a.split(':')[1]) - Number(b.split(':')[1]);
}
