import {
  defineRule, enclosingRoot, forEachDescendant, functionName, is, shortText,
  type CallNode, type FlowRoot, type FunctionFlow, type FunctionNode, type RuleContext, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { hasDeadline, hasTimer, isBoundedByCaller } from '../support/deadline.js';
import { stepsIn, processShutdowns, type ProcessShutdown } from '../support/process-shutdown.js';
import { drainLoops, endingWaitOf, keptWaitOf, workWaitOf, type DrainLoop, type WorkWait } from '../support/work-waits.js';

const messages = {
  process: { text: '{event} waits for {what} with no deadline: work that hangs keeps the process from ending', preset: 'all', severity: 'note', precision: 'low' },
  processDrain: { text: '{event} waits {condition}, with no deadline: work that hangs keeps the process from ending', preset: 'strict', severity: 'warning', precision: 'medium' },
  drain: { text: '{end}() loops {condition}, with no deadline: one task that hangs holds it for ever', preset: 'recommended', severity: 'warning', precision: 'high' },
  perTurn: { text: 'each turn has a deadline of its own, and this loop has none: {end}() takes as many of them as there are items', preset: 'strict', severity: 'warning', precision: 'medium' },
  close: { text: '{end}() waits for {what} with no deadline', preset: 'all', severity: 'note', precision: 'medium' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'unbounded-shutdown',
    family: 'lifecycle',
    summary: 'shutdown that waits for work and sets no deadline',
    question: 'shutdown',
    encodes: ['TA-4', 'TA-9', 'RM-C4', 'RM-M2', 'WP-8', 'PS-G2'],
    cwe: [833, 400],
    docs: {
      why:
        'A shutdown is run when something is wrong as often as when all is well. One job that hangs, one connection that a client keeps open, and the process neither serves nor ends: the deploy ' +
        'stalls until somebody kills it, and what the shutdown was to save is lost after all.',
      instead:
        'Give the whole wait one deadline, and say what happens then: `setTimeout(() => process.exit(1), 10_000).unref()` in the handler, `while (active > 0 && Date.now() < deadline)` in a loop, or ' +
        'one `AbortSignal.timeout(ms)` that all steps share. A deadline for each step or item does not bound the sum.',
      limits:
        'Whatever looks like a deadline counts as one: a race, a timer that acts, a look at the time, a name such as `timeout` or `abort`. Handlers of process signals are followed through calls in view; ' +
        'the end of a class that waits with no deadline is only reported at `all` where no such handler reaches it, since its callers may bound it.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (is.sourceFile(flow.node)) return;
    const shutdown = processShutdowns(ctx.model).find(({ reach }) => reach.has(flow.node as FunctionNode));
    const loops = drainLoops(flow, ctx.model);
    if (shutdown && checkProcess(shutdown, flow.node, loops, ctx)) return;
    const end = endOf(flow.node, ctx.model);
    if (!end) return;
    if (!loops.some((loop) => checkLoop(loop, end, flow, ctx))) checkClose(end, flow, ctx);
  },
});

// ── the end of the process ──

/** The first wait of a shutdown speaks for all: they share the deadline that is missing. */
function checkProcess(shutdown: ProcessShutdown, fn: FunctionNode, loops: readonly DrainLoop[], { model, report }: Context): boolean {
  const { event, call, reach } = shutdown;
  const first = firstWait(shutdown, model);
  if (!first || first.fn !== fn) return false;
  const way = wayTo(fn, reach);
  if ([...reach.keys()].some((each) => hasTimer(each, model)) || [fn, ...way.map((step) => ownerIn(step, reach))].some((each) => hasDeadline(each, model))) return false;
  const loop = loops.find((each) => each.loop === first.node);
  const trace: TraceStep[] = [{ at: call, text: `${event} starts the shutdown` }, ...way.map((step) => ({ at: step, text: `${shortText(step.expression)}() is part of it` }))];
  if (loop) report({ message: 'processDrain', at: loop.loop.getFirstToken() ?? loop.loop, subject: loop.loop, data: { event, condition: loop.condition }, trace: [...trace, { at: loop.wait.node, text: 'waits here, turn by turn' }] });
  else if (first.wait) report({ message: 'process', at: first.wait.at, subject: first.wait.subject, data: { event, what: first.wait.text }, trace: [...trace, { at: first.wait.at, text: 'waits here for as long as it takes' }] });
  return true;
}

function firstWait({ reach }: ProcessShutdown, model: SemanticModel): { readonly fn: FunctionNode; readonly node: ts.Node; readonly wait?: WorkWait } | undefined {
  for (const fn of reach.keys()) {
    const loop = drainLoops(model.flow(fn), model).find(({ takes }) => !takes);
    if (loop) return { fn, node: loop.loop };
    for (const step of stepsIn(fn, model)) {
      const wait = workWaitOf(step, model) ?? keptWaitOf(step, model) ?? endingWaitOf(step, model);
      if (wait) return { fn, node: step, wait };
    }
  }
  return undefined;
}

/** The calls that lead from a handler to the function. */
function wayTo(fn: FunctionNode, reach: ProcessShutdown['reach']): readonly CallNode[] {
  const way: CallNode[] = [];
  for (let step = reach.get(fn); step; step = reach.get(ownerIn(step, reach))) way.unshift(step);
  return way;
}

function ownerIn(node: ts.Node, reach: ProcessShutdown['reach']): FunctionNode {
  let root: FlowRoot = enclosingRoot(node);
  while (!is.sourceFile(root) && !reach.has(root)) root = enclosingRoot(root);
  return root as FunctionNode;
}

// ── the end of an instance or a module ──

const END_NAME = /^(?:close|stop|shutdown|terminate|dispose|destroy|quit|teardown|gracefulShutdown|drainAnd\w+|\[Symbol\.asyncDispose\])$/;

/** The name of the end that the function is, or that reaches it. */
function endOf(fn: FunctionNode, model: SemanticModel): string | undefined {
  const owner = model.classOf(fn);
  const disposal = owner?.disposals.find(({ method }) => owner.reach(method).has(fn));
  const name = functionName(fn).replace(/^.*\./, '');
  return disposal?.name ?? (END_NAME.test(name) ? name : undefined);
}

function checkLoop({ loop, wait, condition, takes }: DrainLoop, end: string, flow: FunctionFlow, { model, report }: Context): boolean {
  const perTurn = takes && deadlineIn(loop, model);
  if ((takes && !perTurn) || hasDeadline(flow.node, model, perTurn ? loop : undefined) || isBoundedByCaller(flow.node, model)) return false;
  report({
    message: perTurn ? 'perTurn' : 'drain',
    at: loop.getFirstToken() ?? loop,
    subject: loop,
    data: { end, condition },
    trace: [
      { at: loop, text: `${functionName(flow.node)} loops here` },
      ...(takes ? [{ at: takes, text: 'takes one item on each turn' }] : []),
      { at: perTurn ?? wait.node, text: perTurn ? 'this deadline begins anew on each turn' : 'waits here, and nothing ends the wait but the work itself' },
    ],
  });
  return true;
}

function deadlineIn(loop: ts.IterationStatement, model: SemanticModel): ts.Node | undefined {
  let found: ts.Node | undefined;
  forEachDescendant(loop, (node) => {
    if (is.callOrNew(node) && model.call(node).effects.deadline) found ??= node;
  });
  return found;
}

function checkClose(end: string, flow: FunctionFlow, { model, report }: Context): void {
  if (is.sourceFile(flow.node) || !model.classOf(flow.node) || hasDeadline(flow.node, model) || isBoundedByCaller(flow.node, model)) return;
  for (const step of stepsIn(flow.node, model)) {
    const wait = workWaitOf(step, model);
    if (wait) return report({ message: 'close', at: wait.at, subject: wait.subject, data: { end, what: wait.text }, trace: [{ at: wait.at, text: 'waits here for as long as the work takes' }] });
  }
}
