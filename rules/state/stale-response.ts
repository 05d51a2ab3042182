import {
  defineRule, enclosingRoot, forEachDescendant, is, isFunctionNode, skipWrappers,
  type CallNode, type EventOf, type FlowEvent, type FlowRoot, type FunctionFlow, type FunctionNode, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { interleaving, isShared, letsOthersIn, lockedThroughout } from '../support/interleaving.js';
import { looksAgain } from '../support/meanwhile.js';
import { derivation } from '../support/promise-values.js';
import { within } from '../support/settling-coverage.js';
import { storesIn, type Store } from '../support/stored-value.js';

const text = '{place} is given the answer to {input}, whichever comes last: an answer to an older {input} can replace the newer one';
const messages = {
  effect: { text, preset: 'strict', severity: 'warning', precision: 'medium' },
  event: { text, preset: 'strict', severity: 'warning', precision: 'medium' },
  emitter: { text, preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

/** What runs again: an effect or a listener, and what its input is. */
interface Source {
  readonly call: CallNode;
  readonly callback: FunctionNode;
  readonly kind: 'effect' | 'event' | 'emitter';
}

export default defineRule({
  meta: {
    id: 'stale-response',
    family: 'state',
    summary: 'answer of an older run stored over that of a newer one',
    question: 'race',
    encodes: [],
    origin: 'search fields, pages and trees in public projects that showed the answer to an earlier question',
    cwe: [362],
    docs: {
      why:
        'Requests are answered in any order. The user types on, the effect runs again, and the answer to the older question may come after the newer one: it is stored last and stays. ' +
        'The page then shows data of another item than the one that is chosen.',
      instead:
        'Let a new run put an end to the old one: in an effect, `let stale = false; load(id).then((x) => { if (!stale) setX(x); }); return () => { stale = true; };`. Elsewhere keep a ' +
        'ticket, `const mine = ++latest; const x = await load(q); if (mine !== latest) return;`, or abort the request before.',
      limits:
        'The request must depend on what changes from run to run: a dependency of the effect, the event, a field of an input. An effect that returns a clean-up which sets or aborts ' +
        'something is taken to be cured, and so is any look after the await at a place outside the function. Listeners of emitters on servers are reported at all.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    const { model } = ctx;
    const isContinuation = isThenCallback(flow.node);
    if (flow.all('await').length === 0 && !isContinuation) return;
    const stores = storesIn(flow, model);
    const source = stores.length > 0 ? sourceOf(flow.node, model) : undefined;
    if (!source || isCancelled(source)) return;
    for (const store of stores) check(store, source, flow, ctx);
  },
});

function check(store: Store, source: Source, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const asked = requestOf(store, flow, model);
  if (!asked || lockedThroughout(flow, flow.entry, store.event)) return;
  const input = inputOf(asked.request, source, model);
  if (!input || isLookedAt(store, asked.wait, flow, model)) return;
  const steps = { at: asked.request, text: `asks for ${input}` };
  const end = { at: store.node, text: `stores the older answer over the newer one` };
  const meanwhile = [{ at: source.call, text: again[source.kind] }, { at: asked.request, text: `asks for the newer ${input}` }, { at: store.node, text: 'stores its answer first' }];
  ctx.report({
    message: source.kind,
    at: store.node,
    subject: store.subject,
    data: { place: store.text, input },
    trace: asked.wait
      ? interleaving({ before: [steps], wait: asked.wait, meanwhile, after: [end] })
      : [{ ...steps, thread: 'A' }, ...meanwhile.map((step) => ({ ...step, thread: 'B' as const })), { ...end, thread: 'A' }],
  });
}

const again = { effect: 'the effect runs again', event: 'the event comes again', emitter: 'the event comes again' } as const;

// ── what is asked ──

/** The call whose answer is stored, and the wait for it; in a `then` callback the wait is before the function. */
function requestOf(store: Store, flow: FunctionFlow, model: SemanticModel): { readonly request: CallNode; readonly wait?: EventOf<'await'> } | undefined {
  for (const wait of flow.all('await')) {
    const operand = wait.operand && requestBehind(wait.operand);
    if (!operand || !is.call(operand) || !letsOthersIn(wait)) continue;
    const bound = wait.node.parent;
    const isUsed = within(wait.node, store.value) || (is.variableDeclaration(bound) && mentionsBinding(store.value, bound, model));
    if (isUsed && flow.pathTo(wait, (e) => e === store.event, { throws: 'none' })) return { request: operand, wait };
  }
  const { node } = flow;
  if (!isThenCallback(node) || !isFunctionNode(node) || !('parameters' in node)) return undefined;
  const [parameter] = node.parameters;
  const chain = skipWrappers((node.parent as ts.CallExpression).expression);
  const request = is.propertyAccess(chain) ? skipWrappers(chain.expression) : undefined;
  return parameter && request && is.call(request) && mentionsBinding(store.value, parameter, model) ? { request } : undefined;
}

/** `load(id)` of `load(id).catch(() => [])`. */
function requestBehind(operand: ts.Expression): ts.Expression {
  const derived = derivation(operand);
  return derived ? requestBehind(derived.source) : skipWrappers(operand);
}

function isThenCallback(fn: FlowRoot): boolean {
  if (is.sourceFile(fn)) return false;
  const { parent } = fn;
  return is.call(parent) && parent.arguments[0] === fn && is.propertyAccess(parent.expression) && parent.expression.name.text === 'then';
}

function mentionsBinding(value: ts.Expression, binding: ts.Node, model: SemanticModel): boolean {
  return namesIn(value).some((name) => model.symbolOf(name)?.declarations?.some((d) => within(d, binding)) === true);
}

// ── what runs again ──

/** The effect or listener in which the function stands, or that calls it. */
function sourceOf(fn: FlowRoot, model: SemanticModel): Source | undefined {
  for (let current: ts.Node = fn; !is.sourceFile(current); current = current.parent) {
    const callback = isFunctionNode(current) ? model.callbackOf(current) : undefined;
    const kind = callback?.effect?.repeating;
    if (!callback || !isFunctionNode(current)) continue;
    if (kind === 'effect') return hasDependencies(callback.call) ? { call: callback.call, callback: current, kind } : undefined;
    if (kind === 'event') return { call: callback.call, callback: current, kind: isTypedInto(callback.call) ? 'event' : 'emitter' };
  }
  return undefined;
}

const dependenciesOf = (call: CallNode): ts.Expression | undefined => call.arguments?.[1] && skipWrappers(call.arguments[1]);

function hasDependencies(call: CallNode): boolean {
  const given = dependenciesOf(call);
  return given !== undefined && is.arrayLiteral(given) && given.elements.length > 0;
}

/** Events that come faster than answers. */
function isTypedInto(call: CallNode): boolean {
  const [event] = call.arguments ?? [];
  return /addEventListener$/.test(call.expression.getText()) && event !== undefined && is.stringLiteral(event) && /^(input|change|keyup|keydown|scroll|select|popstate|hashchange|click)$/.test(event.text);
}

/** The effect hands back a clean-up that sets or aborts something; the listener does so before it asks. */
function isCancelled({ callback, kind }: Source): boolean {
  let cured = false;
  const visit = (node: ts.Node): void => {
    cured ||= (is.call(node) && is.propertyAccess(node.expression) && /^(abort|cancel|unsubscribe)$/.test(node.expression.name.text)) || /^(AbortController|signal)$/.test(is.identifier(node) ? node.text : '');
    if (kind === 'effect' && is.return(node) && enclosingRoot(node) === callback && node.expression) cured = true;
  };
  forEachDescendant(callback, visit);
  return cured;
}

/** What of the request changes from run to run; undefined where nothing does. */
function inputOf(request: CallNode, { call, callback, kind }: Source, model: SemanticModel): string | undefined {
  const names = (request.arguments ?? []).flatMap((argument) => namesIn(argument));
  const dependencies = kind === 'effect' ? namesIn(dependenciesOf(call)!).map((name) => model.symbolOf(name)) : [];
  const varies = names.find((name) => {
    const symbol = model.symbolOf(name);
    const declaration = symbol?.declarations?.[0];
    if (dependencies.includes(symbol)) return true;
    return kind !== 'effect' && declaration !== undefined && ((is.parameter(declaration) && declaration.parent === callback) || (name.parent.getText().endsWith('.value') && kind === 'event'));
  });
  const isPart = varies && is.propertyAccess(varies.parent) && varies.parent.expression === varies && !(is.call(varies.parent.parent) && varies.parent.parent.expression === varies.parent);
  return isPart ? varies.parent.getText() : varies?.text;
}

/** A look at something outside the function between the answer and the store. */
function isLookedAt(store: Store, wait: EventOf<'await'> | undefined, flow: FunctionFlow, model: SemanticModel): boolean {
  const alive = 'key' in store.subject ? looksAgain(store.subject, model) : (e: FlowEvent): boolean => e.kind === 'signal-check';
  const looks = (e: FlowEvent): boolean => alive(e) || (e.kind === 'guard' && flow.all('read').some((r) => isShared(r.place) && within(r.node, e.test)));
  const from = wait ?? flow.entry;
  return flow.pathTo(from, (e) => e === store.event, { avoiding: looks, throws: 'none' }) === undefined;
}

function namesIn(node: ts.Node): ts.Identifier[] {
  const names: ts.Identifier[] = [];
  const visit = (each: ts.Node): void => void (is.identifier(each) && !(is.propertyAccess(each.parent) && each.parent.name === each) && names.push(each));
  visit(node);
  forEachDescendant(node, visit);
  return names;
}
