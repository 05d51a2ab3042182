import { enclosingRoot, is, isFunctionNode, skipWrappers, type Access, type EventOf, type FunctionFlow, type SemanticModel } from '../../src/rule.js';
import { isShared, letsOthersIn, lockedThroughout, suspensionOf } from './interleaving.js';
import { isUnset } from './meanwhile.js';
import { lastCalledName } from './promise-values.js';

/** The promise that stands for a load is unset first, and what was loaded is cleared only behind a wait. */
export interface ReopenedLoad {
  readonly unset: EventOf<'write'>;
  readonly wait: EventOf<'await'>;
  readonly clear: EventOf<'call'>;
  /** Where the next load begins as soon as it finds nothing. */
  readonly load: Access;
}

const CLEARS = /^(clear|reset|wipe|purge|remove|delete|empty|drop|flush)/i;

/** `this.loaded = null; await this.store.clear(); this.members.clear();`. */
export function reopenedLoadsIn(flow: FunctionFlow, model: SemanticModel): readonly ReopenedLoad[] {
  return flow.all('write').flatMap((unset): ReopenedLoad[] => {
    const { place } = unset;
    if (!isShared(place) || unset.access !== 'assign' || !isUnset(unset.value) || place.entry !== undefined || unset.cleanup) return [];
    const load = loadOf(unset, flow, model);
    const isClear = (e: { readonly kind: string }): boolean => e.kind === 'call' && CLEARS.test(lastCalledName((e as EventOf<'call'>).call)) && is.propertyAccess((e as EventOf<'call'>).call.expression) && enclosingRoot((e as EventOf<'call'>).call) === flow.node;
    const look = (e: { readonly kind: string; readonly place?: { readonly key: string } }): boolean => (e.kind === 'read' || e.kind === 'write') && e.place?.key === place.key;
    const path = load && flow.pathThrough(unset, letsOthersIn, isClear, { throws: 'none', backEdges: false, avoiding: (e) => e !== unset && look(e) });
    const wait = path && suspensionOf(path);
    const clear = path?.events.at(-1);
    // The first clearing is what is waited for: both belong together.
    const begins = wait?.operand && is.call(skipWrappers(wait.operand)) && CLEARS.test(lastCalledName(skipWrappers(wait.operand) as never));
    return load && wait && begins && clear?.kind === 'call' && !lockedThroughout(flow, unset, clear) ? [{ unset, wait, clear, load }] : [];
  });
}

/** Another function that fills the place with a promise once it finds it empty. */
function loadOf({ place }: EventOf<'write'>, flow: FunctionFlow, model: SemanticModel): Access | undefined {
  const accesses = model.accesses(place);
  return accesses.find(({ kind, access, value, fn }) => kind === 'write' && access === 'assign' && value !== undefined && !isUnset(value) && fn !== flow.node && isFunctionNode(fn) && !is.constructor(fn)
    && model.isPromise(value) === 'yes' && accesses.some((each) => each.fn === fn && each.kind === 'read' && each.branches));
}
