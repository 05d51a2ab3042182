import {
  defineRule, enclosingRoot, forEachDescendant, functionName, is, isFunctionNode, shortText, skipWrappers, surely,
  type ClassModel, type EventOf, type FlowEvent, type FunctionFlow, type Place, type RuleContext, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { diesWithFailure } from '../support/dies-with-failure.js';
import { failureText } from '../support/failure-text.js';
import { isShared } from '../support/interleaving.js';

const messages = {
  onFailure: { text: '{place} keeps {key} when {step} fails: the removal below is skipped', preset: 'strict', severity: 'warning', precision: 'medium' },
  perhapsElsewhere: { text: '{place} keeps {key} when {step} fails: the removal below is skipped', preset: 'all', severity: 'note', precision: 'low' },
  onRejection: { text: '{place} keeps {key} when {step} rejects: only its success takes the entry out', preset: 'all', severity: 'note', precision: 'low' },
  perhapsRejects: { text: '{place} keeps {key} if {step} rejects: only its success takes the entry out', preset: 'all', severity: 'note', precision: 'low' },
  onTimeout: { text: '{place} keeps {key} when the time is over: only the answer takes the entry out', preset: 'all', severity: 'note', precision: 'low' },
  onClose: { text: '{end}() ends what {place} holds and leaves the entries in it', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Write = EventOf<'write'>;

export default defineRule({
  meta: {
    id: 'unremoved-entry',
    family: 'bounds',
    summary: 'an entry kept for an operation and removed on some of its ways only',
    question: 'undo',
    encodes: ['RM-C1', 'RM-C6'],
    cwe: [459, 401],
    docs: {
      why:
        'The entry says that work is under way. When the work rejects, or its time is over, the entry stays: memory grows with every failure, whoever finds it believes the work is still running and waits for it, ' +
        'joins a promise that failed long ago, or is turned away for good. Failures come in bursts, and so does what they leave.',
      instead:
        'Take the entry out where the operation ends, however it ends: `try { … } finally { running.delete(id); }`, or `task.finally(() => running.delete(id))`. A timeout that rejects a pending answer removes it first. close() clears what it ends.',
      limits:
        'Only entries that the same code removes under the same key on its good way. A removal in finally, in a handler of the failure, in a closure made meanwhile or in a function called on the failing way counts. Where another function removes entries of that ' +
        'collection too, a failure is reported at strict; a promise of which it is unknown whether it rejects at all.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const write of flow.all('write')) {
      const entry = entryBy(write, ctx.model);
      if (entry && enclosingRoot(write.node) === flow.node) check(write, entry, flow, ctx);
    }
  },
  onClass: (model, ctx) => checkClose(model, ctx),
});

interface Entry {
  readonly call: ts.CallExpression;
  readonly collection: Place;
  /** As written: removals are found by their text. */
  readonly key: string;
}

/** `running.set(id, task)`, `running.add(id)`. */
function entryBy({ node, access }: Write, model: SemanticModel): Entry | undefined {
  if (access !== 'add' || !is.call(node) || !is.propertyAccess(node.expression) || !/^(?:set|add)$/.test(node.expression.name.text)) return undefined;
  const collection = model.place(node.expression.expression);
  const key = node.arguments[0];
  return collection && key && isShared(collection) ? { call: node, collection, key: key.getText() } : undefined;
}

function check(write: Write, entry: Entry, flow: FunctionFlow, ctx: Context): void {
  const found = failingWay(write, entry, flow, ctx.model) ?? rejectingWay(entry, flow, ctx.model) ?? timedOutWay(entry, flow, ctx.model);
  if (!found) return;
  const { message, step, steps } = found;
  ctx.report({
    message,
    at: entry.call,
    subject: entry.collection,
    data: { place: entry.collection.text, key: entry.key.length > 40 ? 'the entry' : entry.key, step, end: '' },
    trace: [{ at: entry.call, text: `the entry is put into ${entry.collection.text}` }, ...steps],
  });
}

interface Leak {
  readonly message: keyof typeof messages;
  readonly step: string;
  readonly steps: readonly TraceStep[];
}

/** Calls below `scope` that take the entry out, or empty or replace the collection. */
function removalsIn(scope: ts.Node, { collection, key }: Pick<Entry, 'collection' | 'key'>, model: SemanticModel, anyKey = false): ts.Node[] {
  const found: ts.Node[] = [];
  forEachDescendant(scope, (node) => {
    if (is.assignment(node) && model.place(node.left)?.key === collection.key) found.push(node);
    const callee = is.call(node) ? skipWrappers(node.expression) : undefined;
    if (!callee || !is.call(node) || !is.propertyAccess(callee) || !/^(?:delete|clear)$/.test(callee.name.text)) return;
    const isSame = node.arguments[0] === undefined || anyKey || node.arguments[0].getText() === key;
    if (isSame && model.place(callee.expression)?.key === collection.key) found.push(node);
  });
  return found;
}

// ── await ──

function failingWay(write: Write, entry: Entry, flow: FunctionFlow, model: SemanticModel): Leak | undefined {
  if (!flow.isAsync || write.cleanup) return undefined;
  const removals = removalsIn(flow.node, entry, model);
  // A removal in finally or catch counts, whatever it depends on.
  if (removals.some((node) => inHandler(node, flow.node))) return undefined;
  const own = removals.filter((node) => enclosingRoot(node) === flow.node);
  const removes = (event: FlowEvent): boolean =>
    own.includes(event.node) ||
    (event.kind === 'closure' && removals.some((node) => node.pos >= event.fn.pos && node.end <= event.fn.end)) ||
    (event.kind === 'call' && model.call(event.call).targets.some((fn) => fn !== flow.node && removalsIn(fn, entry, model, true).length > 0));
  const reached = flow.pathTo(write, (event) => own.includes(event.node), { throws: 'none', backEdges: false })?.events.at(-1);
  if (!reached) return undefined;
  const path = flow.pathTo(write, (event) => event.kind === 'exit-throw', { throws: 'await', avoiding: removes, backEdges: false });
  const culprit = path?.thrown[0];
  if (diesWithFailure(entry.collection, flow, model)) return undefined;
  if (!culprit || culprit.kind !== 'await' || !culprit.operand || !surely(model.canReject(culprit.operand))) return undefined;
  const isAlone = model.accesses(entry.collection).every(({ kind, access, fn }) => kind !== 'write' || !/^(?:remove|clear)$/.test(access) || fn === flow.node);
  return {
    message: isAlone ? 'onFailure' : 'perhapsElsewhere',
    step: failureText(culprit),
    steps: [{ at: culprit.node, text: `${failureText(culprit)} fails: control leaves here` }, { at: reached.node, text: 'this removal is never reached' }],
  };
}

function inHandler(node: ts.Node, root: ts.Node): boolean {
  for (let child = node; child !== root; child = child.parent) {
    if (is.catchClause(child.parent) || (is.try(child.parent) && child === child.parent.finallyBlock)) return true;
  }
  return false;
}

// ── then ──

/** `running.set(id, task); task.then(() => running.delete(id))`. */
function rejectingWay(entry: Entry, flow: FunctionFlow, model: SemanticModel): Leak | undefined {
  const removals = removalsIn(flow.node, entry, model);
  const handlers = removals.map((removal) => enclosingRoot(removal));
  const [handler] = handlers;
  if (!handler || !isFunctionNode(handler) || handlers.some((each) => each !== handler)) return undefined;
  const then = handler.parent;
  if (!is.call(then) || then.arguments[0] !== handler || then.arguments.length > 1 || !is.propertyAccess(then.expression) || then.expression.name.text !== 'then') return undefined;
  const source = then.expression.expression;
  if (model.canReject(source) === 'no') return undefined;
  return {
    message: surely(model.canReject(source)) ? 'onRejection' : 'perhapsRejects',
    step: shortText(source),
    steps: [{ at: source, text: `${shortText(source)} rejects, and this handler is passed over` }, { at: removals[0]!, text: 'this removal is never reached' }],
  };
}

// ── timeouts ──

/** `pending.set(id, { resolve, reject }); setTimeout(() => reject(new Error('timeout')), ms)`, or a function that resolves, `waiting.add(tryNow)`. */
function timedOutWay(entry: Entry, flow: FunctionFlow, model: SemanticModel): Leak | undefined {
  const value = entry.call.arguments.at(-1);
  if (!value || !isFunctionNode(flow.node)) return undefined;
  const waiter = model.functionsOf(value)[0];
  if (!/\b(?:resolve|reject)\b/.test((waiter ?? value).getText())) return undefined;
  const outer = enclosingRoot(flow.node);
  const around = isFunctionNode(outer) ? outer : flow.node;
  // What the waiter takes out when its turn comes, the timer does not; a mark that the timer sets the waiter may look at.
  const isRemovedBeside = removalsIn(around, entry, model, true).some((node) => enclosingRoot(node) !== waiter);
  for (const { call, timer } of flow.all('timer')) {
    const callback = timer.kind === 'timeout' && call.arguments?.[0] && skipWrappers(call.arguments[0]);
    if (!callback || !is.functionExpression(callback) || !/\breject\(/.test(callback.getText())) continue;
    const name = entry.collection.path.at(-1) ?? entry.collection.text;
    const isMentioned = callback.getText().includes(name) || isRemovedBeside || (waiter !== undefined && / = /.test(callback.getText()));
    const isHanded = model.flow(callback).all('call').some(({ call: inner }) => model.call(inner).targets.some((fn) => removalsIn(fn, entry, model, true).length > 0));
    const answer = model.accesses(entry.collection).find(({ kind, access }) => kind === 'write' && access === 'remove');
    if (isMentioned || isHanded || !answer) continue;
    return { message: 'onTimeout', step: '', steps: [{ at: callback, text: 'rejects when the time is over, and leaves the entry' }, { at: answer.node, text: 'only this takes entries out' }] };
  }
  return undefined;
}

// ── close ──

/** close() goes through the entries and ends each, and the collection that other methods ask stays full. */
function checkClose(owner: ClassModel, ctx: Context): void {
  const { model } = ctx;
  for (const { method, name: end } of owner.disposals) {
    const reached = [...owner.reach(method)];
    for (const fn of reached) forEachDescendant(fn, (node) => {
      const items = is.forOf(node) ? skipWrappers(node.expression) : undefined;
      const held = items && is.call(items) && is.propertyAccess(items.expression) && /^(?:values|keys|entries)$/.test(items.expression.name.text) ? items.expression.expression : items;
      const place = held && is.propertyAccess(held) && is.this(held.expression) ? model.place(held) : undefined;
      if (!place || !is.forOf(node) || !/\.(?:abort|cancel|close|stop|kill|terminate|destroy|dispose|end)\(/.test(node.statement.getText())) return;
      const declaration = place.root?.declarations?.[0];
      const isCollection = declaration && is.propertyDeclaration(declaration) && /^new (?:Map|Set)\b/.test(declaration.initializer?.getText() ?? '');
      if (!isCollection || reached.some((each) => removalsIn(each, { collection: place, key: '' }, model, true).length > 0)) return;
      const asked = model.accesses(place).find(({ kind, access, fn: other }) => kind === 'read' && access !== 'iterate' && isFunctionNode(other) && !reached.includes(other));
      if (!asked) return;
      ctx.report({
        message: 'onClose', at: node.expression, subject: place, data: { place: place.text, key: '', step: '', end },
        trace: [{ at: node, text: `${functionName(fn)} ends each of them` }, { at: asked.node, text: `this still finds them in ${place.text}` }],
      });
    });
  }
}
