import { defineRule, enclosingRoot, forEachDescendant, is, outermostWrapper, shortText, skipWrappers, type CallNode, type EventOf, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { calledName } from '../support/promise-values.js';
import { locks, placeKeysOf } from '../support/taken-lock.js';

const messages = {
  dropped: { text: 'nothing waits for {call}: what follows runs without {lock}', preset: 'all', severity: 'note', precision: 'low' },
  kept: { text: '{name} is never awaited: what follows runs without {lock}', preset: 'recommended', severity: 'error', precision: 'high' },
} as const;

export default defineRule({
  meta: {
    id: 'unawaited-acquire',
    family: 'locks',
    summary: 'acquire whose promise nobody awaits: the code behind it has no lock',
    question: 'lost-rejection',
    encodes: [],
    origin: 'a missing await before acquire compiles, passes every test that runs one task at a time, and takes the lock away from all of them',
    cwe: [821, 667],
    docs: {
      why:
        'acquire() only asks for the lock; having it begins when its promise settles. Without the await the critical section starts at once, beside whoever holds the lock. The release at the end ' +
        'then lets go what another task holds, and the lock that arrives later is held by nobody and never released: the next caller waits for ever.',
      instead: '`const release = await mutex.acquire()`, or `await mutex.runExclusive(async () => { … })`, where there is no acquire to forget.',
      limits:
        'Locks that models know and classes of the program that are locks by their name and methods. A promise that is returned, stored, handed on, raced or given a handler is somebody’s to wait for. ' +
        'A runExclusive that nobody awaits does hold its lock: that is floating-promise’s business.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const { call, effects } of flow.all('call')) {
      if (!effects.acquire?.afterAwait || !locks(effects.acquire.kind) || enclosingRoot(call) !== flow.node) continue;
      const name = neverAwaited(call, ctx.model);
      if (name === undefined) continue;
      const acquired = flow.at(call).find((event) => event.kind === 'acquire');
      if (acquired?.kind === 'acquire' && isMadeJustBefore(acquired, flow)) continue;
      const lock = acquired?.kind === 'acquire' ? acquired.lock.text : 'the lock';
      ctx.report({
        message: name === '' ? 'dropped' : 'kept',
        at: calledName(call),
        subject: call,
        data: { call: `${shortText(call.expression)}()`, lock, name },
        trace: [
          { at: call, text: `asks for ${lock} and goes on at once` },
          ...flow.all('release').slice(0, 1).map(({ node }) => ({ at: node, text: 'lets go what it may not have yet' })),
        ],
      });
    }
  },
});

/** `this.queue = new AsyncQueue(); void this.queue.wait()`: nobody else can have it yet, so it is held at once. */
function isMadeJustBefore(acquire: EventOf<'acquire'>, flow: FunctionFlow): boolean {
  const named = placeKeysOf(acquire.lock);
  const made = flow.all('write').filter(({ place, value }) => named.includes(place.key) && value !== undefined && is.new(skipWrappers(value)));
  return made.some((write) => flow.pathTo(write, (event) => event === acquire, { avoiding: (event) => event.kind === 'await', backEdges: false }) !== undefined);
}

/** The variable that holds the promise and is never waited for; empty where the promise is dropped, undefined where somebody has it. */
function neverAwaited(call: CallNode, model: SemanticModel): string | undefined {
  const outer = outermostWrapper(call);
  const { parent } = outer;
  if (is.expressionStatement(parent) || is.void(parent)) return '';
  if (!is.variableDeclaration(parent) || !is.identifier(parent.name)) return undefined;
  const { name } = parent;
  const symbol = model.symbolOf(name);
  let isTaken = false;
  forEachDescendant(enclosingRoot(call), (node) => {
    if (is.identifier(node) && node !== name && node.text === name.text && model.symbolOf(node) === symbol) isTaken ||= isHandedOn(node);
  });
  return isTaken ? undefined : name.text;
}

/** Anything but a call of the variable itself, which takes the promise for the function that releases. */
function isHandedOn(use: ts.Identifier): boolean {
  const outer = outermostWrapper(use);
  return !(is.call(outer.parent) && skipWrappers(outer.parent.expression) === use);
}
