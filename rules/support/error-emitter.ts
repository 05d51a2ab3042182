import { enclosingRoot, forEachDescendant, is, outermostWrapper, skipWrappers, type CallNode, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';

/** What is made that reports failure by an `error` event, which ends the process when nobody listens. */
export interface ErrorEmitter {
  readonly noun: string;
  /** How the failure comes about. */
  readonly when: string;
  /** Seldom enough, or at a start that may as well fail. */
  readonly seldom: boolean;
}

const often = (noun: string, when: string): ErrorEmitter => ({ noun, when, seldom: false });
const seldom = (noun: string, when: string): ErrorEmitter => ({ noun, when, seldom: true });

const BY_NAME: readonly (readonly [RegExp, ErrorEmitter])[] = [
  [/^(node:child_process\.spawn|cross-spawn\.(default|spawn))$/, often('child process', 'the program cannot be started')],
  [/^node:worker_threads\.Worker$/, often('worker', 'its code throws')],
  [/^node:(net|tls)\.(connect|createConnection)$/, often('socket', 'the peer is not there or resets the connection')],
  [/^node:https?\.(request|get)$/, often('request', 'the peer is not there or resets the connection')],
  [/^node:http2\.connect$/, often('session', 'the peer is not there or resets the connection')],
  [/^(node:fs|graceful-fs|fs-extra)\.createReadStream$/, often('stream', 'the file cannot be opened')],
  [/^(node:fs|graceful-fs|fs-extra)\.createWriteStream$/, often('stream', 'the file cannot be opened or the disk is full')],
  [/^node:zlib\.create(Gunzip|Unzip|Inflate|InflateRaw|BrotliDecompress)$/, often('stream', 'the data is damaged or cut off')],
  [/^node:crypto\.createDecipheriv$/, often('stream', 'the data is damaged or the key is wrong')],
  [/^ws\.(WebSocket|default)$/, often('socket', 'the peer is not there or breaks the protocol')],
  [/^node:(net|tls|http|https|http2)\.create(Secure)?Server$/, seldom('server', 'the port is taken')],
  [/^ws\.(WebSocketServer|Server)$/, seldom('server', 'the port is taken')],
  [/^node:dgram\.createSocket$/, seldom('socket', 'the port is taken')],
  [/^pg\.(Pool|Client)$/, seldom('pool', 'the database drops an idle connection')],
  [/^(@redis\/client|redis)\.createClient$/, seldom('client', 'the connection is lost')],
];

export function errorEmitterOf(call: CallNode, model: SemanticModel): ErrorEmitter | undefined {
  const { qualified } = model.call(call);
  const found = qualified === undefined ? undefined : BY_NAME.find(([name]) => name.test(qualified))?.[1];
  if (!found || is.new(call) !== NEEDS_NEW.test(qualified!)) return undefined;
  // Node itself is there to be started, and any free port will do.
  if (found.noun === 'child process' && call.arguments?.[0]?.getText() === 'process.execPath') return undefined;
  return found.noun === 'server' && /\.listen\(\s*(0\b|\{\s*port:\s*0\b)/.test(enclosingRoot(call).getText()) ? undefined : found;
}

const NEEDS_NEW = /\.(Worker|WebSocket|WebSocketServer|Server|Pool|Client)$|^ws\.default$/;

/** How the thing fares: `heard` where anybody may listen for its errors, else the last known use of it. */
export function errorsUnheard(made: ts.Expression, model: SemanticModel): { readonly use: ts.Node; readonly name: ts.Identifier | undefined } | undefined {
  const end = follow(made);
  if (end === 'heard') return undefined;
  const { parent } = end;
  if (is.expressionStatement(parent) || is.void(parent)) return { use: made, name: undefined };
  if (is.variableDeclaration(parent) && is.identifier(parent.name)) return unheardName(parent.name, model);
  if (is.propertyAccess(parent) && parent.expression === end) return { use: parent, name: undefined };
  return undefined;
}

const SELF = /^(on|once|off|addListener|prependListener|prependOnceListener|removeListener|ref|unref|pause|resume|setEncoding|setTimeout|setNoDelay|setKeepAlive|setMaxListeners|listen|connect|end|close|destroy)$/;
const LISTENING = /^(on|once|addListener|prependListener|prependOnceListener|addEventListener)$/;

/** Follows the value through calls that give it back; `heard` at the first that may listen for errors. */
function follow(value: ts.Node): ts.Node | 'heard' {
  const outer = outermostWrapper(value);
  const { parent } = outer;
  if (is.call(parent) && parent.expression !== outer) return isPipe(parent) ? follow(parent) : 'heard';
  if (is.new(parent) || !is.propertyAccess(parent) || parent.expression !== outer) return outer;
  const call = outermostWrapper(parent).parent;
  if (!is.call(call) || skipWrappers(call.expression) !== parent) return outer;
  if (listensForErrors(parent.name.text, call)) return 'heard';
  return SELF.test(parent.name.text) ? follow(call) : outer;
}

/** The argument of `pipe` is what it returns. */
const isPipe = (call: ts.CallExpression): boolean => is.propertyAccess(call.expression) && call.expression.name.text === 'pipe';

function listensForErrors(method: string, call: ts.CallExpression): boolean {
  const event = call.arguments[0];
  return LISTENING.test(method) && event !== undefined && (!is.stringLiteral(event) || event.text === 'error');
}

/** Every mention of the variable is in view and none may listen for errors. */
function unheardName(name: ts.Identifier, model: SemanticModel): { readonly use: ts.Node; readonly name: ts.Identifier } | undefined {
  let use: ts.Node | undefined;
  const symbol = model.symbolOf(name);
  for (const mention of mentionsOf(name, symbol, model)) {
    if (!isPlainUse(mention)) return undefined;
    use ??= mention;
  }
  return use && { use, name };
}

function mentionsOf(name: ts.Identifier, symbol: ts.Symbol | undefined, model: SemanticModel): readonly ts.Identifier[] {
  const mentions: ts.Identifier[] = [];
  forEachDescendant(enclosingRoot(name), (node) => {
    if (is.identifier(node) && node !== name && node.text === name.text && (!symbol || model.symbolOf(node) === symbol)) mentions.push(node);
  });
  return mentions;
}

/** A use by which nobody gets to listen: a call of a member, or a stage of a pipe. */
function isPlainUse(mention: ts.Identifier): boolean {
  const outer = outermostWrapper(mention);
  const { parent } = outer;
  if (is.propertyAccess(parent) && parent.expression === outer) {
    if (/^(onerror|then|pipeline|compose|listeners|asyncIterator|update|final)$/.test(parent.name.text)) return false;
    const end = follow(mention);
    return end !== 'heard' && (end === outer ? !isCopied(parent) : !escapes(end));
  }
  if (is.call(parent) && isPipe(parent)) {
    const end = follow(parent);
    return end !== 'heard' && !escapes(end);
  }
  return is.if(parent) || is.conditional(parent) || is.void(parent);
}

/** `const { on } = …`, `f(stream.on)`: a member taken off, not called. */
function isCopied(access: ts.PropertyAccessExpression): boolean {
  return access.name.text === 'on' || (is.assignment(access.parent) && access.parent.left === access && access.name.text.startsWith('on'));
}

/** The value goes on to somebody who may listen. */
function escapes(end: ts.Node): boolean {
  const { parent } = outermostWrapper(end);
  return !(is.expressionStatement(parent) || is.void(parent) || is.propertyAccess(parent) || (is.arrowFunction(parent) && parent.body === end));
}

/** The parameter by which a listener gets a fresh connection: `createServer((socket) => …)`, `wss.on('connection', (socket) => …)`. */
export function connectionTakenBy(call: CallNode, model: SemanticModel): { readonly fn: FunctionNode; readonly socket: ts.Identifier } | undefined {
  const { qualified } = model.call(call);
  const [first, second] = call.arguments ?? [];
  const isServer = qualified !== undefined && /^node:(net|tls)\.createServer$/.test(qualified);
  const listens = qualified !== undefined && /^(ws\.(WebSocketServer|Server)|node:(net|tls)\.Server)#(on|once|addListener)$/.test(qualified) && first && is.stringLiteral(first) && /^(secureC|c)onnection$/.test(first.text);
  const given = isServer ? call.arguments?.at(-1) : listens ? second : undefined;
  const fn = given && skipWrappers(given);
  const parameter = fn && is.functionExpression(fn) ? fn.parameters[0]?.name : undefined;
  return fn && is.functionExpression(fn) && parameter && is.identifier(parameter) ? { fn, socket: parameter } : undefined;
}

export function connectionUnheard(socket: ts.Identifier, model: SemanticModel): ts.Node | undefined {
  return unheardName(socket, model)?.use;
}
