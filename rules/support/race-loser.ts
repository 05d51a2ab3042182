import {
  enclosingRoot, forEachDescendant, is, isAsync, isFunctionNode, perhaps, shortText, skipWrappers, surely,
  type CallNode, type EventOf, type FunctionFlow, type FunctionNode, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { executorOf } from './promise-executor.js';
import { lastCalledName } from './promise-values.js';
import { racedName, type Race } from './race.js';
import { within } from './settling-coverage.js';

/** Work that goes on when it has lost its race. */
export interface Loser {
  readonly kind: 'unsignalled' | 'underOtherSignal' | 'loops' | 'writesToo' | 'writes' | 'mayRunOn';
  readonly task: CallNode;
  /** What the work changes after the race. */
  readonly place: string;
  readonly trace: readonly TraceStep[];
}

const GIVING_UP = /time|late|slow|abort|cancel|clos|stop|deadline|signal|expire|within|never/i;
const GIVEN_TO_STOP = /signal|abort|controller|token|timeout|deadline/i;
const ENDING = /^(abort|cancel|clear|close|destroy|disconnect|dispose|end|kill|quit|release|reset|return|stop|terminate|unsubscribe)(All|Async|Now|Sync)?$/;

/** The contenders that nothing ends once another has won. */
export function losersOf(race: Race, flow: FunctionFlow, model: SemanticModel): readonly Loser[] {
  const works = race.contenders.flatMap(({ given, source }) => (is.call(source) && !givesUp(source, model) ? [{ given, task: source }] : []));
  const isContest = works.length > 1 || works.length < race.contenders.length;
  if (!isContest) return [];
  const [first] = works.filter(({ given, task }) => enclosingRoot(task) === flow.node && !usedElsewhere(given, race, model) && !endedIn(flow, task, given) && !isBounded(task, race, flow, model));
  const loser = first && loserOf(first.task, race, flow, model);
  return loser ? [loser] : [];
}

/** A contender that is only there to win when the others take too long: a timer, an abort. */
function givesUp(source: ts.CallExpression, model: SemanticModel): boolean {
  const { effects, targets } = model.call(source);
  if (effects.sleeps || targets.some((fn) => model.summary(fn).returnsUnclearedTimer)) return true;
  return targets.some((fn) => !isAsync(fn) && model.flow(fn).all('timer').length > 0) || (GIVING_UP.test(lastCalledName(source)) && effects.io === undefined && targets.length === 0);
}

function loserOf(task: ts.CallExpression, race: Race, flow: FunctionFlow, model: SemanticModel): Loser | undefined {
  const start: TraceStep = { at: task, text: `${shortText(task)} starts here` };
  const lost: TraceStep = { at: race.call, text: 'another contender wins: nobody waits for it any more' };
  if (outerSignal(task, race, flow, model)) return model.ioOf(task).size > 0 ? { kind: 'underOtherSignal', task, place: '', trace: [start, lost] } : undefined;
  const takes = model.signalParameter(task);
  if (surely(takes?.accepts ?? 'no')) return { kind: 'unsignalled', task, place: '', trace: [start, lost] };
  const body = model.call(task).targets.find(isAsync);
  if (!body) return givenOptions(task) ? { kind: 'mayRunOn', task, place: '', trace: [start, lost] } : undefined;
  if (model.summary(body).signal) return undefined;
  const loop = endlessLoop(body, model);
  if (loop && isToldToStop(loop, body, race, flow, model)) return undefined;
  if (loop) return { kind: 'loops', task, place: '', trace: [start, lost, { at: loop, text: 'it comes round again and again' }] };
  return writerOf(task, body, [start, lost], race, flow, model);
}

/** Work that changes state after a suspension, above all state that the other branch of the race changes too. */
function writerOf(task: ts.CallExpression, body: FunctionNode, before: readonly TraceStep[], race: Race, flow: FunctionFlow, model: SemanticModel): Loser | undefined {
  const isRepeated = (write: EventOf<'write'>): boolean => flow.all('write').some((own) => own.place.key === write.place.key && writesSame(own, write));
  const late = model.flow(body).all('write').filter((write) => model.summary(body).writesAfterSuspension.has(write.place.key) && !isRepeated(write));
  const raced = flow.at(race.call).find((event) => event.kind === 'call');
  for (const write of late) {
    const rival = flow.all('write').find((own) => own.place.key === write.place.key && raced && flow.pathTo(raced, (e) => e === own));
    const last: TraceStep = { at: write.node, text: `${write.place.text} is written when it gets here` };
    if (rival) return { kind: 'writesToo', task, place: write.place.text, trace: [...before, { at: rival.node, text: `the race’s outcome is written to ${rival.place.text}` }, last] };
  }
  const [write] = late;
  if (write) return { kind: 'writes', task, place: write.place.text, trace: [...before, { at: write.node, text: `${write.place.text} is written when it gets here` }] };
  return model.ioOf(task).size > 0 ? { kind: 'mayRunOn', task, place: '', trace: before } : undefined;
}

/** `this.interrupted = true` on both sides: whoever comes second changes nothing. */
function writesSame(one: EventOf<'write'>, other: EventOf<'write'>): boolean {
  const text = one.value?.getText();
  return text !== undefined && /^(true|false|null|undefined|\d+|'[^']*')$/.test(text) && text === other.value?.getText();
}

/** Options in so many words, with no signal among them: what takes options may well take one. */
function givenOptions(task: ts.CallExpression): boolean {
  const last = task.arguments.at(-1);
  return last !== undefined && is.objectLiteral(skipWrappers(last));
}

/** A loop that waits on each turn and that no list of items ends. */
function endlessLoop(body: FunctionNode, model: SemanticModel): ts.Node | undefined {
  const wait = model.flow(body).all('await').find(({ loops }) => loops.some((loop) => !is.forOf(loop) && !hasCounter(loop)));
  return wait?.loops.find((loop) => !is.forOf(loop));
}

/** A test in the loop asks what the function of the race writes once it is over: `do { … } while (isRunning)`. */
function isToldToStop(loop: ts.Node, body: FunctionNode, race: Race, flow: FunctionFlow, model: SemanticModel): boolean {
  const asked = new Set(model.flow(body).all('guard').filter(({ node }) => within(node, loop)).flatMap(({ test }) => placesIn(test, model)));
  const raced = flow.at(race.call).find((event) => event.kind === 'call');
  return raced !== undefined && flow.all('write').some((write) => asked.has(write.place.key) && flow.pathTo(raced, (event) => event === write) !== undefined);
}

function placesIn(test: ts.Expression, model: SemanticModel): readonly string[] {
  const keys: string[] = [];
  const visit = (node: ts.Node): void => {
    const place = is.identifier(node) || is.propertyAccess(node) ? model.place(node) : undefined;
    if (place) keys.push(place.key);
  };
  visit(test);
  forEachDescendant(test, visit);
  return keys;
}

function hasCounter(loop: ts.IterationStatement): boolean {
  return 'incrementor' in loop && loop.incrementor !== undefined;
}

// ── what ends a loser ──

/** Told by a signal or token, or given a deadline of its own. */
function isBounded(task: ts.CallExpression, race: Race, flow: FunctionFlow, model: SemanticModel): boolean {
  const { effects } = model.call(task);
  if (effects.deadline) return true;
  if (outerSignal(task, race, flow, model)) return false;
  const slot = model.signalParameter(task);
  if ((slot?.accepts === 'yes' && perhaps(slot.given))) return true;
  return task.arguments.some((argument) => GIVEN_TO_STOP.test(model.resolveAlias(argument).getText()));
}

/** The function's own signal parameter, handed on as it is against a timer: it tells of the caller's end, not of the race's. */
function outerSignal(task: ts.CallExpression, race: Race, flow: FunctionFlow, model: SemanticModel): boolean {
  const [only, another] = task.arguments.filter((argument) => GIVEN_TO_STOP.test(argument.getText()));
  const signal = only && !another ? skipWrappers(only) : undefined;
  if (!signal || !is.identifier(signal) || !surely(model.hasTrait(signal, 'abort-signal'))) return false;
  const declaration = model.symbolOf(signal)?.declarations?.[0];
  if (!declaration || !is.parameter(declaration) || declaration.parent !== flow.node) return false;
  const rivals = race.contenders.flatMap(({ source }) => (source !== task && is.callOrNew(source) ? [source] : []));
  return rivals.some((rival) => isTimer(rival, model)) && !rivals.some((rival) => namesIn(rival).includes(signal.text));
}

function isTimer(source: CallNode, model: SemanticModel): boolean {
  const { effects, targets } = model.call(source);
  return effects.sleeps === true || targets.some((fn) => model.summary(fn).returnsUnclearedTimer || model.flow(fn).all('timer').length > 0);
}

/** Its promise is kept, and something other than the race looks at it. */
function usedElsewhere(given: ts.Expression, race: Race, model: SemanticModel): boolean {
  const name = racedName(given);
  const symbol = name && is.identifier(name) ? model.symbolOf(name) : undefined;
  if (!symbol) return false;
  let used = false;
  forEachDescendant(enclosingRoot(race.call), (node) => {
    if (!is.identifier(node) || node.text !== symbol.name || used || within(node, race.call) || model.symbolOf(node) !== symbol) return;
    used = !is.variableDeclaration(node.parent) && !isSilencing(node);
  });
  return used;
}

/** `p.catch(() => {})` as a statement. */
function isSilencing(name: ts.Identifier): boolean {
  const access = name.parent;
  return is.propertyAccess(access) && access.name.text === 'catch' && is.call(access.parent) && is.expressionStatement(access.parent.parent);
}

/** Does the function end what the work is done with: `client.destroy()`, `query.cancel()`, in whichever arm? */
function endedIn(flow: FunctionFlow, task: ts.CallExpression, given: ts.Expression): boolean {
  const names = new Set<string>([...namesIn(task), ...namesIn(given)]);
  let ended = false;
  forEachDescendant(flow.node, (node) => {
    if (ended || !is.call(node) || node === task) return;
    const callee = skipWrappers(node.expression);
    if (!is.propertyAccess(callee) || !ENDING.test(callee.name.text)) return;
    ended = namesIn(callee.expression).some((name) => names.has(name));
  });
  return ended;
}

/** Variables and fields that the expression speaks of; not `this` itself, and not the names of methods. */
function namesIn(expr: ts.Node): readonly string[] {
  const names: string[] = [];
  const visit = (node: ts.Node): void => {
    const isMethodName = is.propertyAccess(node.parent) && node.parent.name === node && is.call(node.parent.parent) && node.parent.parent.expression === node.parent;
    if ((is.identifier(node) || is.privateIdentifier(node)) && !isMethodName) names.push(node.text);
  };
  visit(expr);
  forEachDescendant(expr, visit);
  return names;
}

// ── races written by hand ──

/** `new Promise((resolve, reject) => { work().then(resolve, reject); setTimeout(…reject…) })`: the first to settle wins. */
export function raceByHand(flow: FunctionFlow, model: SemanticModel): Race | undefined {
  const executor = executorOf(flow.node, model);
  if (!executor) return undefined;
  const settles = (node: ts.Node): boolean => executor.settlings.some(({ at }) => within(at, node));
  const timer = flow.all('timer').find(({ call }) => enclosingRoot(call) === flow.node && (settles(call) || model.functionsOf(call.arguments![0]!).some((fn) => isFunctionNode(fn) && settles(fn))));
  if (!timer || !is.call(timer.call)) return undefined;
  const works = flow.all('call').flatMap(({ call }) => {
    const derived = is.call(call) && is.propertyAccess(call.expression) && /^(then|catch|finally)$/.test(call.expression.name.text) ? call.expression.expression : undefined;
    const source = derived && skipWrappers(derived);
    return source && is.call(source) && enclosingRoot(call) === flow.node && call.arguments!.some(settles) && surely(model.isPromise(source)) ? [source] : [];
  });
  if (works.length === 0) return undefined;
  return { call: timer.call, contenders: [...works.map((source) => ({ given: source, source })), { given: timer.call, source: timer.call }] };
}
