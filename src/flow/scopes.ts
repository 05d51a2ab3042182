import { plainModule } from '../models/lookup.js';
import { isFunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { declaredSymbol, exportedSymbol, localsOf, resolvedFileName } from './compiler-internals.js';
import { isInView } from './declaring-module.js';
import type { Types } from './types.js';

/** What an imported name stands for: a module without `node:` and an export of it (`default`, `*` for the whole module). */
export interface ImportRef {
  readonly module: string;
  readonly name: string;
}

/** `any`: what `export { x }` passes on, whichever it is. */
type Meaning = 'value' | 'type' | 'any';
const VALUE = ts.SymbolFlags.Value | ts.SymbolFlags.Alias;
const TYPE = ts.SymbolFlags.Type | ts.SymbolFlags.Namespace | ts.SymbolFlags.Alias;
const MEANINGS: Readonly<Record<Meaning, ts.SymbolFlags>> = { value: VALUE, type: TYPE, any: VALUE | TYPE };

/** One hop of an alias: to an export of another module, or to a symbol near by. */
type Hop = { readonly specifier: ts.StringLiteralLike; readonly name: string } | { readonly symbol: ts.Symbol };

interface Followed {
  readonly symbol: ts.Symbol;
  readonly from: ImportRef | undefined;
}

/**
 * Resolves names by the binder's tables alone: scopes outwards, then globals; imports through the program's module
 * resolutions and the exports of the files they lead to. No expression is typed.
 */
export class Scopes {
  readonly #program: ts.Program;
  readonly #types: Types;
  readonly #resolved = new WeakMap<ts.Identifier, ts.Symbol | null>();
  readonly #followed = new WeakMap<ts.Symbol, Followed>();

  constructor(program: ts.Program, types: Types) {
    this.#program = program;
    this.#types = types;
    types.bind();
  }

  /** The symbol a name is declared with, import aliases not followed. Undefined for undeclared names and `arguments`. */
  lookup(id: ts.Identifier, meaning: Meaning = 'value'): ts.Symbol | undefined {
    if (meaning !== 'value') return this.#search(id, meaning);
    let symbol = this.#resolved.get(id);
    if (symbol === undefined) this.#resolved.set(id, (symbol = this.#search(id, meaning) ?? null));
    return symbol ?? undefined;
  }

  /** A type that libraries or ambient files declare globally. */
  globalType(name: string): ts.Symbol | undefined {
    return this.#types.globalSymbol(name, ts.SymbolFlags.Type);
  }

  /** What the symbol stands for once imports and re-exports are followed; itself where they lead out of what is installed. */
  target(symbol: ts.Symbol): ts.Symbol {
    return this.#follow(symbol).symbol;
  }

  /** The import behind an alias: a package or built-in by its specifier, a module in view by its absolute path. */
  importOf(symbol: ts.Symbol): ImportRef | undefined {
    return this.#follow(symbol).from;
  }

  /** The file or `declare module` that a specifier leads to. */
  moduleOf(specifier: ts.StringLiteralLike): ts.Symbol | undefined {
    const path = resolvedFileName(this.#program, specifier);
    const file = path === undefined ? undefined : this.#program.getSourceFile(path);
    return (file && declaredSymbol(file)) ?? this.#types.ambientModule(specifier.text);
  }

  /** An export by name, through `export *` and `export =`; aliases are not followed. */
  exportOf(module: ts.Symbol, name: string, seen: Set<ts.Symbol> = new Set()): ts.Symbol | undefined {
    if (seen.has(module)) return undefined;
    seen.add(module);
    const own = module.exports?.get(ts.escapeLeadingUnderscores(name));
    if (own) return own;
    const whole = module.exports?.get(ts.InternalSymbolName.ExportEquals);
    if (whole) return name === 'default' ? whole : this.#memberOfWhole(whole, name);
    if (name === 'default') return undefined;
    for (const star of module.exports?.get(ts.InternalSymbolName.ExportStar)?.declarations ?? []) {
      if (!ts.isExportDeclaration(star) || !star.moduleSpecifier || !ts.isStringLiteral(star.moduleSpecifier)) continue;
      const source = this.moduleOf(star.moduleSpecifier);
      const found = source && this.exportOf(source, name, seen);
      if (found) return found;
    }
    return undefined;
  }

  /** Where the module of an import or re-export cannot be opened, the star it may have come through: `export * from 'x'`. */
  #starOutOfView(module: ts.Symbol): string | undefined {
    for (const star of module.exports?.get(ts.InternalSymbolName.ExportStar)?.declarations ?? []) {
      if (!ts.isExportDeclaration(star) || !star.moduleSpecifier || !ts.isStringLiteral(star.moduleSpecifier)) continue;
      if (!this.moduleOf(star.moduleSpecifier)) return star.moduleSpecifier.text;
    }
    return undefined;
  }

  #memberOfWhole(whole: ts.Symbol, name: string): ts.Symbol | undefined {
    const target = this.target(whole);
    const found = target.exports?.get(ts.escapeLeadingUnderscores(name));
    if (found) return found;
    const value = assignedValue(target);
    return value && ts.isObjectLiteralExpression(value) ? declaredSymbol(value)?.members?.get(ts.escapeLeadingUnderscores(name)) : undefined;
  }

  // ── scopes ────────────────────────────────────────────────────────────────────────────────────────────

  #search(id: ts.Identifier, meaning: Meaning): ts.Symbol | undefined {
    const name = id.escapedText;
    const wanted = MEANINGS[meaning];
    let from: ts.Node = id;
    for (let scope: ts.Node | undefined = id.parent; scope; from = scope, scope = scope.parent) {
      if (name === 'arguments' && meaning !== 'type' && isFunctionNode(scope) && !ts.isArrowFunction(scope)) return undefined;
      const found = declaredIn(scope, name, wanted, from);
      if (found) return found;
    }
    return this.#types.globalSymbol(id.text, wanted);
  }

  // ── aliases ───────────────────────────────────────────────────────────────────────────────────────────

  #follow(start: ts.Symbol): Followed {
    const known = this.#followed.get(start);
    if (known) return known;
    const seen = new Set<ts.Symbol>();
    let symbol = start;
    let from: ImportRef | undefined;
    while (symbol.flags & ts.SymbolFlags.Alias && !seen.has(symbol)) {
      seen.add(symbol);
      const hop = this.#hop(symbol);
      if (!hop) break;
      if ('symbol' in hop) {
        symbol = exportedSymbol(hop.symbol);
        continue;
      }
      const module = this.moduleOf(hop.specifier);
      from = this.#origin(from, module, hop);
      const next = module && (hop.name === '*' ? (module.exports?.get(ts.InternalSymbolName.ExportEquals) ?? module) : this.exportOf(module, hop.name));
      if (!next) {
        const star = module && this.#starOutOfView(module);
        if (star !== undefined) from = { module: plainModule(star), name: hop.name };
        // Interop gives a module without a default export as its own default.
        if (module && hop.name === 'default') symbol = module;
        break;
      }
      symbol = next;
    }
    const followed = { symbol: this.#types.merged(symbol), from };
    this.#followed.set(start, followed);
    return followed;
  }

  /** The first package on the way names the import; until one is met, the last module in view does. */
  #origin(known: ImportRef | undefined, module: ts.Symbol | undefined, hop: Exclude<Hop, { symbol: ts.Symbol }>): ImportRef {
    if (known && !isPath(known.module)) return known;
    const file = module?.declarations?.find(ts.isSourceFile);
    const inView = file !== undefined && isInView(this.#program, file);
    return { module: isPath(hop.specifier.text) && inView ? file.fileName : plainModule(hop.specifier.text), name: hop.name };
  }

  #hop(alias: ts.Symbol): Hop | undefined {
    for (const node of alias.declarations ?? []) {
      const hop = this.#hopOf(node);
      if (hop) return hop;
    }
    return undefined;
  }

  #hopOf(node: ts.Declaration): Hop | undefined {
    if (ts.isImportSpecifier(node)) return through(node.parent.parent.parent.moduleSpecifier, (node.propertyName ?? node.name).text);
    if (ts.isImportClause(node)) return through(node.parent.moduleSpecifier, 'default');
    if (ts.isNamespaceImport(node)) return through(node.parent.parent.moduleSpecifier, '*');
    if (ts.isNamespaceExport(node)) return through(node.parent.moduleSpecifier, '*');
    if (ts.isExportSpecifier(node)) return this.#hopOfExport(node);
    if (ts.isImportEqualsDeclaration(node)) {
      if (ts.isExternalModuleReference(node.moduleReference)) return through(node.moduleReference.expression, '*');
      return this.#hopTo(node.moduleReference);
    }
    if (ts.isExportAssignment(node)) return this.#hopTo(node.expression);
    // JavaScript: `module.exports = x`, `exports.x = y`.
    if (ts.isBinaryExpression(node)) return this.#hopTo(node.right);
    if (ts.isPropertyAccessExpression(node) && ts.isBinaryExpression(node.parent)) return this.#hopTo(node.parent.right);
    if (ts.isShorthandPropertyAssignment(node)) return this.#hopTo(node.name);
    if (ts.isPropertyAssignment(node)) return this.#hopTo(node.initializer);
    return requireHop(node);
  }

  #hopOfExport(node: ts.ExportSpecifier): Hop | undefined {
    const name = node.propertyName ?? node.name;
    const { moduleSpecifier } = node.parent.parent;
    if (moduleSpecifier) return through(moduleSpecifier, name.text);
    return ts.isIdentifier(name) ? this.#hopTo(name) : undefined;
  }

  #hopTo(expr: ts.Expression | ts.EntityName): Hop | undefined {
    if (ts.isIdentifier(expr)) {
      const symbol = this.#search(expr, 'any');
      return symbol && { symbol };
    }
    if (ts.isQualifiedName(expr)) {
      const left = this.#hopTo(expr.left);
      const namespace = left && 'symbol' in left ? this.target(left.symbol) : undefined;
      const symbol = namespace && this.exportOf(namespace, expr.right.text);
      return symbol && { symbol };
    }
    const specifier = ts.isExpression(expr) ? requiredModule(expr) : undefined;
    if (specifier) return { specifier, name: '*' };
    const symbol = declaredSymbol(expr);
    return symbol && { symbol };
  }
}

