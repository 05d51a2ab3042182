import {
  defineRule, enclosingRoot, forEachDescendant, functionName, is, isFunctionNode, skipWrappers,
  type EventOf, type FunctionFlow, type FunctionNode, type RuleContext, type ts,
} from '../../src/rule.js';
import { failureText } from '../support/failure-text.js';
import { calledName } from '../support/promise-values.js';
import { within } from '../support/settling-coverage.js';

const messages = {
  atOnce: { text: '{step} is tried again at once for as long as it fails: no limit, no wait', preset: 'strict', severity: 'warning', precision: 'medium' },
  perhapsStopped: { text: '{step} is tried again at once for as long as it fails: no wait between', preset: 'all', severity: 'note', precision: 'low' },
  atFixedPace: { text: '{step} is tried again for as long as it fails: no limit, and a wait that does not grow', preset: 'all', severity: 'note', precision: 'low' },
  callsItself: { text: '{name}() calls itself at once whenever {step} fails: no limit, no wait', preset: 'strict', severity: 'warning', precision: 'medium' },
  restarts: { text: '{name}() runs again at once on every {event}: what ends at its start is started for ever', preset: 'recommended', severity: 'warning', precision: 'high' },
  restartsUnlessStopped: { text: '{name}() runs again at once on every {event}: no wait between', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'unbounded-retry',
    family: 'bounds',
    summary: 'a retry with no limit of attempts and no growing wait between them',
    question: 'number',
    encodes: ['TA-W6'],
    cwe: [770, 835],
    docs: {
      why:
        'What failed a millisecond ago will most likely fail again. A retry that does not wait turns one outage into a storm: the caller burns a core and fills the log, the other side is asked as fast as it can ' +
        'refuse and does not get up again, and a failure that never ends, such as a wrong password or a missing file, is retried until somebody notices.',
      instead:
        'Count the attempts, wait longer after each, with some chance in it, and give up with the last error: p-retry, or `for (let attempt = 1; ; attempt++) { try { return await send(); } catch (error) { if (attempt === 5) throw error; await sleep(2 ** attempt * 100); } }`. ' +
        'Retry only what may pass by itself.',
      limits:
        'Loops without a condition whose every failure leads back to their head, functions that call themselves with the same arguments from their own failure, and handlers of an exit or close that start the same again. Anything named or compared like an ' +
        'attempt, a deadline or a back-off keeps the rule silent. Loops that some flag or signal ends, and those with a constant wait, are reported at all.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    const loops = new Set(flow.all('await').flatMap(({ loops: around }) => around.slice(-1)));
    for (const loop of loops) checkLoop(loop, flow, ctx);
    if (isFunctionNode(flow.node)) checkSelfCalls(flow, flow.node, ctx);
  },
});

