import { defineRule, enclosingRoot, functionName, is, outermostWrapper, shortText, type CallNode, type RuleContext, type ts } from '../../src/rule.js';
import { connectionTakenBy, connectionUnheard, errorEmitterOf, errorsUnheard, type ErrorEmitter } from '../support/error-emitter.js';
import { calledName } from '../support/promise-values.js';

const sure = { preset: 'recommended', severity: 'error', precision: 'high' } as const;

const messages = {
  unheard: { text: 'nobody listens for errors of {what}: the process ends when {when}', ...sure },
  stage: { text: 'nobody listens for errors of this stage: the process ends when {when}', preset: 'strict', severity: 'warning', precision: 'medium' },
  connection: { text: 'nobody listens for errors of {what}: one connection that breaks off ends the process', preset: 'all', severity: 'note', precision: 'low' },
  seldom: { text: 'nobody listens for errors of {what}: the process ends when {when}', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'unhandled-error-event',
    family: 'tasks',
    summary: 'socket, stream, child process or worker without an error listener',
    question: 'settling',
    encodes: ['RM-C2'],
    cwe: [248, 755],
    docs: {
      why:
        'An emitter that emits `error` with no listener throws, out of reach of any try around the code that made it. A program that is not installed, a peer that resets its connection, a file that is gone, ' +
        'a truncated download end the whole process, with every request in flight. `pipe` does not hand errors on: each stage of a chain fails by itself.',
      instead:
        'Add the listener where the thing is made, before anything can go wrong: `child.on(\'error\', …)`. Use `pipeline` of node:stream/promises in place of `pipe`: it listens to every stage, destroys them ' +
        'all, and gives a promise. `events.once` and `for await` listen too.',
      limits:
        'Only what is made by calls of Node, ws, pg and redis that the rule knows, and kept in a variable or used on the spot. What is stored in a field, returned or given to a function may get its listener there. ' +
        'Code at the top level of a module may end the program. Servers, pools and datagram sockets are reported at all.',
    },
    messages,
  },
  onNode: {
    CallExpression: (node, ctx) => check(node as ts.CallExpression, ctx),
    NewExpression: (node, ctx) => check(node as ts.NewExpression, ctx),
  },
});

const CANDIDATE = /^(spawn|fork|default|connect|createConnection|request|get|create\w+|Worker|WebSocket|WebSocketServer|Server|Pool|Client|on|once|addListener|crossSpawn)$/;

function check(call: CallNode, ctx: Context): void {
  const name = calledName(call);
  if (!CANDIDATE.test(name.getText()) && !is.new(call)) return;
  if (ctx.file.host === 'browser') return;
  checkConnection(call, ctx);
  const emitter = errorEmitterOf(call, ctx.model);
  if (!emitter || startsProgram(call, emitter)) return;
  const unheard = errorsUnheard(call, ctx.model);
  if (!unheard) return;
  const isStage = unheard.name === undefined && isPiped(call);
  ctx.report({
    message: emitter.seldom ? 'seldom' : isStage ? 'stage' : 'unheard',
    at: name,
    subject: call,
    data: { what: unheard.name?.text ?? `this ${emitter.noun}`, when: emitter.when },
    trace: [
      { at: call, text: `the ${emitter.noun} is made` },
      { at: unheard.use, text: unheard.name ? `no use of ${unheard.name.text} adds an error listener` : 'and used with no error listener' },
    ],
  });
}

/** At the top of a module the process may end; so it may when its server cannot start. */
function startsProgram(call: CallNode, { noun }: ErrorEmitter): boolean {
  const root = enclosingRoot(call);
  return is.sourceFile(root) || (noun === 'server' && is.constructor(root));
}

function isPiped(call: CallNode): boolean {
  const { parent } = outermostWrapper(call);
  const callee = is.propertyAccess(parent) ? parent : is.call(parent) ? parent.expression : undefined;
  return callee !== undefined && is.propertyAccess(callee) && callee.name.text === 'pipe';
}

function checkConnection(call: CallNode, ctx: Context): void {
  const taken = connectionTakenBy(call, ctx.model);
  const use = taken && connectionUnheard(taken.socket, ctx.model);
  if (!taken || !use) return;
  ctx.report({
    message: 'connection',
    at: taken.socket,
    subject: taken.socket,
    data: { what: taken.socket.text },
    trace: [
      { at: call, text: `${shortText(call.expression)} hands over each connection` },
      { at: use, text: `no use of ${taken.socket.text} in ${functionName(taken.fn)} adds an error listener` },
    ],
  });
}
