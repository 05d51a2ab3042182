import {
  defineRule, enclosingRoot, functionName, is, isAsync, isFunctionNode, shortText, skipWrappers, surely,
  type CallNode, type EventOf, type FlowEvent, type FunctionFlow, type FunctionNode, type RuleContext, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { heedsFullBuffer, ignoredWriteAt, type BufferingWrite } from '../support/buffering-write.js';
import { calledName, lastCalledName } from '../support/promise-values.js';
import { within } from '../support/settling-coverage.js';
import { comesFromOutside, unboundedInput } from '../support/unbounded-input.js';

const flooded = '{target} takes every piece of {source} as it comes, and nobody asks whether it is full';
const messages = {
  flooded: { text: flooded, preset: 'all', severity: 'note', precision: 'low' },
  filled: { text: '{target} takes all of {source} at once, and nobody asks whether it is full', preset: 'strict', severity: 'warning', precision: 'medium' },
  // who sends sentences, events or one answer floods nobody, and no type tells them from a file
  perhapsFlooded: { text: flooded, preset: 'all', severity: 'note', precision: 'low' },
  peerFlooded: { text: flooded, preset: 'all', severity: 'note', precision: 'low' },
  perhapsFilled: { text: '{target} takes all of {source} at once, and nobody asks whether it is full', preset: 'all', severity: 'note', precision: 'low' },
  acknowledged: { text: '{target} may answer that it is full, and {callback}() asks for more all the same', preset: 'recommended', severity: 'warning', precision: 'high' },
  overlapping: { text: '{source} goes on while {step} waits: pieces overtake each other, however many are under way', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'ignored-backpressure',
    family: 'bounds',
    summary: 'a writer that does not wait for its stream, a reader that does not pause',
    question: 'number',
    encodes: ['RG-10', 'RG-14', 'PS-K3'],
    cwe: [770, 400],
    docs: {
      why:
        'A stream takes whatever it is given and says when it is full: `write()` and `push()` answer false, a web writer’s promise stays open, `desiredSize` falls to 0. Where nobody listens, the slowest reader ' +
        'decides over the memory of the process: one client on a bad line, and the whole export lies in its buffer. The other way round, an asynchronous `data` handler does not hold its stream back: the next ' +
        'chunk is handled while the last still waits, in any order and any number.',
      instead:
        'Let `pipeline(source, target)` do it. By hand: `if (!target.write(chunk)) await once(target, "drain");`, `await writer.write(chunk)`, and in a web stream enqueue from `pull`. Read with `for await (const chunk of source)` instead of a ' +
        '`data` listener: it asks for the next chunk when this one is done.',
      limits:
        'Streams of Node and of the web, and functions in view that hand on what such a stream answers. Single writes, short lists, terminals and hashes are silent; so is all code that speaks of drain, pause, ready or desiredSize, whatever it does there. ' +
        'A list that is wholly in memory before it is written counts at all, because only its copies are at stake. At all stands what may as well be a few sentences: iterables that are no stream by their type, loops that enqueue into a web stream, and web sockets, which have a bufferedAmount and no wait for it; those of the clients of a server stay at strict.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const { call } of flow.all('call')) {
      if (!is.call(call) || enclosingRoot(call) !== flow.node) continue;
      const write = ignoredWriteAt(call, ctx.model);
      if (write) checkWrite(write, flow, ctx);
    }
    for (const event of flow.all('subscribe')) if (enclosingRoot(event.call) === flow.node) checkHandler(event, ctx);
  },
});

// ── writes ──

function checkWrite(write: BufferingWrite, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  if (isPulled(flow.node) || heedsFullBuffer(flow.node) || isAwaitedElsewhere(write, flow)) return;
  const loop = flow.at(write.call)[0]?.loops.at(-1);
  const handler = isFunctionNode(flow.node) ? flow.node : undefined;
  const callback = handler && model.callbackOf(handler);
  if (loop) return checkLoop(write, loop, flow, ctx);
  if (handler && isWriteMethod(handler)) return checkAcknowledged(write, handler, ctx);
  if (!callback || !is.call(callback.call)) return;
  const source = is.propertyAccess(callback.call.expression) ? callback.call.expression.expression : undefined;
  const pieces = piecesOf(callback.call, model);
  // An echo takes what its own peer sends.
  if (source && pieces && model.sameValue(source, write.target) !== 'yes') report(pieces === 'modelled' ? 'flooded' : 'perhapsFlooded', write, source, [{ at: callback.call, text: 'runs for each piece, as fast as they come' }], ctx);
  else if (source && callback.effect?.repeating === 'items' && callback.timing === 'sync') checkItems(write, source, false, ctx);
}

