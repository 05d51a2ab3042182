import type { FileInfo, Messages } from '../../src/rule.js';

type OnEveryHost<K extends string> = { readonly [Id in K | `${K}Elsewhere`]: Messages[string] };

/**
 * Messages at recommended about a rejection that nobody sees. Node ends the process for one, so there it is an error;
 * browsers and workers only report it, so elsewhere the same message is a warning.
 */
export function lostRejection<K extends string>(texts: Readonly<Record<K, string>>): OnEveryHost<K> {
  const entries = Object.entries<string>(texts).flatMap(([id, text]) => [
    [id, { text, preset: 'recommended', severity: 'error', precision: 'high' }],
    [`${id}Elsewhere`, { text, preset: 'recommended', severity: 'warning', precision: 'high' }],
  ]);
  return Object.fromEntries(entries) as OnEveryHost<K>;
}

/** Which of the two messages fits the file. */
export function onHost<K extends string>(id: K, file: FileInfo): K | `${K}Elsewhere` {
  return file.host === 'node' ? id : `${id}Elsewhere`;
}
