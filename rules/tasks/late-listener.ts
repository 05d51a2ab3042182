import {
  defineRule, forEachDescendant, is, shortText, skipWrappers, surely,
  type EventOf, type FlowEvent, type FunctionFlow, type Path, type RuleContext, type ts,
} from '../../src/rule.js';
import { suspensionOf, waitText } from '../support/interleaving.js';
import { liveEmitter, looksAtState, settlesPromise, waitsFor, workOn, type LiveEmitter } from '../support/live-emitter.js';
import { calledName } from '../support/promise-values.js';
import { within } from '../support/settling-coverage.js';

const sure = { preset: 'recommended', severity: 'error', precision: 'high' } as const;

const messages = {
  afterWait: { text: '{event} of {target} is missed when it comes while this function waits for {wait}', preset: 'all', severity: 'note', precision: 'low' },
  afterWork: { text: '{event} of {target} is missed when it comes before {work} has settled', ...sure },
  afterFire: { text: 'what {fire} brings about is over when this listener is added', ...sure },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'late-listener',
    family: 'tasks',
    summary: 'listener added after a wait to something that may have emitted',
    question: 'settling',
    encodes: [],
    origin: 'found and fixed in public projects: a connection handler that awaits its context before it listens for messages',
    cwe: [362, 820],
    docs: {
      why:
        'An emitter does not wait for its listeners. A handler that awaits first and listens then misses the message that came meanwhile, so a request is never answered; it misses `close`, so its clean-up ' +
        'never runs; it misses `exit`, so the promise never settles; and an `error` that nobody listens for ends the process. It works on a fast machine and fails under load, when the wait takes longer ' +
        'than the first event.',
      instead:
        'Add the listeners in the turn in which the thing is made or handed over, and await inside them: start the work, keep its promise, and await it in the listener. Where the wait must come first, ' +
        'look at the state afterwards: `if (request.destroyed) return`, `if (child.exitCode !== null)`.',
      limits:
        'Things made by calls of Node and ws that the rule knows, peers handed to a connection listener, requests and responses of handlers. Data of a Node stream waits for its listener and is left out. A look at the state of the ' +
        'thing, or a listener for the same event before the wait, counts as care. Emitters kept in fields and those that come from elsewhere are not followed.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (is.sourceFile(flow.node) || flow.all('await').length === 0) return;
    for (const call of listeningCalls(flow)) check(call, flow, ctx);
    checkFired(flow, ctx);
  },
});

interface Listening {
  readonly call: ts.CallExpression;
  readonly target: ts.Expression;
  readonly event: string;
  readonly at: FlowEvent;
}

const METHOD = /^(on|once|addListener|prependListener|addEventListener)$/;

function listeningCalls(flow: FunctionFlow): readonly Listening[] {
  return flow.all('call').flatMap((at): Listening[] => {
    const { call } = at;
    const callee = skipWrappers(call.expression);
    const [event, handler] = call.arguments ?? [];
    if (!is.call(call) || !is.propertyAccess(callee) || !METHOD.test(callee.name.text) || !event || !handler || !is.stringLiteral(event)) return [];
    return [{ call, target: callee.expression, event: event.text, at }];
  });
}

function check(listening: Listening, flow: FunctionFlow, ctx: Context): void {
  const { call, target, event } = listening;
  const live = liveEmitter(target, flow, ctx.model);
  const path = live?.isLost(event) ? lateBy(listening, live, flow) : undefined;
  const wait = path && suspensionOf(path);
  if (live && wait) {
    ctx.report({
      message: 'afterWait',
      at: calledName(call),
      subject: call,
      data: { event, target: live.name, wait: waitText(wait), work: '', fire: '' },
      trace: [{ at: live.at, text: live.text }, { at: wait.node, text: `waits here for ${waitText(wait)}` }, { at: call, text: `only here ${event} has a listener` }],
    });
  } else if (!live) checkWork(listening, flow, ctx);
}