/** Whatever speaks of attempts, of a limit in time or of a wait that grows. */
const LIMITED = /attempt|retr(?:y|ies)|tries|remaining|max[A-Z_]|MAX_|deadline|back_?off|elapsed|Date\.now|performance\.now|hrtime|expire|budget|count|\*\s*2|2\s*\*\*|Math\.pow|Math\.min|\*=|\+\+|--|-= 1|\+= 1/i;
const WAITS = /sleep|delay|(?<!a)wait|setTimeout|timeout|pause|throttle|backoff|tick|setImmediate|once\(/i;

// ── loops ──

function checkLoop(loop: ts.IterationStatement, flow: FunctionFlow, ctx: Context): void {
  const condition = conditionOf(loop);
  if (condition === undefined || is.forOf(loop)) return;
  const attempt = attemptIn(loop);
  if (!attempt || enclosingRoot(attempt) !== flow.node) return;
  const awaited = flow.all('await').find((event) => within(event.node, attempt.tryBlock) && event.suspends !== 'micro' && event.operand);
  const handler = attempt.catchClause;
  if (!awaited || !handler || LIMITED.test(codeOf(loop)) || mayLeave(handler.block)) return;
  // Without a way out on success it is a consumer's loop, whose failures are its items'; what moves on tries something else next.
  if (!leavesOnSuccess(attempt.tryBlock) || movesOn(loop, attempt)) return;
  const step = failureText(awaited);
  const waits = WAITS.test(codeOf(loop));
  if (waits && waitsOnSuccessOnly(attempt)) return;
  const isStoppable = condition !== 'true' || /\b(?:if|signal|closed|stopped|destroyed|aborted)\b/.test(handler.getText());
  ctx.report({
    message: waits ? 'atFixedPace' : isStoppable ? 'perhapsStopped' : 'atOnce',
    at: loop.getFirstToken() ?? loop,
    subject: loop,
    data: { step, name: '', event: '' },
    trace: [{ at: awaited.node, text: `${step} fails` }, { at: handler, text: 'the failure is caught here and leads back to the head of the loop' }],
  });
}

/** `true` for endless loops; undefined where a count or list ends them. */
function conditionOf(loop: ts.IterationStatement): string | undefined {
  if (is.while(loop) || is.doWhile(loop)) return loop.expression.getText();
  return 'condition' in loop && !loop.condition ? 'true' : undefined;
}

/** The try that the loop's body consists of. */
function attemptIn(loop: ts.IterationStatement): ts.TryStatement | undefined {
  const { statement } = loop;
  if (is.try(statement)) return statement;
  const tries = is.block(statement) ? statement.statements.filter(is.try) : [];
  return tries.length === 1 ? tries[0] : undefined;
}

function mayLeave(code: ts.Node): boolean {
  let leaves = false;
  forEachDescendant(code, (node) => {
    if (isFunctionNode(node)) return false;
    if (is.throw(node) || is.return(node) || is.break(node) || /^(?:process\.exit|reject)$/.test(is.call(node) ? node.expression.getText() : '')) leaves = true;
    return !leaves;
  });
  return leaves;
}

/** Beside the try something is written or taken for this turn: `path = dirname(path)`, `const next = queue.shift()`. */
function movesOn(loop: ts.IterationStatement, attempt: ts.TryStatement): boolean {
  const beside = is.block(loop.statement) ? loop.statement.statements.filter((each) => each !== attempt) : [];
  return [...beside, ...(attempt.catchClause ? [attempt.catchClause.block] : [])].some((each) => {
    let writes = 'declarationList' in each;
    forEachDescendant(each, (node) => {
      writes ||= is.assignment(node) || is.update(node);
    });
    return writes;
  });
}

function leavesOnSuccess(block: ts.Block): boolean {
  const last = block.statements.at(-1);
  return last !== undefined && (is.return(last) || is.break(last));
}

/** The wait is inside the try: a failure skips it. */
function waitsOnSuccessOnly({ tryBlock, catchClause, parent }: ts.TryStatement): boolean {
  return WAITS.test(codeOf(tryBlock)) && !(catchClause && WAITS.test(codeOf(catchClause))) && codeOf(parent).split(WAITS).length === 2;
}

/** Comments may say "retry". */
function codeOf(node: ts.Node): string {
  return node.getText().replace(/\/\/.*|\/\*[\s\S]*?\*\//g, '').replace(/(['"`])(?:(?!\1).)*\1/g, "''");
}

// ── self-calls ──

function checkSelfCalls(flow: FunctionFlow, fn: FunctionNode, ctx: Context): void {
  if (!fn.body || !hasName(fn)) return;
  const name = functionName(fn).replace(/^.*\./, '');
  let limited: boolean | undefined;
  forEachDescendant(fn.body, (node) => {
    if (!is.call(node) || calledName(node).getText() !== name || !ctx.model.call(node).targets.includes(fn)) return;
    limited ??= LIMITED.test(codeOf(fn));
    if (limited) return;
    const failure = failureAround(node, fn);
    if (failure && givesTheSame(node, fn)) checkFailure(node, failure, name, flow, ctx);
    const handler = enclosingRoot(node);
    if (isFunctionNode(handler) && handler !== fn && enclosingRoot(handler) === fn) checkRestart(node, handler, name, ctx);
  });
}

function hasName(fn: FunctionNode): boolean {
  return is.method(fn) || fn.name !== undefined || (is.functionExpression(fn) && is.variableDeclaration(fn.parent));
}

/** `load(url)` in `load(url)`: nothing tells one attempt from the next. */
function givesTheSame({ arguments: given }: ts.CallExpression, fn: FunctionNode): boolean {
  const names = 'parameters' in fn ? fn.parameters.map(({ name }) => name.getText()) : [];
  return given.length === names.length && given.every((argument, i) => argument.getText() === names[i]);
}

/** The catch clause, or the `.catch(…)`, that the call stands in. */
function failureAround(call: ts.CallExpression, fn: FunctionNode): ts.Node | undefined {
  for (let node: ts.Node = call; node !== fn; node = node.parent) {
    if (is.if(node.parent) || is.conditional(node.parent) || (is.binary(node.parent) && node.parent.right === node)) return undefined;
    if (is.catchClause(node.parent)) return node.parent;
    if (isFunctionNode(node)) return is.call(node.parent) && calledName(node.parent).getText() === 'catch' && enclosingRoot(node) === fn ? node.parent : undefined;
  }
  return undefined;
}

function checkFailure(call: ts.CallExpression, failure: ts.Node, name: string, flow: FunctionFlow, ctx: Context): void {
  if (WAITS.test(codeOf(failure)) || mayThrowFirst(failure, call)) return;
  const attempt = is.catchClause(failure) ? failure.parent : undefined;
  const awaited: EventOf<'await'> | undefined = attempt && flow.all('await').find((event) => within(event.node, attempt.tryBlock) && event.operand);
  if (attempt && !awaited) return;
  const step = awaited ? failureText(awaited) : 'the work';
  ctx.report({
    message: 'callsItself', at: calledName(call), subject: call, data: { name, step, event: '' },
    trace: [{ at: awaited?.node ?? failure, text: `${step} fails` }, { at: call, text: `${name}() starts over at once, with nothing changed` }],
  });
}

/** Some failures leave before the call: only what is known to pass is tried again. */
function mayThrowFirst(failure: ts.Node, call: ts.Node): boolean {
  let leaves = false;
  forEachDescendant(failure, (node) => {
    if ((is.throw(node) || is.return(node)) && !within(call, node)) leaves = true;
  });
  return leaves;
}

/** `child.on('exit', () => start())` inside `start`. */
function checkRestart(call: ts.CallExpression, handler: FunctionNode, name: string, ctx: Context): void {
  const on = handler.parent;
  const [event] = is.call(on) ? on.arguments : [];
  const named = event && skipWrappers(event);
  if (!is.call(on) || !named || !is.stringLiteral(named) || !/^(?:on|once|addListener|addEventListener)$/.test(calledName(on).getText()) || !/^(?:exit|close|disconnect|error|end)$/.test(named.text)) return;
  if (WAITS.test(codeOf(handler).replace(/\bonce\(/g, '')) || !handler.body) return;
  const isFree = is.block(handler.body) ? handler.body.statements.some((each) => is.expressionStatement(each) && within(call, each)) && !mayLeave(handler.body) : true;
  ctx.report({
    message: isFree ? 'restarts' : 'restartsUnlessStopped', at: calledName(call), subject: call, data: { name, event: named.text, step: '' },
    trace: [{ at: on, text: `hears the ${named.text} of what ${name}() has started` }, { at: call, text: 'and starts it again at once' }],
  });
}
