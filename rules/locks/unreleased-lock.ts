import {
  defineRule, forEachDescendant, is, shortText,
  type EventOf, type FlowEvent, type FunctionFlow, type FunctionNode, type LockRef, type Path, type Place, type RuleContext, type SemanticModel, type ThrowGrade, type ts,
} from '../../src/rule.js';
import { failureText } from '../support/failure-text.js';
import { sessionLocksIn, type SessionLock } from '../support/session-lock.js';
import { locks, placeKeysOf } from '../support/taken-lock.js';

const messages = {
  failing: { text: '{lock} stays held when {step} fails: nothing releases it on that way', preset: 'recommended', severity: 'error', precision: 'high' },
  thrown: { text: '{lock} stays held when this throw is taken: nothing releases it on that way', preset: 'recommended', severity: 'error', precision: 'high' },
  missed: { text: '{lock} is not released on every path', preset: 'all', severity: 'note', precision: 'low' },
  pooled: { text: '{lock} is held by one connection, and {step} may let it go on another: then it stays held', preset: 'all', severity: 'note', precision: 'low' },
  maybe: { text: '{lock} stays held if {step} throws: nothing releases it on that way', preset: 'strict', severity: 'warning', precision: 'medium' },
} as const;
type Context = RuleContext<typeof messages>;
type Acquire = EventOf<'acquire'>;

