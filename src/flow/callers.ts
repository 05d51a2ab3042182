import { memberName, outermostWrapper, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { calledThrough, type Calls } from './calls.js';
import { declaredSymbol } from './compiler-internals.js';
import type { CallNode } from './contract.js';
import { defaultOf, isBind, type ProjectIndex } from './project-index.js';
import type { Symbols } from './symbols.js';

/** Who calls, passes on or mentions a function or symbol, anywhere in view. */
export class Callers {
  readonly #symbols: Symbols;
  readonly #index: ProjectIndex;
  readonly #calls: Calls;
  readonly #callers = new WeakMap<FunctionNode, readonly CallNode[]>();
  readonly #valueUses = new WeakMap<FunctionNode, readonly ts.Expression[]>();

  constructor(symbols: Symbols, index: ProjectIndex, calls: Calls) {
    this.#symbols = symbols;
    this.#index = index;
    this.#calls = calls;
  }

  /** Calls in view that can reach the function, in order of files and positions. */
  callersOf(fn: FunctionNode): readonly CallNode[] {
    let callers = this.#callers.get(fn);
    if (!callers) this.#callers.set(fn, (callers = this.#findCallers(fn)));
    return callers;
  }

  #findCallers(fn: FunctionNode): readonly CallNode[] {
    const found = new Set<CallNode>();
    const { parent } = outermostWrapper(fn);
    // Called on the spot: `(async () => { … })()`.
    if (ts.isCallExpression(parent) && skipWrappers(parent.expression) === fn) found.add(parent);
    for (const name of this.#callNames(fn)) {
      for (const call of this.#index.callsNamed(name)) {
        if (this.#calls.info(call).targets.includes(fn)) found.add(call);
      }
    }
    return [...found];
  }

  #callNames(fn: FunctionNode): Iterable<string> {
    if (!ts.isConstructorDeclaration(fn)) return this.#namesOf(fn);
    const symbol = declaredSymbol(fn.parent);
    if (!symbol) return [];
    // Classes without a constructor of their own run the inherited one.
    const heirs = this.#index.implementationsOf(symbol).flatMap((heir) => (ts.isClassLike(heir) ? (declaredSymbol(heir) ?? []) : []));
    return [...[symbol, ...heirs].flatMap((type) => [...this.#classNames(type)]), 'super'];
  }

  /** Every name under which some code in view reaches the function. */
  #namesOf(fn: FunctionNode): ReadonlySet<string> {
    const name = nameOf(fn);
    return name === undefined ? new Set() : this.#index.namesOf(name, (site) => this.#reaches(site, fn));
  }

  #reaches(site: ts.Node, fn: FunctionNode): boolean {
    const { functions } = this.#calls;
    if (ts.isExpression(site)) return functions.of(site).functions.includes(fn);
    const symbol = declaredSymbol(site);
    return symbol !== undefined && functions.ofSymbol(symbol).functions.includes(fn);
  }

  /** As for functions: imports and exports rename a class, and so do consts that hold it. */
  #classNames(type: ts.Symbol): ReadonlySet<string> {
    const names = new Set(this.#index.namesOfSymbol(type));
    for (const name of [...names]) {
      for (const alias of this.#index.namesOf(name, (site) => ts.isExpression(site) && this.#symbols.declared.of(site)?.symbol === type)) names.add(alias);
    }
    return names;
  }

  /** Expressions that pass the function on as a value: arguments, stored references, returns; calls of it are left out. */
  valueUses(fn: FunctionNode): readonly ts.Expression[] {
    let uses = this.#valueUses.get(fn);
    if (!uses) this.#valueUses.set(fn, (uses = this.#findValueUses(fn)));
    return uses;
  }

  #findValueUses(fn: FunctionNode): readonly ts.Expression[] {
    const names = [...this.#namesOf(fn)];
    return this.#index
      .filesNaming(names)
      .flatMap((file) => names.flatMap((n) => this.#index.identifiersNamed(file, n)))
      .flatMap((id) => valueAround(id) ?? [])
      .filter((value) => this.#calls.functions.of(value).functions.includes(fn));
  }
}

/** The expression that an identifier is the name of, where its value is used: `x`, `a.x`; not where it is called or declared. */
function valueAround(id: ts.Identifier | ts.PrivateIdentifier): ts.Expression | undefined {
  const access = ts.isPropertyAccessExpression(id.parent) && id.parent.name === id ? id.parent : undefined;
  if (!access && !(ts.isIdentifier(id) && isValue(id))) return undefined;
  const value = access ?? (id as ts.Identifier);
  const { parent } = outermostWrapper(value);
  const isCallee = ts.isCallOrNewExpression(parent) && skipWrappers(parent.expression) === value;
  const isOwner = ts.isPropertyAccessExpression(parent) && calledThrough(parent) !== undefined && ts.isCallExpression(parent.parent);
  return isCallee || isOwner ? undefined : value;
}

function isValue(id: ts.Identifier): boolean {
  const { parent } = id;
  if (ts.isShorthandPropertyAssignment(parent)) return true;
  if ('name' in parent && parent.name === id && declaredSymbol(parent) !== undefined) return false;
  return !ts.isImportSpecifier(parent) && !ts.isExportSpecifier(parent) && !ts.isBindingElement(parent) && !ts.isTypeNode(parent);
}

/** The name under which a function is declared or first stored. */
function nameOf(fn: FunctionNode): string | undefined {
  if (ts.isConstructorDeclaration(fn) || ts.isClassStaticBlockDeclaration(fn)) return undefined;
  if (fn.name) return memberName(fn.name);
  if (ts.canHaveModifiers(fn) && ts.getModifiers(fn)?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword)) return defaultOf(fn.getSourceFile().fileName);
  const { parent } = outermostWrapper(fn);
  if (ts.isVariableDeclaration(parent) || ts.isPropertyAssignment(parent) || ts.isPropertyDeclaration(parent)) return memberName(parent.name as ts.PropertyName);
  if (ts.isBinaryExpression(parent) && ts.isPropertyAccessExpression(parent.left)) return parent.left.name.text;
  if (ts.isBinaryExpression(parent) && ts.isIdentifier(parent.left)) return parent.left.text;
  if (ts.isExportAssignment(parent)) return defaultOf(fn.getSourceFile().fileName);
  if (isBind(parent.parent)) return nameOfHolder(parent.parent);
  return undefined;
}

function nameOfHolder(node: ts.Node): string | undefined {
  const { parent } = outermostWrapper(node);
  return ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isPropertyAssignment(parent) ? memberName(parent.name as ts.PropertyName) : undefined;
}
