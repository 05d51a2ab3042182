/** Rounds over a cycle before its value is taken as unknown; cycles within cycles take four. */
const MAX_ROUNDS = 5;
/** Deeper chains of calls are cut: their value is unknown. */
const MAX_DEPTH = 200;

export interface FixpointOptions<K extends object, V> {
  /** What a function in a cycle is taken for until its own value is known: the neutral element of the join. */
  readonly start: V;
  /** The value of what is too deep to look into. */
  readonly unknown: V;
  /** What to make of a value that still changed in the last round; default: unknown. */
  readonly unsettled?: (last: V) => V;
  readonly equal: (a: V, b: V) => boolean;
  compute(key: K): V;
}

interface Frame {
  readonly index: number;
  /** The outermost open frame whose assumed value this one rests on. */
  lowest: number;
}
interface Draft<V> {
  readonly value: V;
  lowest: number;
}

/**
 * A memoised recursive question. `compute` may ask `get` again, for the same key too: cycles are solved over their strongly
 * connected component, beginning from `start` and repeated from its first member until no member changes.
 */
export class Fixpoint<K extends object, V> {
  private readonly settled = new WeakMap<K, V>();
  /** Members of components whose first member is still open. */
  private readonly drafts = new Map<K, Draft<V>>();
  /** What open members are taken for: their value of the round before. */
  private readonly assumed = new Map<K, V>();
  private readonly open = new Map<K, Frame>();
  private readonly stack: Frame[] = [];

  constructor(private readonly options: FixpointOptions<K, V>) {}

  /** No question is being worked out, so an answer rests on no assumption. */
  get isIdle(): boolean {
    return this.stack.length === 0;
  }

  get(key: K): V {
    const known = this.settled.get(key);
    if (known !== undefined) return known;
    const frame = this.open.get(key);
    if (frame) return this.rest(frame.index, this.assumption(key));
    const draft = this.drafts.get(key);
    if (draft) return this.rest(draft.lowest, draft.value);
    if (this.stack.length >= MAX_DEPTH) return this.options.unknown;
    return this.solve(key);
  }

  private assumption(key: K): V {
    const value = this.assumed.get(key);
    return value === undefined ? this.options.start : value;
  }

  /** Notes that the innermost open frame rests on the assumption about frame `index`. */
  private rest(index: number, value: V): V {
    const top = this.stack.at(-1);
    if (top) top.lowest = Math.min(top.lowest, index);
    return value;
  }

  private solve(key: K): V {
    const frame: Frame = { index: this.stack.length, lowest: Infinity };
    this.open.set(key, frame);
    this.stack.push(frame);
    try {
      this.rounds(key, frame);
    } finally {
      this.stack.pop();
      this.open.delete(key);
    }
    const draft = this.drafts.get(key);
    return draft ? this.rest(draft.lowest, draft.value) : this.settled.get(key)!;
  }

  private rounds(key: K, frame: Frame): void {
    for (let round = 1; ; round++) {
      const value = this.options.compute(key);
      this.drafts.set(key, { value, lowest: frame.lowest });
      const members = [...this.drafts].filter(([, draft]) => draft.lowest >= Math.min(frame.index, frame.lowest));
      // A member further in: the first one repeats, and what rested on this one now rests on that.
      if (frame.lowest < frame.index) {
        for (const [, draft] of members) draft.lowest = Math.min(draft.lowest, frame.lowest);
        return;
      }
      const isStable = frame.lowest > frame.index || members.every(([member, draft]) => this.options.equal(draft.value, this.assumption(member)));
      if (isStable || round === MAX_ROUNDS) return this.settle(members, isStable);
      for (const [member, draft] of members) {
        this.assumed.set(member, draft.value);
        this.drafts.delete(member);
      }
    }
  }

  private settle(members: readonly (readonly [K, Draft<V>])[], isStable: boolean): void {
    const { unknown, unsettled } = this.options;
    for (const [member, { value }] of members) {
      this.settled.set(member, isStable ? value : unsettled ? unsettled(value) : unknown);
      this.drafts.delete(member);
      this.assumed.delete(member);
    }
  }
}
