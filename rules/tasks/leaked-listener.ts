import {
  defineRule, functionName, is, isAsync, isFunctionNode, outermostWrapper, perhaps, shortText,
  type ClassModel, type FlowEvent, type FunctionFlow, type RuleContext, type TraceStep, type ts,
} from '../../src/rule.js';
import { givesAnswerUnderway } from '../support/answer-underway.js';
import { isOfOneRequest, runsAgain, runsOnce } from '../support/listener-lifetime.js';
import { endsOf } from '../support/owner-end.js';
import { executorAround, executorOf } from '../support/promise-executor.js';
import { nameOf } from '../support/function-name.js';
import { listenerRemoved } from '../support/listener-fix.js';
import { calledName } from '../support/promise-values.js';
import { siblingTakenOff, takenOffBeside, takenOffByEnd } from '../support/sibling-listener.js';
import { settlingThatLeaves, spentBy, within } from '../support/settling-coverage.js';
import { isForeign, isGlobal, isStableHandler, removalsOf, subscriptionsIn, type Removals, type Subscription } from '../support/subscription.js';

const sure = { preset: 'recommended', severity: 'warning', precision: 'high' } as const;
const messages = {
  afterSettling: { text: 'a listener stays on {target} each time: nothing removes it when the promise has settled', preset: 'all', severity: 'note', precision: 'low' },
  onSomeSettling: { text: 'a listener stays on {target} when the promise settles without removing it', preset: 'all', severity: 'note', precision: 'low' },
  afterWork: { text: 'a listener stays on {target} each time: nothing removes it when {work} is done', preset: 'all', severity: 'note', precision: 'low' },
  onFailure: { text: 'a listener stays on {target} when {work}', preset: 'all', severity: 'note', precision: 'low' },
  afterEnd: { text: '{work}() leaves a listener on {target}', ...sure },
  eachTime: { text: 'a listener stays on {target} each time {work} runs', preset: 'all', severity: 'note', precision: 'low' },
  otherFunction: { text: 'the listener on {target} stays: what is removed is another function', ...sure },
  otherEvent: { text: 'the listener on {target} stays: another event is removed', preset: 'all', severity: 'note', precision: 'low' },
  otherCapture: { text: 'the listener on {target} stays: it is removed without its capture flag', ...sure },
  oddOneOut: { text: '{work}() removes other listeners of {target} and leaves this one', preset: 'strict', severity: 'warning', precision: 'medium' },
  onEmitter: { text: 'a listener stays on {target} each time: nothing removes it when the promise has settled', preset: 'all', severity: 'note', precision: 'low' },
  alone: { text: 'a listener stays on {target} each time: others that are added with it are removed, and this one is not', preset: 'all', severity: 'note', precision: 'low' },
  onGlobal: { text: 'a listener stays on {target} each time {work} runs: nothing in view removes it', preset: 'all', severity: 'note', precision: 'low' },
  inView: { text: 'a listener stays on {target} each time: nothing in view removes it', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'leaked-listener',
    family: 'tasks',
    summary: 'listener that stays on a longer-lived target when its work is done',
    question: 'release',
    encodes: ['RG-10', 'RG-19', 'RM-X2'],
    cwe: [772, 401],
    docs: {
      why:
        'A listener lives as long as its target, and so does all that its function can reach. Work that listens on the signal of its caller, on the process, or on an emitter that ' +
        'outlives it, and does not take the listener away, adds one more with every call: memory grows, Node warns of a leak, and every later ' +
        'event runs handlers of work that has long been done. `once` is no cure for abort: most signals never abort.',
      instead:
        'Keep the function in a const and remove it in `finally`, or with whatever settles the promise. `using _ = addAbortListener(signal, f)`, the `signal` option of ' +
        'addEventListener with a controller of the work’s own, `events.once(…, { signal })` and `AbortSignal.any` do it for you. Remove the very function that was ' +
        'added, for the same event and the same capture flag: `f.bind(this)` is another function each time.',
      limits:
        'Removals are looked for in the file, by event and function; any that may be the one counts. Targets made by the same call or by one around it, parameters ' +
        'of connection callbacks, streams that are read to their end, and signals of a single request are taken to die with the work. Plain set-up functions that ' +
        'add listeners to an emitter given to them are left out: whether both live equally long cannot be seen.',
    },
    messages,
    fixes: ['safe', 'unsafe'],
  },
  onFunction: (flow, ctx) => {
    if (is.sourceFile(flow.node)) return;
    subscriptionsIn(flow, ctx.model).forEach((subscription, _, all) => check(subscription, all, flow, ctx));
  },
});

