import { readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import ignore, { type Ignore } from 'ignore';

export type IgnoreReason = 'ignored by default' | 'ignored by config' | 'ignored by .gitignore';

/** What nobody writes by hand. A folder below `src` is written by hand whatever its name, unless packages are installed there. */
const DEFAULTS = [
  'dist/',
  'build/',
  'coverage/',
  '.next/',
  '.nuxt/',
  '.output/',
  '.svelte-kit/',
  '.turbo/',
  '.cache/',
  '.docusaurus/',
  '!**/src/**/',
  'node_modules/',
  'bower_components/',
  'jspm_packages/',
  '.git/',
  '.yarn/',
  '.pnpm-store/',
  '.conclint/',
  '*.min.js',
  '*.min.cjs',
  '*.min.mjs',
  '__generated__/',
  '*.generated.*',
];

/** Which paths are passed over: defaults, then the config's patterns (both in .gitignore's syntax, later ones win), then every .gitignore from the root down. */
export class IgnoreRules {
  readonly #root: string;
  readonly #defaults: Ignore;
  readonly #withConfig: Ignore;
  readonly #gitignores = new Map<string, Ignore | undefined>();
  readonly #folders = new Map<string, IgnoreReason | undefined>();

  /** @param root absolute real path. @param ignores the config's patterns, relative to the root. */
  constructor(root: string, ignores: readonly string[]) {
    this.#root = root;
    this.#defaults = ignore().add(DEFAULTS);
    this.#withConfig = ignore().add(DEFAULTS).add([...ignores]);
  }

  /** Why this file (an absolute path) is passed over: for itself or for a folder above it. */
  whyFile(path: string): IgnoreReason | undefined {
    return this.whyFolder(dirname(path)) ?? this.#whyEntry(path, false);
  }

  whyFolder(path: string): IgnoreReason | undefined {
    if (this.#inner(path) === undefined) return undefined;
    if (!this.#folders.has(path)) this.#folders.set(path, this.whyFolder(dirname(path)) ?? this.#whyEntry(path, true));
    return this.#folders.get(path);
  }

  #whyEntry(path: string, isFolder: boolean): IgnoreReason | undefined {
    const inner = this.#inner(path);
    if (inner === undefined) return undefined;
    const name = isFolder ? `${inner}/` : inner;
    if (this.#withConfig.ignores(name)) return this.#defaults.ignores(name) ? 'ignored by default' : 'ignored by config';
    return this.#gitIgnores(path, isFolder) ? 'ignored by .gitignore' : undefined;
  }

  /** The nearest .gitignore that has an opinion decides. */
  #gitIgnores(path: string, isFolder: boolean): boolean {
    for (let folder = dirname(path); ; folder = dirname(folder)) {
      const rules = this.#gitignore(folder);
      if (rules) {
        const verdict = rules.test(path.slice(folder.length + 1) + (isFolder ? '/' : ''));
        if (verdict.ignored || verdict.unignored) return verdict.ignored;
      }
      if (folder === this.#root || folder === dirname(folder)) return false;
    }
  }

  #gitignore(folder: string): Ignore | undefined {
    if (!this.#gitignores.has(folder)) {
      const sources = [`${folder}/.gitignore`, ...(folder === this.#root ? [`${folder}/.git/info/exclude`] : [])];
      const texts = sources.map(readIfThere).filter((text) => text !== undefined);
      this.#gitignores.set(folder, texts.length === 0 ? undefined : ignore().add(texts.join('\n')));
    }
    return this.#gitignores.get(folder);
  }

  /** The path below the root; undefined for the root itself and all that lies outside. */
  #inner(path: string): string | undefined {
    const prefix = this.#root === '/' ? '/' : `${this.#root}/`;
    return path.startsWith(prefix) && path.length > prefix.length ? path.slice(prefix.length) : undefined;
  }
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
