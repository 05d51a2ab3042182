import { ConfigError } from '../core/errors.js';
import { type DocumentPath, JsoncError, parseJsonc } from './jsonc.js';

/** A config file as read: its value, and where in the file a path of it stands. */
export interface ConfigSource {
  /** How messages name it: relative to the working directory. */
  readonly name: string;
  readonly value: unknown;
  /** `line:column`, 1-based, of the nearest part of the path that can be found; undefined when nothing can. */
  locate(path: DocumentPath): string | undefined;
}

/** JSON with comments. `inside`: the key that holds the config (package.json's `conclint`). Throws ConfigError. */
export function jsonSource(name: string, text: string, inside?: string): ConfigSource {
  try {
    const document = parseJsonc(text);
    const prefix = inside === undefined ? [] : [inside];
    const value = inside === undefined ? document.value : (document.value as Record<string, unknown>)[inside];
    return {
      name,
      value,
      locate: (path) => {
        for (let length = path.length; length >= 0; length--) {
          const offset = document.offsetOf([...prefix, ...path.slice(0, length)]);
          if (offset !== undefined) return lineAndColumn(text, offset);
        }
        return undefined;
      },
    };
  } catch (error) {
    if (!(error instanceof JsoncError)) throw error;
    throw new ConfigError(`${name}:${lineAndColumn(text, error.offset)}: ${error.message}`);
  }
}

/** A module: keys are looked for as text, each after the one that holds it. */
export function moduleSource(name: string, text: string, value: unknown): ConfigSource {
  return {
    name,
    value,
    locate: (path) => {
      let offset: number | undefined;
      for (const key of path) {
        if (typeof key === 'number') continue;
        const found = offsetOfKey(text, key, offset ?? 0);
        if (found === undefined) break;
        offset = found;
      }
      return offset === undefined ? undefined : lineAndColumn(text, offset);
    },
  };
}

function offsetOfKey(text: string, key: string, from: number): number | undefined {
  const literal = key.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
  const match = new RegExp(`(?<![\\w$-])(['"\`]?)${literal}\\1\\s*[:,}]`).exec(text.slice(from));
  return match ? from + match.index : undefined;
}

function lineAndColumn(text: string, offset: number): string {
  const before = text.slice(0, offset);
  const line = before.split('\n').length;
  const column = offset - before.lastIndexOf('\n') - (line === 1 && text.startsWith('\uFEFF') ? 1 : 0);
  return `${line}:${column}`;
}
