import {
  defineRule, enclosingRoot, is, isFunctionNode, skipWrappers,
  type Access, type EventOf, type FlowEvent, type FlowRoot, type FunctionFlow, type LockRef, type Place, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { nameAround } from '../support/function-name.js';
import { interleaving, letsOthersIn, suspensionOf } from '../support/interleaving.js';
import { isSameObject, otherThread, overlapByOthers, type Meanwhile } from '../support/meanwhile.js';

const messages = {
  unguarded: { text: '{other} changes {place} without {lock}, under which {fn} relies on it', preset: 'recommended', severity: 'error', precision: 'high' },
  unsure: { text: '{other} changes {place} without {lock}, under which {fn} relies on it', preset: 'all', severity: 'note', precision: 'low' },
  assumed: { text: '{other} changes {place} without {lock}, under which {fn} relies on it', preset: 'all', severity: 'warning', precision: 'low' },
  sometimes: { text: '{other} changes {place}, and is called both under {lock} and without it, as here', preset: 'all', severity: 'warning', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Touch = EventOf<'read'> | EventOf<'write'>;

export default defineRule({
  meta: {
    id: 'inconsistent-guard',
    family: 'state',
    summary: 'state that one function guards with a lock and another changes without',
    question: 'race',
    encodes: ['WP-1', 'RM-C5', 'RM-R3'],
    cwe: [366, 820, 362],
    docs: {
      why:
        'A lock holds back only those who ask for it. One section reads the state, waits, and writes it back under the lock; a method that changes the same state without the lock runs in the middle, and its change is ' +
        'overwritten, or the section goes on with what is no longer true. Every place that takes the lock looks safe, and so does the one that does not.',
      instead:
        'Take the same lock wherever the state is changed, or do the change inside a method that takes it. A lone read that does not lead to a write needs no lock: JavaScript runs it in one piece.',
      limits:
        'Which lock guards a place is inferred: some section must wait between two uses of it, and more uses must be under the lock than changes outside it. Constructors and module top levels are left out, and so are functions ' +
        'that some caller in view calls with the lock held. Keys that differ by name may be the same, so entries of a map are reported at all, as are exported functions that nothing in view calls. A helper that is called both ways is reported at all, where it changes the place.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (!isFunctionNode(flow.node) || flow.all('await').length === 0) return;
    const seen = new Set<string>();
    for (const write of flow.all('write')) {
      const { place } = write;
      if (!outlives(place) || seen.has(place.key) || enclosingRoot(write.node) !== flow.node) continue;
      seen.add(place.key);
      const reliance = relianceOn(place, flow, ctx.model);
      if (reliance) check(reliance, flow, ctx);
    }
  },
});

/** Two uses of a place under one lock with a suspension between them. */
interface Reliance {
  readonly place: Place;
  readonly lock: LockRef;
  readonly family: string;
  readonly first: Touch;
  readonly wait: EventOf<'await'>;
  readonly last: Touch;
}

function relianceOn(place: Place, flow: FunctionFlow, model: SemanticModel): Reliance | undefined {
  const touches = flow.events.filter((e): e is Touch => (e.kind === 'read' || e.kind === 'write') && e.place.key === place.key);
  for (const [family, lock] of model.locksAround(touches[0]!.node).surely) {
    if (model.isExclusive(lock) === 'no' || lock.names.length === 0) continue;
    const held = touches.filter((touch) => model.locksAround(touch.node).surely.has(family));
    const letsGo = (e: FlowEvent): boolean => e.kind === 'release' && e.lock.key === lock.key;
    for (const first of held) {
      // A fresh look behind the wait is what saves a section that ends in a write.
      const looks = (e: FlowEvent): boolean => e.kind === 'read' && e.place.key === place.key;
      const toWrite = flow.pathThrough(first, letsOthersIn, (e) => e !== first && e.kind === 'write' && held.includes(e), { avoiding: letsGo, avoidingSecond: looks, throws: 'none', backEdges: false });
      const path = toWrite ?? (first.kind === 'write' ? flow.pathThrough(first, letsOthersIn, (e) => e !== first && e.kind === 'read' && held.includes(e), { avoiding: letsGo, throws: 'none', backEdges: false }) : undefined);
      const wait = path && suspensionOf(path);
      const last = path?.events.at(-1);
      if (wait && (last?.kind === 'read' || last?.kind === 'write')) return { place, lock, family, first, wait, last };
    }
  }
  return undefined;
}

function check({ place, lock, family, first, wait, last }: Reliance, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const whole = place.entry === undefined ? place : { ...place, key: place.key.slice(0, -(place.entry.length + 2)), entry: undefined };
  const uses = model.accesses(whole as Place).filter(({ fn }) => isFunctionNode(fn) && !is.constructor(fn));
  const guarded = uses.filter(({ node }) => model.locksAround(node).surely.has(family));
  // Another lock that both sides may have keeps them apart as well.
  const section = [...model.locksAround(first.node).perhaps.keys()];
  reportSometimes(uses, { place, lock, family, first, wait, last }, flow, ctx);
  const outside = uses.filter(({ kind, node }) => kind === 'write' && !section.some((each) => model.locksAround(node).perhaps.has(each)));
  if (outside.length === 0 || guarded.length <= outside.length) return;
  const other = surest(outside.filter((access) => isSameObject(access.fn, flow.node, place, model) && upsets(access, place, first, last)), flow, model);
  if (!other) return;
  const more = outside.filter((each) => each !== other.access).slice(0, MORE_SHOWN).map((each) => ({ at: each.node, text: `${nameAround(each.node)} changes it without ${lock.text} too` }));
  const isHere = other.access.node.getSourceFile() === ctx.file.source;
  ctx.report({
    message: messageFor(other, place),
    at: isHere ? other.access.node : last.node,
    subject: place,
    data: { place: place.text, lock: lock.text, fn: nameAround(first.node), other: nameAround(other.access.node) },
    trace: interleaving({
      before: [{ at: lock.taken, text: `takes ${lock.text}` }, { at: first.node, text: first.kind === 'read' ? `reads ${place.text}` : `sets ${place.text}` }],
      wait,
      meanwhile: otherThread(other, `changes ${place.text} without ${lock.text}`),
      after: [{ at: last.node, text: last.kind === 'write' ? `writes ${place.text} as if nothing had happened` : `reads ${place.text} as if it were still its own` }],
    }).concat(more),
  });
}

/** A helper that is called under the lock, and by somebody without it: or is public, so that anybody may. */
function reportSometimes(uses: readonly Access[], { place, lock, family, first, wait, last }: Reliance, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  for (const access of uses) {
    const { kind, node, fn } = access;
    if (kind !== 'write' || fn === flow.node || !isFunctionNode(fn) || !isSameObject(fn, flow.node, place, model) || !upsets(access, place, first, last)) continue;
    const { surely, perhaps } = model.locksAround(node);
    const callers = model.callersOf(fn);
    const under = callers.find((call) => model.locksAround(call).surely.has(family));
    if (surely.has(family) || !perhaps.has(family) || !under || ctx.model.flow(fn).all('acquire').length > 0) continue;
    const bare = callers.find((call) => !model.locksAround(call).perhaps.has(family) && model.fileOf(call).role === 'source' && model.overlap(enclosingRoot(call)).grade !== 'none');
    const isOpen = model.overlap(fn).witnesses.some((witness) => witness.text.startsWith('public method'));
    const from = bare ?? (isOpen ? node : undefined);
    if (!from || node.getSourceFile() !== ctx.file.source) continue;
    ctx.report({
      message: 'sometimes', at: node, subject: node, data: { place: place.text, lock: lock.text, fn: nameAround(first.node), other: nameAround(node) },
      trace: interleaving({
        before: [{ at: lock.taken, text: `takes ${lock.text}` }, { at: first.node, text: first.kind === 'read' ? `reads ${place.text}` : `sets ${place.text}` }],
        wait,
        meanwhile: [{ at: from, text: bare ? `is called without ${lock.text}` : `is public: callers need not have ${lock.text}` }, { at: node, text: `changes ${place.text}` }],
        after: [{ at: last.node, text: `goes on with ${place.text} as if it were still its own` }, { at: under, text: 'while this call of the same function has the lock' }],
      }),
    });
    return;
  }
}

/** More of the other changes would bury the one that is told of. */
const MORE_SHOWN = 3;

const RANK = { none: 0, assumed: 1, exposed: 2, shown: 3 } as const;

/** The change whose function is the likeliest to run while the section waits. */
function surest(changes: readonly Access[], flow: FunctionFlow, model: SemanticModel): Meanwhile | undefined {
  const ranked = changes.map((access) => ({ access, overlap: overlapByOthers(startedAs(access.fn, model), model), name: nameAround(access.node) }));
  const able = ranked.filter(({ access, overlap }) => overlap.grade !== 'none' && (nameAround(access.node) !== nameAround(flow.node) || overlap.grade === 'shown'));
  return able.sort((a, b) => RANK[b.overlap.grade] - RANK[a.overlap.grade])[0];
}

/** The section of another lock, or a callback that runs in place, comes when the function around it does. */
function startedAs(fn: FlowRoot, model: SemanticModel): FlowRoot {
  const callback = isFunctionNode(fn) ? model.callbackOf(fn) : undefined;
  return callback && (callback.timing === 'awaited' || callback.timing === 'sync') ? startedAs(enclosingRoot(callback.call), model) : fn;
}

/** Does the change spoil what the section does? A mark that both sides set to constants does not, nor does one section's mark set by another. */
function upsets(access: Access, place: Place, first: Touch, last: Touch): boolean {
  if (place.entry !== undefined && access.place.entry !== undefined && /^["\d]/.test(place.entry) && /^["\d]/.test(access.place.entry) && place.entry !== access.place.entry) return false;
  // Taking out what is gone already does nothing.
  const takesOut = (kind: string): boolean => kind === 'remove' || kind === 'clear';
  if (last.kind === 'write' && takesOut(last.access) && takesOut(access.access)) return false;
  const isMark = access.access === 'assign' && isConstant(access);
  if (!isMark) return true;
  return first.kind === 'read' && last.kind === 'write' && !(last.value && isConstant(last));
}

function isConstant({ value }: { readonly value?: ts.Expression | undefined }): boolean {
  return value !== undefined && (/^(?:true|false|null|undefined)$/.test(skipWrappers(value).getText()) || is.literal(skipWrappers(value)));
}

function outlives(place: Place): boolean {
  return place.kind === 'field' || place.kind === 'module';
}

function messageFor({ overlap }: Meanwhile, place: Place): keyof typeof messages {
  if (overlap.grade === 'assumed') return 'assumed';
  return place.entry === undefined ? 'unguarded' : 'unsure';
}
