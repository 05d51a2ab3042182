import { defineRule, enclosingRoot, forEachDescendant, is, isFunctionNode, shortText, skipWrappers, surely, type EventOf, type FlowEvent, type FunctionFlow, type RuleContext, type SemanticModel, type ts } from '../../src/rule.js';
import { calledText } from '../support/owned-resource.js';
import { calledName, derivation } from '../support/promise-values.js';

const perhaps = { preset: 'strict', severity: 'warning', precision: 'medium' } as const;

const messages = {
  released: { text: '{release} runs when the first of these fails, and the others still use {thing}', ...perhaps },
  rolledBack: { text: 'the transaction is rolled back when the first of these fails, and the others go on writing outside it', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'orphaned-siblings',
    family: 'tasks',
    summary: 'clean-up after a failed Promise.all under tasks that still run',
    question: 'cancellation',
    encodes: ['RG-6'],
    cwe: [672, 362],
    docs: {
      why:
        'Promise.all rejects with the first failure and leaves its other tasks running. A `finally` that then gives the client back, removes the folder or rolls the transaction back does so under their hands: ' +
        'a later statement runs on a connection that belongs to another request, a file is written into a folder that is gone, a row is inserted after the rollback.',
      instead:
        'Wait for all of them before you clean up: `const results = await Promise.allSettled(tasks)`, then throw the first failure. Or end the others first: abort the signal they were given, and still wait for them.',
      limits:
        'Only where the clean-up stands in the same function, in catch or finally around the wait, and speaks of a variable or field that the tasks use by that name. A later wait for the tasks, and a signal that is aborted, count as care. ' +
        'That a client queues its statements cannot be seen.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const { call, effects } of flow.all('call')) {
      if (effects.combinator === 'all' && is.call(call) && enclosingRoot(call) === flow.node) check(call, flow, ctx);
    }
  },
});

function check(all: ts.CallExpression, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const wait = flow.all('await').find(({ operand }) => operand && (skipWrappers(operand) === all || caughtIn(operand) === all));
  const tasks = wait && tasksOf(all, model);
  if (!wait || !tasks || !tasks.some((task) => surely(model.canReject(task)) || isFunctionNode(task))) return;
  const used = namesUsed(tasks);
  const isCaught = skipWrappers(wait.operand!) !== all;
  for (const event of flow.all('call')) {
    if (!event.cleanup && !isCaught) continue;
    const release = releaseOf(event.call);
    if (!release || !(release.thing === undefined || used.has(release.thing)) || !isReached(wait, isCaught, event, flow)) continue;
    if (release.thing !== undefined && isController(release.thing)) return;
    return ctx.report({
      message: release.isRollback ? 'rolledBack' : 'released',
      at: calledName(all),
      subject: all,
      data: { release: shortText(event.call), thing: release.thing ?? '' },
      trace: [
        { at: tasks[0]!, text: 'one of these fails, and the others run on' },
        { at: event.call, text: release.isRollback ? 'the rollback runs meanwhile' : `${shortText(event.call)} runs meanwhile` },
      ],
    });
  }
}

/** `await Promise.all(…).catch(report)`: the failure goes on as if nothing had failed. */
function caughtIn(operand: ts.Expression): ts.Expression | undefined {
  const derived = derivation(skipWrappers(operand));
  return derived?.method === 'catch' && derived.handlers.length > 0 ? skipWrappers(derived.source) : undefined;
}

/** What is started together: two or more tasks written out, or one per item. */
function tasksOf(all: ts.CallExpression, model: SemanticModel): readonly ts.Expression[] | undefined {
  const given = all.arguments[0] && skipWrappers(model.resolveAlias(all.arguments[0]));
  if (!given) return undefined;
  if (is.arrayLiteral(given)) {
    const calls = given.elements.map((each) => skipWrappers(is.spread(each) ? each.expression : each));
    return calls.length > 1 || given.elements.some(is.spread) ? calls : undefined;
  }
  const mapper = is.call(given) && calledText(given) === 'map' ? given.arguments[0] : undefined;
  const fn = mapper && skipWrappers(mapper);
  return fn && is.functionExpression(fn) ? [fn] : undefined;
}

/** Variables and fields that the tasks speak of, as they are written: `client`, `this.folder`. */
function namesUsed(tasks: readonly ts.Expression[]): ReadonlySet<string> {
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (is.identifier(node) || is.propertyAccess(node)) names.add(node.getText());
  };
  for (const task of tasks) {
    visit(task);
    forEachDescendant(task, visit);
  }
  return names;
}

interface Release {
  /** Undefined for a rollback by a statement. */
  readonly thing: string | undefined;
  readonly isRollback: boolean;
}

const ENDING = /^(release|close|end|destroy|dispose|terminate|kill|disconnect|quit|rollback\w*|abortTransaction)$/;
const REMOVING = /^(rm|rmSync|rmdir|rimraf|remove|removeSync|unlink|unlinkSync|del|emptyDir)$/;

function releaseOf(call: ts.CallExpression | ts.NewExpression): Release | undefined {
  const callee = skipWrappers(call.expression);
  const first = call.arguments?.[0] && skipWrappers(call.arguments[0]);
  const method = calledText(call);
  if (first && is.stringLiteral(first) && /^\s*ROLLBACK\b/i.test(first.text) && is.propertyAccess(callee)) return { thing: skipWrappers(callee.expression).getText(), isRollback: true };
  if (is.propertyAccess(callee) && ENDING.test(method)) return { thing: skipWrappers(callee.expression).getText(), isRollback: /rollback|abortTransaction/.test(method) };
  return first && REMOVING.test(method) ? { thing: first.getText(), isRollback: false } : undefined;
}

const isController = (thing: string): boolean => /controller|abort|signal|timer|span|spinner|progress|lock|mutex|semaphore/i.test(thing);

/** The failure of the wait leads to the clean-up with nothing in between that waits for the others or ends them. */
function isReached(wait: EventOf<'await'>, isCaught: boolean, release: FlowEvent, flow: FunctionFlow): boolean {
  const cares = (event: FlowEvent): boolean =>
    (event.kind === 'await' && event !== wait && event.operand !== undefined && /allSettled/.test(event.operand.getText())) || (event.kind === 'call' && /abort|cancel|allSettled/i.test(calledText(event.call)) && !/abortTransaction/.test(calledText(event.call)));
  if (isCaught) return flow.pathTo(wait, (event) => event === release, { avoiding: (event) => cares(event) || event.kind === 'await', throws: 'none' }) !== undefined;
  const way = flow.pathTo(flow.entry, (event) => event === release, { avoiding: (event) => cares(event) || (event.kind === 'await' && event !== wait && event.cleanup), throws: 'await' });
  return way !== undefined && hasFailed(wait, release, flow, cares);
}

function hasFailed(wait: EventOf<'await'>, release: FlowEvent, flow: FunctionFlow, cares: (event: FlowEvent) => boolean): boolean {
  const way = flow.pathThrough(flow.entry, (event) => event === wait, (event) => event === release, { avoidingSecond: cares, throws: 'await' });
  return way?.thrown.includes(wait) ?? false;
}
