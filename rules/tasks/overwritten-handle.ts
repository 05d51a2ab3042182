import {
  defineRule, enclosingRoot, is, skipWrappers,
  type CallNode, type EventOf, type EventTest, type FlowEvent, type FunctionFlow, type Place, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { handlesKeptBy, holdsAlone, isPassedOn, releasesOf, type KeptHandle } from '../support/kept-handle.js';
import { isEmpty } from '../support/kept-small.js';
import { happensAgain, type Again } from '../support/runs-again.js';
import { within } from '../support/settling-coverage.js';
import { isBrief } from '../support/timer-handle.js';

const sure = { preset: 'recommended', severity: 'warning', precision: 'high' } as const;

const messages = {
  interval: { text: '{place} is set again while the interval before may still run, and nothing can stop that one', ...sure },
  timeout: { text: '{place} is set again while the timeout before may still be set, and nothing can clear that one', preset: 'all', severity: 'note', precision: 'low' },
  subscription: { text: '{place} is set again, and nothing ends what it held', preset: 'strict', severity: 'warning', precision: 'medium' },
  controller: { text: '{place} is replaced, and nothing can abort what the one before was made for', preset: 'all', severity: 'note', precision: 'low' },
  whenCalledAgain: { text: '{place} is set again when {by}, and nothing ends what it held', preset: 'all', severity: 'note', precision: 'low' },
  neverEnded: { text: '{place} is set again when {by}, and nothing ends what it holds, {end}() neither', ...sure },
  stillSet: { text: '{place} is forgotten where it is found set, and the {kind} goes on', preset: 'strict', severity: 'warning', precision: 'medium' },
  neverCleared: { text: '{place} is forgotten where it is found set, and nothing ever clears the {kind}', preset: 'all', severity: 'note', precision: 'low' },
  unset: { text: '{place} is forgotten, and the {kind} it held can no longer be stopped', preset: 'strict', severity: 'warning', precision: 'medium' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'overwritten-handle',
    family: 'tasks',
    summary: 'field with a timer or subscription replaced before it is released',
    question: 'release',
    encodes: [],
    origin: 'a class often found and fixed in public projects: a handle field that each reconnect or update sets again',
    cwe: [772, 404],
    docs: {
      why:
        'The field is the only way to the timer or the subscription. When the method runs a second time and puts a new one in its place, the one before goes on and nothing can end it: ' +
        'each reconnect leaves an interval more, each update a listener more, a watchdog set for the first connection destroys the second. The clean-up at the end looks ' +
        'complete and releases only the last one.',
      instead:
        'Release before you set: `clearInterval(this.sweeper); this.sweeper = setInterval(…)`, `this.listener?.dispose()`. Or do nothing where one is there: `if (this.timer) return;`. ' +
        'Let one method do both, so that no caller can forget it.',
      limits:
        'Any look at the field before the write counts as its release, in the method, in what it calls, or in a caller; so does a flag that the method itself tests and sets. A timeout set again by its own ' +
        'callback has fired. A field whose value also goes elsewhere has another owner. Timeouts that nothing clears are left out: they were not meant to be cancelled. ' +
        'Methods that only callers out of view may run a second time are reported at all, as are controllers; that start, connect or open is called twice is its caller’s mistake.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (is.sourceFile(flow.node) || flow.all('write').length === 0) return;
    for (const handle of handlesKeptBy(flow, ctx.model)) checkKept(handle, flow, ctx);
  },
});

function checkKept(handle: KeptHandle, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const { write, place, made, kind } = handle;
  if (kind === 'timeout' && (!is.call(made) || isBrief(made, model))) return;
  const releases = releasesOf(place, model);
  const isOwned = releases.length > 0 || (kind === 'subscription' && (model.classOf(flow.node)?.disposals.length ?? 0) > 0);
  if (isPassedOn(place, releases, model)) return;
  if (kind === 'timeout' || kind === 'interval') checkStillSet(handle, releases, ctx);
  if (!isOwned) return;
  checkForgotten(handle, releases, ctx);
  if (model.turnsOthersAway(write, flow, place)) return;
  const looks = looksAt(place, write, flow, model);
  const declared = place.kind === 'captured' ? place.root?.declarations?.[0] : undefined;
  const again = happensAgain(write, model, { declared, looks, spent: kind === 'interval' ? [] : [made, ...callbacksOf(made, model)], afterDelays: kind !== 'timeout' });
  // What tries again has ended what the controller was for.
  if (!again || (kind === 'controller' && again.retries)) return;
  // Where not even the end of the object releases it, one call is enough for a leak.
  const end = kind === 'subscription' && releases.length === 0 && !isOnItself(made, ctx) ? model.classOf(flow.node)?.disposals[0]?.name : undefined;
  ctx.report({
    message: again.grade === 'shown' ? kind : kind === 'controller' ? 'controller' : end ? 'neverEnded' : 'whenCalledAgain',
    at: targetOf(write.node),
    subject: made,
    data: { place: place.text, by: again.by, end: end ?? '' },
    trace: [{ at: made, text: `${place.text} holds this` }, againStep(again), ...releases.slice(0, 1).map((at) => ({ at, text: 'this ends the last one only' }))],
  });
}

const againStep = ({ at, text }: Again): { at: ts.Node; text: string } => ({ at, text });

function callbacksOf(made: CallNode, model: SemanticModel): readonly ts.Node[] {
  return (made.arguments ?? []).flatMap((given) => model.functionsOf(given));
}

/** The object subscribes to a part that it made itself, and that goes with it. */
function isOnItself(made: CallNode, { model }: Context): boolean {
  const callee = skipWrappers(made.expression);
  const place = is.propertyAccess(callee) ? model.place(callee.expression) : undefined;
  return place?.kind !== 'field' || model.accesses(place).some(({ kind, value }) => kind === 'write' && value !== undefined && is.callOrNew(skipWrappers(value)));
}

/** Reads the place, writes it otherwise, or does so in a callee; or looks at a mark that is set beside the handle. */
function looksAt(place: Place, write: EventOf<'write'>, flow: FunctionFlow, model: SemanticModel): EventTest {
  const beside = flow.all('write').filter((other) => other.place.key !== place.key && holdsAlone(other)).map((other) => other.place.key);
  const isLookedAt = (key: string): boolean => key === place.key || key.startsWith(`${place.key}.`) || beside.includes(key);
  return (event: FlowEvent): boolean => {
    switch (event.kind) {
      case 'read':
        return isLookedAt(event.place.key);
      case 'write':
        return event.place.key === place.key && event !== write && event.node !== write.node;
      case 'call':
        return callLooks(event.call, place, model);
      default:
        return false;
    }
  };
}

function callLooks(call: CallNode, place: Place, model: SemanticModel): boolean {
  const { targets } = model.call(call);
  const callee = skipWrappers(call.expression);
  // A member that heirs or bases fill in may do anything.
  if (targets.length === 0) return place.kind === 'field' && is.propertyAccess(callee) && (is.this(callee.expression) || callee.expression.getText() === 'super') && !is.new(call) && !isKnownMember(callee.name.text);
  return targets.some((fn) => {
    const { reads, clears } = model.summary(fn);
    return clears.has(place.key) || [...reads].some((key) => key === place.key || key.startsWith(`${place.key}.`));
  });
}

/** Of Node's emitters: they end nothing of the class. */
const isKnownMember = (name: string): boolean => /^(emit|on|once|off|addListener|removeListener|removeAllListeners|write|push|pause|resume)$/.test(name);

// ── forgotten ──

/** Emptied in a method of its own with no look at what it holds: nothing can stop that any more. */
function checkForgotten({ place, made, kind }: KeptHandle, releases: readonly ts.Node[], ctx: Context): void {
  const { model } = ctx;
  if (kind === 'timeout' || kind === 'controller') return;
  for (const access of model.accesses(place)) {
    const { node, fn } = access;
    if (access.kind !== 'write' || !isEmpty(access.value) || !is.method(fn)) continue;
    const flow = model.flow(fn);
    const write = flow.all('write').find((event) => event.node === node);
    const looks = write && looksAt(place, write, flow, model);
    if (!looks || !flow.pathTo(flow.entry, (e) => e === write, { avoiding: looks })) continue;
    if (model.callersOf(fn).some((call) => model.flow(enclosingRoot(call)).events.some(looks))) continue;
    ctx.report({
      message: 'unset',
      at: targetOf(node),
      subject: node,
      data: { place: place.text, kind },
      trace: [{ at: made, text: `${place.text} holds this` }, { at: node, text: 'and is emptied here with no look at it' }, ...releases.slice(0, 1).map((at) => ({ at, text: 'this no longer finds it' }))],
    });
  }
}

/** `if (this.timer) this.timer = undefined`: whoever asks whether it is set means to clear it. In its own callback there is nothing left to clear. */
function checkStillSet({ place, made, kind }: KeptHandle, releases: readonly ts.Node[], ctx: Context): void {
  const { model } = ctx;
  const spent = [made, ...callbacksOf(made, model)];
  for (const fn of new Set(model.accesses(place).map((access) => access.fn))) {
    const flow = model.flow(fn);
    const forgets = flow.all('write').filter((event) => event.place.key === place.key && (isEmpty(event.value) || event.access === 'remove'));
    for (const write of forgets) {
      const guard = flow.all('guard').find(({ test }) => askedIn(test, model)?.key === place.key);
      if (!guard || spent.some((each) => within(write.node, each)) || !isNextStep(guard, write, flow, model)) continue;
      ctx.report({
        message: releases.length > 0 ? 'stillSet' : 'neverCleared',
        at: targetOf(write.node),
        subject: write.node,
        data: { place: place.text, kind },
        trace: [{ at: made, text: `${place.text} holds this` }, { at: guard.node, text: 'is found set here' }, { at: write.node, text: `and forgotten: the ${kind} goes on, and nobody has its handle` }],
      });
    }
  }
}

/** What `if (this.timer)`, `if (timer !== undefined)`, and a test of a const copy ask about. */
function askedIn(test: ts.Expression, model: SemanticModel): Place | undefined {
  const asked = skipWrappers(test);
  const compared = is.binary(asked) && /^!==?$/.test(asked.operatorToken.getText()) && isEmpty(asked.right) ? asked.left : asked;
  return model.place(skipWrappers(model.resolveAlias(compared)));
}

/** Does the test lead to the write, and nothing clear or use the handle on the way? */
function isNextStep(guard: EventOf<'guard'>, write: EventOf<'write'>, flow: FunctionFlow, model: SemanticModel): boolean {
  const { place } = write;
  const uses: EventTest = (event) =>
    event !== write &&
    (event.kind === 'clear' ||
      ((event.kind === 'read' || event.kind === 'write') && event.place.key === place.key) ||
      (event.kind === 'call' && callLooks(event.call, place, model)));
  const leads = (firstEdge: 'true' | 'false'): boolean => flow.pathTo(guard, (event) => event === write, { firstEdge, avoiding: uses, throws: 'none', backEdges: false }) !== undefined;
  return leads('true') && !leads('false');
}

const targetOf = (node: ts.Node): ts.Node => (is.assignment(node) ? node.left : node);