export default defineRule({
  meta: {
    id: 'unreleased-lock',
    family: 'locks',
    summary: 'lock that some path, an exception too, leaves held',
    question: 'undo',
    encodes: ['RM-W2', 'PS-K2'],
    cwe: [667, 460],
    docs: {
      why:
        'Whoever waits for the lock waits for ever: an await between acquire and release rejects, control leaves past the release, and every later caller hangs in acquire with no ' +
        'error and no log line. The process looks healthy and serves nothing.',
      instead:
        'Let the lock do it: `await mutex.runExclusive(async () => { … })`. Where acquire and release must be apart, open the `try` on the line behind the acquire and release in its ' +
        '`finally`; nothing that can fail may stand between them.',
      limits:
        'Locks that models know (async-mutex, async-sema, redlock, Web Locks and others; config can add more). A lock whose release function is returned, stored, handed on or captured by a ' +
        'closure has an owner elsewhere and is silent, unless that is a callback that runs once and forgets it on one of its ways; so is a method that only takes a lock which another method lets go. A lock of a database session is looked at only where both statements stand in one file and name one pool. Own synchronous code is taken not to throw at recommended.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const acquire of flow.all('acquire')) if (locks(acquire.lock.kind)) check(acquire, flow, ctx);
  },
  onFile: ({ source }, ctx) => {
    for (const lock of sessionLocksIn(source, ctx.model)) reportPooled(lock, ctx);
  },
});

function check(acquire: Acquire, flow: FunctionFlow, ctx: Context): void {
  const handle = handleOf(acquire, ctx.model);
  const releases = flow.all('release').filter((r) => r.lock.key === acquire.lock.key);
  // A method that takes what another one lets go: the pair is a convention of the class.
  if (!handle && releases.length === 0) return;
  // Kept where other functions reach it: they may let it go.
  if (handle && handle.kind !== 'local' && handle.kind !== 'parameter') return;
  if ((!handle && takesBack(acquire, releases, flow)) || isRenamed(acquire, flow)) return;
  const calls = new Set<ts.Node>(releases.map((r) => r.call));
  const lets = (e: FlowEvent): boolean => (e.kind === 'call' && calls.has(e.call)) || (e.kind === 'release' && e.lock.key === acquire.lock.key) || handsOn(e, handle, acquire.lock, ctx.model);
  const leaving = (throws: ThrowGrade): Path | undefined =>
    flow.pathTo(acquire, (e) => e.kind === 'exit' || e.kind === 'exit-throw', { avoiding: lets, throws, truthy: handle ? [handle] : [] });
  const callback = handle && flow.all('closure').map(({ fn }) => leavesHeld(fn, handle, ctx.model)).find((found) => found !== undefined);
  if (callback) return reportCallback(acquire, callback, ctx);
  const sure = leaving('callee');
  const path = sure ?? leaving('unknown');
  if (!path) return;
  const culprit = path.thrown[0];
  const message = !culprit ? 'missed' : !sure ? 'maybe' : culprit.kind === 'throw' ? 'thrown' : 'failing';
  const skipped = releases.find((r) => !path.events.includes(r));
  ctx.report({
    message,
    at: acquire.call.expression,
    subject: acquire.call,
    data: { lock: acquire.lock.text, step: culprit ? failureText(culprit) : '' },
    trace: [
      { at: acquire.node, text: `${acquire.lock.text} is taken` },
      ...(culprit ? [{ at: culprit.node, text: culprit.kind === 'throw' ? 'leaves by this throw' : `${failureText(culprit)} fails: control leaves here` }] : []),
      ...(culprit ? [] : leavingStep(path)),
      ...(skipped ? [{ at: skipped.node, text: 'this release is not reached' }] : []),
    ],
  });
}

/** `queue = this.other` while it is held: what is let go under the name later may be either. */
function isRenamed(acquire: Acquire, flow: FunctionFlow): boolean {
  const keys = placeKeysOf(acquire.lock);
  return flow.all('write').some((write) => keys.includes(write.place.key) && flow.pathTo(acquire, (event) => event === write) !== undefined);
}

/** Lets go what its caller holds, and takes it again for it. */
function takesBack(acquire: Acquire, releases: readonly FlowEvent[], flow: FunctionFlow): boolean {
  const takes = (event: FlowEvent): boolean => event.kind === 'acquire' && event.lock.key === acquire.lock.key;
  return releases.some(
    (release) => flow.pathTo(flow.entry, (event) => event === release, { avoiding: takes }) !== undefined && flow.pathTo(release, (event) => event === acquire) !== undefined,
  );
}

function reportPooled({ taken, released, pool, name }: SessionLock, ctx: Context): void {
  ctx.report({
    message: 'pooled',
    at: taken,
    subject: taken,
    data: { lock: name, step: pool.getText() },
    trace: [
      { at: taken, text: `${pool.getText()} takes a connection, runs this on it, and has it back: the lock is that connection’s` },
      { at: released, text: 'runs on whichever connection is free now: another one does not hold the lock, and nothing is let go' },
    ],
  });
}

interface Held {
  readonly path: Path;
  readonly release: ts.Node;
}

/** The way through a callback that runs once, `(error, rows) => …`, on which it does not let the lock go although it does on another. */
function leavesHeld(fn: FunctionNode, handle: Place, model: SemanticModel): Held | undefined {
  const [first] = 'parameters' in fn ? fn.parameters : [];
  const timing = model.callbackOf(fn)?.timing;
  const runsOnce = timing === 'later-once' || timing === 'awaited' || (timing !== 'later-many' && timing !== 'sync' && first !== undefined && is.identifier(first.name) && /^(e|err|error)$/.test(first.name.text));
  if (!runsOnce) return undefined;
  const flow = model.flow(fn);
  const lets = (e: FlowEvent): boolean => e.kind === 'call' && model.place(e.call.expression)?.key === handle.key;
  const release = flow.all('call').find(lets);
  const hands = (e: FlowEvent): boolean => lets(e) || (e.kind === 'call' && (e.call.arguments ?? []).some((argument) => mentions(argument, handle.key, model))) || (e.kind === 'closure' && mentions(e.fn, handle.key, model));
  const path = release && flow.pathTo(flow.entry, (e) => e.kind === 'exit', { avoiding: hands, throws: 'none', truthy: [handle] });
  return path && { path, release: release.node };
}

function reportCallback({ call, lock, node }: Acquire, { path, release }: Held, ctx: Context): void {
  ctx.report({
    message: 'missed',
    at: call.expression,
    subject: call,
    data: { lock: lock.text, step: '' },
    trace: [{ at: node, text: `${lock.text} is taken` }, ...leavingStep(path), { at: release, text: 'this release is not reached' }],
  });
}

/** Where a path without an exception ends: its return. */
function leavingStep(path: Path): { at: ts.Node; text: string }[] {
  const end = path.events.findLast((e) => e.kind === 'return');
  return end ? [{ at: end.node, text: 'leaves here with the lock held' }] : [];
}

/** The local variable that holds the release function or the lease. */
function handleOf(acquire: Acquire, model: SemanticModel): Place | undefined {
  for (let node: ts.Node = acquire.call; !is.block(node) && !is.sourceFile(node); node = node.parent) {
    const { parent } = node;
    if (is.variableDeclaration(parent)) {
      if (is.identifier(parent.name)) return model.place(parent.name);
      const last = parent.name.elements.findLast((element) => !is.omitted(element));
      return last && !is.omitted(last) && is.identifier(last.name) ? model.place(last.name) : undefined;
    }
    if (is.assignment(parent)) return model.place(parent.left);
  }
  return undefined;
}

/** The handle gets another owner: stored, returned, handed to a call, or captured by a closure that mentions it or the lock. */
function handsOn(event: FlowEvent, handle: Place | undefined, lock: LockRef, model: SemanticModel): boolean {
  switch (event.kind) {
    case 'return':
      return event.value !== undefined && handle !== undefined && mentions(event.value, handle.key, model);
    case 'write':
      return handle !== undefined && event.value !== undefined && event.place.key !== handle.key && mentions(event.value, handle.key, model);
    case 'call':
      return handle !== undefined && (event.call.arguments ?? []).some((argument) => model.place(argument)?.key === handle.key || (is.objectLiteral(argument) && mentions(argument, handle.key, model))) && !isLog(event.call);
    case 'closure':
      return mentions(event.fn, handle?.key ?? lock.key, model);
    default:
      return false;
  }
}

const isLog = (call: ts.Node): boolean => /^(console|log|logger)\b/.test(shortText(call));

function mentions(root: ts.Node, key: string, model: SemanticModel): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if ((is.identifier(node) || is.propertyAccess(node)) && model.place(node)?.key === key) found = true;
  };
  visit(root);
  forEachDescendant(root, visit);
  return found;
}
