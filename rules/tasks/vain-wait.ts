import { is, isAsync, defineRule, shortText, skipWrappers, surely, type RuleContext, type ts } from '../../src/rule.js';
import { calledName } from '../support/promise-values.js';

const harmless = { preset: 'all', severity: 'note', precision: 'low' } as const;

const messages = {
  uncalled: { text: '{value} is a function that is not called here: there is nothing to wait for', preset: 'recommended', severity: 'error', precision: 'high' },
  unjoined: { text: 'await of a list waits for none of the promises in {value}', preset: 'recommended', severity: 'error', precision: 'high' },
  value: { text: '{value} is no promise: there is nothing to wait for', ...harmless },
  iterable: { text: '{value} gives its items at once: it is no asynchronous iterable', ...harmless },
  disposable: { text: '{value} is disposed of at once: its disposal gives no promise', ...harmless },
  list: { text: '{combinator} waits for nothing: {value} holds no promises', ...harmless },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'vain-wait',
    family: 'tasks',
    summary: 'a wait for what is no promise',
    question: 'lost-rejection',
    encodes: [],
    origin: 'Awaits of a method without its call, and awaits that outlived the promise they were for.',
    cwe: [252, 670],
    docs: {
      why:
        'await takes any value. Of a function that was not called it waits for nothing, and the work never starts. Of a list it waits for none of the promises, whose rejections have no handler. Of a plain value it waits for one turn of the microtask queue: the reader takes the line ' +
        'for a suspension with work behind it, and other code runs in between all the same. `for await` and `await using` take what is synchronous as silently.',
      instead:
        'Call it: `await flush()`. Join a list: `await Promise.all(pending)`. Where the callee has become synchronous, leave the await out. Where it may return either, let its type say so, `void | Promise<void>`: that is worth an await.',
      limits:
        'Only what is no promise by its type, whatever happens: unions with a promise, type parameters, `any` and `unknown` are silent, and so are lists that may hold a promise among other values. `await null`, a turn of the ' +
        'queue that is asked for by name, is silent, and so is the call of a callback or method of type `void` whose body is not in view: it may be asynchronous all the same.',
    },
    messages,
  },
  onNode: {
    AwaitExpression: (node, ctx) => checkAwait(node as ts.AwaitExpression, ctx),
    ForOfStatement: (node, ctx) => {
      const { awaitModifier, expression } = node as ts.ForOfStatement;
      if (awaitModifier && ctx.model.hasSymbolMember(expression, 'asyncIterator') === 'no') report('iterable', expression, awaitModifier, ctx);
    },
    VariableStatement: (node, ctx) => {
      if (!is.using(node) || !/^await\b/.test(node.getText())) return;
      for (const { initializer } of node.declarationList.declarations) {
        if (initializer && surely(ctx.model.hasSymbolMember(initializer, 'dispose')) && ctx.model.hasSymbolMember(initializer, 'asyncDispose') === 'no') report('disposable', initializer, initializer, ctx);
      }
    },
    CallExpression: (node, ctx) => checkCombinator(node as ts.CallExpression, ctx),
  },
});

function checkAwait(wait: ts.AwaitExpression, ctx: Context): void {
  const { model } = ctx;
  const value = skipWrappers(wait.expression);
  if (/^(null|undefined|void 0)$/.test(value.getText()) || (is.callOrNew(value) && model.call(value).targets.some(isAsync))) return;
  if (model.isPromise(wait.expression) !== 'no' || mayHidePromise(value, ctx)) return;
  const isFunction = !is.callOrNew(value) && surely(model.isCallable(value));
  report(isFunction ? 'uncalled' : surely(model.isArrayOfPromises(value)) ? 'unjoined' : 'value', value, wait, ctx);
}

/** What is called by a type that returns nothing may be asynchronous all the same, unless its body is in view. */
function mayHidePromise(value: ts.Expression, { model }: Context): boolean {
  return is.call(value) && model.call(value).targets.length === 0 && model.isNullable(value) !== 'no';
}

function checkCombinator(call: ts.CallExpression, ctx: Context): void {
  if (!/^Promise\.(all|allSettled|race|any)$/.test(call.expression.getText())) return;
  const given = call.arguments[0] && skipWrappers(call.arguments[0]);
  if (!given || is.spread(given)) return;
  if (holdsNoPromise(given, ctx)) report('list', given, call, ctx);
}

/** What a callback of map gives that returns nothing is promise-as-value's to say. */
function holdsNoPromise(list: ts.Expression, ctx: Context): boolean {
  const { model } = ctx;
  if (is.arrayLiteral(list)) {
    return list.elements.length > 0 && list.elements.every((each) => (is.spread(each) ? holdsNoPromise(skipWrappers(each.expression), ctx) : !is.omitted(each) && model.isPromise(each) === 'no' && model.isCallable(each) === 'no'));
  }
  const kind = model.elementKind(list);
  return kind === 'other' || (kind === 'nothing' && is.identifier(list) && model.resolveAlias(list) === list);
}

function report(message: keyof typeof messages, value: ts.Expression, by: ts.Node, ctx: Context): void {
  const at = calledName(value);
  const combinator = is.call(by) ? shortText(by.expression) : '';
  ctx.report({
    message,
    at,
    subject: value,
    data: { value: shortText(value), combinator },
    trace: [{ at, text: message === 'uncalled' ? 'the function itself, not its result' : message === 'unjoined' ? 'the list is there at once' : 'by its type this is there at once' }],
  });
}
