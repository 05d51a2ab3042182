import { defineRule, forEachDescendant, is, shortText, type FlowEvent, type FunctionFlow, type Path, type RuleContext, type ts } from '../../src/rule.js';
import { calledName } from '../support/promise-values.js';
import { within } from '../support/settling-coverage.js';
import { deferredPromise, executorPromise, type HandMade, type SettlerUse } from '../support/settlers.js';

const messages = {
  failureLost: { text: '{second} comes after {first} on this path: the failure is lost', preset: 'all', severity: 'note', precision: 'low' },
  goesOn: { text: 'control goes on after {first} to {second}, as if the promise were still open', preset: 'all', severity: 'note', precision: 'low' },
  startsWork: { text: 'control goes on after {first} and starts what is to settle the promise again', preset: 'all', severity: 'note', precision: 'low' },
  perhapsLost: { text: 'what follows {first} may fail, and {second} is then too late to say so', preset: 'all', severity: 'note', precision: 'low' },
  again: { text: '{second} comes after {first} on this path and does nothing', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Call = SettlerUse & { readonly call: ts.CallExpression };

export default defineRule({
  meta: {
    id: 'double-settle',
    family: 'tasks',
    summary: 'a promise that is settled twice on one path',
    question: 'settling',
    encodes: [],
    origin: 'Promises that are settled by hand around callback APIs, where the `return` beside reject() was forgotten.',
    cwe: [670, 675],
    docs: {
      why:
        'A promise settles once; every later resolve() or reject() is ignored without a word. reject() does not leave the function: what stands below it still runs, with a result that is ' +
        'missing, so it throws inside a callback where nobody catches it, or starts work for a caller who has gone. And where resolve() comes first, the failure that is ' +
        'reported afterwards never reaches anybody: the caller was told that all went well.',
      instead:
        'Leave the function where the promise is settled: `return reject(error);`, or put the other outcome into `else`. Resolve last, when nothing that belongs to the ' +
        'work can fail any more. Better still, use a promise of the library (`fs.promises`, `util.promisify`) and await it.',
      limits:
        'Paths within one function only: two callbacks that both settle are taken for alternatives. A settling inside a loop that goes round again, and one through a local helper, ' +
        'are left out, because first come, first served is often meant there. Reading a property, making an object and import() are taken not to fail in between. A second settling with nothing in between is reported at all only.',
    },
    messages,
  },
  onNode: {
    NewExpression: (node, ctx) => check(executorPromise(node, ctx.model), ctx),
    VariableDeclaration: (node, ctx) => check(deferredPromise(node, ctx.model), ctx),
  },
});

function check(promise: HandMade | undefined, ctx: Context): void {
  const calls = promise?.uses.filter((use): use is Call => use.call !== undefined) ?? [];
  if (!promise || promise.uses.length < 2) return;
  const reported = new Set<ts.Node>();
  for (const first of calls) {
    const flow = ctx.model.flow(first.root);
    const start = eventOf(first, flow);
    const followUps = start ? calls.flatMap((call) => followUp(first, start, call, flow) ?? []) : [];
    const second = followUps.find(({ isSure }) => isSure) ?? followUps[0];
    if (second && !reported.has(second.use.at)) {
      reported.add(second.use.at);
      reportAgain(first, second, ctx);
    } else if (start && !second) checkStarted(first, start, promise, flow, ctx);
  }
}

interface FollowUp {
  readonly use: Call;
  readonly path: Path;
  readonly isSure: boolean;
}

function followUp(first: Call, start: FlowEvent, use: Call, flow: FunctionFlow): FollowUp | undefined {
  if (use === first || use.root !== first.root) return undefined;
  const target = flow.at(use.call).filter((event) => event.kind === 'call');
  const isTarget = (event: FlowEvent): boolean => target.some((each) => each === event);
  const path = flow.pathTo(start, isTarget, { backEdges: false });
  if (path) return { use, path, isSure: true };
  // What is not in view may throw.
  const unsure = first.as === 'resolve' && use.as === 'reject' ? flow.pathTo(start, isTarget, { backEdges: false, throws: 'unknown' }) : undefined;
  return unsure && worksOnBetween(unsure) ? { use, path: unsure, isSure: false } : undefined;
}

function eventOf(use: Call, flow: FunctionFlow): FlowEvent | undefined {
  return flow.at(use.call).find((event) => event.kind === 'call');
}

function reportAgain(first: Call, { use: second, path, isSure }: FollowUp, ctx: Context): void {
  const [culprit] = path.thrown;
  const losesFailure = first.as === 'resolve' && second.as === 'reject' && (culprit !== undefined || !isConditional(first.call));
  const message = !isSure ? 'perhapsLost' : losesFailure ? 'failureLost' : worksOnBetween(path) || (failureTest(first.call) && readsMissing(second.call, ctx.model)) ? 'goesOn' : 'again';
  ctx.report({
    message,
    at: calledName(second.call),
    subject: second.call,
    data: { first: nameOf(first), second: nameOf(second) },
    trace: [
      { at: calledName(first.call), text: `${nameOf(first)} settles the promise and control goes on` },
      ...(culprit ? [{ at: culprit.node, text: 'this may throw' }] : []),
      { at: calledName(second.call), text: `${nameOf(second)} finds the promise settled and does nothing` },
    ],
  });
}

const nameOf = ({ at }: Call): string => `${shortText(at)}()`;

const HARMLESS = /^(clear|remove|off$|close|end$|destroy|dispose|release|unref|log|debug|trace|info|warn|error$|dec|done$|emit|abort|kill|unsubscribe|cleanup|stop|push$|delete$|set$)/i;

const PURE = /^(console|log|logger|debug|JSON\.stringify|Math|String|Number|Boolean|Object|Array)\b/;

/** Does something between the two, or in what the second is given, go on? */
function worksOnBetween(path: Path): boolean {
  return path.events.slice(1, -1).some((event) => {
    if (event.kind === 'await') return true;
    if (event.kind !== 'call' || event.cleanup || is.new(event.call) || event.effects.throws === 'no') return false;
    return !HARMLESS.test(calledName(event.call).getText()) && !PURE.test(event.call.expression.getText());
  });
}

/** `resolve(rows.length)` where rows came beside the error. */
function readsMissing(second: ts.CallExpression, model: Context['model']): boolean {
  let found = false;
  const [argument] = second.arguments;
  const isBeside = (node: ts.Expression): boolean => is.identifier(node) && !FAILURE.test(node.text) && model.place(node)?.kind === 'parameter';
  if (argument && is.propertyAccess(argument)) found = argument.questionDotToken === undefined && isBeside(argument.expression);
  if (argument) {
    forEachDescendant(argument, (node) => {
      found ||= is.propertyAccess(node) && node.questionDotToken === undefined && isBeside(node.expression);
    });
  }
  return found;
}

const FAILURE = /^_?e(rr|rror)?$/;

/** `if (error) reject(error);`: there is no result on this way. */
function failureTest(call: ts.CallExpression): boolean {
  for (let node: ts.Node = call; !is.sourceFile(node.parent) && !is.functionExpression(node); node = node.parent) {
    if (is.if(node.parent) && node !== node.parent.expression) return FAILURE.test(node.parent.expression.getText());
  }
  return false;
}

/** A closure that settles too comes into being after the promise has been settled. */
function checkStarted(first: Call, start: FlowEvent, { uses }: HandMade, flow: FunctionFlow, ctx: Context): void {
  if (!isConditional(first.call)) return;
  const later = flow.all('closure').find(
    (closure) => closure.node.pos > first.call.pos && uses.some((use) => within(use.at, closure.fn)) && flow.pathTo(start, (event) => event === closure, { backEdges: false }),
  );
  if (!later) return;
  ctx.report({
    message: 'startsWork',
    at: calledName(first.call),
    subject: first.call,
    data: { first: nameOf(first) },
    trace: [
      { at: calledName(first.call), text: `${nameOf(first)} settles the promise and control goes on` },
      { at: later.node.getFirstToken() ?? later.node, text: 'what is set up here settles it again, to no effect' },
    ],
  });
}

/** Under an `if` of its own function: settled on one way, and the other was meant to be left out. */
function isConditional(call: ts.CallExpression): boolean {
  for (let node: ts.Node = call; !is.sourceFile(node.parent) && !is.functionExpression(node); node = node.parent) {
    if (is.if(node.parent) && node !== node.parent.expression) return true;
  }
  return false;
}
