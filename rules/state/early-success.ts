import {
  defineRule, enclosingRoot, is, isAsync, outermostWrapper, skipWrappers,
  type CallNode, type EventOf, type FlowEvent, type FunctionFlow, type Overlap, type Place, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { earlyCallbacksIn, type EarlyCallback } from '../support/early-callback.js';
import { interleaving, isShared, letsOthersIn, secondActivation, suspensionOf } from '../support/interleaving.js';

const text = '{name} returns at once while {flag} is set: whoever comes second goes on before the work is done';
const messages = {
  used: { text, preset: 'strict', severity: 'warning', precision: 'medium' },
  awaited: { text, preset: 'all', severity: 'note', precision: 'low' },
  assumed: { text, preset: 'all', severity: 'note', precision: 'low' },
  answered: { text: '{name} calls back at once while {flag} is set: whoever comes second goes on before the work is done', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Write = EventOf<'write'>;

export default defineRule({
  meta: {
    id: 'early-success',
    family: 'state',
    summary: 'busy guard that returns as if the work were done',
    question: 'settling',
    encodes: [],
    origin: 'real fixes in public projects: init() and refresh() whose second caller is told that all is ready',
    cwe: [362],
    docs: {
      why:
        'The first caller sets the flag and works. The second one finds the flag, returns at once, and its `await` is over before the work is: it uses a client that is not ' +
        'connected, or reads what is not loaded. It fails only when two come at once, most often right after the start.',
      instead:
        'Keep the promise, not a flag, and give it to whoever comes: `init() { return (this.ready ??= this.load()); }`. Drop it when it rejects, so that the next caller tries again.',
      limits:
        'The flag must be set and left set before the first await, or kept until the work is over, in the same function. Strict needs two calls at once in view, and a caller that awaits one and then reads a field that ' +
        'the work fills behind its await; one of the two is enough for all. Ticks of timers, flushes and other work that nobody waits for are left alone. A callback that is called at once is reported at all.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const each of earlyCallbacksIn(flow, ctx.model)) reportCallback(each, flow, ctx);
    if (!flow.isAsync || flow.all('await').length === 0) return;
    for (const mark of flow.all('write')) {
      if (isShared(mark.place) && isRaised(mark)) check(mark, flow, ctx);
    }
  },
});

function check(mark: Write, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const leave = earlyReturn(mark.place, flow, model);
  const path = leave && flow.pathThrough(mark, letsOthersIn, (e) => e.kind === 'write' && isShared(e.place) && e.place.key !== mark.place.key && fills(e), { throws: 'none', backEdges: false });
  const wait = path && suspensionOf(path);
  const filled = path?.events.at(-1);
  if (!wait || filled?.kind !== 'write' || is.sourceFile(flow.node)) return;
  const overlap = model.overlap(flow.node);
  if (overlap.grade === 'none') return;
  const user = userOf(flow, filled.place, mark.place, model);
  if (!user) return;
  ctx.report({
    message: messageFor(overlap, user.use !== undefined),
    at: leave.node,
    subject: mark.place,
    data: { name: flow.name, flag: mark.place.text },
    trace: interleaving({
      before: [{ at: mark.node, text: `sets ${mark.place.text}` }],
      wait,
      meanwhile: [
        ...secondActivation(overlap, flow.name),
        { at: leave.node, text: 'returns at once, as if all were done' },
        { at: user.call, text: 'the caller goes on' },
        ...(user.use ? [{ at: user.use, text: `uses ${filled.place.text}, which is not filled yet` }] : []),
      ],
      after: [{ at: filled.node, text: `fills ${filled.place.text} only now` }],
    }),
  });
}

function reportCallback({ guard, answer, mark, end }: EarlyCallback, flow: FunctionFlow, ctx: Context): void {
  const { grade } = ctx.model.overlap(flow.node);
  if (grade === 'none') return;
  ctx.report({
    message: 'answered',
    at: answer,
    subject: mark.place,
    data: { name: flow.name, flag: mark.place.text },
    trace: [
      { at: mark.node, text: `sets ${mark.place.text} and begins`, thread: 'A' },
      { at: guard.node, text: `finds ${mark.place.text} set`, thread: 'B' },
      { at: answer, text: 'is called back as if all were done', thread: 'B' },
      { at: end, text: 'is called back only when it is', thread: 'A' },
    ],
  });
}

function messageFor({ grade }: Overlap, isUsed: boolean): keyof typeof messages {
  if (grade === 'shown') return isUsed ? 'used' : 'awaited';
  return grade === 'exposed' && isUsed ? 'awaited' : 'assumed';
}

/** `this.started = true`: a flag that says that someone has begun. */
function isRaised(write: Write): boolean {
  return write.access === 'assign' && write.place.entry === undefined && write.value !== undefined && write.value.getText() === 'true' && !write.cleanup;
}

function fills({ access, value }: Write): boolean {
  return access === 'assign' && value !== undefined && !/^(true|false|null|undefined|\[\]|\d+)$/.test(skipWrappers(value).getText());
}

/** The bare return for whoever finds the flag set. */
function earlyReturn(place: Place, flow: FunctionFlow, model: SemanticModel): FlowEvent | undefined {
  for (const guard of flow.all('guard')) {
    if (guard.form !== 'truthy' || model.place(skipWrappers(guard.test))?.key !== place.key) continue;
    const way = flow.pathTo(guard, (e) => e.kind === 'return', { firstEdge: 'true', throws: 'none', avoiding: (e) => e.kind === 'call' || e.kind === 'await' || (e.kind === 'guard' && e !== guard), backEdges: false });
    const end = way?.events.at(-1);
    if (end?.kind === 'return' && end.value === undefined) return end;
  }
  return undefined;
}

/** A caller that waits for the work; best one that uses afterwards what the work fills. */
function userOf(flow: FunctionFlow, filled: Place, flag: Place, model: SemanticModel): { readonly call: CallNode; readonly use?: ts.Node } | undefined {
  if (is.sourceFile(flow.node)) return undefined;
  const waiting = model.callersOf(flow.node).filter((call) => is.await(outermostWrapper(call).parent) && isAsync(enclosingRoot(call)));
  for (const call of waiting) {
    const caller = model.flow(enclosingRoot(call));
    const after = caller.at(outermostWrapper(call).parent).find((e) => e.kind === 'await');
    const use = after && caller.pathTo(after, (e) => (e.kind === 'read' && (e.place.key === filled.key || e.place.key.startsWith(`${filled.key}.`)) && !isGuarded(e.node)) || (e.kind === 'call' && readsPlace(e.call, filled, flag, model)), { throws: 'none' });
    if (use) return { call, use: use.events.at(-1)!.node };
  }
  const [call] = waiting;
  return call && { call };
}

function readsPlace(call: CallNode, place: Place, flag: Place, model: SemanticModel): boolean {
  return model.call(call).targets.some((fn) => {
    const { reads } = model.summary(fn);
    return reads.has(place.key) && !reads.has(flag.key);
  });
}

/** `this.client?.send()`: whoever writes so reckons with its being absent. */
function isGuarded(node: ts.Node): boolean {
  const { parent } = node;
  return (is.propertyAccess(parent) || is.call(parent)) && parent.questionDotToken !== undefined;
}

