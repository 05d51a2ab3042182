import {
  defineRule, enclosingRoot, forEachDescendant, is, isFunctionNode, shortText, skipWrappers, surely,
  type CallNode, type FlowRoot, type FunctionNode, type RemoteEvent, type RuleContext, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { ioOf, ioOfCall, ioSteps, workName, type IoWork } from '../support/io-work.js';
import { calledName, derivation, valuesOf } from '../support/promise-values.js';
import { isSingleFlight } from '../support/single-flight.js';
import { comesFromOutside, unboundedInput } from '../support/unbounded-input.js';

const perEvent = '{task} is started for every {event} and left running, however many are under way';
const messages = {
  perEvent: { text: perEvent, preset: 'strict', severity: 'warning', precision: 'medium' },
  perItem: { text: '{task} is started for each of {items} and left running, and {decider} decides how many that is', preset: 'strict', severity: 'warning', precision: 'medium' },
  spreading: { text: '{task} starts itself again for each of {items} and waits for none', preset: 'strict', severity: 'warning', precision: 'medium' },
  delegated: { text: perEvent, preset: 'all', severity: 'note', precision: 'low' },
  perGivenItem: { text: '{task} is started for each of {items} and left running, however many {decider} gives', preset: 'all', severity: 'note', precision: 'low' },
  perTurn: { text: '{task} is started on each turn of this loop and left running', preset: 'all', severity: 'note', precision: 'low' },
  perUnknownItem: { text: '{task} is started for each of {items} and left running, and nothing in view says how many that is', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Message = keyof typeof messages;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'unbounded-spawn',
    family: 'bounds',
    summary: 'I/O started per request, message or item and left running',
    question: 'number',
    encodes: ['PS-C3', 'PS-G3', 'TA-W7', 'PS-K1'],
    cwe: [770, 400],
    docs: {
      why:
        'A handler that starts work and answers without waiting for it gives up the one thing that slows its callers down: their own wait. Requests, messages and rows come as fast as ' +
        'others please, each leaves a task behind, and when the other side slows down the tasks pile up: sockets, memory and connections go, then the process. No single ' +
        'task is at fault, so no log shows it. A catch at the end of each changes nothing about their number.',
      instead:
        'Await the work, so that the sender waits too. Where the answer must not wait, hand the work to something with a bound: a p-limit function or a queue with a concurrency and a ' +
        'maximal length, a worker that reads from a real queue; and say what happens when that is full. For items of a list use p-map with a concurrency, or a loop that awaits.',
      limits:
        'Only work that reaches the network, the file system, a process or a database counts, through bodies in view and described libraries. Strict speaks of what a handler of requests or messages, ' +
        'or a loop over their data, leaves behind itself; work left by a callee further down, and handlers that do nothing but pass the event on, are at all, as are tasks named like logging or metrics. ' +
        'A task that is kept in a place, turned away by a flag or a count, or handed to a queue is silent, whether or not that place has a bound.',
    },
    messages,
  },
  onNode: {
    ExpressionStatement: (node, ctx) => {
      const { expression } = node as ts.ExpressionStatement;
      for (const value of valuesOf(expression)) if (is.call(value)) checkDropped(value, ctx);
    },
    VoidExpression: (node, ctx) => {
      for (const value of valuesOf((node as ts.VoidExpression).expression)) if (is.call(value)) checkDropped(value, ctx);
    },
  },
});

/** A promise that the statement drops, its handlers aside: the call that started it, and how often that happens. */
function checkDropped(dropped: ts.CallExpression, ctx: Context): void {
  const { model } = ctx;
  const task = startOf(dropped);
  const root = enclosingRoot(task);
  if (is.sourceFile(root) || isHandedToQueue(task) || isExecutor(root, model)) return;
  const mapped = itemsMapped(task, model);
  if (!mapped && !surely(model.isPromise(task))) return;
  const work = mapped ? ioOf(mapped.fn, model) : ioOfCall(task, model);
  if (!work || isTurnedAway(task, root, model) || isSingleFlight(task, model)) return;
  const repeats = mapped ?? repetitionOf(task, root, model);
  if (repeats?.items) return checkPerItem(task, repeats.items, work, ctx);
  if (work.strain !== 'heavy') return;
  if (repeats) return report(task, 'perTurn', work, [{ at: repeats.at, text: 'this loop does not wait for it' }], {}, ctx);
  // Asked last: it looks at callers all over the project.
  const event = ctx.file.host === 'browser' ? undefined : model.remoteEvent(root);
  if (event) checkPerEvent(task, event, root, work, ctx);
}

function checkPerItem(task: ts.CallExpression, items: ts.Expression, work: IoWork, ctx: Context): void {
  const input = unboundedInput(items, shortText(items), ctx.model);
  if (!input) return;
  const root = enclosingRoot(task);
  const spreads = ctx.model.call(task).targets.some((fn) => fn === root || fn === enclosingRoot(root as FunctionNode));
  const message = work.strain !== 'heavy' || isAside(task) ? 'perUnknownItem' : spreads ? 'spreading' : comesFromOutside(input) ? 'perItem' : input.open ? 'perGivenItem' : 'perUnknownItem';
  report(task, message, work, input.steps, { items: shortText(items), decider: input.decider }, ctx);
}

function checkPerEvent(task: ts.CallExpression, event: RemoteEvent, root: FlowRoot, work: IoWork, ctx: Context): void {
  if (answers(task, ctx.model)) return;
  const isOwn = event.calls.length === 0 && ctx.file.host === 'node' && !isWholeBody(root) && !isAside(task) && !(work.kind === 'database' && work.at === work.io);
  const way = [{ at: event.node, text: event.text }, ...event.calls.map((call) => ({ at: call, text: `calls ${shortText(call.expression)}` }))];
  report(task, isOwn ? 'perEvent' : 'delegated', work, way, { event: event.kind }, ctx);
}

