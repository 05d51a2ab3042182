import {
  defineRule, edit, enclosingRoot, forEachDescendant, is, isAsync, isGenerator, perhaps, shortText, skipWrappers, surely,
  type FixProposal, type FlowRoot, type RuleContext, type ts,
} from '../../src/rule.js';
import { missedHandlers, type MissedHandler } from '../support/missed-handler.js';
import { calledName, taskName, valuesOf } from '../support/promise-values.js';
import { isOnlyTyped, rejectionShown, rejectionShownIn } from '../support/rejection-origin.js';

const messages = {
  unseen: { text: 'the catch never sees a rejection of {task}, which is returned without await', preset: 'recommended', severity: 'error', precision: 'high' },
  typed: { text: 'the catch never sees a rejection of {task}, which by its type is a promise and is returned without await', preset: 'all', severity: 'note', precision: 'low' },
  choosy: { text: 'the catch, which looks for errors of one kind, never sees a rejection of {task}, which is returned without await', preset: 'all', severity: 'note', precision: 'low' },
  early: { text: 'the finally runs before {task} is done: it is returned without await', preset: 'recommended', severity: 'error', precision: 'high' },
  earlySync: { text: 'the finally runs before {task} is done', preset: 'recommended', severity: 'warning', precision: 'high' },
  disposed: { text: '{handle} is disposed before {task} is done', preset: 'recommended', severity: 'error', precision: 'high' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'unawaited-return',
    family: 'tasks',
    summary: 'return of a promise inside try: its catch never sees the rejection',
    question: 'lost-rejection',
    encodes: [],
    origin: 'the defect most often found and fixed in public projects: a return inside try that lacks its await',
    cwe: [755, 672, 248],
    docs: {
      why:
        '`return work()` leaves the try block at once. The promise rejects later, when the catch around it is over: the fallback, the log line and the ' +
        'translated error never happen, and the caller gets the raw failure. A finally, or a `using` at the end of its scope, runs before the ' +
        'work is done: the connection is released, the timer cleared, the flag reset while the work still needs them.',
      instead: '`return await work()` inside try. It costs one microtask and makes catch, finally and using mean what they say.',
      limits:
        'An await that no catch, finally or using needs is neither asked for nor forbidden. A function that is not async may have its catch for what is thrown before the promise exists, so there only a finally counts. A ' +
        'self-call, a promise that has been awaited before or that cannot reject, a catch that only throws again, and a finally that only writes a log, or only lets a lock go while a deferred is returned, ' +
        'are silent; one that only a declaration file calls a promise is reported at all, and so is a catch that looks for one kind of error, which something awaited in the same try may be there to raise. Mind locks: where the returned work takes a lock that this function still holds, awaiting it inside the try is a deadlock; ' +
        'there let the lock go first.',
    },
    messages,
    fixes: ['unsafe'],
  },
  onNode: {
    ReturnStatement: (node, ctx) => {
      const { expression } = node as ts.ReturnStatement;
      const root = enclosingRoot(node);
      if (!expression || is.await(skipWrappers(expression)) || is.sourceFile(root) || isGenerator(root)) return;
      const hazards = missedHandlers(node, root);
      if (hazards.length === 0) return;
      for (const value of valuesOf(expression)) {
        const hazard = hazards.find((missed) => isPending(value, node, root, missed.kind, ctx) && !(missed.kind === 'finally' && isDeferred(value, ctx) && onlyUnlocks(missed.at, ctx)));
        if (hazard) report(value, hazard, root, awaitIn(expression, root, node, ctx), ctx);
      }
    },
  },
});

function report(value: ts.Expression, hazard: MissedHandler, root: FlowRoot, fix: FixProposal | undefined, ctx: Context): void {
  const task = taskName(value);
  const late = { catch: 'this catch is over when it rejects', finally: 'this runs before it is done', using: 'this is disposed before it is done' }[hazard.kind];
  const message = hazard.kind === 'catch' ? (isOnlyTypedCall(value, ctx) ? 'typed' : hazard.isChoosy ? 'choosy' : 'unseen') : hazard.kind === 'using' ? 'disposed' : isAsync(root) ? 'early' : 'earlySync';
  ctx.report({
    message,
    at: calledName(value),
    subject: value,
    data: { task, handle: hazard.handle ?? '' },
    trace: [
      { at: calledName(value), text: `${task} starts here and the function returns` },
      { at: hazard.at, text: late },
      ...(rejectionShown(ctx.model, value) ?? []),
    ],
    fix,
  });
}

/** What a declaration alone calls a promise may be thrown, and seen, after all. */
function isOnlyTypedCall(value: ts.Expression, { model }: Context): boolean {
  return is.call(value) && model.call(value).targets.length === 0 && isOnlyTyped(model, value);
}

/** Not where a lock is held: work that takes it too would wait for ever. */
function awaitIn(returned: ts.Expression, root: FlowRoot, node: ts.Node, { model }: Context): FixProposal | undefined {
  if (!isAsync(root)) return undefined;
  const flow = model.flow(root);
  if (flow.at(node).some((event) => flow.heldAt(event).size > 0)) return undefined;
  return { description: `await ${shortText(returned)} before returning it`, safety: 'unsafe', edits: edit.addAwait(returned) };
}

/** Is the value a promise that is still open, and of concern to the handler? */
function isPending(value: ts.Expression, returned: ts.Node, root: FlowRoot, kind: MissedHandler['kind'], { model }: Context): boolean {
  if (!surely(model.isPromise(value)) || awaitedBefore(value, returned, root)) return false;
  const rejects = model.canReject(value);
  if (kind === 'catch' ? !surely(rejects) : !perhaps(rejects)) return false;
  if (!is.call(value)) return true;
  const { targets, qualified } = model.call(value);
  // What a callee that is not async throws, the catch does see.
  if (kind === 'catch' && targets.length > 0 && !targets.some((fn) => isAsync(fn) || rejectionShownIn(model, fn))) return false;
  return !targets.some((fn) => fn === root) && !/Promise\.(resolve|reject)$/.test(qualified ?? '');
}

/** `started.promise` of a deferred: somebody else's work settles it, and none of it is done here. */
function isDeferred(value: ts.Expression, { model }: Context): boolean {
  if (!is.propertyAccess(value)) return false;
  const maker = skipWrappers(model.resolveAlias(value.expression));
  return is.new(maker) || (is.call(maker) && /withResolvers|defer/i.test(maker.expression.getText()));
}

/** The finally around does nothing but let locks go: what was to be done under them is done. */
function onlyUnlocks(effect: ts.Node, { model }: Context): boolean {
  const root = enclosingRoot(effect);
  const isUnlock = (node: ts.Node): boolean => model.flow(root).at(node).some(({ kind }) => kind === 'release');
  let block = effect;
  while (!(is.try(block.parent) && block.parent.finallyBlock === block)) block = block.parent;
  let only = true;
  forEachDescendant(block, (node) => {
    if (is.assignment(node) || (is.call(node) && !isUnlock(node))) only = false;
  });
  return only;
}

function awaitedBefore(value: ts.Expression, returned: ts.Node, root: FlowRoot): boolean {
  if (!is.identifier(value)) return false;
  let awaited = false;
  forEachDescendant(root, (node) => {
    if (!is.await(node) || node.pos >= returned.pos) return;
    forEachDescendant(node, (part) => {
      awaited ||= is.identifier(part) && part.text === value.text;
    });
  });
  return awaited;
}
