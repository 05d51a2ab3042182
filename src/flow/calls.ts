import { isBuiltin } from 'node:module';

import type { CallEffects } from '../models/effect-model.js';
import type { CalleeKey, Models, TypeName } from '../models/lookup.js';
import { shortText, skipWrappers, outermostWrapper, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { declaredSymbol } from './compiler-internals.js';
import type { CallInfo, CallNode } from './contract.js';
import { FunctionValues, type FunctionSet } from './function-values.js';
import { effectsOfLockClass } from './home-made-locks.js';
import type { ProjectIndex } from './project-index.js';
import type { Origin, Symbols } from './symbols.js';
import type { Types } from './types.js';

const NO_EFFECTS: CallEffects = {};
const UNRESOLVED: FunctionSet = { functions: [], complete: false };

/** What is known of a callee before models are asked. */
interface Callee {
  readonly bodies: FunctionSet;
  readonly key: CalleeKey;
  readonly resolvedBy: CallInfo['resolvedBy'];
}

/** What each call means: the bodies it can reach and the effects its models name. The cheapest evidence goes first; the checker last. */
export class Calls {
  readonly stats = { total: 0, neededChecker: 0, unknown: 0 };
  readonly functions: FunctionValues;
  readonly #symbols: Symbols;
  readonly #types: Types;
  readonly #index: ProjectIndex;
  readonly #models: Models;
  readonly #cache = new WeakMap<CallNode, CallInfo>();

  constructor(symbols: Symbols, types: Types, index: ProjectIndex, models: Models) {
    this.#symbols = symbols;
    this.#types = types;
    this.#index = index;
    this.#models = models;
    this.functions = new FunctionValues(symbols, index);
    symbols.declared.resultOfCall = (call) => {
      const returns = this.#effects(this.#keyWithoutChecker(call), call)?.returns;
      return returns && { name: returns.type, module: returns.module, ...(returns.awaited ? { awaited: true } : {}) };
    };
    symbols.declared.givenByCall = (call, argument, parameter) => {
      const subscribe = this.#effects(this.#keyWithoutChecker(call), call)?.subscribe;
      const event = subscribe?.event === undefined || subscribe.handler !== argument ? undefined : call.arguments[subscribe.event];
      const given = event && ts.isStringLiteralLike(event) ? subscribe?.gives?.[event.text]?.[parameter] : undefined;
      return given && { name: given.type, module: given.module };
    };
  }

  info(call: CallNode): CallInfo {
    let info = this.#cache.get(call);
    if (!info) this.#cache.set(call, (info = this.#compute(call)));
    return info;
  }

  #compute(call: CallNode): CallInfo {
    this.stats.total++;
    const callee = this.#callee(call);
    const effects = this.#effects(callee.key, call) ?? this.#plainEffects(call, callee) ?? effectsOfLockClass(callee.bodies.functions);
    const { functions, complete } = callee.bodies;
    if (functions.length === 0 && !effects && !complete && !isDeclaredOutside(callee.key)) this.stats.unknown++;
    return new ResolvedCall(call, functions, effects ?? NO_EFFECTS, qualifiedName(callee.key, functions.length > 0), callee.resolvedBy, complete || (effects !== undefined && functions.length === 0));
  }

  // ── the callee ────────────────────────────────────────────────────────────────────────────────────────

  #callee(call: CallNode): Callee {
    const callee = skipWrappers(call.expression);
    const construct = ts.isNewExpression(call);
    if (callee.kind === ts.SyntaxKind.SuperKeyword) return this.#superConstructor(callee);
    if (construct) return this.#construction(call, callee);

    const through = calledThrough(callee);
    if (through) {
      const bodies = this.functions.of(through);
      // Arguments stand elsewhere than in a plain call, so no model's argument positions hold.
      if (bodies.functions.length > 0) return { bodies, key: { construct }, resolvedBy: 'binder' };
    }
    const key = this.#keyWithoutChecker(call);
    const bodies = this.functions.of(callee);
    if (bodies.functions.length > 0 || bodies.complete) return { bodies, key, resolvedBy: ts.isIdentifier(callee) || isOnThis(callee) ? 'binder' : 'declared' };
    if (key.global !== undefined || (key.module !== undefined && !isFilePath(key.module))) return { bodies, key, resolvedBy: 'import' };
    if (key.types !== undefined) return { bodies, key, resolvedBy: 'declared' };
    return this.#mayAskChecker(call, callee) ? this.#byChecker(callee, key) : { bodies, key, resolvedBy: 'none' };
  }

  #superConstructor(callee: ts.Expression): Callee {
    const base = this.#symbols.declared.of(callee);
    const bodies = base?.symbol ? this.functions.constructorOf(base.symbol) : UNRESOLVED;
    const [type] = base ? this.#symbols.declared.namesOf(base) : [];
    return { bodies, key: { module: type?.module, name: type?.name, construct: true }, resolvedBy: base ? 'declared' : 'none' };
  }

  #construction(call: CallNode, callee: ts.Expression): Callee {
    const made = this.#symbols.declared.of(callee);
    const bodies = made?.side === 'static' && made.symbol ? this.functions.constructorOf(made.symbol) : UNRESOLVED;
    const key = this.#keyWithoutChecker(call);
    if (bodies.functions.length > 0 || bodies.complete) return { bodies, key, resolvedBy: 'binder' };
    const known = key.global !== undefined || key.module !== undefined;
    return { bodies, key, resolvedBy: known ? 'import' : made ? 'declared' : 'none' };
  }

  #keyWithoutChecker(call: CallNode): CalleeKey {
    const callee = skipWrappers(call.expression);
    const construct = ts.isNewExpression(call);
    if (callee.kind === ts.SyntaxKind.ImportKeyword) return { global: 'import', construct };
    const held = heldPromiseMember(callee);
    if (held !== undefined) return { global: `Promise.${held}`, construct };
    const origin = this.#symbols.originOf(callee);
    if (origin) return { ...nameIn(origin), ...(construct ? {} : this.#receiver(callee)), construct };
    return construct ? { construct, ...this.#constructedClass(callee) } : { construct, ...this.#receiver(callee) };
  }

  /** Types of the object that the member is called on, or of the value itself where that is called. */
  #receiver(callee: ts.Expression): Pick<CalleeKey, 'types' | 'member'> {
    const member = memberOf(callee);
    const subject = member ? member.receiver : callee;
    const type = this.#symbols.declared.of(subject);
    // A class or module called on itself is an export or a static, never an instance's member.
    if (!type || type.side === 'static') return {};
    const types = this.#symbols.declared.namesOf(type);
    // That a called value is a function says nothing.
    if (!member && types[0]?.name === 'Function') return {};
    return types.length === 0 ? {} : { types, member: member ? member.name : '()' };
  }

  /** A class in view is an export of its file, so that config can model it. */
  #constructedClass(callee: ts.Expression): Pick<CalleeKey, 'module' | 'name'> {
    const made = this.#symbols.declared.of(callee);
    const [type] = made ? this.#symbols.declared.namesOf(made) : [];
    return { module: type?.module, name: type?.name };
  }

  // ── the checker ───────────────────────────────────────────────────────────────────────────────────────

  /** Statement calls and awaited calls are typed anyway; other members only where a model or a promise in view has the name. */
  #mayAskChecker(call: CallNode, callee: ts.Expression): boolean {
    const member = memberOf(callee);
    if (!member) return false;
    const { parent } = outermostWrapper(call);
    if (ts.isExpressionStatement(parent) || ts.isAwaitExpression(parent) || ts.isVoidExpression(parent) || this.#index.namesPromise(member.name)) return true;
    return this.#models.memberNames.has(member.name) && this.#models.plainEffectsOf(member.name) === undefined;
  }

  #byChecker(callee: ts.Expression, key: CalleeKey): Callee {
    this.stats.neededChecker++;
    const member = memberOf(callee)!;
    const types = this.#types.typeNamesOf(member.receiver);
    // A type from outside has no bodies in view.
    const mayBeInView = types.length === 0 || types.some((type) => isFilePath(type.module));
    const symbol = mayBeInView && ts.isPropertyAccessExpression(callee) ? this.#types.symbolAt(callee.name) : undefined;
    const owner = symbol && ownerOf(symbol);
    const bodies = !symbol ? UNRESOLVED : owner ? this.functions.ofMemberOf(owner, symbol, member.name) : this.functions.ofSymbol(symbol);
    const found = types.length > 0 || bodies.functions.length > 0;
    return { bodies, key: types.length > 0 ? { ...key, types, member: member.name } : key, resolvedBy: found ? 'checker' : 'none' };
  }

  // ── models ────────────────────────────────────────────────────────────────────────────────────────────

  #effects(key: CalleeKey, call: CallNode): CallEffects | undefined {
    const effects = this.#models.effectsOf(key);
    if (!effects?.promiseUnlessCallback) return effects;
    const callbackLast = this.#isCallbackLast(call, effects);
    return callbackLast === undefined ? effects : this.#models.effectsOf({ ...key, callbackLast });
  }

  /** What the member's name alone says where the receiver stayed unknown. */
  #plainEffects(call: CallNode, { resolvedBy }: Callee): CallEffects | undefined {
    const member = resolvedBy === 'none' ? memberOf(skipWrappers(call.expression)) : undefined;
    return member && this.#models.plainEffectsOf(member.name);
  }

  /** Is the last argument the one that is called back at the end? The task of a mapping is a function too, and none. Undefined where that is not known. */
  #isCallbackLast(call: CallNode, { callbacks }: CallEffects): boolean | undefined {
    const last = call.arguments?.at(-1);
    const index = (call.arguments?.length ?? 0) - 1;
    if (!last || callbacks?.some(({ arg, timing }) => arg === index && timing === 'awaited')) return false;
    const value = skipWrappers(last);
    if (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) return true;
    if (ts.isObjectLiteralExpression(value) || ts.isArrayLiteralExpression(value) || ts.isLiteralExpression(value) || ts.isTemplateExpression(value)) return false;
    if (this.functions.of(value).functions.length > 0) return true;
    const callable = this.#types.isCallable(last);
    return callable === 'unknown' ? undefined : callable === 'yes';
  }
}

