import { isAbsolute, relative, resolve, sep } from 'node:path';
import type { PathBase } from './reporter.js';

/** Paths of findings as a report shows them; `/`-separated unless absolute. */
export function pathPrinter(root: string, cwd: string, base: PathBase): (file: string) => string {
  return (file) => {
    const absolute = isAbsolute(file) ? file : resolve(root, file);
    if (base === 'absolute') return absolute;
    const shown = relative(base === 'root' ? root : cwd, absolute);
    return sep === '/' ? shown : shown.split(sep).join('/');
  };
}
