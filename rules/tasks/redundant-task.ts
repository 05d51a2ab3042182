import { defineRule, enclosingRoot, forEachDescendant, is, isAsync, isFunctionNode, isGenerator, outermostWrapper, shortText, skipWrappers, surely, type RuleContext, type ts } from '../../src/rule.js';
import { awaits } from '../support/awaited-calls.js';
import { onlyExpression } from '../support/only-expression.js';
import { calledName, derivation } from '../support/promise-values.js';

const perhaps = { preset: 'strict', severity: 'note', precision: 'medium' } as const;

const messages = {
  wrapped: { text: 'this promise only repeats what {work} gives', preset: 'all', severity: 'note', precision: 'low' },
  hangs: { text: 'this promise repeats what {work} gives, and never settles when that rejects', ...perhaps, severity: 'warning' },
  needlessAsync: { text: 'this executor is async for nothing, and what it throws settles nothing', ...perhaps, preset: 'all' },
  asyncExecutor: { text: 'this executor is async already: whatever its own catch does not see settles nothing', preset: 'all', severity: 'note', precision: 'low' },
  inPlace: { text: 'this async function is called and awaited on the spot, and adds nothing but a task', ...perhaps },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'redundant-task',
    family: 'tasks',
    summary: 'async work wrapped in one more promise that adds nothing',
    question: 'lost-rejection',
    encodes: ['TA-3'],
    cwe: [755, 391],
    docs: {
      why:
        'A promise around a promise is one more place where a failure gets lost: forget `reject` and the caller waits for ever, throw in an async executor and nobody hears it. The work is harder to read, and the stack of ' +
        'an error ends at the wrapper.',
      instead:
        'Return or await the inner promise: `return load(id)`, `return (await load(id)).name`. Keep `new Promise` for what calls back, and let an async function around it do the awaiting. Write the body of an awaited ' +
        'async function where it is awaited.',
      limits:
        'Executors that do anything besides one chain of `then`, and functions called in place that return early or stand in a try, are left out; so is an async executor none of whose steps can fail. One whose failure surely gets lost is ignored-async-callback’s report.',
    },
    messages,
  },
  onNode: {
    NewExpression: (node, ctx) => checkExecutor(node as ts.NewExpression, ctx),
    AwaitExpression: (node, ctx) => checkInPlace(node as ts.AwaitExpression, ctx),
  },
});

function checkExecutor(made: ts.NewExpression, ctx: Context): void {
  const executor = made.arguments?.[0] && skipWrappers(made.arguments[0]);
  if (made.expression.getText() !== 'Promise' || !executor || !is.functionExpression(executor)) return;
  const [resolve, reject] = executor.parameters.map(({ name }) => name.getText());
  if (isAsync(executor)) {
    if (ctx.model.summary(executor).canReject === 'no') return;
    ctx.report({
      message: awaits(executor) ? 'asyncExecutor' : 'needlessAsync',
      at: made.expression,
      subject: made.arguments![0]!,
      trace: [{ at: executor.getFirstToken() ?? executor, text: 'it returns a promise of its own, which the constructor drops' }],
    });
    return;
  }
  const chain = onlyExpression(executor);
  const work = chain && workOf(chain);
  if (!work || resolve === undefined || !settlesOnlyBy(chain, resolve, reject) || !surely(ctx.model.isPromise(work))) return;
  const rejects = handlesRejection(chain);
  ctx.report({
    message: rejects ? 'wrapped' : 'hangs',
    at: made.expression,
    subject: made,
    data: { work: shortText(work) },
    trace: [{ at: work, text: 'this is a promise already' }, ...(rejects ? [] : [{ at: calledName(chain), text: 'no rejection of it comes through' }])],
  });
}

/** The promise that a chain of then, catch and finally starts from. */
function workOf(chain: ts.Expression): ts.Expression | undefined {
  let derived = derivation(chain);
  if (!derived) return undefined;
  for (let inner = derivation(derived.source); inner; inner = derivation(derived.source)) derived = inner;
  return skipWrappers(derived.source);
}

/** Each handler is `resolve` or `reject`, or does nothing in the end but call one of them. */
function settlesOnlyBy(chain: ts.Expression, resolve: string, reject: string | undefined): boolean {
  for (let derived = derivation(chain); derived; derived = derivation(derived.source)) {
    const [first, second] = derived.handlers.map((handler) => skipWrappers(handler));
    if (derived.method === 'finally' || !first) return false;
    // What turns a failure into a value is more than a repetition.
    const [value, failure] = derived.method === 'catch' ? [undefined, first] : [first, second];
    if ((value && !settles(value, resolve, reject)) || (failure && (reject === undefined || !settles(failure, reject)))) return false;
  }
  return true;
}

function settles(handler: ts.Expression, resolve: string, reject?: string): boolean {
  if (is.identifier(handler)) return handler.text === resolve || handler.text === reject;
  const body = is.functionExpression(handler) ? onlyExpression(handler) : undefined;
  const called = body && is.call(body) ? skipWrappers(body.expression).getText() : undefined;
  return called !== undefined && (called === resolve || called === reject);
}

function handlesRejection(chain: ts.Expression): boolean {
  const derived = derivation(chain);
  return derived !== undefined && ((derived.method === 'catch' ? derived.handlers.length > 0 : derived.handlers.length > 1) || handlesRejection(derived.source));
}

/** `await (async () => { … })();` as a statement of an async function. */
function checkInPlace(wait: ts.AwaitExpression, ctx: Context): void {
  const call = skipWrappers(wait.expression);
  const fn = is.call(call) && call.arguments.length === 0 ? skipWrappers(call.expression) : undefined;
  if (!fn || !is.functionExpression(fn) || !isAsync(fn) || isGenerator(fn) || !is.expressionStatement(outermostWrapper(wait).parent)) return;
  if (is.sourceFile(enclosingRoot(wait)) || returns(fn)) return;
  ctx.report({
    message: 'inPlace',
    at: fn.getFirstToken() ?? fn,
    subject: call,
    trace: [{ at: wait, text: 'awaited where it is called, and nothing is taken from it' }],
  });
}

function returns(fn: ts.Node): boolean {
  let found = false;
  forEachDescendant(fn, (node) => {
    if (isFunctionNode(node)) return false;
    found ||= is.return(node);
    return true;
  });
  return found;
}
