import {
  defineRule, enclosingRoot, functionName, is, isFunctionNode, outermostWrapper, shortText, surely,
  type CallNode, type EventOf, type FlowRoot, type FunctionFlow, type FunctionNode, type RuleContext, type SemanticModel, type SignalInScope, type ts,
} from '../../src/rule.js';
import { calledName } from '../support/promise-values.js';
import { lateLookIn } from '../support/late-look.js';
import { executorOf } from '../support/promise-executor.js';
import { carriers, mentionsAny } from '../support/signal-carriers.js';

const unused = '{name} takes {signal} and does nothing with it: an abort does not end {work}';
const messages = {
  unused: { text: unused, preset: 'recommended', severity: 'warning', precision: 'high' },
  asDeclared: { text: unused, preset: 'all', severity: 'note', precision: 'low' },
  onlyThen: { text: '{signal} is looked at only when {work} runs: an abort before that does not end the wait', preset: 'all', severity: 'note', precision: 'low' },
  short: { text: unused, preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'ignored-signal',
    family: 'cancellation',
    summary: 'a function that takes a signal and never uses it',
    question: 'cancellation',
    encodes: [],
    origin: 'Go’s contextcheck and the analyzers for .NET cancellation tokens: a parameter that promises a cancellation the body does not have.',
    docs: {
      why:
        'The signature promises that the work can be ended. The caller aborts, waits for the promise to settle, and it does so only when all is done: a user who cancelled pays for the work, ' +
        'a shutdown that aborts everything first still waits for the slowest.',
      instead:
        'Check it between the steps, `signal?.throwIfAborted()`, and hand it to those that take one. What takes none can be raced with the abort and its late result dropped. Where the work must not be ended half way, ' +
        'check once before it starts, and say so; where nothing can be cancelled, leave the parameter out.',
      limits:
        'Only functions that wait for something outside, and only where no call in them takes a signal (that is unforwarded-signal) and no loop waits (deaf-loop). Functions whose signature somebody else decides ' +
        '(methods of classes with a base or an interface, overrides, callbacks, members of object literals) are reported at all, as are signals inside an options bag, which may be taken for its other members, and waits for nothing known to take long. A name that starts with an underscore says that it is meant. A promise made by hand whose callbacks ask whether the signal has aborted, while nothing hears the abort, is reported at strict.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    const { node } = flow;
    checkExecutor(node, ctx);
    if (!isFunctionNode(node) || is.staticBlock(node) || node.parameters.length === 0 || !node.body) return;
    const waits = flow.all('await').some((event) => event.suspends !== 'micro' && event.operand !== undefined);
    const returned = waits ? [] : flow.all('call').filter(isReturned);
    if (!(waits || returned.length > 0) || flow.all('await').some((event) => event.loops.length > 0)) return;
    const signal = ctx.model.signalsInScope(node, node.body).find(({ from, node: at }) => (from === 'parameter' || from === 'options') && isIn(at, node));
    if (!signal || /^_|^req(?:uest)?\b/.test(signal.text) || isUsed(signal, node, ctx.model)) return;
    // What is a promise is for types to say: asked last.
    if (waits || returned.some((event) => isHandedBack(event, ctx.model))) check(signal, node, flow, ctx);
  },
});

function check(signal: SignalInScope, fn: FunctionNode, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const calls = flow.all('call').filter(({ call }) => enclosingRoot(call) === fn);
  // Whoever is not given the signal and takes one is reported there.
  if (calls.some(({ call }) => surely(model.signalParameter(call)?.accepts ?? 'no') || isOwnName(call, fn))) return;
  const all = calls.filter((event) => event.awaited || isHandedBack(event, model)).map(({ call }) => call);
  const outside = all.filter((call) => isLong(call, model));
  const named = outside.length > 0 ? outside : all;
  const first = named[0];
  if (!first) return;
  ctx.report({
    message: outside.length === 0 || isOfBag(signal) ? 'short' : isDecidedElsewhere(fn, model) ? 'asDeclared' : 'unused',
    at: signal.node,
    subject: signal.node,
    data: { name: functionName(fn), signal: signal.text, work: listed(named) },
    trace: [{ at: signal.node, text: `${signal.text} comes in here, and nothing in the body looks at it` }, ...named.slice(0, 3).map((call) => ({ at: call, text: 'waits here, whether or not the caller still does' }))],
  });
}

