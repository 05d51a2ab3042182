import { readFileSync } from 'node:fs';
import type { Manifest } from './core/manifest.js';

/** Beside the built `src` folder; seen from the sources (tests run there), in `dist`. */
const PLACES = ['../manifest.json', '../dist/manifest.json'];

let cached: Manifest | undefined;

/** The rules' metadata as the build wrote it; loads no compiler. Throws when the build has not run. */
export function readManifest(): Manifest {
  return (cached ??= JSON.parse(readFirst(PLACES.map((place) => new URL(place, import.meta.url)))) as Manifest);
}

function readFirst(places: readonly URL[]): string {
  for (const place of places) {
    try {
      return readFileSync(place, 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
  throw new Error('dist/manifest.json is missing: run `npm run build`');
}
