import { readdirSync, readFileSync, realpathSync, statSync } from 'node:fs';
import { dirname, basename } from 'node:path';
import { readLibFile } from '../syntax/lib-files.js';
import { ts } from '../syntax/ts.js';

type EntryKind = 'file' | 'directory' | 'link';

/**
 * The file system as the compiler asks for it, remembered for one run: module resolution probes the same folders
 * thousands of times, so a folder is listed once and every later question about it costs no system call.
 */
export class FileStore {
  readonly caseSensitive = ts.sys.useCaseSensitiveFileNames;
  readonly #folders = new Map<string, ReadonlyMap<string, EntryKind> | undefined>();
  readonly #links = new Map<string, EntryKind | undefined>();
  readonly #realPaths = new Map<string, string>();
  readonly #marked = new Set<string>();
  readonly #texts: Readonly<Record<string, string>>;

  /** `texts` stand in for what is on disk, by path; a byte order mark opens those of marked files. */
  constructor(texts: Readonly<Record<string, string>> = {}) {
    this.#texts = texts;
  }

  canonical = (path: string): string => (this.caseSensitive ? path : path.toLowerCase());

  fileExists(path: string): boolean {
    return this.#kindOf(path) === 'file' || readLibFile(path) !== undefined;
  }

  directoryExists(path: string): boolean {
    return this.#kindOf(path) === 'directory';
  }

  directories(path: string): string[] {
    const folder = this.#folder(path);
    return folder === undefined ? [] : [...folder.keys()].filter((name) => this.#resolved(path, name, folder) === 'directory').sort();
  }

  /** Text without its byte order mark; undefined when there is no such file or it cannot be read. */
  readText(path: string): string | undefined {
    const lib = readLibFile(path);
    if (lib !== undefined) return lib;
    try {
      const bytes = Object.hasOwn(this.#texts, path) ? Buffer.from(this.#texts[path]!) : readFileSync(path);
      if (isMarked(bytes)) this.#marked.add(path);
      return decode(bytes);
    } catch {
      return undefined;
    }
  }

  /** Was the text read last from a file that starts with a byte order mark in UTF-8? */
  isMarked(path: string): boolean {
    return this.#marked.has(path);
  }

  realPath(path: string): string {
    let real = this.#realPaths.get(path);
    if (real === undefined) {
      try {
        real = realpathSync.native(path);
      } catch {
        real = path;
      }
      this.#realPaths.set(path, real);
    }
    return real;
  }

  #kindOf(path: string): EntryKind | undefined {
    const parent = dirname(path);
    // A listing gives names in their own case, so it cannot answer where case does not matter.
    if (parent === path || !this.caseSensitive) return this.#stat(path);
    const folder = this.#folder(parent);
    return folder === undefined ? undefined : this.#resolved(parent, basename(path), folder);
  }

  #resolved(parent: string, name: string, folder: ReadonlyMap<string, EntryKind>): EntryKind | undefined {
    const kind = folder.get(name);
    return kind === 'link' ? this.#stat(parent.endsWith('/') ? parent + name : `${parent}/${name}`) : kind;
  }

  #folder(path: string): ReadonlyMap<string, EntryKind> | undefined {
    const known = this.#folders.get(path);
    if (known !== undefined || this.#folders.has(path)) return known;
    const folder = this.#kindOf(path) === 'directory' ? listFolder(path) : undefined;
    this.#folders.set(path, folder);
    return folder;
  }

  #stat(path: string): EntryKind | undefined {
    if (this.#links.has(path)) return this.#links.get(path);
    let kind: EntryKind | undefined;
    try {
      const stats = statSync(path, { throwIfNoEntry: false });
      kind = stats?.isFile() ? 'file' : stats?.isDirectory() ? 'directory' : undefined;
    } catch {
      kind = undefined;
    }
    this.#links.set(path, kind);
    return kind;
  }
}

/** Sockets, pipes and devices are left out: they must never be opened. */
function listFolder(path: string): ReadonlyMap<string, EntryKind> {
  const entries = new Map<string, EntryKind>();
  try {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.isFile()) entries.set(entry.name, 'file');
      else if (entry.isDirectory()) entries.set(entry.name, 'directory');
      else if (entry.isSymbolicLink()) entries.set(entry.name, 'link');
    }
  } catch {
    // A folder that may not be read holds nothing that can be resolved.
  }
  return entries;
}

function isMarked(bytes: Buffer): boolean {
  return bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
}

function decode(bytes: Buffer): string {
  if (isMarked(bytes)) return bytes.toString('utf8', 3);
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return bytes.subarray(2, bytes.length & ~1).swap16().toString('utf16le');
  return bytes.toString('utf8');
}
