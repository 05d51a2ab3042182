import {
  defineRule, enclosingRoot, functionName, is, outermostWrapper, shortText, skipWrappers, surely,
  type CallNode, type EventOf, type FunctionFlow, type RuleContext, type SemanticModel, type SignalInScope, type TraceStep, type ts,
} from '../../src/rule.js';
import { FLOWS, isWaitedFor, waitsForLong } from '../support/awaited-calls.js';
import { calledName } from '../support/promise-values.js';
import { handedOn } from '../support/signal-fix.js';
import { CLEAN_UP, carriers, handsOn, mentionsAny, type Carriers } from '../support/signal-carriers.js';
import { sharedWaits, signalOffered } from '../support/signal-lost.js';
import { siblingGiven } from '../support/signal-siblings.js';

const messages = {
  lost: { text: '{call} is not given {signal}: it goes on when the caller has given up', preset: 'recommended', severity: 'error', precision: 'high' },
  request: { text: 'the request that goes to {call} is made without {signal}: it goes on when the caller has given up', preset: 'recommended', severity: 'error', precision: 'high' },
  accepts: { text: '{call} takes a signal and is not given {signal}', preset: 'all', severity: 'note', precision: 'low' },
  amongSiblings: { text: '{call} is not given {signal}, though {sibling} is given one', preset: 'all', severity: 'note', precision: 'low' },
  shared: { text: 'this waits for {call}, which another call may have started, and an abort of {signal} does not end the wait', preset: 'all', severity: 'note', precision: 'medium' },
  offered: { text: '{call} is not given {signal}: {sibling} hands it to {taker}, which does not take it', preset: 'all', severity: 'note', precision: 'medium' },
  ofInstance: { text: '{call} takes a signal and is not given {signal}', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'unforwarded-signal',
    family: 'cancellation',
    summary: 'awaited call that takes a signal and is not given the one in scope',
    question: 'cancellation',
    encodes: ['RG-1', 'RG-4', 'RG-13', 'RG-15', 'PS-C4', 'PS-K4'],
    docs: {
      why:
        'The caller aborts and stops waiting; the request, the stream or the sleep does not. It holds its connection, costs money at the other end, and delays a shutdown until it ends by itself. ' +
        'A signal is only as good as the one call on the way that drops it.',
      instead:
        'Hand the signal on: `fetch(url, { signal })`, or the options bag as a whole. Where the call needs a deadline of its own too, derive one: ' +
        '`AbortSignal.any([signal, AbortSignal.timeout(5_000)])`. Work that must survive the abort says so best with a bound of its own: `AbortSignal.timeout(5_000)`.',
      limits:
        'Calls whose signature, library model or body in view takes a signal, and whose promise is awaited, returned or combined. Silent: options that may hold the signal already; clean-up; code that runs ' +
        'under a test of the signal; what a listener of the signal ends; a pipeline whose source was opened under it; callbacks that run later. Calls that are no known input, output or wait are reported at all, as are signals of the instance or of a request that no other call of the function is given: they may be meant for other work. Requests are those of the web, of Next, Bun, Hono and Fastify; Express and node:http have no signal: there a controller counts that a listener of the request’s or response’s close aborts, and in a worker one that a message aborts. At all, too, are calls of which no type says whether they take a signal while others like them are given one, waits for a promise that another call may have started, and functions that do not take the signal they are declared to be called with.',
    },
    messages,
    fixes: ['safe', 'unsafe'],
  },
  onFunction: (flow, ctx) => {
    if (is.sourceFile(flow.node) || CLEAN_UP.test(functionName(flow.node))) return;
    for (const event of flow.all('call')) check(event, flow, ctx);
    checkOthers(flow, ctx);
  },
});

function check(event: EventOf<'call'>, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const { call, effects } = event;
  if (event.cleanup || effects.subscribe || effects.combinator || effects.derivesSignal) return;
  const inScope = model.signalsInScope(flow.node, call);
  if (inScope.length === 0 || !isWaitedFor(call, model)) return;
  const parameter = model.signalParameter(call);
  const request = requestMadeFor(call, model);
  if (parameter?.accepts === 'unknown' && !request) return checkSiblings(event, flow, ctx);
  const signal = inScope.find((each) => each.from !== 'local');
  // A method of the instance finds its signal itself.
  if (!signal || (signal.from === 'field' && isOfInstance(call)) || CLEAN_UP.test(calledName(call).getText())) return;
  const isDropped = parameter ? surely(parameter.accepts) && parameter.given === 'no' : request !== undefined;
  if (!isDropped || model.call(call).targets.some((target) => target === flow.node)) return;

  const known = carriers(signal, flow.node, model, 'apart');
  if ((call.arguments ?? []).some((argument) => handsOn(argument, known, model)) || hearsOfIt(call, carriers(signal, flow.node, model), model) || isUnderTest(call, event, signal, known, flow, model)) return;
  if (endsWithSource(call, carriers(signal, flow.node, model), model)) return;
  const sibling = siblingOf(call, known, flow, model);
  // An editor's token ends with the command that it belongs to: what is short need not hear of it.
  const isShort = is.identifier(signal.node) && !waitsForLong(call, model) && surely(model.hasTrait(signal.node, 'cancellation-token'));
  const isSure = !isShort && (signal.from === 'parameter' || signal.from === 'options' || sibling !== undefined);
  ctx.report({
    message: !isSure ? 'ofInstance' : signal.from === 'field' ? 'accepts' : request ? 'request' : waitsForLong(call, model) ? 'lost' : 'accepts',
    at: calledName(request ?? call),
    subject: call,
    data: { call: callText(call), signal: signal.text, sibling: '', taker: '' },
    trace: [
      { at: signal.node, text: `${signal.text} is in scope from here` },
      ...(sibling ? [{ at: sibling, text: `${callText(sibling)} is given it` }] : []),
      ...(request && request !== call ? [{ at: request, text: 'this request is made without it' }] : []),
      { at: call, text: `an abort does not reach ${callText(call)}` },
    ],
    fix: handedOn(request ?? call, signal, model),
  });
}

