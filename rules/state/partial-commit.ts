import {
  defineRule, enclosingRoot, forEachDescendant, is, isFunctionNode, shortText, skipWrappers, surely,
  type Access, type EventOf, type FlowEvent, type FunctionFlow, type Path, type Place, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { failureText } from '../support/failure-text.js';
import { inFailureHandler } from '../support/in-failure-handler.js';
import { wayThatLeaves } from '../support/left-behind.js';
import { isUnset } from '../support/meanwhile.js';
import { setsPlace } from '../support/place-writes.js';
import { within } from '../support/settling-coverage.js';
import { rootOf, speaksOf } from '../support/speaks-of.js';

const messages = {
  mark: { text: '{place} keeps {key} when {step} fails: whoever tries again is turned away though nothing was done', preset: 'strict', severity: 'warning', precision: 'medium' },
  entry: { text: '{place} keeps {key} when {step} fails: nothing takes it out again', preset: 'all', severity: 'note', precision: 'low' },
  returned: { text: '{place} keeps {key} when {step} fails: nothing takes it out again', preset: 'all', severity: 'note', precision: 'low' },
  flag: { text: '{place} stays true when {step} fails: whoever tries again is told that it is done', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Write = EventOf<'write'>;
type Wait = EventOf<'await'>;
/** What fails: a wait, or the promise that is handed to the caller. */
type Step = Wait | (EventOf<'return'> & { readonly operand: ts.Expression });

export default defineRule({
  meta: {
    id: 'partial-commit',
    family: 'state',
    summary: 'entry stored before a step that can fail, and never taken back',
    question: 'undo',
    encodes: ['TA-7', 'RG-7'],
    cwe: [460, 459],
    docs: {
      why:
        'The entry says: this is under way, or this is done. It is written first, and the step that would make it true comes after. When that step fails, the entry stays and lies: a message that failed once is taken for a ' +
        'duplicate for ever after, a task counts as pending that nobody was given, a service that never started says that it runs.',
      instead:
        'Write the entry once the step has succeeded. Where it must be there earlier, to keep others out, take it back on failure: `seen.add(id); try { await handle(id); } catch (error) { seen.delete(id); throw error; }`.',
      limits:
        'Fields and module variables only, and a step that speaks of the entry: it is given the key or the value, or is a method of the value. An entry that an early return before the step leaves as well is taken to be meant. A removal in any catch, finally or rejection handler in view counts, whoever runs it. A mark is ' +
        'strict where the same function turns away whoever finds it; what is meant to be tried once at most looks the same, and so a flag is reported at all only, as is the entry of a function that hands its promise on.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    const waits = flow.isAsync ? flow.all('await').length > 0 : flow.all('return').some(isHandedOn);
    if (!waits) return;
    for (const write of flow.all('write')) {
      if (write.cleanup || enclosingRoot(write.node) !== flow.node || (write.place.kind !== 'field' && write.place.kind !== 'module')) continue;
      const entry = entryBy(write, ctx.model);
      if (entry) checkEntry(write, entry, flow, ctx);
      else if (flow.isAsync && write.access === 'assign' && write.place.entry === undefined && write.value?.getText() === 'true') checkFlag(write, flow, ctx);
    }
  },
});

interface Entry {
  readonly collection: Place;
  readonly key: ts.Expression;
  /** Where there is one beside the key. */
  readonly value: ts.Expression | undefined;
}

/** `seen.add(id)`, `tasks.set(id, task)`, `queue.push(task)`, `tasks[id] = task`. */
function entryBy({ node, access, value }: Write, model: SemanticModel): Entry | undefined {
  if (access === 'add' && is.call(node) && is.propertyAccess(node.expression) && /^(set|add|push)$/.test(node.expression.name.text)) {
    const collection = model.place(node.expression.expression);
    const [key, kept] = node.arguments;
    return collection && key && !is.spread(key) ? { collection, key, value: kept } : undefined;
  }
  if (access !== 'assign' || !is.assignment(node) || !is.elementAccess(node.left) || isUnset(value)) return undefined;
  const collection = model.place(node.left.expression);
  return collection && { collection, key: node.left.argumentExpression, value };
}

function checkEntry(write: Write, entry: Entry, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const { collection, key, value } = entry;
  const accesses = model.accesses(collection);
  const removals = accesses.filter(removes);
  // In the function itself, a listener that it adds included, or where a failure is handled.
  if (removals.some((each) => within(each.node, flow.node) || inFailureHandler(each.node)) || changesEntry(write, entry, model)) return;
  const isAbout = (step: Step): boolean => [key, value].some((part) => part !== undefined && speaksOf(step.operand!, part, model));
  const failure = flow.isAsync ? failureAfter(write, collection, isAbout, flow, model) : failureHandedOn(write, collection, isAbout, flow, model);
  if (!failure || (value && model.isPromise(value) !== 'no')) return;
  const turnedAway = refusal(collection, write, flow);
  const reader = turnedAway ?? accesses.find((each) => each.kind === 'read' && each.fn !== flow.node)?.node;
  if (!reader || (!turnedAway && (removals.length === 0 || (flow.isAsync && staysWithout(failure, write, flow))))) return;
  report(!flow.isAsync ? 'returned' : turnedAway ? 'mark' : 'entry', write, collection, key.getText().length > 40 ? 'the entry' : key.getText(), failure, reader, ctx);
}

/** `const left = lists.get(key).filter(…); lists.set(key, left);`: the entry was there before. */
function changesEntry({ node }: Write, { collection, value }: Entry, model: SemanticModel): boolean {
  const kept = value && skipWrappers(model.resolveAlias(value));
  if (!kept || within(kept, node)) return false;
  let reads = false;
  forEachDescendant(kept, (part) => {
    reads ||= is.propertyAccess(part) && part.name.text === 'get' && model.place(part.expression)?.key === collection.key;
  });
  return reads;
}

/** `if (!config.isEnabled) return;` between the two: the entry is meant to stay where the step is not taken at all. */
function staysWithout(step: Step, write: Write, flow: FunctionFlow): boolean {
  return flow.pathTo(write, (e) => e.kind === 'return', { avoiding: (e) => e === step, throws: 'none', backEdges: false }) !== undefined;
}

/** An end is an end, whether all of it succeeds or not. */
const ENDED = /clos|destroy|dispos|stop|end(ed|ing)|abort|shut|finish|terminat/i;

/** `if (this.started) return; this.started = true; await this.connect();`, and nothing in view ever unsets it. */
function checkFlag(write: Write, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const { place } = write;
  if (ENDED.test(place.text)) return;
  const isUnsetSomewhere = model.accesses(place).some(({ kind, fn, value }) => kind === 'write' && value?.getText() !== 'true' && isFunctionNode(fn) && !is.constructor(fn));
  if (isUnsetSomewhere) return;
  const turnedAway = refusal(place, write, flow);
  const failure = turnedAway && failureAfter(write, place, () => true, flow, model);
  if (failure) report('flag', write, place, '', failure, turnedAway, ctx);
}

function report(message: keyof typeof messages, write: Write, place: Place, key: string, failure: Step, reader: ts.Node, ctx: Context): void {
  const step = failure.kind === 'await' ? failureText(failure) : shortText(failure.operand);
  ctx.report({
    message,
    at: write.node,
    subject: place,
    data: { place: place.text, key, step },
    trace: [
      { at: write.node, text: key ? `${key} goes into ${place.text}` : `${place.text} is set` },
      { at: failure.node, text: `${step} fails: control leaves here, and nothing takes it back` },
      { at: reader, text: message === 'entry' || message === 'returned' ? 'this still finds it' : 'the next call finds it and leaves' },
    ],
  });
}

/** The wait whose failure leaves the mark standing. */
function failureAfter(write: Write, place: Place, isAbout: (step: Step) => boolean, flow: FunctionFlow, model: SemanticModel): Wait | undefined {
  const path: Path | undefined = wayThatLeaves(write, (e) => e !== write && setsPlace(e, place, model), flow, 'await');
  const culprit = path?.thrown[0];
  if (culprit && isOfNextRound(culprit.node, write, flow, model)) return undefined;
  return culprit?.kind === 'await' && culprit.operand && isAbout(culprit) && surely(model.canReject(culprit.operand)) && !isHandled(path!, place) ? culprit : undefined;
}

const isHandedOn = ({ value }: EventOf<'return'>): boolean => value !== undefined && is.call(skipWrappers(value));

/** `marks[id] = true; return this.load(id);`, in a function that is no async one: the failure is the caller's, and the mark stays. */
function failureHandedOn(write: Write, place: Place, isAbout: (step: Step) => boolean, flow: FunctionFlow, model: SemanticModel): Step | undefined {
  for (const end of flow.all('return')) {
    if (!isHandedOn(end) || model.isPromise(end.value!) === 'no' || !surely(model.canReject(end.value!))) continue;
    const step = { ...end, operand: end.value! };
    if (isAbout(step) && flow.pathTo(write, (e) => e === end, { throws: 'none', avoiding: (e) => e !== write && setsPlace(e, place, model) })) return step;
  }
  return undefined;
}

/** Comes round again to a step before the write, which is then about the next item of the loop. */
function isOfNextRound(step: ts.Node, write: Write, flow: FunctionFlow, model: SemanticModel): boolean {
  const loop = flow.at(write.node)[0]?.loops.at(-1);
  const entry = entryBy(write, model);
  const key = entry && rootOf(entry.key);
  const declared = key && model.symbolOf(key)?.declarations?.[0];
  return loop !== undefined && step.end <= write.node.pos && declared !== undefined && within(declared, loop);
}

/** A catch on the way that speaks of the place sees to it. */
function isHandled(path: Path, place: Place): boolean {
  const name = place.path.at(-1) ?? place.text;
  return path.events.some((e) => is.catchClause(e.node) && e.node.getText().includes(name));
}

/** The test, before the mark is made, that sends away whoever finds it made. */
function refusal(place: Place, write: Write, flow: FunctionFlow): ts.Node | undefined {
  for (const guard of flow.all('guard')) {
    const looks = flow.all('read').some((r) => (r.place.key === place.key || r.place.key === write.place.key) && guard.test.pos <= r.node.pos && r.node.end <= guard.test.end);
    if (guard.form !== 'truthy' || !looks || is.prefixUnary(guard.test) || is.binary(guard.test)) continue;
    const leaves = flow.pathTo(guard, (e) => e.kind === 'return' || e.kind === 'throw', { firstEdge: 'true', throws: 'throw', backEdges: false, avoiding: isWork });
    const goesOn = flow.pathTo(guard, (e) => e === write, { firstEdge: 'false', throws: 'none', backEdges: false });
    if (leaves && goesOn && !flow.pathTo(guard, (e) => e === write, { firstEdge: 'true', throws: 'none', backEdges: false })) return guard.node;
  }
  return undefined;
}

const isWork = (e: FlowEvent): boolean => e.kind === 'await' || e.kind === 'write';

function removes({ kind, access, value, place }: Access): boolean {
  return kind === 'write' && (access === 'remove' || access === 'clear' || access === 'mutate' || (access === 'assign' && (place.entry === undefined || isUnset(value))));
}
