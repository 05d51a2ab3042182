import { type Dirent, readdirSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { compareText } from '../core/finding.js';
import { type ContentReason, kindOfName, whyUnfit } from './examine.js';
import type { IgnoreReason, IgnoreRules } from './ignore-rules.js';

export type SkipReason =
  | IgnoreReason
  | ContentReason
  | 'declaration'
  | '.vue'
  | '.svelte'
  | '.astro'
  | 'ignored folder'
  | 'unreadable folder'
  | 'broken link'
  | 'outside the root';

export interface WalkRequest {
  /** Absolute real path of the folder to walk. */
  readonly folder: string;
  /** Links that lead out of this folder are not followed. */
  readonly boundary: string;
  readonly rules: IgnoreRules;
  readonly skip?: (path: string, reason: SkipReason) => void;
  /** Gives up beyond this many files. */
  readonly most?: number;
}

/**
 * All files below a folder that can be linted, as real paths, each once, in code-unit order; undefined when there are more than
 * `most`. Links are followed to what lies within the boundary; a loop ends because a folder is entered once.
 */
export function walkFolder(request: WalkRequest): string[] | undefined {
  const { rules, skip = () => {}, most = Infinity } = request;
  const files = new Set<string>();
  const folders = new Set<string>();
  const open = (path: string): void => {
    const reason = rules.whyFolder(path);
    if (reason === undefined) folders.add(path);
    else skip(path, 'ignored folder');
  };
  const file = (path: string): void => {
    if (files.has(path)) return;
    const reason = whySkipped(path, rules);
    if (reason === undefined) files.add(path);
    else if (reason !== 'other') skip(path, reason);
  };
  const link = (path: string): void => {
    const target = followLink(path, request.boundary);
    if (typeof target === 'string') {
      if (kindOfName(path) === 'source') skip(path, target);
    } else if (target.isFolder) open(target.path);
    else file(target.path);
  };

  open(request.folder);
  for (const folder of folders) {
    for (const entry of entriesOf(folder, skip)) {
      const path = folder.endsWith('/') ? folder + entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) open(path);
      else if (entry.isSymbolicLink()) link(path);
      else file(path);
    }
    if (files.size > most) return undefined;
  }
  return [...files].sort(compareText);
}

/** Why a single file would be passed over; `other`: it is no source. The name is judged first, the content last. */
export function whySkipped(path: string, rules: IgnoreRules): SkipReason | 'other' | undefined {
  const kind = kindOfName(path);
  if (kind === 'other') return 'other';
  const ignored = rules.whyFile(path);
  if (ignored !== undefined) return ignored;
  return kind === 'source' ? whyUnfit(path) : kind;
}

function entriesOf(folder: string, skip: (path: string, reason: SkipReason) => void): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).sort((a, b) => compareText(a.name, b.name));
  } catch {
    skip(folder, 'unreadable folder');
    return [];
  }
}

function followLink(path: string, boundary: string): { path: string; isFolder: boolean } | 'broken link' | 'outside the root' {
  try {
    const real = realpathSync.native(path);
    if (real !== boundary && !real.startsWith(boundary.endsWith('/') ? boundary : `${boundary}/`)) return 'outside the root';
    return { path: real, isFolder: statSync(real).isDirectory() };
  } catch {
    return 'broken link';
  }
}

/** The root when the path lies within it, else the path's own folder. */
export function boundaryOf(path: string, root: string): string {
  return path === root || path.startsWith(root.endsWith('/') ? root : `${root}/`) ? root : dirname(path);
}
