import type { Certainty } from '../core/certainty.js';
import type { TypeName } from '../models/lookup.js';
import type { TypeTrait } from '../models/effect-model.js';
import { ts } from '../syntax/ts.js';
import type { InternalChecker } from './compiler-internals.js';
import { declaringModule } from './declaring-module.js';

/** Names under which options bags take a signal or token. */
const SIGNAL_PROPERTIES: readonly string[] = ['signal', 'abortSignal', 'cancelSignal', 'cancellationToken', 'token'];
const SIGNAL_TYPES: ReadonlySet<string> = new Set(['AbortSignal', 'CancellationToken']);

/** How a call takes a cancellation signal: the argument's index and, for options bags, the property. */
export interface SignalAcceptance {
  readonly accepts: Certainty;
  readonly index?: number;
  readonly property?: string;
}

export type WellKnownSymbol = 'asyncIterator' | 'dispose' | 'asyncDispose';

export type ElementKind = 'promise' | 'function' | 'nothing' | 'other' | 'unknown';

/**
 * All questions asked of the type checker. Each answers yes, no or unknown: `any`, unresolved imports and error types
 * are unknown. Nothing is checked before the first question, answers are kept per node and per type, and no type text
 * leaves this module.
 */
export class Types {
  readonly stats = { questions: 0, distinctTypes: 0 };
  readonly #program: ts.Program;
  #lazyChecker: InternalChecker | undefined;
  readonly #typeOf = new WeakMap<ts.Node, ts.Type>();
  readonly #thenable = new WeakMap<ts.Type, Certainty>();
  readonly #names = new WeakMap<ts.Type, readonly TypeName[]>();
  readonly #signals = new WeakMap<ts.Signature, SignalAcceptance>();

  constructor(program: ts.Program) {
    this.#program = program;
  }

  /** Binds every file of the program and merges its globals; types are computed when asked for. */
  get #checker(): InternalChecker {
    return (this.#lazyChecker ??= this.#program.getTypeChecker() as InternalChecker);
  }

  /** Fills the binder's tables of all files; no type is computed. */
  bind(): void {
    void this.#checker;
  }

  // ── names, without types ──────────────────────────────────────────────────────────────────────────────

  /** A global declared by a library, an ambient file or a script. */
  globalSymbol(name: string, meaning: ts.SymbolFlags): ts.Symbol | undefined {
    return this.#checker.resolveName(name, undefined, meaning, false);
  }

  /** `declare module 'x'`, all its parts merged. */
  ambientModule(specifier: string): ts.Symbol | undefined {
    return this.#checker.tryFindAmbientModule(specifier);
  }

  /** Declarations of one name in several files (interfaces, augmentations) as one symbol. */
  merged(symbol: ts.Symbol): ts.Symbol {
    return this.#checker.getMergedSymbol(symbol);
  }

  // ── symbols, with types: the last resort ────────────────────────────────────────────────

  /** The symbol a name stands for, import aliases followed. */
  symbolAt(node: ts.Node): ts.Symbol | undefined {
    this.stats.questions++;
    const symbol = this.#checker.getSymbolAtLocation(node);
    return symbol && symbol.flags & ts.SymbolFlags.Alias ? this.#checker.getAliasedSymbol(symbol) : symbol;
  }

  // ── promises ──────────────────────────────────────────────────────────────────────────────────────────

  /** Is the value a promise or another thenable? A union with one (`void | Promise<void>`) is. */
  isPromise(expr: ts.Expression): Certainty {
    return this.#isThenable(this.#type(expr));
  }

