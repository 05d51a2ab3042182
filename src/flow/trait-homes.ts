import type { TypeTrait } from '../models/effect-model.js';
import type { Models } from '../models/lookup.js';
import type { ts } from '../syntax/ts.js';
import { homesIn } from './declaring-module.js';
import type { Types } from './types.js';

/** Which traits a type in the program can have: a package that the program does not load declares none of its types. */
export class TraitHomes {
  readonly #known = new Map<string, boolean>();
  #homes: ReadonlySet<string> | undefined;

  constructor(
    private readonly program: ts.Program,
    private readonly types: Types,
    private readonly models: Models,
  ) {}

  /** May one type have all of the traits? */
  mayOccur(traits: readonly TypeTrait[]): boolean {
    const key = traits.join(' ');
    let known = this.#known.get(key);
    if (known === undefined) this.#known.set(key, (known = [...this.models.homesOf(traits)].some((module) => this.#isPresent(module))));
    return known;
  }

  #isPresent(module: string): boolean {
    this.#homes ??= homesIn(this.program);
    return module === '*' || this.#homes.has(module) || [module, `node:${module}`].some((name) => this.types.ambientModule(name) !== undefined);
  }
}
