import { defineRule, enclosingRoot, forEachDescendant, functionName, is, isFunctionNode, outermostWrapper, shortText, skipWrappers, surely, type FunctionNode, type RuleContext, type ts } from '../../src/rule.js';
import { calledName, derivation } from '../support/promise-values.js';
import { isCommented, isEmptyHandler, isOfConsequence } from '../support/swallowed.js';

const perhaps = { preset: 'strict', severity: 'warning', precision: 'medium' } as const;
const certain = { preset: 'strict', severity: 'error', precision: 'high' } as const;

const messages = {
  emptyHandler: { text: '{fn} says that all went well when {work} has failed: its rejection is dropped', ...perhaps },
  emptyCatch: { text: '{fn} goes on as if {work} had gone well: the catch does nothing', ...perhaps },
  unreadResults: { text: 'nobody looks at which of {work} failed', ...perhaps },
  deafListener: { text: 'this listener names {handler} and does not call it, so every error that comes is lost', preset: 'recommended', severity: 'error', precision: 'high' },
  notCalled: { text: 'this handler names {handler} and does not call it, so the failure is lost', ...certain },
  unbound: { text: '{handler} is called without its object and throws, so the failure is lost', ...certain },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'swallowed-rejection',
    family: 'tasks',
    summary: 'failure dropped while the caller is told that all went well',
    question: 'lost-rejection',
    encodes: ['RM-E1'],
    cwe: [390, 391, 252],
    docs: {
      why:
        'An empty handler turns a failure into a success. The caller confirms the order that was not stored, the shutdown reports a flush that lost its data, and no log line says so. A handler that ' +
        'names a function and does not call it (`e => this.emit.bind(this, e)`), or hands over a method without its object, is empty without meaning to be.',
      instead:
        'Let the failure through, or say what it means: log it, count it, give back a result that tells. Read what `allSettled` gives: `results.filter((r) => r.status === \'rejected\')`. ' +
        'Where it may really be ignored, say why in a comment inside the handler. Call what the handler names: `(e) => this.emit(\'error\', e)`.',
      limits:
        'Only work that by its name changes something (save, send, publish, flush, …), that can reject, and that is waited for. Clean-up is left out: what closes, removes or cancels, and what stands in catch and finally. A comment in ' +
        'the handler or at the statement states the intent.',
    },
    messages,
  },
  onNode: {
    CallExpression: (node, ctx) => checkCall(node as ts.CallExpression, ctx),
    TryStatement: (node, ctx) => checkTry(node as ts.TryStatement, ctx),
  },
});

