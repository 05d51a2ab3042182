import {
  defineRule, is, isFunctionNode, perhaps, skipWrappers,
  type EventOf, type FlowEvent, type FunctionFlow, type FunctionNode, type Overlap, type Place, type RuleContext, type SemanticModel,
} from '../../src/rule.js';
import { interleaving, isShared, letsOthersIn, lockedThroughout, secondActivation, suspensionOf } from '../support/interleaving.js';
import { lateEntriesIn } from '../support/late-entry.js';
import { failsWhenOvertaken, isSameObject, isUnset, looksAgain } from '../support/meanwhile.js';
import { withoutAwait } from '../support/promise-values.js';
import { ENDS, releaseIn, releases, type Release } from '../support/teardown.js';

const text = '{place} is filled after this await: when {cleanup} runs before, it finds nothing to release, and the {what} lives on';
const messages = {
  replaced: { text: '{place} is released before this await and filled after it: of two calls at once one {what} is never released', preset: 'strict', severity: 'warning', precision: 'medium' },
  replacedPerhaps: { text: '{place} is released before this await and filled after it: of two calls at once one {what} is never released', preset: 'all', severity: 'note', precision: 'low' },
  leaked: { text, preset: 'all', severity: 'note', precision: 'low' },
  perhaps: { text, preset: 'all', severity: 'note', precision: 'low' },
  assumed: { text, preset: 'all', severity: 'note', precision: 'low' },
  joined: { text: '{place} is given {what} only after this wait: when {cleanup} walks through it before, {what} is left open', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Write = EventOf<'write'>;

export default defineRule({
  meta: {
    id: 'missed-teardown',
    family: 'state',
    summary: 'handle stored after an await, when its clean-up may have run already',
    question: 'race',
    encodes: [],
    origin: 'real fixes in public projects: a watcher, socket or timer set up by a start() that close() overtakes',
    cwe: [772, 362],
    docs: {
      why:
        'Set-up waits, and the handle is stored only when the wait is over. A clean-up that comes in between looks at the field, finds it empty and is done. Then set-up resumes ' +
        'and stores a connection, watcher or timer that nobody will ever release: the process does not end, or a closed object goes on working.',
      instead:
        'Let the clean-up leave a mark and look at it after each await: `const socket = await dial(); if (this.closed) return socket.close(); this.socket = socket;`. ' +
        'Or keep the promise of the set-up, and have the clean-up wait for it before it releases.',
      limits:
        'Set-up and clean-up must both be in view and speak of the same field or variable. A look after the await at any lifecycle flag, ticket, signal or place that the clean-up sets ' +
        'is taken as the cure, and so is a clean-up that waits for anything, or aborts, before it releases. Handles are timers and what is closed, disposed or unsubscribed by the clean-up; what joins a list that the clean-up walks through is reported at all.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    reportLateEntries(flow, ctx);
    if (flow.all('await').length === 0) return;
    for (const fill of flow.all('write')) {
      if (isShared(fill.place) && fill.access === 'assign' && fill.place.entry === undefined && fill.value && !fill.cleanup && !isUnset(fill.value)) check(fill, flow, ctx);
    }
  },
});

function check(fill: Write, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const what = handleKind(fill, flow, model);
  if (!what || checkReplacement(fill, what, flow, ctx)) return;
  const release = releaseOf(fill.place, flow, model);
  const wait = release && lastWait(fill, release, flow, model);
  if (!wait || lockedThroughout(flow, wait, fill)) return;
  const message = isEnded(wait, fill, release, flow, model) ? 'assumed' : messageFor(release.overlap, model.overlap(flow.node));
  if (!message) return;
  const place = fill.place.text;
  ctx.report({
    message,
    at: fill.node,
    subject: fill.place,
    data: { place, what, cleanup: release.name },
    trace: interleaving({
      before: [{ at: wait.node, text: `${place} is not filled yet` }],
      wait,
      meanwhile: [
        ...release.overlap.witnesses.slice(0, 1).map(({ node, text: how }) => ({ at: node, text: `${release.name} runs: ${how}` })),
        { at: release.node, text: `would release ${place}, and finds nothing there` },
      ],
      after: [{ at: fill.node, text: `fills ${place}: nobody releases it any more` }],
    }),
  });
}

function reportLateEntries(flow: FunctionFlow, ctx: Context): void {
  for (const { place, entry, item, wait, walk, name } of lateEntriesIn(flow, ctx.model)) {
    ctx.report({
      message: 'joined', at: entry.node, subject: place, data: { place: place.text, what: item.text, cleanup: name },
      trace: interleaving({ before: [], wait, meanwhile: [{ at: walk, text: `${name} ends what ${place.text} holds: ${item.text} is not there yet` }], after: [{ at: entry.node, text: `puts ${item.text} into ${place.text}: nobody ends it any more` }] }),
    });
  }
}

/** What was stored before the wait, the clean-up finds: it may well end what is waited for. */
function isEnded(wait: EventOf<'await'>, fill: Write, release: Release, flow: FunctionFlow, model: SemanticModel): boolean {
  const { reads } = model.summary(release.fn);
  const before = flow.all('write').filter((w) => isShared(w.place) && w.place.key !== fill.place.key && reads.has(w.place.key));
  return before.some((w) => w.value !== undefined && model.hasMember(w.value, ENDS) === 'yes' && flow.pathTo(w, (e) => e === wait, { throws: 'none', backEdges: false }) !== undefined);
}

/** `this.watcher?.dispose(); await …; this.watcher = watch()`: two that come at once release the same old one and fill it twice. */
function checkReplacement(fill: Write, what: string, flow: FunctionFlow, ctx: Context): boolean {
  const { model } = ctx;
  const { place } = fill;
  const old = flow.events.find((e) => releases(e, place, model));
  const look = (e: FlowEvent): boolean => releases(e, place, model) || (e.kind === 'read' && e.place.key === place.key);
  const path = old && flow.pathThrough(old, letsOthersIn, (e) => e === fill, { avoidingFirst: (e) => e === fill, avoidingSecond: look, throws: 'none', backEdges: false });
  const wait = path && suspensionOf(path);
  const overlap = model.overlap(flow.node);
  if (!wait || overlap.grade === 'none' || lockedThroughout(flow, old, fill) || model.turnsOthersAway(wait, flow, place)) return false;
  ctx.report({
    message: overlap.grade === 'assumed' ? 'replacedPerhaps' : 'replaced',
    at: fill.node, subject: place, data: { place: place.text, what },
    trace: interleaving({
      before: [{ at: old.node, text: `releases the old ${place.text}` }],
      wait,
      meanwhile: [...secondActivation(overlap, flow.name), { at: fill.node, text: `fills ${place.text}` }],
      after: [{ at: fill.node, text: `fills ${place.text} again: B’s ${what} is never released` }],
    }),
  });
  return true;
}

/** The wait behind which the place is filled, with no look since at whether it is still wanted, nor one when it is filled. */
function lastWait(fill: Write, release: Release, flow: FunctionFlow, model: SemanticModel): EventOf<'await'> | undefined {
  const alive = looksAgain(fill.place, model);
  const marks = model.summary(release.fn).writes;
  const look = (e: FlowEvent): boolean => alive(e) || (e.kind === 'read' && marks.has(e.place.key) && e.place.key !== fill.place.key);
  const overtaken = (e: FlowEvent): boolean => e.kind === 'await' && letsOthersIn(e) && !failsWhenOvertaken(e, model);
  const path = flow.pathThrough(flow.entry, overtaken, (e) => e === fill, { avoidingFirst: (e) => e === fill, avoidingSecond: look, throws: 'none', backEdges: false });
  if (!path || flow.pathTo(fill, look, { throws: 'none', backEdges: false }) || looksWhenFired(fill, look, model)) return undefined;
  return suspensionOf(path);
}

/** `setTimeout(() => this.round())`, and `round` asks first: one late timer that does nothing. */
function looksWhenFired(fill: Write, look: (e: FlowEvent) => boolean, model: SemanticModel): boolean {
  const made = skipWrappers(fill.value!);
  const callback = is.call(made) && made.arguments[0];
  if (!callback || model.call(made).effects.timer?.kind === 'interval') return false;
  return model.functionsOf(callback).some((fn) => {
    const { events } = model.flow(fn);
    return events.some((e) => look(e) || (e.kind === 'call' && model.call(e.call).targets.some((target) => model.flow(target).events.some(look))));
  });
}

/** What is stored and has to be released; undefined for what was not made here. */
function handleKind(fill: Write, flow: FunctionFlow, model: SemanticModel): 'timer' | 'resource' | undefined {
  const value = skipWrappers(fill.value!);
  const made = withoutAwait(is.identifier(value) ? model.resolveAlias(value) : value);
  if (!is.callOrNew(made)) return undefined;
  if (flow.all('timer').some((t) => t.call === made)) return 'timer';
  // That it is released somewhere says that it can be, where its type does not.
  return perhaps(model.hasMember(value, ENDS)) && model.isFresh(value, flow.node) !== 'no' ? 'resource' : undefined;
}

/** The clean-up that releases the place and can come while `flow` waits; of several the one that is surest to. */
function releaseOf(place: Place, flow: FunctionFlow, model: SemanticModel): Release | undefined {
  const functions = new Set(model.accesses(place).filter((a) => a.kind === 'read').map((a) => a.fn));
  let best: Release | undefined;
  for (const fn of functions) {
    if (fn === flow.node || !isFunctionNode(fn) || isCalledFrom(fn, flow, model) || !isSameObject(fn, flow.node, place, model)) continue;
    const release = releaseIn(fn, place, flow, model);
    if (release && (!best || rank(release.overlap) > rank(best.overlap))) best = release;
  }
  return best;
}

/** The set-up itself releases what was there before. */
function isCalledFrom(fn: FunctionNode, flow: FunctionFlow, model: SemanticModel): boolean {
  return flow.all('call').some(({ call }) => model.call(call).targets.includes(fn));
}

const rank = ({ grade }: Overlap): number => ['none', 'assumed', 'exposed', 'shown'].indexOf(grade);

/** The clean-up has to be able to come while the set-up runs. */
function messageFor(cleanup: Overlap, setup: Overlap): keyof typeof messages | undefined {
  if (cleanup.grade === 'none') return setup.grade === 'none' ? undefined : 'assumed';
  if (cleanup.grade === 'assumed') return 'assumed';
  // Two public methods: callers that wait for the one before they call the other are many.
  return cleanup.grade === 'shown' || setup.grade === 'shown' ? 'leaked' : 'perhaps';
}
