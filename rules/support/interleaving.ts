import { shortText, type EventOf, type FlowEvent, type FunctionFlow, type Overlap, type Path, type Place, type TraceStep } from '../../src/rule.js';

import { lockedByDatabase } from './row-lock.js';

/** A place that outlives one activation and that another can reach. A parameter's own property is the caller's business. */
export function isShared(place: Place): boolean {
  return place.kind === 'field' || place.kind === 'module' || place.kind === 'captured';
}

/** Some lock is held at both ends of the path, so the other activation waits: one of the process, or rows that the database keeps for this transaction. */
export function lockedThroughout(flow: FunctionFlow, first: FlowEvent, last: FlowEvent): boolean {
  if (lockedByDatabase(flow, first)) return true;
  const held = new Set([...flow.heldAt(first)].map((lock) => lock.key));
  return [...flow.heldAt(last)].some((lock) => held.has(lock.key));
}

/** The suspension of a path that lets others in: the first whose wait is not a mere microtask, else the first. */
export function suspensionOf(path: Path): EventOf<'await'> | undefined {
  const awaits = path.events.filter((event): event is EventOf<'await'> => event.kind === 'await');
  return awaits.find((event) => event.suspends !== 'micro') ?? awaits[0];
}

/** What is told of a suspension: of an await, or of the step from one `then` callback to the next. */
export type Wait = Pick<EventOf<'await'>, 'node' | 'operand' | 'form'>;

/** What is waited for, as a reader would say it. */
export function waitText(event: Wait): string {
  if (event.form === 'for-await') return 'the next item';
  if (event.form === 'yield') return 'the consumer';
  return event.operand ? shortText(event.operand) : 'the disposal';
}

/** Two threads of steps in the order they happen: A until it suspends, B meanwhile, A's end. */
export function interleaving(steps: { readonly before: readonly TraceStep[]; readonly wait: Wait; readonly meanwhile: readonly TraceStep[]; readonly after: readonly TraceStep[] }): TraceStep[] {
  return [
    ...steps.before.map((step) => ({ ...step, thread: 'A' as const })),
    { at: steps.wait.node, text: `waits here for ${waitText(steps.wait)}`, thread: 'A' as const },
    ...steps.meanwhile.map((step) => ({ ...step, thread: 'B' as const })),
    ...steps.after.map((step) => ({ ...step, thread: 'A' as const })),
  ];
}

/** Where the second activation comes from, as the first step of B. */
export function secondActivation(overlap: Overlap, name: string): TraceStep[] {
  const witness = overlap.witnesses[0];
  return witness ? [{ at: witness.node, text: `a second ${name} gets going meanwhile: ${witness.text}` }] : [];
}

/** Whether the suspension is long enough that others surely get in. */
export const letsOthersIn = (event: FlowEvent): boolean => event.kind === 'await' && event.suspends !== 'micro';
