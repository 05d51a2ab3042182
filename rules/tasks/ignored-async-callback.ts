import { defineRule, enclosingRoot, is, isAsync, isFunctionNode, shortText, skipWrappers, surely, type CallNode, type FlowEvent, type FunctionNode, type RuleContext, type TraceStep, type ts } from '../../src/rule.js';
import { callbackGiven, mayBeCallback, type CallbackEffect } from '../support/callback-given.js';
import { endsWithRejections, lostRejection, onHost } from '../support/lost-rejection.js';
import { calledName } from '../support/promise-values.js';
import { rejectionShownIn } from '../support/rejection-origin.js';

const messages = {
  ...lostRejection({
    ignored: '{callee} drops the promise of {callback}, and nobody handles its rejection',
  }),
  neverSettles: { text: 'a failure in this async executor is lost, and the promise never settles', preset: 'all', severity: 'note', precision: 'low' },
  misread: { text: '{callee} reads the promise of {callback} as its result', preset: 'recommended', severity: 'error', precision: 'high' },
  whileEnding: { text: '{callee} drops the promise of {callback}: a rejection cuts the shutdown short', preset: 'all', severity: 'note', precision: 'low' },
  voidSlot: { text: '{callee} expects a function that returns nothing: nobody handles a rejection of {callback}', preset: 'all', severity: 'note', precision: 'low' },
  voidSlotInView: { text: '{callee} expects a function that returns nothing: nobody handles a rejection of {callback}', preset: 'all', severity: 'note', precision: 'low' },
  maybe: { text: '{callee} drops the promise of {callback}, should it reject', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'ignored-async-callback',
    family: 'tasks',
    summary: 'an async function given where its promise is dropped',
    question: 'lost-rejection',
    encodes: ['RM-C2'],
    cwe: [248, 252, 755],
    docs: {
      why:
        'forEach, emitters, timers and event targets call their callback and look at nothing it returns. An async callback returns at its first ' +
        'await: the caller takes the work for done, and a rejection afterwards has no handler, which ends a Node process. A comparison, filter or ' +
        'some() is worse off still: it takes the promise itself for the answer, and a promise is always truthy. An async executor of a promise that fails ' +
        'leaves that promise pending for ever.',
      instead:
        'Use `for … of` with await, or `await Promise.all(items.map(…))`. In listeners and timers, put a try around the whole body or hand the ' +
        'promise to a handler, `on("change", (file) => { rebuild(file).catch(report); })`. Filter with answers that have been awaited before.',
      limits:
        'Which callees drop the result is model data: the language, node and the libraries described there. Callees that no model knows are judged by ' +
        'their type: a callback of type void is dropped, unless the body in view awaits it. Frameworks whose handlers may or may not be awaited ' +
        '(express, React) are left out. A callback whose body is not in view is not reported, nor one ' +
        'in a spread list. Of functions that are not async only arrow functions that pass a promise on are looked at where the type decides.',
    },
    messages,
  },
  onNode: {
    CallExpression: (node, ctx) => checkCall(node as ts.CallExpression, ctx),
    NewExpression: (node, ctx) => checkCall(node as ts.NewExpression, ctx),
  },
});

function checkCall(call: CallNode, ctx: Context): void {
  const args = call.arguments?.filter(mayBeCallback) ?? [];
  if (args.length === 0) return;
  const { effects, targets } = ctx.model.call(call);
  for (const callback of effects.callbacks ?? []) {
    if (callback.result === 'ignored' || callback.misreadsPromise) checkCallback(call, callback, ctx);
  }
  // What takes a listener off does not call it.
  if (effects.callbacks || effects.unsubscribe || TAKES_OFF.test(calledName(call).getText()) || !endsWithRejections(ctx.file)) return;
  for (const given of args) {
    const fn = ctx.model.functionsOf(given).find((each) => givesPromise(each, ctx));
    const isAwaited = targets.some((target) => ctx.model.summary(target).callsParameter.get(call.arguments!.indexOf(given)) === 'awaited');
    if (fn && !isAwaited && surely(ctx.model.isVoidReturning(given))) checkVoidSlot(call, given, fn, targets.length > 0, ctx);
  }
}

const TAKES_OFF = /^(?:off|remove(?:Event)?Listener)$/;

/** Says so itself, or is an arrow function that passes a promise on. */
function givesPromise(fn: FunctionNode, { model }: Context): boolean {
  return isAsync(fn) || (is.arrowFunction(fn) && !is.block(fn.body) && is.call(skipWrappers(fn.body)) && surely(model.isAlwaysPromise(fn.body)));
}

