import { nearest } from '../core/errors.js';
import type { Suppression } from '../core/finding.js';
import type { RuleMeta } from '../core/rule-meta.js';
import { commentEnd, isLineBreak } from '../syntax/comments.js';
import type { ts } from '../syntax/ts.js';
import { findDirectives, type Directive, type Directives, type Word } from './directives.js';
import { reasonlessSuppression, unknownSuppression, unusedSuppression } from './directive-rules.js';
import { namesOf } from './selection.js';

/** What a comment can suppress: a report at its primary location, under its rule's name or that of one that gave way to it. */
export interface Suppressible {
  readonly ruleId: string;
  readonly also: readonly string[];
  /** 1-based line of the primary location. */
  readonly line: number;
  /** Offset of the primary location. */
  readonly start: number;
}

/** Something to say about a directive itself. */
export interface DirectiveReport {
  readonly meta: RuleMeta;
  readonly message: string;
  readonly data: Readonly<Record<string, string>>;
  readonly at: Word;
}

/** One rule of one directive that is in force. */
interface Entry {
  readonly ruleId: string;
  readonly name: Word;
  readonly directive: Directive;
  readonly reason: string;
  readonly covers: (where: Suppressible) => boolean;
  used: boolean;
}

/** Of several directives that cover a report, the closest counts as used. */
const CLOSENESS: Readonly<Record<Directive['kind'], number>> = { 'disable-line': 0, 'disable-next-line': 1, disable: 2, 'disable-file': 3, enable: 4 };

/** The suppressions of one file. */
export class Suppressions {
  readonly #entries: readonly Entry[];
  readonly #faults: readonly DirectiveReport[];

  /** `rules` are all that exist, active or not. */
  constructor(source: ts.SourceFile, rules: readonly RuleMeta[]) {
    const directives = findDirectives(source);
    const ids = new Map(rules.flatMap((meta) => namesOf(meta).map((name) => [name, meta.id] as const)));
    this.#faults = faultsOf(directives, ids);
    this.#entries = entriesOf(source, directives.known, ids);
  }

  /** The suppression in force for a report, if any; it then counts as used. */
  of(where: Suppressible): Suppression | undefined {
    const entry = this.#entries.find(({ ruleId, covers }) => (ruleId === where.ruleId || where.also.includes(ruleId)) && covers(where));
    if (!entry) return undefined;
    entry.used = true;
    return { kind: 'inSource', reason: entry.reason };
  }

  /** Directives without a reason, of unknown rules, mistyped. */
  faults(): readonly DirectiveReport[] {
    return this.#faults;
  }

  /** Rules named where they report nothing; `ran` are those that could have. */
  unused(ran: ReadonlySet<string>): DirectiveReport[] {
    return this.#entries
      .filter((entry) => !entry.used && ran.has(entry.ruleId))
      .map(({ directive, name }) => ({
        meta: unusedSuppression,
        message: 'unused',
        data: { directive: directive.keyword.text, name: name.text },
        at: name,
      }));
  }
}

function faultsOf({ known, mistyped }: Directives, ids: ReadonlyMap<string, string>): DirectiveReport[] {
  const unknown = (message: string, data: DirectiveReport['data'], at: Word): DirectiveReport => ({ meta: unknownSuppression, message, data, at });
  return [
    ...mistyped.map(({ keyword, nearest: near }) => unknown('directive', { name: keyword.text, suggestion: suggest(near) }, keyword)),
    ...known.flatMap((directive) => {
      const { kind, keyword, names, reason } = directive;
      const faults = names
        .filter((name) => !ids.has(name.text))
        .map((name) => unknown('rule', { directive: keyword.text, name: name.text, suggestion: suggest(nearest(name.text, ids.keys())) }, name));
      if (kind === 'enable') return faults;
      if (names.length === 0) faults.push(unknown('none', { directive: keyword.text }, keyword));
      else if (reason === undefined) faults.push({ meta: reasonlessSuppression, message: 'reasonless', data: { directive: keyword.text }, at: keyword });
      return faults;
    }),
  ];
}

function suggest(name: string | undefined): string {
  return name === undefined ? '' : `, did you mean ${name}?`;
}

function entriesOf(source: ts.SourceFile, directives: readonly Directive[], ids: ReadonlyMap<string, string>): Entry[] {
  const entries = directives.flatMap((directive) => {
    const { kind, names, reason } = directive;
    if (kind === 'enable' || reason === undefined) return [];
    return names.flatMap((name): Entry[] => {
      const ruleId = ids.get(name.text);
      return ruleId === undefined ? [] : [{ ruleId, name, directive, reason, covers: coverage(source, directive, ruleId, directives, ids), used: false }];
    });
  });
  return entries.sort((a, b) => CLOSENESS[a.directive.kind] - CLOSENESS[b.directive.kind]);
}

function coverage(
  source: ts.SourceFile,
  { kind, comment }: Directive,
  ruleId: string,
  directives: readonly Directive[],
  ids: ReadonlyMap<string, string>,
): Entry['covers'] {
  switch (kind) {
    case 'disable-line': {
      const [first, last] = [lineOf(source, comment.start), lineOf(source, comment.end)];
      return ({ line }) => first <= line && line <= last;
    }
    case 'disable-next-line': {
      const target = lineOf(source, nextCode(source.text, comment.end));
      return ({ line }) => line === target;
    }
    case 'disable': {
      const ends = (other: Directive): boolean => other.kind === 'enable' && (other.names.length === 0 || other.names.some((name) => ids.get(name.text) === ruleId));
      const end = directives.find((other) => other.comment.start >= comment.end && ends(other))?.comment.start ?? Infinity;
      return ({ start }) => comment.end <= start && start < end;
    }
    default:
      return () => true;
  }
}

function lineOf(source: ts.SourceFile, position: number): number {
  return source.getLineAndCharacterOfPosition(position).line + 1;
}

/** Where, below the line of `from`, the first line starts that holds more than blanks and comments. */
function nextCode(text: string, from: number): number {
  let at = from;
  while (at < text.length && !isLineBreak(text.charCodeAt(at))) at++;
  while (at < text.length) {
    const end = commentEnd(text, at);
    if (end !== undefined) at = end;
    else if (/\s/.test(text[at]!)) at++;
    else break;
  }
  return at;
}
