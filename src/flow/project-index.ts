import { isAsync, isFunctionNode, memberName, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { declaredSymbol, resolvedFileName } from './compiler-internals.js';
import type { CallNode } from './contract.js';
import { isInView } from './declaring-module.js';
import { prototypeMember } from './declared-types.js';
import type { Symbols } from './symbols.js';

/** An implementation of an interface or a class that extends another; object literals count where an annotation says what they are. */
export type Implementation = ts.ClassLikeDeclaration | ts.ObjectLiteralExpression;

/**
 * What one syntactic walk over the view knows by name: call sites, other names of one value, who extends what, names
 * that give promises. Names only select candidates; whoever asks confirms them by resolution.
 */
export class ProjectIndex {
  /** Source files of the program itself, in its order. */
  readonly files: readonly ts.SourceFile[];
  readonly #program: ts.Program;
  readonly #symbols: Symbols;
  readonly #calls = new Map<string, CallNode[]>();
  readonly #renames = new Map<string, Rename[]>();
  readonly #promiseNames = new Set<string>();
  readonly #onPrototypes = new Map<string, { readonly owner: ts.Identifier; readonly value: ts.Expression }[]>();
  readonly #heirs: { readonly node: Implementation | ts.InterfaceDeclaration; readonly base: ts.TypeNode }[] = [];
  readonly #isTest: (file: ts.SourceFile) => boolean;
  readonly #identifiers = new WeakMap<ts.SourceFile, ReadonlyMap<string, readonly (ts.Identifier | ts.PrivateIdentifier)[]>>();
  #filesByName: Map<string, ts.SourceFile[]> | undefined;
  #children: Map<ts.Symbol, (Implementation | ts.InterfaceDeclaration)[]> | undefined;

  /** `isTest`: what such a file implements says nothing of the program. */
  constructor(program: ts.Program, symbols: Symbols, isTest: (file: ts.SourceFile) => boolean = () => false) {
    this.#program = program;
    this.#symbols = symbols;
    this.#isTest = isTest;
    this.files = program.getSourceFiles().filter((file) => isInView(program, file));
    for (const file of this.files) this.#walk(file);
  }

  /** Calls and constructions whose callee is written with this name: `name()`, `x.name()`, `new name()`; `super` for base constructors. */
  callsNamed(name: string): readonly CallNode[] {
    return this.#calls.get(name) ?? [];
  }

  /** Some function of this name in view is async or declared to return a promise. */
  namesPromise(name: string): boolean {
    return this.#promiseNames.has(name);
  }

  /**
   * The name and every other one its value goes by: renamed imports and exports, consts, properties, fields. `reaches` says
   * whether the value meant arrives at a place that renames; without that check the names of a program run into one another.
   */
  namesOf(name: string, reaches: (site: ts.Node) => boolean): ReadonlySet<string> {
    const names = new Set([name]);
    // A set grows while it is iterated, so this is the closure.
    for (const known of names) {
      for (const { to, site } of this.#renames.get(known) ?? []) if (!names.has(to) && reaches(site)) names.add(to);
    }
    return names;
  }

  /** The names of a declared symbol in all modules: its own, and those that imports and exports give it. */
  namesOfSymbol(symbol: ts.Symbol): ReadonlySet<string> {
    const { scopes } = this.#symbols;
    const target = scopes.target(symbol);
    const declaration = target.declarations?.[0];
    const name = declaration && ts.getNameOfDeclaration(declaration);
    const own = name && (ts.isIdentifier(name) || ts.isPrivateIdentifier(name)) ? name.text : ts.unescapeLeadingUnderscores(target.escapedName);
    const first = own === 'default' && declaration ? defaultOf(declaration.getSourceFile().fileName) : own;
    return this.namesOf(first, (site) => {
      const renamed = declaredSymbol(site);
      return renamed !== undefined && scopes.target(renamed) === target;
    });
  }

  /** Files in which one of the names is spelled as an identifier, in the program's order. */
  filesNaming(names: Iterable<string>): readonly ts.SourceFile[] {
    this.#filesByName ??= this.#listFilesByName();
    const found = new Set<ts.SourceFile>();
    for (const name of names) for (const file of this.#filesByName.get(name) ?? []) found.add(file);
    return found.size < 2 ? [...found] : this.files.filter((file) => found.has(file));
  }

  #listFilesByName(): Map<string, ts.SourceFile[]> {
    const files = new Map<string, ts.SourceFile[]>();
    for (const file of this.files) for (const name of this.#identifiersIn(file).keys()) append(files, name, file);
    return files;
  }

  #identifiersIn(file: ts.SourceFile): ReadonlyMap<string, readonly (ts.Identifier | ts.PrivateIdentifier)[]> {
    let byName = this.#identifiers.get(file);
    if (!byName) this.#identifiers.set(file, (byName = identifiersOf(file)));
    return byName;
  }

  /** Every use of the name in the file, its declarations included. */
  identifiersNamed(file: ts.SourceFile, name: string): readonly (ts.Identifier | ts.PrivateIdentifier)[] {
    return this.#identifiersIn(file).get(name) ?? [];
  }

  /** What `C.prototype.name = …` gives to instances of the class, anywhere in view. */
  assignedToPrototype(type: ts.Symbol, name: string): readonly ts.Expression[] {
    const { scopes } = this.#symbols;
    const isMeant = (owner: ts.Identifier): boolean => {
      const symbol = scopes.lookup(owner);
      return symbol !== undefined && scopes.target(symbol) === type;
    };
    return (this.#onPrototypes.get(name) ?? []).filter(({ owner }) => isMeant(owner)).map(({ value }) => value);
  }

  /** Classes, and object literals so annotated, that are a `type`: through extends and implements, any number of steps down; those of tests only for types of tests. */
  implementationsOf(type: ts.Symbol): readonly Implementation[] {
    const found = new Set<Implementation>();
    const pending = [type];
    const isOfTest = type.declarations?.some((declaration) => this.#isTest(declaration.getSourceFile())) ?? false;
    for (const seen = new Set<ts.Symbol>(pending); pending.length > 0; ) {
      for (const heir of this.#heirsOf(pending.pop()!)) {
        if (!isOfTest && this.#isTest(heir.getSourceFile())) continue;
        if (!ts.isInterfaceDeclaration(heir)) found.add(heir);
        const symbol = ts.isObjectLiteralExpression(heir) ? undefined : declaredSymbol(heir);
        if (symbol && !seen.has(symbol)) {
          seen.add(symbol);
          pending.push(symbol);
        }
      }
    }
    return [...found];
  }

  #heirsOf(base: ts.Symbol): readonly (Implementation | ts.InterfaceDeclaration)[] {
    if (!this.#children) {
      this.#children = new Map();
      for (const { node, base: written } of this.#heirs) {
        const symbol = this.#symbols.declared.ofTypeNode(written)?.symbol;
        if (symbol) append(this.#children, symbol, node);
      }
    }
    return this.#children.get(base) ?? [];
  }

  // ── the walk ──────────────────────────────────────────────────────────────────────────────────────────

  #walk(file: ts.SourceFile): void {
    const pending: ts.Node[] = [file];
    // Source order: children are pushed backwards.
    for (let node = pending.pop(); node; node = pending.pop()) {
      this.#note(node);
      const children: ts.Node[] = [];
      ts.forEachChild(node, (child) => void children.push(child));
      for (let i = children.length - 1; i >= 0; i--) pending.push(children[i]!);
    }
  }

  #note(node: ts.Node): void {
    switch (node.kind) {
      case ts.SyntaxKind.CallExpression:
      case ts.SyntaxKind.NewExpression:
        return this.#noteCall(node as CallNode);
      case ts.SyntaxKind.ClassDeclaration:
      case ts.SyntaxKind.ClassExpression:
      case ts.SyntaxKind.InterfaceDeclaration:
        return this.#noteHeritage(node as ts.ClassLikeDeclaration | ts.InterfaceDeclaration);
      case ts.SyntaxKind.ObjectLiteralExpression:
        return this.#noteLiteral(node as ts.ObjectLiteralExpression);
      case ts.SyntaxKind.MethodSignature:
      case ts.SyntaxKind.PropertySignature:
        return this.#notePromise(node as ts.MethodSignature | ts.PropertySignature);
      case ts.SyntaxKind.ImportSpecifier:
      case ts.SyntaxKind.ExportSpecifier:
        return this.#noteSpecifier(node as ts.ImportSpecifier | ts.ExportSpecifier);
      case ts.SyntaxKind.ImportClause: {
        const { name, parent } = node as ts.ImportClause;
        if (name) this.#rename(defaultOf(this.#fileOf(parent.moduleSpecifier)), name.text, node);
        return;
      }
      case ts.SyntaxKind.ExportAssignment:
        return this.#noteValue(defaultOf(node.getSourceFile().fileName), (node as ts.ExportAssignment).expression);
      case ts.SyntaxKind.VariableDeclaration:
      case ts.SyntaxKind.PropertyDeclaration:
      case ts.SyntaxKind.PropertyAssignment:
      case ts.SyntaxKind.BindingElement:
        return this.#noteBinding(node as ts.VariableDeclaration | ts.PropertyDeclaration | ts.PropertyAssignment | ts.BindingElement);
      case ts.SyntaxKind.BinaryExpression: {
        const { left, operatorToken, right } = node as ts.BinaryExpression;
        if (operatorToken.kind === ts.SyntaxKind.EqualsToken) this.#noteAssignment(left, right);
        return;
      }
      default:
        if (isFunctionNode(node)) this.#noteFunction(node);
    }
  }

  /** `default` means another value in each module: the source's where it is taken, this file's where it is given. */
  #noteSpecifier(node: ts.ImportSpecifier | ts.ExportSpecifier): void {
    const source = (node.propertyName ?? node.name).text;
    const statement = ts.isImportSpecifier(node) ? node.parent.parent.parent : node.parent.parent;
    const from = source === 'default' ? defaultOf(this.#fileOf(statement.moduleSpecifier)) : source;
    const to = node.name.text === 'default' ? defaultOf(node.getSourceFile().fileName) : node.name.text;
    if (from !== to) this.#rename(from, to, node);
  }

  #noteCall(call: CallNode): void {
    const callee = skipWrappers(call.expression);
    const name = callee.kind === ts.SyntaxKind.SuperKeyword ? 'super' : writtenName(callee);
    if (name === undefined) return;
    append(this.#calls, name, call);
    // `f.call(x)` and `f.apply(x)` are calls of f.
    const through = (name === 'call' || name === 'apply') && ts.isPropertyAccessExpression(callee) ? writtenName(skipWrappers(callee.expression)) : undefined;
    if (through !== undefined) append(this.#calls, through, call);
  }

  #noteHeritage(node: ts.ClassLikeDeclaration | ts.InterfaceDeclaration): void {
    if (ts.isClassDeclaration(node)) this.#noteDefault(node);
    for (const clause of node.heritageClauses ?? []) {
      for (const base of clause.types) this.#heirs.push({ node, base });
    }
  }

  #noteLiteral(node: ts.ObjectLiteralExpression): void {
    const { parent } = node;
    const base =
      ts.isVariableDeclaration(parent) || ts.isPropertyDeclaration(parent) || ts.isAsExpression(parent) || ts.isSatisfiesExpression(parent) ? parent.type : undefined;
    if (base && ts.isTypeReferenceNode(base)) this.#heirs.push({ node, base });
  }

  #noteFunction(node: FunctionNode): void {
    const name = node.name ? memberName(node.name) : undefined;
    if (name !== undefined && (isAsync(node) || isPromiseType('type' in node ? node.type : undefined))) this.#promiseNames.add(name);
    if (ts.isFunctionDeclaration(node)) this.#noteDefault(node);
  }

  /** `export default function f`, `export default class C`. */
  #noteDefault(node: ts.FunctionDeclaration | ts.ClassDeclaration): void {
    const isDefault = node.modifiers?.some((m) => m.kind === ts.SyntaxKind.DefaultKeyword);
    if (isDefault && node.name) this.#rename(node.name.text, defaultOf(node.getSourceFile().fileName), node);
  }

  #notePromise(node: ts.MethodSignature | ts.PropertySignature): void {
    const result = node.type && ts.isFunctionTypeNode(node.type) ? node.type.type : node.type;
    if (isPromiseType(result)) this.#promiseNames.add(memberName(node.name));
  }

  #noteBinding(node: ts.VariableDeclaration | ts.PropertyDeclaration | ts.PropertyAssignment | ts.BindingElement): void {
    if (ts.isBindingElement(node)) {
      if (node.propertyName && ts.isIdentifier(node.name)) this.#rename(memberName(node.propertyName), node.name.text, node);
      return;
    }
    const name = memberName(node.name as ts.PropertyName);
    if (node.initializer) this.#noteValue(name, node.initializer);
    if (!ts.isPropertyAssignment(node) && node.type && ts.isFunctionTypeNode(node.type) && isPromiseType(node.type.type)) this.#promiseNames.add(name);
  }

  /** `name` gets the value of `expr`: another name of a function, or a function's only one. */
  #noteValue(name: string, expr: ts.Expression): void {
    const value = skipWrappers(expr);
    if (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) {
      if (isAsync(value) || isPromiseType(value.type)) this.#promiseNames.add(name);
      if (ts.isFunctionExpression(value) && value.name) this.#rename(value.name.text, name, value);
      return;
    }
    const source = isBind(value) ? skipWrappers(value.expression.expression) : value;
    const other = writtenName(source);
    if (other !== undefined && other !== name) this.#rename(other, name, value);
  }

  #noteAssignment(left: ts.Expression, right: ts.Expression): void {
    const name = writtenName(left);
    if (name !== undefined) this.#noteValue(name, right);
    const member = prototypeMember(left);
    if (member) append(this.#onPrototypes, member.name, { owner: member.owner, value: right });
  }

  #fileOf(specifier: ts.Expression | undefined): string {
    return (specifier && ts.isStringLiteralLike(specifier) ? resolvedFileName(this.#program, specifier) : undefined) ?? '';
  }

  #rename(from: string, to: string, site: ts.Node): void {
    append(this.#renames, from, { to, site });
  }
}

