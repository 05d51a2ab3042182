import { ts } from '../syntax/ts.js';
import { skipWrappers } from '../syntax/functions.js';
import type { EventOf, FlowEvent, FunctionFlow, Place, SemanticModel } from './contract.js';

type Questions = Pick<SemanticModel, 'accesses' | 'resolveAlias'>;

/**
 * Something tested and set before `event`, on every way to it, turns a second activation away: a busy flag, an in-flight promise
 * or map, whatever its place is. `except`: the place whose own race is in question.
 */
export function turnsOthersAway(event: FlowEvent, flow: FunctionFlow, model: Questions, except?: Place): boolean {
  return flow.all('write').some((mark) => {
    if (!isShared(mark.place) || mark.place.key === except?.key || mark.access === 'remove' || mark.access === 'clear') return false;
    if (!isTested(mark, flow, model)) return false;
    return event !== mark && flow.pathTo(flow.entry, (e) => e === event, { avoiding: (e) => e === mark, throws: 'none' }) === undefined;
  });
}

/** `this.connecting = this.dial()` behind a look at `this.connecting`: the call itself, or the const that holds it, is what others find in flight. */
export function isSingleFlight(call: ts.Node, flow: FunctionFlow, model: Questions): boolean {
  return flow.all('write').some((mark) => {
    if (!isShared(mark.place) || !mark.value || !isTested(mark, flow, model)) return false;
    const value = skipWrappers(model.resolveAlias(mark.value));
    return call.pos >= value.pos && call.end <= value.end && !ts.isAwaitExpression(value);
  });
}

const tested = new WeakMap<EventOf<'write'>, boolean>();

/** Asked again for every call that the function makes. */
function isTested(mark: EventOf<'write'>, flow: FunctionFlow, model: Questions): boolean {
  let known = tested.get(mark);
  if (known === undefined) tested.set(mark, (known = looksFirst(mark, flow, model)));
  return known;
}

function looksFirst(mark: EventOf<'write'>, flow: FunctionFlow, model: Questions): boolean {
  const collection = mark.place.key.replace(/\[.*$/, '');
  return flow.all('read').some((read) => read.place.key.startsWith(collection) && model.accesses(read.place).some((a) => a.node === read.node && a.branches));
}

function isShared(place: Place): boolean {
  return place.kind === 'field' || place.kind === 'module' || place.kind === 'captured';
}