/** Two listeners settle a promise, and only one of them takes the other off. */
function leftBySibling(subscription: Subscription, removals: Removals, flow: FunctionFlow, { model }: Context): Leak | undefined {
  const executor = removals.matching.length === 0 ? executorAround(flow.node, model) : undefined;
  const removed = executor && siblingTakenOff(subscription, flow, model);
  return removed && { message: 'onEmitter', work: '', steps: [{ at: removed, text: 'takes the other listener off when this one settles the promise' }, { at: executor.promise, text: 'when the other one does, this stays' }] };
}

function leftAlone(subscription: Subscription, all: readonly Subscription[], { matching, failing }: Removals, flow: FunctionFlow, { model }: Context): Leak | undefined {
  const other = failing || model.repeatable(flow.node) === 'no' ? undefined : takenOffBeside(subscription, matching, all, flow.node, model);
  return other && { message: 'alone', work: '', steps: [{ at: other, text: 'takes another one off' }] };
}

interface Leak {
  readonly message: keyof typeof messages;
  readonly work: string;
  readonly steps: readonly TraceStep[];
}

function check(subscription: Subscription, all: readonly Subscription[], flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const { call, target, comesForSure, once } = subscription;
  if (!isForeign(subscription, flow.node, model) || isOfOneRequest(target, ctx.model)) return;
  const removals = removalsOf(subscription, model);
  const leak = (comesForSure && once ? undefined : leakOf(subscription, removals, flow, ctx)) ?? leftBySibling(subscription, removals, flow, ctx) ?? leftAlone(subscription, all, removals, flow, ctx);
  if (!leak) return;
  ctx.report({
    message: leak.message,
    at: calledName(call),
    subject: call,
    data: { target: shortText(target).replace(/^addEventListener$/, 'window'), work: leak.work },
    trace: [{ at: call, text: 'the listener is added' }, ...leak.steps],
    fix: leak.message === 'afterSettling' || leak.message === 'afterWork' ? listenerRemoved(subscription, flow, model) : undefined,
  });
}

function leakOf(subscription: Subscription, removals: Removals, flow: FunctionFlow, ctx: Context): Leak | undefined {
  if (removals.matching.length > 0) return leftOnSomeWay(subscription, removals.matching, flow, ctx);
  if (removals.failing && perhaps(ctx.model.repeatable(flow.node))) {
    const { at, because } = removals.failing;
    const message = ({ handler: 'otherFunction', event: 'otherEvent', capture: 'otherCapture' } as const)[because];
    return { message, work: '', steps: [{ at, text: 'this does not remove it' }] };
  }
  if (!subscription.resolved || ctx.model.repeatable(flow.node) === 'no' || isStableHandler(subscription, ctx.model)) return undefined;
  if (subscription.emitter === 'AbortSignal') return leftOnSignal(subscription, flow, ctx);
  return isGlobal(subscription) ? leftOnGlobal(subscription, flow, ctx) : (oddOneOut(subscription, flow, ctx) ?? leftOnEmitter(subscription, flow, ctx));
}

// ── removed on some ways only ──

function leftOnSomeWay({ call, handler, emitter }: Subscription, removals: readonly ts.Node[], flow: FunctionFlow, { model }: Context): Leak | undefined {
  const executor = executorOf(flow.node, model);
  if (executor && emitter === 'AbortSignal' && removals.every((removal) => within(removal, executor.fn))) {
    const loose = settlingThatLeaves({ made: call, releases: removals, isSpent: spentBy(handler, call, executor, model) }, executor, model);
    return loose && { message: 'onSomeSettling', work: '', steps: [{ at: loose.at, text: 'the promise settles by this, and the listener stays' }] };
  }
  const added = flow.at(call).find((event) => event.kind === 'subscribe');
  const own = added && flow.all('unsubscribe').find((event) => removals.includes(event.call) && flow.pathTo(added, (e) => e === event, { throws: 'none', backEdges: false }));
  if (!added || !own || own.cleanup) return undefined;
  const removes = (event: FlowEvent): boolean =>
    (event.kind === 'unsubscribe' && removals.includes(event.call)) ||
    (event.kind === 'closure' && removals.some((removal) => within(removal, event.fn))) ||
    (event.kind === 'call' && model.call(event.call).targets.some((fn) => removals.some((removal) => within(removal, fn))));
  const culprit = flow.pathTo(added, (e) => e.kind === 'exit-throw', { avoiding: removes })?.thrown[0];
  if (!culprit) return undefined;
  const step = culprit.kind === 'await' && culprit.operand ? shortText(culprit.operand) : culprit.kind === 'call' ? `${shortText(culprit.call.expression)}()` : 'this step';
  return { message: 'onFailure', work: `${step} fails`, steps: [{ at: culprit.node, text: `${step} fails: control leaves here` }, { at: own.node, text: 'this is never reached' }] };
}

