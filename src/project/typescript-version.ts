import { dirname } from 'node:path';
import type { FileStore } from './file-store.js';

/** The TypeScript that a project is written for. */
export interface ProjectTypeScript {
  readonly major: number;
  /** `installed`: node_modules has it; `declared`: a package.json range names it; `assumed`: nothing says. */
  readonly from: 'installed' | 'declared' | 'assumed';
}

/** What a project that names no TypeScript is read as: the older meaning claims less about null and sees more types. */
export const ASSUMED_MAJOR = 5;

export function projectTypeScript(folder: string, files: FileStore): ProjectTypeScript {
  for (const each of upward(folder)) {
    const major = majorOf(readJson(`${each}/node_modules/typescript/package.json`, files)?.version);
    if (major !== undefined) return { major, from: 'installed' };
  }
  for (const each of upward(folder)) {
    const manifest = readJson(`${each}/package.json`, files);
    for (const kind of ['devDependencies', 'dependencies', 'peerDependencies']) {
      const major = majorOf((manifest?.[kind] as Record<string, unknown> | undefined)?.typescript);
      if (major !== undefined) return { major, from: 'declared' };
    }
  }
  return { major: ASSUMED_MAJOR, from: 'assumed' };
}

/** The first number of a version or range (`^5.4`, `>=4.7 <6`, `npm:typescript@5.9.2`); none in `latest`, `catalog:`, `workspace:*`. */
function majorOf(range: unknown): number | undefined {
  if (typeof range !== 'string' || /^(catalog|link|file|git|https?):/.test(range)) return undefined;
  const match = /(\d+)(\.[\dx*]+|$|\s|-)/.exec(range.replace(/^.*@/, ''));
  return match ? Number(match[1]) : undefined;
}

/** The folder and those above it, nearest first, without a trailing slash. */
export function* upward(folder: string): Generator<string> {
  for (let current = folder; ; current = dirname(current)) {
    yield current === '/' ? '' : current;
    if (dirname(current) === current) return;
  }
}

export function readJson(path: string, files: FileStore): Record<string, unknown> | undefined {
  if (!files.fileExists(path)) return undefined;
  try {
    const value: unknown = JSON.parse(files.readText(path) ?? '');
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
