import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { ConfigError } from '../core/errors.js';
import type { RuleMeta } from '../core/rule-meta.js';
import type { ResolvedConfig } from '../engine/protocol.js';
import { type ConfigSource, jsonSource, moduleSource } from './source.js';
import { DEFAULT_CONFIG, resolveConfig } from './validate.js';

export interface LoadConfigRequest {
  readonly cwd: string;
  /** `--config`: a path; false (`--no-config`): defaults only; undefined: the nearest config from cwd upward. */
  readonly config?: string | false | undefined;
  /** Git's top folder, where the search ends and which paths are relative to; undefined: outside git, the config's folder is the root. */
  readonly top?: string | undefined;
  /** Every rule there is. */
  readonly rules: readonly RuleMeta[];
}

export interface LoadedConfig {
  readonly config: ResolvedConfig;
  /** The file it was read from, absolute; undefined: none was found or wanted. */
  readonly path?: string;
}

const FILES = ['ts', 'mts', 'js', 'mjs', 'cjs', 'json', 'jsonc'].map((extension) => `conclint.config.${extension}`);

/** Throws ConfigError for a file that is missing, cannot be read or run, or says what no config can say. */
export async function loadConfig(request: LoadConfigRequest): Promise<LoadedConfig> {
  const path = request.config === undefined ? findConfig(request.cwd, request.top) : request.config === false ? undefined : resolve(request.cwd, request.config);
  if (path === undefined) return { config: DEFAULT_CONFIG };
  const source = await readSource(path, relative(request.cwd, path).replaceAll('\\', '/') || basename(path));
  return { config: resolveConfig(source, request.rules, folderBelow(request.top, path)), path };
}

/** The nearest config file: the folder's own names in order, then its package.json if that has a `conclint` key. */
function findConfig(cwd: string, top: string | undefined): string | undefined {
  for (let folder = realpathSync.native(cwd); ; folder = dirname(folder)) {
    const found = FILES.map((name) => join(folder, name)).find((path) => textOf(path) !== undefined);
    if (found !== undefined) return found;
    const manifest = join(folder, 'package.json');
    if (textOf(manifest)?.includes('"conclint"') && hasConclintKey(manifest)) return manifest;
    if (folder === top || dirname(folder) === folder) return undefined;
  }
}

/** A package.json that does not parse is not ours to complain about. */
function hasConclintKey(manifest: string): boolean {
  try {
    return Object.hasOwn(jsonSource(manifest, textOf(manifest) ?? '').value as object, 'conclint');
  } catch {
    return false;
  }
}

async function readSource(path: string, name: string): Promise<ConfigSource> {
  const text = textOf(path);
  if (text === undefined) throw new ConfigError(`${name}: no such config file, or it cannot be read`);
  if (basename(path) === 'package.json') return jsonSource(name, text, 'conclint');
  if (/\.jsonc?$/.test(path)) return jsonSource(name, text);
  return moduleSource(name, text, await runModule(path, name));
}

/** Config code runs with the rights of the linter; `--no-config` keeps it from running. */
async function runModule(path: string, name: string): Promise<unknown> {
  let module: Record<string, unknown>;
  try {
    module = /\.[cm]?ts$/.test(path) ? await importTypeScript(path) : ((await import(pathToFileURL(path).href)) as Record<string, unknown>);
  } catch (error) {
    const [reason] = (error instanceof Error ? error.message : String(error)).split('\n');
    throw new ConfigError(`${name}: cannot be loaded: ${reason}`);
  }
  if (module.default === undefined) throw new ConfigError(`${name}: has no default export`, { hint: 'export default defineConfig({ … })' });
  return await module.default;
}

async function importTypeScript(path: string): Promise<Record<string, unknown>> {
  const { createJiti } = await import('jiti');
  const jiti = createJiti(import.meta.url, {
    fsCache: false,
    moduleCache: false,
    interopDefault: false,
    // A config needs `defineConfig` alone: the whole of conclint would load the compiler, and need not be installed here.
    alias: { conclint: fileURLToPath(new URL(`define-config${import.meta.url.slice(-3)}`, import.meta.url)) },
  });
  return await jiti.import<Record<string, unknown>>(path);
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

function folderBelow(top: string | undefined, path: string): string {
  if (top === undefined) return '';
  const folder = relative(top, realpathSync.native(dirname(path))).replaceAll('\\', '/');
  return folder.startsWith('..') ? '' : folder;
}
