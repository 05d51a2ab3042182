import { edit, is, shortText, skipWrappers, type FixProposal, type FunctionFlow, type SemanticModel } from '../../src/rule.js';
import { cleanedUpAfter, cleanedUpWith, freeName, statementAround } from './clean-up-fix.js';
import { executorOf } from './promise-executor.js';
import { within } from './settling-coverage.js';
import type { Subscription } from './subscription.js';

/** Takes an abort listener off when the work it belongs to is over. */
export function listenerRemoved({ call, handler, target, emitter }: Subscription, flow: FunctionFlow, model: SemanticModel): FixProposal | undefined {
  const callee = call.expression;
  if (emitter !== 'AbortSignal' || !is.propertyAccess(callee) || callee.name.text !== 'addEventListener') return undefined;
  const executor = executorOf(flow.node, model);
  const statement = statementAround(call, flow.node);
  const description = `take the listener off ${shortText(target)} when the work is done`;
  if (!executor && is.identifier(handler) && statement && is.expressionStatement(statement)) {
    const removal = `${target.getText()}${callee.questionDotToken ? '?.' : '.'}removeEventListener('abort', ${handler.text})`;
    return cleanedUpAfter(statement, { description, safety: 'unsafe', changes: [], cleanUp: removal }, model);
  }
  const name = freeName('done', call, model);
  const [, , options] = call.arguments;
  const bag = options && skipWrappers(options);
  const changes = bag && is.objectLiteral(bag) ? edit.addProperty(bag, 'signal', `${name}.signal`) : options ? undefined : edit.addArgument(call, `{ signal: ${name}.signal }`);
  if (!changes) return undefined;
  const how = { description, declaration: `const ${name} = new AbortController();`, changes, cleanUp: `${name}.abort()` };
  if (!executor) return statement && is.expressionStatement(statement) && statement.expression === call ? cleanedUpAfter(statement, { ...how, safety: 'unsafe' }, model) : undefined;
  // Where only the abort settles the promise, its end is not to be seen here.
  const isSettledOtherwise = executor.settlings.some(({ at }) => !within(at, call));
  return cleanedUpWith(executor.promise, { ...how, safety: 'safe' }, model, isSettledOtherwise);
}
