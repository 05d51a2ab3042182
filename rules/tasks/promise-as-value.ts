import { defineRule, forEachDescendant, is, outermostWrapper, shortText, skipWrappers, surely, type RuleContext, type ts } from '../../src/rule.js';
import { calledName, taskName, valuesOf } from '../support/promise-values.js';

const sure = { preset: 'recommended', severity: 'error', precision: 'high' } as const;

const messages = {
  condition: { text: '{task} gives a promise, which always counts as true: the answer is never waited for', preset: 'all', severity: 'note', precision: 'low' },
  compared: { text: '{task} gives a promise, which is compared here in place of its value', ...sure },
  computed: { text: '{task} gives a promise, which is reckoned with here in place of its value', ...sure },
  interpolated: { text: "{task} gives a promise, which reads '[object Promise]' in the text", preset: 'all', severity: 'note', precision: 'low' },
  spread: { text: '{task} gives a promise, and spreading it gives nothing', ...sure },
  map: { text: '{combinator} is given the entries of {list}, which are no promises: it waits for nothing', ...sure },
  functions: { text: '{combinator} is given functions that nobody calls: it waits for nothing', ...sure },
  nothing: { text: '{combinator} is given no promises: the callback of {list} returns nothing to wait for', ...sure },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'promise-as-value',
    family: 'tasks',
    summary: 'a promise where its value was meant, or no promise where one was',
    question: 'lost-rejection',
    encodes: [],
    origin: 'Forgotten awaits in conditions and templates, and `Promise.all` over a Map, found in public projects.',
    cwe: [571, 252],
    docs: {
      why:
        'A promise is an object: as a condition it is always true, so the check never turns anybody away; it equals nothing, spreads to nothing and reads `[object Promise]`. Its ' +
        'rejection has no handler either. The reverse is as quiet: Promise.all takes any iterable and lets values through that are not promises, so that over a Map, over ' +
        'functions that were not called, or over a callback that returns nothing, it resolves at once, while the work is still under way or never started.',
      instead:
        'Await it: `if (await isAllowed(user))`. To see whether a promise is there at all, give its variable a type that says so, `Promise<void> | undefined`. Give a combinator the ' +
        'promises themselves: `Promise.all(running.values())`, `Promise.all(jobs.map((job) => job()))`, and return the promise from the callback of `map`.',
      limits:
        'Only what is a promise and nothing else: unions with null, undefined or a plain value are silent, and so are fields and elements that may not be set yet. Without `strictNullChecks`, and in ' +
        'JavaScript, only calls of async functions in view are looked at. A promise that is kept as one and named in the text of an error is silent. Lists that hold promises among other values are silent, and so is a test of a parameter that the branch then uses.',
    },
    messages,
  },
  onNode: {
    IfStatement: (node, ctx) => checkTest((node as ts.IfStatement).expression, ctx),
    WhileStatement: (node, ctx) => checkTest((node as ts.WhileStatement).expression, ctx),
    DoStatement: (node, ctx) => checkTest((node as ts.DoStatement).expression, ctx),
    ForStatement: (node, ctx) => {
      const { condition } = node as ts.ForStatement;
      if (condition) checkTest(condition, ctx);
    },
    ConditionalExpression: (node, ctx) => checkTest((node as ts.ConditionalExpression).condition, ctx),
    PrefixUnaryExpression: (node, ctx) => {
      const { operand } = node as ts.PrefixUnaryExpression;
      if (node.getText().startsWith('!')) checkTest(operand, ctx);
    },
    BinaryExpression: (node, ctx) => checkBinary(node as ts.BinaryExpression, ctx),
    TemplateSpan: (node, ctx) => {
      const { expression } = node as ts.TemplateSpan;
      if (!isNamedInError(expression, ctx.model)) check('interpolated', expression, ctx);
    },
    SpreadAssignment: (node, ctx) => valuesOf((node as ts.SpreadAssignment).expression).forEach((value) => check('spread', value, ctx)),
    CallExpression: (node, ctx) => checkCombinator(node as ts.CallExpression, ctx),
  },
});

/** `!p` and the parts of `a && b` are looked at where they are met themselves. */
function checkTest(test: ts.Expression, ctx: Context): void {
  const value = skipWrappers(test);
  if (is.binary(value)) {
    if (/^(&&|\|\||\?\?)$/.test(value.operatorToken.getText())) checkTest(value.right, ctx);
    return;
  }
  check('condition', value, ctx);
}

function checkBinary({ left, operatorToken, right }: ts.BinaryExpression, ctx: Context): void {
  const operator = operatorToken.getText();
  if (/^(&&|\|\|)$/.test(operator)) return check('condition', left, ctx);
  if (/^[<>]=?$|^[-*/%]$/.test(operator)) return [left, right].forEach((side) => check('computed', side, ctx));
  if (!/^[!=]==?$/.test(operator)) return;
  // `p === q` asks whether both are the same promise.
  const isPlain = (side: ts.Expression): boolean => is.literal(skipWrappers(side)) || /^(null|undefined|true|false)$/.test(side.getText());
  if (isPlain(right)) check('compared', left, ctx);
  else if (isPlain(left)) check('compared', right, ctx);
}

function check(message: 'condition' | 'compared' | 'computed' | 'interpolated' | 'spread', value: ts.Expression, ctx: Context): void {
  const task = promiseBehind(skipWrappers(value), ctx);
  if (!task || (message === 'condition' && asksForPresence(skipWrappers(value), ctx.model))) return;
  const used = skipWrappers(value);
  const made = is.call(task) ? [{ at: calledName(task), text: `${taskName(task)} gives a promise` }] : [];
  ctx.report({
    message,
    at: calledName(used),
    subject: task,
    data: { task: taskName(task), list: '', combinator: '' },
    trace: [...made, { at: calledName(used), text: 'the promise itself is taken for its value here' }],
  });
}

