import { enclosingRoot, functionName, is, skipWrappers, type CallNode, type SemanticModel, type ts } from '../../src/rule.js';
import { isGivenSomewhere } from './endless-wait.js';

/**
 * Commands of Redis that wait at the server, whatever the client's case for them. They are Redis's own words, so they are known by name: services
 * put an interface of their own before the client.
 */
const WAITING: ReadonlySet<string> = new Set(['blmove', 'blmpop', 'blpop', 'brpop', 'brpoplpush', 'bzmpop', 'bzpopmax', 'bzpopmin']);
const WAITING_IF_TOLD: ReadonlySet<string> = new Set(['xread', 'xreadgroup']);
/** What makes a client give up on an answer by itself, or see that its connection is gone: looked for where the read stands. */
const CLIENT_LIMITS: readonly string[] = ['blockingTimeout', 'commandTimeout', 'pingInterval', 'socketTimeout'];

/** A read that the server alone ends: the client asks for a wait of some seconds and has no clock of its own. */
export function endedByServerOnly(call: CallNode, model: SemanticModel): boolean {
  const callee = skipWrappers(call.expression);
  if (!is.call(call) || !is.propertyAccess(callee) || call.arguments.length < 1) return false;
  const command = callee.name.text.toLowerCase();
  if (!WAITING.has(command) && !(WAITING_IF_TOLD.has(command) && call.arguments.some(tellsToBlock))) return false;
  // `bzpopmin(key, timeout) { return this.client.bzpopmin(key, timeout); }`: the client by another name.
  if (functionName(enclosingRoot(call)).split('.').at(-1)!.toLowerCase() === command) return false;
  return !CLIENT_LIMITS.some((name) => isGivenSomewhere(name, model, call.getSourceFile()));
}

/** `'BLOCK', 5000` among the arguments, or `{ BLOCK: 5000 }`. */
function tellsToBlock(argument: ts.Expression): boolean {
  const value = skipWrappers(argument);
  if (is.stringLiteral(value)) return value.text.toLowerCase() === 'block';
  return is.objectLiteral(value) && value.properties.some(({ name }) => name?.getText().toLowerCase() === 'block');
}
