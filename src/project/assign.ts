import { dirname } from 'node:path';
import type { Tsconfig, TsconfigReader } from './tsconfig.js';

/** Which project a file belongs to. */
export interface Assignment {
  /** The config whose file list names the file; undefined: none does. */
  readonly member?: Tsconfig;
  /** Nearer configs that list entry files only: the file is theirs if their program turns out to import it. */
  readonly entries: readonly Tsconfig[];
  /** For a file that no list names: the config whose options it is read with; undefined: default options. */
  readonly home?: Tsconfig;
}

/** Finds projects by walking up from each file, as the compiler's editors do; or among the projects named by the user. */
export class Assigner {
  readonly #configs: TsconfigReader;
  readonly #top: string | undefined;
  readonly #explicit: readonly string[];
  readonly #chains = new Map<string, readonly string[]>();

  /** @param top folder to stop at; undefined: the file system's root. @param explicit paths of `--project`. */
  constructor(configs: TsconfigReader, top: string | undefined, explicit: readonly string[]) {
    this.#configs = configs;
    this.#top = top;
    this.#explicit = explicit;
  }

  assign(file: string): Assignment {
    const chain = this.#chain(dirname(file));
    const entries: Tsconfig[] = [];
    for (const path of chain) {
      const candidates = this.#configs.withReferences(path);
      const member = candidates.find((config) => config.includes(file));
      if (member) return { member, entries };
      entries.push(...candidates.filter((config) => config.listsEntries));
    }
    const home = chain[0];
    return { entries, ...(home === undefined ? {} : { home: this.#configs.read(home) }) };
  }

  /** The configs of a folder: the user's choice, or one per folder upward, nearest first. */
  #chain(folder: string): readonly string[] {
    if (this.#explicit.length > 0) return this.#explicit;
    let chain = this.#chains.get(folder);
    if (!chain) {
      const own = this.#configs.inFolder(folder);
      const parent = dirname(folder);
      const above = folder === this.#top || parent === folder ? [] : this.#chain(parent);
      this.#chains.set(folder, (chain = own === undefined ? above : [own, ...above]));
    }
    return chain;
  }
}
