import type { EventOf, FlowEvent, FunctionFlow } from '../../src/rule.js';

/** What happens while the lock is held, on any way from where it is taken to where it is let go. */
export function eventsUnder(acquire: EventOf<'acquire'>, flow: FunctionFlow): ReadonlySet<FlowEvent> {
  const reached = new Set<FlowEvent>();
  const note = (e: FlowEvent): boolean => {
    reached.add(e);
    return false;
  };
  flow.pathTo(acquire, note, { avoiding: (e) => e.kind === 'release' && e.lock.key === acquire.lock.key, throws: 'none', correlate: false });
  return reached;
}
