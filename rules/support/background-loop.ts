import { enclosingRoot, forEachDescendant, is, isAsync, outermostWrapper, skipWrappers, surely, type CallNode, type EventOf, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';
import { within } from './settling-coverage.js';

/** A loop, or a function that sets itself up again, and the step by whose failure it ends. */
export interface BackgroundLoop {
  readonly loop: ts.Node;
  readonly step: ts.Expression;
  readonly again: 'loop' | 'timer' | 'items';
}

/** What comes round again and again in the body, and that one failed step ends. A boundary counts where it stands inside. */
export function fragileLoopIn(fn: FunctionNode, model: SemanticModel, inside: ts.Node = fn): BackgroundLoop | undefined {
  if (!isAsync(fn)) return undefined;
  const flow = model.flow(fn);
  const waits = flow.all('await').filter(({ node, operand }) => operand !== undefined && within(node, inside) && enclosingRoot(node) === fn);
  for (const wait of waits) {
    const loop = wait.loops.find((each) => within(each, inside) && kindOf(each, model) !== undefined);
    const kind = loop && kindOf(loop, model);
    if (loop && kind && wait.operand && !caughtWithin(wait.node, loop) && !pumpsStream(loop) && mayFailOnItsOwn(wait, model)) return { loop, step: wait.operand, again: kind };
  }
  return inside === fn ? rearming(fn, waits, model) : undefined;
}

/** Comes round until somebody stops it: no condition, or a flag that others set. */
function kindOf(loop: ts.IterationStatement, model: SemanticModel): 'loop' | 'items' | undefined {
  if (is.forOf(loop)) return loop.awaitModifier ? 'items' : undefined;
  if (is.for(loop)) return loop.incrementor ? undefined : !loop.condition || isFlag(loop.condition, model) ? 'loop' : undefined;
  return (is.while(loop) || is.doWhile(loop)) && isFlag(loop.expression, model) ? 'loop' : undefined;
}

function isFlag(condition: ts.Expression, model: SemanticModel): boolean {
  const value = skipWrappers(condition);
  if (/^(true|1)$/.test(value.getText())) return true;
  if (is.binary(value) && /^(&&|\|\|)$/.test(value.operatorToken.getText())) return isFlag(value.left, model) && isFlag(value.right, model);
  const flag = is.prefixUnary(value) && value.getText().startsWith('!') ? skipWrappers(value.operand) : value;
  if (!is.propertyAccess(flag) && !is.identifier(flag)) return false;
  const place = model.place(flag);
  return place?.kind === 'field' || place?.kind === 'module' || place?.kind === 'captured' || flag.getText().endsWith('.aborted');
}

function caughtWithin(node: ts.Node, outer: ts.Node): boolean {
  for (let child = node; child !== outer; child = child.parent) {
    if (is.try(child.parent) && child.parent.catchClause && child !== child.parent.finallyBlock) return true;
  }
  return false;
}

/** `while (true) { const { done } = await reader.read(); … }`: where reading fails there is nothing more to come. */
function pumpsStream(loop: ts.IterationStatement): boolean {
  let found = false;
  forEachDescendant(loop, (node) => {
    found ||= is.call(node) && is.propertyAccess(node.expression) && /^(read|next|readMore|pull)$/.test(node.expression.name.text);
  });
  return found;
}

/** Rejects for a reason of its own, not because the loop is told to stop. */
function mayFailOnItsOwn({ operand }: EventOf<'await'>, model: SemanticModel): boolean {
  const value = operand && skipWrappers(operand);
  return value !== undefined && is.call(value) && !model.call(value).effects.sleeps && surely(model.canReject(value));
}

/** `async poll() { await work(); setTimeout(() => this.poll().catch(log), 1000); }` */
function rearming(fn: FunctionNode, waits: readonly EventOf<'await'>[], model: SemanticModel): BackgroundLoop | undefined {
  const flow = model.flow(fn);
  const timers = flow.all('timer').filter(({ call, timer }) => timer.kind === 'timeout' && runsAgain(call, fn, model));
  const [timer] = timers;
  if (!timer || timers.some(({ cleanup }) => cleanup)) return undefined;
  const isArmed = (event: { readonly id: number }): boolean => timers.some(({ id }) => id === event.id);
  const fatal = waits.find(
    (wait) => mayFailOnItsOwn(wait, model) && !caughtWithin(wait.node, fn) && flow.pathTo(wait, isArmed, { throws: 'none' }) && !flow.pathTo(timer, (event) => event === wait, { throws: 'none' }),
  );
  return fatal?.operand && { loop: timer.call, step: fatal.operand, again: 'timer' };
}

function runsAgain(timer: CallNode, fn: FunctionNode, model: SemanticModel): boolean {
  const [callback] = timer.arguments ?? [];
  return callback !== undefined && model.functionsOf(callback).some((body) => body === fn || model.flow(body).all('call').some(({ call }) => model.call(call).targets.includes(fn)));
}

const LOGGING = /(^|[.#_])(console|log|logger|debug|warn|warning|trace|info|error|fatal|report|captureException|print|noop)\w*$/i;

/** Does the handler do nothing that anybody but a reader of logs could notice? */
export function onlyLogs(handler: ts.Node): 'logs' | 'nothing' | undefined {
  const value = is.expression(handler) ? skipWrappers(handler) : handler;
  if (is.identifier(value) || is.propertyAccess(value)) return LOGGING.test(value.getText()) && !/emit|reject|on[A-Z]/.test(value.getText()) ? 'logs' : undefined;
  if (!is.functionExpression(value) && !is.block(value)) return undefined;
  let calls = 0;
  let acts = false;
  const body = is.block(value) ? value : value.body;
  const look = (node: ts.Node): void => {
    if (is.call(node) && LOGGING.test(node.expression.getText())) calls++;
    else if (is.callOrNew(node) && !/^(String|format|inspect|Error|JSON\.stringify|util\.\w+)$/.test(node.expression.getText())) acts = true;
    if (is.assignment(node) || is.update(node) || is.throw(node) || is.break(node) || node.getText().startsWith('continue')) acts = true;
    if (is.return(node) && node.expression) acts = true;
  };
  look(body);
  forEachDescendant(body, look);
  return acts ? undefined : calls > 0 ? 'logs' : 'nothing';
}

/** A call as a statement, under `void`, or as the whole of a callback whose result nobody looks at. */
export function isDetached(call: ts.Expression, model: SemanticModel): boolean {
  const outer = outermostWrapper(call);
  const { parent } = outer;
  if (is.expressionStatement(parent)) return true;
  if (is.void(parent)) return true;
  return is.arrowFunction(parent) && parent.body === outer && model.callbackOf(parent)?.effect?.result === 'ignored';
}