// ── where no type says what the call takes ──

/** Others like it are given the signal. */
function checkSiblings(event: EventOf<'call'>, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const { call } = event;
  for (const signal of model.signalsInScope(flow.node, call)) {
    const known = carriers(signal, flow.node, model, 'apart');
    if ((call.arguments ?? []).some((argument) => handsOn(argument, known, model))) return;
    const sibling = siblingGiven(call, known, flow, model);
    if (!sibling || hearsOfIt(call, known, model) || isUnderTest(call, event, signal, known, flow, model)) continue;
    return report('amongSiblings', { call, signal: signal.text, sibling: callText(sibling), trace: [
      { at: signal.node, text: `${signal.text} is in scope from here` },
      { at: sibling, text: `${callText(sibling)} is given one` },
      { at: call, text: `an abort may not reach ${callText(call)}` },
    ] }, ctx);
  }
}

function checkOthers(flow: FunctionFlow, ctx: Context): void {
  for (const { wait, place, signal, trace } of sharedWaits(flow, ctx.model)) {
    ctx.report({ message: 'shared', at: wait.expression, subject: wait, data: { call: place, signal: signal.text, sibling: '', taker: '' }, trace });
  }
  const lost = signalOffered(flow, ctx.model);
  if (lost) report('offered', { ...lost, signal: lost.name, sibling: callText(lost.giver) }, ctx);
}

interface Lost {
  readonly call: CallNode;
  readonly signal: string;
  readonly sibling: string;
  readonly trace: readonly TraceStep[];
}

function report(message: 'amongSiblings' | 'offered', { call, signal, sibling, trace }: Lost, ctx: Context): void {
  ctx.report({ message, at: calledName(call), subject: call, data: { call: callText(call), signal, sibling, taker: functionName(enclosingRoot(call)) }, trace });
}

function isOfInstance({ expression }: CallNode): boolean {
  return is.propertyAccess(expression) && is.this(expression.expression);
}

function callText(call: CallNode): string {
  const callee = shortText(call.expression);
  return `${callee.includes('(') || callee.includes('…') ? calledName(call).getText() : callee}(…)`;
}

/** `client.send(new Request(url))`: what takes the signal is made for the call, here or in a variable. */
function requestMadeFor(call: CallNode, model: SemanticModel): ts.NewExpression | undefined {
  for (const argument of call.arguments ?? []) {
    const value = skipWrappers(model.resolveAlias(argument));
    if (!is.new(value) || !value.expression.getText().endsWith('Request')) continue;
    const parameter = model.signalParameter(value);
    if (parameter && surely(parameter.accepts) && parameter.given === 'no') return value;
  }
  return undefined;
}

/** A stream that was opened under the signal ends by it, and what it flows through with it; the body of an answer is the request's. */
function endsWithSource(call: CallNode, known: Carriers, model: SemanticModel): boolean {
  const args = (call.arguments ?? []).map((argument) => skipWrappers(argument));
  if (FLOWS.test(model.call(call).qualified ?? '') && args.some((argument) => handsOn(argument, known, model))) return true;
  return calledName(call).getText() === 'fromWeb' && args.some((argument) => is.propertyAccess(argument) && argument.name.text === 'body');
}

/** The object it is called on was made with the signal, or a call around it, or a later one, is given both: `abortable(fetch(url), signal)`. */
function hearsOfIt(call: CallNode, known: Carriers, model: SemanticModel): boolean {
  if (mentionsAny(call.expression, known, model)) return true;
  const holder = outermostWrapper(call).parent;
  if (is.variableDeclaration(holder) && is.identifier(holder.name) && mentionsAny(holder.name, known, model)) return true;
  for (let node: ts.Node = call; !is.sourceFile(node); node = node.parent) {
    const { parent } = node;
    if (!is.callOrNew(parent) || parent.expression === node) continue;
    const combines = /^all/.test(model.call(parent).effects.combinator ?? '');
    if (!combines && (parent.arguments ?? []).some((other) => mentionsBeside(other, node, known, model))) return true;
  }
  return false;
}

function mentionsBeside(argument: ts.Expression, own: ts.Node, known: Carriers, model: SemanticModel): boolean {
  if (argument !== own) return mentionsAny(argument, known, model);
  return is.arrayLiteral(argument) && argument.elements.some((element) => mentionsAny(element, known, model));
}

/** Runs only where the signal has been looked at: after an abort, or where there is none. */
function isUnderTest(call: CallNode, event: EventOf<'call'>, signal: SignalInScope, known: Carriers, flow: FunctionFlow, model: SemanticModel): boolean {
  for (let node: ts.Node = call; node !== flow.node; node = node.parent) {
    const { parent } = node;
    const test = is.if(parent) ? parent.expression : is.conditional(parent) ? parent.condition : undefined;
    if (test && test !== node && mentionsAny(test, known, model)) return true;
  }
  const guard = flow.all('guard').find(({ test }) => model.place(test)?.key === signal.key);
  const place = guard && model.place(guard.test);
  return place !== undefined && flow.pathTo(flow.entry, (e) => e === event, { truthy: [place] }) === undefined;
}

/** Another call of the function that is given the signal. */
function siblingOf(call: CallNode, known: Carriers, flow: FunctionFlow, model: SemanticModel): CallNode | undefined {
  return flow.all('call').find((other) => other.call !== call && mentionsAny(other.call, known, model) && model.signalParameter(other.call)?.given === 'yes')?.call;
}