class ResolvedCall implements CallInfo {
  constructor(
    readonly call: CallNode,
    readonly targets: readonly FunctionNode[],
    readonly effects: CallEffects,
    readonly qualified: string | undefined,
    readonly resolvedBy: CallInfo['resolvedBy'],
    readonly complete: boolean,
  ) {}

  get text(): string {
    return shortText(this.call.expression);
  }
}

/** `f` of `f.call(…)` and `f.apply(…)`. */
export function calledThrough(callee: ts.Expression): ts.Expression | undefined {
  const member = memberOf(callee);
  return member && (member.name === 'call' || member.name === 'apply') ? member.receiver : undefined;
}

/** Receiver and member of `x.m` and `x['m']`. */
function memberOf(callee: ts.Expression): { readonly receiver: ts.Expression; readonly name: string } | undefined {
  if (ts.isPropertyAccessExpression(callee)) return { receiver: callee.expression, name: callee.name.text };
  if (ts.isElementAccessExpression(callee) && ts.isStringLiteralLike(callee.argumentExpression)) return { receiver: callee.expression, name: callee.argumentExpression.text };
  return undefined;
}

function isOnThis(callee: ts.Expression): boolean {
  const receiver = memberOf(callee)?.receiver;
  return receiver !== undefined && (receiver.kind === ts.SyntaxKind.ThisKeyword || receiver.kind === ts.SyntaxKind.SuperKeyword);
}

