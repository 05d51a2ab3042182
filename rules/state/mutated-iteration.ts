import {
  defineRule, enclosingRoot, is, skipWrappers, surely,
  type Access, type CallNode, type EventOf, type FlowRoot, type FunctionFlow, type Overlap, type RuleContext, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { empties, isLate, isLookedFor, isNamedOnce, ownRemoval, removesItems } from '../support/array-removal.js';
import { goesOn, isItem, loopOver, takesGiven, type Loop } from '../support/array-walk.js';
import { interleaving, isShared, letsOthersIn, lockedThroughout } from '../support/interleaving.js';
import { changedMeanwhile, otherThread } from '../support/meanwhile.js';
import { ownExitOf } from '../support/own-exit.js';
import { within } from '../support/settling-coverage.js';

const meanwhile = '{place} is walked through with an await inside: {other} takes items out meanwhile, and others are skipped';
const messages = {
  meanwhile: { text: meanwhile, preset: 'strict', severity: 'warning', precision: 'medium' },
  meanwhilePerhaps: { text: meanwhile, preset: 'strict', severity: 'warning', precision: 'medium' },
  assumed: { text: meanwhile, preset: 'all', severity: 'note', precision: 'low' },
  inLoop: { text: '{place} loses an item to this call while it is walked through: the next one is skipped', preset: 'strict', severity: 'warning', precision: 'medium' },
  byItem: { text: '{place} is walked through while its items are called: one that takes itself out by {other} makes the walk skip the next', preset: 'strict', severity: 'warning', precision: 'medium' },
  ownExit: { text: '{place} is walked through while {other} takes each item out of it: every second one is skipped', preset: 'recommended', severity: 'warning', precision: 'high' },
  absent: { text: '{item} is taken out of {place} without a look whether it is there: where it is not, the last item goes instead', preset: 'all', severity: 'note', precision: 'low' },
  early: { text: '{item} may not be in {place} yet when this takes it out: then it takes out another, and {item} stays', preset: 'recommended', severity: 'warning', precision: 'high' },
  unchecked: { text: '{item} may be gone from {place} already: then this takes out the last item instead', preset: 'strict', severity: 'warning', precision: 'medium' },
} as const;
type Context = RuleContext<typeof messages>;
type Read = EventOf<'read'>;

export default defineRule({
  meta: {
    id: 'mutated-iteration',
    family: 'state',
    summary: 'shared array that loses items while it is walked through',
    question: 'race',
    encodes: [],
    origin: 'listener and in-flight lists in public projects from which callbacks took themselves out',
    cwe: [362],
    docs: {
      why:
        'A loop over an array counts positions. When an item before the current one is taken out, the rest moves up and the next one is never visited: a listener is not told, a ' +
        'runner is not released. And `splice(indexOf(x), 1)` for an x that is no longer there takes out the last item, which is somebody else’s.',
      instead:
        'Walk through a copy: `for (const each of [...this.items])`. Take items off until none is left: `while ((each = this.items.pop())) …`. Or use a Set, which may lose items ' +
        'while it is walked through. Look at what `indexOf` says before you splice.',
      limits:
        'Only arrays that surely are arrays; Maps and Sets may lose items during a walk. What takes items out must be in view: another function while the loop waits, or a call in its ' +
        'body. A loop that ends right after it took an item out is fine. An unchecked splice counts where a callback that can run more than once, or too late, does it, and at all wherever nobody looks at the index. That an item takes itself out is known by the name of the list.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const read of flow.all('read')) {
      if (read.access === 'iterate' && isShared(read.place)) checkLoop(read, flow, ctx);
    }
    for (const write of flow.all('write')) {
      if (write.access === 'mutate' || write.access === 'remove') checkSplice(write, flow, ctx);
    }
    for (const { call } of flow.all('call')) {
      if (!is.call(call)) continue;
      checkOwnPromise(call, flow, ctx);
      checkOwnExit(call, flow, ctx);
    }
  },
});

function checkLoop(read: Read, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const loop = loopOver(read.node);
  if (!loop || model.place(loop.list)?.key !== read.place.key || !surely(model.hasTrait(loop.list, 'array')) || isRewritten(read, model)) return;
  const { place } = read;
  const spliced = flow.all('call').find((e) => within(e.node, loop.body) && removalIn(e.call, read, model) && goesOn(e, loop, flow));
  const removal = spliced && removalIn(spliced.call, read, model);
  if (removal) {
    ctx.report({
      message: 'inLoop', at: spliced.node, subject: place, data: { place: place.text },
      trace: [{ at: read.node, text: `${place.text} is walked through` }, ...removalSteps(spliced.call, removal), { at: read.node, text: 'goes on with the next position: one item is skipped' }],
    });
    return;
  }
  if (checkItems(read, loop, flow, ctx)) return;
  const wait = flow.all('await').find((e) => letsOthersIn(e) && within(e.node, loop.body) && goesOn(e, loop, flow));
  if (!wait || lockedThroughout(flow, read, wait)) return;
  const other = changedMeanwhile(place, flow, model, (a) => a.fn !== flow.node && removesItems(a));
  if (!other) return;
  const message = gradeMessage(other.overlap);
  if (!message) return;
  ctx.report({
    message, at: read.node, subject: place, data: { place: place.text, other: other.name },
    trace: interleaving({
      before: [{ at: read.node, text: `walks through ${place.text}` }],
      wait,
      meanwhile: otherThread(other, `takes an item out of ${place.text}`),
      after: [{ at: read.node, text: 'goes on with the next position: one item is skipped' }],
    }),
  });
}

/** `for (const listener of this.listeners) listener(event)`: a listener may call what takes it out. */
function checkItems(read: Read, loop: Loop, flow: FunctionFlow, ctx: Context): boolean {
  const { model } = ctx;
  const { place } = read;
  const called = flow.all('call').find(({ call }) => within(call, loop.body) && isItem(call.expression, loop, model));
  const removal = called && model.accesses(place).find((a) => removesItems(a) && a.fn !== flow.node && takesGiven(a.fn));
  if (!called || !removal || !goesOn(called, loop, flow)) return false;
  ctx.report({
    message: 'byItem', at: read.node, subject: place, data: { place: place.text, other: model.flow(removal.fn).name },
    trace: [{ at: read.node, text: `${place.text} is walked through` }, { at: called.node, text: 'the item may call what takes it out' }, { at: removal.node, text: `takes it out of ${place.text}` }, { at: read.node, text: 'goes on with the next position: one item is skipped' }],
  });
  return true;
}

function gradeMessage({ grade }: Overlap): keyof typeof messages | undefined {
  switch (grade) {
    case 'none':
      return undefined;
    case 'shown':
      return 'meanwhile';
    case 'exposed':
      return 'meanwhilePerhaps';
    case 'assumed':
      return 'assumed';
  }
}

/** The array is replaced rather than changed wherever items go: `this.items = this.items.filter(…)` leaves a walk alone. */
function isRewritten(read: Read, model: SemanticModel): boolean {
  return !model.accesses(read.place).some(removesItems);
}

/** What the call does to the array: itself, or in a function of the same object that it calls. */
function removalIn(call: CallNode, read: Read, model: SemanticModel): Access | undefined {
  const removals = model.accesses(read.place).filter(removesItems);
  const callee = skipWrappers(call.expression);
  const isOwn = is.identifier(callee) || (is.propertyAccess(callee) && is.this(skipWrappers(callee.expression)));
  const targets: readonly ts.Node[] = isOwn ? model.call(call).targets : [];
  return removals.find(({ node, fn }) => node === call || targets.includes(fn));
}

function removalSteps(call: CallNode, removal: Access): TraceStep[] {
  const own = { at: call, text: removal.node === call ? 'takes an item out of it' : 'this is called for an item' };
  return removal.node === call ? [own] : [own, { at: removal.node, text: 'takes an item out of it' }];
}

function checkSplice(write: EventOf<'write'>, flow: FunctionFlow, ctx: Context): void {
  const { node } = write;
  if (!is.call(node) || !is.propertyAccess(node.expression) || node.expression.name.text !== 'splice' || node.arguments.length !== 2) return;
  const [at, count] = node.arguments;
  const inline = skipWrappers(at!);
  const kept = is.identifier(inline) && isNamedOnce(inline, flow, ctx.model) ? skipWrappers(ctx.model.resolveAlias(inline)) : undefined;
  const found = kept ?? inline;
  if (count!.getText() !== '1' || !is.call(found) || !is.propertyAccess(found.expression) || found.expression.name.text !== 'indexOf') return;
  if (found.expression.expression.getText() !== node.expression.expression.getText() || !found.arguments[0]) return;
  const { model } = ctx;
  const place = model.place(node.expression.expression);
  if (!place || !isShared(place) || !isLate(node, flow, model) || isLookedFor(node, found.arguments[0].getText())) return;
  const other = kept ? undefined : model.accesses(place).find((a) => a.fn !== flow.node && a.node !== node && (removesItems(a) || empties(a)));
  if (!other) return ctx.report({ message: 'absent', at: node, subject: place, data: { place: place.text, item: found.arguments[0].getText() }, trace: [{ at: found, text: 'gives -1 for what is not there' }, { at: node, text: 'takes out the last item then, whichever it is' }] });
  ctx.report({
    message: 'unchecked', at: node, subject: place, data: { place: place.text, item: found.arguments[0].getText() },
    trace: [{ at: other.node, text: `takes items out of ${place.text} meanwhile` }, { at: found, text: 'gives -1 for what is not there any more' }, { at: node, text: 'takes out the last item, whichever it is' }],
  });
}

/** `this.runners.map((runner) => runner.release())`, and `release` takes the runner out of that list at once. */
function checkOwnExit(walk: ts.CallExpression, flow: FunctionFlow, ctx: Context): void {
  if (!is.propertyAccess(walk.expression) || !/^(map|forEach|filter|some|every|flatMap)$/.test(walk.expression.name.text) || enclosingRoot(walk) !== flow.node) return;
  const list = skipWrappers(walk.expression.expression);
  const callback = walk.arguments[0] && skipWrappers(walk.arguments[0]);
  const place = callback && is.functionExpression(callback) ? ctx.model.place(list) : undefined;
  const item = callback && is.functionExpression(callback) ? callback.parameters[0]?.name : undefined;
  if (!place || !item || !is.identifier(item) || !isShared(place) || !surely(ctx.model.hasTrait(list, 'array'))) return;
  const called = ctx.model.flow(callback as FlowRoot).all('call').find(({ call }) => is.propertyAccess(call.expression) && call.expression.expression.getText() === item.text);
  const exit = called && ownExitOf(called.call, list, ctx.model);
  if (!exit) return;
  ctx.report({
    message: 'ownExit', at: walk, subject: place, data: { place: place.text, other: exit.name },
    trace: [{ at: list, text: `${place.text} is walked through` }, { at: called.node, text: 'calls the item' }, { at: exit.splice, text: 'takes itself out: the rest moves up' }, { at: walk, text: 'goes on with the next position: one item is skipped' }],
  });
}

/** Where the work is over before the promise is put into the list, -1 takes out another, and the promise itself stays for good. */
function checkOwnPromise(splice: ts.CallExpression, flow: FunctionFlow, ctx: Context): void {
  const own = ownRemoval(splice, ctx.model);
  const list = own && ctx.model.place(own.list);
  if (!own || !list || !isShared(list) || flow.all('guard').some((guard) => guard.node.pos < splice.pos)) return;
  ctx.report({
    message: 'early', at: splice, subject: list, data: { place: list.text, item: own.item.text },
    trace: [{ at: splice, text: 'runs at once where the work is over at once' }, { at: own.item, text: `is not in ${list.text} then: -1 takes out the last item` }, { at: own.entered, text: `puts it into ${list.text} only now, and nothing takes it out` }],
  });
}
