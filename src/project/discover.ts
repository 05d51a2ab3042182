import { realpathSync, statSync } from 'node:fs';
import { relative, resolve } from 'node:path';
import picomatch from 'picomatch';
import { compareText } from '../core/finding.js';
import type { Notification } from '../core/result.js';
import { IgnoreRules } from './ignore-rules.js';
import { boundaryOf, type SkipReason, walkFolder, whySkipped } from './walk-folder.js';

export interface DiscoverRequest {
  /** Absolute real path; see `findRoot`. */
  readonly root: string;
  readonly cwd: string;
  /** Paths and globs as the user typed them; none: the working directory. */
  readonly patterns: readonly string[];
  /** The config's patterns in .gitignore's syntax, relative to the root; `!pattern` brings back what is ignored by default. */
  readonly ignores: readonly string[];
}

export interface Discovery {
  /** Absolute real paths, each once, in code-unit order. */
  readonly files: readonly string[];
  /** What was passed over, in code-unit order: for `--list-files` and `--debug`. Absolute paths. */
  readonly passedOver: readonly { readonly path: string; readonly reason: SkipReason }[];
  /** Number of files passed over, by reason; folders that are ignored whole count once, as `ignored folder`. */
  readonly skipped: Readonly<Record<string, number>>;
  readonly notifications: readonly Notification[];
}

/** Files to lint. A path that exists is taken as it stands, whatever characters it has; anything else is a glob. */
export function discoverFiles(request: DiscoverRequest): Discovery {
  return new Discoverer(request).discover();
}

class Discoverer {
  readonly #request: DiscoverRequest;
  readonly #rules: IgnoreRules;
  readonly #files = new Set<string>();
  readonly #skipped = new Map<string, SkipReason>();
  readonly #notifications: Notification[] = [];

  constructor(request: DiscoverRequest) {
    this.#request = request;
    this.#rules = new IgnoreRules(request.root, request.ignores);
  }

  discover(): Discovery {
    const { patterns } = this.#request;
    for (const pattern of patterns.length > 0 ? patterns : ['.']) this.#pattern(pattern);
    const passedOver = [...this.#skipped].map(([path, reason]) => ({ path, reason })).sort((a, b) => compareText(a.path, b.path));
    const skipped: Record<string, number> = {};
    for (const reason of passedOver.map((each) => each.reason).sort(compareText)) skipped[reason] = (skipped[reason] ?? 0) + 1;
    this.#noteSurprises(skipped);
    return { files: [...this.#files].sort(compareText), passedOver, skipped, notifications: this.#notifications };
  }

  #pattern(pattern: string): void {
    const path = resolve(this.#request.cwd, pattern);
    const found = look(path);
    if (found === 'unreadable') this.#tell('file-unreadable', pattern, 'cannot be read');
    else if (found === 'absent') this.#glob(pattern);
    else if (found.kind === 'folder') this.#folder(pattern, found.path);
    else this.#file(pattern, found.path);
  }

  #file(pattern: string, path: string): void {
    const reason = whySkipped(path, this.#rules);
    if (reason === undefined) this.#files.add(path);
    else if (reason === 'unreadable') this.#tell('file-unreadable', pattern, 'cannot be read');
    else if (reason === 'not a regular file') this.#tell('file-unreadable', pattern, reason);
    else {
      if (reason !== 'other') this.#skipped.set(path, reason);
      const message = `not analysed: ${wording(reason)}`;
      this.#notifications.push({ id: 'file-ignored', level: 'warning', message, file: this.#shown(path), fatal: false });
    }
  }

  #folder(pattern: string, folder: string, matches: (path: string) => boolean = () => true): void {
    let ignored = 0;
    const files = walkFolder({
      folder,
      boundary: boundaryOf(folder, this.#request.root),
      rules: this.#rules,
      skip: (path, reason) => {
        if (reason !== 'ignored folder' && !matches(path)) return;
        ignored++;
        this.#skipped.set(path, reason);
        if (reason === 'unreadable' || reason === 'unreadable folder') this.#tell('file-unreadable', this.#shown(path), 'cannot be read');
      },
    });
    const matching = (files ?? []).filter(matches);
    for (const file of matching) this.#files.add(file);
    if (matching.length > 0) return;
    const own = this.#rules.whyFolder(folder);
    const because = own !== undefined ? `: the folder is ${own}` : ignored > 0 ? `: ${ignored} passed over (see --debug)` : '';
    this.#tell('no-files-matched', pattern, `no TypeScript or JavaScript file to analyse${because}`);
  }

  #glob(pattern: string): void {
    const { base, glob, isGlob } = picomatch.scan(pattern.replace(/^\.\/|\/$/g, ''));
    const found = isGlob ? look(resolve(this.#request.cwd, base)) : 'absent';
    if (found === 'absent') return this.#tell('no-files-matched', pattern, isGlob ? 'no file matches' : 'no such file or folder');
    if (found === 'unreadable' || found.kind === 'file') return this.#tell('no-files-matched', pattern, 'no file matches');
    const matches = picomatch(glob, { dot: true });
    this.#folder(pattern, found.path, (path) => withFoldersAbove(relative(found.path, path).replaceAll('\\', '/')).some((each) => matches(each)));
  }

  #tell(id: 'file-unreadable' | 'no-files-matched', pattern: string, problem: string): void {
    const message = `${pattern}: ${problem}`;
    if (this.#notifications.some((told) => told.message === message)) return;
    this.#notifications.push({ id, level: 'error', message, fatal: true });
  }

  /** Files that their author may believe to be analysed. */
  #noteSurprises(skipped: Readonly<Record<string, number>>): void {
    const reasons: SkipReason[] = ['too large', 'minified', 'binary', 'not UTF-8', 'broken link', 'outside the root', '.vue', '.svelte', '.astro'];
    const told = reasons.filter((reason) => skipped[reason] !== undefined).map((reason) => `${skipped[reason]} ${reason}`);
    if (told.length === 0) return;
    this.#notifications.push({ id: 'files-skipped', level: 'note', message: `files not analysed: ${told.join(', ')}`, fatal: false });
  }

  #shown(path: string): string {
    return relative(this.#request.root, path).replaceAll('\\', '/');
  }
}

/** A glob that names a folder means what lies in it, as it does where the shell expands it: `packages/*`. */
function withFoldersAbove(path: string): readonly string[] {
  const names = path.split('/');
  return names.map((_, index) => names.slice(0, index + 1).join('/'));
}

function look(path: string): { readonly path: string; readonly kind: 'file' | 'folder' } | 'absent' | 'unreadable' {
  try {
    const stats = statSync(path);
    return { path: realpathSync.native(path), kind: stats.isDirectory() ? 'folder' : 'file' };
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    return code === 'EACCES' || code === 'EPERM' || code === 'ELOOP' ? 'unreadable' : 'absent';
  }
}

function wording(reason: SkipReason | 'other'): string {
  if (reason === 'other') return 'neither TypeScript nor JavaScript';
  if (reason === 'declaration') return 'a declaration file';
  return reason.startsWith('.') ? `${reason} files are not supported yet` : reason;
}
