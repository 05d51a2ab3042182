import type { Certainty } from '../core/certainty.js';
import type { TypeName } from '../models/lookup.js';
import { isAsync, isFunctionNode, isGenerator, memberName, outermostWrapper, skipWrappers } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { declaredSymbol } from './compiler-internals.js';
import { declaringModule } from './declaring-module.js';
import { onlyAssignment } from './only-assignment.js';
import { requiredModule, type ImportRef, type Scopes } from './scopes.js';

/** Type arguments by parameter name: written ones with the arguments that hold where they stand, or what an initialiser shows. */
type Env = ReadonlyMap<string, TypeUse>;
export type { Env as TypeArguments };
type TypeUse = { readonly node: ts.TypeNode; readonly env: Env } | { readonly type: DeclaredType };
const NO_ARGUMENTS: Env = new Map();

/** What is known of a value's type from annotations, constructions and imports: a class, interface, literal, module or only its name. */
export interface DeclaredType {
  /** Undefined for literals and anonymous types. */
  readonly name: string | undefined;
  /** Where it was imported from or declared. */
  readonly module: string | undefined;
  /** Its declaration, where one is installed or in view. */
  readonly symbol: ts.Symbol | undefined;
  /** `static`: the class, enum or module itself, not an instance. */
  readonly side: 'instance' | 'static';
  readonly env: Env;
  /** The other parts of an intersection. */
  readonly also?: readonly DeclaredType[];
}

/** A member found in a declared type, with the type arguments that hold in the class or interface it stands in. */
export interface DeclaredMember {
  readonly symbol: ts.Symbol;
  readonly env: Env;
}

/** What a call gives, by a model: names types where declarations are missing. */
export type ResultOfCall = (call: ts.CallExpression) => (TypeName & { readonly awaited?: boolean }) | undefined;

/** What a call gives its callback there, by a model. */
export type GivenByCall = (call: ts.CallExpression, argument: number, parameter: number) => TypeName | undefined;

/** Deeper chains of aliases, members and calls are left to the checker. */
const MAX_DEPTH = 24;
const MAX_BASES = 12;
/** Type operators that leave the members as they are, and those that strip null. */
const TRANSPARENT: ReadonlySet<string> = new Set(['Readonly', 'Partial', 'Required', 'NonNullable', 'Awaited', 'NoInfer']);
const PROMISES: ReadonlySet<string> = new Set(['Promise', 'PromiseLike']);
const SEQUENCES: ReadonlySet<string> = new Set(['Array', 'ReadonlyArray', 'Set', 'ReadonlySet', 'Iterable', 'IterableIterator', 'AsyncIterable', 'AsyncIterableIterator', 'AsyncGenerator', 'Generator']);

/**
 * Types as they are written: annotations, `new C()`, imports, members, return annotations. No inference beyond
 * initialisers; unions of two things, conditional and mapped types are undefined, which the checker may then be asked.
 */
export class DeclaredTypes {
  readonly #givenLater = new WeakMap<ts.VariableDeclaration, ts.Expression | null>();
  readonly #program: ts.Program;
  readonly #scopes: Scopes;
  readonly #cache = new WeakMap<ts.Node, DeclaredType | null>();
  /** Of types without type arguments. */
  readonly #bases = new WeakMap<ts.Symbol, readonly DeclaredType[]>();
  #depth = 0;
  /** Set once models can be asked about calls. */
  resultOfCall: ResultOfCall = () => undefined;
  givenByCall: GivenByCall = () => undefined;

  constructor(program: ts.Program, scopes: Scopes) {
    this.#program = program;
    this.#scopes = scopes;
  }

  of(expr: ts.Expression): DeclaredType | undefined {
    const known = this.#cache.get(expr);
    if (known !== undefined) return known ?? undefined;
    if (this.#depth >= MAX_DEPTH) return undefined;
    this.#cache.set(expr, null);
    this.#depth++;
    const type = this.#ofExpression(expr);
    this.#depth--;
    this.#cache.set(expr, type ?? null);
    return type;
  }

  /** A member by name, in the type or its bases in view or installed. */
  member(type: DeclaredType, name: string): DeclaredMember | undefined {
    const { also, ...first } = type;
    if (!also) return this.#memberIn(type, name, 0);
    // A member that several parts of an intersection declare is of all their types at once.
    const found = [first, ...also].flatMap((part) => this.member(part, name) ?? []);
    return new Set(found.map(({ symbol }) => symbol)).size === 1 ? found[0] : undefined;
  }

  /** Unknown where a base of the type, or the type itself, is not declared in so many words. */
  hasMember(type: DeclaredType, name: string): Certainty {
    if (this.member(type, name)) return 'yes';
    return this.isWhole(type) ? 'no' : 'unknown';
  }

  /** The value cannot be called: its class or interface is known in whole, and has no call signature. */
  isNoFunction(type: DeclaredType): boolean {
    return type.side === 'instance' && this.isWhole(type) && !this.#isCallable(type);
  }

  #isCallable(type: DeclaredType): boolean {
    const { symbol } = type;
    return symbol?.name === 'Function' || symbol?.members?.has(ts.InternalSymbolName.Call) === true || this.#basesOf(type).some((base) => this.#isCallable(base));
  }