function report(task: ts.CallExpression, message: Message, work: IoWork, before: readonly TraceStep[], data: Readonly<Record<string, string>>, ctx: Context): void {
  const at = calledName(task);
  const name = is.functionExpression(skipWrappers(task.expression)) ? workName(work) : shortText(task);
  ctx.report({ message, at, subject: task, data: { task: name, ...data }, trace: [...before, { at, text: 'started here, and nobody waits for it' }, ...ioSteps(work)] });
}

// ── the task ──────────────────────────────────────────────────────────────────────────────────────────

/** `deliver(x)` of `deliver(x).then(…).catch(…)`. */
function startOf(dropped: ts.CallExpression): ts.CallExpression {
  const source = derivation(dropped)?.source;
  const value = source && skipWrappers(source);
  return value && is.call(value) ? startOf(value) : dropped;
}

const QUEUES = /queue|publish|produce|schedul|broker|limit|throttl|debounce|batch|\bpool\b|\bbus\b/i;
/** Submitting is what to do: the queue has its own pace. */
function isHandedToQueue(task: ts.CallExpression): boolean {
  return QUEUES.test(skipWrappers(task.expression).getText().split('(')[0]!);
}

/** In `new Promise((resolve) => …)` the promise made there waits for the task. */
function isExecutor(root: FunctionNode, model: SemanticModel): boolean {
  const call = model.callbackOf(root)?.call;
  return call !== undefined && is.new(call) && call.expression.getText() === 'Promise';
}

/** What is written down about the event rather than done for it. */
function isAside(task: ts.CallExpression): boolean {
  return /log|metric|track|analytic|telemetry|audit|trace|heartbeat|\bping|touch|stat(?:s|istic)|sentry|record/i.test(calledName(task).getText());
}

/** It is given what the sender waits for: the task is the handler. */
function answers(task: ts.CallExpression, model: SemanticModel): boolean {
  const callee = skipWrappers(task.expression);
  const given = [...task.arguments, ...(is.propertyAccess(callee) ? [callee.expression] : [])];
  if (given.some((value) => isReplyName(value) || ANSWERABLE.some((trait) => surely(model.hasTrait(value, trait))))) return true;
  return is.functionExpression(callee) && contains(callee.body, isReplyName);
}

const ANSWERABLE = ['response', 'socket', 'stream'] as const;
const isReplyName = (node: ts.Node): boolean => is.identifier(node) && /^(?:res|response|reply|ctx|context|socket|ws|conn|connection|stream)$/i.test(node.text);

function contains(scope: ts.Node, test: (node: ts.Node) => boolean): boolean {
  let found = false;
  forEachDescendant(scope, (node) => {
    found ||= test(node);
  });
  return found;
}

/** The handler only passes the event on: the task is the handler in all but name. */
function isWholeBody(root: FlowRoot): boolean {
  if (!isFunctionNode(root) || !root.body) return false;
  return !is.block(root.body) || root.body.statements.filter((statement) => !is.if(statement)).length === 1;
}

// ── how often ─────────────────────────────────────────────────────────────────────────────────────────

/** `xs.forEach(async (x) => …)`: the callback itself is the task. */
function itemsMapped(call: ts.CallExpression, model: SemanticModel): (Repetition & { readonly fn: FunctionNode }) | undefined {
  const callee = skipWrappers(call.expression);
  if (!is.propertyAccess(callee) || !/^(?:forEach|map)$/.test(callee.name.text) || !call.arguments[0]) return undefined;
  const fn = model.functionsOf(call.arguments[0]).find((body) => surely(model.summary(body).returnsPromise));
  return fn && { at: call, items: callee.expression, fn };
}

interface Repetition {
  readonly at: ts.Node;
  /** What is iterated; undefined for loops on a condition. */
  readonly items: ts.Expression | undefined;
}

/** The loop around the task, or the callback that is run for each item and does not wait either. */
function repetitionOf(task: ts.Node, root: FlowRoot, model: SemanticModel): Repetition | undefined {
  for (let node = task; node !== root; node = node.parent) {
    const loop = node.parent;
    if (is.iteration(loop) && loop.statement === node) return { at: loop, items: is.forOf(loop) && !loop.awaitModifier ? loop.expression : undefined };
  }
  const callback = isFunctionNode(root) ? model.callbackOf(root) : undefined;
  if (callback?.effect?.repeating !== 'items' || callback.timing !== 'sync' || !is.propertyAccess(callback.call.expression)) return undefined;
  return { at: callback.call, items: callback.call.expression.expression };
}

// ── what keeps the number down ────────────────────────────────────────────────────────────────────────

const COUNT = /size|length|count|active|pending|running|in_?flight|queued|busy|outstanding|limit|max|concurren/i;

/** A comparison with a count or a limit, or a mark that is tested and set, stands before the task. */
function isTurnedAway(task: CallNode, root: FlowRoot, model: SemanticModel): boolean {
  if (contains(root, (node) => node.pos < task.pos && isCountTest(node))) return true;
  const flow = model.flow(root);
  const event = flow.at(task)[0];
  return event !== undefined && model.turnsOthersAway(event, flow);
}

/** `this.running < 10`, `queue.length >= MAX`; the condition of a counting loop is none. */
function isCountTest(node: ts.Node): boolean {
  if (!is.binary(node) || !/^[<>]=?$/.test(node.operatorToken.getText()) || !COUNT.test(node.getText())) return false;
  return !is.iteration(node.parent) || /^(?:while|do)/.test(node.parent.getText());
}
