import { defineRule, enclosingRoot, functionName, is, isAsync, shortText, skipWrappers, surely, type Certainty, type RuleContext, type ts } from '../../src/rule.js';
import { lostKeptPromise } from '../support/kept-promise.js';
import { lostRejection, onHost } from '../support/lost-rejection.js';
import { onlyWaits } from '../support/only-waits.js';
import { calledName, taskName, valuesOf } from '../support/promise-values.js';
import { isOnlyTyped, passedOnBy, rejectionShown } from '../support/rejection-origin.js';
import { surelyAwaitsWhatMayReject } from '../support/sure-rejection.js';
import { unhandledRejection } from '../support/unhandled-rejection.js';

const messages = {
  ...lostRejection({
    dropped: 'nobody handles a rejection of {task}',
    unused: '{name} is never used, so nobody handles a rejection of {task}',
    left: '{name} is left behind on a path, where nobody handles a rejection of {task}',
  }),
  typed: { text: 'nobody handles {task}, which by its type is a promise that can reject', preset: 'all', severity: 'note', precision: 'low' },
  noWait: { text: '{task} is not awaited, so nothing waits for it', preset: 'recommended', severity: 'error', precision: 'high' },
  unfinishedEnd: { text: '{method} ends before {task} has', preset: 'recommended', severity: 'error', precision: 'high' },
  voidedSurely: { text: 'void drops {task}, which always awaits what may reject', preset: 'recommended', severity: 'error', precision: 'medium' },
  voided: { text: 'void drops {task}, and nobody handles its rejection', preset: 'all', severity: 'note', precision: 'low' },
  voidedInBrowser: { text: 'void drops {task}, and nobody handles its rejection', preset: 'all', severity: 'note', precision: 'low' },
  named: { text: '{name} is a promise, and this statement does nothing with it', preset: 'strict', severity: 'warning', precision: 'medium' },
  namedList: { text: '{name} holds promises, and this statement does nothing with them', preset: 'strict', severity: 'warning', precision: 'medium' },
  maybe: { text: 'nobody handles {task}, should it reject', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Task = ts.CallExpression | ts.NewExpression;

export default defineRule({
  meta: {
    id: 'floating-promise',
    family: 'tasks',
    summary: 'a promise that can reject and that nobody handles',
    question: 'lost-rejection',
    encodes: ['RM-C2', 'RG-4', 'PS-G3', 'PS-G1'],
    cwe: [248, 252, 755],
    docs: {
      why:
        'A promise that is neither awaited, returned, kept nor given a rejection handler takes its failure with it. Node ends the whole process ' +
        'for an unhandled rejection, so one failed write takes down every request in flight; in a browser the failure is a line in a console nobody ' +
        'reads. A try around the call does not help: it is over before the promise rejects. And the caller goes on as if the work were done: ' +
        'it reports success, reads what is not written yet, or shuts down under it; a `sleep(100)` that is not awaited does nothing at all. `p.then(f)` and `p.finally(f)` are promises of their own: ' +
        'that p is handled elsewhere does not handle them.',
      instead:
        'Await it, return it, or collect it and await the collection before the owner ends. Where it shall run on its own, give it a handler at the ' +
        'end of the chain, `work().catch(report)`, and think of who waits for it at shutdown. `void` silences compilers and linters, not the rejection.',
      limits:
        'Whether a promise can reject is decided by the body where it is in view, and assumed for declared functions of other packages (those that no model describes are reported at all). What is stored ' +
        'in a field, pushed to a list or handed to another function counts as handled, whether or not that place is ever awaited. `void` of a ' +
        'library call is taken as intended (reported at all). Code at the top level of a module is left out: there a rejection ends the ' +
        'program with its stack, as an exception does. Variables are followed within one function, and only when declared with a call; what their values rule out is not. ' +
        'The second argument of then is a handler as good as catch. Every thenable that takes callbacks counts as a promise, and no list of types is taken to be safe; what only a cast calls a promise is none.',
    },
    messages,
  },
  onNode: {
    ExpressionStatement: (node, ctx) => {
      const { expression } = node as ts.ExpressionStatement;
      checkDropped(expression, ctx);
      for (const value of valuesOf(expression)) checkNamed(value, ctx);
    },
    ForStatement: (node, ctx) => {
      const { initializer, incrementor } = node as ts.ForStatement;
      if (initializer && is.expression(initializer)) checkDropped(initializer, ctx);
      if (incrementor) checkDropped(incrementor, ctx);
    },
    BinaryExpression: (node, ctx) => {
      if (is.comma(node)) checkDropped(node.left, ctx);
    },
    VoidExpression: (node, ctx) => {
      const { expression } = node as ts.VoidExpression;
      if (!atTopLevel(node)) for (const task of tasksIn(expression)) checkVoided(task, ctx);
    },
    VariableDeclaration: (node, ctx) => checkKept(node as ts.VariableDeclaration, ctx),
  },
});

function checkDropped(expr: ts.Expression, ctx: Context): void {
  if (atTopLevel(expr)) return;
  for (const task of tasksIn(expr)) {
    if (onlyWaits(task, ctx.model)) {
      report(task, 'noWait', ctx);
      continue;
    }
    const rejects = unhandledRejection(task, ctx.model);
    if (rejects === 'no') continue;
    if (endsUnfinished(task)) report(task, 'unfinishedEnd', ctx);
    else report(task, isShown(task, rejects, ctx) ? messageFor('dropped', task, ctx) : 'maybe', ctx);
  }
}

/** `ready;` where `await ready;` was meant. */
function checkNamed(value: ts.Expression, ctx: Context): void {
  const { model } = ctx;
  const isNamed = is.identifier(value) || is.propertyAccess(value) || is.elementAccess(value) || is.taggedTemplate(value) || is.yield(value);
  if (!isNamed || atTopLevel(value)) return;
  const isPromise = surely(model.isPromise(value)) && model.canReject(value) !== 'no';
  if (!isPromise && !surely(model.isArrayOfPromises(value))) return;
  ctx.report({ message: isPromise ? 'named' : 'namedList', at: value, data: { name: shortText(value) }, trace: [{ at: value, text: 'the value is looked up and dropped' }] });
}

function checkVoided(task: Task, ctx: Context): void {
  if (!isShown(task, unhandledRejection(task, ctx.model), ctx)) return;
  const message = onHost('voided', task, ctx);
  const isSure = message === 'voided' && ctx.model.call(task).targets.some((fn) => surelyAwaitsWhatMayReject(ctx.model, fn));
  report(task, isSure ? 'voidedSurely' : message, ctx);
}

function checkKept(declaration: ts.VariableDeclaration, ctx: Context): void {
  const lost = lostKeptPromise(declaration, ctx.model);
  if (!lost || !isShown(lost.call, unhandledRejection(lost.call, ctx.model), ctx)) return;
  const { call, name, end } = lost;
  const start = { at: calledName(call), text: `the promise of ${taskName(call)} is kept in ${name}` };
  const way = end ? [{ at: end, text: `the function ends this way without a look at ${name}` }] : [];
  ctx.report({
    message: messageFor(end ? 'left' : 'unused', call, ctx),
    at: declaration.name,
    subject: call,
    data: { name, task: taskName(call) },
    trace: [start, ...way, ...(rejectionShown(ctx.model, call) ?? [])],
  });
}

function report(task: Task, message: keyof typeof messages, ctx: Context): void {
  const at = calledName(task);
  const name = taskName(task);
  const start = { at, text: `${name} starts here and its promise is dropped` };
  const method = functionName(enclosingRoot(task));
  ctx.report({ message, at, subject: task, data: { task: name, method }, trace: [start, ...(rejectionShown(ctx.model, task) ?? [])] });
}

/**
 * Where a body or a model shows what rejects, a lost rejection is nearly always a defect; where only a type speaks, its author may know
 * better, and the promise of an end mostly says when, not whether.
 */
function messageFor(lost: 'dropped' | 'unused' | 'left', task: Task, ctx: Context): keyof typeof messages {
  const message = onHost(lost, task, ctx);
  const source = passedOnBy(task);
  if (isGivenBatch(source, ctx.model)) return 'maybe';
  const name = calledName(source).getText();
  const isEnd = TERMINAL.test(name) || /^(?:abort|cancel)$/.test(name);
  if (isOnlyTyped(ctx.model, source)) return message === lost && !isEnd ? 'typed' : 'maybe';
  return isEnd && isOnlyDeclared(source, ctx.model) ? 'maybe' : message;
}

/** `destroy(): void | Promise<void>` of an interface of this program, with no class that says how it ends. */
function isOnlyDeclared(task: Task, model: Context['model']): boolean {
  const { targets, effects } = model.call(task);
  return targets.length === 0 && !effects.promise && effects.canReject === undefined && (model.symbolOf(calledName(task))?.declarations ?? []).some(is.methodSignature);
}

/** `add(pipeline, job)`: what is put on a batch is answered for by the one call that sends it. */
function isGivenBatch(task: Task, model: Context['model']): boolean {
  return (task.arguments ?? []).some((given) => {
    const made = skipWrappers(model.resolveAlias(given));
    return is.call(made) && /^(?:pipeline|multi|batch)$/.test(calledName(made).getText());
  });
}

/** There a rejection ends the program with its stack, as wanted. */
function atTopLevel(node: ts.Node): boolean {
  return is.sourceFile(enclosingRoot(node));
}

function tasksIn(expr: ts.Expression): readonly Task[] {
  return valuesOf(expr).flatMap((value) => (is.arrayLiteral(value) ? value.elements.flatMap(tasksIn) : is.callOrNew(value) ? [value] : []));
}

function isShown(task: Task, rejects: Certainty, { model }: Context): boolean {
  return surely(rejects) && rejectionShown(model, task) !== undefined;
}

const TERMINAL = /^(close|stop|end|quit|disconnect|shutdown|destroy|dispose|terminate|teardown)(All|Async)?$/i;

/** `async close() { this.client.close(); }`: who awaits the outer end is told that the inner one is over. */
function endsUnfinished(task: Task): boolean {
  const root = enclosingRoot(task);
  return isAsync(root) && TERMINAL.test(calledName(task).getText()) && TERMINAL.test(functionName(root).replace(/^.*\./, ''));
}
