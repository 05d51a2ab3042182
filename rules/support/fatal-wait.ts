import { forEachDescendant, is, isFunctionNode, outermostWrapper, skipWrappers, type SemanticModel, type ts } from '../../src/rule.js';
import { lastCalledName } from './promise-values.js';
import { executorPromise, type SettlerUse } from './settlers.js';

const LISTENS = /^(?:on|once|addListener|addEventListener|prependListener|prependOnceListener)$/;
/** Behind these events nothing is open any more; sockets and processes end with their error. */
const END = /^(?:error|close|end|exit|finish|disconnect|unexpected-response)$/;
const ENDING = /^(?:close|terminate|destroy|kill|end|abort|disconnect|release|dispose)$/;

/**
 * A wait that fails only once `name` itself has ended: `once(socket, 'connect')`, or a promise whose every reject stands in a listener for the
 * end of that thing, or behind a call that ends it.
 */
export function failsWithEnd(operand: ts.Expression, name: string, model: SemanticModel): boolean {
  const awaited = skipWrappers(operand);
  if (is.call(awaited) && lastCalledName(awaited) === 'once') return awaited.arguments[0] !== undefined && skipWrappers(awaited.arguments[0]).getText() === name && awaited.arguments.length === 2;
  const made = executorPromise(awaited, model);
  const rejects = made?.uses.filter((use) => use.as === 'reject') ?? [];
  return made?.executor !== undefined && rejects.length > 0 && rejects.every((use) => isAtEnd(use, name, made.scope));
}

function isAtEnd({ at, root }: SettlerUse, name: string, executor: ts.Node): boolean {
  if (hearsEnd(outermostWrapper(at), name, executor)) return true;
  for (let node: ts.Node = root; node !== executor; node = node.parent) {
    if (isFunctionNode(node) && (hearsEnd(outermostWrapper(node), name, executor) || endsItself(node, name))) return true;
  }
  return false;
}

/** Does the function, inline or by its name, listen for the end and for nothing else? */
function hearsEnd(handler: ts.Node, name: string, executor: ts.Node): boolean {
  const { parent } = handler;
  if (is.call(parent)) return isEndOf(parent, handler, name);
  if (is.assignment(parent) && parent.right === handler) return /^on(?:error|close)$/.test(memberOf(parent.left, name) ?? '');
  const declared = is.variableDeclaration(parent) ? parent.name : isFunctionNode(handler) ? handler.name : undefined;
  if (!declared || !is.identifier(declared)) return false;
  const added: ts.CallExpression[] = [];
  forEachDescendant(executor, (node) => {
    if (is.identifier(node) && node.text === declared.text && is.call(node.parent) && LISTENS.test(lastCalledName(node.parent))) added.push(node.parent);
  });
  return added.length > 0 && added.every((call) => isEndOf(call, call.arguments[1], name));
}

/** `close` of `socket.close`. */
function memberOf(expr: ts.Expression, name: string): string | undefined {
  const member = skipWrappers(expr);
  return is.propertyAccess(member) && skipWrappers(member.expression).getText() === name ? member.name.text : undefined;
}

function isEndOf(call: ts.CallExpression, handler: ts.Node | undefined, name: string): boolean {
  const [event, given] = call.arguments;
  return LISTENS.test(memberOf(call.expression, name) ?? '') && given === handler && event !== undefined && is.stringLiteral(event) && END.test(event.text);
}

function endsItself(handler: ts.Node, name: string): boolean {
  let ends = false;
  forEachDescendant(handler, (node) => {
    ends ||= is.call(node) && ENDING.test(memberOf(node.expression, name) ?? '');
  });
  return ends;
}