/** The class or interface that declares the member. */
function ownerOf(member: ts.Symbol): ts.Symbol | undefined {
  const holder = member.declarations?.[0]?.parent;
  return holder && (ts.isClassLike(holder) || ts.isInterfaceDeclaration(holder)) ? declaredSymbol(holder) : undefined;
}

/** `all` of `this.broker.Promise.all(…)`: a Promise that is kept in a field is the language's, or keeps to it. */
function heldPromiseMember(callee: ts.Expression): string | undefined {
  const member = memberOf(callee);
  const holder = member && skipWrappers(member.receiver);
  const isHeld = holder !== undefined && ts.isPropertyAccessExpression(holder) && holder.name.text === 'Promise';
  return isHeld && PROMISE_STATICS.has(member!.name) ? member!.name : undefined;
}

const PROMISE_STATICS: ReadonlySet<string> = new Set(['all', 'allSettled', 'any', 'race', 'reject', 'resolve']);

function nameIn(origin: Origin): Pick<CalleeKey, 'global' | 'module' | 'name'> {
  return 'global' in origin ? { global: origin.global } : { module: origin.module, name: origin.name };
}

function isDeclaredOutside({ global, module, types }: CalleeKey): boolean {
  return global !== undefined || (module !== undefined && !isFilePath(module)) || (types?.some((type) => !isFilePath(type.module)) ?? false);
}

/** `global.setTimeout`, `node:fs.readFile`, `async-mutex.Mutex#acquire`; nothing for code in view, whose modules are paths, even where a base is from outside. */
function qualifiedName({ global, module, name, types, member }: CalleeKey, isInView: boolean): string | undefined {
  if (global !== undefined) return `global.${global}`;
  if (module !== undefined && name !== undefined && !isFilePath(module)) return `${specifierOf(module)}.${name}`;
  if (isInView) return undefined;
  const type = types?.find((t: TypeName) => !isFilePath(t.module));
  return type && member !== undefined ? `${specifierOf(type.module)}.${type.name}#${member}` : undefined;
}

function specifierOf(module: string): string {
  return isBuiltin(module) && !module.startsWith('node:') ? `node:${module}` : module;
}

function isFilePath(module: string): boolean {
  return module.startsWith('/') || /^[A-Za-z]:[\\/]/.test(module);
}
