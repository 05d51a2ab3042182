import { isUtf8 } from 'node:buffer';
import { readFileSync, statSync } from 'node:fs';

/** Why a file is passed over for what it is, whatever the ignore rules say. */
export type ContentReason = 'too large' | 'binary' | 'not UTF-8' | 'generated' | 'minified' | 'unreadable' | 'not a regular file';

export const MOST_BYTES = 1_000_000;
/** Longest mean line of a text that a person wrote, in bytes. */
const MOST_BYTES_PER_LINE = 500;
/** Below this size a single long line is a table or a template. */
const LEAST_MINIFIED_BYTES = 5_000;
const HEADER_BYTES = 2_048;

const SOURCE = /\.[cm]?[jt]sx?$/;
const DECLARATION = /\.d\.([^./]+\.)?[cm]?ts$/;
/** Components whose script is not extracted. */
const COMPONENT = /\.(vue|svelte|astro)$/;

export type NameKind = 'source' | 'declaration' | '.vue' | '.svelte' | '.astro' | 'other';

export function kindOfName(name: string): NameKind {
  if (DECLARATION.test(name)) return 'declaration';
  if (SOURCE.test(name) && !/\.[cm][jt]sx$/.test(name)) return 'source';
  return (COMPONENT.exec(name)?.[0] as NameKind | undefined) ?? 'other';
}

/** Opens regular files only: a pipe would wait for its writer for ever. */
export function whyUnfit(path: string): ContentReason | undefined {
  let bytes: Buffer;
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return 'not a regular file';
    if (stats.size > MOST_BYTES) return 'too large';
    bytes = readFileSync(path);
  } catch {
    return 'unreadable';
  }
  if (isUtf16(bytes)) return 'not UTF-8';
  if (bytes.includes(0)) return 'binary';
  if (!isUtf8(bytes)) return 'not UTF-8';
  if (isGenerated(bytes.toString('utf8', 0, HEADER_BYTES))) return 'generated';
  return isMinified(bytes) ? 'minified' : undefined;
}

const isUtf16 = (bytes: Buffer): boolean => (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);

/** A marker counts in the comments before the first code only: a generator's own source has it further down, in strings. */
function isGenerated(head: string): boolean {
  const comments = leadingComments(head.startsWith('\uFEFF') ? head.slice(1) : head);
  return comments.includes('@generated') || /\bcode generated\b.*\bdo not edit\b/i.test(comments);
}

function leadingComments(text: string): string {
  let at = text.startsWith('#!') ? endOfLine(text, 0) : 0;
  for (;;) {
    while (/\s/.test(text[at] ?? '')) at++;
    if (text.startsWith('//', at)) at = endOfLine(text, at);
    else if (text.startsWith('/*', at)) {
      const end = text.indexOf('*/', at + 2);
      at = end < 0 ? text.length : end + 2;
    } else return text.slice(0, at);
  }
}

function endOfLine(text: string, from: number): number {
  const end = text.indexOf('\n', from);
  return end < 0 ? text.length : end;
}

function isMinified(bytes: Buffer): boolean {
  if (bytes.length < LEAST_MINIFIED_BYTES) return false;
  const enoughLines = Math.ceil(bytes.length / MOST_BYTES_PER_LINE);
  let lines = 1;
  for (let at = bytes.indexOf(10); at >= 0 && lines < enoughLines; at = bytes.indexOf(10, at + 1)) lines++;
  return lines < enoughLines;
}
