import { plainModule } from '../models/lookup.js';
import { ts } from '../syntax/ts.js';

/**
 * Where a declaration lives, in the words of models: `lib` (TypeScript's own libraries), the ambient module it stands in
 * (`fs`), `node` (globals of @types/node), a package name, or the absolute path of a file in view.
 */
export function declaringModule(program: ts.Program, declaration: ts.Node): string {
  const file = declaration.getSourceFile();
  const home = homeOf(program, file);
  if (home === 'lib') return home;
  const ambient = ambientModuleName(declaration);
  return ambient === undefined ? home : plainModule(ambient);
}

const homes = new WeakMap<ts.SourceFile, string>();

function homeOf(program: ts.Program, file: ts.SourceFile): string {
  let home = homes.get(file);
  if (home === undefined) homes.set(file, (home = program.isSourceFileDefaultLibrary(file) ? 'lib' : packageOf(file)));
  return home;
}

function packageOf({ fileName }: ts.SourceFile): string {
  const name = packageName(fileName);
  if (name === undefined) return fileName;
  // Node's fetch, EventSource and their kin are declared by undici.
  if (name === '@types/node' || name === 'undici-types') return 'node';
  return name.startsWith('@types/') ? typedPackage(name.slice('@types/'.length)) : name;
}

/** `scope__name` is how DefinitelyTyped writes `@scope/name`. */
function typedPackage(name: string): string {
  const [scope, rest] = name.split('__');
  return rest === undefined ? name : `@${scope}/${rest}`;
}

/** Where the program's files are at home: packages, `lib`, `node`, and files in view by their path. */
export function homesIn(program: ts.Program): ReadonlySet<string> {
  return new Set(program.getSourceFiles().map((file) => homeOf(program, file)));
}

/** Source of the linted programs itself: neither declarations nor dependencies. */
export function isInView(program: ts.Program, file: ts.SourceFile): boolean {
  return !file.isDeclarationFile && !program.isSourceFileFromExternalLibrary(file) && packageName(file.fileName) === undefined;
}

function ambientModuleName(node: ts.Node): string | undefined {
  for (let current: ts.Node | undefined = node; current; current = current.parent) {
    if (ts.isModuleDeclaration(current) && ts.isStringLiteral(current.name)) return current.name.text;
  }
  return undefined;
}

/** The package that a path below node_modules belongs to, `@scope/name` included. */
function packageName(path: string): string | undefined {
  const at = path.lastIndexOf('/node_modules/');
  if (at === -1) return undefined;
  const [first = '', second = ''] = path.slice(at + '/node_modules/'.length).split('/');
  return first.startsWith('@') ? `${first}/${second}` : first;
}
