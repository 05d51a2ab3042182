import { is, isFunctionNode, skipWrappers, type Access, type EventOf, type FunctionFlow, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { continuationsIn, type Continuation } from './continuation.js';
import { isUnset, looksAtLife, looksAgain } from './meanwhile.js';

/** A function asks whether it is over, and the callback of the promise that it starts then does not. */
export interface UnaskedCallback {
  readonly place: Place;
  readonly guard: EventOf<'guard'>;
  readonly next: Continuation;
  readonly ended: Access;
  /** What the callback sets up. */
  readonly act: EventOf<'write'>;
}

/** `if (this.ended) return; load().then((data) => { this.child = start(data); })`, and `cancel()` sets `ended` meanwhile. */
export function unaskedCallbacksIn(flow: FunctionFlow, model: SemanticModel): readonly UnaskedCallback[] {
  const guards = flow.all('guard').flatMap((guard) => {
    const place = guard.form === 'truthy' ? model.place(skipWrappers(guard.test)) : undefined;
    return place?.kind === 'field' && looksAtLife(place) && leavesAtOnce(guard, flow) ? [{ guard, place }] : [];
  });
  if (guards.length === 0) return [];
  return continuationsIn(flow, model, 'perhaps').flatMap((next) => guards.flatMap(({ guard, place }): UnaskedCallback[] => {
    const ended = model.accesses(place).find((each) => each.kind === 'write' && each.value?.getText() === 'true' && each.fn !== flow.node && isFunctionNode(each.fn) && !is.constructor(each.fn));
    if (!ended || !flow.pathTo(guard, (e) => e === next.start, { firstEdge: 'false', throws: 'none' })) return [];
    const look = looksAgain(place, model);
    const act = next.flow.all('write').find((write) => startsSomething(write) && next.flow.pathTo(next.flow.entry, (e) => e === write, { throws: 'none', avoiding: look }) !== undefined);
    return act ? [{ place, guard, next, ended, act }] : [];
  }));
}

function leavesAtOnce(guard: EventOf<'guard'>, flow: FunctionFlow): boolean {
  const end = flow.pathTo(guard, (e) => e.kind === 'return' || e.kind === 'throw', { firstEdge: 'true', throws: 'throw', backEdges: false, avoiding: (e) => e.kind === 'call' || e.kind === 'write' });
  return end !== undefined;
}

/** `this.child = channel.open(…)`: something that is under way from now on. */
function startsSomething({ place, access, value }: EventOf<'write'>): boolean {
  const made: ts.Expression | undefined = value && skipWrappers(value);
  return place.kind === 'field' && access === 'assign' && place.entry === undefined && made !== undefined && !isUnset(made) && is.callOrNew(made);
}
