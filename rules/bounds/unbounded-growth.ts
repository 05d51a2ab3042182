import {
  defineRule, enclosingRoot, is, isFunctionNode, shortText, skipWrappers, surely,
  type EventOf, type FunctionFlow, type Place, type RemoteEvent, type RuleContext, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { broughtBy } from '../support/brought-by-event.js';
import { isEmpty, isKeptSmall } from '../support/kept-small.js';

const keyed = '{place} gets an entry for every new {key}, and nothing in view takes one out';
const listed = '{place} gets longer with every {event}, and nothing in view makes it shorter';
const messages = {
  keyed: { text: keyed, preset: 'all', severity: 'note', precision: 'low' },
  listed: { text: listed, preset: 'all', severity: 'note', precision: 'low' },
  keyedPerhaps: { text: keyed, preset: 'all', severity: 'note', precision: 'low' },
  keyedByCaller: { text: keyed, preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Write = EventOf<'write'>;

export default defineRule({
  meta: {
    id: 'unbounded-growth',
    family: 'bounds',
    summary: 'a long-lived collection that grows at run time and never shrinks',
    question: 'growth',
    encodes: ['PS-C5', 'RG-10', 'RG-17'],
    cwe: [401, 770],
    docs: {
      why:
        'A map with an entry per client, session or id is small on the day it is written and holds a week of traffic on the day the process dies of it. Where the key comes with a request, ' +
        'whoever sends requests decides how much memory goes: a new address or a random id each time is enough. Lists of subscribers, results or pending answers that only ever grow are the same leak with no key.',
      instead:
        'Take the entry out where its life ends: on close, on answer, in a finally. For caches use one with a size and an age (lru-cache), or drop the oldest when `size` passes a limit. Where the key is an ' +
        'object that somebody else owns, a WeakMap lets go with it.',
      limits:
        'Only maps, sets, arrays and plain objects that live as long as the program count: module variables, fields of instances that handlers share, variables of a middleware factory. A delete, clear, splice, ' +
        'shift, replacement or look at the size anywhere in view is taken as the bound, whatever it does; so is handing the collection itself to other code. Keys of a fixed set of values, classes and functions are silent. ' +
        'The surest message needs the handler in view, and a key or value that comes with its event.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (is.sourceFile(flow.node) || is.constructor(flow.node)) return;
    for (const write of flow.all('write')) if (enclosingRoot(write.node) === flow.node) check(write, flow, ctx);
  },
});

function check(write: Write, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const growth = growthBy(write, model);
  if (!growth || !isPlainCollection(growth.collection)) return;
  const { collection, key, value } = growth;
  const event = model.remoteEvent(flow.node);
  const brought = event && [key, value].find((part) => part && broughtBy(event, part, model));
  if (key && isProgramsOwn(key, brought !== undefined, model)) return;
  const life = event ? lifeBeyond(event, collection, flow, model) : outlives(collection, flow, model);
  if (!life || isKeptSmall(collection, model)) return;
  const message = brought && ctx.file.host === 'node' ? (key ? 'keyed' : 'listed') : messageElsewhere(growth, flow, ctx);
  if (!message) return;
  const place = collection.text;
  ctx.report({
    message,
    at: write.node,
    subject: collection,
    data: { place, key: key ? shortText(key) : '', event: event?.kind ?? 'call' },
    trace: [...life, ...(event ? wayOf(event) : []), { at: write.node, text: key ? `${place} keeps what is stored under ${shortText(key)}` : `${place} keeps what is added here` }],
  });
}

function wayOf(event: RemoteEvent): TraceStep[] {
  return [{ at: event.node, text: event.text }, ...event.calls.map((call) => ({ at: call, text: `calls ${shortText(call.expression)}` }))];
}

/** Without an event in view: what a function that runs again puts under a key that it is given. */
function messageElsewhere({ key, collection }: Growth, flow: FunctionFlow, ctx: Context): keyof typeof messages | undefined {
  if (!key || !surely(ctx.model.repeatable(flow.node)) || SETS_UP.test(flow.name.replace(/^.*\./, '')) || PROGRAMS_OWN.test(key.getText()) || runsAtLoad(flow.node, ctx.model)) return undefined;
  const isUnique = UNIQUE.test(key.getText());
  return isUnique && ctx.file.host === 'node' && collection.kind === 'module' ? 'keyedPerhaps' : 'keyedByCaller';
}

/** A new value each time it is evaluated. */
const UNIQUE = /randomUUID|nanoid|uuid|Date\.now|\+\+|ulid|performance\.now/i;
/** Names of what a program consists of. */
const PROGRAMS_OWN = /(?:plugin|hook|handler|adapter|provider|module|service|extension|environment|locale|language|suffix|constructor|class|schema|mechanism|feature)s?\b/i;
/** Called while a program is put together. */
const SETS_UP = /^_?(?:register|define|use|add|declare|extend|install|configure|mount|plugin|load|init|setup|set|on|subscribe|provide|build|parse|compile)/i;

// ── what grows ────────────────────────────────────────────────────────────────────────────────────────

interface Growth {
  readonly collection: Place;
  /** Undefined for lists. */
  readonly key: ts.Expression | undefined;
  readonly value: ts.Expression | undefined;
}

/** `map.set(k, v)`, `set.add(v)`, `list.push(v)`, `record[k] = v`. */
function growthBy(write: Write, model: SemanticModel): Growth | undefined {
  const { node } = write;
  if (is.call(node) && write.access === 'add' && is.propertyAccess(node.expression)) {
    const collection = model.place(node.expression.expression);
    const isList = /^(?:push|unshift)$/.test(node.expression.name.text);
    return collection && { collection, key: isList ? undefined : node.arguments[0], value: node.arguments.at(-1) };
  }
  const target = is.assignment(node) ? skipWrappers(node.left) : undefined;
  if (!target || !is.elementAccess(target) || write.access !== 'assign') return undefined;
  const collection = isEmpty(write.value) || isIndex(target.argumentExpression, model) ? undefined : model.place(target.expression);
  return collection && { collection, key: target.argumentExpression, value: write.value };
}

/** The counter of a loop. */
function isIndex(key: ts.Expression, model: SemanticModel): boolean {
  const declaration = is.identifier(key) ? model.symbolOf(key)?.declarations?.[0] : undefined;
  return declaration !== undefined && is.variableDeclaration(declaration) && is.iteration(declaration.parent.parent) && !is.forOf(declaration.parent.parent);
}

/** Made by the language and nothing more: another class may have a bound of its own. */
function isPlainCollection(collection: Place): boolean {
  if (collection.path.length > (collection.kind === 'field' ? 1 : 0) || collection.entry !== undefined) return false;
  const declaration = collection.root?.declarations?.[0];
  if (!declaration || !(is.variableDeclaration(declaration) || is.propertyDeclaration(declaration))) return false;
  const initial = declaration.initializer && skipWrappers(declaration.initializer);
  if (initial && is.new(initial)) return /^(?:Map|Set)$/.test(initial.expression.getText());
  if (initial && is.objectLiteral(initial)) return initial.properties.length === 0;
  if (initial && is.arrayLiteral(initial)) return true;
  return /^(?:Map|Set|Array)<|\[\]$/.test(declaration.type?.getText() ?? '');
}

/** Spelt out in the program, or one of its classes and functions. */
function isProgramsOwn(key: ts.Expression, isBrought: boolean, model: SemanticModel): boolean {
  const isFixed = model.hasFixedValues(key);
  return isFixed === 'yes' || (isFixed === 'unknown' && !isBrought) || surely(model.isCallable(key)) || surely(model.hasMember(key, CLASS_MEMBERS));
}
const CLASS_MEMBERS: ReadonlySet<string> = new Set(['prototype']);

// ── how long it lives ─────────────────────────────────────────────────────────────────────────────────

/** Where the collection is made, if it outlives the event that adds to it: what dies with a connection or request is no leak. */
function lifeBeyond(event: RemoteEvent, collection: Place, flow: FunctionFlow, model: SemanticModel): TraceStep[] | undefined {
  const declaration = collection.root?.declarations?.[0];
  if (!declaration) return undefined;
  const life = [{ at: declaration, text: `${collection.text} lives on from one ${event.kind} to the next` }];
  if (collection.kind === 'module') return life;
  // A variable of the call itself dies with it.
  if (collection.kind === 'local') return undefined;
  const isOfConnection = is.callOrNew(event.node) && is.propertyAccess(event.node.expression) && surely(model.hasTrait(event.node.expression.expression, 'socket'));
  if (isOfConnection) return undefined;
  if (collection.kind === 'captured') return isMadePerEvent(enclosingRoot(declaration), model) ? undefined : life;
  return isSharedInstance(event, flow, model) ? life : undefined;
}

function isMadePerEvent(maker: ReturnType<typeof enclosingRoot>, model: SemanticModel): boolean {
  for (let root = maker; !is.sourceFile(root); root = enclosingRoot(root)) if (model.remoteEvent(root)) return true;
  return false;
}

/** Does the handler reach the instance through something that was there before the event? */
function isSharedInstance(event: RemoteEvent, flow: FunctionFlow, model: SemanticModel): boolean {
  const receivers = event.calls.flatMap((call) => {
    const callee = skipWrappers(call.expression);
    return is.propertyAccess(callee) && isFunctionNode(enclosingRoot(call)) ? [{ object: skipWrappers(callee.expression), root: enclosingRoot(call) }] : [];
  });
  // The nearest call on another object than `this` shows where the instance comes from; none: the handler is its own method.
  const foreign = receivers.findLast(({ object }) => !is.this(object));
  if (!foreign) return !isMadePerEvent(model.classOf(flow.node)?.node ? enclosingRoot(model.classOf(flow.node)!.node) : flow.node, model);
  const place = model.place(foreign.object);
  return place !== undefined && (place.kind === 'module' || place.kind === 'field' || place.kind === 'captured') && model.isFresh(foreign.object, foreign.root) === 'no';
}

/** With no event in view only what the program keeps for good counts. */
function outlives(collection: Place, flow: FunctionFlow, model: SemanticModel): TraceStep[] | undefined {
  const declaration = collection.root?.declarations?.[0];
  const isKept = collection.kind === 'module' || (collection.kind === 'field' && surely(model.repeatable(flow.node)) && isMadeAtLoad(flow.node, model));
  return declaration && isKept ? [{ at: declaration, text: `${collection.text} is made here` }] : undefined;
}

/** An instance that the module itself makes lives as long as the program; of others nobody knows. */
function isMadeAtLoad(method: FunctionFlow['node'], model: SemanticModel): boolean {
  const name = model.classOf(method)?.name;
  return name !== undefined && model.identifiersNamed(name).some(({ parent }) => is.new(parent) && is.sourceFile(enclosingRoot(parent)));
}

/** Every call in view stands at module level, itself or by its callers. */
function runsAtLoad(fn: FunctionFlow['node'], model: SemanticModel, depth = 0): boolean {
  if (is.sourceFile(fn)) return true;
  const callers = depth < 3 ? model.callersOf(fn) : [];
  return callers.length > 0 && callers.every((call) => runsAtLoad(enclosingRoot(call), model, depth + 1));
}
