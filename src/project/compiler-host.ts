import { LIB_FOLDER } from '../syntax/lib-files.js';
import { ts } from '../syntax/ts.js';
import type { FileStore } from './file-store.js';
import type { TsconfigReader } from './tsconfig.js';

/** A module name that led nowhere, in a file of the project itself. */
export interface UnresolvedImport {
  readonly specifier: string;
  readonly file: string;
}

/**
 * Makes the hosts of one run's programs. Trees of declaration files (the compiler's libs, `node_modules`) are shared by all of
 * them; trees of sources by the programs of one family only, so that memory falls when the run goes on to the next.
 */
export class CompilerHosts {
  readonly #files: FileStore;
  readonly #configs: TsconfigReader;
  readonly #declarations = new Map<string, ts.SourceFile>();
  #sources = new Map<string, ts.SourceFile>();
  readonly #tooDeep = new Set<string>();

  constructor(files: FileStore, configs: TsconfigReader) {
    this.#files = files;
    this.#configs = configs;
  }

  /** Files nested so deeply that the compiler's stack overflows; they stand empty in the programs. */
  get tooDeep(): ReadonlySet<string> {
    return this.#tooDeep;
  }

  /** From the next program on, these files are too deep. */
  giveUp(paths: readonly string[]): void {
    for (const path of paths) this.#tooDeep.add(path);
  }

  /** Forgets the trees of sources; those of declarations stay. */
  releaseSources(): void {
    this.#sources = new Map();
  }

  create(options: ts.CompilerOptions, currentDirectory: string): ProjectHost {
    const files = this.#files;
    const resolutions = ts.createModuleResolutionCache(currentDirectory, files.canonical, options);
    const imports = { total: 0, unresolved: [] as UnresolvedImport[] };
    const resolve = (name: string, from: string, mode: ts.ResolutionMode, chosen: ts.CompilerOptions, redirected?: ts.ResolvedProjectReference) =>
      ts.resolveModuleName(name, from, chosen, host, resolutions, redirected, mode);

    const host: ReferenceAwareHost = {
      jsDocParsingMode: ts.JSDocParsingMode.ParseForTypeInfo,
      getSourceFile: (path, how) => this.#sourceFile(path, how, options),
      getDefaultLibFileName: (chosen) => `${LIB_FOLDER}/${ts.getDefaultLibFileName(chosen)}`,
      getDefaultLibLocation: () => LIB_FOLDER,
      getCurrentDirectory: () => currentDirectory,
      getCanonicalFileName: files.canonical,
      useCaseSensitiveFileNames: () => files.caseSensitive,
      getNewLine: () => '\n',
      writeFile: () => {},
      fileExists: (path) => files.fileExists(path),
      readFile: (path) => files.readText(path),
      directoryExists: (path) => files.directoryExists(path),
      getDirectories: (path) => files.directories(path),
      realpath: (path) => files.realPath(path),
      readDirectory: ts.sys.readDirectory,
      // A reference may lead to a config that is not there.
      getParsedCommandLine: (path) => (files.fileExists(path) ? this.#configs.read(path).parsed : undefined),
      // Sources of referenced projects stand in for their built declarations, which a fresh checkout does not have.
      useSourceOfProjectReferenceRedirect: () => true,
      getModuleResolutionCache: () => resolutions,
      resolveModuleNameLiterals: (literals, from, redirected, chosen, source) =>
        literals.map((literal) => {
          const result = resolve(literal.text, from, ts.getModeForUsageLocation(source, literal, chosen), chosen, redirected);
          if (!source.isDeclarationFile && !from.includes('/node_modules/')) {
            imports.total++;
            if (result.resolvedModule === undefined) imports.unresolved.push({ specifier: literal.text, file: from });
          }
          return result;
        }),
    };
    return { host, imports };
  }

  #sourceFile(path: string, how: ts.ScriptTarget | ts.CreateSourceFileOptions, options: ts.CompilerOptions): ts.SourceFile | undefined {
    if (this.#tooDeep.has(path)) return ts.createSourceFile(path, '', how);
    const foreign = isDeclarationPath(path) || path.includes('/node_modules/');
    const cache = foreign ? this.#declarations : this.#sources;
    const key = `${path}\n${parseKey(path, how, options)}`;
    const keyOfScript = isDeclarationPath(path) ? key : `${key}\n${options.moduleDetection}`;
    const known = cache.get(key) ?? cache.get(keyOfScript);
    if (known) return known;
    const text = this.#files.readText(path);
    if (text === undefined) return undefined;
    const parsed = this.#parse(path, text, how);
    cache.set(isModule(parsed) ? key : keyOfScript, parsed);
    return parsed;
  }

  #parse(path: string, text: string, how: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile {
    try {
      // Parents are set by the binder, which has to visit every node anyway.
      return ts.createSourceFile(path, text, how, false);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.#tooDeep.add(path);
      return ts.createSourceFile(path, '', how);
    }
  }
}

/** The compiler reads this member of its host; its published type leaves it out. */
interface ReferenceAwareHost extends ts.CompilerHost {
  useSourceOfProjectReferenceRedirect(): boolean;
}

export const isDeclarationPath = (path: string): boolean => /\.d\.([^./]+\.)?[cm]?ts$/.test(path);

export interface ProjectHost {
  readonly host: ts.CompilerHost;
  /** Imports of the project's own files; filled while the program is made. */
  readonly imports: { readonly total: number; readonly unresolved: readonly UnresolvedImport[] };
}

/**
 * All that decides how the text of a module becomes a bound tree: two programs that agree on it can share the tree. For a
 * declaration file that is little, or each target of a workspace would have its own copy of the DOM.
 */
function parseKey(path: string, how: ts.ScriptTarget | ts.CreateSourceFileOptions, options: ts.CompilerOptions): string {
  const [target, format] = typeof how === 'object' ? [how.languageVersion, how.impliedNodeFormat] : [how, undefined];
  if (isDeclarationPath(path)) return String(format);
  return [target, format, options.module, options.jsx, options.jsxImportSource, options.alwaysStrict ?? options.strict, options.importHelpers].join();
}

/** An import or export makes a file a module, whatever `moduleDetection` says. */
function isModule(source: ts.SourceFile): boolean {
  return source.statements.some(
    (statement) =>
      ts.isImportDeclaration(statement) ||
      ts.isExportDeclaration(statement) ||
      ts.isExportAssignment(statement) ||
      (ts.canHaveModifiers(statement) && ts.getModifiers(statement)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword)),
  );
}
