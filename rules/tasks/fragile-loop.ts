import { defineRule, enclosingRoot, is, isFunctionNode, shortText, skipWrappers, type CallNode, type FunctionNode, type RuleContext, type ts } from '../../src/rule.js';
import { fragileLoopIn, isDetached, onlyLogs, type BackgroundLoop } from '../support/background-loop.js';
import { calledName, derivation } from '../support/promise-values.js';

const messages = {
  loop: { text: 'this loop ends for good when {step} fails once: the failure {fate}', preset: 'strict', severity: 'warning', precision: 'medium' },
  timer: { text: 'this is not set up again when {step} fails once: the failure {fate}', preset: 'strict', severity: 'warning', precision: 'medium' },
  items: { text: 'no further item is taken when {step} fails once: the failure {fate}', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'fragile-loop',
    family: 'tasks',
    summary: 'a background loop that the first failure ends without a word',
    question: 'lost-rejection',
    encodes: [],
    origin: 'Pollers and consumers started once with `.catch(log)`, found dead weeks later.',
    cwe: [755, 391],
    docs: {
      why:
        'A background loop that is started once and never awaited is expected to run as long as the process does. Where a step of it fails and nothing inside the loop catches that, the loop ' +
        'is over. The handler at its start logs one line, and everything else looks healthy: the process is up, its health check is green, and nobody polls, ' +
        'renews, consumes or cleans up any more.',
      instead:
        'Catch inside the loop, so that one failed turn is one failed turn: `while (running) { try { await turn(); } catch (error) { log(error); await pause(); } }`. Where the loop shall ' +
        'end with its failure, let its owner know: set its state, emit the error, stop the service. Set a timer up again in `finally`.',
      limits:
        'Loops without a condition or on a flag that others set, timers that set themselves up again, and at all loops over async iterables, started with a handler that only logs or does nothing. ' +
        'A handler that does anything else is taken to restart the loop or to tell somebody. Loops that read a stream end with it. Where no handler is ' +
        'there at all, the rejection ends the process: floating-promise reports that.',
    },
    messages,
  },
  onNode: {
    CallExpression: (node, ctx) => {
      const call = node as ts.CallExpression;
      if (!is.propertyAccess(call.expression) || !/^(catch|then)$/.test(call.expression.name.text)) return;
      const link = derivation(call);
      const handler = link?.handlers[link.method === 'catch' ? 0 : 1];
      const started = link && skipWrappers(link.source);
      if (!handler || !started || !is.call(started) || !isDetached(call, ctx.model)) return;
      const fate = onlyLogs(handler);
      const bodies = fate ? ctx.model.call(started).targets : [];
      for (const fn of bodies) report(fragileLoopIn(fn, ctx.model), started, handler, fate ?? 'nothing', ctx);
    },
    TryStatement: (node, ctx) => {
      const { tryBlock, catchClause } = node as ts.TryStatement;
      const fn = enclosingRoot(node);
      if (!catchClause || !isFunctionNode(fn) || !tryBlock.statements.some((statement) => is.iteration(statement))) return;
      const fate = onlyLogs(catchClause.block);
      const loop = fate && isLastOf(node, fn) ? fragileLoopIn(fn, ctx.model, tryBlock) : undefined;
      const started = loop && startOf(fn, ctx);
      if (started && loop.again !== 'timer') report(loop, started, catchClause, fate ?? 'nothing', ctx);
    },
  },
});

/** Nothing comes after it: with the catch, the function is over. */
function isLastOf(node: ts.Node, fn: FunctionNode): boolean {
  return fn.body !== undefined && is.block(fn.body) && fn.body.statements.at(-1) === node;
}

/** The call that starts the loop, in view and detached; undefined where somebody waits for it. */
function startOf(fn: FunctionNode, ctx: Context): CallNode | undefined {
  const callers = ctx.model.callersOf(fn);
  return callers.length > 0 && callers.every((call) => isDetached(call, ctx.model)) ? callers[0] : undefined;
}

function report(found: BackgroundLoop | undefined, started: CallNode, handler: ts.Node, fate: 'logs' | 'nothing', ctx: Context): void {
  if (!found || found.step.getSourceFile() !== ctx.file.source) return;
  const { loop, step, again } = found;
  const end = fate === 'logs' ? 'is only logged' : 'is dropped';
  ctx.report({
    message: again,
    at: is.call(loop) ? calledName(loop) : loop.getFirstToken() ?? loop,
    subject: loop,
    data: { step: shortText(step), fate: end },
    trace: [
      { at: calledName(started), text: 'it is started here, and nobody waits for it' },
      { at: calledName(step), text: 'a failure here leaves the loop: nothing inside it catches' },
      { at: handler.getFirstToken() ?? handler, text: `here the failure ${end}, and nothing starts the loop again` },
    ],
  });
}
