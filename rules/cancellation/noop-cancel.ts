import {
  defineRule, forEachDescendant, is, isFunctionNode, outermostWrapper, shortText, skipWrappers, surely,
  type FunctionNode, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { idleRemoval } from '../support/listener-removal.js';
import { calledName } from '../support/promise-values.js';

const sure = { preset: 'recommended', severity: 'error', precision: 'high' } as const;

const messages = {
  named: { text: '{cancel} is named here and not called: nothing is cancelled', ...sure },
  wrongKind: { text: '{clear} does nothing to {handle}: it comes from {made}', ...sure },
  fresh: { text: '{clear} ends the timer that {made} has just set: those set before run on', ...sure },
  otherFunction: { text: 'this removes no listener of {target}: the function given is made on the spot and was never added', ...sure },
  bound: { text: 'this removes no listener of {target}: what was added is {added}, another function', ...sure },
  otherEvent: { text: 'this removes no listener of {target}: {handler} was added for {event}', ...sure },
  otherCapture: { text: 'this removes no listener of {target}: {handler} was added with another capture flag', ...sure },
  unheard: { text: '{controller} aborts nothing: nobody is given its signal', preset: 'strict', severity: 'warning', precision: 'medium' },
  emptyCancel: { text: 'cancel() of this stream leaves {source} open, which pull() reads from', preset: 'strict', severity: 'warning', precision: 'medium' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'noop-cancel',
    family: 'cancellation',
    summary: 'a cancel, clear or removal that cancels nothing',
    question: 'release',
    encodes: ['RM-X1'],
    cwe: [404],
    docs: {
      why:
        'Code that names a cancel function and does not call it, clears the handle of another timer, or removes a function that was never added looks right, type-checks and runs without a word. ' +
        'The timer still fires, the listener still hears, the work goes on for a caller who was told that it has ended, and one more is left behind each time.',
      instead:
        'Call it: `controller.abort()`. Keep what the start gave and hand exactly that to its own counterpart: `setTimeout` to `clearTimeout`, `requestAnimationFrame` to `cancelAnimationFrame`. ' +
        'Keep a bound function in a const or a field, and remove it for the same event and with the same capture flag. A stream made from an iterator returns the iterator in its `cancel()`.',
      limits:
        'Handles are followed through variables and fields whose every value is in view. Listeners are looked for in the file: an addition whose event or function is not written out may be the one that is meant, ' +
        'and keeps the rule silent. A stream without any `cancel` is leaked-resource’s.',
    },
    messages,
  },
  onNode: {
    ExpressionStatement: (node, ctx) => checkNamed((node as ts.ExpressionStatement).expression, ctx),
    ArrowFunction: (node, ctx) => {
      const { body } = node as ts.ArrowFunction;
      if (is.expression(body) && is.propertyAccess(skipWrappers(body)) && ctx.model.callbackOf(node as ts.ArrowFunction)?.effect?.result === 'ignored') checkNamed(body, ctx);
    },
    CallExpression: (node, ctx) => checkCall(node as ts.CallExpression, ctx),
    NewExpression: (node, ctx) => checkStream(node as ts.NewExpression, ctx),
  },
});

const CANCELS = /^(?:abort|cancel|clear|close|destroy|dispose|disconnect|kill|release|stop|terminate|unlock|unref|unsubscribe|shutdown|rollback)(?:[A-Z]\w*)?$/;

/** `controller.abort;`, `() => this.stop` where nobody looks at the result. */
function checkNamed(expr: ts.Expression, ctx: Context): void {
  const value = skipWrappers(expr);
  const name = is.propertyAccess(value) ? value.name : is.identifier(value) ? value : undefined;
  if (!name || !CANCELS.test(name.text) || !surely(ctx.model.isCallable(value))) return;
  ctx.report({ message: 'named', at: name, subject: value, data: { cancel: shortText(value) }, trace: [{ at: value, text: `${shortText(value)} is a function, and this does not call it` }] });
}

