import {
  defineRule, enclosingRoot, functionName, is, isFunctionNode, skipWrappers, surely,
  type Access, type CallNode, type EventOf, type FlowEvent, type FunctionFlow, type Place, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { failureText } from '../support/failure-text.js';
import { isShared } from '../support/interleaving.js';
import { wayThatLeaves } from '../support/left-behind.js';
import { neverReset } from '../support/never-reset.js';
import { setsPlace } from '../support/place-writes.js';

const messages = {
  flag: { text: '{place} stays set when {step} fails: the reset below is skipped', preset: 'all', severity: 'note', precision: 'low' },
  counter: { text: '{place} stays raised when {step} fails: the decrement below is skipped', preset: 'strict', severity: 'warning', precision: 'medium' },
  promise: { text: '{place} keeps the failed promise when {step} fails: every later caller gets the old failure', preset: 'all', severity: 'note', precision: 'low' },
  memo: { text: '{place} keeps the failed promise when {step} fails: nothing drops it for the next caller', preset: 'all', severity: 'note', precision: 'low' },
  neverReset: { text: '{place} is set while work is under way, others turn away or wait for it, and nothing takes it down', preset: 'all', severity: 'note', precision: 'medium' },
  maybe: { text: '{place} stays set if {step} throws: the reset below is skipped', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Kind = 'flag' | 'counter' | 'promise';

export default defineRule({
  meta: {
    id: 'stuck-flag',
    family: 'state',
    summary: 'busy mark set before an await and reset only when it succeeds',
    question: 'undo',
    encodes: ['TA-W4', 'RM-W2'],
    cwe: [460, 667],
    docs: {
      why:
        'A flag, a counter or a kept promise says that work is under way, and other code turns away while it is set. When the work rejects, control leaves past the ' +
        'reset, so the mark is never taken down: the service refuses or waits for that work until it is restarted. One failed request is enough.',
      instead:
        'Reset in `finally`: `this.busy = true; try { await work(); } finally { this.busy = false; }`. For a kept promise, attach the reset to the promise itself: ' +
        '`this.pending ??= load().finally(() => { this.pending = undefined; })`.',
      limits:
        'Only marks that some code in view branches on, and that the same function resets on its good path; a hidden mark that is named for work and never taken down at all is reported at all. A reset anywhere inside finally, in a helper called on the ' +
        'failing path, or in a closure made on the way counts, whatever it depends on; so do a reset before every look, at the head of the same function, and for a method that ends the instance the one that starts it. What is awaited must be known to be able to reject; a plain call that ' +
        'may throw is reported at all.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const write of flow.all('write')) {
      const kind = markKind(write);
      if (!kind || write.cleanup || !isShared(write.place) || diesWithCall(write.place, ctx.model)) continue;
      check(write, kind, flow, ctx);
      if (kind === 'flag') checkNeverReset(write, flow, ctx);
    }
  },
});

function check(mark: EventOf<'write'>, kind: Kind, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const resets = flow.all('write').filter((w) => w.place.key === mark.place.key && w !== mark && isReset(w, kind));
  const reset = resets.find((w) => flow.pathTo(mark, (e) => e === w, { throws: 'none' }));
  if (!reset || resets.some((w) => w.cleanup && inFinally(w.node))) return;
  if (kind === 'promise' && !(mark.value && surely(model.isPromise(mark.value)))) return;
  const undone = (e: FlowEvent): boolean => setsPlace(e, mark.place, model);
  const certain = wayThatLeaves(mark, undone, flow, 'await');
  const path = certain ?? wayThatLeaves(mark, undone, flow, 'unknown');
  const reader = path && model.accesses(mark.place).find((a) => a.kind === 'read' && a.branches && !isResetBefore(a, resets, flow));
  const culprit = path?.thrown[0];
  if (!path || !reader || !culprit || inOperand(mark.node, culprit)) return;
  if (!certain && culprit.kind === 'call' && !isForeign(culprit.call, model)) return;
  // What comes after the reset skips none.
  if (culprit.kind !== 'throw' && !resets.some((w) => flow.pathTo(culprit, (e) => e === w, { throws: 'none' }))) return;
  if (kind === 'flag' && isResetByStart(mark, flow, model)) return;
  const fails = waitsForMark(culprit, mark, model) && mark.value ? model.canReject(mark.value) : 'unknown';
  if (fails === 'no') return;
  const sure = certain !== undefined || surely(fails);
  ctx.report({
    message: !sure ? 'maybe' : kind === 'promise' && isMemo(mark) ? 'memo' : kind,
    at: mark.node,
    subject: mark.place,
    data: { place: mark.place.text, step: failureText(culprit) },
    trace: [
      { at: mark.node, text: kind === 'counter' ? `${mark.place.text} is raised` : `${mark.place.text} is set` },
      { at: culprit.node, text: culprit.kind === 'throw' ? 'leaves by this throw' : `${failureText(culprit)} fails: control leaves here` },
      { at: reset.node, text: 'this reset is never reached' },
      { at: reader.node, text: readerText(mark.place, kind) },
    ],
  });
}

function checkNeverReset(mark: EventOf<'write'>, flow: FunctionFlow, ctx: Context): void {
  const found = neverReset(mark, flow, ctx.model);
  if (!found) return;
  ctx.report({
    message: 'neverReset',
    at: mark.node,
    subject: mark.place,
    data: { place: mark.place.text },
    trace: [{ at: mark.node, text: `${mark.place.text} is set` }, { at: found.work, text: 'the work is done here, and nobody is told' }, found.reader],
  });
}

/** Every run of the same function takes the mark down before it looks: what an earlier one left is never seen. */
function isResetBefore({ node, fn }: Access, resets: readonly FlowEvent[], flow: FunctionFlow): boolean {
  return fn === flow.node && flow.at(node).every((at) => !flow.pathTo(flow.entry, (e) => e === at, { avoiding: (e) => resets.includes(e) }));
}

/** `closing` that a failed close leaves set, and that the next start takes down whatever it is: until then the thing is to be closed. */
function isResetByStart(mark: EventOf<'write'>, flow: FunctionFlow, model: SemanticModel): boolean {
  const owner = model.classOf(mark.node);
  if (!owner || !isFunctionNode(flow.node) || !owner.disposals.some(({ method }) => method === flow.node)) return false;
  return model.accesses(mark.place).some(({ kind, fn, value }) => kind === 'write' && isFunctionNode(fn) && STARTS.test(functionName(fn)) && value !== undefined && skipWrappers(value).getText() === 'false');
}

const STARTS = /(?:^|[.#_])(?:start|open|connect|init|initialize|begin|launch|listen|resume)$/;

/** A variable of a call that only callbacks run in place touch: where one throws, the call is over, and nobody looks again. */
function diesWithCall(place: Place, model: SemanticModel): boolean {
  const declaration = place.root?.declarations?.[0];
  const root = declaration && enclosingRoot(declaration);
  if (place.kind !== 'captured' || !root || !isFunctionNode(root)) return false;
  return model.accesses(place).every(({ fn }) => fn === root || (isFunctionNode(fn) && model.callbackOf(fn)?.timing === 'sync'));
}

/** `this.p = start(); await this.p`: fails as what was started does. */
function waitsForMark(culprit: FlowEvent, mark: EventOf<'write'>, model: SemanticModel): boolean {
  return culprit.kind === 'await' && culprit.operand !== undefined && model.place(culprit.operand)?.key === mark.place.key;
}

/** A function that somebody else wrote and handed in: it may throw whatever it likes. Own synchronous code between mark and reset is taken not to. */
function isForeign(call: CallNode, model: SemanticModel): boolean {
  return model.place(call.expression)?.kind === 'parameter';
}

/** `this.p ??= start()`: kept for whoever asks, and perhaps meant to keep its failure too. */
const isMemo = (mark: EventOf<'write'>): boolean => is.binary(mark.node) && mark.node.operatorToken.getText() === '??=';

/** By its form alone: whether a call gives a promise is asked last. */
function markKind(write: EventOf<'write'>): Kind | undefined {
  if (write.place.entry !== undefined) return undefined;
  if (write.access === 'update') return isStep(write.node, '+') ? 'counter' : undefined;
  if (write.access !== 'assign' || !write.value) return undefined;
  const value = skipWrappers(write.value);
  if (value.getText() === 'true') return 'flag';
  if (is.await(value) || is.literal(value)) return undefined;
  return is.call(value) || is.new(value) ? 'promise' : undefined;
}

function isReset(write: EventOf<'write'>, kind: Kind): boolean {
  if (kind === 'counter') return write.access === 'update' && isStep(write.node, '-');
  return write.access === 'assign' && write.value !== undefined && /^(false|null|undefined|void 0)$/.test(skipWrappers(write.value).getText());
}

/** `x++`, `x += 1` for '+'; `x--`, `x -= 1` for '-'. */
function isStep(node: ts.Node, sign: '+' | '-'): boolean {
  return node.getText().includes(`${sign}${sign}`) || (is.binary(node) && node.operatorToken.getText() === `${sign}=` && is.literal(node.right));
}

function inFinally(node: ts.Node): boolean {
  for (let child = node; !is.sourceFile(child.parent); child = child.parent) {
    if (is.try(child.parent) && child === child.parent.finallyBlock) return true;
  }
  return false;
}

/** `await (this.p = start())`: the mark lies inside what fails. */
function inOperand(mark: ts.Node, culprit: FlowEvent): boolean {
  return culprit.kind === 'await' && culprit.operand !== undefined && mark.pos >= culprit.operand.pos && mark.end <= culprit.operand.end;
}

function readerText(place: Place, kind: Kind): string {
  return kind === 'promise' ? `later callers are given the failed ${place.text} here` : `this looks at ${place.text} and finds it ${kind === 'counter' ? 'raised' : 'set'} for ever`;
}
