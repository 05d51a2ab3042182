import { defineRule, is, shortText, skipWrappers, type CallNode, type RuleContext, type SemanticModel, type ts } from '../../src/rule.js';
import { constantNumber } from '../support/constant-number.js';
import { calledName } from '../support/promise-values.js';
import { isUnlimited } from '../support/unlimited-limiter.js';

const messages = {
  never: { text: 'the limit of {limiter} is {value}: it throws, or lets nothing run', preset: 'recommended', severity: 'error', precision: 'high' },
  noWorkers: { text: 'the number of workers made here is {value}: nothing ever runs', preset: 'recommended', severity: 'error', precision: 'high' },
  onOneCore: { text: 'the limit of {limiter} is {value}, which is 0 on a machine with one core', preset: 'strict', severity: 'warning', precision: 'medium' },
  unlimited: { text: '{limiter} is made without a limit: all that is handed to it runs at once', preset: 'strict', severity: 'warning', precision: 'medium' },
  unset: { text: 'the limit of {limiter} is {value}, which is no number where {variable} is not set', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'invalid-concurrency',
    family: 'bounds',
    summary: 'limiter, pool or semaphore built with a limit of 0, below 0 or NaN',
    question: 'number',
    encodes: ['WP-5'],
    cwe: [833],
    docs: {
      why:
        'A limit of 0 or NaN is no limit and no switch. Some limiters throw when they are made or first used, others take every task and start none: callers wait for ever, with no error and no work done. ' +
        'Half the number of cores is 0 on a machine with one core, and a number made from a variable that is not set is NaN, so it fails only where it is deployed.',
      instead:
        'Give a whole number of at least 1: `pLimit(Math.max(1, Math.floor(cpus().length / 2)))`, `Number(process.env.CONCURRENCY ?? 4)`. For no limit use Infinity where the library takes it, or leave the limiter out: `new PQueue()` without a concurrency limits nothing.',
      limits:
        'Limiters, queues and pools that the library models know, and semaphores imported from elsewhere. A semaphore that starts at 0 and is released somewhere in the file is a signal between tasks, and right. ' +
        'A queue that says `concurrency: Infinity` means it. Numbers are followed through constants and simple arithmetic; classes of the program itself may mean by 0 what they like.',
    },
    messages,
  },
  onNode: {
    CallExpression: (node, ctx) => check(node as ts.CallExpression, ctx),
    NewExpression: (node, ctx) => check(node as ts.NewExpression, ctx),
  },
});

function check(call: CallNode, ctx: Context): void {
  if (isUnlimited(call, ctx.model)) {
    const limiter = shortText(call.expression);
    ctx.report({ message: 'unlimited', at: calledName(call), subject: call, data: { limiter, value: '', variable: '' }, trace: [{ at: call, text: `${limiter} holds nothing back by itself` }] });
    return;
  }
  if (!call.arguments?.length) return;
  const limit = limitOf(call, ctx.model);
  if (!limit) return;
  const { value, isWorkers } = limit;
  const verdict = judge(value, ctx.model);
  const limiter = shortText(call.expression);
  if (!verdict || (isSemaphore(call) && verdict.kind === 'never' && verdict.amount === 0 && isReleased(call, ctx.model))) return;
  const data = { limiter, value: shortText(value), variable: verdict.kind === 'unset' ? verdict.variable : '' };
  const says = verdict.kind === 'never' ? `this is ${verdict.amount}` : verdict.kind === 'onOneCore' ? 'this is 0 where there is one core' : `${data.variable} is undefined where nobody sets it`;
  const message = isWorkers ? (verdict.kind === 'never' ? 'noWorkers' : undefined) : verdict.kind;
  if (message) ctx.report({ message, at: value, subject: call, data, trace: [{ at: value, text: says }, { at: calledName(call), text: `${limiter} takes it as the number that may run at once` }] });
}

// ── which argument is the limit ──

interface Limit {
  readonly value: ts.Expression;
  readonly isWorkers?: boolean;
}

