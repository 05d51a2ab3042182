import { defineRule, enclosingRoot, is, isFunctionNode, skipWrappers, surely, type Access, type FlowRoot, type Place, type RuleContext, type SemanticModel, type ts } from '../../src/rule.js';
import { isShared } from '../support/interleaving.js';
import { calledName, derivation, taskName } from '../support/promise-values.js';
import { tailOf, type Tail } from '../support/promise-tail.js';
import { rejectionShown } from '../support/rejection-origin.js';
import { within } from '../support/settling-coverage.js';

const messages = {
  tail: { text: '{place} stays rejected once {work} has failed: whatever is queued behind it never runs', preset: 'all', severity: 'note', precision: 'low' },
  perhapsTail: { text: '{place} stays rejected should {work} fail: whatever is queued behind it never runs', preset: 'all', severity: 'note', precision: 'low' },
  cache: { text: '{place} keeps {task} when it fails: every later caller gets the old failure', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'poisoned-chain',
    family: 'tasks',
    summary: 'a queue tail or a cached promise that keeps a rejection',
    question: 'undo',
    encodes: [],
    origin: 'Home-made queues of the form `tail = tail.then(job)`, and memoised connects that never try again.',
    cwe: [755, 460],
    docs: {
      why:
        'A queue made of promises hangs each job behind the one before. `then(job)` runs the job only where the tail was fulfilled, so the first job that fails leaves a rejected tail, and every ' +
        'job after it is skipped with the failure of a stranger. A cached promise does the same to callers: one failed connect, and all of them ' +
        'get that failure until the process is restarted.',
      instead:
        'Let the tail forget how the job ended: `const done = this.tail.then(job); this.tail = done.catch(() => {}); return done;`. Drop a cached promise when it fails: ' +
        '`this.client ??= connect().catch((error) => { this.client = undefined; throw error; })`.',
      limits:
        'Places that outlive the call: fields, module variables, entries of maps. A chain that one call makes and fills is its own sequence. One with any rejection handler in it counts as mended, and so does a place that other code in view ' +
        'resets or clears. A job that the caller hands in is taken to be able to fail. Cached promises are reported at all, and only where the work goes over a network, whose failures pass.',
    },
    messages,
  },
  onNode: {
    BinaryExpression: (node, ctx) => {
      if (!is.assignment(node) || !/^(=|\?\?=|\|\|=)$/.test(node.operatorToken.getText()) || !mayBePromise(node.right)) return;
      const place = ctx.model.place(node.left);
      if (place) check(place, node.right, node, node.left, ctx);
    },
    CallExpression: (node, ctx) => {
      const call = node as ts.CallExpression;
      const [, value] = call.arguments;
      if (!value || !is.propertyAccess(call.expression) || call.expression.name.text !== 'set' || !mayBePromise(value)) return;
      const place = ctx.model.place(call.expression.expression);
      if (place && surely(ctx.model.hasTrait(call.expression.expression, 'map'))) check(place, value, call, call.expression.expression, ctx);
    },
  },
});

const mayBePromise = (expr: ts.Expression): boolean => is.call(skipWrappers(expr)) || is.identifier(skipWrappers(expr));

function check(place: Place, value: ts.Expression, write: ts.Node, target: ts.Expression, ctx: Context): void {
  if (!isShared(place) || isOfOneCall(place, ctx.model)) return;
  const tail = tailOf(value, place, ctx.model);
  if (tail) reportTail(tail, place, write, target, ctx);
  else checkCache(place, value, write, target, ctx);
}

/** A variable that only the function that declares it writes, itself or in callbacks it runs in place: a sequence of its own steps, whose failure is its outcome. */
function isOfOneCall(place: Place, model: SemanticModel): boolean {
  const declaration = place.root?.declarations?.[0];
  if (place.kind !== 'captured' || !declaration) return false;
  const owner = enclosingRoot(declaration);
  return writesOf(place, model).every(({ node }) => runsWithin(enclosingRoot(node), owner, model));
}