/** Another name for a value, given at `site`: the specifier or binding that renames, or the expression whose value is stored. */
interface Rename {
  readonly to: string;
  readonly site: ts.Node;
}

/** The name of a module's default export: one per file. */
export function defaultOf(fileName: string): string {
  return `default of ${fileName}`;
}

/** `f.bind(…)`. */
export function isBind(node: ts.Node): node is ts.CallExpression & { readonly expression: ts.PropertyAccessExpression } {
  return ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'bind';
}

/** The last name of `x`, `a.x`, `a['x']`, `this.#x`. */
function writtenName(node: ts.Expression): string | undefined {
  if (ts.isIdentifier(node)) return node.text;
  if (ts.isPropertyAccessExpression(node)) return node.name.text;
  return ts.isElementAccessExpression(node) && ts.isStringLiteralLike(node.argumentExpression) ? node.argumentExpression.text : undefined;
}

function isPromiseType(node: ts.TypeNode | undefined): boolean {
  if (!node) return false;
  if (ts.isUnionTypeNode(node)) return node.types.some(isPromiseType);
  return ts.isTypeReferenceNode(node) && ts.isIdentifier(node.typeName) && /^(?:Promise|PromiseLike|Thenable)$/.test(node.typeName.text);
}

function identifiersOf(file: ts.SourceFile): ReadonlyMap<string, readonly (ts.Identifier | ts.PrivateIdentifier)[]> {
  const byName = new Map<string, (ts.Identifier | ts.PrivateIdentifier)[]>();
  const pending: ts.Node[] = [file];
  for (let node = pending.pop(); node; node = pending.pop()) {
    if (ts.isIdentifier(node) || ts.isPrivateIdentifier(node)) append(byName, node.text, node);
    ts.forEachChild(node, (child) => void pending.push(child));
  }
  for (const found of byName.values()) found.sort((a, b) => a.pos - b.pos);
  return byName;
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}
