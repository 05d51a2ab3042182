/**
 * What conclint uses of the compiler beyond its public API: the binder's tables, the program's module resolutions and
 * name look-up without types. All are fixed by the one bundled compiler; a test holds them present.
 */
import { ts } from '../syntax/ts.js';

interface BoundNode {
  readonly locals?: ts.SymbolTable;
  readonly symbol?: ts.Symbol;
  readonly localSymbol?: ts.Symbol;
}
interface BoundSymbol {
  readonly exportSymbol?: ts.Symbol;
}
interface InternalProgram {
  getResolvedModuleFromModuleSpecifier(specifier: ts.StringLiteralLike, file: ts.SourceFile): { readonly resolvedModule?: ts.ResolvedModuleFull } | undefined;
}
export interface InternalChecker extends ts.TypeChecker {
  resolveName(name: string, location: ts.Node | undefined, meaning: ts.SymbolFlags, excludeGlobals: boolean): ts.Symbol | undefined;
  tryFindAmbientModule(name: string): ts.Symbol | undefined;
  getMergedSymbol(symbol: ts.Symbol): ts.Symbol;
}

/** Names declared in this node's scope, by escaped name. */
export function localsOf(node: ts.Node): ts.SymbolTable | undefined {
  return (node as BoundNode).locals;
}

/** The symbol that the node declares: the exported one where it is exported. */
export function declaredSymbol(node: ts.Node): ts.Symbol | undefined {
  return (node as BoundNode).symbol;
}

/** An exported declaration has a local and an export symbol; the export one is its identity. */
export function exportedSymbol(symbol: ts.Symbol): ts.Symbol {
  return (symbol as ts.Symbol & BoundSymbol).exportSymbol ?? symbol;
}

/** The file a module specifier was resolved to when the program was made. */
export function resolvedFileName(program: ts.Program, specifier: ts.StringLiteralLike): string | undefined {
  return (program as ts.Program & InternalProgram).getResolvedModuleFromModuleSpecifier(specifier, specifier.getSourceFile())?.resolvedModule?.resolvedFileName;
}
