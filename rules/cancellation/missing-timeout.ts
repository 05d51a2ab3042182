import {
  defineRule, enclosingRoot, is, outermostWrapper, shortText, skipWrappers, surely,
  type CallNode, type EventOf, type FlowRoot, type FunctionFlow, type FunctionNode, type RuleContext, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { isWaitedFor } from '../support/awaited-calls.js';
import { endedByServerOnly } from '../support/blocking-read.js';
import { hasRace, isBoundedByCaller } from '../support/deadline.js';
import { endlessCall, type EndlessCall } from '../support/endless-wait.js';
import { holdsOption } from '../support/held-options.js';
import { processShutdowns } from '../support/process-shutdown.js';
import { calledName } from '../support/promise-values.js';

const messages = {
  request: { text: '{call} has no deadline, and a {event} waits for it: {client} {otherwise}', preset: 'all', severity: 'note', precision: 'low' },
  shutdown: { text: '{call} has no deadline, and {event} waits for it: {client} {otherwise}', preset: 'all', severity: 'note', precision: 'low' },
  call: { text: '{call} has no deadline: {client} {otherwise}', preset: 'strict', severity: 'warning', precision: 'medium' },
  minutes: { text: '{call} has no deadline: {client} {otherwise}', preset: 'all', severity: 'note', precision: 'medium' },
  browser: { text: '{call} has no deadline: {client} {otherwise}', preset: 'all', severity: 'note', precision: 'low' },
  client: { text: '{call} sets no limit to its calls: {client} {otherwise}', preset: 'all', severity: 'note', precision: 'medium' },
  serverOnly: { text: 'only the server ends {call}: when the connection is cut off without a word, or the command is sent once more after a reconnect, the answer may never come', preset: 'all', severity: 'note', precision: 'low' },
  onlyTells: { text: 'the timeout of {call} only emits an event, and nothing listens to it: {client} {otherwise}', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'missing-timeout',
    family: 'cancellation',
    summary: 'waits for the network with neither a signal nor a timeout',
    question: 'cancellation',
    encodes: ['RG-2', 'RG-16'],
    cwe: [400, 1088],
    docs: {
      why:
        'A server that is down refuses the connection; one that hangs accepts it and says nothing. Whoever waits for it then waits with it: the request, the job, the connection from the pool and the ' +
        'memory of each. They pile up behind one slow neighbour until this service is down as well. Most clients set no limit, or one of minutes.',
      instead:
        'Give each call a limit that fits its work: `fetch(url, { signal: AbortSignal.timeout(5_000) })`, joined with the caller’s signal where there is one; or give the client one for all its calls. The `timeout` of ' +
        '`http.request` and of sockets only tells: listen to `timeout` and destroy the request there.',
      limits:
        'Clients with a model. Silent where a signal is in scope (unforwarded-signal speaks of that), where options or the client come from elsewhere and may hold a limit (what a function in view hands to the callback that makes the call is looked at), and where a timer or a race stands in the ' +
        'same function or around its callers. Waits that end after minutes are reported at all, and so are the blocking reads of Redis, which are known by their names. Clients of databases are reported once, where they are made, at all; so are calls whose limit may have been set to a client that is out of view; code for browsers, where the user is the limit, at all too.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const event of flow.all('call')) {
      if (enclosingRoot(event.call) !== flow.node) continue;
      check(event, flow, ctx);
      checkBlockingRead(event.call, flow, ctx);
    }
  },
});

function check({ call, effects }: EventOf<'call'>, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  if (!effects.endless && model.call(call).targets.length !== 1) return;
  const found = endlessCall(call, model);
  if (!found) return;
  const { isClient = false, members } = found.endless;
  if (!isClient && (hasSignal(call, model) || isBoundedAround(call, flow, model))) return;
  if (members ? endsItself(call, found.endless, model) : !isClient && !isWaitedFor(call, model)) return;
  report(call, found, flow, ctx);
}

function checkBlockingRead(call: CallNode, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  if (!endedByServerOnly(call, model) || !isWaitedFor(call, model) || isBoundedAround(call, flow, model)) return;
  ctx.report({ message: 'serverOnly', at: calledName(call), subject: call, data: { call: callText(call) }, trace: [{ at: call, text: 'the client has no clock of its own for this wait' }] });
}

/** A signal of this function or of one around it is for unforwarded-signal to ask about. */
function hasSignal(call: CallNode, model: SemanticModel): boolean {
  for (let at: ts.Node = call; ; at = enclosingRoot(at)) {
    if (is.sourceFile(at)) return false;
    const root = enclosingRoot(at);
    // That the client goes away ends no wait while it stays.
    if (model.signalsInScope(root, at).some(({ from }) => from !== 'request')) return true;
    if (is.sourceFile(root)) return false;
  }
}

