import {
  defineRule, forEachDescendant, enclosingRoot, functionName, is, isFunctionNode, perhaps, shortText, skipWrappers, surely,
  type EventOf, type FlowRoot, type FunctionFlow, type RuleContext, type SemanticModel, type SignalInScope, type ts,
} from '../../src/rule.js';
import { caughtIn, retryPastStop } from '../support/deaf-retry.js';
import { within } from '../support/settling-coverage.js';
import { carriers, mentionsAny, type Carriers } from '../support/signal-carriers.js';
import { lookedAt } from '../support/signal-fix.js';
import { isMadeUnderSignal } from '../support/stream-under-signal.js';

const messages = {
  deaf: { text: 'this loop waits on each turn and never looks at {signal}: an abort does not end it', preset: 'all', severity: 'note', precision: 'low' },
  counted: { text: 'this loop waits on each turn and never looks at {signal}: an abort ends it only when all turns are done', preset: 'all', severity: 'note', precision: 'low' },
  handedIn: { text: 'this loop waits on each turn and never looks at {signal}: an abort ends it only if {callback} hears of it', preset: 'all', severity: 'note', precision: 'low' },
  skipped: { text: 'a turn of this loop that fails may lead to the next without a look at {signal}: an abort does not end it', preset: 'all', severity: 'note', precision: 'medium' },
  retriesOn: { text: 'a failure leads to the next turn of this loop, which asks {callback} and not whether {stop}() of {class} has been called', preset: 'all', severity: 'note', precision: 'low' },
  endless: { text: 'nothing ends this loop: {stop}() of {class} does not reach it', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'deaf-loop',
    family: 'cancellation',
    summary: 'loop that waits and neither checks nor forwards the signal in scope',
    question: 'cancellation',
    encodes: ['RG-3', 'RG-5', 'WP-4'],
    cwe: [835],
    docs: {
      why:
        'The caller aborts and believes that the work is over; the loop goes on to its own end, or for ever. It keeps its connection, its memory and its place in the queue, writes to a ' +
        'client that has gone, and holds up a shutdown that waits for it.',
      instead:
        'Look at the head of each turn: `signal.throwIfAborted()`, or `while (!signal.aborted)`; and hand the signal to what the loop waits for, so that the wait itself ends: ' +
        '`await queue.receive({ signal })`.',
      limits:
        'A loop counts as hearing the signal if anything in it, or anything it iterates over or waits for, was given the signal or something made from it; a loop that catches its failures and gives the signal only to a pause that a failure may skip is reported at all. Loops over a few known items are ' +
        'silent, and so are loops over a list where the signal is a request’s; loops over a list that is there already are reported at all. Endless loops of a class that has a stop method are reported at all when no field, break, return or throw ends them; retries that look for one end of theirs and for none that the stop method brings, at all.',
    },
    messages,
    fixes: ['safe'],
  },
  onFunction: (flow, ctx) => {
    const waits = flow.all('await').filter((e) => e.loops.length > 0 && e.suspends !== 'micro');
    const loops = new Set(waits.map((e) => e.loops[0]!));
    for (const loop of loops) {
      const wait = waits.find((e) => e.loops[0] === loop)!;
      if (!checkSignal(loop, wait, flow, ctx)) checkEndless(loop, wait, flow, ctx);
    }
  },
});

/** True where a signal is in scope, so that the loop is judged by it. */
function checkSignal(loop: ts.IterationStatement, wait: EventOf<'await'>, flow: FunctionFlow, ctx: Context): boolean {
  const { model } = ctx;
  const signal = model.signalsInScope(flow.node, loop).find(({ from }) => from === 'parameter' || from === 'options' || from === 'request');
  if (!signal || is.sourceFile(flow.node)) return false;
  const known = carriers(signal, flow.node, model);
  if (asksOwner(loop, signal.text)) return true;
  if (mentionsAny(loop, known, model)) {
    checkRetry(loop, signal, known, flow, ctx);
    return true;
  }
  const over = is.forOf(loop) ? loop.expression : undefined;
  // What a request has begun is often to be done whoever waits for it; a loop with no end in sight is there for the client.
  if (signal.from === 'request' && ((over && !(loop as ts.ForOfStatement).awaitModifier) || seesClientGo(loop, flow.node, model))) return true;
  if (over && surely(model.bound(over).bounded)) return true;
  if (leavesOnFirstTurn(loop, flow) || (over && isMadeUnderSignal(over, signal, flow.node, model))) return true;
  const callback = callbackIn(loop, flow, model);
  if (callback && hearsItself(callback, flow.node, model)) return true;
  ctx.report({
    message: over && !(loop as ts.ForOfStatement).awaitModifier ? 'counted' : callback ? 'handedIn' : 'deaf',
    at: loop.getFirstToken() ?? loop,
    subject: loop,
    data: { signal: signal.text, callback: callback?.text ?? '' },
    trace: [
      { at: signal.node, text: `${signal.text} is in scope from here` },
      { at: loop, text: 'the loop starts; an abort from here on is not seen' },
      { at: wait.node, text: 'waits here on each turn, and goes on when the caller has given up' },
    ],
    fix: lookedAt(loop, signal, model),
  });
  return true;
}

/** `while (open)`, where a listener says that the client is gone, or a look at the response itself. */
function seesClientGo(loop: ts.IterationStatement, handler: FlowRoot, model: SemanticModel): boolean {
  let sees = false;
  forEachDescendant(loop, (node) => {
    if (is.identifier(node)) sees ||= /^(?:aborted|closed|destroyed|writableEnded|writableFinished)$/.test(node.text) || isWrittenByListener(node, loop, handler, model);
    return !sees;
  });
  return sees;
}