function checkCallback(call: CallNode, callback: CallbackEffect, ctx: Context): void {
  const { model } = ctx;
  const given = callbackGiven(call, callback);
  // Predicates are many and rarely asynchronous: only those that say so are looked at.
  if (!given) return;
  const bodies = model.functionsOf(given);
  const fn = bodies.find((each) => (callback.misreadsPromise ? givesPromise(each, ctx) : isAsync(each) || surely(model.summary(each).returnsPromise)));
  if (!fn) {
    if (callback.misreadsPromise && bodies.length === 0 && is.identifier(given) && surely(model.returnsPromise(given))) report(call, given, 'misread', undefined, ctx);
    return;
  }
  const { canReject } = model.summary(fn);
  const shown = surely(canReject) ? rejectionShownIn(model, fn) : undefined;
  const isExecutor = is.new(call) && !!model.call(call).effects.promise;
  if ((isExecutor && handsSettlersOn(fn)) || isAtExit(call)) return;
  if (callback.misreadsPromise) report(call, given, 'misread', shown, ctx);
  else if (shown && endsProcess(call) && cutsNothing(shown, fn, ctx)) return;
  else if (shown) report(call, given, isExecutor ? 'neverSettles' : endsProcess(call) ? 'whileEnding' : onHost('ignored', call, ctx), shown, ctx);
  // What a function that is not async does before it returns its promise may throw: that is no rejection.
  else if (canReject !== 'no' && isAsync(fn) && !isExecutor) report(call, given, 'maybe', shown, ctx);
}

/** `new Promise((resolve) => client.set(key, value, resolve))`: whoever has the settler answers for the failure too. */
function handsSettlersOn(fn: FunctionNode): boolean {
  if (!is.arrowFunction(fn) || isAsync(fn) || is.block(fn.body)) return false;
  const settlers = fn.parameters.map(({ name }) => name.getText());
  const value = skipWrappers(fn.body);
  return is.call(value) && value.arguments.some((argument) => settlers.includes(argument.getText()));
}

/** Nothing asynchronous runs any more, and so nothing rejects. */
function isAtExit(call: CallNode): boolean {
  return /^process\.(?:on|once|addListener)$/.test(call.expression.getText()) && /^.exit.$/.test(call.arguments?.[0]?.getText() ?? '');
}

/** A signal's handler: the process is to end, and does so by an unhandled rejection too. */
function endsProcess(call: CallNode): boolean {
  const event = call.arguments?.[0];
  return event !== undefined && is.stringLiteral(event) && (/^SIG[A-Z]+$/.test(event.text) || event.text === 'beforeExit');
}

/** After the step that rejects, the handler would only say so and exit: the process ends either way. */
function cutsNothing([step]: readonly TraceStep[], fn: FunctionNode, { model }: Context): boolean {
  const flow = model.flow(fn);
  const failing = step && flow.events.find((event) => (event.kind === 'await' || event.kind === 'call') && event.node.pos <= step.at.pos && step.at.end <= event.node.end && enclosingRoot(step.at) === fn);
  const matters = (event: FlowEvent): boolean => event.kind === 'call' && event !== failing && !LOGS.test(event.call.expression.getText()) && !(event.call.pos <= step!.at.pos && step!.at.end <= event.call.end) && model.call(event.call).effects.never !== true;
  return failing !== undefined && !flow.pathTo(failing, matters, { throws: 'none' });
}

const LOGS = /^(?:console|.*\blog(?:ger)?)\b|^process\.(?:stdout|stderr)\b|\.(?:debug|info|warn|error|trace|log)$/i;

/** No model knows the callee, but its type says that it looks at no result. */
function checkVoidSlot(call: CallNode, given: ts.Expression, fn: FunctionNode, isInView: boolean, ctx: Context): void {
  const shown = surely(ctx.model.summary(fn).canReject) ? rejectionShownIn(ctx.model, fn) : undefined;
  if (shown) report(call, given, isInView ? 'voidSlotInView' : 'voidSlot', shown, ctx);
}

function report(call: CallNode, given: ts.Expression, message: keyof typeof messages, shown: readonly TraceStep[] | undefined, ctx: Context): void {
  const at = calledName(call);
  const callee = shortText(call.expression);
  const start = message === 'neverSettles' ? 'the executor returns a promise, and nothing looks at it' : `${callee} gets a callback that returns a promise`;
  ctx.report({
    message,
    at,
    subject: given,
    data: { callee, callback: callbackName(given) },
    trace: [{ at, text: start }, ...(shown ?? [])],
  });
}

function callbackName(given: ts.Expression): string {
  const value = skipWrappers(given);
  if (!isFunctionNode(value)) return shortText(value);
  return isAsync(value) ? 'its async callback' : 'its callback';
}
