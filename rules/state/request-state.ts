import {
  defineRule, is, skipWrappers,
  type EventOf, type FlowEvent, type FunctionFlow, type RemoteEvent, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { broughtBy } from '../support/brought-by-event.js';
import { interleaving, isShared, letsOthersIn, lockedThroughout, secondActivation, suspensionOf } from '../support/interleaving.js';

const messages = {
  after: { text: '{place} holds data of one request and is read after this await: by then it may be that of another', preset: 'strict', severity: 'warning', precision: 'medium' },
  others: { text: '{place} holds data of one request and is read in {reader}, whichever request came last', preset: 'all', severity: 'note', precision: 'low' },
  call: { text: '{place} holds what one call of {name} was given and is read after this await: by then it may be that of another', preset: 'all', severity: 'note', precision: 'low' },
  exposedCall: { text: '{place} holds what one call of {name} was given and is read after this await: by then it may be that of another', preset: 'all', severity: 'warning', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Write = EventOf<'write'>;

export default defineRule({
  meta: {
    id: 'request-state',
    family: 'state',
    summary: 'data of one request kept where all requests look',
    question: 'race',
    encodes: ['RM-D1'],
    cwe: [362, 567],
    docs: {
      why:
        'A module variable or a field of a service is one for all requests. While the first request waits, the second one puts its own user, tenant or message there; when the first ' +
        'goes on, it works with what belongs to somebody else. That answers one user with the data of another.',
      instead:
        'Hand the data on as an argument, keep it in a local variable, or on the request object itself. For what must be reachable deep down use `AsyncLocalStorage`.',
      limits:
        'The handler must be in view as such, and the value must come from what the request brought. Keyed entries, counters and places whose name says that the last one is wanted are ' +
        'left alone. A read in another function is reported at all, for it may be meant to see the last request. The state of one call of any other function counts where two calls at once are in view.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    const writes = flow.all('write').filter((w) => isShared(w.place) && w.access === 'assign' && w.place.entry === undefined && w.value && !isConstant(w.value) && !LAST_WINS.test(lastName(w)));
    if (writes.length === 0 || is.sourceFile(flow.node) || is.constructor(flow.node)) return;
    for (const write of writes) check(write, flow, ctx);
  },
});

const LAST_WINS = /^[_#]*(last|latest|prev|recent|cached|cache|newest|start|now|date|time|count|total|max|min)/i;
const lastName = ({ place }: Write): string => place.path.at(-1) ?? place.root?.name ?? '';

function isConstant(value: ts.Expression): boolean {
  const node = skipWrappers(value);
  return is.literal(node) || /^(true|false|null|undefined|\[\]|\{\})$/.test(node.getText());
}

function check(write: Write, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const isModules = write.place.kind === 'module';
  // What looks at callers all over the project is asked last.
  if (!mayBeOneForAll(write) || isMadeFromItself(write, flow) || (!isModules && !flow.all('await').some(letsOthersIn))) return;
  if (isClaim(write, flow, model)) return;
  const after = readAfterWait(write, flow, model);
  if ((!after && !isModules) || (!isModules && model.overlap(flow.node).grade === 'none')) return;
  const given = ownParameters(write.value!, flow, model);
  const event = model.remoteEvent(flow.node);
  // Of an object it must be shown that requests meet on it: an entity is made anew for each.
  const meets = isModules || model.overlap(flow.node).grade === 'shown';
  const brought = meets && event?.kind === 'request' && broughtBy(event, write.value!, model) ? event : undefined;
  if (!given && !brought) return;
  if (after) reportAfter(write, after, brought, flow, ctx);
  else if (brought && write.place.kind === 'module') reportOthers(write, brought, flow, ctx);
}

/** `peak = Math.max(peak, n)`: of all requests, not of one. */
function isMadeFromItself({ place, value }: Write, flow: FunctionFlow): boolean {
  return flow.all('read').some((r) => r.place.key === place.key && r.node.pos >= value!.pos && r.node.end <= value!.end);
}

/** `if (this.root === undefined) this.root = id`: only the first puts something there. */
function isClaim(write: Write, flow: FunctionFlow, model: SemanticModel): boolean {
  const looks = new Set(model.accesses(write.place).filter((a) => a.kind === 'read' && a.branches).map((a) => a.node));
  return flow.pathTo(flow.entry, (e) => e === write, { avoiding: (e) => looks.has(e.node), throws: 'none' }) === undefined;
}

/** A variable of the module, or a field: of an object on which two activations meet. */
function mayBeOneForAll({ place }: Write): boolean {
  return place.kind === 'module' ? place.path.length === 0 : place.kind === 'field' && place.path.length <= 1;
}

/** Does the value come from a parameter of this very function? */
function ownParameters(value: ts.Expression, flow: FunctionFlow, model: SemanticModel): boolean {
  return flow.all('read').some((r) => r.place.kind === 'parameter' && r.node.pos >= value.pos && r.node.end <= value.end && !is.callOrNew(r.node.parent) && model.place(value)?.kind === 'parameter');
}

/** The read behind a suspension, with no other write in between and no look at whose it is. */
function readAfterWait(write: Write, flow: FunctionFlow, model: SemanticModel): { readonly read: FlowEvent; readonly wait: EventOf<'await'> } | undefined {
  const { key } = write.place;
  const reads = (e: FlowEvent): boolean => {
    if (e.kind === 'read') return e.place.key === key || e.place.key.startsWith(`${key}.`);
    return e.kind === 'call' && model.call(e.call).targets.some((fn) => model.summary(fn).reads.has(key));
  };
  const writes = (e: FlowEvent): boolean => e.kind === 'write' && e.place.key === key;
  const path = flow.pathThrough(write, letsOthersIn, reads, { avoiding: writes, throws: 'none', backEdges: false });
  const wait = path && suspensionOf(path);
  const read = path?.events.at(-1);
  if (!wait || !read || lockedThroughout(flow, write, read) || model.turnsOthersAway(wait, flow, write.place)) return undefined;
  // Set only when something is given, it is a setting that is kept.
  const isSticky = flow.pathTo(flow.entry, (e) => e === wait, { avoiding: (e) => e === write, throws: 'none' }) !== undefined;
  const decides = read.kind === 'read' && model.accesses(write.place).some((a) => a.node === read.node && a.branches);
  return decides || isSticky ? undefined : { read, wait };
}

function reportAfter(write: Write, { read, wait }: { readonly read: FlowEvent; readonly wait: EventOf<'await'> }, event: RemoteEvent | undefined, flow: FunctionFlow, ctx: Context): void {
  const overlap = ctx.model.overlap(flow.node);
  if (overlap.grade === 'none' && !event) return;
  const place = write.place.text;
  ctx.report({
    message: event ? 'after' : overlap.grade === 'shown' ? 'call' : 'exposedCall',
    at: write.node,
    subject: write.place,
    data: { place, name: flow.name },
    trace: interleaving({
      before: [{ at: write.node, text: `puts what it was given into ${place}` }],
      wait,
      meanwhile: [...(event ? [{ at: event.node, text: `another request: ${event.text}` }] : secondActivation(overlap, flow.name)), { at: write.node, text: `puts its own into ${place}` }],
      after: [{ at: read.node, text: `finds what belongs to B` }],
    }),
  });
}

function reportOthers(write: Write, event: RemoteEvent, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const reader = model.accesses(write.place).find((a) => a.kind === 'read' && !a.branches && a.fn !== flow.node && model.remoteEvent(a.fn)?.kind === 'request');
  if (!reader) return;
  const place = write.place.text;
  const name = model.flow(reader.fn).name;
  ctx.report({
    message: 'others',
    at: write.node,
    subject: write.place,
    data: { place, reader: name },
    trace: [
      { at: event.node, text: `one request: ${event.text}`, thread: 'A' },
      { at: write.node, text: `puts its data into ${place}`, thread: 'A' },
      { at: write.node, text: 'another request puts its own there', thread: 'B' },
      { at: reader.node, text: `${name} finds what belongs to B`, thread: 'A' },
    ],
  });
}
