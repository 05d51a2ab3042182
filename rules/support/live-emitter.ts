import { enclosingRoot, is, isFunctionNode, outermostWrapper, skipWrappers, surely, type CallNode, type FlowEvent, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { errorEmitterOf } from './error-emitter.js';

/** Something that may emit from the moment a function has it: made by it, or handed to it as its occasion. */
export interface LiveEmitter {
  readonly name: string;
  /** From here on it may emit. */
  readonly since: FlowEvent;
  readonly at: ts.Node;
  readonly text: string;
  /** Events that wait for nobody: those of a paused stream that carry its data do. */
  isLost(event: string): boolean;
}

const OF_STREAM = /^(error|close|aborted|abort|exit|connect|secureConnect|open|ready|response|message|timeout|spawn|online)$/;
/** Node's streams hold back their data until somebody listens for it. */
const isLostByStream = (event: string): boolean => OF_STREAM.test(event);
const isLostBySocket = (event: string): boolean => /^(message|close|error|ping|pong|open|upgrade|unexpected-response)$/.test(event);
const isLostByRequest = (event: string): boolean => /^(close|aborted|error)$/.test(event);

export function liveEmitter(target: ts.Expression, flow: FunctionFlow, model: SemanticModel): LiveEmitter | undefined {
  const name = skipWrappers(target);
  if (!is.identifier(name)) return undefined;
  const declaration = model.symbolOf(name)?.declarations?.[0];
  if (!declaration) return undefined;
  if (is.parameter(declaration)) return declaration.parent === flow.node ? ofParameter(name, declaration, flow, model) : undefined;
  const isConst = is.variableDeclaration(declaration) && declaration.initializer && enclosingRoot(declaration) === flow.node;
  return isConst ? ofVariable(name, skipWrappers(declaration.initializer!), flow, model) : undefined;
}

function ofVariable(name: ts.Identifier, made: ts.Expression, flow: FunctionFlow, model: SemanticModel): LiveEmitter | undefined {
  const call = throughSelf(made);
  const emitter = call && errorEmitterOf(call, model);
  const since = call && flow.at(call).find((event) => event.kind === 'call');
  if (!emitter || !since || /^(server|pool|client)$/.test(emitter.noun)) return undefined;
  const isStream = emitter.noun === 'stream';
  return { name: name.text, since, at: call, text: `${name.text} is under way from here on`, isLost: isStream ? (event) => event === 'error' : isLostByStream };
}

/** `connect(7).setNoDelay()` is the socket still. */
function throughSelf(expr: ts.Expression): CallNode | undefined {
  if (!is.callOrNew(expr)) return undefined;
  const callee = skipWrappers(expr.expression);
  const isSelf = is.propertyAccess(callee) && /^(on|once|ref|unref|set\w+)$/.test(callee.name.text);
  return isSelf ? throughSelf(skipWrappers(callee.expression)) : expr;
}

function ofParameter(name: ts.Identifier, parameter: ts.ParameterDeclaration, flow: FunctionFlow, model: SemanticModel): LiveEmitter | undefined {
  const fn = flow.node;
  if (!isFunctionNode(fn)) return undefined;
  const callback = model.callbackOf(fn);
  const since = flow.entry;
  const index = 'parameters' in fn ? fn.parameters.indexOf(parameter as never) : -1;
  const first = callback?.call.arguments?.[0];
  const event = first && is.stringLiteral(first) ? first.text : undefined;
  if (callback && event !== undefined && /^(secureC|c)onnection$|^(session|stream|upgrade)$/.test(event) && isListening(callback.call)) {
    const isSocket = index === 0 && /^ws\./.test(model.call(callback.call).qualified ?? '');
    const isPeer = index === 0 || event === 'upgrade';
    const named = /^(ws|socket|client|conn|connection|peer|websocket|sock)$/i.test(name.text);
    if (!isPeer || !(isSocket || named)) return undefined;
    return { name: name.text, since, at: parameter, text: `${name.text} is connected already`, isLost: isSocket || !surely(model.hasTrait(name, 'stream')) ? isLostBySocket : isLostByRequest };
  }
  const isRequest = model.remoteEvent(fn)?.handler === fn && (surely(model.hasTrait(name, 'request')) || surely(model.hasTrait(name, 'response')));
  return isRequest ? { name: name.text, since, at: parameter, text: `${name.text} is under way already`, isLost: isLostByRequest } : undefined;
}

function isListening(call: CallNode): boolean {
  const callee = skipWrappers(call.expression);
  return is.propertyAccess(callee) && /^(on|once|addListener)$/.test(callee.name.text);
}

/** Looks at what has come of it: `req.destroyed`, `child.exitCode`, `socket.readyState`; or holds it back: `socket.pause()`. */
export function looksAtState(event: FlowEvent, name: string): boolean {
  const node = event.kind === 'read' || event.kind === 'call' || event.kind === 'guard' ? event.node : undefined;
  return node !== undefined && new RegExp(String.raw`\b${name}\??\.(destroyed|closed|errored|readable|writable|readableEnded|writableEnded|writableFinished|readableFlowing|aborted|readyState|exitCode|signalCode|killed|connected|connecting|pending|complete|headersSent|pause|isPaused|socket)\b`).test(node.getText()) && node.getText().length < 200;
}

/** The awaited thing is the emitter's own event: it resumes in the turn of that event. */
export function waitsFor(operand: ts.Expression, name: string): boolean {
  return new RegExp(String.raw`\b(once|on|pEvent|finished)\(\s*${name}\b`).test(operand.getText());
}

/** Called on the emitter itself and awaited: `await child.send(job)`. */
export function workOn(event: FlowEvent, name: string): ts.CallExpression | undefined {
  const operand = event.kind === 'await' && event.operand ? skipWrappers(event.operand) : undefined;
  if (!operand || !is.call(operand)) return undefined;
  const callee = skipWrappers(operand.expression);
  const isWork = is.propertyAccess(callee) && WORK.test(callee.name.text) && skipWrappers(callee.expression).getText() === name;
  return isWork ? operand : undefined;
}

const WORK = /^(send|start|run|exec|execute|request|post|postMessage|invoke|launch|trigger|process|perform)([A-Z]\w*)?$/;

/** The promise that the listener settles is what somebody waits for: a missed event is a hang. */
export function settlesPromise(subscription: ts.Node, model: SemanticModel): boolean {
  const root = enclosingRoot(subscription);
  if (!isFunctionNode(root)) return false;
  const callback = model.callbackOf(root);
  return callback !== undefined && is.new(outermostWrapper(root).parent) && model.call(callback.call).qualified === 'global.Promise';
}
