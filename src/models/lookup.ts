/**
 * Finds what a call means. Entries are indexed once by what they match; a question costs a few map lookups and
 * answers the same object each time, so that answers can be compared and cached by identity.
 */
import { isBuiltin } from 'node:module';

import { callsBackOnce } from './async-effects.js';
import type { CallbackEffect, CallEffects, EffectModel, ModelSet, TypeTrait } from './effect-model.js';

/** A type by its own name and the module that declares it: `lib`, `node`, a package, or a file path for modules in view. */
export interface TypeName {
  readonly name: string;
  readonly module: string;
}

/** What is known of a callee, all at once: any of the three ways to recognise it may be filled. */
export interface CalleeKey {
  /** Dotted path below the global object: `setTimeout`, `Promise.all`. */
  readonly global?: string | undefined;
  /** Module of the import without `node:`; a file path for modules in view. */
  readonly module?: string | undefined;
  /** Export, dotted below namespaces: `readFile`, `promises.readFile`, `default`. */
  readonly name?: string | undefined;
  /** Type of the receiver, most derived first, then its bases. */
  readonly types?: readonly TypeName[] | undefined;
  /** Member of the receiver; `()` where the value itself is called. */
  readonly member?: string | undefined;
  readonly construct: boolean;
  /** Whether the last argument is a function; undefined where that is not known. Decides the form of calls that offer both. */
  readonly callbackLast?: boolean | undefined;
}

/** An entry with the strength by which it overrides others: later sets win, then more derived types, then later entries. */
interface Ranked {
  readonly model: EffectModel;
  readonly id: number;
  readonly set: number;
}
interface Candidate extends Ranked {
  readonly distance: number;
}

/** Entries for one module's exports or one type's members; `*` is the wildcard of every level. */
type Index = Map<string, Ranked[]>;

export class Models {
  readonly #globals: Index = new Map();
  readonly #exports: Index = new Map();
  readonly #members: Index = new Map();
  readonly #traits = new Map<string, TypeTrait[]>();
  readonly #merged = new Map<string, CallEffects>();
  readonly #forms = { promise: new Map<CallEffects, CallEffects>(), callback: new Map<CallEffects, CallEffects>() };
  readonly #globalNames = new Set<string>();
  readonly #moduleNames = new Set<string>();
  readonly #memberNames = new Set<string>();