/** A way on which the function waits for something else before it listens, with no look at what has happened meanwhile. */
function lateBy({ at, event }: Listening, { name, since }: LiveEmitter, flow: FunctionFlow): Path | undefined {
  const early = listeningCalls(flow).filter((other) => other.event === event && other.at !== at && skipWrappers(other.target).getText() === name);
  // round a loop the next turn makes a thing of its own
  const cares = (e: FlowEvent): boolean => e === since || looksAtState(e, name) || early.some((other) => other.at === e);
  const isWait = (e: FlowEvent): boolean => e.kind === 'await' && e.suspends !== 'micro' && !(e.operand && (waitsFor(e.operand, name) || within(at.node, e.node)));
  return flow.pathThrough(since, isWait, (e) => e === at, { avoiding: cares, throws: 'none' });
}

// ── work on the emitter itself ──

const ANSWERS = /^(message|exit|close|data|response|result|done|finish|end|completed|failed|reply|error)$/;

/** `await child.send(job); … child.on('message', resolve)`: the answer may be there before the wait is over. */
function checkWork({ call, target, event, at }: Listening, flow: FunctionFlow, ctx: Context): void {
  const name = skipWrappers(target);
  if (!is.identifier(name) || !ANSWERS.test(event) || !settlesPromise(call, ctx.model)) return;
  const works = flow.all('await').filter((wait): wait is EventOf<'await'> => workOn(wait, name.text) !== undefined);
  const early = listeningCalls(flow).filter((other) => other.at !== at && skipWrappers(other.target).getText() === name.text && other.event === event);
  const work = works.find((wait) => flow.pathTo(wait, (e) => e === at, { avoiding: (e) => looksAtState(e, name.text) || early.some((other) => other.at === e), throws: 'none' }) && !within(call, wait.node));
  const awaited = work && workOn(work, name.text);
  if (!work || !awaited || !surely(ctx.model.hasTrait(name, 'emitter')) || early.some((other) => flow.pathTo(other.at, (e) => e === work, { throws: 'none' }))) return;
  ctx.report({
    message: 'afterWork',
    at: calledName(call),
    subject: call,
    data: { event, target: name.text, work: shortText(awaited), wait: '', fire: '' },
    trace: [{ at: awaited, text: 'the work starts, and this function waits' }, { at: call, text: `only here ${event} has a listener` }],
  });
}

// ── an event brought about by what was awaited ──

/** `await emitter.fire(x); … this.onDidRegister(() => deferred.resolve())`: what was to be waited for has happened. */
function checkFired(flow: FunctionFlow, ctx: Context): void {
  const fired = flow.all('await').flatMap((wait) => (wait.operand ? (fireIn(wait.operand)?.map((call) => ({ wait, call })) ?? []) : []));
  for (const at of fired.length > 0 ? flow.all('call') : []) {
    const { call } = at;
    const handler = call.arguments?.[0] && skipWrappers(call.arguments[0]);
    if (!is.call(call) || !/^on(Did|Will)?[A-Z]/.test(calledName(call).getText()) || !handler || !is.functionExpression(handler) || !/\bresolve\(/.test(handler.getText())) continue;
    const cause = fired.find(({ wait }) => flow.pathTo(wait, (e) => e === at, { throws: 'none' }));
    if (!cause) continue;
    const fire = shortText(cause.call);
    ctx.report({
      message: 'afterFire',
      at: calledName(call),
      subject: call,
      data: { fire, event: '', target: '', wait: '', work: '' },
      trace: [{ at: cause.call, text: 'listeners of this do the work, and it is awaited' }, { at: call, text: 'only here somebody listens for what it brings about' }],
    });
  }
}

function fireIn(operand: ts.Expression): readonly ts.CallExpression[] | undefined {
  if (!/\.(fire|emit)(Async|Serial)?\(/.test(operand.getText())) return undefined;
  const calls: ts.CallExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (is.call(node) && /^(fire|emit)(Async|Serial)?$/.test(calledName(node).getText())) calls.push(node);
  };
  visit(operand);
  forEachDescendant(operand, visit);
  return calls;
}