/** A race or a timer beside it, here or in a caller, or a call around it that is named for its limit: `withTimeout(fetch(url), 500)`. */
function isBoundedAround(call: CallNode, { node: fn }: FunctionFlow, model: SemanticModel): boolean {
  for (let at: ts.Node = call; at !== fn && !is.sourceFile(at); at = at.parent) {
    if (is.callOrNew(at.parent) && at.parent.expression !== at && TAKES_LIMIT.test(at.parent.expression.getText())) return true;
  }
  for (let root: FlowRoot = fn; !is.sourceFile(root); root = enclosingRoot(root)) {
    if (hasRace(root, model) || isBoundedByCaller(root, model)) return true;
    const taken = model.callbackOf(root);
    if (taken && TAKES_LIMIT.test(taken.call.expression.getText())) return true;
  }
  return false;
}

const TAKES_LIMIT = /time(?:d?_?out|Limit)|deadline|abort|cancel|race|circuit|breaker/i;

/** What the call returns is ended by the program, listens to its timeout, or goes where somebody may end it. */
function endsItself(call: CallNode, { members = [] }: EndlessCall['endless'], model: SemanticModel): boolean {
  const outer = outermostWrapper(call);
  const { parent } = outer;
  const kept = (is.variableDeclaration(parent) || is.propertyDeclaration(parent)) && parent.initializer === outer ? parent.name : is.assignment(parent) && parent.right === outer ? lastName(parent.left) : undefined;
  if (!kept) return isEnding(outer, members);
  if (!is.identifier(kept) && !is.privateIdentifier(kept)) return true;
  // Fields by their name, in whatever object.
  const symbol = is.propertyAccess(kept.parent) || is.propertyDeclaration(kept.parent) ? undefined : model.symbolOf(kept);
  const isSame = (id: ts.Node): boolean => id !== kept && (symbol === undefined || model.symbolOf(id) === symbol);
  return model.identifiersNamed(kept.text).some((id) => isSame(id) && isEnding(is.propertyAccess(id.parent) && id.parent.name === id ? id.parent : id, members));
}

function lastName(target: ts.Expression): ts.Node {
  const place = skipWrappers(target);
  return is.propertyAccess(place) ? place.name : place;
}

/** Follows a chain such as `get(url).on('error', f).on('timeout', g)`; what is passed on may be ended there. */
function isEnding(value: ts.Node, members: readonly string[]): boolean {
  const outer = outermostWrapper(value);
  const { parent } = outer;
  if (is.variableDeclaration(parent) || is.propertyDeclaration(parent)) return parent.name !== outer;
  if (is.assignment(parent)) return parent.left !== outer;
  if (!is.propertyAccess(parent) || parent.expression !== outer) return !is.expressionStatement(parent);
  if (members.includes(parent.name.text)) return true;
  if (!is.call(parent.parent) || !/^(?:on|once|addListener|end)$/.test(parent.name.text)) return false;
  const event = parent.parent.arguments[0];
  return (event && parent.name.text !== 'end' && (!is.stringLiteral(event) || event.text === 'timeout')) || isEnding(parent.parent, members);
}

function report(call: CallNode, { endless, inner }: EndlessCall, { node: fn }: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const remote = model.remoteEvent(fn);
  const shutdown = processShutdowns(model).find(({ reach }) => reach.has(fn as FunctionNode));
  const tells = endless.raises !== undefined && (call.arguments ?? []).some((given) => surely(holdsOption(given, new Set([endless.raises!]), model)));
  const message = tells ? 'onlyTells' : endless.isClient ? 'client' : ctx.file.host === 'browser' ? 'browser' : shutdown ? 'shutdown' : remote && !endless.setAsOption ? 'request' : / minutes /.test(endless.otherwise) || endless.setAsOption ? 'minutes' : 'call';
  const steps: TraceStep[] = message === 'shutdown' ? [{ at: shutdown!.call, text: `${shutdown!.event} starts the shutdown` }]
    : message === 'request' ? [{ at: remote!.node, text: remote!.text }, ...remote!.calls.map((at) => ({ at, text: `${shortText(at.expression)}() is part of it` }))] : [];
  ctx.report({
    message,
    at: calledName(call),
    subject: call,
    data: { call: callText(call), client: endless.client, otherwise: endless.otherwise, event: message === 'shutdown' ? shutdown!.event : (remote?.kind ?? '') },
    trace: [...steps, { at: call, text: tells ? 'its timeout ends nothing' : 'this is given no limit' }, ...(inner ? [{ at: inner, text: 'and hands none on to this' }] : [])],
  });
}

function callText(call: CallNode): string {
  const callee = shortText(call.expression);
  return is.new(call) ? `new ${callee}(…)` : `${callee}(…)`;
}