// ── signals ──

function leftOnSignal(subscription: Subscription, flow: FunctionFlow, ctx: Context): Leak | undefined {
  const { call, handler } = subscription;
  const executor = executorOf(flow.node, ctx.model);
  if (executor) {
    const isSpent = spentBy(handler, call, executor, ctx.model);
    const loose = settlingThatLeaves({ made: call, releases: [], isSpent }, executor, ctx.model);
    if (loose) return { message: 'afterSettling', work: '', steps: [{ at: loose.at, text: 'the promise settles by this, and the listener stays' }] };
    // Nothing else settles it: a wait for the abort itself, or one side of a race.
    const isWait = is.await(outermostWrapper(executor.promise).parent) || !executor.settlings.some(isSpent);
    return isWait ? undefined : { message: 'afterSettling', work: '', steps: [{ at: executor.promise, text: 'whoever no longer waits for this promise leaves the listener behind' }] };
  }
  const root = flow.node;
  if (!isFunctionNode(root)) return undefined;
  const owner = ctx.model.classOf(call);
  if (is.constructor(root)) return owner && leftByEnd(owner);
  if ((owner && ctx.model.place(subscription.target)?.kind === 'field') || givesAnswerUnderway(handler, flow, ctx.model)) return undefined; // what it ends may outlast the method
  const work = functionName(root).replace(/^.*\./, '');
  return !isAsync(root) ? { message: 'inView', work, steps: [] } : { message: 'afterWork', work, steps: [{ at: nameOf(root), text: `when ${work} is done, the listener stays until the signal aborts` }] };
}

// ── process, window ──

/** Heard at the very end, or only where the program answers for itself: put there to stay. */
const LASTS = /^(exit|beforeExit|unhandledRejection|uncaughtException|warning)$/;

function leftOnGlobal({ emitter, event }: Subscription, flow: FunctionFlow, ctx: Context): Leak | undefined {
  const root = flow.node;
  if (!isFunctionNode(root) || (emitter === 'process' && event !== undefined && LASTS.test(event))) return undefined;
  const owner = ctx.model.classOf(root);
  const end = owner && leftByEnd(owner);
  // Without an end in view an object may live as long as the program.
  if (end || is.constructor(root)) return end;
  const repeating = ctx.model.callbackOf(root)?.effect?.repeating;
  if (event === undefined && repeating === 'items') return undefined; // `signals.forEach((signal) => process.once(signal, f))`: another event each time
  const repeats = ctx.model.repeatable(root);
  if (repeats === 'no' || (repeats === 'unknown' && !repeating) || runsOnce(flow, ctx.model)) return undefined;
  const work = functionName(root).replace(/^callback of /, 'the callback of ').replace(/^\w+\.(?=\w+$)/, '');
  const again = runsAgain(root, ctx.model);
  return again ? { message: 'eachTime', work, steps: [again] } : { message: 'onGlobal', work, steps: [] };
}

/** A class that has an end, none of whose methods removes the listener. */
function leftByEnd(owner: ClassModel): Leak | undefined {
  const [end] = endsOf(owner);
  return end && { message: 'afterEnd', work: end.name, steps: [{ at: nameOf(end.method), text: `${end.name}() ends the object, and the listener stays` }] };
}

// ── emitters of others ──

function oddOneOut(subscription: Subscription, flow: FunctionFlow, { model }: Context): Leak | undefined {
  const other = takenOffByEnd(subscription, flow, model);
  return other && { message: 'oddOneOut', work: other.end, steps: [{ at: other.at, text: `${other.end}() takes another listener off ${shortText(subscription.target)}` }] };
}

/** An operation that listens on a field or on something of the module, which outlives it. */
function leftOnEmitter({ target, handler, call, comesForSure, once }: Subscription, flow: FunctionFlow, { model }: Context): Leak | undefined {
  const executor = executorOf(flow.node, model);
  const place = model.place(target);
  if (!executor || comesForSure || (place?.kind !== 'field' && place?.kind !== 'module')) return undefined;
  const isSpent = spentBy(handler, call, executor, model);
  // Taken off by the very event that settles it.
  if (once && executor.settlings.every(isSpent)) return undefined;
  return executor.settlings.some(isSpent) ? { message: 'onEmitter', work: '', steps: [{ at: executor.promise, text: 'the promise settles, and the listener stays' }] } : undefined;
}
