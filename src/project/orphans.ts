import { dirname, relative } from 'node:path';
import type { Assigner } from './assign.js';
import { compareText } from '../core/finding.js';
import type { FileStore } from './file-store.js';
import { IgnoreRules } from './ignore-rules.js';
import { fileRole } from './roles.js';
import type { Tsconfig } from './tsconfig.js';
import { upward } from './typescript-version.js';
import { boundaryOf, walkFolder } from './walk-folder.js';

/** Beyond this many files below one folder the orphans are not looked for: each requested file is seen with its imports alone. */
const MOST_FILES = 5000;

export interface OrphanGroup {
  /** The folder that holds them: of the config, of the package, or the root. */
  readonly folder: string;
  /** Every orphan there, so that one of them alone is seen with the others. */
  readonly roots: readonly string[];
  readonly wanted: readonly string[];
}

interface OrphanRequest {
  readonly root: string;
  readonly ignores: readonly string[];
  /** Requested files that no config includes, all with the same home. */
  readonly wanted: readonly string[];
  /** The nearest config of the files; undefined: there is none and packages group them. */
  readonly config?: Tsconfig;
  readonly assigner: Assigner;
  readonly files: FileStore;
}

/**
 * Programs for files that no config includes: those beside one config together, those with no config by package. Tests and
 * the configs of tools form programs of their own: nothing imports them, and what they import (all that they test, the types of a
 * bundler) would make a few stray sources cost as much as everything.
 */
export function findOrphans(request: OrphanRequest): OrphanGroup[] {
  const { root } = request;
  const kindOf = (file: string): 'test' | 'config' | 'other' => {
    const role = fileRole(relative(root, file).replaceAll('\\', '/'));
    return role === 'test' || role === 'config' ? role : 'other';
  };
  const groups = new Map<string, OrphanGroup & { wanted: string[] }>();
  const below = new Map<string, readonly string[]>();
  for (const file of request.wanted) {
    const folder = request.config ? dirname(request.config.path) : packageFolder(file, request);
    const kind = kindOf(file);
    const known = groups.get(`${folder}\n${kind}`);
    if (known) {
      known.wanted.push(file);
      continue;
    }
    if (!below.has(folder)) below.set(folder, orphansBelow(folder, request));
    groups.set(`${folder}\n${kind}`, { folder, wanted: [file], roots: (below.get(folder) ?? []).filter((other) => kindOf(other) === kind) });
  }
  return [...groups.values()]
    .map((group) => ({ ...group, roots: [...new Set([...group.wanted, ...group.roots])].sort(compareText) }))
    .sort((a, b) => compareText(a.folder, b.folder) || compareText(a.roots[0] ?? '', b.roots[0] ?? ''));
}

function orphansBelow(folder: string, { root, ignores, config, assigner, files }: OrphanRequest & { files: FileStore }): string[] {
  const listed = walkFolder({ folder, boundary: boundaryOf(folder, root), rules: new IgnoreRules(root, ignores), most: MOST_FILES });
  if (listed === undefined) return [];
  return listed.filter((file) => {
    const { member, home } = assigner.assign(file);
    return member === undefined && home?.path === config?.path && (config !== undefined || packageFolder(file, { root, files }) === folder);
  });
}

/** The folder of the nearest package.json within the root, else the root (else the file's own folder, outside it). */
function packageFolder(file: string, { root, files }: { root: string; files: FileStore }): string {
  if (!file.startsWith(`${root}/`)) return dirname(file);
  for (const folder of upward(dirname(file))) {
    if (folder.length <= root.length || files.fileExists(`${folder}/package.json`)) return folder.length < root.length ? root : folder;
  }
  return root;
}
