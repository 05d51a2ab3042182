/**
 * Finds what a call means. Entries are indexed once by what they match; a question costs a few map lookups and
 * answers the same object each time, so that answers can be compared and cached by identity.
 */
import { isBuiltin } from 'node:module';

import { callsBackOnce } from './async-effects.js';
import type { CallbackEffect, CallEffects, CallMatch, EffectModel, ModelSet, TypeTrait } from './effect-model.js';

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

/** An entry in its place: later sets override earlier ones. */
interface Ranked {
  readonly model: EffectModel;
  readonly id: number;
  readonly set: number;
  /** Modules that may declare the type; unused by globals and exports. */
  readonly modules: ReadonlySet<string>;
}
/** A match with its strength within a set: the less distant overrides the more distant, then the later the earlier. */
interface Candidate {
  readonly entry: Ranked;
  readonly distance: number;
}

export class Models {
  readonly #globals = new Map<string, Ranked[]>();
  /** By module, then export. */
  readonly #exports = new Map<string, Map<string, Ranked[]>>();
  /** By member, then type name. */
  readonly #members = new Map<string, Map<string, Ranked[]>>();
  /** By type name. */
  readonly #traits = new Map<string, { readonly modules: ReadonlySet<string>; readonly is: readonly TypeTrait[] }[]>();
  readonly #merged = new Map<string, CallEffects>();
  readonly #forms = { promise: new Map<CallEffects, CallEffects>(), callback: new Map<CallEffects, CallEffects>() };

  /** Sets in order of strength: an entry of a later set overrides, field by field, those of earlier ones. */
  constructor(sets: readonly ModelSet[]) {
    let id = 0;
    sets.forEach((models, set) => {
      for (const model of models.calls) this.#addCall({ model, id: id++, set, modules: declaredIn(model.match.module) });
      for (const { type, module, is } of models.types) {
        const modules = declaredIn(module);
        for (const name of list(type)) push(this.#traits, name, { modules, is });
      }
    });
  }

  /** Members some entry knows: a call of any other member need not be typed for the models' sake. */
  get memberNames(): Pick<ReadonlySet<string>, 'has'> {
    return this.#members;
  }

  /**
   * What a call of the member does whatever the receiver is: every entry that names it says the same about throwing and
   * nothing else (`startsWith`, `trim`). Undefined where the receiver's type makes a difference, or no entry knows the member.
   */
  plainEffectsOf(member: string): CallEffects | undefined {
    const entries = [...(this.#members.get(member)?.values() ?? [])].flat().map(({ model }) => model.effects);
    const [first] = entries;
    const isPlain = entries.every((effects) => effects.throws === first?.throws && Object.keys(effects).every((key) => key === 'throws'));
    return isPlain ? first : undefined;
  }

  /** Effects of every matching entry merged field by field, or undefined where none matches. The same object for the same entries. */
  effectsOf(key: CalleeKey): CallEffects | undefined {
    const found: Candidate[] = [];
    if (key.global !== undefined) this.#findGlobal(key.global, key.construct, found);
    if (key.module !== undefined && key.name !== undefined) {
      take(this.#exports.get(plainModule(key.module))?.get(exportName(key.name)), key.construct, 0, found);
    }
    if (key.member !== undefined && key.types !== undefined) this.#findMember(key.member, key.types, key.construct, found);
    const effects = this.#merge(found);
    return effects?.promiseUnlessCallback && key.callbackLast !== undefined ? this.#form(effects, key.callbackLast) : effects;
  }

  /** What a type is by name; the caller asks for each base too. */
  traitsOf(typeName: string, module: string): readonly TypeTrait[] {
    const models = this.#traits.get(typeName);
    if (models === undefined) return [];
    const matching = models.filter(({ modules }) => isDeclaredIn(modules, module)).flatMap(({ is }) => is);
    return [...new Set(matching)];
  }

  /** Modules that declare a type which has all of the traits. */
  homesOf(traits: readonly TypeTrait[]): ReadonlySet<string> {
    const types = [...this.#traits.values()].flat().filter(({ is }) => traits.every((trait) => is.includes(trait)));
    return new Set(types.flatMap(({ modules }) => [...modules]));
  }

  #addCall(entry: Ranked): void {
    const { match } = entry.model;
    for (const path of list(match.global)) push(this.#globals, path, entry);
    if (match.name !== undefined) {
      for (const module of list(match.module)) {
        for (const name of list(match.name)) push(inner(this.#exports, plainModule(module)), exportName(name), entry);
      }
    }
    for (const member of list(match.member)) {
      const byType = inner(this.#members, member);
      for (const type of list(match.type)) push(byType, type, entry);
    }
  }

  #findGlobal(path: string, construct: boolean, found: Candidate[]): void {
    take(this.#globals.get(path), construct, 0, found);
    take(this.#globals.get(`${parentPath(path)}.*`), construct, 1, found);
  }

  #findMember(member: string, types: readonly TypeName[], construct: boolean, found: Candidate[]): void {
    const byType = this.#members.get(member);
    if (byType === undefined) return;
    types.forEach(({ name, module }, distance) => {
      const declared = ({ modules }: Ranked): boolean => isDeclaredIn(modules, module);
      take(byType.get(name)?.filter(declared), construct, distance, found);
      take(byType.get('*')?.filter(declared), construct, distance + 0.5, found);
    });
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
    if (found.length === 1) return only.entry.model.effects;
    const ordered = found.sort((a, b) => a.entry.set - b.entry.set || b.distance - a.distance || a.entry.id - b.entry.id);
    const key = ordered.map(({ entry }) => entry.id).join();
    let merged = this.#merged.get(key);
    if (merged === undefined) {
      merged = ordered.map(({ entry }) => entry.model.effects).reduce(mergeEffects);
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

/** One entry may match by several bases: the nearest counts, and it is asked first. */
function take(entries: readonly Ranked[] | undefined, construct: boolean, distance: number, found: Candidate[]): void {
  for (const entry of entries ?? []) {
    if ((entry.model.match.construct ?? false) !== construct || found.some((candidate) => candidate.entry === entry)) continue;
    found.push({ entry, distance });
  }
}

/** A type of Node's own modules may be known only to come from @types/node, so an entry for one is found under `node` too. */
function declaredIn(module: CallMatch['module']): ReadonlySet<string> {
  const modules = new Set(list(module).map(plainModule));
  if ([...modules].some((m) => isBuiltin(m) || isBuiltin(`node:${m}`))) modules.add('node');
  return modules;
}

function isDeclaredIn(modules: ReadonlySet<string>, module: string): boolean {
  return modules.has(plainModule(module)) || modules.has('*');
}

function parentPath(path: string): string {
  const dot = path.lastIndexOf('.');
  return dot === -1 ? '' : path.slice(0, dot);
}

function list<T>(value: T | readonly T[] | undefined): readonly T[] {
  return value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];
}

function inner<V>(map: Map<string, Map<string, V>>, key: string): Map<string, V> {
  let found = map.get(key);
  if (found === undefined) map.set(key, (found = new Map()));
  return found;
}

function push<T>(map: Map<string, T[]>, key: string, value: T): void {
  const values = map.get(key);
  if (values === undefined) map.set(key, [value]);
  else values.push(value);
}
