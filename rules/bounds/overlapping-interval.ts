import {
  defineRule, enclosingRoot, forEachDescendant, functionName, is, isFunctionNode, skipWrappers, surely,
  type EventOf, type FunctionFlow, type FunctionNode, type RuleContext, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { hasTimer } from '../support/deadline.js';
import { ioOf, ioSteps, type IoWork } from '../support/io-work.js';
import { calledName } from '../support/promise-values.js';

const tick = 'the next tick starts {task} again while the last is still waiting';
const messages = {
  overlap: { text: tick, preset: 'strict', severity: 'warning', precision: 'medium' },
  single: { text: tick, preset: 'all', severity: 'note', precision: 'low' },
  seldom: { text: tick, preset: 'all', severity: 'note', precision: 'low' },
  rearmed: { text: '{task} sets its next run before it waits: a slow run and the next go on at once', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'overlapping-interval',
    family: 'bounds',
    summary: 'asynchronous interval callback that can outlast its period, unguarded',
    question: 'number',
    encodes: [],
    origin: 'Schedulers of other languages that skip or delay a run while the last is under way; setInterval does neither.',
    cwe: [770, 362],
    docs: {
      why:
        'An interval counts its period from start to start and does not look whether the last run has ended. When the other side slows down, runs pile up: each adds load to what is slow already, two of them ' +
        'take the same rows or write over each other’s result, and the count grows until something gives. Handling the rejection changes nothing about that.',
      instead:
        'Set the next run when this one has ended: `const tick = async () => { try { await poll(); } finally { timer = setTimeout(tick, 5_000); } }`. Or turn a second run away: `if (this.polling) return;`, with the mark taken down in `finally`.',
      limits:
        'Only callbacks that reach the network, a database, a process or files through code in view. Strict needs a period of at most a minute, or one that nothing in view tells, and more than one wait or a loop of them; single requests are at all, ' +
        'longer periods at all. A flag, a kept promise, a lock, a cleared interval and a deadline inside the work each keep the rule silent.',
    },
    messages,
  },
  onClass: ({ node }, ctx) => {
    for (const member of node.members) {
      const value = is.propertyDeclaration(member) && member.initializer ? skipWrappers(member.initializer) : undefined;
      const timer = value && is.call(value) ? ctx.model.call(value).effects.timer : undefined;
      if (value && is.call(value) && timer?.kind === 'interval') checkInterval(value, timer.delayArg, ctx);
    }
  },
  onFunction: (flow, ctx) => {
    for (const event of flow.all('timer')) {
      if (!is.call(event.call) || enclosingRoot(event.call) !== flow.node) continue;
      if (event.timer.kind === 'interval') checkInterval(event.call, event.timer.delayArg, ctx);
      else if (event.timer.kind === 'timeout' && flow.isAsync) checkRearmed(event.call, event, flow, ctx);
    }
  },
});

function checkInterval(timer: ts.CallExpression, delayArg: number | undefined, ctx: Context): void {
  const { model } = ctx;
  const callback = timer.arguments[0];
  const fn = callback && model.functionsOf(callback)[0];
  const task = fn && taskOf(fn, model);
  const work = task && ioOf(task.fn, model);
  if (!task || !work || work.strain !== 'heavy' || isGuarded(fn, model) || isGuarded(task.fn, model)) return;
  const period = delayArg === undefined ? undefined : periodOf(timer.arguments[delayArg], model);
  const message = period !== undefined && period > MINUTE ? 'seldom' : waitsLong(task.fn, model) && period !== undefined ? 'overlap' : 'single';
  const name = task.fn === fn && is.functionExpression(fn) && !is.variableDeclaration(fn.parent) ? 'this work' : `${functionName(task.fn).replace(/^.*\./, '')}()`;
  report(timer, message, name, work, [{ at: timer, text: 'runs at each period, whether or not the last run has ended' }, ...(task.at ? [{ at: task.at, text: 'starts it and goes on' }] : [])], ctx);
}

const MINUTE = 60_000;

/** The callback itself, or what it calls and does not wait for. */
function taskOf(fn: FunctionNode, model: SemanticModel): { readonly fn: FunctionNode; readonly at?: ts.Node } | undefined {
  if (model.flow(fn).isAsync) {
    const only = onlyAwaited(fn, model);
    return { fn: only ?? fn };
  }
  const flow = model.flow(fn);
  for (const { call } of flow.all('call')) {
    const target = model.call(call).targets[0];
    if (target && enclosingRoot(call) === fn && surely(model.isPromise(call)) && model.flow(target).isAsync) return { fn: target, at: call };
  }
  return undefined;
}

