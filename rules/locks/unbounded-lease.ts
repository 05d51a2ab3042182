import { defineRule, enclosingRoot, is, isFunctionNode, shortText, skipWrappers, type CallNode, type FunctionFlow, type LockRef, type RuleContext, type SemanticModel, type ts } from '../../src/rule.js';
import { nameAround } from '../support/function-name.js';
import { takenLock } from '../support/taken-lock.js';
import { calledName, lastCalledName } from '../support/promise-values.js';

const messages = {
  forever: { text: 'the lock {key} has no time to live: when its holder dies, nobody gets it again', preset: 'all', severity: 'warning', precision: 'medium' },
  waiting: { text: 'a request waits for {lock} with no deadline', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'unbounded-lease',
    family: 'locks',
    summary: 'distributed lock that never expires, or a request that waits for ever',
    question: 'cancellation',
    encodes: [],
    origin: 'locks kept in a store outlive the process that took them; waits for a lock outlive the client that asked',
    cwe: [667, 400],
    docs: {
      why:
        'A lock in Redis is a key. If the process that set it is killed before it deletes the key, no process of the cluster ever gets the lock again, until somebody deletes it by hand. Within one process, a request ' +
        'that waits for a lock without a deadline keeps its connection and memory as long as the holder likes, and the requests behind it do the same.',
      instead:
        'Set the lock with its time to live in one command, `set(key, token, "PX", 30000, "NX")`, and renew it while the work goes on, or use a library that does. For requests, `withTimeout(mutex, 5000)` or a signal: answer that the service is busy.',
      limits: 'Keys that a `SET … NX` or SETNX sets and that are called a lock by their key or their function; waits for locks that models know, on the path of a request that is in view.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const { call } of flow.all('call')) {
      if (enclosingRoot(call) !== flow.node) continue;
      checkStoredLock(call, flow, ctx);
      checkWait(call, flow, ctx);
    }
  },
});

const NOT_IF_THERE = /["']NX["']|\bNX\s*:\s*true|condition\s*:\s*["']NX["']/;
const TIME_TO_LIVE = /["'](?:EX|PX|EXAT|PXAT)["']|\b(?:EX|PX|EXAT|PXAT|expiration)\s*:/;
const LOCK = /lock|mutex|lease|leader/i;

function checkStoredLock(call: CallNode, flow: FunctionFlow, ctx: Context): void {
  const name = lastCalledName(call);
  const [key, ...rest] = call.arguments ?? [];
  if (!key || !/^set(?:nx)?$/i.test(name) || rest.length === 0) return;
  const given = rest.map((argument) => skipWrappers(ctx.model.resolveAlias(argument)).getText()).join(', ');
  const isConditional = /nx$/i.test(name) || NOT_IF_THERE.test(given);
  if (!isConditional || TIME_TO_LIVE.test(given) || !(LOCK.test(key.getText()) || LOCK.test(nameAround(call)))) return;
  const expires = flow.all('call').some((other) => /^p?expire/i.test(lastCalledName(other.call)));
  if (expires) return;
  ctx.report({ message: 'forever', at: calledName(call), data: { key: shortText(key) }, trace: [{ at: call, text: 'set only where it is missing, and for ever' }] });
}

function checkWait(call: CallNode, flow: FunctionFlow, ctx: Context): void {
  const lock = takenLock(call, flow, ctx.model);
  if (!lock || lock.kind === 'distributed' || !isFunctionNode(flow.node) || !is.await(call.parent)) return;
  const request = ctx.model.remoteEvent(flow.node);
  if (request?.kind !== 'request' || isBounded(call, lock, ctx.model)) return;
  ctx.report({
    message: 'waiting',
    at: calledName(call),
    data: { lock: lock.text },
    trace: [{ at: request.node, text: `${request.text} comes in` }, ...request.calls.map((each) => ({ at: calledName(each), text: `calls ${shortText(each.expression)}()` })), { at: call, text: `waits for ${lock.text} as long as others hold it` }],
  });
}

/** A timeout among the arguments, or a lock that was made with one. */
function isBounded(call: CallNode, lock: LockRef, model: SemanticModel): boolean {
  const speaksOfTime = (node: ts.Node | undefined): boolean => node !== undefined && /timeout|signal|ifAvailable|tryAcquire|maxPending|maxOccupationTime/i.test(node.getText());
  if ((call.arguments ?? []).some((argument) => !is.functionExpression(skipWrappers(argument)) && speaksOfTime(argument))) return true;
  const [name] = lock.names;
  const declaration = name?.from === 'place' ? name.place.root?.declarations?.[0] : undefined;
  if (declaration && is.variableDeclaration(declaration)) return speaksOfTime(declaration.initializer);
  return declaration !== undefined && is.propertyDeclaration(declaration) ? !declaration.initializer || speaksOfTime(declaration.initializer) : model.isExclusive(lock) === 'unknown';
}
