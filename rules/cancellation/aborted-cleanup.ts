import {
  defineRule, enclosingRoot, forEachDescendant, is, isFunctionNode, perhaps, shortText, skipWrappers,
  type CallNode, type EventOf, type FunctionFlow, type RuleContext, type SemanticModel, type SignalInScope, type ts,
} from '../../src/rule.js';
import { isWaitedFor } from '../support/awaited-calls.js';
import { hasRace } from '../support/deadline.js';
import { endlessCall } from '../support/endless-wait.js';
import { calledName } from '../support/promise-values.js';
import { CLEAN_UP, carriers, handsOn, mentionsAny, type Carriers } from '../support/signal-carriers.js';

const messages = {
  aborted: { text: '{call} cleans up under {signal}: after an abort it fails before it has begun', preset: 'all', severity: 'note', precision: 'low' },
  unbounded: { text: '{call} cleans up with no limit: after an abort of {signal} the caller waits for as long as it takes', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'aborted-cleanup',
    family: 'cancellation',
    summary: 'clean-up that waits under the signal that has aborted, or for ever',
    question: 'cancellation',
    encodes: [],
    origin: 'The checks of structured-concurrency linters for awaits in clean-up: a cancelled scope cancels its own clean-up too, unless that is shielded and bounded.',
    docs: {
      why:
        'Clean-up runs most of all when the work was aborted. Given the same signal, its calls see that it has aborted and reject at once: the lock stays taken, the upload stays half done, and the error of the clean-up ' +
        'takes the place of the first. Given no limit at all, they hold up the caller who has just said that he will not wait.',
      instead:
        'Give clean-up a signal of its own, with a bound: `await unlock(id, { signal: AbortSignal.timeout(5_000) })`. Where it may fail without harm, say so with a catch of its own.',
      limits:
        'Calls in `finally`, calls named for clean-up in `catch`, and what runs under a test that the signal has aborted or upon its abort event. Whether a call is given the signal is decided as in unforwarded-signal; with no ' +
        'limit are calls of clients with a model, as in missing-timeout.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (!isFunctionNode(flow.node)) return;
    for (const event of flow.all('call')) if (enclosingRoot(event.call) === flow.node) check(event, flow, ctx);
  },
});

function check({ call, effects }: EventOf<'call'>, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  if (effects.subscribe || effects.unsubscribe || effects.combinator || effects.derivesSignal || effects.suspends === 'micro' || isOutcome(call)) return;
  const heard = abortHeardBy(flow, model);
  if (heard && isWaitedFor(call, model) && isGivenSame(call, heard, model)) return reportHeard(call, heard, ctx);
  if (!mayBeCleanUp(call, flow) || !isWaitedFor(call, model)) return;
  for (const signal of model.signalsInScope(flow.node, call)) {
    const known = carriers(signal, flow.node, model, 'apart');
    const place = cleanUpAround(call, known, flow, model);
    if (!place) continue;
    const isGiven = perhaps(model.signalParameter(call)?.given ?? 'no') && (call.arguments ?? []).some((argument) => handsOn(argument, known, model));
    if (isGiven && isForced(call, place)) return;
    if (isGiven) return report('aborted', call, place, signal, ctx);
    const isCallers = signal.from === 'parameter' || signal.from === 'options';
    if (isCallers && place.isFinally && endlessCall(call, model) && !hasRace(flow.node, model)) return report('unbounded', call, place, signal, ctx);
  }
}

// ── upon the abort event ──

interface HeardAbort {
  readonly listens: CallNode;
  readonly signal: ts.Expression;
}

/** The function is the listener: `signal.addEventListener('abort', async () => …)`. */
function abortHeardBy({ node }: FunctionFlow, model: SemanticModel): HeardAbort | undefined {
  const taken = isFunctionNode(node) ? model.callbackOf(node) : undefined;
  const { subscribe } = taken ? model.call(taken.call).effects : {};
  const event = subscribe?.event === undefined ? undefined : taken?.call.arguments?.[subscribe.event];
  const callee = taken?.call.expression;
  if (!taken || !event || !is.stringLiteral(event) || event.text !== 'abort' || !callee || !is.propertyAccess(callee)) return undefined;
  return { listens: taken.call, signal: callee.expression };
}

/** The call takes a signal, and this one is among what it is given. */
function isGivenSame(call: CallNode, { signal }: HeardAbort, model: SemanticModel): boolean {
  if (!perhaps(model.signalParameter(call)?.given ?? 'no')) return false;
  const name = signal.getText();
  return (call.arguments ?? []).some((argument) => {
    const value = skipWrappers(argument);
    if (value.getText() === name) return true;
    return is.objectLiteral(value) && value.properties.some((each) => (is.propertyAssignment(each) ? each.initializer.getText() === name : is.shorthandPropertyAssignment(each) && each.name.text === name));
  });
}

