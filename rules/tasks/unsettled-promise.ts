import { defineRule, is, shortText, type CallNode, type ClassModel, type RuleContext, type ts } from '../../src/rule.js';
import { calledName } from '../support/promise-values.js';
import { isRaced } from '../support/raced-promise.js';
import { deferredPromise, executorPromise, isKeptWhole, type HandMade } from '../support/settlers.js';
import { awaitedState, missedEnds, missedSource, wiringsOf, type Wiring } from '../support/settling-events.js';
import { settlingGaps, type SettlingGap } from '../support/settling-gaps.js';
import { strandedWaits } from '../support/stranded-waits.js';

const sure = { preset: 'recommended', severity: 'error', precision: 'high' } as const;

const messages = {
  executor: { text: 'this way through the executor neither resolves nor rejects', preset: 'all', severity: 'note', precision: 'low' },
  callback: { text: 'the callback of {callee} can end here without settling the promise', ...sure },
  throws: { text: 'a throw in the callback of {callee} never reaches the promise, which stays pending', preset: 'all', severity: 'note', precision: 'low' },
  mayThrow: { text: '{step} may throw in the callback of {callee}: the failure never reaches the promise', ...sure },
  onlyEvent: { text: "only '{event}' settles this promise: it stays pending when {emitter} ends with {ends}", preset: 'all', severity: 'note', precision: 'low' },
  asyncExecutor: { text: 'should {step} throw in this async executor, the promise stays pending', preset: 'all', severity: 'note', precision: 'low' },
  piped: { text: 'nothing settles this promise when {emitter}, which is piped into what it waits for, fails or closes early', ...sure },
  oneState: { text: "only '{event}' with {test} settles this promise: any other last state leaves it pending", ...sure },
  stranded: { text: '{end}() leaves who waits in {place} waiting for ever', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'unsettled-promise',
    family: 'tasks',
    summary: 'a promise made by hand that some path or event leaves pending',
    question: 'settling',
    encodes: ['RM-M4'],
    cwe: [833, 755],
    docs: {
      why:
        'A promise that nothing settles hangs whoever awaits it: no error, no log line, and no `finally` that runs. The request is never answered, the lock is ' +
        'never let go, shutdown waits for ever. Most are settled by the good event alone, and then the connection closes; or by a callback whose error branch logs and returns. A throw ' +
        'inside a callback does not reject the promise around it either: it is an uncaught exception somewhere else.',
      instead:
        'Settle on every path: `if (error) return reject(error)`, try and catch around what can throw in a callback. For events, `once(emitter, event, { signal })` of node:events also rejects on ' +
        'error; `finished(stream)` and `pipeline` know every way a stream can end. Reject what still waits in close(). Where an API has a promise form, use it.',
      limits:
        'Executors written in place and deferreds of one function, whose callbacks are given straight to the call that runs them. What hands resolve or reject to anything else (a list, a field, a timer, a signal) is taken to be settled by ' +
        'that. Which events can stay away is known for Node’s streams, sockets, requests, responses, processes and workers, and for handlers such as onload. Failures that are ' +
        'error events without any listener throw instead. What close() leaves waiting is reported at all.',
    },
    messages,
  },
  onNode: {
    NewExpression: (node, ctx) => {
      const made = executorPromise(node, ctx.model);
      if (made && made.uses.length > 0) check(made, ctx);
    },
    VariableDeclaration: (node, ctx) => {
      const declaration = node as ts.VariableDeclaration;
      const made = deferredPromise(declaration, ctx.model);
      if (made && made.uses.length > 0 && isKeptWhole(declaration, made.scope, ctx.model)) check(made, ctx);
    },
  },
  onClass: (model, ctx) => checkStranded(model, ctx),
});

function check(made: HandMade, ctx: Context): void {
  const gaps = settlingGaps(made, ctx.model);
  const wirings = gaps.some(({ kind }) => kind !== 'asyncExecutor') ? undefined : wiringsOf(made, ctx.model);
  const raced = isRaced(made.promise, ctx.model);
  // What an async executor loses is an unhandled rejection too, whoever wins.
  for (const gap of gaps) if (!raced || gap.kind === 'asyncExecutor') reportGap(gap, made, ctx);
  if (wirings && !raced) checkWirings(made, wirings, ctx);
}

function checkWirings(made: HandMade, wirings: readonly Wiring[], ctx: Context): void {
  const missed = missedEnds(wirings, ctx.model);
  const piped = missed ? undefined : missedSource(wirings, made);
  const state = missed || piped ? undefined : awaitedState(made, wirings);
  const send = (message: 'onlyEvent' | 'piped' | 'oneState', data: Readonly<Record<string, string>>, first: ts.Node, text: string, end: string): void =>
    ctx.report({
      message,
      at: calledName(made.promise),
      subject: made.promise,
      data: { event: '', emitter: '', ends: '', test: '', ...data } as never,
      trace: [{ at: is.callOrNew(first) ? calledName(first) : first, text }, { at: calledName(made.promise), text: end }],
    });
  if (missed) {
    const { wiring, ends } = missed;
    const listed = [ends.slice(0, -1).join(', '), ends.at(-1)].filter(Boolean).join(' or ');
    const emitter = shortText(wiring.emitter);
    const end = `after ${listed} of ${emitter} it never comes, and whoever awaits the promise hangs`;
    send('onlyEvent', { event: wiring.event, emitter, ends: listed }, wiring.at, `'${wiring.event}' is all that settles the promise`, end);
  } else if (piped) {
    const emitter = shortText(piped.stage);
    const end = `${shortText(piped.target)} is neither ended nor told, and the promise stays pending`;
    send('piped', { emitter }, piped.stage, `${emitter} fails here, and pipe() hands on neither an error nor an early close`, end);
  } else if (state) {
    const { wiring, test } = state;
    send('oneState', { event: wiring.event, test: shortText(test) }, test, 'only this case settles', 'when no further event comes, whoever awaits the promise hangs');
  }
}

function reportGap({ kind, at, call, settled }: SettlingGap, { promise }: HandMade, ctx: Context): void {
  const ending = kind === 'throws' || kind === 'mayThrow' ? 'the exception leaves the callback here' : 'this way ends with the promise pending';
  ctx.report({
    message: kind,
    at: smallest(at),
    subject: promise,
    data: { callee: call ? calleeText(call) : '', step: is.callOrNew(at) ? `${shortText(at.expression)}()` : shortText(at) },
    trace: [{ at: calledName(promise), text: 'the promise is made' }, { at: settled, text: 'another way settles it here' }, { at: smallest(at), text: ending }],
  });
}

const calleeText = (call: CallNode): string => `${shortText(call.expression)}()`;

function smallest(at: ts.Node): ts.Node {
  return is.callOrNew(at) ? calledName(at) : is.return(at) || is.throw(at) ? (at.getFirstToken() ?? at) : at;
}

function checkStranded(model: ClassModel, ctx: Context): void {
  for (const { promise, place, end, stored } of strandedWaits(model, ctx.model)) {
    ctx.report({
      message: 'stranded',
      at: calledName(promise),
      subject: promise,
      data: { end: end.name, place },
      trace: [
        { at: stored, text: `${place} keeps what settles the promise` },
        { at: end.method.name ?? end.method, text: `${end.name}() never looks at ${place}` },
      ],
    });
  }
}