function checkCall(call: ts.CallExpression, ctx: Context): void {
  const callee = skipWrappers(call.expression);
  const name = is.propertyAccess(callee) ? callee.name.text : is.identifier(callee) ? callee.text : '';
  if (/^(?:clear|cancel)[A-Z]/.test(name)) checkClear(call, name, ctx);
  else if (/^(?:off|remove\w*Listener)$/.test(name)) checkRemoval(call, ctx);
  else if (name === 'abort' && is.propertyAccess(callee)) checkUnheard(call, callee.expression, ctx);
}

// ── timers ──

function checkClear(call: ts.CallExpression, name: string, ctx: Context): void {
  const { model } = ctx;
  const clears = model.call(call).effects.clearsTimer;
  const handle = clears && call.arguments[clears.arg];
  if (!handle) return;
  const value = skipWrappers(handle);
  if (is.call(value)) {
    const made = timerMadeBy(value, model);
    if (made) ctx.report({ message: 'fresh', at: calledName(call), subject: call, data: { clear: `${name}()`, made: `${calledName(value).getText()}()` }, trace: [{ at: value, text: 'this sets a new timer' }, { at: call, text: 'and this ends that one, none that was set before' }] });
    return;
  }
  const timers = timersIn(value, model);
  const first = timers?.[0];
  if (!first || timers.some((timer) => model.call(timer).effects.timer?.clear.includes(name) !== false)) return;
  ctx.report({
    message: 'wrongKind',
    at: calledName(call),
    subject: call,
    data: { clear: `${name}()`, handle: shortText(value), made: `${calledName(first).getText()}()` },
    trace: [{ at: first, text: `the handle comes from ${calledName(first).getText()}()` }, { at: call, text: `${name}() knows no such handle, and ${shortText(value)} goes on` }],
  });
}

/** `clearTimeout(setTimeout(…))`, or of a function that does nothing but set a timer and return it. */
function timerMadeBy(call: ts.CallExpression, model: SemanticModel): ts.CallExpression | undefined {
  const { effects, targets } = model.call(call);
  if (effects.timer) return call;
  const [target] = targets;
  const result = target && targets.length === 1 ? onlyResult(target) : undefined;
  const made = result && skipWrappers(result);
  return made && is.call(made) && model.call(made).effects.timer ? made : undefined;
}

function onlyResult(fn: FunctionNode): ts.Expression | undefined {
  if (!fn.body || !is.block(fn.body)) return fn.body;
  const [statement] = fn.body.statements;
  return statement && fn.body.statements.length === 1 && is.return(statement) ? statement.expression : undefined;
}

/** All that the place ever holds, where that is timers and nothing. */
function timersIn(handle: ts.Expression, model: SemanticModel): readonly ts.CallExpression[] | undefined {
  const place = model.place(handle);
  const declaration = place?.root?.declarations?.[0];
  if (!place || !declaration || is.parameter(declaration) || place.path.length > (place.kind === 'field' ? 1 : 0) || place.entry !== undefined) return undefined;
  const initial = is.variableDeclaration(declaration) || is.propertyDeclaration(declaration) ? declaration.initializer : undefined;
  const writes = model.accesses(place).filter((access) => access.kind === 'write' && access.node !== declaration);
  const values = [...writes.map(({ value }) => value), ...(initial ? [initial] : [])];
  const timers: ts.CallExpression[] = [];
  for (const given of values) {
    const value = given && skipWrappers(given);
    if (value && /^(?:undefined|null|0|-1|void 0)$/.test(value.getText())) continue;
    if (!value || !is.call(value) || !model.call(value).effects.timer) return undefined;
    timers.push(value);
  }
  return timers;
}

// ── listeners ──