/** `'x'` of `require('x')` and `await import('x')`. */
export function requiredModule(expr: ts.Expression): ts.StringLiteralLike | undefined {
  const call = ts.isAwaitExpression(expr) ? expr.expression : expr;
  if (!ts.isCallExpression(call)) return undefined;
  const [specifier] = call.arguments;
  const loads = ts.isAwaitExpression(expr)
    ? call.expression.kind === ts.SyntaxKind.ImportKeyword
    : ts.isIdentifier(call.expression) && call.expression.text === 'require';
  return loads && specifier && ts.isStringLiteralLike(specifier) ? specifier : undefined;
}

/** `./x` and absolute paths, as against packages and built-ins. */
function isPath(specifier: string): boolean {
  return /^(?:\.{1,2}(?:\/|$)|\/|[A-Za-z]:[\\/])/.test(specifier);
}

/** JavaScript's `const x = require('y')` and `const { x } = require('y')`. */
function requireHop(node: ts.Declaration): Hop | undefined {
  if (ts.isVariableDeclaration(node) && node.initializer) {
    if (ts.isPropertyAccessExpression(node.initializer)) {
      const specifier = requiredModule(node.initializer.expression);
      return specifier && { specifier, name: node.initializer.name.text };
    }
    const specifier = requiredModule(node.initializer);
    return specifier && { specifier, name: '*' };
  }
  if (ts.isBindingElement(node) && ts.isVariableDeclaration(node.parent.parent) && node.parent.parent.initializer) {
    const specifier = requiredModule(node.parent.parent.initializer);
    const name = node.propertyName ?? node.name;
    return specifier && ts.isIdentifier(name) ? { specifier, name: name.text } : undefined;
  }
  return undefined;
}

