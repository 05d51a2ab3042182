import { enclosingRoot, forEachDescendant, is, isFunctionNode, outermostWrapper, skipWrappers, surely, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';
import { localName, mentionsOf, type HandMade } from './settlers.js';

/** An event that settles a promise made by hand. */
export interface Wiring {
  readonly emitter: ts.Expression;
  readonly event: string;
  /** The subscription, or the assignment of `onload` and its like. */
  readonly at: ts.Node;
}

/**
 * The events that settle the promise; undefined where anything else may: a timer, a callback, a place that others see. What the
 * executor settles itself, before it is over, says nothing of what happens later.
 */
export function wiringsOf({ scope, uses }: HandMade, model: SemanticModel): readonly Wiring[] | undefined {
  const wirings: Wiring[] = [];
  for (const { at, call, root } of uses) {
    const found = call && root === scope ? [] : wiringsAt(at, scope, model, 0);
    if (!found) return undefined;
    wirings.push(...found);
  }
  return wirings;
}

function wiringsAt(node: ts.Node, scope: FunctionNode, model: SemanticModel, depth: number): readonly Wiring[] | undefined {
  const outer = outermostWrapper(node);
  const own = subscriptionOf(outer) ?? handlerProperty(outer);
  if (own) return [own];
  const root = isFunctionNode(outer) ? outer : enclosingRoot(outer);
  if (root === scope || is.sourceFile(root) || depth > 3) return undefined;
  if (root !== outer) return wiringsAt(root, scope, model, depth + 1);
  const name = localName(root);
  const mentions = name ? mentionsOf(name, scope, model).filter((mention) => !isRemoval(mention)) : [];
  const found = mentions.map((mention) => wiringsAt(mention, scope, model, depth + 1));
  return found.length > 0 && found.every((each) => each !== undefined) ? found.flatMap((each) => each ?? []) : undefined;
}

/** `emitter.once('event', node)`. */
function subscriptionOf(node: ts.Node): Wiring | undefined {
  const call = node.parent;
  if (!is.call(call) || call.arguments[1] !== node || !is.propertyAccess(call.expression)) return undefined;
  const [event] = call.arguments;
  if (!event || !is.stringLiteral(event) || !/^(on|once|addListener|addEventListener|prependListener|prependOnceListener)$/.test(call.expression.name.text)) return undefined;
  return { emitter: receiverOf(call.expression.expression), event: event.text, at: call };
}

/** `socket.on('a', f).on('b', g)` subscribes twice to one emitter. */
function receiverOf(expr: ts.Expression): ts.Expression {
  const value = skipWrappers(expr);
  const isChained = is.call(value) && is.propertyAccess(value.expression) && /^(on|once|addListener)$/.test(value.expression.name.text);
  return isChained && is.propertyAccess(value.expression) ? receiverOf(value.expression.expression) : value;
}

/** `image.onload = node`. */
function handlerProperty(node: ts.Node): Wiring | undefined {
  const { parent } = node;
  if (!is.assignment(parent) || parent.right !== node || !is.propertyAccess(parent.left) || !/^on[a-z]+$/.test(parent.left.name.text)) return undefined;
  return { emitter: skipWrappers(parent.left.expression), event: parent.left.name.text, at: parent };
}

function isRemoval(mention: ts.Identifier): boolean {
  const call = mention.parent;
  return is.call(call) && is.propertyAccess(call.expression) && /^(off|removeListener|removeEventListener)$/.test(call.expression.name.text);
}

/** How an emitter can come to its end without the event. */
interface Ending {
  readonly waits: RegExp;
  readonly ends: readonly string[];
  /** The end is silent; otherwise it is an error event, which throws where nobody listens for it. */
  readonly silent: boolean;
  is(emitter: ts.Expression, model: SemanticModel): boolean;
}

const trait = (name: Parameters<SemanticModel['hasTrait']>[1]) => (emitter: ts.Expression, model: SemanticModel): boolean => surely(model.hasTrait(emitter, name));
const anything = (emitter: ts.Expression): boolean => !/^(window|self|globalThis|document|document\.body)$/.test(emitter.getText());
const isWebSocket = (emitter: ts.Expression, model: SemanticModel): boolean => surely(model.hasTrait(emitter, 'event-target')) && surely(model.hasMember(emitter, new Set(['bufferedAmount'])));

/** A process that has been seen to start comes to its exit. */
const isUnspawnedChild: Ending['is'] = (emitter, model) => !/['"]spawn['"]/.test(outermostRoot(emitter).getText()) && surely(model.hasTrait(emitter, 'child-process'));

const ENDINGS: readonly Ending[] = [
  { waits: /^onload$/, ends: ['onerror'], silent: true, is: anything },
  { waits: /^onsuccess$/, ends: ['onerror'], silent: true, is: anything },
  { waits: /^oncomplete$/, ends: ['onerror', 'onabort'], silent: true, is: anything },
  { waits: /^onopen$/, ends: ['onerror', 'onclose'], silent: true, is: anything },
  { waits: /^(open|message)$/, ends: ['error', 'close'], silent: true, is: isWebSocket },
  { waits: /^(end|data|readable)$/, ends: ['close', 'error', 'aborted'], silent: true, is: trait('request') },
  { waits: /^(finish|drain)$/, ends: ['close', 'error'], silent: true, is: trait('response') },
  { waits: /^(connect|ready|secureConnect|data|drain|end|finish)$/, ends: ['close', 'error', 'timeout'], silent: true, is: trait('socket') },
  { waits: /^message$/, ends: ['exit', 'error', 'close', 'disconnect'], silent: true, is: trait('child-process') },
  // What cannot be started has no exit, but is closed.
  { waits: /^exit$/, ends: ['error'], silent: false, is: isUnspawnedChild },
  { waits: /^(message|online)$/, ends: ['exit', 'error', 'close', 'disconnect'], silent: true, is: trait('worker') },
  { waits: /^drain$/, ends: ['close', 'error'], silent: true, is: trait('stream') },
  { waits: /^(finish|end|data|readable|open|ready)$/, ends: ['error', 'close'], silent: false, is: trait('stream') },
  { waits: /^listening$/, ends: ['error'], silent: false, is: trait('server') },
];

/** What ends the emitter and leaves the promise of these wirings pending; undefined where nothing is known to. */
export function missedEnds(wirings: readonly Wiring[], model: SemanticModel): { readonly wiring: Wiring; readonly ends: readonly string[] } | undefined {
  const [wiring] = wirings;
  if (!wiring) return undefined;
  const target = wiring.emitter.getText();
  if (wirings.some(({ emitter }) => emitter.getText() !== target)) return undefined;
  const events = wirings.map(({ event }) => event);
  const ending = ENDINGS.find((each) => events.every((event) => each.waits.test(event) && !each.ends.includes(event)) && each.is(wiring.emitter, model));
  if (!ending || (!ending.silent && !hearsErrors(wiring.emitter, target))) return undefined;
  return { wiring, ends: ending.silent ? ending.ends : ['error'] };
}

/** A handler after which nobody waits any more. */
const ENDING_ALL = /exit|fatal|shutdown|abort|throw|panic/i;

/** Somebody listens for errors of the emitter and lives on, so that one does not throw. */
function hearsErrors(emitter: ts.Node, target: string): boolean {
  let heard = false;
  forEachDescendant(outermostRoot(emitter), (node) => {
    if (heard || !is.call(node) || !is.propertyAccess(node.expression)) return;
    const [event, handler] = node.arguments;
    heard = event !== undefined && is.stringLiteral(event) && event.text === 'error' && receiverOf(node.expression.expression).getText() === target && !ENDING_ALL.test(handler?.getText() ?? '');
  });
  return heard;
}

function outermostRoot(node: ts.Node): ts.Node {
  let root: ts.Node = enclosingRoot(node);
  for (let outer = root; !is.sourceFile(outer); outer = enclosingRoot(outer)) root = outer;
  return root;
}

/** A stage of `source.pipe(target)` whose failure does not get to the target that the promise waits for. */
export function missedSource(wirings: readonly Wiring[], { scope }: HandMade): { readonly stage: ts.Expression; readonly target: ts.Expression } | undefined {
  const target = wirings[0]?.emitter;
  if (!target || !wirings.every(({ event }) => /^(close|finish|end|error)$/.test(event))) return undefined;
  const heard = (stage: ts.Expression): boolean => wirings.some(({ emitter }) => emitter.getText() === stage.getText()) || hearsErrors(scope, stage.getText());
  for (const call of pipesInto(target, scope)) {
    const stages = stagesOf(call);
    const stage = stages.find((each) => !heard(each));
    const isOnlyThese = wirings.every(({ emitter }) => isPipe(emitter) || [target, ...stages].some((each) => each.getText() === emitter.getText()));
    if (stage && isOnlyThese) return { stage, target: skipWrappers(call.arguments[0] ?? call) };
  }
  return undefined;
}

/** The emitter is itself such a chain, or stands as the target of one. */
function pipesInto(emitter: ts.Expression, scope: FunctionNode): readonly ts.CallExpression[] {
  if (isPipe(emitter)) return [emitter];
  const found: ts.CallExpression[] = [];
  forEachDescendant(scope, (node) => {
    if (isPipe(node) && node.arguments[0]?.getText() === emitter.getText()) found.push(node);
  });
  return found;
}

const isPipe = (node: ts.Node): node is ts.CallExpression => is.call(node) && is.propertyAccess(node.expression) && node.expression.name.text === 'pipe' && node.arguments.length > 0;

/** `a.pipe(b).pipe(c)`: a and b. */
function stagesOf(call: ts.CallExpression): readonly ts.Expression[] {
  const source = is.propertyAccess(call.expression) ? receiverOf(call.expression.expression) : call;
  return isPipe(source) ? [...stagesOf(source), ...source.arguments.slice(0, 1)] : [source];
}

/** `if (state === READY) resolve();` in the only listener: another state for good leaves the promise pending. */
export function awaitedState({ scope, uses }: HandMade, wirings: readonly Wiring[]): { readonly wiring: Wiring; readonly test: ts.Expression } | undefined {
  const [wiring, ...others] = wirings;
  if (!wiring || others.some(({ event, emitter }) => event !== wiring.event || emitter.getText() !== wiring.emitter.getText())) return undefined;
  const later = uses.filter(({ call, root }) => !call || root !== scope);
  const tests = later.map(({ at }) => testAround(at));
  const [test] = tests;
  return test && tests.every((each) => each !== undefined) ? { wiring, test } : undefined;
}

/** The comparison of the listener's parameter with something fixed under which the node stands. */
function testAround(node: ts.Node): ts.Expression | undefined {
  const root = enclosingRoot(node);
  for (let child = node; child !== root; child = child.parent) {
    const { parent } = child;
    if (!is.if(parent) || child !== parent.thenStatement) continue;
    // What comes behind the test may deal with the other cases.
    if (parent.elseStatement || !is.block(parent.parent) || parent.parent.statements.at(-1) !== parent || parent.parent.parent !== root) return undefined;
    const test = skipWrappers(parent.expression);
    const [parameter] = 'parameters' in root ? root.parameters : [];
    const isOfParameter = is.binary(test) && test.operatorToken.getText() === '===' && test.left.getText() === parameter?.name.getText();
    return isOfParameter ? test : undefined;
  }
  return undefined;
}
