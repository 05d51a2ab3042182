import {
  defineRule, enclosingRoot, forEachDescendant, is, shortText, skipWrappers, surely,
  type CallNode, type EventTest, type FlowEvent, type FunctionFlow, type Path, type RuleContext, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { failureText } from '../support/failure-text.js';
import { failsWithEnd } from '../support/fatal-wait.js';
import { calledText, letsGo, resourcesIn, type Resource } from '../support/owned-resource.js';
import { transactionsIn, type Transaction } from '../support/transaction.js';

const sure = { preset: 'recommended', severity: 'error', precision: 'high' } as const;

const messages = {
  onFailure: { text: '{handle} is not released when {step} fails', preset: 'all', severity: 'note', precision: 'low' },
  onThrow: { text: '{handle} is not released when this throw is taken', preset: 'strict', severity: 'warning', precision: 'medium' },
  onReturn: { text: '{handle} is not released when the function ends early', ...sure },
  never: { text: '{handle} is taken and never given back', preset: 'strict', severity: 'warning', precision: 'medium' },
  ifThrows: { text: '{handle} is not released if {step} throws', preset: 'all', severity: 'note', precision: 'low' },
  otherOnFailure: { text: '{handle} is left open when {step} fails', preset: 'all', severity: 'note', precision: 'low' },
  open: { text: 'the transaction stays open when {step} fails: nothing rolls it back', preset: 'strict', severity: 'warning', precision: 'medium' },
  uncancelled: { text: 'nothing ends {handle} when the reader of this stream goes away', ...sure, severity: 'warning' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'leaked-resource',
    family: 'tasks',
    summary: 'client, file, worker or transaction that some path leaves open',
    question: 'release',
    encodes: ['PS-G6', 'PS-K5'],
    cwe: [772, 404, 459],
    docs: {
      why:
        'A pool has so many clients. Each one that is not given back is missing for good: after as many failures as the pool has clients every request waits for ever, with no error and no log line. ' +
        'File handles, workers, child processes, temporary folders pile up likewise, and a transaction that nobody ends goes back into the pool with its locks, and the ' +
        'next user writes into it. The release at the end of the function is skipped by every exception and every early return before it.',
      instead:
        'Open a `try` on the line behind the acquire and release in its `finally`. `await using` does it where the thing can be disposed of. Roll back in the `catch`, and let ' +
        'a helper own the pair: `withTransaction(async (client) => { … })`.',
      limits:
        'Only what the function keeps in a variable of its own. What is returned, stored, given to a new object or captured by a closure that releases it has another owner. Pool clients, file handles and query runners ' +
        'count by themselves; workers, child processes and other things only where the function releases them on some way. A release under a condition counts. That a single file cannot be written into a new temporary folder is left out. Streams and servers end by themselves too ' +
        'often, so what only looks like a resource is reported at all.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const resource of resourcesIn(flow, ctx.model)) checkResource(resource, flow, ctx);
    for (const transaction of transactionsIn(flow, ctx.model)) checkTransaction(transaction, flow, ctx);
    for (const { call } of flow.all('call')) if (is.new(call) && enclosingRoot(call) === flow.node && /ReadableStream$/.test(call.expression.getText())) checkStream(call, ctx);
  },
});

interface Leak {
  readonly path: Path;
  readonly culprit: FlowEvent | undefined;
  readonly sure: boolean;
}

/** A way out of the function past every release. Failures of `dead` steps leave nothing behind. */
function leakOf(start: FlowEvent, flow: FunctionFlow, resource: { readonly lets: EventTest; readonly dead: (culprit: FlowEvent) => boolean; readonly truthy: Resource['handle'] | undefined }): Leak | undefined {
  const isEnd: EventTest = (event) => event.kind === 'exit' || event.kind === 'exit-throw';
  for (const throws of ['none', 'callee', 'unknown'] as const) {
    let from = start;
    for (let round = 0; round < 8; round++) {
      const path = flow.pathTo(from, isEnd, { avoiding: resource.lets, throws, truthy: resource.truthy ? [resource.truthy] : [] });
      const culprit = path?.thrown[0];
      if (!path) break;
      if (!culprit || !resource.dead(culprit)) return { path, culprit, sure: throws !== 'unknown' };
      from = culprit;
    }
  }
  return undefined;
}

function checkResource(resource: Resource, flow: FunctionFlow, ctx: Context): void {
  const { call, name, evidence, kind, start, releases, handle, condition } = resource;
  const lets = letsGo(resource, ctx.model);
  // The write that fills the variable ends what was known of it, so the way starts behind it.
  const held = flow.pathTo(start, () => true, { throws: 'none' })?.events[1];
  const leak = held && !lets(held) ? leakOf(held, flow, { lets, dead: (culprit) => opens(culprit, resource, ctx.model) || isUnlikely(culprit, resource, ctx.model), truthy: handle }) : undefined;
  if (!leak || (releases.length === 0 && leak.culprit)) return;
  const { culprit } = leak;
  // Without a failure, what looks like a way past the release is too often another owner.
  if (!culprit && evidence === 'own' && (kind === 'other' || kind === 'reader' || kind === 'process')) return;
  // What it is, is sure: a model or its name says so, whoever made it. Of the rest only that it has a release.
  const isKnown = evidence === 'known' || kind === 'folder' || ((kind === 'client' || kind === 'file' || kind === 'process') && releases.length > 0);
  const message = releases.length === 0 ? 'never' : !culprit ? 'onReturn' : !leak.sure ? 'ifThrows' : !isKnown ? 'otherOnFailure' : culprit.kind === 'throw' ? 'onThrow' : 'onFailure';
  if (message === 'ifThrows' && !isKnown) return;
  ctx.report({
    message,
    at: is.call(call) ? nameOfCalled(call) : call.expression,
    // Made in one branch or the other, it is one thing.
    subject: condition === undefined ? call : resource.declared,
    data: { handle: name, step: culprit ? failureText(culprit) : '' },
    trace: stepsOf(call, name, leak, missed(releases, leak, flow)),
  });
}

/** The release that stands behind the point where control leaves, if one does. */
function missed(releases: readonly ts.Node[], { culprit }: Leak, flow: FunctionFlow): ts.Node | undefined {
  const own = releases.filter((release) => flow.at(release).length > 0);
  return own.find(({ pos }) => culprit && pos > culprit.node.pos) ?? own[0] ?? releases[0];
}

function stepsOf(call: ts.Node, name: string, { path, culprit }: Leak, release: ts.Node | undefined): TraceStep[] {
  const end = culprit ?? path.events.findLast((event) => event.kind === 'return');
  return [
    { at: call, text: `${name} is taken` },
    ...(end ? [{ at: end.node, text: !culprit || culprit.kind === 'throw' ? 'control leaves here' : `${failureText(culprit)} fails: control leaves here` }] : []),
    ...(release ? [{ at: release, text: 'this is not reached' }] : []),
  ];
}

const OPENING = /^(connect|open|listen|start|init|launch|ready|wait\w*|initialize|login|auth\w*|goto)$/;
const READING = /^(read|write|closed|ready)$/;

/** A step whose failure leaves nothing to release: the thing did not open, has ended, or is in error itself. */
function opens(culprit: FlowEvent, { name, kind }: Resource, model: SemanticModel): boolean {
  if (culprit.kind === 'await' && culprit.operand && (kind === 'other' || kind === 'process') && failsWithEnd(culprit.operand, name, model)) return true;
  const operand = culprit.kind === 'await' && culprit.operand ? skipWrappers(culprit.operand) : culprit.kind === 'call' ? culprit.call : undefined;
  const callee = operand && is.call(operand) ? skipWrappers(operand.expression) : operand;
  if (!callee || !is.propertyAccess(callee) || skipWrappers(callee.expression).getText() !== name) return false;
  return kind === 'reader' ? READING.test(callee.name.text) : OPENING.test(callee.name.text);
}

/** That own synchronous code throws is worth a word only where what is left behind is known to be scarce. */
function isUnlikely(culprit: FlowEvent, { evidence, kind }: Resource, model: SemanticModel): boolean {
  // Where the first files cannot be written, a folder with next to nothing in it stays for the system to clear away.
  if (kind === 'folder' && isFileWrite(culprit, model)) return true;
  if (culprit.kind !== 'call') return false;
  return evidence === 'own' ? model.call(culprit.call).effects.throws !== 'yes' : model.call(culprit.call).effects.throws !== 'yes' && model.call(culprit.call).targets.length === 0;
}

function nameOfCalled(call: CallNode): ts.Node {
  const callee = skipWrappers(call.expression);
  return is.propertyAccess(callee) ? callee.name : callee;
}

// ── transactions ──

function checkTransaction({ begin, start, ends }: Transaction, flow: FunctionFlow, ctx: Context): void {
  const leak = leakOf(start, flow, { lets: ends, dead: () => false, truthy: undefined });
  if (!leak?.culprit || !leak.sure) return;
  ctx.report({
    message: 'open',
    at: nameOfCalled(begin),
    subject: begin,
    data: { step: failureText(leak.culprit) },
    trace: [{ at: begin, text: 'the transaction begins' }, { at: leak.culprit.node, text: `${failureText(leak.culprit)} fails: control leaves here with no rollback` }],
  });
}

// ── streams over an iterator ──

const ENDED_BY_RETURN: ReadonlySet<string> = new Set(['return']);

/** `new ReadableStream({ pull: … iterator.next() … })` without cancel(): the iterator's finally never runs. */
function checkStream(made: ts.NewExpression, ctx: Context): void {
  const source = made.arguments?.[0] && skipWrappers(made.arguments[0]);
  if (!source || !is.objectLiteral(source) || source.properties.some((each) => is.spreadAssignment(each) || each.name?.getText() === 'cancel')) return;
  const pull = source.properties.find((each) => each.name?.getText() === 'pull');
  const next = pull && nextCallIn(pull, ctx.model);
  if (!next) return;
  ctx.report({
    message: 'uncancelled',
    at: made.expression,
    subject: made,
    data: { handle: shortText(next.expression.expression) },
    trace: [{ at: next.call, text: `${shortText(next.expression.expression)} is taken one step further here` }, { at: made.expression, text: 'no cancel() calls its return()' }],
  });
}

function nextCallIn(pull: ts.Node, model: SemanticModel): { readonly call: ts.CallExpression; readonly expression: ts.PropertyAccessExpression } | undefined {
  let found: { call: ts.CallExpression; expression: ts.PropertyAccessExpression } | undefined;
  forEachDescendant(pull, (node) => {
    if (found || !is.call(node) || calledText(node) !== 'next' || !is.propertyAccess(node.expression)) return;
    const kind = model.place(node.expression.expression)?.kind;
    const canEnd = surely(model.hasMember(node.expression.expression, ENDED_BY_RETURN));
    if (kind && kind !== 'local' && canEnd) found = { call: node, expression: node.expression };
  });
  return found;
}

function isFileWrite(culprit: FlowEvent, model: SemanticModel): boolean {
  const step = culprit.kind === 'call' ? culprit.call : culprit.kind === 'await' && culprit.operand ? skipWrappers(culprit.operand) : undefined;
  if (!step || !is.callOrNew(step)) return false;
  const { effects, targets } = model.call(step);
  return effects.io === 'file' && targets.length === 0 && /^(write|append|copy|mk|chmod|chown|link|symlink)/.test(calledText(step));
}
