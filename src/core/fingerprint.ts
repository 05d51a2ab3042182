import { createHash } from 'node:crypto';

/** What makes a finding the same finding after edits elsewhere: never a line number, never an offset. */
export interface FindingIdentity {
  readonly ruleId: string;
  /** Path relative to the root, `/`-separated. */
  readonly file: string;
  /** The enclosing function as a reader names it. */
  readonly functionName: string;
  /** Source text of the reported node; layout and comments do not count. */
  readonly snippet: string;
}

/** 32 hexadecimal digits. `ordinal` counts findings of equal identity in one file, from 0. */
export function fingerprint(identity: FindingIdentity, ordinal = 0): string {
  const parts = [identity.ruleId, identity.file, identity.functionName, normaliseSnippet(identity.snippet), String(ordinal)];
  return createHash('sha256').update(parts.join('\0')).digest('hex').slice(0, 32);
}

/** The fingerprints of one file's findings, given in order of position: equal identities are told apart by their ordinal. */
export function fingerprints(identities: readonly FindingIdentity[]): string[] {
  const seen = new Map<string, number>();
  return identities.map((identity) => {
    const first = fingerprint(identity);
    const ordinal = seen.get(first) ?? 0;
    seen.set(first, ordinal + 1);
    return ordinal === 0 ? first : fingerprint(identity, ordinal);
  });
}

// Literals come first, so that a `//` within a string is no comment. A regular expression literal is read as plain
// code: at worst two snippets that differ in one look alike, and the ordinal still tells their findings apart.
const TOKEN = /("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'|`(?:\\.|[^`\\])*`)|(\/\/[^\n]*|\/\*[\s\S]*?\*\/|\s+|,(?=\s*[)\]}]))/g;

/** Comments and trailing commas out, layout out: what a formatter may change leaves the fingerprint alone. */
export function normaliseSnippet(snippet: string): string {
  return snippet
    .replace(TOKEN, (_, literal: string | undefined) => literal ?? ' ')
    .replace(/ +/g, ' ')
    .replace(/(?<=[^\w$]) | (?=[^\w$])/g, '')
    .trim();
}
