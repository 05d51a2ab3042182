/** Charges work to a phase of the run. */
export type Measure = <T>(phase: 'flow' | 'summaries' | 'types', work: () => T) => T;

/** The same object, every call of whose methods is charged to the phase; the object itself where nobody measures. */
export function measured<T extends object>(target: T, phase: Parameters<Measure>[0], measure: Measure | undefined): T {
  if (!measure) return target;
  return new Proxy(target, {
    get(object, key) {
      const value: unknown = Reflect.get(object, key, object);
      return typeof value === 'function' ? (...args: unknown[]) => measure(phase, () => Reflect.apply(value, object, args) as unknown) : value;
    },
  });
}