  /** All bases of the class or interface are known, and theirs: it has no other members and no other names. */
  isWhole(type: DeclaredType, depth = 0): boolean {
    const { symbol } = type;
    if (!symbol || type.also || depth > MAX_BASES || !(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))) return false;
    const heritage = (symbol.declarations ?? []).flatMap((declaration) => (ts.isClassLike(declaration) || ts.isInterfaceDeclaration(declaration) ? basesIn(declaration) : []));
    const bases = this.#basesOf(type);
    return bases.length === heritage.length && bases.every((base) => this.isWhole(base, depth + 1));
  }

  /** Name and home of the type, most derived first; two homes where import and declaration differ. */
  namesOf(type: DeclaredType): readonly TypeName[] {
    const names: TypeName[] = [];
    const add = (name: string, module: string): void => {
      if (!names.some((n) => n.name === name && n.module === module)) names.push({ name, module });
    };
    const visit = (t: DeclaredType, depth: number): void => {
      if (t.name !== undefined && t.module !== undefined) add(t.name, t.module);
      const declaration = t.symbol?.declarations?.[0];
      if (t.symbol && declaration && !t.symbol.name.startsWith('__')) add(t.symbol.name, declaringModule(this.#program, declaration));
      if (depth < MAX_BASES) for (const base of [...this.#basesOf(t), ...(t.also ?? [])]) visit(base, depth + 1);
    };
    visit(type, 0);
    return names;
  }

  /** The declared type of a variable, parameter, field, accessor, class or module. */
  ofSymbol(symbol: ts.Symbol, env: Env = NO_ARGUMENTS): DeclaredType | undefined {
    const target = this.#scopes.target(symbol);
    const from = this.#scopes.importOf(symbol);
    if (target.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Enum | ts.SymbolFlags.ValueModule)) return { ...named(from), name: from?.name ?? target.name, symbol: target, side: 'static', env };
    if (target.flags & ts.SymbolFlags.Alias) return from && { ...named(from), symbol: undefined, side: 'static', env };
    if (target.flags & (ts.SymbolFlags.Function | ts.SymbolFlags.Method)) return this.#lib('Function');
    for (const declaration of target.declarations ?? []) {
      const type = this.ofDeclaration(declaration, env);
      if (type) return type;
    }
    return undefined;
  }

  /** An instance of the class, or the object that the literal makes. */
  ofInstance(node: ts.ClassLikeDeclaration | ts.ObjectLiteralExpression): DeclaredType | undefined {
    return anonymous(declaredSymbol(node), 'instance');
  }

  ofDeclaration(node: ts.Declaration, env: Env = NO_ARGUMENTS): DeclaredType | undefined {
    if (ts.isVariableDeclaration(node)) return this.#ofVariable(node, env);
    if (ts.isParameter(node) && !node.type && !node.initializer) return this.#ofCallbackParameter(node);
    if (ts.isParameter(node) || ts.isPropertyDeclaration(node)) {
      return node.type ? this.ofTypeNode(node.type, env) : node.initializer && this.of(node.initializer);
    }
    if (ts.isPropertySignature(node)) return node.type && this.ofTypeNode(node.type, env);
    if (ts.isGetAccessorDeclaration(node)) return this.resultOf(node, env);
    if (ts.isPropertyAssignment(node)) return this.of(node.initializer);
    if (ts.isShorthandPropertyAssignment(node)) return this.of(node.name);
    if (ts.isBindingElement(node)) return this.#ofBinding(node, env);
    // JavaScript: `this.x = value`, `exports.x = value`.
    if (ts.isPropertyAccessExpression(node) && ts.isBinaryExpression(node.parent)) return this.of(node.parent.right);
    if (ts.isBinaryExpression(node)) return this.of(node.right);
    if (ts.isExportAssignment(node)) return this.of(node.expression);
    return undefined;
  }

  ofTypeNode(node: ts.TypeNode, env: Env = NO_ARGUMENTS): DeclaredType | undefined {
    if (this.#depth >= MAX_DEPTH) return undefined;
    this.#depth++;
    const type = this.#ofTypeNode(node, env);
    this.#depth--;
    return type;
  }

  /** What calling the signature gives, from its annotation or else from the one expression that its body returns. */
  resultOf(signature: ts.SignatureDeclaration, env: Env = NO_ARGUMENTS): DeclaredType | undefined {
    if (signature.type) return this.ofTypeNode(signature.type, env);
    if (!isFunctionNode(signature) || isGenerator(signature) || !('body' in signature) || !signature.body) return undefined;
    const returned = ts.isBlock(signature.body) ? onlyReturn(signature.body) : signature.body;
    const type = returned && this.of(returned);
    if (!type || !isAsync(signature)) return type;
    return type.name !== undefined && PROMISES.has(type.name) ? type : this.#lib('Promise', new Map([['T', { type }]]));
  }

  // ── expressions ───────────────────────────────────────────────────────────────────────────────────────

  #ofExpression(node: ts.Expression): DeclaredType | undefined {
    if (ts.isAsExpression(node) || ts.isTypeAssertionExpression(node)) {
      if (!ts.isConstTypeReference(node.type)) return this.ofTypeNode(node.type);
      return ts.isArrayLiteralExpression(node.expression) ? this.#lib('ReadonlyArray') : this.of(node.expression);
    }
    const inner = skipOne(node);
    if (inner) return this.of(inner);
    switch (node.kind) {
      case ts.SyntaxKind.ThisKeyword:
        return this.#ofThis(node);
      case ts.SyntaxKind.SuperKeyword: {
        const self = this.#ofThis(node);
        return self && this.#basesOf(self)[0];
      }
      case ts.SyntaxKind.StringLiteral:
      case ts.SyntaxKind.NoSubstitutionTemplateLiteral:
      case ts.SyntaxKind.TemplateExpression:
        return this.#lib('String');
      case ts.SyntaxKind.NumericLiteral:
        return this.#lib('Number');
      case ts.SyntaxKind.RegularExpressionLiteral:
        return this.#lib('RegExp');
      case ts.SyntaxKind.ArrayLiteralExpression:
        return this.#ofArray(node as ts.ArrayLiteralExpression);
      case ts.SyntaxKind.FunctionExpression:
      case ts.SyntaxKind.ArrowFunction:
        return this.#lib('Function');
    }
    if (ts.isIdentifier(node)) {
      const symbol = this.#scopes.lookup(node);
      return symbol && (this.ofSymbol(symbol) ?? this.#narrowed(node, symbol));
    }
    if (ts.isNewExpression(node)) return this.#ofConstruction(node);
    if (ts.isPropertyAccessExpression(node)) return this.#ofAccess(node);
    if (ts.isElementAccessExpression(node)) return this.#elementOf(this.of(node.expression));
    if (ts.isAwaitExpression(node)) return this.#ofAwait(node);
    if (ts.isCallExpression(node)) return this.#ofCall(node);
    if (ts.isObjectLiteralExpression(node) || ts.isClassExpression(node)) {
      return anonymous(declaredSymbol(node), ts.isClassExpression(node) ? 'static' : 'instance');
    }
    if (ts.isBinaryExpression(node)) return this.#ofBinary(node);
    if (ts.isConditionalExpression(node)) return this.#ofEither(node.whenTrue, node.whenFalse);
    return undefined;
  }

  /** Under `x instanceof C`, in the branch taken then: for catch variables and unions, which have no one type of their own. */
  #narrowed(id: ts.Identifier, symbol: ts.Symbol): DeclaredType | undefined {
    for (let node: ts.Node = id; !isFunctionNode(node) && !ts.isSourceFile(node); node = node.parent) {
      const test = testBefore(node);
      const known = test && conjuncts(test).find((part) => ts.isIdentifier(part.left) && part.left.text === id.text && this.#scopes.lookup(part.left) === symbol);
      const type = known && this.of(known.right);
      if (type?.side === 'static') return { ...type, side: 'instance' };
    }
    return undefined;
  }

  /** `watches ? watch(root) : idleWatcher()`: of two that are alike, either. */
  #ofEither(first: ts.Expression, second: ts.Expression): DeclaredType | undefined {
    const [one, other] = [this.of(first), this.of(second)];
    return one && other && isSame(one, other) ? one : undefined;
  }

  #ofArray({ elements }: ts.ArrayLiteralExpression): DeclaredType {
    const [first, ...others] = elements.map((element) => (ts.isSpreadElement(element) ? undefined : this.of(element)));
    const alike = first && others.every((other) => other && isSame(other, first));
    return this.#lib('Array', alike ? new Map([['T', { type: first }]]) : NO_ARGUMENTS);
  }

  #ofThis(node: ts.Node): DeclaredType | undefined {
    const owner = thisContainer(node);
    if (owner) return anonymous(declaredSymbol(owner.node), owner.isStatic ? 'static' : 'instance');
    const constructor = prototypeFilledAround(node);
    const type = constructor && this.of(constructor);
    return type?.side === 'static' ? anonymous(type.symbol, 'instance') : undefined;
  }

  #ofConstruction(node: ts.NewExpression): DeclaredType | undefined {
    const made = this.of(node.expression);
    if (!made) {
      const global = ts.isIdentifier(node.expression) ? this.#scopes.lookup(node.expression, 'type') : undefined;
      return global && this.#instanceOf(global, undefined, node.typeArguments, NO_ARGUMENTS);
    }
    if (made.side !== 'static') return this.#constructed(made, node);
    return { ...made, side: 'instance', env: this.#bind(made.symbol, node.typeArguments, NO_ARGUMENTS) };
  }

  /** `new Map()`: the library declares classes as variables of a type with a construct signature. */
  #constructed(made: DeclaredType, node: ts.NewExpression): DeclaredType | undefined {
    if (ts.isIdentifier(node.expression)) {
      const instance = this.#scopes.lookup(node.expression, 'type');
      if (instance) return this.#instanceOf(instance, undefined, node.typeArguments, NO_ARGUMENTS);
    }
    const constructor = made.symbol?.members?.get(ts.InternalSymbolName.New)?.declarations?.find(ts.isConstructSignatureDeclaration);
    return constructor?.type && this.ofTypeNode(constructor.type, made.env);
  }

  #ofAccess(node: ts.PropertyAccessExpression): DeclaredType | undefined {
    const owner = this.of(node.expression);
    if (!owner) return undefined;
    const member = this.member(owner, node.name.text);
    if (member) return this.ofSymbol(member.symbol, member.env);
    // A namespace whose module is not installed: its exports are known by name only.
    if (owner.side === 'static' && owner.symbol === undefined && owner.name !== undefined) {
      return { ...owner, name: owner.name === '*' ? node.name.text : `${owner.name}.${node.name.text}` };
    }
    return undefined;
  }

  #ofAwait(node: ts.AwaitExpression): DeclaredType | undefined {
    const loaded = requiredModule(node);
    if (loaded) {
      return { name: '*', module: loaded.text, symbol: this.#scopes.moduleOf(loaded), side: 'static', env: NO_ARGUMENTS };
    }
    const call = skipWrappers(node.expression);
    const modelled = ts.isCallExpression(call) ? this.resultOfCall(call) : undefined;
    if (modelled?.awaited) return this.#byName(modelled);
    const promise = this.of(node.expression);
    if (!promise) return undefined;
    if (promise.name !== undefined && PROMISES.has(promise.name)) return this.#argument(promise, 'T');
    return this.member(promise, 'then') ? undefined : promise;
  }

  #ofCall(node: ts.CallExpression): DeclaredType | undefined {
    const loaded = requiredModule(node);
    if (loaded) return { name: '*', module: loaded.text, symbol: this.#scopes.moduleOf(loaded), side: 'static', env: NO_ARGUMENTS };
    const modelled = this.resultOfCall(node);
    if (modelled && !modelled.awaited) return this.#byName(modelled);
    const { signatures, env } = this.signaturesOf(node.expression);
    const results = signatures.map((signature) => this.resultOf(signature, env));
    const [first] = results;
    if (!first || !results.every((r) => r && isSame(r, first))) return undefined;
    // Overloads that agree on the type may differ in its arguments.
    return results.length === 1 ? first : { ...first, env: NO_ARGUMENTS };
  }

  #ofBinary(node: ts.BinaryExpression): DeclaredType | undefined {
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.EqualsToken:
        return this.of(node.right);
      case ts.SyntaxKind.QuestionQuestionToken:
      case ts.SyntaxKind.BarBarToken:
      case ts.SyntaxKind.QuestionQuestionEqualsToken:
      case ts.SyntaxKind.BarBarEqualsToken: {
        const left = this.of(node.left);
        const right = this.of(node.right);
        return left && right && isSame(left, right) ? left : undefined;
      }
      default:
        return undefined;
    }
  }

  /** Declared signatures that a callee may have; overloads without their implementation. */
  signaturesOf(callee: ts.Expression): { readonly signatures: readonly ts.SignatureDeclaration[]; readonly env: Env } {
    const found = this.#calleeSymbol(skipWrappers(callee));
    if (!found) return { signatures: [], env: NO_ARGUMENTS };
    const all = (this.#scopes.target(found.symbol).declarations ?? []).flatMap((declaration) => signatureIn(declaration) ?? []);
    const overloads = all.filter((signature) => !('body' in signature && signature.body));
    return { signatures: overloads.length > 0 ? overloads : all, env: found.env };
  }

  /** The same, and where the callee's annotation names a function type, that type's. */
  signaturesBehind(callee: ts.Expression): { readonly signatures: readonly ts.SignatureDeclaration[]; readonly env: Env } {
    const found = this.signaturesOf(callee);
    if (found.signatures.length > 0) return found;
    const member = this.#calleeSymbol(skipWrappers(callee));
    const [declaration, second] = member ? (this.#scopes.target(member.symbol).declarations ?? []) : [];
    const type = declaration && !second ? annotationOf(declaration) : undefined;
    return { signatures: type ? this.#signaturesNamedBy(type) : [], env: NO_ARGUMENTS };
  }

  /** `type Done = (error?: Error) => void`, `interface Done { (error?: Error): void }`. */
  #signaturesNamedBy(type: ts.TypeNode): readonly ts.SignatureDeclaration[] {
    const [name, other] = ts.isUnionTypeNode(type) ? type.types.filter((part) => !isNullishType(part)) : [type];
    if (!name || other || !ts.isTypeReferenceNode(name)) return [];
    const [declaration, second] = this.#entity(name.typeName, 'type')?.symbol?.declarations ?? [];
    if (!declaration || second) return [];
    const aliased = ts.isTypeAliasDeclaration(declaration) ? functionTypeIn(declaration.type) : undefined;
    if (aliased) return [aliased];
    return ts.isInterfaceDeclaration(declaration) && !declaration.heritageClauses ? declaration.members.filter(ts.isCallSignatureDeclaration) : [];
  }

  /** `resolve` and `reject` of `new Promise((resolve, reject) => …)`. */
  isSettler(name: ts.Identifier): boolean {
    const parameter = this.#scopes.lookup(name)?.declarations?.[0];
    if (!parameter || !ts.isParameter(parameter) || parameter.type) return false;
    const { parent } = outermostWrapper(parameter.parent);
    return ts.isNewExpression(parent) && ts.isIdentifier(parent.expression) && parent.expression.text === 'Promise' && this.of(parent)?.module === 'lib';
  }

  #calleeSymbol(callee: ts.Expression): DeclaredMember | undefined {
    if (ts.isIdentifier(callee)) {
      const symbol = this.#scopes.lookup(callee);
      return symbol && { symbol, env: NO_ARGUMENTS };
    }
    if (!ts.isPropertyAccessExpression(callee)) return undefined;
    const owner = this.of(callee.expression);
    return owner && this.member(owner, callee.name.text);
  }

  // ── declarations ──────────────────────────────────────────────────────────────────────────────────────

  #ofVariable(node: ts.VariableDeclaration, env: Env): DeclaredType | undefined {
    if (node.type) return this.ofTypeNode(node.type, env);
    if (node.initializer) return this.of(node.initializer);
    const loop = node.parent.parent;
    if (ts.isForOfStatement(loop)) return this.#elementOf(this.of(loop.expression));
    let given = this.#givenLater.get(node);
    if (given === undefined) this.#givenLater.set(node, (given = onlyAssignment(node) ?? null));
    return given ? this.of(given) : undefined;
  }

  /** `x` of `items.map((x) => …)`: what the callee's signatures say their callback is given. */
  #ofCallbackParameter(node: ts.ParameterDeclaration): DeclaredType | undefined {
    const fn = node.parent;
    if (node.dotDotDotToken || !(ts.isArrowFunction(fn) || ts.isFunctionExpression(fn))) return undefined;
    const value = outermostWrapper(fn);
    const call = value.parent;
    if (!ts.isCallExpression(call)) return undefined;
    const [argument, index] = [call.arguments.indexOf(value as ts.Expression), fn.parameters.filter(takesArgument).indexOf(node)];
    const { signatures, env } = this.signaturesOf(call.expression);
    const types = signatures.map((signature) => {
      const expected = signature.parameters.filter(takesArgument)[argument]?.type;
      const given = expected && functionTypeIn(expected)?.parameters.filter(takesArgument)[index]?.type;
      return given && this.ofTypeNode(given, env);
    });
    const [first] = types;
    if (first) return types.every((type) => type && isSame(type, first)) ? first : undefined;
    const modelled = this.givenByCall(call, argument, index);
    return modelled && this.#byName(modelled);
  }

  #ofBinding(node: ts.BindingElement, env: Env): DeclaredType | undefined {
    if (node.dotDotDotToken) return undefined;
    const holder = node.parent.parent;
    const whole = ts.isBindingElement(holder) ? this.#ofBinding(holder, env) : this.ofDeclaration(holder, env);
    if (!whole) return undefined;
    if (ts.isArrayBindingPattern(node.parent)) return this.#elementOf(whole);
    const member = this.member(whole, memberName((node.propertyName ?? node.name) as ts.PropertyName));
    return member && this.ofSymbol(member.symbol, member.env);
  }

  // ── type nodes ────────────────────────────────────────────────────────────────────────────────────────

  #ofTypeNode(node: ts.TypeNode, env: Env): DeclaredType | undefined {
    if (ts.isParenthesizedTypeNode(node)) return this.ofTypeNode(node.type, env);
    if (ts.isTypeReferenceNode(node)) return this.#ofReference(node.typeName, node.typeArguments, env);
    if (ts.isExpressionWithTypeArguments(node)) return this.#ofHeritage(node, env);
    if (ts.isArrayTypeNode(node)) return this.#lib('Array', new Map([['T', { node: node.elementType, env }]]));
    if (ts.isTypeOperatorNode(node)) {
      if (node.operator !== ts.SyntaxKind.ReadonlyKeyword) return undefined;
      return ts.isArrayTypeNode(node.type) ? this.#lib('ReadonlyArray', new Map([['T', { node: node.type.elementType, env }]])) : this.#lib('ReadonlyArray');
    }
    if (ts.isTupleTypeNode(node)) return this.#lib('Array');
    if (ts.isTypeLiteralNode(node)) return { name: undefined, module: undefined, symbol: declaredSymbol(node), side: 'instance', env };
    if (ts.isUnionTypeNode(node)) {
      const present = node.types.filter((part) => !isNullishType(part));
      return present.length === 1 ? this.ofTypeNode(present[0]!, env) : undefined;
    }
    if (ts.isIntersectionTypeNode(node)) {
      const [first, ...also] = node.types.flatMap((part) => this.ofTypeNode(part, env) ?? []);
      return first && { ...first, also: [...(first.also ?? []), ...also] };
    }
    if (ts.isThisTypeNode(node)) return this.#ofThis(node);
    if (ts.isTypeQueryNode(node)) {
      const symbol = this.#entity(node.exprName, 'value')?.symbol;
      return symbol && this.ofSymbol(symbol);
    }
    if (ts.isImportTypeNode(node)) return this.#ofImportType(node, env);
    switch (node.kind) {
      case ts.SyntaxKind.StringKeyword:
        return this.#lib('String');
      case ts.SyntaxKind.NumberKeyword:
        return this.#lib('Number');
      default:
        return undefined;
    }
  }

  #ofReference(name: ts.EntityName, typeArguments: ts.NodeArray<ts.TypeNode> | undefined, env: Env): DeclaredType | undefined {
    const found = this.#entity(name, 'type');
    if (!found) {
      // A global no installed file declares: the standard library's or Node's, known by its name.
      const [namespace, last] = ts.isQualifiedName(name) ? [name.left.getText(), name.right.text] : [undefined, name.text];
      return { name: last, module: namespace === 'NodeJS' ? 'node' : 'lib', symbol: undefined, side: 'instance', env: NO_ARGUMENTS };
    }
    if (!found.symbol) return { ...named(found.from), symbol: undefined, side: 'instance', env: NO_ARGUMENTS };
    return this.#instanceOf(found.symbol, found.from, typeArguments, env);
  }

  #instanceOf(symbol: ts.Symbol, from: ImportRef | undefined, typeArguments: readonly ts.TypeNode[] | undefined, env: Env): DeclaredType | undefined {
    if (symbol.flags & ts.SymbolFlags.TypeParameter) {
      const argument = isParameterOfType(symbol) ? env.get(symbol.name) : undefined;
      if (argument) return this.#ofUse(argument);
      const constraint = symbol.declarations?.find(ts.isTypeParameterDeclaration)?.constraint;
      return constraint && this.ofTypeNode(constraint, env);
    }
    if (TRANSPARENT.has(symbol.name) && typeArguments?.[0] && this.#isLib(symbol)) return this.ofTypeNode(typeArguments[0], env);
    const bound = this.#bind(symbol, typeArguments, env);
    if (symbol.flags & ts.SymbolFlags.TypeAlias && !(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))) {
      const alias = symbol.declarations?.find(ts.isTypeAliasDeclaration);
      return alias && this.ofTypeNode(alias.type, bound);
    }
    if (!(symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface))) {
      return symbol.flags & ts.SymbolFlags.Alias && from ? { ...named(from), symbol: undefined, side: 'instance', env: bound } : undefined;
    }
    return { name: from?.name ?? symbol.name, module: from?.module ?? this.#moduleOf(symbol), symbol, side: 'instance', env: bound };
  }

  #ofHeritage(node: ts.ExpressionWithTypeArguments, env: Env): DeclaredType | undefined {
    const { expression } = node;
    const found = isDottedName(expression) ? this.#entity(expression, 'type') : undefined;
    if (found?.symbol) return this.#instanceOf(found.symbol, found.from, node.typeArguments, env);
    const made = this.of(expression);
    return made && { ...made, side: 'instance', env: this.#bind(made.symbol, node.typeArguments, env) };
  }

  #ofImportType(node: ts.ImportTypeNode, env: Env): DeclaredType | undefined {
    const specifier = ts.isLiteralTypeNode(node.argument) && ts.isStringLiteral(node.argument.literal) ? node.argument.literal : undefined;
    if (!specifier || !node.qualifier || !ts.isIdentifier(node.qualifier) || node.isTypeOf) return undefined;
    const from = { module: specifier.text, name: node.qualifier.text };
    const module = this.#scopes.moduleOf(specifier);
    const symbol = module && this.#scopes.exportOf(module, from.name);
    return symbol ? this.#instanceOf(this.#scopes.target(symbol), from, node.typeArguments, env) : { ...named(from), symbol: undefined, side: 'instance', env: NO_ARGUMENTS };
  }

  /** A possibly dotted name: its symbol with imports followed, and the import it came by. */
  #entity(name: DottedName, meaning: 'value' | 'type'): { readonly symbol: ts.Symbol | undefined; readonly from: ImportRef | undefined } | undefined {
    if (ts.isIdentifier(name)) {
      const symbol = this.#scopes.lookup(name, meaning);
      return symbol && { symbol: this.#scopes.target(symbol), from: this.#scopes.importOf(symbol) };
    }
    const [owner, last] = ts.isQualifiedName(name) ? [name.left, name.right.text] : [name.expression, name.name.text];
    const left = this.#entity(owner, 'type');
    if (!left) return undefined;
    const from = left.from && { module: left.from.module, name: left.from.name === '*' ? last : `${left.from.name}.${last}` };
    const member = left.symbol && this.#scopes.exportOf(left.symbol, last);
    if (member) return { symbol: this.#scopes.target(member), from };
    return from && { symbol: undefined, from };
  }

  // ── members and bases ─────────────────────────────────────────────────────────────────────────────────

  #memberIn(type: DeclaredType, name: string, depth: number): DeclaredMember | undefined {
    const { symbol } = type;
    if (!symbol || depth > MAX_BASES) return undefined;
    if (name.startsWith('#')) return privateMember(symbol, name);
    const escaped = ts.escapeLeadingUnderscores(name);
    if (type.side === 'static' && symbol.flags & ts.SymbolFlags.ValueModule) {
      const exported = this.#scopes.exportOf(symbol, name);
      if (exported) return { symbol: exported, env: NO_ARGUMENTS };
    }
    const own = (type.side === 'static' ? symbol.exports : symbol.members)?.get(escaped);
    if (own) return { symbol: own, env: type.env };
    for (const base of this.#basesOf(type)) {
      const found = this.#memberIn(base, name, depth + 1);
      if (found) return found;
    }
    return undefined;
  }

  #basesOf(type: DeclaredType): readonly DeclaredType[] {
    const { symbol } = type;
    if (!symbol || type.env.size > 0 || type.side === 'static') return this.#declaredBasesOf(type);
    let bases = this.#bases.get(symbol);
    if (!bases) this.#bases.set(symbol, (bases = this.#declaredBasesOf(type)));
    return bases;
  }

  #declaredBasesOf(type: DeclaredType): readonly DeclaredType[] {
    const bases: DeclaredType[] = [];
    for (const declaration of type.symbol?.declarations ?? []) {
      if (!ts.isClassLike(declaration) && !ts.isInterfaceDeclaration(declaration)) continue;
      for (const heritage of basesIn(declaration)) {
        const base = this.ofTypeNode(heritage, type.env);
        if (base && base.symbol !== type.symbol) bases.push(type.side === 'static' ? { ...base, side: 'static' } : base);
      }
    }
    return bases;
  }

  #elementOf(type: DeclaredType | undefined): DeclaredType | undefined {
    if (!type?.name) return undefined;
    return SEQUENCES.has(type.name) ? this.#argument(type, 'T') : undefined;
  }

  /** The value of one type parameter; without a declaration its name is unknown and there is none. */
  #argument(type: DeclaredType, parameter: string): DeclaredType | undefined {
    const use = type.env.get(parameter);
    return use && this.#ofUse(use);
  }

  #ofUse(use: TypeUse): DeclaredType | undefined {
    return 'type' in use ? use.type : this.ofTypeNode(use.node, use.env);
  }

  #bind(symbol: ts.Symbol | undefined, typeArguments: readonly ts.TypeNode[] | undefined, env: Env): Env {
    if (!typeArguments?.length) return NO_ARGUMENTS;
    const bound = new Map<string, TypeUse>();
    for (const declaration of symbol?.declarations ?? []) {
      if (!ts.isClassLike(declaration) && !ts.isInterfaceDeclaration(declaration) && !ts.isTypeAliasDeclaration(declaration)) continue;
      declaration.typeParameters?.forEach((parameter, i) => {
        const node = typeArguments[i];
        if (node) bound.set(parameter.name.text, { node, env });
      });
    }
    return bound;
  }

  #byName({ name, module }: TypeName): DeclaredType {
    return { name, module, symbol: undefined, side: 'instance', env: NO_ARGUMENTS };
  }

  #lib(name: string, env: Env = NO_ARGUMENTS): DeclaredType {
    return { name, module: 'lib', symbol: this.#scopes.globalType(name), side: 'instance', env };
  }

  #isLib(symbol: ts.Symbol): boolean {
    return this.#moduleOf(symbol) === 'lib';
  }

  #moduleOf(symbol: ts.Symbol): string | undefined {
    const declaration = symbol.declarations?.[0];
    return declaration && declaringModule(this.#program, declaration);
  }
}

