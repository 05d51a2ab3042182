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

  constructor(files: FileStore, configs: TsconfigReader) {
    this.#files = files;
    this.#configs = configs;
  }

  /** Forgets the trees of sources; those of declarations stay. */
  releaseSources(): void {
    this.#sources = new Map();
  }

  create(options: ts.CompilerOptions, currentDirectory: string): ProjectHost {
    const files = this.#files;
    const resolutions = ts.createModuleResolutionCache(currentDirectory, files.canonical, options);
    const imports = { total: 0, unresolved: [] as UnresolvedImport[], tooDeep: new Set<string>() };
    const resolve = (name: string, from: string, mode: ts.ResolutionMode, chosen: ts.CompilerOptions, redirected?: ts.ResolvedProjectReference) =>
      ts.resolveModuleName(name, from, chosen, host, resolutions, redirected, mode);

    const host: ReferenceAwareHost = {
      jsDocParsingMode: ts.JSDocParsingMode.ParseForTypeInfo,
      getSourceFile: (path, how) => this.#sourceFile(path, how, options, imports.tooDeep),
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
      getParsedCommandLine: (path) => this.#configs.read(path).parsed,
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

  #sourceFile(path: string, how: ts.ScriptTarget | ts.CreateSourceFileOptions, options: ts.CompilerOptions, tooDeep: Set<string>): ts.SourceFile | undefined {
    const foreign = isDeclarationPath(path) || path.includes('/node_modules/');
    const cache = foreign ? this.#declarations : this.#sources;
    const key = `${path}\n${parseKey(how, options)}`;
    const known = cache.get(key);
    if (known) return known;
    const text = this.#files.readText(path);
    if (text === undefined) return undefined;
    const parsed = parse(path, text, how, tooDeep);
    cache.set(key, parsed);
    return parsed;
  }
}

/** The compiler reads this member of its host; its published type leaves it out. */
interface ReferenceAwareHost extends ts.CompilerHost {
  useSourceOfProjectReferenceRedirect(): boolean;
}

export const isDeclarationPath = (path: string): boolean => /\.d\.([^./]+\.)?[cm]?ts$/.test(path);

export interface ProjectHost {
  readonly host: ts.CompilerHost;
  /** Filled while the program is made. `tooDeep`: files whose nesting overflowed the parser's stack; they are empty in the program. */
  readonly imports: { readonly total: number; readonly unresolved: readonly UnresolvedImport[]; readonly tooDeep: ReadonlySet<string> };
}

function parse(path: string, text: string, how: ts.ScriptTarget | ts.CreateSourceFileOptions, tooDeep: Set<string>): ts.SourceFile {
  try {
    // Parents are set by the binder, which has to visit every node anyway.
    return ts.createSourceFile(path, text, how, false);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    tooDeep.add(path);
    return ts.createSourceFile(path, '', how, false);
  }
}

/** All that decides how a text becomes a bound tree: two programs that agree on it can share the tree. */
function parseKey(how: ts.ScriptTarget | ts.CreateSourceFileOptions, options: ts.CompilerOptions): string {
  const [target, format] = typeof how === 'object' ? [how.languageVersion, how.impliedNodeFormat] : [how, undefined];
  return [target, format, options.module, options.moduleDetection, options.jsx, options.jsxImportSource, options.alwaysStrict ?? options.strict, options.importHelpers].join();
}