function limitOf(call: CallNode, model: SemanticModel): Limit | undefined {
  const first = call.arguments?.[0];
  if (isSemaphore(call)) return first && { value: first };
  const callee = skipWrappers(call.expression);
  if (is.propertyAccess(callee) && callee.getText() === 'Array.from') return workers(call);
  // Asked of imports and constructions only: every other call has a model of no limiter.
  const { effects, targets } = model.call(call);
  if (targets.length > 0) return undefined;
  const slot = effects.limiter?.concurrency ?? effects.limited;
  const given = slot?.arg === undefined ? undefined : call.arguments?.[slot.arg];
  if (!given || !slot) return undefined;
  const value = skipWrappers(model.resolveAlias(given));
  if (slot.property === undefined) return is.objectLiteral(value) ? limitIn(value, 'concurrency') : { value: given };
  return is.objectLiteral(value) ? limitIn(value, slot.property) : undefined;
}

function limitIn(options: ts.ObjectLiteralExpression, name: string): Limit | undefined {
  const property = options.properties.find((each) => each.name?.getText() === name);
  if (property && is.propertyAssignment(property)) return { value: property.initializer };
  return property && is.shorthandPropertyAssignment(property) ? { value: property.name } : undefined;
}

/** `Array.from({ length: WORKERS }, () => work(queue))`. */
function workers(call: CallNode): Limit | undefined {
  const [source, mapper] = call.arguments ?? [];
  const options = source && skipWrappers(source);
  const limit = options && mapper && is.objectLiteral(options) ? limitIn(options, 'length') : undefined;
  return limit && /worker|concurren|parallel|pool/i.test(`${limit.value.getText()} ${mapper!.getText()}`) ? { ...limit, isWorkers: true } : undefined;
}

function isSemaphore(call: CallNode): boolean {
  return is.new(call) && /(?:^|\.)(?:Semaphore|Sema)$/.test(call.expression.getText());
}

/** Somebody raises it from 0: `ready.release()`, `sem.setValue(n)`; a semaphore whose name is not in view may be. */
function isReleased(call: CallNode, model: SemanticModel): boolean {
  const { parent } = call;
  const name = is.variableDeclaration(parent) || is.propertyDeclaration(parent) ? parent.name.getText().replace(/^#/, '') : undefined;
  const home = model.symbolOf(skipWrappers(call.expression))?.declarations?.[0];
  if (name === undefined || (home && is.classLike(home) && !home.getSourceFile().isDeclarationFile)) return true;
  return model.identifiersNamed(name).some((id) => {
    const holder = is.propertyAccess(id.parent) && id.parent.name === id ? id.parent : id;
    const use = holder.parent;
    if (is.propertyAccess(use) && use.expression === holder) return /^(?:release|setValue|signal|post|up|unlock)$/.test(use.name.text);
    return use !== parent.parent && holder !== parent && !is.variableDeclaration(use) && !is.propertyDeclaration(use) && !is.assignment(use);
  });
}

// ── how much it is ──

type Verdict = { readonly kind: 'never'; readonly amount: number } | { readonly kind: 'onOneCore' } | { readonly kind: 'unset'; readonly variable: string };

function judge(expr: ts.Expression, model: SemanticModel): Verdict | undefined {
  const amount = numberOf(expr, model, undefined);
  if (amount !== undefined) return amount < 1 || Number.isNaN(amount) ? { kind: 'never', amount } : undefined;
  const onOneCore = numberOf(expr, model, 1);
  if (onOneCore !== undefined) return onOneCore < 1 ? { kind: 'onOneCore' } : undefined;
  const variable = unsetVariable(expr, model);
  return variable === undefined ? undefined : { kind: 'unset', variable };
}

/** The number that the expression always is; `cores`: what the machine says it has. */
function numberOf(expr: ts.Expression, model: SemanticModel, cores: number | undefined): number | undefined {
  return constantNumber(expr, model, (value) => (CORES.test(value.getText()) ? cores : undefined));
}

const CORES = /(?:^|\.)(?:cpus\(\)\.length|availableParallelism\(\))$|^navigator\.hardwareConcurrency$/;

/** `Number(process.env.N)`, `parseInt(process.env.N, 10)`: `process.env.N`. */
function unsetVariable(expr: ts.Expression, model: SemanticModel): string | undefined {
  const value = skipWrappers(model.resolveAlias(expr));
  if (!is.call(value) || !/^(?:Number|(?:Number\.)?parseInt)$/.test(value.expression.getText())) return undefined;
  const given = value.arguments[0] && skipWrappers(value.arguments[0]);
  return given && is.propertyAccess(given) && given.expression.getText() === 'process.env' ? given.getText() : undefined;
}