function checkRemoval(removal: ts.CallExpression, ctx: Context): void {
  const idle = idleRemoval(removal, ctx.model);
  if (!idle) return;
  const { because, added } = idle;
  const [event, handler] = removal.arguments;
  const callee = skipWrappers(removal.expression) as ts.PropertyAccessExpression; // idleRemoval answers for no other form
  const isBound = added !== undefined && because === 'handler' && !is.functionExpression(skipWrappers(handler!)) && !is.call(skipWrappers(handler!));
  ctx.report({
    message: because === 'event' ? 'otherEvent' : because === 'capture' ? 'otherCapture' : isBound ? 'bound' : 'otherFunction',
    at: callee.name,
    subject: added ?? removal,
    data: { target: shortText(callee.expression), handler: shortText(handler!), event: added?.arguments[0] ? shortText(added.arguments[0]) : '', added: added?.arguments[1] ? shortText(added.arguments[1]) : '' },
    trace: [...(added ? [{ at: added, text: 'this listener was added' }] : []), { at: removal, text: `this takes nothing away: no such listener of ${shortText(event!)} was added` }],
  });
}

// ── controllers and streams ──

/** Made here, kept here, and its signal never asked for. */
function checkUnheard(call: ts.CallExpression, controller: ts.Expression, ctx: Context): void {
  const { model } = ctx;
  const variable = skipWrappers(controller);
  const declaration = is.identifier(variable) ? model.symbolOf(variable)?.declarations?.[0] : undefined;
  if (!is.identifier(variable) || !declaration || !is.variableDeclaration(declaration) || !declaration.initializer) return;
  const made = skipWrappers(declaration.initializer);
  if (!is.new(made) || made.expression.getText() !== 'AbortController' || !is.identifier(declaration.name)) return;
  const symbol = model.symbolOf(variable);
  const mentions = model.identifiersNamed(variable.text).filter((id) => id !== declaration.name && model.symbolOf(id) === symbol);
  if (!mentions.every((id) => is.propertyAccess(id.parent) && id.parent.expression === id && id.parent.name.text === 'abort' && is.call(outermostWrapper(id.parent).parent))) return;
  ctx.report({ message: 'unheard', at: calledName(call), subject: declaration, data: { controller: variable.text }, trace: [{ at: declaration, text: 'the controller is made, and its signal is handed to nobody' }, { at: call, text: 'the abort reaches nothing' }] });
}

/** `new ReadableStream({ pull() { … iterator.next() … }, cancel() {} })`. */
function checkStream(made: ts.NewExpression, ctx: Context): void {
  const given = /ReadableStream$/.test(made.expression.getText()) ? made.arguments?.[0] && skipWrappers(made.arguments[0]) : undefined;
  if (!given || !is.objectLiteral(given) || given.properties.some((each) => !each.name)) return;
  const pull = given.properties.find((each) => each.name?.getText() === 'pull');
  const cancel = given.properties.find((each) => each.name?.getText() === 'cancel');
  const read = pull && (is.method(pull) || is.propertyAssignment(pull)) ? readIn(pull) : undefined;
  if (!read || !cancel || !isEmptyFunction(cancel)) return;
  ctx.report({
    message: 'emptyCancel',
    at: cancel.name ?? cancel,
    subject: made,
    data: { source: shortText(read.expression) },
    trace: [{ at: read, text: 'each pull reads on' }, { at: cancel, text: `a reader who cancels leaves ${shortText(read.expression)} as it is: what it holds is never given back` }],
  });
}

/** `iterator.next()`, `reader.read()` of something made outside the stream. */
function readIn(pull: ts.Node): ts.PropertyAccessExpression | undefined {
  let found: ts.PropertyAccessExpression | undefined;
  forEachDescendant(pull, (node) => {
    const callee = is.call(node) && node.arguments.length === 0 && is.await(node.parent) ? skipWrappers(node.expression) : undefined;
    if (callee && is.propertyAccess(callee) && /^(?:next|read)$/.test(callee.name.text)) found ??= callee;
  });
  return found;
}

function isEmptyFunction(member: ts.ObjectLiteralElementLike): boolean {
  const fn = is.method(member) ? member : is.propertyAssignment(member) ? skipWrappers(member.initializer) : undefined;
  return fn !== undefined && isFunctionNode(fn) && fn.body !== undefined && is.block(fn.body) && fn.body.statements.length === 0;
}
