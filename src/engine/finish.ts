import { compareFindings, type Finding } from '../core/finding.js';
import { fingerprints } from '../core/fingerprint.js';
import { lineHashes } from '../core/line-hash.js';
import type { RuleMeta } from '../core/rule-meta.js';
import type { FileInfo } from '../rule.js';
import { compareDrafts, draftOfDirective, type Draft } from './draft.js';
import { settle } from './precedence.js';
import { withinPreset, type ActiveRule } from './selection.js';
import { Suppressions, type Suppressible } from './suppressions.js';

export interface FinishOptions {
  /** Every rule that exists: what suppressions may name. */
  readonly rules: readonly RuleMeta[];
  readonly active: readonly ActiveRule[];
  /** Ids of active rules that could not look at all of the file. */
  readonly crashed: ReadonlySet<string>;
  readonly inlineConfig: boolean;
  readonly reportUnusedDirectives: boolean;
}

/** A draft that knows who it is among those of its file. */
interface Identified extends Draft {
  readonly fingerprint: string;
}

/**
 * The findings of one file, sorted: equal reports merged, those above the preset dropped, one kept per defect,
 * suppressed ones marked. Fingerprints come first, so that neither a preset nor a stronger rule renumbers them.
 */
export function finish(file: FileInfo, drafts: readonly Draft[], options: FinishOptions): Finding[] {
  const all = identify(distinct(drafts), file);
  const settled = settle(all.filter(({ spec, active }) => withinPreset(spec.preset, active.preset)));
  if (!options.inlineConfig) return toFindings(file, settled);

  const suppressions = new Suppressions(file.source, options.rules);
  const kept = settled.map((each) => ({ ...each, suppression: suppressions.of(suppressible(each.winner, each.also)) }));
  // A comment that suppresses what only a wider preset shows, or what gave way to another rule, is in use too.
  for (const draft of all) suppressions.of(suppressible(draft, []));
  return toFindings(file, [...kept, ...directiveReports(file, suppressions, options)]);
}

function directiveReports(file: FileInfo, suppressions: Suppressions, options: FinishOptions): Settled[] {
  const { active, crashed, reportUnusedDirectives } = options;
  const ran = new Set(active.map(({ rule }) => rule.meta.id).filter((id) => !crashed.has(id)));
  const reports = [...suppressions.faults(), ...(reportUnusedDirectives ? suppressions.unused(ran) : [])];
  const drafts = reports.flatMap((report) => {
    const wanted = active.find(({ rule }) => rule.meta.id === report.meta.id);
    return wanted ? [draftOfDirective(report, wanted, file)] : [];
  });
  return identify(distinct(drafts), file).map((winner) => ({ winner, also: [] }));
}

interface Settled {
  readonly winner: Identified;
  readonly also: readonly string[];
  readonly suppression?: Finding['suppression'] | undefined;
}

function suppressible({ ruleId, range }: Draft, also: readonly string[]): Suppressible {
  return { ruleId, also, line: range.startLine, start: range.start };
}

/** Sorted, without reports that a rule made twice: of the copies of a finally block, or of two paths to one end. */
function distinct(drafts: readonly Draft[]): Draft[] {
  const seen = new Set<string>();
  return [...drafts].sort(compareDrafts).filter((draft) => {
    const key = [draft.ruleId, draft.messageId, draft.range.start, draft.range.end, draft.subjectKey].join('\0');
    return !seen.has(key) && seen.add(key);
  });
}

function identify(drafts: readonly Draft[], { path }: FileInfo): Identified[] {
  const identities = fingerprints(drafts.map(({ ruleId, functionName, snippet }) => ({ ruleId, file: path, functionName, snippet })));
  return drafts.map((draft, i) => ({ ...draft, fingerprint: identities[i]! }));
}

function toFindings(file: FileInfo, settled: readonly Settled[]): Finding[] {
  if (settled.length === 0) return [];
  const hashes = lineHashes(file.marked ? `\ufeff${file.source.text}` : file.source.text);
  return settled
    .map(({ winner, also, suppression }): Finding => ({
      ruleId: winner.ruleId,
      messageId: winner.messageId,
      message: winner.message,
      preset: winner.spec.preset,
      severity: winner.active.severity ?? winner.spec.severity,
      precision: winner.spec.precision,
      file: file.path,
      range: winner.range,
      subject: winner.subject,
      also,
      trace: winner.trace,
      fingerprint: winner.fingerprint,
      lineHash: hashes[winner.range.startLine - 1] ?? '',
      ...(winner.fixes && { fixes: winner.fixes }),
      ...(suppression && { suppression }),
    }))
    .sort(compareFindings);
}
