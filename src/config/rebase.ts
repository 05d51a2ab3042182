/**
 * Patterns are written relative to the config that has them and used relative to the root. A pattern without a slash matches in
 * every folder below the config.
 */

/** `folder`: the config's, relative to the root; empty for the root. */
export function rebaseGlob(glob: string, folder: string): string {
  const [negation, pattern] = glob.startsWith('!') ? ['!', glob.slice(1)] : ['', glob];
  return negation + prefix(folder) + anchored(pattern);
}

/** The same for .gitignore's syntax. */
export function rebaseIgnore(pattern: string, folder: string): string {
  if (folder === '') return pattern.replace(/^(!?)\.\//, '$1/');
  const [negation, rest] = pattern.startsWith('!') ? ['!', pattern.slice(1)] : ['', pattern];
  const isBare = !rest.replace(/\/$/, '').includes('/');
  return `${negation}/${prefix(folder)}${isBare ? '**/' : ''}${rest.replace(/^\.?\//, '')}`;
}

/** `file-glob#Function.name`. */
export function rebaseSequential(entry: string, folder: string): string {
  const at = entry.lastIndexOf('#');
  return at < 0 ? entry : rebaseGlob(entry.slice(0, at), folder) + entry.slice(at);
}

function anchored(pattern: string): string {
  return pattern.includes('/') ? pattern.replace(/^\.?\//, '') : `**/${pattern}`;
}

const prefix = (folder: string): string => (folder === '' ? '' : `${folder.replaceAll(/[\\*?[\]{}()!+@]/g, '\\$&')}/`);
