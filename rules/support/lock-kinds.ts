import type { LockRef } from '../../src/rule.js';

const LOCKS: ReadonlySet<LockRef['kind']> = new Set(['mutex', 'semaphore', 'rwlock', 'distributed']);

/** Does taking one of this kind keep others out? Connections and transactions are resources. */
export const locks = (kind: LockRef['kind']): boolean => LOCKS.has(kind);
