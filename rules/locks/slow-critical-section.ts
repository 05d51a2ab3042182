import {
  defineRule, enclosingRoot, is, isFunctionNode, shortText, skipWrappers, surely,
  type CallNode, type EventOf, type FlowEvent, type FunctionFlow, type LockRef, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { calledName, lastCalledName } from '../support/promise-values.js';
import { transactionsIn } from '../support/transaction.js';

const messages = {
  held: { text: '{lock} is held while {what}: everybody else who needs it waits as long', preset: 'all', severity: 'note', precision: 'low' },
  transaction: { text: 'a transaction stays open while {what}: its rows and its connection are held as long', preset: 'strict', severity: 'warning', precision: 'medium' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'slow-critical-section',
    family: 'locks',
    summary: 'network, sleep or a walk under a lock that others need for short work',
    question: 'number',
    encodes: ['TA-2', 'RG-8', 'PS-K2', 'PS-K5'],
    cwe: [662, 400],
    docs: {
      why:
        'A lock turns the slowest thing done under it into everybody’s waiting time. While one task waits for a remote service, sleeps between two attempts, or walks a directory with the lock held, each short read ' +
        'behind the same lock waits too, and when the service hangs, all of them hang. An open transaction holds rows and a pool connection in the same way.',
      instead:
        'Do the slow work before or after: fetch first, take the lock to store the result, and look again there at what may have changed. For a walk, copy the list under the lock and go through the copy without it.',
      limits:
        'Locks that let one in at a time and that another section in view takes for work without such waits: a lock that is there to run slow work one at a time is right. Queues and limiters are made for that and silent. ' +
        'Slow are the network, child processes, sleeps, hooks of others by their name, I/O for each item of a list of unknown length; single files and statements are not. Long computations are not seen.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    checkTransactions(flow, ctx);
    const seen = new Set<string>();
    for (const event of flow.all('call')) {
      if (enclosingRoot(event.call) !== flow.node) continue;
      for (const lock of flow.heldAt(event)) {
        const slow = seen.has(lock.key) ? undefined : slowness(event, flow, ctx.model);
        if (!slow) continue;
        seen.add(lock.key);
        const short = isForShortWork(lock, ctx.model) ? shortTaker(lock, event, ctx.model) : undefined;
        if (!short) continue;
        ctx.report({
          message: 'held',
          at: calledName(event.call),
          data: { lock: lock.text, what: slow },
          trace: [
            { at: lock.taken, text: `${lock.text} is taken here`, thread: 'A' },
            { at: event.node, text: `${slow} with it held`, thread: 'A' },
            { at: short, text: 'waits all that time for work that is short', thread: 'B' },
          ],
        });
      }
    }
  },
});

function checkTransactions(flow: FunctionFlow, ctx: Context): void {
  const callback = isFunctionNode(flow.node) ? ctx.model.callbackOf(flow.node) : undefined;
  const opened = callback?.effect?.transaction ? [{ begin: callback.call as ts.Node, isOpen: (): boolean => true }] : [];
  const manual = transactionsIn(flow, ctx.model).map(({ begin, start, ends }) => ({
    begin: begin as ts.Node,
    isOpen: (event: FlowEvent): boolean => flow.pathTo(start, (e) => e === event, { avoiding: ends, throws: 'none' }) !== undefined,
  }));
  for (const { begin, isOpen } of [...opened, ...manual]) {
    const slow = flow.all('call').find((event) => enclosingRoot(event.call) === flow.node && isOutside(event, ctx.model) && isOpen(event));
    const what = slow && slowness(slow, flow, ctx.model);
    if (!slow || !what) continue;
    ctx.report({
      message: 'transaction',
      at: calledName(slow.call),
      data: { what },
      trace: [{ at: begin, text: 'the transaction begins' }, { at: slow.node, text: `${what} before it ends` }],
    });
  }
}

/** Work that is not the database's own. */
function isOutside({ call, effects }: EventOf<'call'>, model: SemanticModel): boolean {
  const io = model.ioOf(call);
  return (effects.sleeps === true || io.has('network') || io.has('process')) && !io.has('database');
}

/** What makes the call slow, as a message says it; undefined where nothing does. */
function slowness(event: EventOf<'call'>, flow: FunctionFlow, model: SemanticModel): string | undefined {
  const { call, effects } = event;
  const name = `${shortText(call.expression)}()`;
  if (!isWaitedFor(call)) return undefined;
  if (effects.sleeps) return `${name} sleeps`;
  const io = model.ioOf(call);
  if (io.has('network')) return `${name} waits for the network`;
  if (io.has('process')) return `${name} waits for another process`;
  const touches = io.has('file') || io.has('database');
  if (touches && effects.combinator && model.bound(call.arguments?.[0] ?? call).bounded !== 'yes') return `${name} waits for all of a list`;
  if (touches && isInWalk(event, flow, model)) return `${name} is awaited for each item of a list`;
  return isHook(call, model) ? `${name} runs the code of others` : undefined;
}

/** A loop over what may be long, begun with the lock held. */
function isInWalk({ loops }: EventOf<'call'>, flow: FunctionFlow, model: SemanticModel): boolean {
  return loops.some((loop) => {
    if (!is.forOf(loop) || model.bound(loop.expression).bounded === 'yes') return false;
    const acquire = flow.all('acquire')[0];
    return !acquire || acquire.node.pos < loop.pos;
  });
}

const HOOK = /^on[A-Z]|hook$|callback$|listener$|handler$/i;

function isHook(call: CallNode, model: SemanticModel): boolean {
  const { targets, qualified } = model.call(call);
  // What a wrapper was given to run under the lock is what the lock is for.
  const isOwn = is.identifier(call.expression) && model.symbolOf(call.expression)?.declarations?.some(is.parameter) === true;
  return HOOK.test(lastCalledName(call)) && targets.length === 0 && qualified === undefined && !isOwn;
}

/** Awaited or returned where it stands, itself or in what is. */
function isWaitedFor(call: ts.Node): boolean {
  for (let node = call; !is.block(node.parent) && !is.sourceFile(node.parent); node = node.parent) {
    if (is.await(node.parent) || is.return(node.parent) || (is.arrowFunction(node.parent) && node.parent.body === node)) return true;
    if (isFunctionNode(node.parent)) return false;
  }
  return false;
}

function isForShortWork(lock: LockRef, model: SemanticModel): boolean {
  const callee = is.callOrNew(lock.taken) ? skipWrappers(lock.taken.expression) : undefined;
  const owner = callee && (is.propertyAccess(callee) ? callee.expression : callee);
  return lock.names.length > 0 && lock.kind !== 'distributed' && model.isExclusive(lock) === 'yes' && !(owner && surely(model.hasTrait(owner, 'limiter')));
}

/** Another section of the lock in which nothing slow is done. */
function shortTaker(lock: LockRef, slow: EventOf<'call'>, model: SemanticModel): CallNode | undefined {
  const wrappers = is.callOrNew(lock.taken) ? model.call(lock.taken).targets : [];
  return model.takersOf(lock).find((call) => {
    const bodies = (call.arguments ?? []).flatMap((argument) => model.functionsOf(argument));
    const root = enclosingRoot(call);
    const flows = bodies.length > 0 ? bodies.map((fn) => model.flow(fn)) : [model.flow(root)];
    if (call === lock.taken || wrappers.some((fn) => fn === root) || flows.some(({ node }) => node === enclosingRoot(slow.call))) return false;
    const isWrapper = (call.arguments ?? []).some((argument) => model.place(argument)?.kind === 'parameter');
    return !isWrapper && !flows.some((each) => each.all('call').some((event) => slowness(event, each, model) !== undefined && (bodies.length > 0 || each.heldAt(event).size > 0)));
  });
}
