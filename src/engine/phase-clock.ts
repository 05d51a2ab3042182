import type { Timing } from '../core/result.js';

export type Phase = 'load' | 'bind' | 'walk' | 'flow' | 'summaries' | 'types' | 'rules';

/** Where the time goes: phases nest, and each is charged only for what no inner phase took. */
export interface PhaseClock {
  measure<T>(phase: Phase, work: () => T): T;
  /** A rule's call, inner phases included: the first that asks a question pays for its answer. Comes for each node: no closures. */
  measureRule<S, C>(ruleId: string, listener: (subject: S, ctx: C) => unknown, subject: S, ctx: C): unknown;
}

/** For runs that asked for no timing: costs nothing. */
export const NO_CLOCK: PhaseClock = {
  measure: (_, work) => work(),
  measureRule: (_, listener, subject, ctx) => listener(subject, ctx),
};

export class RunningClock implements PhaseClock {
  readonly #phases: Partial<Record<Phase, number>> = {};
  readonly #rules = new Map<string, number>();
  readonly #open: Phase[] = [];
  #since = performance.now();

  measure<T>(phase: Phase, work: () => T): T {
    this.#charge();
    this.#open.push(phase);
    try {
      return work();
    } finally {
      this.#charge();
      this.#open.pop();
    }
  }

  measureRule<S, C>(ruleId: string, listener: (subject: S, ctx: C) => unknown, subject: S, ctx: C): unknown {
    const start = performance.now();
    try {
      return this.measure('rules', () => listener(subject, ctx));
    } finally {
      this.#rules.set(ruleId, (this.#rules.get(ruleId) ?? 0) + performance.now() - start);
    }
  }

  /** Milliseconds so far. */
  read(): Pick<Timing, 'phases' | 'rules'> {
    return { phases: { ...this.#phases }, rules: Object.fromEntries([...this.#rules].sort(([a], [b]) => (a < b ? -1 : 1))) };
  }

  #charge(): void {
    const now = performance.now();
    const phase = this.#open.at(-1);
    if (phase) this.#phases[phase] = (this.#phases[phase] ?? 0) + now - this.#since;
    this.#since = now;
  }
}