/** One class or interface, whatever the type arguments. */
function isSame(a: DeclaredType, b: DeclaredType): boolean {
  return a.symbol === b.symbol && a.name === b.name && a.side === b.side;
}

/** `a.b.C`, in a type or in a heritage clause. */
type DottedName = ts.EntityName | (ts.PropertyAccessExpression & { readonly expression: DottedName });

function isDottedName(node: ts.Expression): node is ts.Identifier | (ts.PropertyAccessExpression & { readonly expression: DottedName }) {
  return ts.isIdentifier(node) || (ts.isPropertyAccessExpression(node) && isDottedName(node.expression));
}

function anonymous(symbol: ts.Symbol | undefined, side: DeclaredType['side']): DeclaredType | undefined {
  return symbol && { name: undefined, module: undefined, symbol, side, env: NO_ARGUMENTS };
}

function named(from: ImportRef | undefined): { readonly name: string | undefined; readonly module: string | undefined } {
  return { name: from?.name, module: from?.module };
}

/** What the class or interface extends. */
function basesIn(declaration: ts.ClassLikeDeclaration | ts.InterfaceDeclaration): readonly ts.ExpressionWithTypeArguments[] {
  return (declaration.heritageClauses ?? []).flatMap(({ token, types }) => (token === ts.SyntaxKind.ExtendsKeyword ? types : []));
}

