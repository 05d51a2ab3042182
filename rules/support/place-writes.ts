import { forEachDescendant, is, skipWrappers, type FlowEvent, type Place, type SemanticModel } from '../../src/rule.js';

/** Does the event change the place: itself, through what it calls, or through a closure that is made here and may run at any time? */
export function setsPlace(event: FlowEvent, place: Place, model: SemanticModel): boolean {
  switch (event.kind) {
    case 'write':
      return event.place.key === place.key;
    case 'call':
      return model.call(event.call).targets.some((fn) => model.summary(fn).writes.has(place.key));
    case 'closure': {
      let writes = false;
      forEachDescendant(event.fn, (node) => {
        if ((is.assignment(node) && model.place(node.left)?.key === place.key) || (is.update(node) && model.place(node.operand)?.key === place.key)) writes = true;
      });
      return writes;
    }
    default:
      return false;
  }
}

/** `this.store = await this.store`: keeps what the promise gave, the same whoever comes first. */
export function isUnwrapped(write: Extract<FlowEvent, { kind: 'write' }>, model: SemanticModel): boolean {
  const value = write.value && skipWrappers(write.value);
  return value !== undefined && is.await(value) && model.place(value.expression)?.key === write.place.key;
}