function runsWithin(root: FlowRoot, owner: FlowRoot, model: SemanticModel): boolean {
  if (root === owner) return true;
  const callback = isFunctionNode(root) ? model.callbackOf(root) : undefined;
  return callback?.timing === 'sync' && runsWithin(enclosingRoot(callback.call), owner, model);
}

function reportTail({ link, work, rejects }: Tail, place: Place, write: ts.Node, target: ts.Expression, ctx: Context): void {
  if (rejects === 'no' || isResetElsewhere(place, write, ctx.model)) return;
  ctx.report({
    message: rejects === 'yes' ? 'tail' : 'perhapsTail',
    at: target,
    subject: place,
    data: { place: place.text, work, task: '' },
    trace: [
      { at: is.await(link) ? link : calledName(link), text: `the next job waits for ${place.text} to be fulfilled` },
      { at: target, text: `${place.text} is now as good as the job: where ${work} fails, it stays rejected` },
    ],
  });
}

/** Some other code gives the place a fresh value: perhaps where a job fails. */
function isResetElsewhere(place: Place, write: ts.Node, model: SemanticModel): boolean {
  return writesOf(place, model).some(({ node, fn, value }) => !within(node, write) && !within(write, node) && !is.constructor(fn) && !is.sourceFile(fn) && !(value && derivation(value)));
}

function writesOf(place: Place, model: SemanticModel): readonly Access[] {
  return model.accesses(place).filter(({ kind, node }) => kind === 'write' && !is.propertyDeclaration(node) && !is.variableDeclaration(node));
}

// ── caches ──

function checkCache(place: Place, value: ts.Expression, write: ts.Node, target: ts.Expression, ctx: Context): void {
  const { model } = ctx;
  const task = skipWrappers(is.identifier(value) ? model.resolveAlias(value) : value);
  if (!is.call(task) || derivation(task) || model.call(task).qualified === 'global.import' || model.call(task).effects.combinator) return;
  const isMemo = is.assignment(write) && write.operatorToken.getText() !== '=';
  if (place.kind === 'captured' || (!isMemo && !isLookedUp(place, write, model)) || isDroppedElsewhere(place, write, model)) return;
  const io = model.ioOf(task);
  if (!(io.has('network') || io.has('database')) || !surely(model.isPromise(task)) || !surely(model.canReject(task))) return;
  const origin = rejectionShown(model, task);
  if (!origin || isHandledBeside(value, model)) return;
  ctx.report({
    message: 'cache',
    at: target,
    subject: place,
    data: { place: place.text, work: '', task: taskName(task) },
    trace: [{ at: target, text: `${place.text} keeps the promise for later callers` }, ...origin, { at: target, text: 'nothing in view drops it when it has failed' }],
  });
}

/** Some other code writes the place, the kept work itself among it: `this.p = (async () => { try { … } finally { this.p = undefined; } })()`. */
function isDroppedElsewhere(place: Place, write: ts.Node, model: SemanticModel): boolean {
  return writesOf(place, model).some(({ node, access }) => access !== 'add' && !within(write, node) && (!within(node, write) || enclosingRoot(node) !== enclosingRoot(write)));
}

/** A branch on the place in the function that fills it: it is asked for before it is made. */
function isLookedUp(place: Place, write: ts.Node, model: SemanticModel): boolean {
  return model.accesses(place).some(({ kind, branches, node, fn }) => kind === 'read' && branches && node.pos < write.pos && within(write, fn));
}

/** `const p = load(); p.catch(() => cache.delete(key)); cache.set(key, p);` */
function isHandledBeside(value: ts.Expression, model: SemanticModel): boolean {
  const name = skipWrappers(value);
  return is.identifier(name) && model.identifiersNamed(name.text).some((use) => is.propertyAccess(use.parent) && /^(catch|then|finally)$/.test(use.parent.name.text) && model.symbolOf(use) === model.symbolOf(name));
}
