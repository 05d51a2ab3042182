import { dirname } from 'node:path';
import { ts } from '../syntax/ts.js';
import type { FileStore } from './file-store.js';

/** One tsconfig or jsconfig as the compiler reads it. */
export interface Tsconfig {
  readonly path: string;
  readonly parsed: ts.ParsedCommandLine;
  /** Whether the config's own `include` and `files` name this path. */
  includes(path: string): boolean;
  /** Only `files` decides: what they import belongs to the project too, which is known once the program is made. */
  readonly listsEntries: boolean;
  /** Configs of the `references`, as absolute paths. */
  readonly references: readonly string[];
  /** What is wrong with the config, one line each; an empty file list is no fault. */
  readonly problems: readonly ConfigProblem[];
}
export interface ConfigProblem {
  readonly message: string;
  readonly file?: string;
  /** 1-based. */
  readonly line?: number;
}

/** "No inputs were found" and "The 'files' list is empty": normal for a solution config. */
const EMPTY_PROJECT = new Set([18002, 18003]);

/** Reads configs once, with all that they extend. */
export class TsconfigReader {
  readonly #files: FileStore;
  readonly #configs = new Map<string, Tsconfig>();
  readonly #extended = new Map<string, ts.ExtendedConfigCacheEntry>();

  constructor(files: FileStore) {
    this.#files = files;
  }

  /** The tsconfig.json or jsconfig.json of this folder. */
  inFolder(folder: string): string | undefined {
    const base = folder === '/' ? '' : folder;
    return [`${base}/tsconfig.json`, `${base}/jsconfig.json`].find((path) => this.#files.fileExists(path));
  }

  read(path: string): Tsconfig {
    let config = this.#configs.get(path);
    if (!config) this.#configs.set(path, (config = this.#parse(path)));
    return config;
  }

  /** The config, then all that it references, near ones first, each once. */
  withReferences(path: string): readonly Tsconfig[] {
    const seen = new Set([path]);
    for (const next of seen) for (const reference of this.read(next).references) if (this.#files.fileExists(reference)) seen.add(reference);
    return [...seen].map((each) => this.read(each));
  }

  #parse(path: string): Tsconfig {
    const source = ts.readJsonConfigFile(path, (file) => this.#files.readText(file));
    const host: ts.ParseConfigHost = {
      useCaseSensitiveFileNames: this.#files.caseSensitive,
      readDirectory: ts.sys.readDirectory,
      fileExists: (file) => this.#files.fileExists(file),
      readFile: (file) => this.#files.readText(file),
    };
    const parsed = ts.parseJsonSourceFileConfigFileContent(source, host, dirname(path), undefined, path, undefined, undefined, this.#extended);
    const raw = parsed.raw as { files?: unknown; include?: unknown } | undefined;
    const names = new Set(parsed.fileNames.map(this.#files.canonical));
    return {
      path,
      parsed,
      includes: (file) => names.has(this.#files.canonical(file)),
      listsEntries: Array.isArray(raw?.files) && raw.files.length > 0 && raw.include === undefined,
      references: (parsed.projectReferences ?? []).map((reference) => ts.resolveProjectReferencePath(reference)),
      problems: [...(source as { parseDiagnostics?: readonly ts.Diagnostic[] }).parseDiagnostics ?? [], ...parsed.errors]
        .filter((diagnostic, index, all) => !EMPTY_PROJECT.has(diagnostic.code) && all.indexOf(diagnostic) === index)
        .map(problemOf),
    };
  }
}

function problemOf(diagnostic: ts.Diagnostic): ConfigProblem {
  const message = ts.flattenDiagnosticMessageText(diagnostic.messageText, ' ').replace(/\s+/g, ' ').replace(/\.$/, '');
  if (!diagnostic.file) return { message };
  return { message, file: diagnostic.file.fileName, line: diagnostic.file.getLineAndCharacterOfPosition(diagnostic.start ?? 0).line + 1 };
}
