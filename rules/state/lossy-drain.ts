import {
  defineRule, is, outermostWrapper, skipWrappers,
  type EventOf, type FlowEvent, type FunctionFlow, type Place, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { interleaving, isShared, letsOthersIn, lockedThroughout, suspensionOf } from '../support/interleaving.js';
import { changedMeanwhile, otherThread } from '../support/meanwhile.js';
import { within } from '../support/settling-coverage.js';

const text = '{place} is emptied after this await: what {other} added since it was {looked} is dropped unseen';
const messages = {
  shown: { text, preset: 'all', severity: 'note', precision: 'low' },
  exposed: { text, preset: 'strict', severity: 'warning', precision: 'medium' },
  assumed: { text, preset: 'all', severity: 'warning', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Read = EventOf<'read'>;
type Write = EventOf<'write'>;

export default defineRule({
  meta: {
    id: 'lossy-drain',
    family: 'state',
    summary: 'shared collection used, then an await, then emptied unseen',
    question: 'race',
    encodes: [],
    origin: 'buffers that are flushed over the network and cleared when the answer comes',
    cwe: [362],
    docs: {
      why:
        'What stands in the collection is copied, sent or walked through, and the function waits for that. Items added while it waits were neither sent nor looked at, ' +
        'and the clear behind the wait throws them away. Under load this loses data all the time, and no error says so.',
      instead:
        'Take the items and empty the collection in one go, before anything waits: `const batch = this.buffer; this.buffer = [];` or `this.buffer.splice(0)`. ' +
        'Where a failed batch must be kept, put it back in the `catch`; or take away only what was sent: `for (const item of batch) this.pending.delete(item);`.',
      limits:
        'Use, wait and clear must stand in one function, and what adds must be in view. A collection that is looked at again behind the last await is taken to be known empty; a for…of over a list itself comes to what is pushed meanwhile. ' +
        'Clearing in a method that ends the instance is left alone, for what comes after the end is not wanted.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (flow.all('await').length === 0) return;
    for (const clear of flow.all('write')) {
      if (isShared(clear.place) && isEmptying(clear) && !isEnd(flow.name)) check(clear, flow, ctx);
    }
  },
});

function check(clear: Write, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const { place } = clear;
  const looks = flow.all('read').filter((r) => r.place.key === place.key && isUse(r, clear, model));
  for (const look of looks) {
    const path = flow.pathThrough(look, letsOthersIn, (e) => e === clear, { avoidingFirst: (e) => e === clear, avoidingSecond: (e) => !within(e.node, clear.node) && touches(e, place, model), throws: 'none', backEdges: look.access === 'iterate' });
    const wait = path && suspensionOf(path);
    if (!wait || lockedThroughout(flow, look, clear)) continue;
    const walk = liveWalk(look);
    const other = changedMeanwhile(place, flow, model, (a) => a.fn !== flow.node && (a.access === 'add' || (a.access === 'assign' && a.place.entry !== undefined)) && !(walk && isPush(a.node) && comesToItsEnd(walk, clear, flow)));
    if (!other || other.overlap.grade === 'none') return;
    ctx.report({
      message: other.overlap.grade,
      at: clear.node,
      subject: place,
      data: { place: place.text, other: other.name, looked: verbs[look.access] },
      trace: interleaving({
        before: [{ at: look.node, text: `${place.text} is ${verbs[look.access]}` }],
        wait,
        meanwhile: otherThread(other, `adds to ${place.text}`),
        after: [{ at: clear.node, text: `empties ${place.text}: B’s item is gone` }],
      }),
    });
    return;
  }
}

const verbs = { value: 'taken', test: 'tested', entry: 'looked up', iterate: 'read' } as const satisfies Record<Read['access'], string>;

/** `clear()`, `length = 0`, `= []`, `= new Map()`. */
function isEmptying(write: Write): boolean {
  if (write.place.entry !== undefined) return false;
  if (write.access === 'clear') return true;
  if (write.access !== 'assign' || !write.value) return false;
  const value = skipWrappers(write.value);
  if (is.arrayLiteral(value)) return value.elements.length === 0;
  return is.new(value) && /^(Map|Set)$/.test(value.expression.getText()) && (value.arguments?.length ?? 0) === 0;
}

/** The items go somewhere: walked through, copied, handed over. A mere test of how many there are settles nothing. */
function isUse(read: Read, clear: Write, model: SemanticModel): boolean {
  if (read.access === 'iterate') return true;
  return read.access === 'value' && !within(read.node, clear.node) && !model.accesses(read.place).some((a) => a.node === read.node && a.branches);
}

/** The `for…of` over the collection itself, no copy: it visits what is added behind where it stands. */
function liveWalk({ access, node }: Read): ts.ForOfStatement | undefined {
  const { parent } = outermostWrapper(node);
  return access === 'iterate' && is.forOf(parent) && parent.expression === outermostWrapper(node) ? parent : undefined;
}

const isPush = (node: ts.Node): boolean => is.call(node) && is.propertyAccess(node.expression) && node.expression.name.text === 'push';

/** Every way from a wait to the clear goes through the head of the loop, which finds what came meanwhile. */
function comesToItsEnd(walk: ts.ForOfStatement, clear: Write, flow: FunctionFlow): boolean {
  const heads = new Set(flow.at(walk));
  return heads.size > 0 && flow.all('await').every((wait) => !letsOthersIn(wait) || flow.pathTo(wait, (e) => e === clear, { avoiding: (e) => heads.has(e), throws: 'callee' }) === undefined);
}

/** Looked at again, or emptied already. */
function touches(event: FlowEvent, place: Place, model: SemanticModel): boolean {
  if (event.kind === 'read') return event.place.key === place.key;
  if (event.kind === 'write') return event.place.key === place.key && event.access !== 'add';
  return event.kind === 'call' && model.call(event.call).targets.some((fn) => model.summary(fn).writes.has(place.key));
}

/** What is emptied at the end of an instance, or to start anew, is not wanted any more. */
function isEnd(name: string): boolean {
  return /^(close|dispose|destroy|end|stop|shutdown|terminate|reset|clear|cleanup|clean_up|teardown|disconnect|quit|abort|cancel|kill|remove|delete|unload|init|initialize|reload|refresh)/i.test(name.slice(name.lastIndexOf('.') + 1).replace(/^[#_]+/, ''));
}