function reportHeard(call: CallNode, { listens, signal }: HeardAbort, ctx: Context): void {
  const name = `${shortText(calledName(call))}()`;
  ctx.report({
    message: 'aborted', at: calledName(call), subject: call, data: { call: name, signal: shortText(signal) },
    trace: [{ at: calledName(listens), text: `runs when ${shortText(signal)} aborts` }, { at: call, text: `${name} is given the same signal, which has aborted` }],
  });
}

/** `Promise.reject(signal.reason)`, by whatever promise class: the outcome of the abort, and no clean-up. */
function isOutcome({ expression }: CallNode): boolean {
  return is.propertyAccess(expression) && /^(?:reject|resolve)$/.test(expression.name.text) && /Promise$/.test(expression.expression.getText());
}

interface CleanUp {
  readonly at: ts.Node;
  readonly text: string;
  readonly isFinally: boolean;
}

/** Does it stand where clean-up stands, whatever the signal? */
function mayBeCleanUp(call: CallNode, flow: FunctionFlow): boolean {
  for (let node: ts.Node = call; node !== flow.node; node = node.parent) {
    const { parent } = node;
    if (is.catchClause(node) || (is.if(parent) && parent.thenStatement === node) || (is.try(parent) && parent.finallyBlock === node)) return true;
  }
  return false;
}

const FORCE = /^(?:abort|destroy|terminate|kill)$/;

/** Where it fails, a catch of its own or the one before the finally ends the same thing at once: `stream.abort(error)`. */
function isForced({ expression }: CallNode, { at }: CleanUp): boolean {
  if (!is.propertyAccess(expression)) return false;
  const ended = expression.expression.getText();
  for (let node: ts.Node = expression; node.pos >= at.pos || is.try(node); node = node.parent) {
    if (is.try(node) && node.catchClause && endsIn(node.catchClause, ended)) return true;
    if (is.try(node) && node.finallyBlock?.getFirstToken() === at) return false;
  }
  return false;
}

function endsIn(clause: ts.CatchClause, ended: string): boolean {
  let ends = false;
  forEachDescendant(clause.block, (node) => {
    ends ||= is.propertyAccess(node) && FORCE.test(node.name.text) && node.expression.getText() === ended;
  });
  return ends;
}

/** The block that makes the call clean-up of work under the signal. */
function cleanUpAround(call: CallNode, known: Carriers, flow: FunctionFlow, model: SemanticModel): CleanUp | undefined {
  for (let node: ts.Node = call; node !== flow.node; node = node.parent) {
    const { parent } = node;
    if (is.if(parent) && parent.thenStatement === node && saysAborted(parent.expression, known, model)) return { at: parent.expression, text: 'runs only where it has aborted', isFinally: false };
    if (is.if(parent) && parent.expression !== node && mentionsAny(parent.expression, known, model)) return undefined;
    if (is.try(parent) && parent.finallyBlock === node && mentionsAny(parent.tryBlock, known, model)) return { at: parent.finallyBlock.getFirstToken() ?? node, text: 'runs after an abort too', isFinally: true };
    if (is.catchClause(node) && CLEAN_UP.test(calledName(call).getText()) && is.try(parent) && mentionsAny(parent.tryBlock, known, model)) {
      return { at: node.getFirstToken() ?? node, text: 'an abort leads here', isFinally: false };
    }
  }
  return undefined;
}

/** `signal.aborted`, alone or with more that must hold. */
function saysAborted(test: ts.Expression, known: Carriers, model: SemanticModel): boolean {
  if (is.binary(test)) return test.operatorToken.getText() === '&&' && (saysAborted(test.left, known, model) || saysAborted(test.right, known, model));
  return is.propertyAccess(test) && /^(?:aborted|isCancellationRequested)$/.test(test.name.text) && mentionsAny(test.expression, known, model);
}

function report(message: keyof typeof messages, call: CallNode, place: CleanUp, signal: SignalInScope, ctx: Context): void {
  const name = `${shortText(calledName(call))}()`;
  ctx.report({
    message,
    at: calledName(call),
    subject: call,
    data: { call: name, signal: signal.text },
    trace: [
      { at: signal.node, text: `${signal.text} is in scope from here` },
      { at: place.at, text: place.text },
      { at: call, text: message === 'aborted' ? `${name} is given the same signal, which has aborted` : `${name} waits here, and nothing ends it` },
    ],
  });
}
