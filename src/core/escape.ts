/**
 * Text that comes from the linted project (names, messages, source lines, paths) is foreign: it may hold terminal
 * sequences, direction overrides, commands of a CI runner. Everything that prints it goes through this module.
 */

// Control characters; line and paragraph separators; direction marks, overrides and isolates; the byte order mark
// within text; lone surrogates and the two noncharacters that XML forbids.
const UNPRINTABLE = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ufffe\uffff\p{Surrogate}]/gu;

/** Unprintable characters as `\u{…}`: one line stays one line, and reads in the order it is stored in. */
export function visible(text: string): string {
  return text.replace(UNPRINTABLE, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

/** As `visible`, with tabs kept: for lines of a code frame. */
export function visibleSource(line: string): string {
  return line.split('\t').map(visible).join('\t');
}

/**
 * Breaks what the runners of GitHub and Azure take for commands: `##[` and `##vso[` anywhere, `::` at the start of
 * a line. Applied to whole output, after everything else; always, so that output does not depend on where it is made.
 */
export function breakWorkflowCommands(output: string): string {
  return output.replace(/(##[a-z]*)\[/gi, '$1\\[').replace(/^((?:[^\S\r\n]|\x85)*)::/gm, '$1\\::');
}

/** One line of foreign text for a terminal or a log. */
export function escapeLine(text: string): string {
  return breakWorkflowCommands(visible(text));
}

/** Foreign text inside a SARIF message, where `[…](…)` is a link and `\` escapes. */
export function escapeSarifText(text: string): string {
  return visible(text).replace(/[\\[\]]/g, '\\$&');
}

/** A `/`-separated relative path as a relative URI reference. No scheme can arise: `:` is encoded too. */
export function relativeUri(path: string): string {
  return path.split('/').map((segment) => encodeURIComponent(segment.replace(/\p{Surrogate}/gu, '\ufffd'))).join('/');
}

/**
 * JSON that reads back as the same value and yet holds nothing for a terminal or a runner: what JSON.stringify leaves
 * raw is written as `\uXXXX`, and so is the bracket of a workflow command.
 */
export function toJson(value: unknown, indent = 0): string {
  return JSON.stringify(value, null, indent)
    .replace(UNPRINTABLE, (character) => (character === '\n' ? character : `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`))
    .replace(/(##[a-z]*)\[/gi, '$1\\u005b');
}