/** A promise made by hand that an abort settles only when something else does. */
function checkExecutor(fn: FlowRoot, ctx: Context): void {
  const executor = executorOf(fn, ctx.model);
  const late = executor && lateLookIn(executor, ctx.model);
  if (!late) return;
  const { signal, look, taker } = late;
  const work = `the callback of ${calledName(taker).getText()}()`;
  ctx.report({
    message: 'onlyThen', at: look, subject: signal.node, data: { name: functionName(fn), signal: signal.text, work },
    trace: [
      { at: signal.node, text: `${signal.text} is in scope from here` },
      { at: calledName(taker), text: 'the promise waits for this to call back' },
      { at: look, text: 'whether the caller has given up is asked only then' },
    ],
  });
}

/** `return work()`: whoever has the signal waits for it. */
function isHandedBack(event: EventOf<'call'>, model: SemanticModel): boolean {
  return isReturned(event) && surely(model.isPromise(event.call));
}

function isReturned({ call }: EventOf<'call'>): boolean {
  const { parent } = outermostWrapper(call);
  return is.return(parent) || is.arrowFunction(parent);
}

function listed(calls: readonly CallNode[]): string {
  const names = [...new Set(calls.map((call) => `${calledName(call).getText()}()`))];
  return names.length > 2 ? `${names.slice(0, 2).join(', ')} and ${names.length - 2} more` : names.join(' and ');
}

function isIn(node: ts.Node, fn: FunctionNode): boolean {
  return 'parameters' in fn && fn.parameters.some((parameter) => node.pos >= parameter.pos && node.end <= parameter.end);
}

/** Any mention of the signal, or of the bag that it comes in as a whole. */
function isUsed(signal: SignalInScope, fn: FunctionNode, model: SemanticModel): boolean {
  const known = carriers(signal, fn, model);
  // `progress.race(work)` where `progress.signal` is the signal: its owner knows of it.
  const owner = isOfBag(signal) ? new RegExp(`\\b${signal.node.getText()}\\??\\.\\w+(?:\\?\\.)?\\(`) : undefined;
  if (fn.body && owner?.test(fn.body.getText())) return true;
  if (fn.body && (mentionsAny(fn.body, known, model) || /\barguments\b/.test(fn.body.getText()))) return true;
  return 'parameters' in fn && fn.parameters.some(({ initializer }) => initializer !== undefined && mentionsAny(initializer, known, model));
}

/** `options.signal`: the bag may have been taken for its other members. */
const isOfBag = ({ text }: SignalInScope): boolean => text.includes('.');

function isLong(call: CallNode, model: SemanticModel): boolean {
  return model.call(call).effects.sleeps === true || [...model.ioOf(call)].some((kind) => kind !== 'cpu');
}

function isOwnName(call: CallNode, fn: FlowRoot): boolean {
  return isFunctionNode(fn) && fn.name !== undefined && shortText(calledName(call)) === fn.name.getText();
}

/** The parameters are there because a type, a base or a caller asks for them. */
function isDecidedElsewhere(fn: FunctionNode, model: SemanticModel): boolean {
  if (is.functionExpression(fn)) return !is.variableDeclaration(fn.parent) || fn.parent.type !== undefined || model.callbackOf(fn) !== undefined;
  if (!is.method(fn)) return false;
  return !is.classLike(fn.parent) || (fn.parent.heritageClauses?.length ?? 0) > 0 || (fn.modifiers?.some((each) => each.getText() === 'override') ?? false);
}