/** `async () => { await this.poll(); }`: the task has a name. */
function onlyAwaited(fn: FunctionNode, model: SemanticModel): FunctionNode | undefined {
  const awaits = model.flow(fn).all('await');
  const operand = awaits.length === 1 && awaits[0]!.operand ? skipWrappers(awaits[0]!.operand) : undefined;
  const targets = operand && is.call(operand) ? model.call(operand).targets : [];
  return targets.length === 1 && model.flow(targets[0]!).isAsync ? targets[0] : undefined;
}

function periodOf(delay: ts.Expression | undefined, model: SemanticModel): number | undefined {
  if (!delay) return 0;
  const value = skipWrappers(model.resolveAlias(delay));
  if (is.literal(value)) return Number(value.text.replaceAll('_', ''));
  if (!is.binary(value) || value.operatorToken.getText() !== '*') return undefined;
  const [a, b] = [periodOf(value.left, model), periodOf(value.right, model)];
  return a === undefined || b === undefined ? undefined : a * b;
}

/** More than one wait for the outside, or one in a loop. */
function waitsLong(fn: FunctionNode, model: SemanticModel): boolean {
  const waits = model.flow(fn).all('await').filter(({ suspends }) => suspends !== 'micro');
  return waits.length > 1 || waits.some(({ loops }) => loops.length > 0);
}

/** A second run turns back or waits, the interval is cleared meanwhile, or a deadline ends the work. */
function isGuarded(fn: FunctionNode, model: SemanticModel, depth = 0): boolean {
  const flow = model.flow(fn);
  const waits = flow.all('await').filter(({ suspends }) => suspends !== 'micro');
  const first = waits[0];
  if (flow.all('acquire').length > 0 || hasTimer(fn, model) || mentionsGuard(fn)) return true;
  if (first && (model.turnsOthersAway(first, flow) || flow.heldAt(first).size > 0)) return true;
  if (depth > 1) return false;
  return flow.all('call').some(({ call }) => model.call(call).targets.some((target) => model.flow(target).isAsync && isGuarded(target, model, depth + 1)));
}

/** By name: a test of what tells that work is under way, a cleared timer, a lock. */
function mentionsGuard(fn: FunctionNode): boolean {
  let found = false;
  forEachDescendant(fn, (node) => {
    const test = is.if(node) ? node.expression : undefined;
    if (test && BUSY.test(test.getText())) found = true;
    if (is.call(node) && /^(?:clearInterval|clearTimeout)$|[Ll]ock|[Mm]utex|runExclusive|singleton|throttle/.test(calledName(node).getText())) found = true;
    return !found;
  });
  return found;
}

const BUSY = /busy|running|in_?progress|in_?flight|pending|active|working|lock|(?:process|poll|sync|fetch|load|updat|flush|check|refresh|sav|send|clean|connect)ing\b/i;

// ── timeouts ──

/** `async function tick() { setTimeout(tick, 1_000); await poll(); }` */
function checkRearmed(timer: ts.CallExpression, event: EventOf<'timer'>, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const fn = flow.node;
  const callback = timer.arguments[0];
  if (!isFunctionNode(fn) || !callback || !runsAgain(callback, fn, model)) return;
  const wait = flow.pathTo(event, (e) => e.kind === 'await' && e.suspends !== 'micro', { throws: 'none', backEdges: false })?.events.at(-1);
  const work = wait && ioOf(fn, model);
  const isEarlier = flow.all('await').some((other) => other.suspends !== 'micro' && flow.pathTo(other, (e) => e === event, { throws: 'none', backEdges: false }));
  if (!wait || !work || work.strain !== 'heavy' || isEarlier || isGuarded(fn, model, 2)) return;
  report(timer, 'rearmed', `${functionName(fn).replace(/^.*\./, '')}()`, work, [{ at: timer, text: 'the next run is set here' }, { at: wait.node, text: 'and this one waits from here on' }], ctx);
}

function runsAgain(callback: ts.Expression, fn: FunctionNode, model: SemanticModel): boolean {
  return model.functionsOf(callback).some((run) => run === fn || (run !== fn && is.functionExpression(run) && model.flow(run).all('call').some(({ call }) => model.call(call).targets.includes(fn))));
}

function report(timer: ts.CallExpression, message: keyof typeof messages, task: string, work: IoWork, before: readonly TraceStep[], ctx: Context): void {
  ctx.report({ message, at: calledName(timer), subject: timer, data: { task: shortName(task) }, trace: [...before, ...ioSteps(work)] });
}

const shortName = (task: string): string => (task.length > 60 ? 'this work' : task);
