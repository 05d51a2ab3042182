import type { Finding, FixSafety, Fix } from '../core/finding.js';
import { groupBy } from '../core/group-by.js';
import type { AppliedFix, FixedFile, Notification } from '../core/result.js';
import { applyEdits, hullOf } from '../core/text-edits.js';

/** What a run says of one text: what is found in it, and what the compiler has against it. */
export interface JudgedRun {
  readonly findings: readonly Finding[];
  /** By root-relative path: the texts that have fixes, or have had some. Offsets leave the byte order mark out. */
  readonly fixable: ReadonlyMap<string, { readonly text: string; readonly errors: readonly { readonly start: number; readonly message: string }[] }>;
}

/** A file with a fix that was made in the last pass, until the next run has shown that it does what it should. */
interface Trial {
  readonly textBefore: string;
  readonly errorsBefore: readonly string[];
  /** Findings by rule. */
  readonly countsBefore: ReadonlyMap<string, number>;
  readonly attempts: readonly Attempt[];
}
interface Attempt {
  readonly finding: Finding;
  readonly fix: Fix;
  /** Where it stands in the text after it. */
  readonly start: number;
  readonly end: number;
}

interface FileState {
  readonly before: string;
  text: string;
  readonly made: AppliedFix[];
  trial: Trial | undefined;
}

const MARK = '\ufeff';
/** A function may need one pass per fix, where they overlap; what needs more than this goes round in circles. */
const MAX_PASSES = 10;

/**
 * Makes fixes, pass by pass, in memory. Of overlapping fixes one is made per pass; the next run shows what is left. A fix
 * has to keep its word: where the text then has new errors, or is reported as often as before, it is taken back for good.
 */
export class FixSession {
  readonly #allowed: ReadonlySet<FixSafety>;
  readonly #files = new Map<string, FileState>();
  readonly #refused = new Set<string>();
  readonly #notifications: Notification[] = [];
  #passes = 0;

  constructor(allowed: readonly FixSafety[]) {
    this.#allowed = new Set(allowed);
  }

  /** Looks at what the last pass came to, and makes the next. False when the texts are as the run saw them: it is the last one. */
  advance(run: JudgedRun): boolean {
    const findingsOf = groupBy(run.findings, ({ file }) => file);
    let changed = false;
    for (const [file, state] of this.#files) {
      if (state.trial && !this.#keepsItsWord(file, state, state.trial, findingsOf.get(file) ?? [], run)) changed = true;
      state.trial = undefined;
    }
    // What was taken back has no findings to go by yet.
    if (changed || this.#passes >= MAX_PASSES) return changed;
    this.#passes++;
    for (const [file, findings] of findingsOf) if (this.#fixFile(file, findings, run)) changed = true;
    return changed;
  }

  /** The texts that differ from those on disk, by root-relative path. */
  get texts(): ReadonlyMap<string, string> {
    return new Map([...this.#files].flatMap(([file, { before, text }]) => (text === before ? [] : [[file, text] as const])));
  }

  get fixed(): readonly FixedFile[] {
    return [...this.#files].flatMap(([file, { before, text, made }]) => (text === before ? [] : [{ file, before, after: text, fixes: made }])).sort((a, b) => (a.file < b.file ? -1 : 1));
  }

  get notifications(): readonly Notification[] {
    return this.#notifications;
  }

  #fixFile(file: string, findings: readonly Finding[], { fixable }: JudgedRun): boolean {
    const judged = fixable.get(file);
    const chosen = this.#choose(findings);
    if (!judged || chosen.length === 0) return false;
    const known = this.#files.get(file);
    const state = known ?? { before: judged.text, text: judged.text, made: [], trial: undefined };
    if (!known) this.#files.set(file, state);
    state.trial = {
      textBefore: state.text,
      errorsBefore: judged.errors.map(({ message }) => message),
      countsBefore: countByRule(findings),
      attempts: placed(chosen),
    };
    state.text = edited(state.text, chosen.map(({ fix }) => fix));
    state.made.push(...chosen.map(({ finding, fix }) => ({ ruleId: finding.ruleId, description: fix.description, safety: fix.safety })));
    return true;
  }

  /** The first fix that is allowed of each finding, as long as it neither overlaps nor touches one before it; in order of position. */
  #choose(findings: readonly Finding[]): { readonly finding: Finding; readonly fix: Fix }[] {
    const candidates = findings.flatMap((finding) => {
      const fix = finding.fixes?.find(({ safety }) => this.#allowed.has(safety));
      return fix && !finding.suppression && !this.#refused.has(keyOf(finding)) ? [{ finding, fix, ...hullOf(fix.edits) }] : [];
    });
    let end = -1;
    return candidates
      .sort((a, b) => a.start - b.start || a.end - b.end)
      .filter((candidate) => {
        if (candidate.start <= end) return false;
        end = candidate.end;
        return true;
      });
  }

  #keepsItsWord(file: string, state: FileState, trial: Trial, findings: readonly Finding[], { fixable }: JudgedRun): boolean {
    const errors = newErrors(fixable.get(file)?.errors ?? [], trial.errorsBefore);
    const counts = countByRule(findings);
    const idle = trial.attempts.filter(({ finding: { ruleId } }) => (counts.get(ruleId) ?? 0) >= trial.countsBefore.get(ruleId)!);
    if (errors.length === 0 && idle.length === 0) return true;

    const close = trial.attempts.filter(({ start, end }) => errors.some((error) => start <= error.start && error.start <= end));
    const culprits = idle.length > 0 ? idle : close.length > 0 ? close : trial.attempts;
    for (const { finding, fix } of culprits) {
      this.#refused.add(keyOf(finding));
      const because = errors[0] ? `the result has an error: ${errors[0].message}` : 'the result is reported as before';
      this.#notifications.push({ id: 'fix-withdrawn', level: 'note', message: `the fix "${fix.description}" was withdrawn: ${because}`, file, line: finding.range.startLine, ruleId: finding.ruleId, fatal: false });
    }
    state.text = trial.textBefore;
    state.made.length -= trial.attempts.length;
    return false;
  }
}

function keyOf({ file, fingerprint }: Finding): string {
  return `${file} ${fingerprint}`;
}

function edited(text: string, fixes: readonly Fix[]): string {
  const mark = text.startsWith(MARK) ? MARK : '';
  return mark + applyEdits(text.slice(mark.length), fixes.flatMap(({ edits }) => edits));
}

/** Fixes in order of position, with where each stands once all are made. */
function placed(chosen: readonly { readonly finding: Finding; readonly fix: Fix }[]): Attempt[] {
  let shift = 0;
  return chosen.map(({ finding, fix }) => {
    const hull = hullOf(fix.edits);
    const start = hull.start + shift;
    for (const { start: from, end: to, text } of fix.edits) shift += text.length - (to - from);
    return { finding, fix, start, end: hull.end + shift };
  });
}

function countByRule(findings: readonly Finding[]): ReadonlyMap<string, number> {
  return new Map([...groupBy(findings.filter(({ suppression }) => !suppression), ({ ruleId }) => ruleId)].map(([id, all]) => [id, all.length]));
}

/** Those that were not there before, as often as they were. */
function newErrors<T extends { readonly message: string }>(errors: readonly T[], before: readonly string[]): readonly T[] {
  const left = [...before];
  return errors.filter(({ message }) => {
    const known = left.indexOf(message);
    if (known >= 0) left.splice(known, 1);
    return known < 0;
  });
}