function isWrittenByListener(name: ts.Identifier, loop: ts.IterationStatement, handler: FlowRoot, model: SemanticModel): boolean {
  const place = model.place(name);
  return place !== undefined && model.accesses(place).some(({ kind, fn, node }) => kind === 'write' && fn !== handler && !within(node, loop));
}

/** The signal goes to a pause between two attempts, and some way from a failure to the next attempt has no pause. */
function checkRetry(loop: ts.IterationStatement, signal: SignalInScope, known: Carriers, flow: FunctionFlow, ctx: Context): void {
  const hears = (node: ts.Node): boolean => mentionsAny(node, known, ctx.model);
  const attempt = flow.all('await').find((e) => e.loops[0] === loop && e.suspends !== 'micro' && caughtIn(loop, e.node));
  const handler = attempt && caughtIn(loop, attempt.node);
  if (!attempt || !handler || hears(attempt.node) || !hears(handler)) return;
  const head = flow.at(loop)[0];
  const path = head && flow.pathTo(head, (e) => e === head, { throws: 'await', avoiding: (e) => (e.kind === 'call' || e.kind === 'read' || e.kind === 'closure') && hears(memberRead(e.node)) });
  if (!path?.thrown.includes(attempt)) return;
  ctx.report({
    message: 'skipped',
    at: loop.getFirstToken() ?? loop,
    subject: loop,
    data: { signal: signal.text },
    trace: [
      { at: signal.node, text: `${signal.text} is in scope from here` },
      { at: attempt.node, text: 'fails, perhaps after the abort' },
      { at: handler, text: `the failure is caught, and not every way from here looks at ${signal.text}` },
    ],
  });
}

/** `options?.delay` for the read of `options` in it. */
function memberRead(node: ts.Node): ts.Node {
  return is.propertyAccess(node.parent) && node.parent.expression === node ? node.parent : node;
}

/** `progress.race(work)` where `progress.signal` is the signal: its owner's methods know of it. */
function asksOwner(loop: ts.IterationStatement, signal: string): boolean {
  const owner = signal.replace(/\??\.\w+$/, '');
  if (owner === signal) return false;
  let asks = false;
  forEachDescendant(loop, (node) => {
    asks ||= is.call(node) && is.propertyAccess(node.expression) && node.expression.expression.getText() === owner;
    return !asks;
  });
  return asks;
}

/** A function that the caller gave and that each turn calls: it may be made with the caller's signal. */
function callbackIn(loop: ts.IterationStatement, flow: FunctionFlow, model: SemanticModel): ts.Identifier | undefined {
  for (const { call, loops } of flow.all('call')) {
    const callee = skipWrappers(call.expression);
    if (loops.includes(loop) && is.identifier(callee) && model.place(callee)?.kind === 'parameter') return callee;
  }
  return undefined;
}

/** Some caller in view gives a function that uses a signal of the caller's. */
function hearsItself(callback: ts.Identifier, fn: FlowRoot, model: SemanticModel): boolean {
  if (is.sourceFile(fn) || !('parameters' in fn)) return false;
  const index = fn.parameters.findIndex(({ name }) => is.identifier(name) && name.text === callback.text);
  return model.callersOf(fn).some((call) => {
    const given = call.arguments?.[index];
    const root = enclosingRoot(call);
    return given !== undefined && model.signalsInScope(root, call).some((signal) => mentionsAny(given, carriers(signal, root, model), model));
  });
}

function checkEndless(loop: ts.IterationStatement, wait: EventOf<'await'>, flow: FunctionFlow, ctx: Context): void {
  const owner = ctx.model.classOf(loop);
  const stop = owner?.disposals.find((d) => !isFunctionNode(flow.node) || !owner.reach(d.method).has(flow.node));
  if (!owner || !stop) return;
  if (perhaps(canEnd(loop, flow))) {
    const retry = retryPastStop(loop, owner, stop, flow);
    if (retry) ctx.report({ message: 'retriesOn', at: loop.getFirstToken() ?? loop, subject: loop, data: { stop: stop.name, class: owner.name, callback: shortText(retry.asked) }, trace: retry.trace });
    return;
  }
  ctx.report({
    message: 'endless',
    at: loop.getFirstToken() ?? loop,
    subject: loop,
    data: { stop: stop.name, class: owner.name },
    trace: [
      { at: loop, text: `${functionName(flow.node)} loops here for ever` },
      { at: wait.node, text: 'waits here on each turn' },
      { at: stop.method.name ?? stop.method, text: `${stop.name}() ends the instance and not this loop` },
    ],
  });
}

/** Whether a turn can be the last: some way leads from the loop to the end of the function, an exception of what it waits for aside. */
function canEnd(loop: ts.IterationStatement, flow: FunctionFlow): 'yes' | 'no' {
  const head = flow.at(loop)[0];
  if (!head) return 'yes';
  return flow.pathTo(head, (e) => e.kind === 'exit' || e.kind === 'exit-throw', { throws: 'throw' }) ? 'yes' : 'no';
}

/** The loop never comes round: each turn ends in a return, break or throw. */
function leavesOnFirstTurn(loop: ts.IterationStatement, flow: FunctionFlow): boolean {
  const head = flow.at(loop)[0];
  return head !== undefined && flow.pathTo(head, (e) => e === head, { throws: 'await' }) === undefined;
}