/** The value of a body's only return statement. */
function onlyReturn(body: ts.Block): ts.Expression | undefined {
  const found: (ts.Expression | undefined)[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isReturnStatement(node)) found.push(node.expression);
    else if (!ts.isExpression(node) && !isFunctionNode(node) && !ts.isClassLike(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(body, visit);
  return found.length === 1 ? found[0] : undefined;
}

/** The expression below one wrapper that does not change the type's members. */
function skipOne(node: ts.Expression): ts.Expression | undefined {
  return ts.isParenthesizedExpression(node) || ts.isNonNullExpression(node) || ts.isSatisfiesExpression(node) ? node.expression : undefined;
}

function isNullishType(node: ts.TypeNode): boolean {
  if (ts.isLiteralTypeNode(node)) return node.literal.kind === ts.SyntaxKind.NullKeyword;
  return node.kind === ts.SyntaxKind.UndefinedKeyword || node.kind === ts.SyntaxKind.VoidKeyword;
}

function isParameterOfType(symbol: ts.Symbol): boolean {
  const owner = symbol.declarations?.[0]?.parent;
  return owner !== undefined && (ts.isClassLike(owner) || ts.isInterfaceDeclaration(owner) || ts.isTypeAliasDeclaration(owner));
}

/** `#x` is declared under a name that no source can spell. */
function privateMember(symbol: ts.Symbol, name: string): DeclaredMember | undefined {
  for (const declaration of symbol.declarations ?? []) {
    if (!ts.isClassLike(declaration)) continue;
    const member = declaration.members.find((m) => m.name && ts.isPrivateIdentifier(m.name) && m.name.text === name);
    const found = member && declaredSymbol(member);
    if (found) return { symbol: found, env: NO_ARGUMENTS };
  }
  return undefined;
}

/** The class or object literal that `this` (or `super`) means here. */
export function thisContainer(node: ts.Node): { readonly node: ts.ClassLikeDeclaration | ts.ObjectLiteralExpression; readonly isStatic: boolean } | undefined {
  for (let current: ts.Node | undefined = node.parent; current; current = current.parent) {
    if (ts.isArrowFunction(current) || isBoundToThis(current)) continue;
    const owner: ts.Node = current.parent;
    if (owner && ts.isClassLike(owner) && ts.isClassElement(current)) {
      const isStatic = ts.isClassStaticBlockDeclaration(current) || (ts.canHaveModifiers(current) && (ts.getModifiers(current)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) ?? false));
      return { node: owner, isStatic };
    }
    if (ts.isFunctionExpression(current) && ts.isPropertyAssignment(owner)) return { node: owner.parent, isStatic: false };
    if ((ts.isMethodDeclaration(current) || ts.isAccessor(current)) && ts.isObjectLiteralExpression(owner)) return { node: owner, isStatic: false };
    if (ts.isFunctionDeclaration(current) || ts.isFunctionExpression(current)) return undefined;
  }
  return undefined;
}

/** `function () { … }.bind(this)`: its `this` is the one around it, as an arrow function's. */
export function isBoundToThis(node: ts.Node): boolean {
  if (!ts.isFunctionExpression(node)) return false;
  const access = outermostWrapper(node).parent;
  const call = ts.isPropertyAccessExpression(access) && access.name.text === 'bind' ? access.parent : undefined;
  return call !== undefined && ts.isCallExpression(call) && call.expression === access && call.arguments[0]?.kind === ts.SyntaxKind.ThisKeyword;
}

/** `C` of `C.prototype.m = function () { … }`, where `node` stands in that function and not in one with a `this` of its own. */
function prototypeFilledAround(node: ts.Node): ts.Identifier | undefined {
  for (let current = node.parent; !ts.isSourceFile(current); current = current.parent) {
    if (ts.isFunctionExpression(current)) return ts.isBinaryExpression(current.parent) ? prototypeMember(current.parent.left)?.owner : undefined;
    if (isFunctionNode(current) && !ts.isArrowFunction(current)) return undefined;
  }
  return undefined;
}

/** `C` and `m` of `C.prototype.m`. */
export function prototypeMember(node: ts.Expression): { readonly owner: ts.Identifier; readonly name: string } | undefined {
  if (!ts.isPropertyAccessExpression(node) || !ts.isPropertyAccessExpression(node.expression)) return undefined;
  const { expression: owner, name } = node.expression;
  return name.text === 'prototype' && ts.isIdentifier(owner) ? { owner, name: node.name.text } : undefined;
}

/** The signature that a declaration gives to calls of what it declares. */
function signatureIn(node: ts.Declaration): ts.SignatureDeclaration | undefined {
  if (ts.isFunctionDeclaration(node) || ts.isMethodDeclaration(node) || ts.isMethodSignature(node)) return node;
  if (ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isPropertySignature(node) || ts.isParameter(node)) {
    if (node.type) return functionTypeIn(node.type);
    if (ts.isPropertySignature(node) || !node.initializer) return undefined;
    return functionIn(node.initializer);
  }
  if (ts.isPropertyAssignment(node)) return functionIn(node.initializer);
  return undefined;
}

function annotationOf(node: ts.Declaration): ts.TypeNode | undefined {
  return ts.isVariableDeclaration(node) || ts.isPropertyDeclaration(node) || ts.isPropertySignature(node) || ts.isParameter(node) ? node.type : undefined;
}

/** The condition that holds where `node` is reached. */
function testBefore(node: ts.Node): ts.Expression | undefined {
  const { parent } = node;
  if (ts.isIfStatement(parent)) return parent.thenStatement === node ? parent.expression : undefined;
  if (ts.isConditionalExpression(parent)) return parent.whenTrue === node ? parent.condition : undefined;
  const isAfterAnd = ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken && parent.right === node;
  return isAfterAnd ? parent.left : undefined;
}

/** The `instanceof` tests that are all true when `test` is. */
function conjuncts(test: ts.Expression): readonly ts.BinaryExpression[] {
  const node = skipWrappers(test);
  if (!ts.isBinaryExpression(node)) return [];
  if (node.operatorToken.kind === ts.SyntaxKind.AmpersandAmpersandToken) return [...conjuncts(node.left), ...conjuncts(node.right)];
  return node.operatorToken.kind === ts.SyntaxKind.InstanceOfKeyword ? [node] : [];
}

/** All but the pseudo-parameter `this`. */
function takesArgument({ name }: ts.ParameterDeclaration): boolean {
  return !(ts.isIdentifier(name) && name.text === 'this');
}

/** The function type in an annotation, null and undefined aside. */
function functionTypeIn(node: ts.TypeNode): ts.FunctionTypeNode | undefined {
  if (ts.isFunctionTypeNode(node)) return node;
  if (ts.isParenthesizedTypeNode(node)) return functionTypeIn(node.type);
  if (!ts.isUnionTypeNode(node)) return undefined;
  const [only, second] = node.types.filter((part) => !isNullishType(part));
  return only && !second ? functionTypeIn(only) : undefined;
}

function functionIn(expr: ts.Expression): ts.SignatureDeclaration | undefined {
  const value = skipWrappers(expr);
  return ts.isArrowFunction(value) || ts.isFunctionExpression(value) ? value : undefined;
}
