import {
  defineRule, enclosingRoot, forEachDescendant, is, isAsync, isGenerator, perhaps, skipWrappers, surely,
  type FlowRoot, type RuleContext, type ts,
} from '../../src/rule.js';
import { calledName, taskName, valuesOf } from '../support/promise-values.js';
import { rejectionShown, rejectionShownIn } from '../support/rejection-origin.js';

const messages = {
  unseen: { text: 'the catch never sees a rejection of {task}, which is returned without await', preset: 'recommended', severity: 'error', precision: 'high' },
  early: { text: 'the finally runs before {task} is done: it is returned without await', preset: 'recommended', severity: 'error', precision: 'high' },
  earlySync: { text: 'the finally runs before {task} is done', preset: 'strict', severity: 'warning', precision: 'medium' },
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
        'A function that is not async may have its catch for what is thrown before the promise exists, so there only a finally counts, at strict. A ' +
        'self-call, a promise that has been awaited before or that cannot reject, a catch that only throws again, and a finally that only writes a log ' +
        'are silent. Mind locks: where the returned work takes a lock that this function still holds, awaiting it inside the try is a deadlock; ' +
        'there let the lock go first.',
    },
    messages,
  },
  onNode: {
    ReturnStatement: (node, ctx) => {
      const { expression } = node as ts.ReturnStatement;
      const root = enclosingRoot(node);
      if (!expression || is.await(skipWrappers(expression)) || is.sourceFile(root) || isGenerator(root)) return;
      const hazards = [...handlersMissed(node, root), ...disposalMissed(node, root)];
      if (hazards.length === 0) return;
      for (const value of valuesOf(expression)) {
        const hazard = hazards.find(({ kind }) => isPending(value, node, root, kind, ctx));
        if (hazard) report(value, hazard, root, ctx);
      }
    },
  },
});

interface Hazard {
  readonly kind: 'catch' | 'finally' | 'using';
  /** What runs too early, or not at all. */
  readonly at: ts.Node;
  readonly handle?: string;
}

function report(value: ts.Expression, hazard: Hazard, root: FlowRoot, ctx: Context): void {
  const task = taskName(value);
  const late = { catch: 'this catch is over when it rejects', finally: 'this runs before it is done', using: 'this is disposed before it is done' }[hazard.kind];
  const message = hazard.kind === 'catch' ? 'unseen' : hazard.kind === 'using' ? 'disposed' : isAsync(root) ? 'early' : 'earlySync';
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
  });
}

/** Is the value a promise that is still open, and of concern to the handler? */
function isPending(value: ts.Expression, returned: ts.Node, root: FlowRoot, kind: Hazard['kind'], { model }: Context): boolean {
  if (!surely(model.isPromise(value)) || awaitedBefore(value, returned, root)) return false;
  const rejects = model.canReject(value);
  if (kind === 'catch' ? !surely(rejects) : !perhaps(rejects)) return false;
  if (!is.call(value)) return true;
  const { targets, qualified } = model.call(value);
  // What a callee that is not async throws, the catch does see.
  if (kind === 'catch' && targets.length > 0 && !targets.some((fn) => isAsync(fn) || rejectionShownIn(model, fn))) return false;
  return !targets.some((fn) => fn === root) && !/Promise\.(resolve|reject)$/.test(qualified ?? '');
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

/** Each catch and finally that the return takes its value past and that does something that then comes out wrong; innermost first. */
function handlersMissed(returned: ts.Node, root: FlowRoot): readonly Hazard[] {
  const missed: Hazard[] = [];
  for (let child = returned; child !== root; child = child.parent) {
    const { parent } = child;
    if (!is.try(parent) || child === parent.finallyBlock) continue;
    const { catchClause, finallyBlock } = parent;
    if (catchClause && child === parent.tryBlock && isAsync(root) && !onlyRethrows(catchClause)) {
      missed.push({ kind: 'catch', at: catchClause.block.statements[0] ?? catchClause });
    }
    const effect = finallyBlock && effectOf(finallyBlock);
    if (effect) missed.push({ kind: 'finally', at: effect });
  }
  return missed;
}

function onlyRethrows({ block, variableDeclaration }: ts.CatchClause): boolean {
  const [only, ...others] = block.statements;
  return others.length === 0 && only !== undefined && is.throw(only) && only.expression.getText() === variableDeclaration?.name.getText();
}

const LOGGING = /\b(console|log|logger|debug|trace)\b/i;

/** A call or write whose moment matters: a release, a clear, a reset; not a log line. */
function effectOf(block: ts.Block): ts.Node | undefined {
  let effect: ts.Node | undefined;
  forEachDescendant(block, (node) => {
    if (is.functionExpression(node)) return false;
    if (!effect && ((is.call(node) && !LOGGING.test(node.expression.getText())) || is.assignment(node))) effect = node;
    return effect === undefined;
  });
  return effect;
}

/** A `using` before the return, in a block around it. */
function disposalMissed(returned: ts.Node, root: FlowRoot): readonly Hazard[] {
  for (let child = returned; child !== root; child = child.parent) {
    const { parent } = child;
    if (!is.block(parent)) continue;
    const using = parent.statements.findLast((statement) => statement.pos < child.pos && is.using(statement));
    if (using && is.using(using)) return [{ kind: 'using', at: using, handle: using.declarationList.declarations[0]!.name.getText() }];
  }
  return [];
}
