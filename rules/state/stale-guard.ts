import { defineRule, shortText, type FunctionFlow, type Overlap, type RuleContext } from '../../src/rule.js';
import { goneEntriesIn } from '../support/gone-entry.js';
import { nameOf } from '../support/function-name.js';
import { interleaving, isShared, secondActivation } from '../support/interleaving.js';
import { lateRemovalsIn, type LateRemoval } from '../support/late-removal.js';
import { otherThread } from '../support/meanwhile.js';
import { reopenedLoadsIn } from '../support/reopened.js';
import { clearedOthers, gates, indexesKept, revivedStates, writesIntoReplaced, type StaleUse } from '../support/stale-use.js';
import { forgottenTicketsIn } from '../support/ticket.js';
import { unaskedCallbacksIn } from '../support/unasked.js';

const revived = '{place} is set to {value} after this await without a new look: a {other} that came meanwhile is undone';
const cleared = '{place} is waited for, then unset without a look whether it is still the same: what {other} put there meanwhile is dropped';
const gate = '{place} is waited for, then replaced without a second look: all who waited go on at once';
const index = '{value} is an index into {place} from before this await: {other} may have moved the items meanwhile';
const replaced = '{place} is read before this await and written into after it: {other} may have replaced it meanwhile';
const messages = {
  revived: { text: revived, preset: 'strict', severity: 'warning', precision: 'medium' },
  revivedPerhaps: { text: revived, preset: 'all', severity: 'note', precision: 'low' },
  cleared: { text: cleared, preset: 'all', severity: 'note', precision: 'low' },
  clearedPerhaps: { text: cleared, preset: 'all', severity: 'note', precision: 'low' },
  gate: { text: gate, preset: 'strict', severity: 'warning', precision: 'medium' },
  gatePerhaps: { text: gate, preset: 'strict', severity: 'warning', precision: 'medium' },
  index: { text: index, preset: 'strict', severity: 'warning', precision: 'medium' },
  indexPerhaps: { text: index, preset: 'all', severity: 'note', precision: 'low' },
  replaced: { text: replaced, preset: 'all', severity: 'note', precision: 'low' },
  assumed: { text: '{place} may be another than before this await: {other} can change it meanwhile', preset: 'all', severity: 'note', precision: 'low' },
  reopened: { text: '{place} is unset before this wait, and what it stands for is cleared after it: a new load that {other} begins meanwhile is wiped', preset: 'all', severity: 'note', precision: 'low' },
  ticket: { text: '{place} may have moved on by now: the callbacks beside this one compare it first', preset: 'all', severity: 'note', precision: 'low' },
  unasked: { text: '{place} is asked before this wait and not in its callback: {other} may have set it by then, and {value} is set up all the same', preset: 'all', severity: 'note', precision: 'low' },
  gone: { text: '{place} was found to have {value} before this wait: whoever took it out meanwhile is overruled', preset: 'all', severity: 'note', precision: 'low' },
  late: { text: '{place} loses its entry when the work is done, although a newer one may stand there by then', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'stale-guard',
    family: 'state',
    summary: 'shared state tested before an await and relied on after it',
    question: 'race',
    encodes: ['TA-6', 'RM-R3'],
    cwe: [367, 362],
    docs: {
      why:
        'What was true before an await need not be true after it. Whoever closes, replaces or empties the thing while this function waits is overruled when it resumes: ' +
        'a closed connection is marked ready again, the promise of a newer run is dropped, the wrong item is taken out of a list.',
      instead:
        'Look again after every await: `if (this.state === "closed") return;`. Keep what you waited for and compare: `if (this.current === mine) this.current = undefined;`. ' +
        'Work indexes out after the wait. Wait for a gate in a loop: `while (this.gate) await this.gate;`. TypeScript keeps its narrowing across an await, so another ' +
        'linter may call the second look unnecessary; it is not.',
      limits:
        'Only where the change that gets in between is in view, made before its function waits itself. A look at any lifecycle flag, ticket or signal after the await counts as the ' +
        'new look, also in a function called there. That the awaited call rejects when the thing is closed is not seen for calls out of view. Strict needs the other ' +
        'side to be started in view; public methods are reported at all. A callback that asks nothing, where the function before it or the callbacks beside it do, an entry that may be gone and a load that begins before what it loads is cleared are reported at all.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const each of lateRemovalsIn(flow, ctx.model)) reportLate(each, flow, ctx);
    reportCallbacks(flow, ctx);
    reportGone(flow, ctx);
    if (flow.all('await').length === 0 || !flow.all('write').some((w) => isShared(w.place))) return;
    reportReopened(flow, ctx);
    for (const find of [revivedStates, clearedOthers, gates, indexesKept, writesIntoReplaced]) {
      for (const use of find(flow, ctx.model)) report(use, flow.name, ctx);
    }
  },
});

