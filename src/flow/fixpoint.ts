/** Rounds over a cycle before its value is taken as unknown. */
const MAX_ROUNDS = 3;
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

interface Frame<K, V> {
  readonly key: K;
  readonly index: number;
  assumed: V;
  /** The outermost frame whose assumption this one rests on. */
  lowest: number;
}

/**
 * A memoised recursive question. `compute` may ask `get` again, for the same key too: cycles are solved bottom-up over
 * their strongly connected component, beginning from `start` and repeated until nothing changes.
 */
export class Fixpoint<K extends object, V> {
  private readonly settled = new WeakMap<K, V>();
  /** Values that rest on an assumption about a frame still open, with the index of that frame. */
  private provisional = new Map<K, { readonly value: V; readonly lowest: number }>();
  private readonly open = new Map<K, Frame<K, V>>();
  private readonly stack: Frame<K, V>[] = [];

  constructor(private readonly options: FixpointOptions<K, V>) {}

  get(key: K): V {
    const known = this.settled.get(key);
    if (known !== undefined) return known;
    const frame = this.open.get(key);
    if (frame) return this.rest(frame.index, frame.assumed);
    const draft = this.provisional.get(key);
    if (draft) return this.rest(draft.lowest, draft.value);
    if (this.stack.length >= MAX_DEPTH) return this.options.unknown;
    return this.solve(key);
  }

  /** Notes that the innermost open frame rests on the assumption of frame `index`. */
  private rest(index: number, value: V): V {
    const top = this.stack.at(-1);
    if (top) top.lowest = Math.min(top.lowest, index);
    return value;
  }

  private solve(key: K): V {
    const frame: Frame<K, V> = { key, index: this.stack.length, assumed: this.options.start, lowest: Infinity };
    this.open.set(key, frame);
    this.stack.push(frame);
    let value: V;
    try {
      value = this.iterate(frame);
    } finally {
      this.stack.pop();
      this.open.delete(key);
    }
    if (frame.lowest < frame.index) {
      this.provisional.set(key, { value, lowest: frame.lowest });
      return this.rest(frame.lowest, value);
    }
    this.settle(frame.index);
    this.settled.set(key, value);
    return value;
  }

  private iterate(frame: Frame<K, V>): V {
    let value = frame.assumed;
    for (let round = 0; round < MAX_ROUNDS; round++) {
      value = this.options.compute(frame.key);
      if (frame.lowest > frame.index || this.options.equal(value, frame.assumed)) return value;
      frame.assumed = value;
      // What was concluded from the old assumption is concluded anew.
      this.dropFrom(frame.index);
    }
    return this.options.unsettled ? this.options.unsettled(value) : this.options.unknown;
  }

  private dropFrom(index: number): void {
    for (const [key, draft] of this.provisional) if (draft.lowest >= index) this.provisional.delete(key);
  }

  /** The head of a component is known: so are the values that rested on it. */
  private settle(index: number): void {
    for (const [key, draft] of this.provisional) {
      if (draft.lowest < index) continue;
      this.settled.set(key, draft.value);
      this.provisional.delete(key);
    }
  }
}