  /** Sets in order of strength: an entry of a later set overrides, field by field, those of earlier ones. */
  constructor(sets: readonly ModelSet[]) {
    let id = 0;
    sets.forEach((models, set) => {
      for (const model of models.calls) this.#addCall({ model, id: id++, set });
      for (const { type, module, is } of models.types) {
        for (const key of pairs(declaredIn(module), list(type))) push(this.#traits, key, ...is);
      }
    });
  }

  /** Global paths some entry knows, wildcards left out (`Math` stands for `Math.*`). */
  get globalNames(): ReadonlySet<string> {
    return this.#globalNames;
  }
  /** Modules some entry knows. */
  get moduleNames(): ReadonlySet<string> {
    return this.#moduleNames;
  }
  /** Members some entry knows: a call of any other member need not be typed for the models' sake. */
  get memberNames(): ReadonlySet<string> {
    return this.#memberNames;
  }

  /** Effects of every matching entry merged field by field, or undefined where none matches. The same object for the same entries. */
  effectsOf(key: CalleeKey): CallEffects | undefined {
    const found: Candidate[] = [];
    const take = (entries: readonly Ranked[] | undefined, distance: number): void => {
      for (const entry of entries ?? []) {
        if ((entry.model.match.construct ?? false) === key.construct) found.push({ ...entry, distance });
      }
    };
    if (key.global !== undefined) {
      take(this.#globals.get(`${parentPath(key.global)}.*`), 1);
      take(this.#globals.get(key.global), 0);
    }
    if (key.module !== undefined && key.name !== undefined) {
      take(this.#exports.get(join(plainModule(key.module), exportName(key.name))), 0);
    }
    const { member, types } = key;
    if (member !== undefined && types !== undefined && this.#memberNames.has(member)) {
      types.forEach((type, distance) => {
        const module = plainModule(type.module);
        for (const m of [module, '*']) {
          for (const t of [type.name, '*']) take(this.#members.get(join(m, t, member)), distance + (t === '*' ? 0.5 : 0));
        }
      });
    }
    const effects = this.#merge(found);
    return effects?.promiseUnlessCallback && key.callbackLast !== undefined ? this.#form(effects, key.callbackLast) : effects;
  }

  /** What a type is by name; the caller asks for each base too. */
  traitsOf(typeName: string, module: string): readonly TypeTrait[] {
    const own = this.#traits.get(join(plainModule(module), typeName)) ?? [];
    const anywhere = this.#traits.get(join('*', typeName)) ?? [];
    return anywhere.length === 0 ? own : [...new Set([...anywhere, ...own])];
  }

  #addCall(entry: Ranked): void {
    const { match } = entry.model;
    for (const path of list(match.global)) {
      push(this.#globals, path, entry);
      this.#globalNames.add(path.endsWith('.*') ? parentPath(path) : path);
    }
    if (match.name !== undefined) {
      const modules = list(match.module).map(plainModule);
      for (const key of pairs(modules, list(match.name).map(exportName))) push(this.#exports, key, entry);
      for (const module of modules) this.#moduleNames.add(module);
    }
    for (const member of list(match.member)) {
      this.#memberNames.add(member);
      for (const key of pairs(declaredIn(match.module), list(match.type))) push(this.#members, join(key, member), entry);
    }
  }

  #form(effects: CallEffects, callbackLast: boolean): CallEffects {
    const forms = callbackLast ? this.#forms.callback : this.#forms.promise;
    let form = forms.get(effects);
    if (form === undefined) {
      form = callbackLast ? callbackForm(effects) : promiseForm(effects);
      forms.set(effects, form);
    }
    return form;
  }

  #merge(found: Candidate[]): CallEffects | undefined {
    const [only] = found;
    if (only === undefined) return undefined;
    if (found.length === 1) return only.model.effects;
    const ordered = found.sort((a, b) => a.set - b.set || b.distance - a.distance || a.id - b.id);
    const key = ordered.map((entry) => entry.id).join();
    let merged = this.#merged.get(key);
    if (merged === undefined) {
      merged = ordered.map((entry) => entry.model.effects).reduce(mergeEffects);
      this.#merged.set(key, merged);
    }
    return merged;
  }
}

/** A call that returns no promise and calls its last argument instead. What it acquires is handed to that callback, out of this flow. */
function callbackForm(effects: CallEffects): CallEffects {
  return mergeEffects(without(effects, 'promise', 'canReject', 'suspends', 'acquire', 'promiseUnlessCallback'), { callbacks: [callsBackOnce(-1)] });
}

function promiseForm(effects: CallEffects): CallEffects {
  return { ...without(effects, 'promiseUnlessCallback'), promise: true };
}

function without(effects: CallEffects, ...fields: readonly (keyof CallEffects)[]): CallEffects {
  return Object.fromEntries(Object.entries(effects).filter(([field]) => !(fields as readonly string[]).includes(field)));
}

/** Fields of `strong` replace those of `weak`; callbacks are replaced by the argument they stand in and otherwise joined. */
export function mergeEffects(weak: CallEffects, strong: CallEffects): CallEffects {
  if (weak.callbacks === undefined || strong.callbacks === undefined) return { ...weak, ...strong };
  const byPlace = new Map<string, CallbackEffect>();
  for (const callback of [...weak.callbacks, ...strong.callbacks]) byPlace.set(`${callback.arg}.${callback.property ?? ''}`, callback);
  return { ...weak, ...strong, callbacks: [...byPlace.values()] };
}

/** `node:fs` and `fs` are one module. */
export function plainModule(module: string): string {
  return module.startsWith('node:') ? module.slice('node:'.length) : module;
}

/** Interop may put the whole module below `default`, and `export =` is what a default import gets. */
function exportName(name: string): string {
  if (name === 'export=') return 'default';
  return name.startsWith('default.') ? name.slice('default.'.length) : name;
}

/** A type of Node's own modules may be known only to come from @types/node, so an entry for one is found under `node` too. */
function declaredIn(module: string | readonly string[] | undefined): readonly string[] {
  const plain = list(module).map(plainModule);
  return plain.some((m) => isBuiltin(m) || isBuiltin(`node:${m}`)) && !plain.includes('node') ? [...plain, 'node'] : plain;
}

function parentPath(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot === -1 ? '' : path.slice(0, dot);
}

function pairs(modules: readonly string[], names: readonly string[]): string[] {
  return modules.flatMap((module) => names.map((name) => join(module, name)));
}

// A space occurs in no module specifier or identifier that an entry may name, so joined keys cannot collide.
function join(...parts: readonly string[]): string {
  return parts.join(' ');
}

function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

function push<T>(map: Map<string, T[]>, key: string, ...values: readonly T[]): void {
  const entries = map.get(key);
  if (entries === undefined) map.set(key, [...values]);
  else entries.push(...values);
}
