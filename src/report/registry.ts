import { nearest, UserError } from '../core/errors.js';
import type { Reporter } from './reporter.js';

/** Formats by name. Each is loaded when it is asked for: `--help` pays for none of them. */
const LOADERS = {
  text: async () => (await import('./text.js')).text,
  compact: async () => (await import('./compact.js')).compact,
  sarif: async () => (await import('./sarif.js')).sarif,
  json: async () => (await import('./json.js')).json,
} satisfies Record<string, () => Promise<Reporter>>;

export type Format = keyof typeof LOADERS;
export const FORMATS = Object.keys(LOADERS) as readonly Format[];

/** @throws UserError when no format has that name */
export async function loadReporter(name: string): Promise<Reporter> {
  if (isFormat(name)) return LOADERS[name]();
  const near = nearest(name, FORMATS);
  throw new UserError(`unknown format "${name}"`, { hint: near ? `did you mean "${near}"?` : `the formats are ${FORMATS.join(', ')}` });
}

function isFormat(name: string): name is Format {
  return Object.hasOwn(LOADERS, name);
}
