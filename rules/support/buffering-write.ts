import { enclosingRoot, forEachDescendant, is, isFunctionNode, outermostWrapper, skipWrappers, surely, type FlowRoot, type SemanticModel, type ts } from '../../src/rule.js';
import { derivation, lastCalledName } from './promise-values.js';

/** A call that hands a piece to a buffer, and whose answer, that the buffer is full, nobody looks at. */
export interface BufferingWrite {
  readonly call: ts.CallExpression;
  /** What takes the pieces: `response`, `this.socket`, `controller`. */
  readonly target: ts.Expression;
  readonly tells: string;
  /** There is no wait for room: one has to look. */
  readonly mustLook: boolean;
  /** What reads the pieces is in this process too: the buffer makes one kind of source of another. */
  readonly isAdapter: boolean;
}

const TELLS = { false: 'answers false when its buffer is full', 'open-promise': 'gives a promise that stays open while its buffer is full', 'desired-size': 'says by desiredSize that enough pieces wait', 'buffered-amount': 'says by bufferedAmount how much waits to be sent' } as const;

export function ignoredWriteAt(call: ts.CallExpression, model: SemanticModel): BufferingWrite | undefined {
  const callee = skipWrappers(call.expression);
  if (!is.propertyAccess(callee) || !/^(?:write|push|unshift|enqueue|send)$/.test(callee.name.text) || call.arguments.length === 0) return undefined;
  if (CONSOLE.test(skipWrappers(model.resolveAlias(callee.expression)).getText()) || isEnd(call) || !isDropped(call, model)) return undefined;
  const how = bufferedBy(call, model);
  if (!how || call.arguments.slice(1).some((argument) => surely(model.isCallable(argument)))) return undefined;
  return { call, target: callee.expression, tells: TELLS[how], mustLook: how === 'buffered-amount', isAdapter: how === 'desired-size' };
}

/** A terminal, or what a program prints: nobody waits for it. */
const CONSOLE = /\b_?(?:stdout|stderr)$/i;
/** `push(null)` ends the stream. */
const isEnd = (call: ts.CallExpression): boolean => call.arguments[0]!.getText() === 'null';

function bufferedBy(call: ts.CallExpression, model: SemanticModel): keyof typeof TELLS | undefined {
  const { effects, targets } = model.call(call);
  if (effects.buffers) return effects.buffers === 'never' ? undefined : effects.buffers;
  const [wrapper, ...others] = targets;
  if (!wrapper || others.length > 0 || enclosingRoot(call) === wrapper) return undefined;
  return answerHandedOn(wrapper, model);
}

/** `write(chunk) { …; return this.stream.write(chunk); }`: the caller is told what the stream says. */
function answerHandedOn(wrapper: ts.Node, model: SemanticModel): keyof typeof TELLS | undefined {
  let how: keyof typeof TELLS | undefined;
  forEachDescendant(wrapper, (node) => {
    const value = is.return(node) && node.expression ? skipWrappers(node.expression) : undefined;
    const buffers = value && is.call(value) && lastCalledName(value) === 'write' ? model.call(value).effects.buffers : undefined;
    if (buffers && buffers !== 'never') how = buffers;
    return !isFunctionNode(node);
  });
  return how;
}

/** A statement, under `void`, or the body of a callback that nobody listens to; an await of `false` waits for nothing. */
function isDropped(call: ts.Expression, model: SemanticModel): boolean {
  const outer = outermostWrapper(call);
  const { parent } = outer;
  if (is.expressionStatement(parent) || is.void(parent)) return true;
  if (is.await(parent)) return model.call(call as ts.CallExpression).effects.buffers === 'false' && is.expressionStatement(parent.parent);
  if (is.propertyAccess(parent) && is.call(parent.parent) && derivation(parent.parent)) return isDropped(parent.parent, model);
  return is.arrowFunction(parent) && parent.body === outer && model.callbackOf(parent)?.effect?.result === 'ignored';
}

const HEEDS = /drain|backpressure|back_pressure|flow_?control|writableLength|writableHighWaterMark|highWaterMark|bufferedAmount|desiredSize|^(?:ready|pause|paused|isPaused|cork)$/i;

/** The functions around speak of a full buffer: of drain, of ready, of pausing the source. */
export function heedsFullBuffer(root: FlowRoot): boolean {
  if (is.sourceFile(root)) return false;
  let found = false;
  forEachDescendant(root, (node) => {
    found ||= (is.identifier(node) || is.stringLiteral(node)) && HEEDS.test(node.text);
    return !found;
  });
  return found || heedsFullBuffer(enclosingRoot(root));
}