function through(specifier: ts.Expression | undefined, name: string): Hop | undefined {
  return specifier && ts.isStringLiteralLike(specifier) ? { specifier, name } : undefined;
}

/** The object behind `export = …`, `module.exports = …` or a const. */
function assignedValue(symbol: ts.Symbol): ts.Expression | undefined {
  for (const node of symbol.declarations ?? []) {
    if (ts.isObjectLiteralExpression(node)) return node;
    if (ts.isVariableDeclaration(node) && node.initializer) return node.initializer;
    if (ts.isExportAssignment(node)) return node.expression;
    if (ts.isBinaryExpression(node)) return node.right;
  }
  return undefined;
}

/** What one scope says about a name, seen from its child `from`. */
function declaredIn(scope: ts.Node, name: ts.__String, wanted: ts.SymbolFlags, from: ts.Node): ts.Symbol | undefined {
  const local = matching(localsOf(scope)?.get(name), wanted);
  if (local && !(ts.isParameter(from) && isBodyVariable(local, scope))) return local;
  if (ts.isFunctionExpression(scope) || ts.isClassExpression(scope)) {
    if (scope.name?.escapedText === name) return matching(declaredSymbol(scope), wanted);
  }
  // Parts of a namespace or enum declared elsewhere.
  if (ts.isModuleDeclaration(scope) || ts.isEnumDeclaration(scope)) {
    const member = matching(declaredSymbol(scope)?.exports?.get(name), wanted);
    // `export { x }` in a namespace names an outer x.
    return member && !(member.flags & ts.SymbolFlags.Alias && member.declarations?.every(ts.isExportSpecifier)) ? member : undefined;
  }
  if (ts.isClassLike(scope) || ts.isInterfaceDeclaration(scope)) return matching(declaredSymbol(scope)?.members?.get(name), wanted & ts.SymbolFlags.TypeParameter);
  return undefined;
}

function matching(symbol: ts.Symbol | undefined, wanted: ts.SymbolFlags): ts.Symbol | undefined {
  if (!symbol) return undefined;
  const exported = exportedSymbol(symbol);
  return exported.flags & wanted ? exported : undefined;
}

/** Parameter initialisers see parameters, not what the body declares, though both stand in one table. */
function isBodyVariable(symbol: ts.Symbol, fn: ts.Node): boolean {
  const declaration = symbol.valueDeclaration;
  if (!declaration || !isFunctionNode(fn) || !('body' in fn) || !fn.body) return false;
  return declaration.pos >= fn.body.pos && declaration.end <= fn.body.end;
}
