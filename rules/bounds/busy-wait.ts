import {
  defineRule, enclosingRoot, forEachDescendant, functionName, is, isFunctionNode, shortText, skipWrappers,
  type Access, type FlowRoot, type Place, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { isShared } from '../support/interleaving.js';
import { drainLoops } from '../support/work-waits.js';

const messages = {
  polls: { text: 'sleeps and looks at {place} again and again, which {setter} changes and could announce', preset: 'all', severity: 'note', precision: 'low' },
  asks: { text: '{place} is looked at again and again, which {setter} changes and could announce', preset: 'all', severity: 'note', precision: 'medium' },
  spins: { text: 'this loop never ends: {setter}, which changes {place}, cannot run while it turns', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'busy-wait',
    family: 'bounds',
    summary: 'a loop that sleeps until code of the same program has changed a flag',
    question: 'settling',
    encodes: [],
    origin: 'Condition variables, and the analysers that ask for one where a thread sleeps in a loop over a flag.',
    cwe: [835, 400],
    docs: {
      why:
        'Whoever sleeps and looks again sees the change late, by half a period on average, and wakes up for nothing until then; where the flag is set and taken back within one sleep it is missed for good. A failure of ' +
        'the other side is seen never: the flag stays, and so does the loop. Without a sleep nothing else runs at all, so the flag cannot change.',
      instead:
        'Keep a promise beside the flag and settle it where the flag is set: `ready = Promise.withResolvers<void>()`, then `await ready.promise`, which fails when the work fails. For a count there are `queue.onIdle()`, ' +
        'a semaphore, or `once(emitter, "idle")`.',
      limits:
        'Loops that do nothing but sleep, over a field or variable that other code in view writes. What comes from outside (a file, a server, another process) has to be asked again, and is silent, ' +
        'as are loops that do work on each turn, and conditions that call functions. Where a library does the polling, the report is at all.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const { loop, wait, test, takes } of drainLoops(flow, ctx.model)) {
      const sleeps = wait.operand && flow.all('await').every((event) => !event.loops.includes(loop) || (event.operand && isSleep(event.operand, ctx.model)));
      if (sleeps && !takes) report('polls', loop, test, flow.node, wait.node, ctx);
    }
    for (const { call, effects } of flow.all('call')) {
      const condition = effects.polls === undefined ? undefined : askedBy(call.arguments?.[effects.polls]);
      if (condition && enclosingRoot(call) === flow.node) report('asks', call, condition, flow.node, call, ctx);
    }
  },
  onNode: {
    WhileStatement: (node, ctx) => checkSpin(node, ctx),
    DoStatement: (node, ctx) => checkSpin(node, ctx),
  },
});

function report(message: keyof typeof messages, loop: ts.Node, test: ts.Expression, root: FlowRoot, turn: ts.Node, ctx: Context): void {
  const set = setterOf(test, root, ctx.model);
  if (!set) return;
  const setter = isFunctionNode(set.access.fn) ? `${functionName(set.access.fn)}()` : 'other code';
  ctx.report({
    message,
    at: loop.getFirstToken() ?? loop,
    subject: loop,
    data: { place: set.text, setter },
    trace: [{ at: test, text: `looks whether ${shortText(test)}` }, { at: turn, text: message === 'spins' ? 'turns without a wait' : 'sleeps, and looks again' }, { at: set.access.node, text: `${setter} changes it here` }],
  });
}

/** The condition of `until(() => this.isReady)`, where it is one expression. */
function askedBy(given: ts.Expression | undefined): ts.Expression | undefined {
  const asked = given && skipWrappers(given);
  return asked && is.arrowFunction(asked) && !is.block(asked.body) ? asked.body : undefined;
}

// ── the sleep ──

/** `sleep(50)`, `setTimeout(50)` of timers/promises, `new Promise((resolve) => setTimeout(resolve, 50))`. */
function isSleep(expr: ts.Expression, model: SemanticModel): boolean {
  const value = skipWrappers(expr);
  if (is.new(value)) return isSleeper(value, model);
  if (!is.call(value)) return false;
  const { effects, targets } = model.call(value);
  return effects.sleeps === true || targets.some((fn) => model.summary(fn).returnsUnclearedTimer === 'resolves');
}

/** All that its executor does is to set a timer. */
function isSleeper(made: ts.NewExpression, model: SemanticModel): boolean {
  const executor = made.expression.getText() === 'Promise' && made.arguments?.[0] ? model.functionsOf(made.arguments[0])[0] : undefined;
  const calls = executor ? model.flow(executor).all('call') : [];
  return calls.length === 1 && model.call(calls[0]!.call).effects.timer !== undefined;
}

// ── the flag ──

/** Who else changes what the test looks at; undefined where it asks a function, or nobody in view does. */
function setterOf(test: ts.Expression, root: FlowRoot, model: SemanticModel): { readonly text: string; readonly access: Access } | undefined {
  for (const place of placesIn(test, model) ?? []) {
    const access = model.accesses(place).find(({ kind, fn, node }) => kind === 'write' && fn !== root && isFunctionNode(fn) && !is.constructor(fn) && enclosingRoot(node) !== root);
    if (access && isShared(place)) return { text: place.text, access };
  }
  return undefined;
}

/** The places a test looks at, a collection for its size; undefined where it calls anything but `has`. */
function placesIn(test: ts.Expression, model: SemanticModel): readonly Place[] | undefined {
  const places: Place[] = [];
  let asks = false;
  const visit = (node: ts.Node): boolean | void => {
    if (is.call(node)) asks ||= !(is.propertyAccess(node.expression) && node.expression.name.text === 'has');
    if (!is.identifier(node) && !is.propertyAccess(node)) return;
    const held = is.propertyAccess(node) && /^(?:size|length|has)$/.test(node.name.text) ? node.expression : node;
    const place = model.place(held);
    if (place) places.push(place);
    return place === undefined;
  };
  if (visit(test) !== false) forEachDescendant(test, visit);
  return asks ? undefined : places;
}

// ── no sleep at all ──

/** `while (!this.ready);`, `while (!this.ready) sleep(10);`: an endless loop, because its own turn changes nothing and lets nobody else run. */
function checkSpin(loop: ts.Node, ctx: Context): void {
  const root = enclosingRoot(loop);
  if ((is.while(loop) || is.doWhile(loop)) && isFunctionNode(root) && isIdleTurn(loop.statement, ctx.model) && !changes(loop.expression)) report('spins', loop, loop.expression, root, loop.statement, ctx);
}

/** `while (bytes[end++]);`: each look is at something else. */
function changes(test: ts.Expression): boolean {
  return /\+\+|--|[^=!<>]=[^=>]/.test(test.getText());
}

function isIdleTurn(statement: ts.Statement, model: SemanticModel): boolean {
  if (is.block(statement)) return statement.statements.every((each) => isIdleTurn(each, model));
  return is.expressionStatement(statement) ? isSleep(statement.expression, model) : statement.getText() === ';';
}