/** `if (parent) children.add(parent)` of a parameter: whoever calls may have none, whatever the type says, and the branch takes it for the promise it is. */
function asksForPresence(value: ts.Expression, model: Context['model']): boolean {
  const { parent } = value;
  const branch = is.if(parent) && parent.expression === value ? parent.thenStatement : undefined;
  const symbol = branch && is.identifier(value) ? model.symbolOf(value) : undefined;
  const declaration = symbol?.declarations?.[0];
  if (!branch || !declaration || !is.parameter(declaration)) return false;
  let isUsed = false;
  forEachDescendant(branch, (node) => {
    isUsed ||= is.identifier(node) && node.text === symbol!.name && model.symbolOf(node) === symbol;
  });
  return isUsed;
}

/** `throw new Error(`${task} is not listed`)` of a promise that is kept as one: the text only says that there is such a thing. */
function isNamedInError(value: ts.Expression, model: Context['model']): boolean {
  const name = skipWrappers(value);
  const text = outermostWrapper(value.parent.parent as ts.Expression);
  if (!is.identifier(name) || !is.new(text.parent) || !/(?:Error|Exception)$/.test(text.parent.expression.getText())) return false;
  const symbol = model.symbolOf(name);
  return model.identifiersNamed(name.text, name.getSourceFile()).some((mention) => is.identifier(mention) && isHeld(mention) && model.symbolOf(mention) === symbol);
}

/** `task.finally(…)`, `tasks.push(task)`, `await task`. */
function isHeld(mention: ts.Identifier): boolean {
  const outer = outermostWrapper(mention);
  const { parent } = outer;
  if (is.propertyAccess(parent)) return parent.expression === outer && /^(?:then|catch|finally)$/.test(parent.name.text);
  return is.await(parent) || (is.call(parent) && parent.expression !== outer);
}

/** The call, or the declared name, that surely gives a promise; types are asked of nothing else. */
function promiseBehind(value: ts.Expression, { model }: Context): ts.Expression | undefined {
  if (is.call(value)) return surely(model.isAlwaysPromise(value)) ? value : undefined;
  if (!is.identifier(value)) return undefined;
  const [declaration] = model.symbolOf(value)?.declarations ?? [];
  if (!declaration) return undefined;
  if (is.parameter(declaration)) {
    const isDeclared = !declaration.questionToken && !declaration.initializer && /^Promise</.test(declaration.type?.getText() ?? '');
    return isDeclared && surely(model.isAlwaysPromise(value)) ? value : undefined;
  }
  const made = is.variableDeclaration(declaration) && declaration.initializer && !/\b(undefined|null)\b/.test(declaration.type?.getText() ?? '') ? model.resolveAlias(value) : undefined;
  return made && is.call(made) && surely(model.isAlwaysPromise(made)) ? made : undefined;
}

// ── combinators ──

function checkCombinator(call: ts.CallExpression, ctx: Context): void {
  if (!is.propertyAccess(call.expression) || call.expression.expression.getText() !== 'Promise' || !/^(all|allSettled|race|any)$/.test(call.expression.name.text)) return;
  const [argument] = call.arguments;
  const list = argument && skipWrappers(argument);
  if (!list || is.spread(list)) return;
  const { model } = ctx;
  const combinator = call.expression.getText();
  const found = surely(isMap(list, ctx)) ? 'map' : kindOfList(list, ctx);
  if (!found) return;
  const source = is.identifier(list) ? model.resolveAlias(list) : list;
  const name = found === 'nothing' && is.call(source) ? shortText(source.expression) : shortText(list);
  ctx.report({
    message: found,
    at: calledName(call),
    subject: list,
    data: { task: '', combinator, list: name },
    trace: [
      { at: is.call(source) ? calledName(source) : list, text: found === 'map' ? 'iterated, a Map gives pairs of key and value' : found === 'functions' ? 'these are functions' : 'these are no promises' },
      { at: calledName(call), text: 'values that are no promises count as done' },
    ],
  });
}

function isMap(list: ts.Expression, { model }: Context): ReturnType<Context['model']['isPromise']> {
  return is.identifier(list) || is.propertyAccess(list) || is.new(list) ? model.hasTrait(list, 'map') : 'no';
}

function kindOfList(list: ts.Expression, { model }: Context): 'functions' | 'nothing' | undefined {
  if (is.arrayLiteral(list) && list.elements.length === 0) return undefined;
  const kind = model.elementKind(list);
  if (kind === 'function') return 'functions';
  const source = is.identifier(list) ? model.resolveAlias(list) : list;
  return kind === 'nothing' && is.call(source) && dropsPromise(source, model) ? 'nothing' : undefined;
}

/** `list.map((item) => { start(item); })`: the callback has a body, and leaves a promise in it. */
function dropsPromise(call: ts.CallExpression, model: Context['model']): boolean {
  const mapper = call.arguments[0] && skipWrappers(call.arguments[0]);
  if (!/^(map|flatMap)$/.test(calledName(call).getText()) || !mapper || !is.functionExpression(mapper) || !is.block(mapper.body)) return false;
  return mapper.body.statements.some((statement) => is.expressionStatement(statement) && is.call(skipWrappers(statement.expression)) && surely(model.isPromise(statement.expression)));
}
