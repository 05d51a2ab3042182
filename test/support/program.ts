import { readFileSync, existsSync, statSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { Project } from 'ts-morph';

import { ts } from '../../src/syntax/ts.js';

const ROOT = '/view/';
const REPOSITORY = fileURLToPath(new URL('../../', import.meta.url));
const LIB_FOLDER = '/node_modules/typescript/lib/';

export interface TestProgram {
  readonly program: ts.Program;
  /** Source file by the name it was given under. */
  file(name: string): ts.SourceFile;
  /** The first node below `parent` (default: the first file) whose text is exactly `text`; `nth` counts from 0. */
  find<T extends ts.Node = ts.Node>(text: string, options?: { in?: string; nth?: number; is?: (node: ts.Node) => node is T }): T;
}

export interface TestProgramOptions {
  readonly options?: ts.CompilerOptions;
  /** Include this repository's @types/node. */
  readonly node?: boolean;
}

/** Files that no test changes, parsed once per worker. */
const shared = new Map<string, ts.SourceFile>();

/** A program over in-memory files (`node_modules/…` included); everything else does not exist. */
export function programOf(files: Readonly<Record<string, string>>, { options = {}, node = false }: TestProgramOptions = {}): TestProgram {
  const texts = new Map(Object.entries(files).map(([name, text]) => [ROOT + name, text]));
  const compilerOptions: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.ESNext,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'],
    types: node ? ['node'] : [],
    typeRoots: [`${REPOSITORY}node_modules/@types`],
    strict: true,
    allowJs: true,
    jsx: ts.JsxEmit.Preserve,
    noEmit: true,
    ...options,
  };
  const onDisk = (path: string): boolean => node && path.startsWith(`${REPOSITORY}node_modules/`);
  const host: ts.CompilerHost = {
    fileExists: (path) => texts.has(path) || (onDisk(path) && existsSync(path) && statSync(path).isFile()),
    readFile: (path) => texts.get(path) ?? (onDisk(path) ? readFileSync(path, 'utf8') : undefined),
    directoryExists: (path) => [...texts.keys()].some((name) => name.startsWith(`${path}/`)) || (onDisk(`${path}/`) && existsSync(path)),
    getSourceFile: (path, version) => {
      const text = texts.get(path);
      if (text !== undefined) return ts.createSourceFile(path, text, version);
      return path.startsWith(LIB_FOLDER) ? libFile(path) : onDisk(path) ? diskFile(path, version) : undefined;
    },
    getDefaultLibFileName: (o) => LIB_FOLDER + ts.getDefaultLibFileName(o),
    getDefaultLibLocation: () => LIB_FOLDER,
    getCurrentDirectory: () => ROOT,
    getCanonicalFileName: (path) => path,
    useCaseSensitiveFileNames: () => true,
    getNewLine: () => '\n',
    writeFile: () => {},
  };
  const roots = [...texts.keys()].filter((name) => !name.includes('/node_modules/') && /\.[cm]?[jt]sx?$/.test(name));
  const program = ts.createProgram(roots, compilerOptions, host);
  const file = (name: string): ts.SourceFile => {
    const found = program.getSourceFile(ROOT + name);
    if (!found) throw new Error(`no file ${name} in the program`);
    return found;
  };
  return {
    program,
    file,
    find: (text, { in: name = Object.keys(files)[0]!, nth = 0, is } = {}) => {
      const source = file(name);
      // Binding sets the parents that getText needs.
      program.getTypeChecker();
      const found = nodesBelow(source).filter((n) => n.getText(source) === text && (is?.(n) ?? true))[nth];
      if (!found) throw new Error(`no node ${nth} with text ${JSON.stringify(text)} in ${name}`);
      return found as never;
    },
  };
}

function nodesBelow(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child, ...nodesBelow(child)));
  return children;
}

function diskFile(path: string, version: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile {
  let file = shared.get(path);
  if (!file) shared.set(path, (file = ts.createSourceFile(path, readFileSync(path, 'utf8'), version)));
  return file;
}

/** ts-morph carries the library files of its compiler inside; a project makes it give them out. */
function libFile(path: string): ts.SourceFile | undefined {
  if (!shared.has(`${LIB_FOLDER}lib.es5.d.ts`)) {
    const project = new Project({
      useInMemoryFileSystem: true,
      compilerOptions: { target: ts.ScriptTarget.ESNext, lib: ['lib.esnext.full.d.ts'], types: [] },
    });
    project.createSourceFile('any.ts', '');
    for (const lib of project.getProgram().compilerObject.getSourceFiles()) shared.set(lib.fileName, lib);
  }
  return shared.get(path);
}