function report(use: StaleUse, name: string, ctx: Context): void {
  const { other } = use;
  const overlap = other?.overlap ?? use.overlap;
  const message = overlap && messageFor(use, overlap);
  if (!overlap || !message) return;
  const place = use.place.text;
  ctx.report({
    message,
    at: use.act,
    subject: use.place,
    data: { place, value: use.value ?? '', other: other?.name ?? name },
    trace: interleaving({
      before: [{ at: use.basis, text: use.texts.before }],
      wait: use.wait,
      meanwhile: other ? otherThread(other, use.texts.meanwhile) : [...secondActivation(overlap, name), { at: use.act, text: use.texts.meanwhile }],
      after: [{ at: use.act, text: use.texts.after }],
    }),
  });
}

function reportLate({ collection, entered, removal, from }: LateRemoval, flow: FunctionFlow, ctx: Context): void {
  if (ctx.model.overlap(flow.node).grade === 'none') return;
  const place = collection.text;
  ctx.report({
    message: 'late',
    at: removal.node,
    subject: collection,
    data: { place, value: '', other: flow.name },
    trace: [
      { at: entered.node, text: `puts its promise into ${place}`, thread: 'A' },
      { at: from, text: `a second ${flow.name} comes meanwhile, and nothing looks for the first`, thread: 'B' },
      { at: entered.node, text: `puts its own promise into ${place} instead`, thread: 'B' },
      { at: removal.node, text: 'takes B’s entry out: whoever looks now finds nothing under way', thread: 'A' },
    ],
  });
}

/** Callbacks that go on where the function around them, or the callbacks beside them, would have asked. */
function reportCallbacks(flow: FunctionFlow, ctx: Context): void {
  if (flow.all('closure').length === 0) return;
  for (const { taken, place, compared, changed, wait, act } of forgottenTicketsIn(flow, ctx.model)) {
    ctx.report({
      message: 'ticket', at: act, subject: act, data: { place, value: '', other: '' },
      trace: [
        { at: taken, text: `keeps ${place}`, thread: 'A' },
        { at: wait, text: 'goes on here when the wait is over', thread: 'A' },
        { at: changed, text: `moves ${place} on meanwhile`, thread: 'B' },
        { at: act, text: `goes on all the same, where its sibling compares: ${shortText(compared)}`, thread: 'A' },
      ],
    });
  }
  for (const { place, guard, next, ended, act } of unaskedCallbacksIn(flow, ctx.model)) {
    const other = ctx.model.flow(ended.fn).name;
    ctx.report({
      message: 'unasked', at: nameOf(next.start.fn), subject: place, data: { place: place.text, value: act.place.text, other },
      trace: interleaving({
        before: [{ at: guard.node, text: `finds ${place.text} not set` }], wait: next.wait,
        meanwhile: [{ at: ended.node, text: `${other} sets ${place.text}` }],
        after: [{ at: act.node, text: `sets ${act.place.text} up for something that is over` }],
      }),
    });
  }
}

function reportGone(flow: FunctionFlow, ctx: Context): void {
  for (const { look, wait, change, removal, collection, key } of goneEntriesIn(flow, ctx.model)) {
    const place = collection.getText();
    ctx.report({
      message: 'gone', at: change, subject: change, data: { place, value: key, other: '' },
      trace: interleaving({ before: [{ at: look.node, text: `finds ${key} in ${place}` }], wait, meanwhile: [{ at: removal, text: `takes an entry out of ${place}` }], after: [{ at: change, text: `changes ${key}, which need not be there any more` }] }),
    });
  }
}

function reportReopened(flow: FunctionFlow, ctx: Context): void {
  for (const { unset, wait, clear, load } of reopenedLoadsIn(flow, ctx.model)) {
    const place = unset.place.text;
    const other = ctx.model.flow(load.fn).name;
    ctx.report({
      message: 'reopened', at: unset.node, subject: unset.place, data: { place, value: '', other },
      trace: interleaving({ before: [{ at: unset.node, text: `unsets ${place}` }], wait, meanwhile: [{ at: load.node, text: `${other} finds ${place} unset and loads anew` }], after: [{ at: clear.node, text: 'clears what was loaded meanwhile' }] }),
    });
  }
}

function messageFor(use: StaleUse, { grade }: Overlap): keyof typeof messages | undefined {
  if (grade === 'none') return undefined;
  if (grade === 'assumed') return 'assumed';
  if (use.kind === 'replaced') return 'replaced';
  return grade === 'shown' && use.sure ? use.kind : `${use.kind}Perhaps`;
}
