import { defineRule, type EventOf, type EventTest, type FunctionFlow, type Place, type RuleContext, type SemanticModel, type ts } from '../../src/rule.js';
import { answerOf } from '../support/answer.js';
import { continuationsIn, type Continuation } from '../support/continuation.js';
import { interleaving, isShared, letsOthersIn, lockedThroughout, secondActivation, suspensionOf, type Wait } from '../support/interleaving.js';
import { outsideRecords, type OutsideRecord } from '../support/outside-record.js';
import { writesOwnItem } from '../support/own-item.js';
import { isBasis, isCopied, putsBack } from '../support/written-from.js';
import { renderedUpdatesIn, type RenderedUpdate } from '../support/render-state.js';
import { rowChangesIn, type RowChange } from '../support/row-change.js';
import { within } from '../support/settling-coverage.js';

const text = '{place} is read before this await and written from the old value after it: what others write meanwhile is lost';
const messages = {
  shown: { text, preset: 'recommended', severity: 'error', precision: 'high' },
  exposed: { text, preset: 'all', severity: 'note', precision: 'low' },
  assumed: { text, preset: 'all', severity: 'warning', precision: 'low' },
  restored: { text: '{place} is put back from a copy that was made before an await: what others put in meanwhile is lost', preset: 'all', severity: 'warning', precision: 'low' },
  record: { text: '{place} puts back a record that was fetched before an await: what others stored under that key meanwhile is lost', preset: 'all', severity: 'warning', precision: 'low' },
  rendered: { text: '{place} is what it was when this was rendered, and is set from that after the wait: what was set meanwhile is lost', preset: 'all', severity: 'note', precision: 'low' },
  row: { text: 'a row of {place} is read without a lock and written from what it held: of two changes at once one is lost', preset: 'all', severity: 'warning', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Look = EventOf<'read'> | EventOf<'call'>;
type Write = EventOf<'write'>;

export default defineRule({
  meta: {
    id: 'lost-update',
    family: 'state',
    summary: 'shared value read, then an await, then written from the old value',
    question: 'race',
    encodes: ['WP-1', 'WP-9'],
    cwe: [362],
    docs: {
      why:
        'Between the read and the write the function waits, and another activation reads the same old value. Both write what they made of it; one of the two changes is ' +
        'gone, with no error anywhere. `n += await f()` reads n before it waits: the shortest lost update there is.',
      instead:
        'Wait first, then read and write in one go: `const v = await f(); n += v`. Where the new value depends on the old one for longer, hold a lock over read and write, ' +
        'or look again after the await and start over if the value changed. TypeScript keeps its narrowing across an await, so another linter may call ' +
        'the second look unnecessary; it is not.',
      limits:
        'The written value must depend on the old read of the very same place, directly, through one variable or through a helper that gives it, in one function or on two sides of a `then`. Places are fields, module variables and variables captured by ' +
        'callbacks that overlap; a parameter’s own properties and objects that have not left the function are not shared. A copy put back when a wait fails, and a record of an outside store that is fetched and put ' +
        'back under the same key are reported at all only: the store may have its own order. Of rows only a read and a write of one table in one function are seen, known by the words of SQL, builders and mappers; anything that locks rows, compares a version or reckons in the statement counts as the cure. State of a component is stale where its value was not what the wait was for. Two activations must be shown in view for recommended.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    const { model } = ctx;
    if (flow.all('await').length > 0) {
      for (const each of outsideRecords(flow, model)) if (each.isDerived) reportRecord(each, flow, ctx);
      for (const each of renderedUpdatesIn(flow, model)) reportRendered(each, flow, ctx);
      for (const each of rowChangesIn(flow, model)) if (each.by === 'value') reportRow(each, flow, ctx);
      for (const write of writesIn(flow)) looksAt(write.place, flow, model).some((look) => isBasis(look, write, flow, model) && (check(look, write, flow, ctx) || checkRollback(look, write, flow, ctx)));
    }
    for (const next of continuationsIn(flow, model)) {
      for (const write of writesIn(next.flow)) looksAt(write.place, flow, model).some((look) => isBasis(look, write, flow, model) && checkAcross(look, flow, next, write, ctx));
    }
  },
});

const writesIn = (flow: FunctionFlow): readonly Write[] => flow.all('write').filter((w) => isShared(w.place) && /^(assign|update|add)$/.test(w.access));

/** Reads of the place, its own or through a helper that gives it. */
function looksAt(place: Place, flow: FunctionFlow, model: SemanticModel): readonly Look[] {
  const given = flow.all('call').filter(({ call }) => {
    const answer = answerOf(call as ts.Expression, model);
    return answer !== undefined && model.place(answer.given)?.key === place.key;
  });
  return [...flow.all('read').filter((r) => r.place.key === place.key), ...given];
}

/** Reports the pair if the way from read to write is suspended and unprotected; true where it did. */
function check(look: Look, write: Write, flow: FunctionFlow, ctx: Context): boolean {
  const { model } = ctx;
  const { avoiding, looksAgain } = wayTo(write, model);
  const path = flow.pathThrough(look, letsOthersIn, (e) => e === write, {
    avoiding: (e) => e === look || avoiding(e),
    avoidingFirst: (e) => e === write,
    avoidingSecond: looksAgain,
    throws: 'none',
  });
  const wait = path && suspensionOf(path);
  if (!wait || putsBack(look, write, model) || lockedThroughout(flow, look, write) || model.turnsOthersAway(wait, flow, write.place)) return false;
  return report(look, write, wait, flow, ctx);
}

/** `const before = new Set(this.topics); this.topics.add(topic); try { await refresh(); } catch { this.topics = before; }`. */
function checkRollback(look: Look, write: Write, flow: FunctionFlow, ctx: Context): boolean {
  const { model } = ctx;
  const changes = flow.all('write').some((w) => w !== write && collectionKey(w.place) === write.place.key && /^(add|mutate|remove)$/.test(w.access));
  if (!write.cleanup || !changes || !isCopied(look.node)) return false;
  const path = flow.pathThrough(look, letsOthersIn, (e) => e === write, { avoidingFirst: (e) => e === write, throws: 'await' });
  const wait = path?.thrown.find((e) => e.kind === 'await');
  if (wait?.kind !== 'await' || lockedThroughout(flow, look, write) || model.turnsOthersAway(wait, flow, write.place)) return false;
  return report(look, write, wait, flow, ctx, 'restored');
}

const collectionKey = ({ key, entry }: Place): string => (entry === undefined ? key : key.slice(0, -(entry.length + 2)));

/** Read before `load().then(…)`, written in the callback. */
function checkAcross(look: Look, flow: FunctionFlow, { flow: inner, start, wait }: Continuation, write: Write, ctx: Context): boolean {
  const { model } = ctx;
  const { avoiding, looksAgain } = wayTo(write, model);
  if (!flow.pathTo(look, (e) => e === start, { avoiding, throws: 'none' }) || flow.heldAt(start).size > 0 || model.turnsOthersAway(start, flow, write.place)) return false;
  if (!inner.pathTo(inner.entry, (e) => e === write, { avoiding: (e) => avoiding(e) || looksAgain(e), throws: 'none' })) return false;
  return report(look, write, wait, flow, ctx);
}

function wayTo(write: Write, model: SemanticModel): { readonly avoiding: EventTest; readonly looksAgain: EventTest } {
  const { key } = write.place;
  return {
    avoiding: (e) => e.kind === 'write' && e !== write && e.place.key === key,
    looksAgain: (e) => e.kind === 'read' && e.place.key === key && model.accesses(e.place).some((a) => a.node === e.node && a.branches),
  };
}

function report(look: Look, write: Write, wait: Wait, flow: FunctionFlow, ctx: Context, as?: 'restored'): boolean {
  const overlap = ctx.model.overlap(flow.node);
  const message = overlap.grade === 'none' || writesOwnItem(write, flow.node, ctx.model) ? undefined : (as ?? overlap.grade);
  if (!message) return false;
  const place = write.place.text;
  ctx.report({
    message,
    at: write.node,
    subject: write.place,
    data: { place },
    trace: interleaving({
      before: [{ at: look.node, text: `reads ${place}` }],
      wait,
      meanwhile: [...secondActivation(overlap, flow.name), { at: look.node, text: `reads the same ${place}` }, { at: write.node, text: `writes ${place}` }],
      after: [{ at: write.node, text: `writes ${place} from its old value: B’s change is lost` }],
    }),
  });
  return true;
}

/** `const v = await db.get(key); v.n += 1; await db.set(key, v)`. */
function reportRecord({ fetched, put, text: place }: OutsideRecord, flow: FunctionFlow, ctx: Context): void {
  const overlap = ctx.model.overlap(flow.node);
  const wait = flow.all('await').find((e) => e.operand && within(fetched.node, e.operand));
  if (!wait || overlap.grade === 'none' || ctx.model.turnsOthersAway(wait, flow)) return;
  ctx.report({
    message: 'record',
    at: put.node,
    subject: put.node,
    data: { place },
    trace: interleaving({
      before: [{ at: fetched.node, text: 'fetches the record' }],
      wait,
      meanwhile: [...secondActivation(overlap, flow.name), { at: fetched.node, text: 'fetches the same record' }, { at: put.node, text: 'stores it changed' }],
      after: [{ at: put.node, text: 'stores it without B’s change' }],
    }),
  });
}

/** `const [count, setCount] = useState(0)`; `await save(); setCount(count + 1);`. */
function reportRendered({ set, wait, value }: RenderedUpdate, flow: FunctionFlow, ctx: Context): void {
  const overlap = ctx.model.overlap(flow.node);
  if (overlap.grade === 'none') return;
  ctx.report({
    message: 'rendered', at: set.node, subject: set.node, data: { place: value.text },
    trace: interleaving({
      before: [{ at: flow.node.getFirstToken() ?? flow.node, text: `begins with ${value.text} as it was rendered` }], wait,
      meanwhile: [...secondActivation(overlap, flow.name), { at: set.node, text: `sets it from the same ${value.text}` }],
      after: [{ at: value, text: `still the old ${value.text}: B’s change is lost` }],
    }),
  });
}

/** `const row = await accounts.findOne({ where: { id } }); row.balance -= n; await row.save();`. */
function reportRow({ fetched, write, wait, table }: RowChange, flow: FunctionFlow, ctx: Context): void {
  const overlap = ctx.model.overlap(flow.node);
  if (overlap.grade === 'none') return;
  ctx.report({
    message: 'row', at: write, subject: write, data: { place: table },
    trace: interleaving({
      before: [{ at: fetched, text: 'reads the row' }], wait,
      meanwhile: [...secondActivation(overlap, flow.name), { at: fetched, text: 'reads the same row' }, { at: write, text: 'writes it' }],
      after: [{ at: write, text: 'writes it from what it held before: B’s change is lost' }],
    }),
  });
}
