import {
  defineRule, enclosingRoot, forEachDescendant, is, isFunctionNode, shortText, skipWrappers, surely,
  type CallNode, type EventOf, type FunctionFlow, type Place, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { calledName, lastCalledName } from '../support/promise-values.js';
import { within } from '../support/settling-coverage.js';

const messages = {
  everyTurn: { text: '{call} is awaited anew for each of {items}, and nothing in it changes from one to the next', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'repeated-await',
    family: 'bounds',
    summary: 'a loop that awaits the same call with the same arguments each time round',
    question: 'number',
    encodes: ['TA-8'],
    cwe: [1050],
    docs: {
      why:
        'The same question, asked once per item: a loop over a thousand orders loads one and the same configuration a thousand times, one round trip after the other. It is quick with the ten items of the test, and the other side pays for it, too. ' +
        'And an answer that changes halfway lets one half of the items be treated unlike the other.',
      instead: 'Await it once before the loop, and hand the value in: `const rates = await loadRates(); for (const order of orders) …`. Where items may never come, keep the promise and await that.',
      limits:
        'Calls that by their name fetch or work out something, in loops over a list and in callbacks run for each item, unless the turn may skip them. What the turn itself may change, what comes next in a line (`next`, `read`), ' +
        'locks, random and temporary things, statuses that are polled, functions that keep their answer, and lists of fixed length are silent.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const event of flow.all('await')) if (event.form === 'await' && enclosingRoot(event.node) === flow.node) check(event, flow, ctx);
  },
});

function check(event: EventOf<'await'>, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const call = event.operand && skipWrappers(event.operand);
  if (!call || !is.call(call) || !FETCHES.test(lastCalledName(call)) || STATEFUL.test(calledName(call).getText()) || STATEFUL.test(receiverOf(call)?.getText() ?? '')) return;
  const turn = turnOf(event, flow, model);
  if (!turn || model.bound(turn.items).bounded === 'yes' || !isAlwaysRun(event.node, turn.body)) return;
  if (!isInvariant(call, turn, flow, model) || keepsItsAnswer(call, model) || mayBeChanged(call, turn, model)) return;
  ctx.report({
    message: 'everyTurn',
    at: calledName(call),
    subject: call,
    data: { call: shortText(call), items: shortText(turn.items) },
    trace: [{ at: turn.items, text: 'one turn for each of these' }, { at: call, text: 'asks the same each time' }],
  });
}

const FETCHES = /^(?:get|load|fetch|find|look_?up|resolve|read|query|list|describe|normali[sz]e|parse|compute|determine|detect|ask)(?:[A-Z_]\w+)$/;
/** Whose answer is another each time, or is asked for because it may be. */
const STATEFUL = /next|random|token|nonce|lock|lease|slot|turn|ticket|connection|cache|memo|status|state|progress|balance|count|size|time|date|now|version|latest|pending|remaining|available|queue|cursor|reader|iterator|page|chunk|line|prompt|confirm|answer|mock|stub/i;

interface Turn {
  readonly items: ts.Expression;
  /** What runs for each. */
  readonly body: ts.Node;
  /** Everything that is another for each: the loop or callback with its variables. */
  readonly scope: ts.Node;
  readonly loop: ts.IterationStatement | undefined;
}

function turnOf({ loops }: EventOf<'await'>, { node: root }: FunctionFlow, model: SemanticModel): Turn | undefined {
  const loop = loops.at(-1);
  if (loop) return is.forOf(loop) && !loop.awaitModifier ? { items: loop.expression, body: loop.statement, scope: loop, loop } : undefined;
  const callback = isFunctionNode(root) ? model.callbackOf(root) : undefined;
  if (!callback || callback.effect?.repeating !== 'items' || !isFunctionNode(root) || !root.body) return undefined;
  const items = is.propertyAccess(callback.call.expression) && callback.arg === 0 ? callback.call.expression.expression : callback.call.arguments?.[0];
  return items && { items, body: root.body, scope: root, loop: undefined };
}

/** No branch, handler or short circuit of the turn goes past it. */
function isAlwaysRun(node: ts.Node, body: ts.Node): boolean {
  for (let child = node; child !== body; child = child.parent) {
    const { parent } = child;
    if (is.if(parent) || is.conditional(parent) || is.try(parent) || is.catchClause(parent) || is.iteration(parent)) return false;
    if (is.binary(parent) && /^(?:&&|\|\||\?\?)=?$/.test(parent.operatorToken.getText()) && parent.right === child) return false;
    if (parent.getText().startsWith('switch') && !is.block(parent)) return false;
  }
  return true;
}

/** `store(mapping, repository)` beside `lookUp(name, repository)`: what both are given may hold the answer. */
function changesWhatIsGiven(other: CallNode, call: ts.CallExpression, model: SemanticModel): boolean {
  if (!CHANGES.test(lastCalledName(other))) return false;
  return call.arguments.some((own) => mayHoldMore(own, model) && (other.arguments ?? []).some((given) => given.getText() === own.getText()));
}

/** A name whose declaration does not say that it is a plain value. */
function mayHoldMore(argument: ts.Expression, model: SemanticModel): boolean {
  const value = skipWrappers(argument);
  const declaration = is.identifier(value) ? model.symbolOf(value)?.declarations?.[0] : undefined;
  const isPlain = declaration !== undefined && (is.parameter(declaration) || is.variableDeclaration(declaration)) && /^(?:string|number|boolean|bigint)\b/.test(declaration.type?.getText() ?? '');
  return (is.identifier(value) || is.propertyAccess(value)) && !isPlain;
}

const CHANGES = /^(?:store|save|set|put|update|write|add|insert|delete|remove|apply|register|sync|migrate|create|upsert|link|merge)(?:[A-Z_]\w*)?$/;

function receiverOf(call: ts.CallExpression): ts.Expression | undefined {
  const callee = skipWrappers(call.expression);
  return is.propertyAccess(callee) ? callee.expression : undefined;
}

// ── the same each time ──

/** Everything named in the call is made before the loop and written by nothing in it. */
function isInvariant(call: ts.CallExpression, turn: Turn, flow: FunctionFlow, model: SemanticModel): boolean {
  const written = flow.all('write').filter((write) => within(write.node, turn.scope)).map(({ place }) => place);
  const byCallees = callsIn(turn.body).flatMap((other) => model.call(other).targets.flatMap((fn) => [...model.summary(fn).writes]));
  let same = true;
  forEachDescendant(call, (node) => {
    if (is.callOrNew(node) || isFunctionNode(node) || is.await(node)) same = false;
    if (!is.identifier(node) || (is.propertyAccess(node.parent) && node.parent.name === node) || is.propertyAssignment(node.parent)) return;
    const declaration = model.symbolOf(node)?.declarations?.[0];
    if (declaration && within(declaration, turn.scope)) same = false;
  });
  if (!same) return false;
  const looked = placesIn(call, model);
  return looked.every((place) => !written.some((other) => touches(other, place)) && !byCallees.some((key) => key === place.key || place.key.startsWith(`${key}.`)));
}

function placesIn(call: ts.CallExpression, model: SemanticModel): readonly Place[] {
  const places: Place[] = [];
  forEachDescendant(call, (node) => {
    const place = is.identifier(node) || is.propertyAccess(node) ? model.place(node) : undefined;
    if (place) places.push(place);
  });
  return places;
}

const touches = (written: Place, looked: Place): boolean => looked.key === written.key || looked.key.startsWith(`${written.key}.`);

function callsIn(scope: ts.Node): CallNode[] {
  const calls: CallNode[] = [];
  forEachDescendant(scope, (node) => {
    if (is.callOrNew(node)) calls.push(node);
  });
  return calls;
}

/** A body in view that stores what it finds, or never waits: asking again costs nothing. */
function keepsItsAnswer(call: ts.CallExpression, model: SemanticModel): boolean {
  return model.call(call).targets.some((fn) => {
    const { reads, writes, maySuspend } = model.summary(fn);
    return maySuspend === 'no' || [...writes].some((key) => reads.has(key) || [...reads].some((read) => read.startsWith(key)));
  });
}

/** Another call of the turn that may change the answer: of the same receiver, of the same thing, or one that writes what this one reads. */
function mayBeChanged(call: ts.CallExpression, turn: Turn, model: SemanticModel): boolean {
  const receiver = receiverOf(call);
  const thing = lastCalledName(call).replace(/^[a-z]+_?/, '').replace(/(?:s|By[A-Z]\w*|All)$/, '').toLowerCase();
  const reads = new Set(model.call(call).targets.flatMap((fn) => [...model.summary(fn).reads]));
  return callsIn(turn.body).some((other) => {
    if (other === call || within(other, call)) return false;
    const name = lastCalledName(other);
    if (thing.length > 2 && name.toLowerCase().includes(thing)) return true;
    const owner = is.call(other) ? receiverOf(other) : undefined;
    const sameReceiver = receiver !== undefined && !is.this(receiver) && owner !== undefined && !FETCHES.test(name) && (owner.getText() === receiver.getText() || surely(model.sameValue(owner, receiver)));
    return sameReceiver || changesWhatIsGiven(other, call, model) || model.call(other).targets.some((fn) => [...model.summary(fn).writes].some((key) => reads.has(key)));
  });
}