function checkLoop(write: BufferingWrite, loop: ts.IterationStatement, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const waits = flow.all('await').filter((event) => event.loops.includes(loop) && event.form === 'await');
  if (is.forOf(loop) && !loop.awaitModifier) return checkItems(write, loop.expression, waits.length > 0, ctx);
  if (is.forOf(loop)) {
    const isStream = surely(model.hasTrait(loop.expression, 'stream')) || model.bound(loop.expression).bounded === 'no';
    return report(isStream && !write.isAdapter ? 'flooded' : 'perhapsFlooded', write, loop.expression, [{ at: loop, text: 'turns as fast as pieces come' }], ctx);
  }
  const read = waits.find(({ operand }) => operand && is.call(skipWrappers(operand)) && /^(?:read|next|readline|fetchRow|fetch)$/.test(calledName(operand).getText()));
  if (read?.operand) return report(write.isAdapter ? 'perhapsFlooded' : 'flooded', write, read.operand, [{ at: read.node, text: 'waits for the next piece only' }], ctx);
  const turns = is.for(loop) && loop.condition && is.binary(loop.condition) ? constantOf(loop.condition.right, model) : undefined;
  if (turns !== undefined && turns >= MANY) report('filled', write, (loop as ts.ForStatement).condition!, [{ at: loop, text: `turns ${turns} times without a wait` }], ctx);
}

/** From here on a buffer holds what nobody would hold in memory on purpose. */
const MANY = 10_000;

function constantOf(expr: ts.Expression, model: SemanticModel): number | undefined {
  const value = skipWrappers(model.resolveAlias(expr));
  return is.literal(value) && /^[\d_.e]+$/.test(value.text) ? Number(value.text.replaceAll('_', '')) : undefined;
}

function checkItems(write: BufferingWrite, items: ts.Expression, producesMore: boolean, ctx: Context): void {
  const input = unboundedInput(items, shortText(items), ctx.model);
  if (!input?.open) return;
  // What is fetched for each item was not in memory before.
  report(producesMore && comesFromOutside(input) ? 'filled' : 'perhapsFilled', write, items, input.steps, ctx);
}

function report(asked: 'flooded' | 'filled' | 'perhapsFlooded' | 'perhapsFilled', { call, target, tells, mustLook }: BufferingWrite, source: ts.Expression, before: readonly TraceStep[], ctx: Context): void {
  // A message of known length to a socket that has no wait is no flood.
  if (mustLook && /illed$/.test(asked)) return;
  // A client that reads slowly, or not at all, is nobody's choice; a service that one has dialled is.
  const message = !mustLook ? asked : ctx.model.remoteEvent(enclosingRoot(call)) ? 'peerFlooded' : 'perhapsFlooded';
  const at = calledName(call);
  ctx.report({
    message, at, subject: call,
    data: { target: shortText(target), source: shortText(source), callback: '', step: '' },
    trace: [...before, { at, text: `${tells}, and the answer is dropped` }],
  });
}

/** Called when there is room: `pull` of a web source, `_read` of a stream; a transform is held back by the stream itself. */
function isPulled(root: ts.Node): boolean {
  if (!isFunctionNode(root)) return false;
  const name = functionName(root).replace(/^.*\./, '');
  const isOption = is.objectLiteral(root.parent) || is.propertyAssignment(root.parent);
  return /^_(?:read|transform|flush)$/.test(name) || (isOption && /^(?:read|pull|transform|flush)$/.test(name)) || isPulled(enclosingRoot(root));
}