function checkCall(call: ts.CallExpression, ctx: Context): void {
  const method = calledName(call).getText();
  if (method === 'allSettled') return checkResults(call, ctx);
  if (method === 'catch' || /^(on|once|addListener)$/.test(method)) {
    const handler = call.arguments[method === 'catch' ? 0 : 1];
    const event = method === 'catch' ? undefined : call.arguments[0]?.getText().replace(/['"`]/g, '');
    if (!handler || (event !== undefined && event !== 'error')) return;
    if (checkBroken(handler, method === 'catch', ctx)) return;
    if (method === 'catch' && isEmptyHandler(handler, ctx.model)) checkEmptied(call, ctx);
  }
}

// ── handlers that do nothing ──

/** `await save().catch(() => {})` as a statement, `return save().catch(() => {})`. */
function checkEmptied(call: ts.CallExpression, ctx: Context): void {
  const work = skipWrappers(derivation(call)!.source);
  const outer = outermostWrapper(call);
  const { parent } = outer;
  const statement = is.await(parent) ? outermostWrapper(parent).parent : parent;
  // What is given back instead may tell: `return find(id).catch(() => undefined)`.
  const isWaited = (is.await(parent) && is.expressionStatement(statement)) || (is.return(parent) && call.arguments[0]!.getText().endsWith('}'));
  if (!isWaited || !is.call(work) || isCommented(statement) || !matters(work, ctx)) return;
  const root = enclosingRoot(call);
  ctx.report({
    message: 'emptyHandler',
    at: calledName(call),
    subject: work,
    data: { fn: nameOf(root), work: shortText(work), handler: '' },
    trace: [{ at: work, text: 'this can fail' }, { at: call.arguments[0]!, text: 'and this drops the failure' }],
  });
}

function checkTry(statement: ts.TryStatement, ctx: Context): void {
  const { catchClause, tryBlock } = statement;
  if (!catchClause || catchClause.block.statements.length > 0 || /\/[/*]/.test(catchClause.getText()) || isCommented(statement)) return;
  const last = tryBlock.statements.at(-1);
  const expression = last && is.expressionStatement(last) ? skipWrappers(last.expression) : undefined;
  const work = expression && is.await(expression) ? skipWrappers(expression.expression) : undefined;
  if (!work || !is.call(work) || !matters(work, ctx)) return;
  ctx.report({
    message: 'emptyCatch',
    at: catchClause.getFirstToken() ?? catchClause,
    subject: work,
    data: { fn: nameOf(enclosingRoot(work)), work: shortText(work), handler: '' },
    trace: [{ at: work, text: 'this can fail' }, { at: catchClause, text: 'and this drops the failure' }],
  });
}

function matters(work: ts.CallExpression, { model }: Context): boolean {
  return isOfConsequence(work) && surely(model.canReject(work));
}

function nameOf(root: ReturnType<typeof enclosingRoot>): string {
  const name = is.sourceFile(root) ? 'the module' : functionName(root);
  return /^callback of|^\(/.test(name) || name === '' ? 'this function' : name;
}

// ── results that nobody reads ──

function checkResults(call: ts.CallExpression, ctx: Context): void {
  const { parent } = outermostWrapper(call);
  if (!is.await(parent) || !is.expressionStatement(outermostWrapper(parent).parent) || ctx.model.call(call).effects.combinator !== 'allSettled') return;
  const list = call.arguments[0] && skipWrappers(call.arguments[0]);
  const [work] = list ? startedIn(list) : [];
  if (!work || isCommented(outermostWrapper(parent).parent) || !matters(work, ctx)) return;
  ctx.report({
    message: 'unreadResults',
    at: calledName(call),
    subject: call,
    data: { work: is.arrayLiteral(list!) ? 'these' : `the ${calledName(work).getText()} calls`, fn: '', handler: '' },
    trace: [{ at: work, text: 'this can fail' }, { at: call, text: 'the results that tell are dropped' }],
  });
}

/** The calls of a list that is written out, or the one that a mapper makes. */
function startedIn(list: ts.Expression): readonly ts.CallExpression[] {
  if (is.arrayLiteral(list)) return list.elements.map((each) => skipWrappers(each)).filter(is.call);
  const mapper = is.call(list) && calledName(list).getText() === 'map' ? list.arguments[0] : undefined;
  const fn = mapper && skipWrappers(mapper);
  if (!fn || !is.arrowFunction(fn) || is.block(fn.body)) return [];
  const body = skipWrappers(fn.body);
  return is.call(body) ? [body] : [];
}

// ── handlers that mean to do something ──

function checkBroken(given: ts.Expression, isCatch: boolean, ctx: Context): boolean {
  const handler = skipWrappers(given);
  if (is.arrowFunction(handler) && !is.block(handler.body)) {
    const body = skipWrappers(handler.body);
    const named = isBind(body) ? body.expression.expression : is.propertyAccess(body) && surely(ctx.model.isCallable(body)) ? body : undefined;
    if (!named) return false;
    ctx.report({ message: isCatch ? 'notCalled' : 'deafListener', at: body, subject: given, data: { handler: shortText(named), fn: '', work: '' }, trace: [{ at: body, text: 'a function is made or named here, and nothing calls it' }] });
    return true;
  }
  if (!is.propertyAccess(handler) || !isCatch) return false;
  const method = ctx.model.functionsOf(handler).find((fn) => is.method(fn) && readsThis(fn));
  if (!method) return false;
  ctx.report({
    message: 'unbound',
    at: handler,
    subject: given,
    data: { handler: shortText(handler), fn: '', work: '' },
    trace: [{ at: handler, text: 'the method is handed over without its object' }, { at: method, text: 'it reads this, which is undefined then' }],
  });
  return true;
}

function isBind(body: ts.Expression): body is ts.CallExpression & { readonly expression: ts.PropertyAccessExpression } {
  return is.call(body) && is.propertyAccess(body.expression) && body.expression.name.text === 'bind';
}

function readsThis(fn: FunctionNode): boolean {
  let reads = false;
  forEachDescendant(fn, (node) => {
    if (isFunctionNode(node) && !is.arrowFunction(node)) return false;
    reads ||= is.this(node);
    return true;
  });
  return reads;
}
