import type { CallNode, FunctionFlow, LockRef, SemanticModel } from '../../src/rule.js';

const LOCKS: ReadonlySet<LockRef['kind']> = new Set(['mutex', 'semaphore', 'rwlock', 'distributed']);

/** Does taking one of this kind keep others out? Connections and transactions are resources. */
export const locks = (kind: LockRef['kind']): boolean => LOCKS.has(kind);

/** The lock that the call itself takes, callees in view aside: by acquire, or around its callback. */
export function takenLock(call: CallNode, flow: FunctionFlow, model: SemanticModel): LockRef | undefined {
  const acquired = flow.at(call).find((event) => event.kind === 'acquire');
  const lock = acquired?.kind === 'acquire' ? acquired.lock : model.call(call).targets.length === 0 ? model.sectionsOf(call)[0] : undefined;
  return lock && locks(lock.kind) ? lock : undefined;
}

/** Keys of the places that the lock is named by. */
export const placeKeysOf = ({ names }: LockRef): readonly string[] => names.flatMap((name) => (name.from === 'place' ? [name.place.key] : []));
