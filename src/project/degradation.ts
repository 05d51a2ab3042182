import type { Notification } from '../core/result.js';
import { ts } from '../syntax/ts.js';
import type { ProjectHost } from './compiler-host.js';
import type { FileStore } from './file-store.js';
import type { Tsconfig } from './tsconfig.js';
import { readJson, upward } from './typescript-version.js';

/** "Cannot find type definition file for 'x'". */
const MISSING_TYPES = 2688;
/** Share of unresolved imports from which the user is warned rather than told. */
const WARN_FROM = 0.05;
/** Imports that bundlers handle and that have no types: `./a.css`, `./logo.svg?url`, `virtual:pages`. */
const ASSET = /^[a-z-]+:|\?|\.(css|s[ac]ss|less|styl|svg|png|jpe?g|gif|webp|avif|ico|woff2?|ttf|md|mdx|txt|graphql|gql|html|wasm|vue|svelte|astro|json5?|ya?ml|node)$/i;

/** Faults of a config and of all that it extends: it is read as far as it goes, with the compiler's defaults for the rest. */
export function tsconfigProblems(config: Tsconfig, root: string, relativeTo: (path: string) => string): Notification[] {
  return config.problems.map(({ message, file, line }) => ({
    id: 'tsconfig-problem',
    level: 'warning',
    message: message.replaceAll(`${root}/`, ''),
    file: relativeTo(file ?? config.path),
    ...(line === undefined ? {} : { line }),
    fatal: false,
  }));
}

interface DegradedTypesInput {
  readonly program: ts.Program;
  readonly imports: ProjectHost['imports'];
  readonly view: readonly ts.SourceFile[];
  /** How the project is called in messages. */
  readonly name: string;
  readonly folder: string;
  readonly files: FileStore;
}

/** What the types of a project lack, in at most one notification: findings that rest on types are fewer then. */
export function degradedTypes(input: DegradedTypesInput): Notification[] {
  const reasons: string[] = [];
  const uninstalled = uninstalledDependencies(input.folder, input.files);
  if (uninstalled > 0) reasons.push(`${count(uninstalled, 'dependency', 'dependencies')} not installed (no node_modules)`);
  const missing = missingTypeDefinitions(input.program);
  if (missing.length > 0) reasons.push(`no type definitions for ${list(missing)}`);
  const unresolved = unresolvedImports(input);
  const share = unresolved.length / Math.max(1, input.imports.total);
  if (unresolved.length > 0) {
    const names = [...new Set(unresolved)].sort();
    reasons.push(`${unresolved.length} of ${count(input.imports.total, 'import', 'imports')} lead nowhere (${list(names)})`);
  }
  if (reasons.length === 0) return [];
  const severe = uninstalled > 0 || missing.length > 0 || share >= WARN_FROM;
  return [{ id: 'types-degraded', level: severe ? 'warning' : 'note', message: `${input.name}: types degraded: ${reasons.join('; ')}`, fatal: false }];
}

/** One notification per file that does not parse: its first error, and how many more. No rule judges such a file: half of its tree is a guess. */
export function syntaxErrors(program: ts.Program, files: readonly string[], relativeTo: (path: string) => string): Notification[] {
  return files.flatMap((file): Notification[] => {
    const source = program.getSourceFile(file);
    const errors = source ? program.getSyntacticDiagnostics(source) : [];
    const [first] = errors;
    if (!source || !first) return [];
    const text = ts.flattenDiagnosticMessageText(first.messageText, ' ').replace(/\.$/, '');
    const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : '';
    const line = source.getLineAndCharacterOfPosition(first.start).line + 1;
    return [{ id: 'syntax-error', level: 'warning', message: `${text}${more}`, file: relativeTo(file), line, fatal: false }];
  });
}

/** How many dependencies the nearest package.json has when nothing above it holds installed packages. */
function uninstalledDependencies(folder: string, files: FileStore): number {
  const holders = [...upward(folder)];
  const home = holders.find((each) => files.fileExists(`${each}/package.json`));
  if (home === undefined || holders.some((each) => files.directoryExists(`${each}/node_modules`) || files.fileExists(`${each}/.pnp.cjs`))) return 0;
  const manifest = readJson(`${home}/package.json`, files);
  return Object.keys({ ...(manifest?.dependencies as object | undefined), ...(manifest?.devDependencies as object | undefined) }).length;
}

function missingTypeDefinitions(program: ts.Program): string[] {
  const names = [...program.getOptionsDiagnostics(), ...program.getGlobalDiagnostics()]
    .filter((diagnostic) => diagnostic.code === MISSING_TYPES)
    .map((diagnostic) => /'([^']+)'/.exec(ts.flattenDiagnosticMessageText(diagnostic.messageText, ' '))?.[1] ?? '?');
  return [...new Set(names)].sort();
}

/** Specifiers that no file and no `declare module` answers; assets of bundlers do not count. */
function unresolvedImports({ program, imports }: DegradedTypesInput): string[] {
  const candidates = imports.unresolved.map(({ specifier }) => specifier).filter((specifier) => !ASSET.test(specifier));
  if (candidates.length === 0) return [];
  const ambient = program.getTypeChecker().getAmbientModules().map((module) => module.name.replace(/^"|"$/g, ''));
  const exact = new Set(ambient);
  const patterns = ambient.filter((name) => name.includes('*')).map((name) => name.split('*') as [string, string]);
  const declared = (name: string): boolean =>
    exact.has(name) || patterns.some(([before, after]) => name.length >= before.length + after.length && name.startsWith(before) && name.endsWith(after));
  return candidates.filter((specifier) => !declared(specifier));
}

function list(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3 ? `${shown} and ${names.length - 3} more` : shown;
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
