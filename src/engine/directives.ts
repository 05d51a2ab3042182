import { nearest } from '../core/errors.js';
import { commentAt, type Comment } from '../syntax/comments.js';
import type { ts } from '../syntax/ts.js';

/**
 * Comments that switch rules off:
 *
 *   // conclint-disable-next-line rule-a, rule-b -- reason      the next line that holds code
 *   work(); // conclint-disable-line rule-a -- reason           the comment's own line
 *   /* conclint-disable rule-a -- reason *\/ … /* conclint-enable rule-a *\/   what stands between; to the end without enable
 *   // conclint-disable-file rule-a -- reason                   the whole file
 *
 * The directive comes first in its comment, line or block, JSX too. Parsed by hand in linear time: comments are foreign text.
 */
export const DIRECTIVES = ['disable', 'disable-line', 'disable-next-line', 'disable-file', 'enable'] as const;
export type DirectiveKind = (typeof DIRECTIVES)[number];

const PREFIX = 'conclint-';

export interface Word {
  readonly text: string;
  readonly start: number;
}

export interface Directive {
  readonly kind: DirectiveKind;
  readonly comment: Comment;
  /** `conclint-disable-line`, where it stands. */
  readonly keyword: Word;
  /** The rules it names, as written, each once. */
  readonly names: readonly Word[];
  /** One line, or undefined where none is given. */
  readonly reason: string | undefined;
}

export interface Directives {
  readonly known: readonly Directive[];
  /** Keywords that look like one of ours and are none, with the nearest that is. */
  readonly mistyped: readonly { readonly keyword: Word; readonly nearest: string | undefined }[];
}

/** Every directive of the file, in order. */
export function findDirectives(source: ts.SourceFile): Directives {
  const known: Directive[] = [];
  const mistyped: Directives['mistyped'][number][] = [];
  const { text } = source;
  let at = text.indexOf(PREFIX);
  while (at >= 0) {
    const comment = commentAt(source, at);
    if (comment && at === bodyStart(text, comment)) {
      const keyword = readKeyword(text, at);
      const kind = DIRECTIVES.find((candidate) => PREFIX + candidate === keyword.text);
      if (kind) known.push({ kind, comment, keyword, ...readArguments(text, at + keyword.text.length, bodyEnd(text, comment)) });
      else if (/^conclint-(dis|en)/.test(keyword.text)) mistyped.push({ keyword, nearest: nearest(keyword.text, DIRECTIVES.map((candidate) => PREFIX + candidate)) });
    }
    at = text.indexOf(PREFIX, comment ? comment.end : at + PREFIX.length);
  }
  return { known, mistyped };
}

function bodyStart(text: string, comment: Comment): number {
  let at = comment.start + 2;
  while (at < comment.end && isFiller(text[at]!)) at++;
  return at;
}

function bodyEnd(text: string, comment: Comment): number {
  const isBlock = text.startsWith('/*', comment.start);
  return isBlock && text.endsWith('*/', comment.end) && comment.end - comment.start >= 4 ? comment.end - 2 : comment.end;
}

function readKeyword(text: string, start: number): Word {
  let end = start;
  while (end < text.length && /[\w-]/.test(text[end]!)) end++;
  return { text: text.slice(start, end), start };
}

/** Names up to a word that starts with `--`; the reason is what follows the hyphens. */
function readArguments(text: string, start: number, end: number): { names: Word[]; reason: string | undefined } {
  const words = new Map<string, Word>();
  let at = start;
  for (;;) {
    while (at < end && (isFiller(text[at]!) || text[at] === ',')) at++;
    if (at >= end) return { names: [...words.values()], reason: undefined };
    if (text.startsWith('--', at)) return { names: [...words.values()], reason: readReason(text.slice(at, end)) };
    const wordStart = at;
    while (at < end && !isFiller(text[at]!) && text[at] !== ',') at++;
    const word = text.slice(wordStart, at);
    if (!words.has(word)) words.set(word, { text: word, start: wordStart });
  }
}

function readReason(text: string): string | undefined {
  let start = 0;
  while (text[start] === '-') start++;
  const words = text.slice(start).split(/\s+/).filter((word) => word !== '' && word !== '*');
  return words.length > 0 ? words.join(' ') : undefined;
}

/** Blanks and the stars that lead the lines of a block comment. */
function isFiller(character: string): boolean {
  return character === '*' || /\s/.test(character);
}