  /** An array, tuple or other iterable whose elements are thenables. */
  isArrayOfPromises(expr: ts.Expression): Certainty {
    return this.#anyOf(this.#type(expr), (type) => {
      if (!this.#checker.isArrayLikeType(type)) return 'no';
      const element = this.#checker.getIndexTypeOfType(type, ts.IndexKind.Number);
      return element ? this.#isThenable(element) : 'unknown';
    });
  }

  /** Whatever the program does, is the value a promise and nothing else? Without `strictNullChecks` no type says so. */
  isAlwaysPromise(expr: ts.Expression): Certainty {
    if (!this.#knowsNull()) return 'unknown';
    const type = this.#type(expr);
    if (isOpaque(type)) return 'unknown';
    const isPromise = (part: ts.Type): boolean => this.#namesOf(part).some(({ name, module }) => name === 'Promise' && module === 'lib');
    return parts(type).every(isPromise) ? 'yes' : 'no';
  }

  /** Has a `then` and is no promise: a query builder that starts when it is awaited. */
  isLazyThenable(expr: ts.Expression): Certainty {
    const thenables = parts(this.#type(expr)).filter((part) => this.#isThenable(part) === 'yes');
    if (thenables.length === 0) return 'no';
    return thenables.every((part) => !this.#namesOf(part).some(({ name }) => /Promise|Bluebird|Thenable|Deferred/.test(name))) ? 'yes' : 'no';
  }

  /** What a list holds: promises (perhaps among others), functions, nothing at all, or other values. */
  elementKind(list: ts.Expression): ElementKind {
    const type = this.#type(list);
    if (isOpaque(type)) return 'unknown';
    const elements = parts(type).map((part) => this.#elementOf(part));
    const kinds = new Set(elements.map((element) => (element ? this.#kindOf(element) : 'unknown')));
    return kinds.size === 1 ? [...kinds][0]! : 'unknown';
  }

  /** Of arrays and tuples, and of what the language itself iterates over one value at a time. */
  #elementOf(list: ts.Type): ts.Type | undefined {
    if (this.#checker.isArrayLikeType(list)) return this.#checker.getIndexTypeOfType(list, ts.IndexKind.Number);
    const { name, declarations } = list.symbol ?? {};
    if (name === undefined || !ITERABLES.has(name) || !declarations?.some((each) => declaringModule(this.#program, each) === 'lib')) return undefined;
    return this.#checker.getTypeArguments(list as ts.TypeReference)[0];
  }

  /** Has the value the member that this well-known symbol names? */
  hasSymbolMember(expr: ts.Expression, symbol: WellKnownSymbol): Certainty {
    // The compiler names such members by the symbol and a number.
    const start = `__@${symbol}@`;
    return this.#anyOf(this.#type(expr), (part) => (this.#checker.getPropertiesOfType(part).some(({ escapedName }) => String(escapedName).startsWith(start)) ? 'yes' : 'no'));
  }

  #kindOf(type: ts.Type): ElementKind {
    if (type.flags & ts.TypeFlags.Never) return 'unknown';
    if (parts(type).every((part) => part.flags & NULLISH)) return 'nothing';
    const thenable = this.#isThenable(type);
    if (thenable !== 'no') return thenable === 'yes' ? 'promise' : 'unknown';
    return parts(type).every((part) => part.getCallSignatures().length > 0) ? 'function' : 'other';
  }

  #knowsNull(): boolean {
    const { strict, strictNullChecks = strict } = this.#program.getCompilerOptions();
    return strictNullChecks === true;
  }

  #isThenable(type: ts.Type): Certainty {
    const known = this.#thenable.get(type);
    if (known !== undefined) return known;
    // A type that refers to itself is no promise because of that.
    this.#thenable.set(type, 'unknown');
    this.stats.distinctTypes++;
    const answer = this.#anyOf(type, (part) => this.#hasThen(part));
    this.#thenable.set(type, answer);
    return answer;
  }

  #hasThen(type: ts.Type): Certainty {
    const then = this.#checker.getPropertyOfType(type, 'then');
    if (!then) return 'no';
    const method = this.#checker.getTypeOfSymbol(then);
    if (isOpaque(method)) return 'unknown';
    const takesCallback = method.getCallSignatures().some((signature) => {
      const [first] = signature.getParameters();
      return first !== undefined && this.#canBeCalled(this.#checker.getTypeOfSymbol(first)) !== 'no';
    });
    return takesCallback ? 'yes' : 'no';
  }

  /** Does the value, awaited where it is a promise, have a member of one of these names? */
  hasMember(expr: ts.Expression, names: ReadonlySet<string>): Certainty {
    const awaited = this.#checker.getAwaitedType(this.#type(expr)) ?? this.#type(expr);
    return this.#anyOf(awaited, (part) => ([...names].some((name) => this.#checker.getPropertyOfType(part, name)) ? 'yes' : 'no'));
  }

  /** Does the type allow only values that the program spells out: literals, enums, booleans, unique symbols? */
  hasFixedValues(expr: ts.Expression): Certainty {
    const type = this.#type(expr);
    // `user-${string}` spells out a shape, not the values.
    if (type.flags & ts.TypeFlags.TemplateLiteral) return 'no';
    const apparent = this.#apparent(type);
    if (!apparent) return 'unknown';
    return parts(apparent).every((part) => (part.flags & FIXED_VALUES) !== 0) ? 'yes' : 'no';
  }

  // ── callability and nullishness ───────────────────────────────────────────────────────────────────────

  isCallable(expr: ts.Expression): Certainty {
    return this.#canBeCalled(this.#type(expr));
  }

  #canBeCalled(type: ts.Type): Certainty {
    return this.#anyOf(type, (part) => (part.getCallSignatures().length > 0 || part.symbol?.name === 'Function' ? 'yes' : 'no'));
  }

  /** Can the value be null or undefined? Unknown without `strictNullChecks`. */
  isNullable(expr: ts.Expression): Certainty {
    if (!this.#knowsNull()) return 'unknown';
    return this.#anyOf(this.#type(expr), (part) => (part.flags & NULLISH ? 'yes' : 'no'));
  }

  /**
   * Does whoever calls the function where it stands expect nothing back: is every signature of `void` in the type that is
   * expected there, or that the class or interface around it promises?
   */
  isVoidReturning(fn: ts.Node): Certainty {
    this.stats.questions++;
    const answers = this.#expectedOf(fn).map((type): Certainty => {
      const signatures = isOpaque(type) ? [] : parts(type).flatMap((part) => part.getCallSignatures());
      if (signatures.length === 0) return 'unknown';
      return signatures.every((signature) => signature.getReturnType().flags & ts.TypeFlags.Void) ? 'yes' : 'no';
    });
    return answers.includes('yes') ? 'yes' : (answers[0] ?? 'unknown');
  }

  /** One type by the place of an expression, one per base of the class or interface that a member belongs to. */
  #expectedOf(fn: ts.Node): readonly ts.Type[] {
    const { parent } = fn;
    if ((ts.isClassLike(parent) || ts.isInterfaceDeclaration(parent)) && (ts.isClassElement(fn) || ts.isTypeElement(fn))) {
      if (ts.canHaveModifiers(fn) && fn.modifiers?.some(({ kind }) => kind === ts.SyntaxKind.StaticKeyword)) return [];
      const bases = parent.heritageClauses?.flatMap(({ types }) => types.map((type) => this.#checker.getTypeAtLocation(type))) ?? [];
      return bases.flatMap((base) => this.#memberType(base, fn) ?? []);
    }
    if (ts.isObjectLiteralExpression(parent) && ts.isObjectLiteralElementLike(fn)) {
      const expected = this.#checker.getContextualType(parent);
      return expected ? parts(expected).flatMap((part) => this.#memberType(part, fn) ?? this.#checker.getIndexTypeOfType(part, ts.IndexKind.String) ?? []) : [];
    }
    const expected = ts.isExpression(fn) ? this.#checker.getContextualType(fn) : undefined;
    return expected ? [expected] : [];
  }

  #memberType(owner: ts.Type, member: { readonly name?: ts.Node | undefined }): ts.Type | undefined {
    const symbol = member.name && this.#checker.getSymbolAtLocation(member.name);
    const property = symbol && !isOpaque(owner) ? this.#checker.getPropertyOfType(owner, ts.unescapeLeadingUnderscores(symbol.escapedName)) : undefined;
    return property && this.#checker.getTypeOfSymbol(property);
  }

  /** Does a call of the function give a promise, by one of its signatures? */
  returnsPromise(fn: ts.Node): Certainty {
    return this.#anyOf(this.#type(fn), (part) => (part.getCallSignatures().some((signature) => this.#isThenable(signature.getReturnType()) === 'yes') ? 'yes' : 'no'));
  }

  // ── names of types ────────────────────────────────────────────────────────────────────────────────────

  /** Declared name and home of the value's type, then its bases', most derived first; none for unions of several, anonymous and unknown types. */
  typeNamesOf(expr: ts.Expression): readonly TypeName[] {
    const present = parts(this.#type(expr)).filter((part) => !(part.flags & NULLISH));
    return present.length === 1 ? this.#namesOf(present[0]!) : [];
  }

  /** Does the value's type, or a base of it, have the trait in the models' table? A union has it where one part has. */
  hasTrait(expr: ts.Expression, trait: TypeTrait, traitsOf: (name: string, module: string) => readonly TypeTrait[]): Certainty {
    return this.#anyOf(this.#type(expr), (part) =>
      this.#namesOf(part).some(({ name, module }) => traitsOf(name, module).includes(trait)) ? 'yes' : 'no',
    );
  }

  #namesOf(type: ts.Type): readonly TypeName[] {
    const known = this.#names.get(type);
    if (known) return known;
    this.#names.set(type, []);
    const names: TypeName[] = [];
    const visit = (t: ts.Type): void => {
      const apparent = t.flags & (ts.TypeFlags.TypeParameter | ts.TypeFlags.StringLike | ts.TypeFlags.NumberLike) ? this.#checker.getApparentType(t) : t;
      // An alias of an object type (`type Handle = ReturnType<…>`) names no class.
      for (const declaration of apparent.symbol?.declarations ?? []) {
        if (apparent.symbol.name.startsWith('__')) break;
        const name = { name: apparent.symbol.name, module: declaringModule(this.#program, declaration) };
        if (!names.some((n) => n.name === name.name && n.module === name.module)) names.push(name);
      }
      if (names.length > MAX_BASES) return;
      if (apparent.isIntersection()) apparent.types.forEach(visit);
      else if (apparent.symbol && apparent.symbol.flags & (ts.SymbolFlags.Class | ts.SymbolFlags.Interface)) {
        const declared = ((apparent as ts.TypeReference).target ?? apparent) as ts.InterfaceType;
        if (declared.isClassOrInterface()) this.#checker.getBaseTypes(declared).forEach(visit);
      }
    };
    visit(type);
    this.#names.set(type, names);
    return names;
  }

  // ── signals ───────────────────────────────────────────────────────────────────────────────────────────

  /** Can the call be handed a signal: as an argument or as a property of an options bag, by any overload? */
  acceptsSignal(call: ts.CallExpression | ts.NewExpression): SignalAcceptance {
    this.stats.questions++;
    const callee = this.#type(call.expression);
    if (isOpaque(callee)) return { accepts: 'unknown' };
    const signatures = parts(callee).flatMap((part) => (ts.isNewExpression(call) ? part.getConstructSignatures() : part.getCallSignatures()));
    const resolved = this.#checker.getResolvedSignature(call);
    const given = call.arguments?.some(ts.isSpreadElement) ? Infinity : (call.arguments?.length ?? 0);
    const answers = [...(resolved ? [resolved] : []), ...signatures].map((signature) => this.#signalOf(signature, given));
    return answers.find((a) => a.accepts === 'yes') ?? answers.find((a) => a.accepts === 'unknown') ?? { accepts: 'no' };
  }

  /** The parameter of a declared function through which it takes a signal. */
  signalParameterOf(declaration: ts.SignatureDeclaration): SignalAcceptance {
    this.stats.questions++;
    const signature = this.#checker.getSignatureFromDeclaration(declaration);
    return signature ? this.#signalOf(signature) : { accepts: 'unknown' };
  }

  /** `given`: how many arguments the call has; an overload that asks for more before its signal is for other calls. */
  #signalOf(signature: ts.Signature, given = Infinity): SignalAcceptance {
    const answer = this.#signalParameter(signature);
    const before = answer.index === undefined ? [] : signature.getParameters().slice(0, answer.index);
    return before.filter(isRequired).length > given ? { accepts: 'no' } : answer;
  }

  #signalParameter(signature: ts.Signature): SignalAcceptance {
    const known = this.#signals.get(signature);
    if (known) return known;
    const ways = signature.getParameters().flatMap((parameter, index) => this.#signalsIn(this.#checker.getTypeOfSymbol(parameter), index));
    const best = ways.sort((a, b) => a.rank - b.rank || a.index - b.index)[0];
    const answer = best ? best.way : ({ accepts: 'no' } as const);
    this.#signals.set(signature, answer);
    return answer;
  }

  /** Ways in which a parameter of this type takes a signal; a required property may be what the object has (`Request`), not what it is given. */
  #signalsIn(type: ts.Type, index: number): { readonly way: SignalAcceptance; readonly rank: number; readonly index: number }[] {
    // An untyped parameter might take anything: no promise that it takes a signal.
    if (isOpaque(type)) return [{ way: { accepts: 'unknown' }, rank: 3, index }];
    return parts(type).flatMap((declared) => {
      const part = this.#apparent(declared);
      if (!part) return [];
      if (part !== declared && part.isUnion()) return this.#signalsIn(part, index);
      if (this.#isSignalType(part) === 'yes') return { way: { accepts: 'yes' as const, index }, rank: 0, index };
      if (!(part.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection)) || part.getCallSignatures().length > 0) return [];
      return SIGNAL_PROPERTIES.flatMap((property) => {
        const member = this.#checker.getPropertyOfType(part, property);
        if (!member || this.#anyOf(this.#checker.getTypeOfSymbol(member), (t) => this.#isSignalType(t)) !== 'yes') return [];
        return { way: { accepts: 'yes' as const, index, property }, rank: member.flags & ts.SymbolFlags.Optional ? 1 : 2, index };
      });
    });
  }

  #isSignalType(type: ts.Type): Certainty {
    return this.#namesOf(type).some(({ name }) => SIGNAL_TYPES.has(name)) ? 'yes' : 'no';
  }

  // ── shared ────────────────────────────────────────────────────────────────────────────────────────────

  #type(node: ts.Node): ts.Type {
    let type = this.#typeOf.get(node);
    if (!type) {
      this.stats.questions++;
      this.#typeOf.set(node, (type = this.#checker.getTypeAtLocation(node)));
    }
    return type;
  }

  /** Yes when one part of a union answers yes; unknown when one is opaque; type parameters stand for their constraints. */
  #anyOf(type: ts.Type, ask: (part: ts.Type) => Certainty): Certainty {
    let answer: Certainty = 'no';
    for (const part of parts(type)) {
      const known = this.#apparent(part);
      const one: Certainty = known === undefined ? 'unknown' : known.isUnion() ? this.#anyOf(known, ask) : ask(known);
      if (one === 'yes') return 'yes';
      if (one === 'unknown') answer = 'unknown';
    }
    return answer;
  }

  #apparent(type: ts.Type): ts.Type | undefined {
    if (isOpaque(type)) return undefined;
    if (!(type.flags & ts.TypeFlags.Instantiable)) return type;
    const constraint = this.#checker.getBaseConstraintOfType(type);
    return !constraint || isOpaque(constraint) || constraint === type ? undefined : constraint;
  }
}

const ITERABLES: ReadonlySet<string> = new Set(['Iterable', 'IterableIterator', 'IteratorObject', 'ArrayIterator', 'SetIterator', 'MapIterator', 'Generator', 'Set', 'ReadonlySet']);
/** Bases of deep hierarchies beyond this many say nothing new. */
const MAX_BASES = 12;
const FIXED_VALUES = ts.TypeFlags.Literal | ts.TypeFlags.Enum | ts.TypeFlags.UniqueESSymbol | ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void | ts.TypeFlags.Boolean;
const NULLISH = ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void;

/** `any` (unresolved imports and errors too) and `unknown` say nothing about the value. */
function isOpaque(type: ts.Type): boolean {
  return (type.flags & (ts.TypeFlags.Any | ts.TypeFlags.Unknown)) !== 0;
}

function parts(type: ts.Type): readonly ts.Type[] {
  return type.isUnion() ? type.types : [type];
}

function isRequired(parameter: ts.Symbol): boolean {
  const declaration = parameter.valueDeclaration;
  return declaration !== undefined && ts.isParameter(declaration) && !declaration.questionToken && !declaration.initializer && !declaration.dotDotDotToken;
}
