import { isFunctionNode, memberName, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { isBind, type ProjectIndex } from './project-index.js';
import type { Symbols } from './symbols.js';

/** Function bodies in view that a value may be. */
export interface FunctionSet {
  readonly functions: readonly FunctionNode[];
  /** The value can be no other function. */
  readonly complete: boolean;
}

/** Beyond this many bodies a call says nothing sure about any of them. */
export const MAX_TARGETS = 5;
const MAX_DEPTH = 12;
const NOTHING: FunctionSet = { functions: [], complete: false };

/** Which functions an expression may evaluate to: names, members with their implementations, aliases, `bind`, conditionals. */
export class FunctionValues {
  readonly #symbols: Symbols;
  readonly #index: ProjectIndex;
  readonly #cache = new WeakMap<ts.Node, FunctionSet>();

  constructor(symbols: Symbols, index: ProjectIndex) {
    this.#symbols = symbols;
    this.#index = index;
  }

  of(expr: ts.Expression, depth = 0): FunctionSet {
    const node = skipWrappers(expr);
    if (ts.isArrowFunction(node) || ts.isFunctionExpression(node)) return { functions: [node], complete: true };
    const known = this.#cache.get(node);
    if (known) return known;
    if (depth > MAX_DEPTH) return NOTHING;
    // What refers to itself adds no function.
    this.#cache.set(node, NOTHING);
    const found = bounded(this.#compute(node, depth));
    this.#cache.set(node, found);
    return found;
  }

  /** The bodies behind a symbol: its implementation, or those of an interface or abstract member. */
  ofSymbol(symbol: ts.Symbol, depth = 0): FunctionSet {
    if (depth > MAX_DEPTH) return NOTHING;
    const target = this.#symbols.scopes.target(symbol);
    const sets = (target.declarations ?? []).flatMap((declaration) => this.#ofDeclaration(declaration, depth) ?? []);
    return bounded(sets.length === 0 ? NOTHING : union(sets));
  }

  /** What runs when the class is constructed: its constructor or the nearest inherited one; field initialisers belong to it. */
  constructorOf(type: ts.Symbol, depth = 0): FunctionSet {
    const declaration = type.declarations?.find(ts.isClassLike);
    if (!declaration || depth > MAX_DEPTH) return NOTHING;
    const own = declaration.members.find((m): m is ts.ConstructorDeclaration => ts.isConstructorDeclaration(m) && m.body !== undefined);
    if (own) return { functions: [own], complete: true };
    const base = declaration.heritageClauses?.find((clause) => clause.token === ts.SyntaxKind.ExtendsKeyword)?.types[0];
    if (!base) return { functions: [], complete: !declaration.getSourceFile().isDeclarationFile };
    const inherited = this.#symbols.declared.ofTypeNode(base)?.symbol;
    return inherited ? this.constructorOf(inherited, depth + 1) : NOTHING;
  }

  #compute(node: ts.Expression, depth: number): FunctionSet {
    if (ts.isIdentifier(node)) {
      const symbol = this.#symbols.scopes.lookup(node);
      return symbol ? this.ofSymbol(symbol, depth + 1) : NOTHING;
    }
    if (ts.isPropertyAccessExpression(node)) return this.#ofMember(node, depth);
    if (isBind(node)) return this.of(node.expression.expression, depth + 1);
    if (ts.isConditionalExpression(node)) return union([this.of(node.whenTrue, depth + 1), this.of(node.whenFalse, depth + 1)]);
    if (ts.isBinaryExpression(node) && isChoice(node.operatorToken.kind)) return union([this.of(node.left, depth + 1), this.of(node.right, depth + 1)]);
    if (ts.isCallExpression(node)) return this.#returnedBy(node, depth);
    return NOTHING;
  }

  #ofMember(node: ts.PropertyAccessExpression, depth: number): FunctionSet {
    const owner = this.#symbols.declared.of(node.expression);
    const member = owner && this.#symbols.declared.member(owner, node.name.text);
    if (!member) return NOTHING;
    const isExact = ts.isNewExpression(skipWrappers(node.expression)) || node.expression.kind === ts.SyntaxKind.SuperKeyword;
    if (isExact || !owner.symbol || ts.isPrivateIdentifier(node.name) || owner.side === 'static') return this.ofSymbol(member.symbol, depth + 1);
    return this.ofMemberOf(owner.symbol, member.symbol, node.name.text, depth + 1);
  }

  /**
   * A member of a class or interface in view may be that of any class in view that extends or implements it. Types from
   * outside have too many other implementations for those in view to tell anything: `map.get()` is not `class LruMap extends Map`'s.
   */
  ofMemberOf(owner: ts.Symbol, member: ts.Symbol, name: string, depth = 0): FunctionSet {
    if (depth > MAX_DEPTH) return NOTHING;
    const sets: FunctionSet[] = [];
    let isFilledLater = false;
    if (!isSignature(member)) sets.push(this.ofSymbol(member, depth + 1));
    for (const assigned of this.#index.assignedToPrototype(owner, name)) sets.push(this.of(assigned, depth + 1));
    for (const implementation of this.#symbols.isInView(owner) ? this.#index.implementationsOf(owner) : []) {
      const own = this.#symbols.memberOf(implementation, name);
      // An implementation that only inherits the signature has no body of its own.
      if (!own || isSignature(own)) continue;
      sets.push(this.ofSymbol(own, depth + 1));
      // `save?: () => Promise<void>` of a class, which its constructor fills in or its users do.
      isFilledLater ||= own.declarations?.some((d) => ts.isPropertyDeclaration(d) && !d.initializer) ?? false;
    }
    // Abstract members and bare signatures have no body, those that implement them have.
    const made = sets.filter((set) => set.functions.length > 0);
    const all = union(made);
    return bounded(made.length === 0 ? NOTHING : isFilledLater ? { ...all, complete: false } : all);
  }

  /** `makeHandler()` in view, where what it returns is a function. */
  #returnedBy(call: ts.CallExpression, depth: number): FunctionSet {
    const { functions } = this.of(call.expression, depth + 1);
    const [maker] = functions;
    if (!maker || functions.length > 1 || !('body' in maker) || !maker.body) return NOTHING;
    if (!ts.isBlock(maker.body)) return this.of(maker.body, depth + 1);
    const last = maker.body.statements.at(-1);
    return last && ts.isReturnStatement(last) && last.expression ? this.of(last.expression, depth + 1) : NOTHING;
  }

  #ofDeclaration(node: ts.Declaration, depth: number): FunctionSet | undefined {
    if (isFunctionNode(node)) return this.#ofFunction(node, depth);
    if (ts.isVariableDeclaration(node)) {
      if (!node.initializer) return undefined;
      const found = this.of(node.initializer, depth + 1);
      return ts.getCombinedNodeFlags(node) & ts.NodeFlags.Const ? found : { ...found, complete: false };
    }
    if (ts.isPropertyDeclaration(node)) {
      if (!node.initializer) return undefined;
      const found = this.of(node.initializer, depth + 1);
      return isReadonly(node) ? found : { ...found, complete: found.complete && isFunctionLiteral(node.initializer) };
    }
    if (ts.isPropertyAssignment(node)) return this.of(node.initializer, depth + 1);
    if (ts.isShorthandPropertyAssignment(node)) return this.of(node.name, depth + 1);
    if (ts.isExportAssignment(node)) return this.of(node.expression, depth + 1);
    if (ts.isBindingElement(node)) return this.#ofBinding(node, depth);
    if (ts.isMethodSignature(node) || ts.isPropertySignature(node)) return this.#ofSignature(node, depth);
    // JavaScript: `exports.f = …`, `this.f = …`.
    if (ts.isPropertyAccessExpression(node) && ts.isBinaryExpression(node.parent)) return this.of(node.parent.right, depth + 1);
    if (ts.isBinaryExpression(node)) return this.of(node.right, depth + 1);
    return undefined;
  }

  #ofFunction(node: FunctionNode, depth: number): FunctionSet | undefined {
    if (ts.isGetAccessorDeclaration(node)) {
      const [only, second] = node.body?.statements ?? [];
      return only && !second && ts.isReturnStatement(only) && only.expression ? this.of(only.expression, depth + 1) : undefined;
    }
    // Overload signatures and declarations have no body of their own.
    return 'body' in node && node.body ? { functions: [node], complete: true } : undefined;
  }

  #ofBinding(node: ts.BindingElement, depth: number): FunctionSet | undefined {
    const holder = node.parent.parent;
    if (node.dotDotDotToken || !ts.isObjectBindingPattern(node.parent) || !ts.isVariableDeclaration(holder) || !holder.initializer) return undefined;
    const owner = this.#symbols.declared.of(holder.initializer);
    const member = owner && this.#symbols.declared.member(owner, memberName((node.propertyName ?? node.name) as ts.PropertyName));
    return member && this.ofSymbol(member.symbol, depth + 1);
  }

  /** A signature taken for itself (destructured from its interface) stands for its implementations. */
  #ofSignature(node: ts.MethodSignature | ts.PropertySignature, depth: number): FunctionSet | undefined {
    const owner = ts.isInterfaceDeclaration(node.parent) ? this.#symbols.symbolOf(node.parent) : undefined;
    const member = owner && this.#symbols.symbolOf(node);
    return member && this.ofMemberOf(owner, member, memberName(node.name), depth + 1);
  }
}

/** A member of an interface, without a body of its own. */
function isSignature(member: ts.Symbol): boolean {
  return member.declarations?.some((d) => ts.isMethodSignature(d) || ts.isPropertySignature(d)) ?? false;
}

function union(sets: readonly FunctionSet[]): FunctionSet {
  return { functions: [...new Set(sets.flatMap((set) => set.functions))], complete: sets.every((set) => set.complete) };
}

function bounded(set: FunctionSet): FunctionSet {
  return set.functions.length > MAX_TARGETS ? NOTHING : set;
}

function isChoice(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.QuestionQuestionToken || kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.AmpersandAmpersandToken;
}

function isReadonly(node: ts.PropertyDeclaration): boolean {
  return node.modifiers?.some((m) => m.kind === ts.SyntaxKind.ReadonlyKeyword) ?? false;
}

function isFunctionLiteral(node: ts.Expression): boolean {
  const value = skipWrappers(node);
  return ts.isArrowFunction(value) || ts.isFunctionExpression(value);
}
