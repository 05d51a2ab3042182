import type { Certainty } from '../core/certainty.js';
import { plainModule } from '../models/lookup.js';
import { isFunctionNode, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { declaredSymbol } from './compiler-internals.js';
import { isInView } from './declaring-module.js';
import { DeclaredTypes, thisContainer } from './declared-types.js';
import { requiredModule, Scopes, type ImportRef } from './scopes.js';
import type { Types } from './types.js';

/** Name of a value from outside the view: a dotted path below the global object, or below an import. */
export type Origin = { readonly global: string } | ImportRef;

/** A value by where it comes from: the innermost expression that gives it, then properties taken from that. */
export interface Alias {
  readonly expr: ts.Expression;
  readonly path: readonly string[];
}

/** `import Promise from 'bluebird'`, `const Promise = require('es6-promise').Promise`: called so because it takes the place of the global one. */
function isPromiseLibrary(id: ts.Identifier, from: ImportRef | undefined, declaration: ts.Declaration | undefined): boolean {
  if (id.text !== 'Promise' || !declaration) return false;
  if (from) return !from.module.startsWith('.') && !from.module.startsWith('/');
  const source = constSource(declaration);
  return source !== undefined && requiredPackage(source.expr) !== undefined;
}

/** `require('x')`, `require('x').y`. */
function requiredPackage(expr: ts.Expression): string | undefined {
  const value = skipWrappers(expr);
  if (ts.isPropertyAccessExpression(value)) return requiredPackage(value.expression);
  const specifier = requiredModule(value)?.text;
  return specifier?.startsWith('.') ? undefined : specifier;
}

/** The global object by its names. */
const GLOBAL_OBJECTS: ReadonlySet<string> = new Set(['globalThis', 'window', 'self', 'global']);
const MAX_ALIASES = 10;

/** Who declared what: names, members, imports and aliases, all from the binder and from annotations, never from inferred types. */
export class Symbols {
  readonly scopes: Scopes;
  readonly declared: DeclaredTypes;
  readonly #program: ts.Program;

  constructor(program: ts.Program, types: Types) {
    this.#program = program;
    this.scopes = new Scopes(program, types);
    this.declared = new DeclaredTypes(program, this.scopes);
  }

  // ── names ─────────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The symbol an identifier stands for, imports followed into view and installed declarations; the import itself where
   * they are missing. Undefined for undeclared names and for members whose owner has no declared type.
   */
  resolve(id: ts.Identifier | ts.PrivateIdentifier): ts.Symbol | undefined {
    const { parent } = id;
    if (ts.isPropertyAccessExpression(parent) && parent.name === id) return this.memberSymbol(parent);
    if (!ts.isIdentifier(id) || isOwnName(id)) return declaredSymbol(parent);
    if (!isReference(id)) return undefined;
    const symbol = isTypePosition(id) ? this.scopes.lookup(id, 'type') : this.scopes.lookup(id);
    return symbol && this.scopes.target(symbol);
  }

  /** Declared by source files of the program itself, not by a library or dependency. */
  isInView(symbol: ts.Symbol): boolean {
    const declaration = symbol.declarations?.[0];
    return declaration !== undefined && isInView(this.#program, declaration.getSourceFile());
  }

  /** The symbol of a name, a member access, `this` or a declaration. */
  symbolOf(node: ts.Node): ts.Symbol | undefined {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) return this.resolve(node);
    if (ts.isPropertyAccessExpression(node)) return this.memberSymbol(node);
    if (node.kind === ts.SyntaxKind.ThisKeyword) {
      const owner = thisContainer(node);
      return owner && declaredSymbol(owner.node);
    }
    return declaredSymbol(node);
  }

  /** `this.x`, `x.y`: the member's symbol, where the owner's type is declared in so many words. */
  memberSymbol(node: ts.PropertyAccessExpression): ts.Symbol | undefined {
    const owner = this.declared.of(node.expression);
    const member = owner && this.declared.member(owner, node.name.text);
    return member && this.scopes.target(member.symbol);
  }

  /** A member of a class (not static) or object literal, its own or inherited. */
  memberOf(owner: ts.ClassLikeDeclaration | ts.ObjectLiteralExpression, name: string): ts.Symbol | undefined {
    const type = this.declared.ofInstance(owner);
    const member = type && this.declared.member(type, name);
    return member && this.scopes.target(member.symbol);
  }

  /** The declaration that makes the value: an implementation rather than its overloads or types. */
  declarationOf(symbol: ts.Symbol): ts.Declaration | undefined {
    const { valueDeclaration, declarations = [] } = this.scopes.target(symbol);
    return declarations.find((d) => isFunctionNode(d) && 'body' in d && d.body !== undefined) ?? valueDeclaration ?? declarations[0];
  }

  // ── origins ───────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The qualified name of a value from outside the view: `Promise.all` → global, `fs.promises.readFile` → import;
   * through consts, destructuring, `require` and `await import`. Works with nothing installed.
   */
  originOf(expr: ts.Expression, depth = 0): Origin | undefined {
    const node = skipWrappers(expr);
    if (depth > MAX_ALIASES) return undefined;
    if (ts.isIdentifier(node)) return this.#originOfName(node, depth);
    const name = accessedName(node);
    if (name !== undefined) {
      const owner = this.originOf((node as ts.AccessExpression).expression, depth + 1);
      return owner && below(owner, name);
    }
    const specifier = requiredModule(node);
    return specifier && { module: plainModule(specifier.text), name: '*' };
  }

  #originOfName(id: ts.Identifier, depth: number): Origin | undefined {
    const symbol = this.scopes.lookup(id);
    if (!symbol) return id.text === 'arguments' ? undefined : { global: id.text };
    const from = this.scopes.importOf(symbol);
    const declaration = this.declarationOf(symbol);
    if (isPromiseLibrary(id, from, declaration)) return { global: 'Promise' };
    if (from && (!declaration || !isInView(this.#program, declaration.getSourceFile()))) return from;
    if (declaration) {
      const source = constSource(declaration);
      const origin = source && this.originOf(source.expr, depth + 1);
      if (origin) return source.path.reduce(below, origin);
    }
    if (from) return from;
    const declarations = symbol.declarations ?? [];
    return declarations.every(isAmbient) ? { global: id.text } : undefined;
  }

  // ── aliases ───────────────────────────────────────────────────────────────────────────────────────────

  /**
   * The expression a value was made by, through casts, consts, destructured consts and getters that return a field.
   * It is evaluated where it stands, not where `expr` does.
   */
  resolveAlias(expr: ts.Expression): ts.Expression {
    const { expr: source, path } = this.aliasOf(expr);
    return path.length === 0 ? source : skipWrappers(expr);
  }

  /** As `resolveAlias`, with the properties that destructuring takes: `const { signal } = options` is `options` then `signal`. */
  aliasOf(expr: ts.Expression): Alias {
    let current: Alias = { expr: skipWrappers(expr), path: [] };
    for (let i = 0; i < MAX_ALIASES; i++) {
      const next = this.#aliasStep(current.expr);
      if (!next) break;
      current = { expr: skipWrappers(next.expr), path: [...next.path, ...current.path] };
    }
    return current;
  }

  #aliasStep(node: ts.Expression): Alias | undefined {
    if (ts.isIdentifier(node)) {
      const symbol = this.scopes.lookup(node);
      const declaration = symbol && this.declarationOf(symbol);
      if (declaration && ts.isFunctionExpression(declaration)) return { expr: declaration, path: [] };
      return declaration && isInView(this.#program, declaration.getSourceFile()) ? constSource(declaration) : undefined;
    }
    if (!ts.isPropertyAccessExpression(node)) return undefined;
    const member = this.memberSymbol(node)?.declarations?.[0];
    const field = member && ts.isGetAccessorDeclaration(member) ? returnedField(member) : undefined;
    return field && { expr: field, path: [] };
  }

  /** Surely the same declaration, surely different values (two functions, two literals), or unknown. `this` of one class is one instance. */
  sameValue(a: ts.Expression, b: ts.Expression): Certainty {
    const left = this.#identity(a);
    const right = this.#identity(b);
    if (left.root === right.root && left.path.join('.') === right.path.join('.')) return 'yes';
    const distinct = (id: Identity): boolean => id.path.length === 0 && id.fresh;
    return distinct(left) && distinct(right) ? 'no' : 'unknown';
  }

  #identity(expr: ts.Expression): Identity {
    const { expr: node, path } = this.aliasOf(expr);
    if (ts.isIdentifier(node)) {
      const symbol = this.resolve(node);
      const declaration = symbol && this.declarationOf(symbol);
      if (declaration && isFunctionNode(declaration)) return { root: declaration, path, fresh: true };
      return { root: symbol ?? `global ${node.text}`, path, fresh: false };
    }
    const name = accessedName(node);
    if (name !== undefined) {
      const member = ts.isPropertyAccessExpression(node) ? this.memberSymbol(node)?.declarations?.[0] : undefined;
      const owner = this.#identity((node as ts.AccessExpression).expression);
      return { root: owner.root, path: [...owner.path, member && ts.isPrivateIdentifier((node as ts.PropertyAccessExpression).name) ? `#${name}` : name, ...path], fresh: false };
    }
    if (node.kind === ts.SyntaxKind.ThisKeyword) return { root: thisContainer(node)?.node ?? enclosingFunction(node), path, fresh: false };
    if (ts.isStringLiteralLike(node) || ts.isNumericLiteral(node)) return { root: `literal ${node.kind === ts.SyntaxKind.NumericLiteral ? '' : '"'}${node.text}`, path, fresh: true };
    return { root: node, path, fresh: isFreshValue(node) };
  }
}

/** Where a value comes from: a symbol, a declaration or expression, or a literal's text. */
interface Identity {
  readonly root: ts.Symbol | ts.Node | string;
  readonly path: readonly string[];
  /** No other expression can give the same value. */
  readonly fresh: boolean;
}

function isFreshValue(node: ts.Expression): boolean {
  return (
    ts.isFunctionExpression(node) ||
    ts.isArrowFunction(node) ||
    ts.isObjectLiteralExpression(node) ||
    ts.isArrayLiteralExpression(node) ||
    ts.isNewExpression(node) ||
    ts.isClassExpression(node)
  );
}

/** What a const variable (or one element of a destructured const) was initialised from. */
export function constSource(declaration: ts.Declaration): Alias | undefined {
  const path: string[] = [];
  let node: ts.Node = declaration;
  while (ts.isBindingElement(node)) {
    // A default replaces undefined, so the value may be another one.
    if (node.dotDotDotToken || node.initializer || !ts.isObjectBindingPattern(node.parent)) return undefined;
    const name = node.propertyName ?? node.name;
    if (!ts.isIdentifier(name) && !ts.isStringLiteralLike(name)) return undefined;
    path.unshift(name.text);
    node = node.parent.parent;
  }
  if (!ts.isVariableDeclaration(node) || !node.initializer || !isConstant(node)) return undefined;
  return { expr: node.initializer, path };
}

function isConstant(node: ts.VariableDeclaration): boolean {
  return ts.isVariableDeclarationList(node.parent) && (node.parent.flags & ts.NodeFlags.BlockScoped) >= ts.NodeFlags.Const;
}

/** `x` of `.x` and `['x']`. */
function accessedName(node: ts.Expression): string | undefined {
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  if (!ts.isElementAccessExpression(node)) return undefined;
  const key = skipWrappers(node.argumentExpression);
  return ts.isStringLiteralLike(key) ? key.text : undefined;
}

function below(owner: Origin, name: string): Origin {
  if ('global' in owner) return { global: GLOBAL_OBJECTS.has(owner.global) ? name : `${owner.global}.${name}` };
  return { module: owner.module, name: owner.name === '*' ? name : `${owner.name}.${name}` };
}

/** The field that a getter returns, when that is all it does. */
function returnedField(getter: ts.GetAccessorDeclaration): ts.Expression | undefined {
  const [only, second] = getter.body?.statements ?? [];
  if (!only || second || !ts.isReturnStatement(only) || !only.expression) return undefined;
  const value = skipWrappers(only.expression);
  return ts.isPropertyAccessExpression(value) ? value : undefined;
}

/** The name in a declaration that names the declared thing itself. */
function isOwnName(id: ts.Identifier): boolean {
  const { parent } = id;
  if (ts.isBindingElement(parent)) return parent.name === id;
  if (ts.isImportSpecifier(parent) || ts.isNamespaceImport(parent) || ts.isImportClause(parent)) return false;
  if (ts.isExportSpecifier(parent) || ts.isShorthandPropertyAssignment(parent) || ts.isJsxAttribute(parent)) return false;
  return 'name' in parent && parent.name === id && declaredSymbol(parent) !== undefined;
}

/** False for labels, attribute names and property names of patterns, which name no variable. */
function isReference(id: ts.Identifier): boolean {
  const { parent } = id;
  if (ts.isLabeledStatement(parent) || ts.isBreakOrContinueStatement(parent) || ts.isJsxAttribute(parent) || ts.isMetaProperty(parent)) return false;
  if (ts.isJsxOpeningLikeElement(parent) || ts.isJsxClosingElement(parent)) return !/^[a-z]/.test(id.text);
  if (ts.isBindingElement(parent)) return parent.propertyName !== id;
  if (ts.isPropertyAssignment(parent)) return parent.name !== id;
  return !(ts.isQualifiedName(parent) && parent.right === id);
}

/** In an annotation, or in a heritage clause that names types only. */
function isTypePosition(id: ts.Identifier): boolean {
  let node: ts.Node = id;
  while (ts.isQualifiedName(node.parent) || ts.isPropertyAccessExpression(node.parent)) node = node.parent;
  const { parent } = node;
  if (ts.isTypeQueryNode(parent)) return false;
  if (!ts.isExpressionWithTypeArguments(parent)) return ts.isTypeNode(parent);
  return ts.isHeritageClause(parent.parent) && (parent.parent.token === ts.SyntaxKind.ImplementsKeyword || ts.isInterfaceDeclaration(parent.parent.parent));
}

/** Declared without being made: by a library, or under `declare`. */
function isAmbient(declaration: ts.Declaration): boolean {
  if (declaration.getSourceFile().isDeclarationFile) return true;
  for (let node: ts.Node = declaration; !ts.isSourceFile(node); node = node.parent) {
    if (ts.canHaveModifiers(node) && ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.DeclareKeyword)) return true;
  }
  return false;
}

function enclosingFunction(node: ts.Node): FunctionNode | ts.SourceFile {
  let current = node.parent;
  while (!ts.isSourceFile(current) && (!isFunctionNode(current) || ts.isArrowFunction(current))) current = current.parent;
  return current;
}
