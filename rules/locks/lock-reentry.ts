import { defineRule, enclosingRoot, is, outermostWrapper, shortText, type CallNode, type EventOf, type FunctionFlow, type LockRef, type LockTake, type RuleContext, type TraceStep } from '../../src/rule.js';
import { nameAround } from '../support/function-name.js';
import { calledName } from '../support/promise-values.js';

const messages = {
  again: { text: '{lock} is already held here: asking for it again waits for ever', preset: 'all', severity: 'note', precision: 'low' },
  within: { text: '{call} asks for {lock}, which is held here: it waits for ever', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'lock-reentry',
    family: 'locks',
    summary: 'lock taken again by who holds it: a wait that nothing ends',
    question: 'settling',
    encodes: ['PS-K2'],
    cwe: [764, 833],
    docs: {
      why:
        'Locks of JavaScript do not know who holds them, so nobody is let in twice. A section that awaits a method which takes the same lock waits for itself, and everybody behind it waits too: no error, no ' +
        'time-out, no work. A queue that runs one job at a time is such a lock: a job that awaits another job of its queue never ends.',
      instead:
        'Take the lock in the public method and do the work in one that expects it held: `save()` is `this.mutex.runExclusive(() => this.saveLocked())`, and other sections call `saveLocked()`. ' +
        'From inside a queue, run the work in place or hand it over without awaiting it.',
      limits:
        'Locks that one holder has at a time and that surely are the same object: by place and key, through calls with one body in view; what a function makes is another for each name that its result is kept under. A semaphore is silent unless it is made with 1, a shared or conditional ' +
        'request of a Web Lock always; so is a callee that asks a parameter or a mark whether to take the lock.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    const seen = new Set<CallNode>();
    for (const event of flow.all('call')) {
      if (seen.has(event.call) || enclosingRoot(event.call) !== flow.node) continue;
      seen.add(event.call);
      check(event, flow, ctx);
    }
  },
});

function check(event: EventOf<'call'>, flow: FunctionFlow, ctx: Context): void {
  const held = [...flow.heldAt(event)].filter((lock) => ctx.model.isExclusive(lock) === 'yes' && outlastsCall(lock, event, flow));
  if (held.length === 0) return;
  for (const take of ctx.model.takenBy(event.call)) {
    // What a callback of this call takes is reported there.
    if ((take.via[0] ?? take.at) !== event.call) continue;
    const lock = held.find(({ key }) => key === take.lock.key);
    if (lock && ctx.model.isExclusive(take.lock) === 'yes') report(lock, take, event.call, ctx);
  }
}

/** `try { return this.load() } finally { release() }` does not wait for load() before it lets go; a section does. */
function outlastsCall(lock: LockRef, { call, awaited }: EventOf<'call'>, flow: FunctionFlow): boolean {
  const isReturned = is.return(outermostWrapper(call).parent);
  return awaited || !isReturned || !flow.all('acquire').some((acquire) => acquire.lock.key === lock.key);
}

function report(lock: LockRef, { at, via }: LockTake, call: CallNode, ctx: Context): void {
  const steps: TraceStep[] = via.map((step) => ({ at: calledName(step), text: `calls ${shortText(step.expression)}()` }));
  const end = via.length > 0 ? nameAround(at) : undefined;
  ctx.report({
    message: via.length > 0 ? 'within' : 'again',
    at: calledName(call),
    subject: call,
    data: { lock: lock.text, call: `${shortText(call.expression)}()` },
    trace: [
      { at: lock.taken, text: `${lock.text} is taken here` },
      ...steps,
      { at, text: end ? `${end} waits for the same lock, which is let go only when this call is done` : 'waits for the same lock, which is let go only when this is done' },
    ],
  });
}
