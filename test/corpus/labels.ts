/** Findings of pinned projects as they were read and judged, and what has become of them since. */
import type { Finding, Preset } from '../../src/core/finding.js';
import { groupBy } from '../../src/core/group-by.js';

export type Judgement = 'right' | 'wrong';

/** A finding, without a word of foreign code. */
export interface Seen {
  readonly project: string;
  readonly ruleId: string;
  readonly messageId: string;
  readonly preset: Preset;
  /** Below the checkout, `/`-separated. */
  readonly file: string;
  readonly line: number;
  readonly fingerprint: string;
}
export interface Label extends Seen {
  /** Absent while nobody has read it. */
  readonly verdict?: Judgement;
  /** What breaks, when, and how that point is reached; or why nothing does. */
  readonly consequence?: string;
  /** Of someone who did not see the first verdict. */
  readonly secondReader?: Judgement;
}

export interface Comparison {
  readonly fresh: readonly Seen[];
  readonly gone: readonly Label[];
  /** The same defect under another message, preset, line or fingerprint. */
  readonly changed: readonly { readonly before: Label; readonly now: Label }[];
  /** The labels of all that is found now, in the order of their files. */
  readonly labels: readonly Label[];
}

export function seenIn(project: string, finding: Finding): Seen {
  const { ruleId, messageId, preset, file, range, fingerprint } = finding;
  return { project, ruleId, messageId, preset, file, line: range.startLine, fingerprint };
}

/** Holds what is found now against the labels: by fingerprint, and what is left by rule, message and place. */
export function compareLabels(labels: readonly Label[], seen: readonly Seen[]): Comparison {
  const left = new Set(labels);
  const partners = new Map<Seen, Label>();
  for (const key of [byFingerprint, byPlace]) {
    const candidates = groupBy(left, key);
    for (const each of seen) {
      if (partners.has(each)) continue;
      const partner = candidates.get(key(each))?.shift();
      if (partner === undefined) continue;
      partners.set(each, partner);
      left.delete(partner);
    }
  }
  const changed = [...partners].map(([now, before]) => ({ before, now: { ...before, ...now } })).filter(({ before, now }) => !sameFinding(before, now));
  return {
    fresh: seen.filter((each) => !partners.has(each)),
    gone: [...left],
    changed,
    labels: seen.map((each) => ({ ...each, ...judgementOf(partners.get(each)) })).sort(compareSeen),
  };
}

function byFingerprint({ project, fingerprint }: Seen): string {
  return JSON.stringify([project, fingerprint]);
}

function byPlace({ project, ruleId, messageId, file, line }: Seen): string {
  return JSON.stringify([project, ruleId, messageId, file, line]);
}

function sameFinding(a: Seen, b: Seen): boolean {
  return a.fingerprint === b.fingerprint && a.messageId === b.messageId && a.preset === b.preset && a.line === b.line;
}

function judgementOf(label: Label | undefined): Pick<Label, 'verdict' | 'consequence' | 'secondReader'> {
  const { verdict, consequence, secondReader } = label ?? {};
  return { ...(verdict && { verdict }), ...(consequence !== undefined && { consequence }), ...(secondReader && { secondReader }) };
}

function compareSeen(a: Seen, b: Seen): number {
  const [x, y] = [a, b].map((each) => [each.file, String(each.line).padStart(9, '0'), each.ruleId, each.fingerprint].join('\0')) as [string, string];
  return x < y ? -1 : x > y ? 1 : 0;
}

export interface Tally {
  readonly findings: number;
  readonly right: number;
  readonly wrong: number;
  readonly unlabelled: number;
}

export function tally(labels: readonly Label[]): Tally {
  const of = (verdict: Judgement | undefined): number => labels.filter((label) => settled(label) === verdict).length;
  return { findings: labels.length, right: of('right'), wrong: of('wrong'), unlabelled: of(undefined) };
}

/** Right only where nobody who read it disagrees. */
function settled({ verdict, secondReader }: Label): Judgement | undefined {
  return verdict === 'right' && secondReader === 'wrong' ? 'wrong' : verdict;
}
