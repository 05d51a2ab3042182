import {
  defineRule, enclosingRoot, forEachDescendant, is, isFunctionNode, skipWrappers,
  type CallNode, type EventOf, type FlowEvent, type FunctionFlow, type FunctionNode, type LockRef, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { lastCalledName } from '../support/promise-values.js';
import { readsBeforeLock, type ReadBeforeLock } from '../support/read-before-lock.js';

const earlier = '{name} was read before the wait for {lock}: whoever had it meanwhile may have changed {what}, and this undoes it';
const messages = {
  split: { text: '{name} was read in an earlier section of {lock}: what it says of {what} may be over by now', preset: 'all', severity: 'note', precision: 'low' },
  earlier: { text: earlier, preset: 'all', severity: 'note', precision: 'low' },
  earlierPerhaps: { text: earlier, preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'split-critical-section',
    family: 'locks',
    summary: 'value read in one section and relied on in a later one of that lock',
    question: 'race',
    encodes: ['RG-7'],
    cwe: [367, 366],
    docs: {
      why:
        'Between two sections of one lock the lock is free. What the first section read is true only until it ends: another task gets its turn in between and changes it, and the second section writes what follows from ' +
        'the old value. Both sections are under the lock, so the code looks safe; the decision that joins them is not.',
      instead:
        'Read and write in one section; or, where slow work must be done without the lock, look again in the second section before acting: `if (this.items.has(id)) return`.',
      limits:
        'Two sections in one function, on one lock known by its place. What is read and written are fields, module variables, or one object by methods that read (`get`, `load`, `find`) and write (`set`, `save`, `update`) by ' +
        'their names; a value read before the one section of a function counts where that section writes it back. The second section must mention what the first gave, or run only because of it, and not look at the place again, itself or through a method.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    for (const each of readsBeforeLock(flow, ctx.model)) reportEarlier(each, ctx);
    const sections = sectionsIn(flow, ctx.model);
    for (const first of sections) {
      for (const second of sections) {
        if (first === second || first.lock.key !== second.lock.key) continue;
        if (!flow.pathTo(first.end, (e) => e === second.start, { throws: 'none', backEdges: false })) continue;
        if (check(first, second, flow, ctx)) return;
      }
    }
  },
});

/** Code that runs under a lock: the callback of a section, or what lies between an acquire and its release. */
interface Section {
  readonly lock: LockRef;
  readonly start: FlowEvent;
  readonly end: FlowEvent;
  readonly flow: FunctionFlow;
  readonly events: readonly FlowEvent[];
  readonly call: CallNode;
}

function sectionsIn(flow: FunctionFlow, model: SemanticModel): Section[] {
  const inCallbacks = flow.all('call').flatMap((event): Section[] => {
    const [lock] = enclosingRoot(event.call) === flow.node ? model.sectionsOf(event.call) : [];
    const body = (event.call.arguments ?? []).map((argument) => skipWrappers(argument)).find(isFunctionNode) as FunctionNode | undefined;
    if (!lock || lock.names.length === 0 || !body || model.isExclusive(lock) === 'no') return [];
    return [{ lock, start: event, end: event, flow: model.flow(body), events: model.flow(body).events, call: event.call }];
  });
  const betweenCalls = flow.all('acquire').flatMap((event): Section[] => {
    if (event.lock.names.length === 0 || model.isExclusive(event.lock) !== 'yes') return [];
    const events = eventsUnder(event, flow);
    const release = events.find((e) => e.kind === 'release' && e.lock.key === event.lock.key);
    return release ? [{ lock: event.lock, start: event, end: release, flow, events, call: event.call }] : [];
  });
  return [...inCallbacks, ...betweenCalls];
}

/** What can be reached from the acquire before its release, that included. */
function eventsUnder(acquire: EventOf<'acquire'>, flow: FunctionFlow): readonly FlowEvent[] {
  const reached = new Set<FlowEvent>();
  const lets = (e: FlowEvent): boolean => e.kind === 'release' && e.lock.key === acquire.lock.key;
  const note = (e: FlowEvent): boolean => {
    reached.add(e);
    return false;
  };
  flow.pathTo(acquire, note, { avoiding: lets, throws: 'none', correlate: false });
  return [...reached];
}

function check(first: Section, second: Section, flow: FunctionFlow, ctx: Context): boolean {
  const { model } = ctx;
  const carried = carriedOut(first, flow);
  const use = carried.flatMap((name) => usesIn(name, second, flow, model))[0];
  const what = use && (staleField(first, second, model) ?? staleObject(first, second, use));
  if (!use || !what) return false;
  ctx.report({
    message: 'split',
    at: use,
    subject: what.write,
    data: { name: use.text, lock: second.lock.text, what: what.text },
    trace: [
      { at: what.read, text: `reads ${what.text} under ${first.lock.text}`, thread: 'A' },
      { at: first.end.node, text: `lets ${first.lock.text} go`, thread: 'A' },
      { at: second.start.node, text: `another task has ${second.lock.text} in between and changes ${what.text}`, thread: 'B' },
      { at: use, text: `relies on ${use.text} from the earlier section`, thread: 'A' },
      { at: what.write, text: `changes ${what.text} by it`, thread: 'A' },
    ],
  });
  return true;
}

function reportEarlier({ acquire, name, place, read, write, isSure }: ReadBeforeLock, ctx: Context): void {
  const { lock, node } = acquire;
  ctx.report({
    message: isSure ? 'earlier' : 'earlierPerhaps',
    at: name,
    subject: place,
    data: { name: name.text, lock: lock.text, what: place.text },
    trace: [
      { at: read, text: `reads ${place.text} without ${lock.text}`, thread: 'A' },
      { at: node, text: `waits here until ${lock.text} is free`, thread: 'A' },
      { at: write, text: `has ${lock.text} meanwhile and writes ${place.text}`, thread: 'B' },
      { at: write, text: `writes it from ${name.text}, which is from before: B’s change is lost`, thread: 'A' },
    ],
  });
}

/** Variables of the function that get their value in the section: from its result, or by an assignment inside. */
function carriedOut({ call, events, flow: body }: Section, flow: FunctionFlow): ts.Identifier[] {
  const names: ts.Identifier[] = [];
  for (let node: ts.Node = call; !is.block(node) && !is.sourceFile(node); node = node.parent) {
    if (body !== flow && is.variableDeclaration(node.parent) && is.identifier(node.parent.name)) names.push(node.parent.name);
    if (body !== flow && is.assignment(node.parent) && is.identifier(node.parent.left)) names.push(node.parent.left);
  }
  for (const event of events) {
    if (event.kind !== 'write' || event.access !== 'assign' || event.place.path.length > 0) continue;
    const declaration = event.place.root?.declarations?.[0];
    if (declaration && is.variableDeclaration(declaration) && is.identifier(declaration.name) && enclosingRoot(declaration) === flow.node) names.push(declaration.name);
  }
  return names;
}

/** Mentions inside the section, or in a test that decides whether it runs. */
function usesIn(name: ts.Identifier, section: Section, flow: FunctionFlow, model: SemanticModel): ts.Identifier[] {
  const symbol = model.symbolOf(name);
  const found: ts.Identifier[] = [];
  const look = (node: ts.Node): void => {
    if (is.identifier(node) && node.text === name.text && node !== name && model.symbolOf(node) === symbol) found.push(node);
  };
  const roots = section.flow === flow ? section.events.flatMap((e) => (e.kind === 'write' && e.value ? [e.value] : e.kind === 'guard' ? [e.test] : e.kind === 'call' ? [...(e.call.arguments ?? [])] : [])) : [...(section.call.arguments ?? [])];
  for (const root of roots) {
    look(root);
    forEachDescendant(root, look);
  }
  for (const guard of flow.all('guard')) {
    const isDecided = (['true', 'false'] as const).some((edge) => !flow.pathTo(guard, (e) => e === section.start, { firstEdge: edge, throws: 'none', backEdges: false })) && flow.pathTo(guard, (e) => e === section.start, { throws: 'none', backEdges: false });
    if (!isDecided) continue;
    look(guard.test);
    forEachDescendant(guard.test, look);
  }
  return found;
}

interface Stale {
  readonly text: string;
  readonly read: ts.Node;
  readonly write: ts.Node;
}

/** A field or module variable that the first section reads and the second writes without another look. */
function staleField(first: Section, second: Section, model: SemanticModel): Stale | undefined {
  const looked = new Set(second.events.flatMap((e) => (e.kind === 'read' ? [e.place.key] : e.kind === 'call' ? model.call(e.call).targets.flatMap((fn) => [...model.summary(fn).reads]) : [])));
  for (const write of second.events) {
    if (write.kind !== 'write' || (write.place.kind !== 'field' && write.place.kind !== 'module') || looked.has(write.place.key)) continue;
    const read = first.events.find((e) => e.kind === 'read' && e.place.key === write.place.key);
    if (read?.kind === 'read') return { text: read.place.text, read: read.node, write: write.node };
  }
  return undefined;
}

const READS = /^(?:get|read|load|fetch|find|query|select|count|has|exists|peek|balance)/i;
const WRITES = /^(?:set|put|write|save|store|update|insert|add|delete|remove|book|transfer|commit|increment|decrement)/i;

/** One object that the first section asks and the second changes, by the names of its methods. */
function staleObject(first: Section, second: Section, use: ts.Identifier): Stale | undefined {
  const asked = second.events.flatMap((e) => (e.kind === 'call' && READS.test(lastCalledName(e.call)) ? [receiverText(e.call)] : []));
  for (const write of second.events) {
    if (write.kind !== 'call' || !WRITES.test(lastCalledName(write.call)) || !mentions(write.call, use.text)) continue;
    const object = receiverText(write.call);
    const read = first.events.find((e) => e.kind === 'call' && READS.test(lastCalledName(e.call)) && receiverText(e.call) === object);
    if (object !== undefined && read && !asked.includes(object)) return { text: object, read: read.node, write: write.call };
  }
  return undefined;
}

function receiverText(call: CallNode): string | undefined {
  const callee = skipWrappers(call.expression);
  return is.propertyAccess(callee) ? callee.expression.getText() : undefined;
}

const mentions = (call: CallNode, name: string): boolean => (call.arguments ?? []).some((argument) => new RegExp(`\\b${name}\\b`).test(argument.getText()));
