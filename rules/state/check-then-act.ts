import {
  defineRule, is, isFunctionNode, shortText, skipWrappers,
  type EventOf, type FunctionFlow, type Overlap, type Place, type RuleContext, type ts,
} from '../../src/rule.js';
import { calleeFillsIn, type CalleeFill } from '../support/callee-fill.js';
import { continuationsIn, type Continuation } from '../support/continuation.js';
import { edgeWhereDue, edgeWhereEntryDue } from '../support/due-test.js';
import { isClaim, lossOf } from '../support/fill-loss.js';
import { interleaving, isShared, letsOthersIn, lockedThroughout, secondActivation, suspensionOf, type Wait } from '../support/interleaving.js';
import { edgeWhereMissing, isSearch, lookBehind } from '../support/missing-test.js';
import { outsideRecords, type OutsideRecord } from '../support/outside-record.js';
import { isFill, isPush, waitsForPlace, wayTo } from '../support/place-fill.js';
import { rowChangesIn, type RowChange } from '../support/row-change.js';

const lost = '{place} is found missing, then filled after this await: two callers both fill it and one {what} is lost';
const twice = '{place} is found missing, then filled after an await: it is computed twice when two callers come at once';
const late = '{place} says that it is time, and is set only after an await: all who come meanwhile do it too';
const messages = {
  resource: { text: lost, preset: 'all', severity: 'note', precision: 'low' },
  exposedResource: { text: lost, preset: 'all', severity: 'note', precision: 'low' },
  memo: { text: twice, preset: 'all', severity: 'note', precision: 'low' },
  assumed: { text: twice, preset: 'all', severity: 'note', precision: 'low' },
  listed: { text: '{place} is searched, then added to after this await: two callers both find nothing and add it twice', preset: 'all', severity: 'note', precision: 'low' },
  due: { text: late, preset: 'all', severity: 'note', precision: 'low' },
  assumedDue: { text: late, preset: 'all', severity: 'note', precision: 'low' },
  byCallee: { text: '{place} is searched, then added to by {what}() after an await: two callers both find nothing and both add', preset: 'all', severity: 'note', precision: 'low' },
  record: { text: '{place} fills what was not found before an await: all who came meanwhile have worked it out too', preset: 'all', severity: 'note', precision: 'low' },
  counted: { text: 'rows of {place} are counted without a lock, and changed because of it: two who count at once both go on', preset: 'all', severity: 'warning', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Guard = EventOf<'guard'>;
type Write = EventOf<'write'>;

export default defineRule({
  meta: {
    id: 'check-then-act',
    family: 'state',
    summary: 'shared place found empty, then an await, then filled',
    question: 'race',
    encodes: ['RM-R2', 'RG-9', 'RG-11', 'RG-18', 'PS-R1'],
    cwe: [367, 362],
    docs: {
      why:
        'The test and the act belong together, and an await stands between them. A second caller passes the same test while the first waits; both go on to fill the ' +
        'place. The second fill replaces the first: a connection nobody closes, a session whose entries vanish, a server started twice. For a plain value the harm is ' +
        'the work done twice, and a stampede under load.',
      instead:
        'Store the promise, not the value, before anything suspends: `this.client ??= connect()`; drop it when it rejects. A time of the last run is set before the run. For keyed things keep a map of promises in flight. ' +
        'Or look again after the await, or hold a lock over test and act. TypeScript keeps its narrowing across an await, so another linter may call the second look ' +
        'unnecessary; it is not.',
      limits:
        'Test and fill must stand in one function, or on two sides of a `then`, and speak of the same place and key; a helper that does nothing but look counts as the test, and one that adds to the collection that was searched as the fill, at all only. Guards are recognised wherever they are: a flag or a promise in flight elsewhere that is ' +
        'tested and set before the first await, a lock, a second look. The surest message needs two activations shown in view and a value whose loss matters (it can be closed, disposed, ' +
        'subscribed to, or is a collection); values that both callers compute alike are reported at all only. A time that says whether it is due counts as a test too, and its renewal as the fill. Of an outside store (a cache, a table) only get and set under one key, and a count that decides whether rows of that table are changed, are seen, and reported at all; row locks of the database count as locks.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    const guards = flow.all('guard');
    if (guards.length === 0) return;
    if (flow.all('await').length > 0) {
      for (const each of rowChangesIn(flow, ctx.model)) if (each.by === 'count') checkCounted(each, flow, ctx);
      for (const each of outsideRecords(flow, ctx.model)) if (!each.isDerived) checkRecord(each, flow, ctx);
      for (const each of calleeFillsIn(flow, ctx.model)) checkCallee(each, flow, ctx);
      for (const fill of fillsIn(flow)) guards.some((guard) => check(guard, fill, flow, ctx));
      for (const entry of flow.all('write')) if (entry.place.kind === 'local' && entry.access === 'add') guards.some((guard) => checkEntryDue(guard, entry, flow, ctx));
    }
    for (const next of continuationsIn(flow, ctx.model)) {
      for (const fill of fillsIn(next.flow)) guards.some((guard) => checkAcross(guard, flow, next, fill, ctx));
    }
  },
});

const fillsIn = (flow: FunctionFlow): readonly Write[] => flow.all('write').filter((w) => isShared(w.place) && isFill(w));

function check(guard: Guard, fill: Write, flow: FunctionFlow, ctx: Context): boolean {
  const { model } = ctx;
  const isDue = edgeWhereDue(guard, fill, flow, model);
  const missing = edgeWhereMissing(guard, fill.place, model) ?? isDue;
  const path = missing && flow.pathThrough(guard, letsOthersIn, (e) => e === fill, { ...wayTo(fill, model), avoidingFirst: (e) => e === fill, firstEdge: missing });
  const wait = path && suspensionOf(path);
  if (!wait || lockedThroughout(flow, guard, fill) || model.turnsOthersAway(wait, flow, fill.place) || waitsForPlace(wait, model)) return false;
  return isDue ? reportDue(guard, fill, wait, flow, ctx) : report(guard, missing, fill, wait, flow, ctx);
}

/** The time of one entry of a map that another map gave. */
function checkEntryDue(guard: Guard, renewal: Write, flow: FunctionFlow, ctx: Context): boolean {
  const due = edgeWhereEntryDue(guard, renewal, flow, ctx.model);
  const path = due && flow.pathThrough(guard, letsOthersIn, (e) => e === renewal, { ...wayTo(renewal, ctx.model), avoidingFirst: (e) => e === renewal, firstEdge: due });
  const wait = path && suspensionOf(path);
  if (!wait || lockedThroughout(flow, guard, renewal) || ctx.model.turnsOthersAway(wait, flow)) return false;
  return reportDue(guard, renewal, wait, flow, ctx);
}

/** The test before `load().then(…)`, the fill in the callback. */
function checkAcross(guard: Guard, flow: FunctionFlow, { flow: inner, start, wait }: Continuation, fill: Write, ctx: Context): boolean {
  const { model } = ctx;
  const missing = edgeWhereMissing(guard, fill.place, model);
  const way = wayTo(fill, model);
  if (!missing || !flow.pathTo(guard, (e) => e === start, { ...way, avoiding: (e) => e !== start && way.avoiding(e), firstEdge: missing })) return false;
  if (!inner.pathTo(inner.entry, (e) => e === fill, way) || flow.heldAt(start).size > 0 || model.turnsOthersAway(start, flow, fill.place) || waitsForPlace(wait, model)) return false;
  return report(guard, missing, fill, wait, flow, ctx);
}

function report(guard: Guard, missing: 'true' | 'false', fill: Write, wait: Wait, flow: FunctionFlow, ctx: Context): boolean {
  const { model } = ctx;
  const overlap = model.overlap(flow.node);
  const what = lossOf(fill, model) ?? (isClaim(guard, missing, fill, flow) ? 'claim' : undefined);
  if (fill.place.entry === undefined && isPush(fill) && !isSearch(lookBehind(guard, model), model)) return false;
  const message = messageFor(overlap, what, fill);
  if (!message) return false;
  const place = fill.place.text;
  const again = what ? `fills ${place} again: B’s ${what} is replaced` : `fills ${place} again`;
  return tell({ message, fill: fill.node, subject: fill.place, place, what, look: lookBehind(guard, model), wait, texts: [`finds ${place} missing`, `finds ${place} still missing`, `fills ${place}`, again] }, flow, ctx);
}

/** `if (now >= this.last + interval) { await send(); this.last = Date.now(); }`. */
function reportDue(guard: Guard, fill: Write, wait: Wait, flow: FunctionFlow, ctx: Context): boolean {
  const { grade } = ctx.model.overlap(flow.node);
  // Whoever is handed the function may share one run of it among all who come: `shared(async () => …)`.
  const isHandedOn = isFunctionNode(flow.node) && ctx.model.callbackOf(flow.node)?.timing === 'unknown';
  if (grade === 'none' || isHandedOn) return false;
  const place = fill.place.text;
  const texts = [`finds by ${place} that it is time`, `finds ${place} as it was: it is still time`, `sets ${place}`, `sets ${place}, when both have done it`] as const;
  return tell({ message: grade === 'assumed' ? 'assumedDue' : 'due', fill: fill.node, subject: fill.place, place, look: guard.node, wait, texts }, flow, ctx);
}

/** `const v = await cache.get(key); if (v) return v; …; await cache.set(key, made)`. */
function checkRecord({ fetched, put, name, text: place }: OutsideRecord, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const symbol = model.symbolOf(name);
  for (const guard of flow.all('guard')) {
    const test = skipWrappers(guard.test);
    if (!is.identifier(test) || model.symbolOf(test) !== symbol || guard.form === 'case') continue;
    const path = flow.pathThrough(guard, letsOthersIn, (e) => e === put, { firstEdge: 'false', throws: 'none', avoiding: (e) => e === fetched });
    const wait = path && suspensionOf(path);
    if (!wait || model.overlap(flow.node).grade === 'none' || model.turnsOthersAway(wait, flow)) continue;
    tell({ message: 'record', fill: put.node, subject: put.node, place, look: fetched.node, wait, texts: ['finds nothing', 'finds nothing either', 'stores what it made', 'stores the same once more'] }, flow, ctx);
    return;
  }
}

/** `let room = rooms.get(id); if (!room) { room = await open(id); this.remember(room); }`. */
function checkCallee({ guard, fill, write, collection: { text: place }, wait }: CalleeFill, flow: FunctionFlow, ctx: Context): void {
  if (ctx.model.overlap(flow.node).grade === 'none') return;
  const what = shortText(fill.call.expression);
  const texts = [`finds nothing in ${place}`, `finds nothing in ${place} either`, `adds to ${place} by ${what}()`, `adds to ${place} once more`] as const;
  tell({ message: 'byCallee', fill: fill.call, subject: write.place, place, what, look: lookBehind(guard, ctx.model), wait, texts }, flow, ctx);
}

/** `if ((await admins.count({ where })) > 1) await admin.update({ role: 'member' });`. */
function checkCounted({ fetched, write, wait, table }: RowChange, flow: FunctionFlow, ctx: Context): void {
  if (ctx.model.overlap(flow.node).grade === 'none') return;
  const texts = ['counts the rows', 'counts as many', 'changes one of them', 'changes another: what the count was to keep does not hold'] as const;
  tell({ message: 'counted', fill: write, subject: write, place: table, look: fetched, wait, texts }, flow, ctx);
}

interface Told {
  readonly message: keyof typeof messages;
  readonly fill: ts.Node;
  readonly subject: Place | ts.Node;
  readonly place: string;
  readonly what?: string | undefined;
  readonly look: ts.Node;
  readonly wait: Wait;
  /** A’s look, B’s, B’s fill, A’s. */
  readonly texts: readonly [string, string, string, string];
}

function tell({ message, fill, subject, place, what = 'value', look, wait, texts: [looks, looksToo, fills, fillsAgain] }: Told, flow: FunctionFlow, ctx: Context): boolean {
  const second = secondActivation(ctx.model.overlap(flow.node), flow.name);
  ctx.report({
    message, at: fill, subject, data: { place, what },
    trace: interleaving({ before: [{ at: look, text: looks }], wait, meanwhile: [...second, { at: look, text: looksToo }, { at: fill, text: fills }], after: [{ at: fill, text: fillsAgain }] }),
  });
  return true;
}

function messageFor(overlap: Overlap, loss: string | undefined, fill: Write): keyof typeof messages | undefined {
  if (fill.access === 'add' && fill.place.entry === undefined && overlap.grade !== 'none') return 'listed';
  switch (overlap.grade) {
    case 'none':
      return undefined;
    case 'shown':
      return loss ? 'resource' : 'memo';
    case 'exposed':
      return loss ? 'exposedResource' : 'memo';
    case 'assumed':
      return 'assumed';
  }
}