/** `await flush(target)`, `await target.closed`: something in the same loop waits for the target. */
function isAwaitedElsewhere({ call, target }: BufferingWrite, flow: FunctionFlow): boolean {
  const name = target.getText();
  const [write] = flow.at(call);
  const isFor = ({ operand, loops }: EventOf<'await'>): boolean => operand !== undefined && loops.length > 0 && !within(call, operand) && within(call, loops[0]!) && operand.getText().includes(name);
  // Where no way leads from the wait to a write, it is the last of all: `await sendLast(target); throw …`.
  return flow.all('await').some((wait) => isFor(wait) && (!write || flow.pathTo(wait, (event) => event === write, { throws: 'none' }) !== undefined));
}

// ── sinks ──

/** `_write(chunk, encoding, callback)`. */
function isWriteMethod(fn: FunctionNode): boolean {
  return /^_?(?:write|writev)$/.test(functionName(fn).replace(/^.*\./, '')) && 'parameters' in fn && fn.parameters.length >= 2;
}

/** The sink says that it has taken the chunk when the one behind it has not been asked. */
function checkAcknowledged(write: BufferingWrite, fn: FunctionNode, ctx: Context): void {
  const last = 'parameters' in fn ? fn.parameters.at(-1)?.name : undefined;
  const flow = ctx.model.flow(fn);
  const event = flow.at(write.call)[0];
  if (!last || !is.identifier(last) || !event) return;
  const acknowledges = (next: FlowEvent): boolean => next.kind === 'call' && skipWrappers(next.call.expression).getText() === last.text && next.call.arguments?.[0]?.getText() !== 'error';
  const asks = flow.pathTo(event, acknowledges, { throws: 'none' })?.events.at(-1);
  if (!asks) return;
  ctx.report({
    message: 'acknowledged', at: calledName(write.call), subject: write.call,
    data: { target: shortText(write.target), callback: last.text, source: '', step: '' },
    trace: [{ at: calledName(write.call), text: `${write.tells}, and the answer is dropped` }, { at: asks.node, text: 'asks for the next chunk' }],
  });
}

// ── handlers ──

/** Does the listener hear each piece of a stream: one that a model knows, or by the name of the event? */
function piecesOf(call: CallNode, model: SemanticModel): 'modelled' | 'named' | undefined {
  const { subscribe } = model.call(call).effects;
  const event = call.arguments?.[subscribe?.event ?? 0];
  const name = event && skipWrappers(event);
  if (!name || !is.stringLiteral(name) || !is.call(call)) return undefined;
  if (subscribe) return subscribe.pieces?.includes(name.text) ? 'modelled' : undefined;
  return name.text === 'data' && lastCalledName(call) === 'on' ? 'named' : undefined;
}

/** `source.on('data', async (chunk) => { await …; })`. */
function checkHandler({ call, subscribe }: EventOf<'subscribe'>, ctx: Context): void {
  const { model } = ctx;
  const given = call.arguments?.[subscribe.handler];
  const handler = given && piecesOf(call, model) === 'modelled' ? model.functionsOf(given)[0] : undefined;
  if (!handler || !isAsync(handler) || !is.propertyAccess(call.expression)) return;
  const flow = model.flow(handler);
  const pauses = (event: FlowEvent): boolean => event.kind === 'call' && /pause|lock|acquire|queue|limit|enter/i.test(event.call.expression.getText());
  const wait = flow.all('await').find((event) => event.suspends !== 'micro' && event.operand && flow.reachable(event) && !isOrdered(event.operand, model));
  if (!wait?.operand || model.turnsOthersAway(wait, flow) || !flow.pathTo(flow.entry, (event) => event === wait, { throws: 'none', avoiding: pauses })) return;
  ctx.report({
    message: 'overlapping', at: calledName(call as ts.CallExpression), subject: handler,
    data: { source: shortText(call.expression.expression), step: shortText(wait.operand), target: '', callback: '' },
    trace: [{ at: call, text: 'starts the handler for each piece, whatever the last one still does' }, { at: wait.node, text: 'waits here, while the next piece comes' }],
  });
}

function isOrdered(operand: ts.Expression, model: SemanticModel): boolean {
  const value = skipWrappers(operand);
  if (!is.call(value)) return false;
  const { effects } = model.call(value);
  return effects.acquire !== undefined || effects.limited !== undefined || effects.callbacks?.some(({ section }) => section) === true || (is.propertyAccess(value.expression) && surely(model.hasTrait(value.expression.expression, 'limiter')));
}
