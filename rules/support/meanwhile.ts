import {
  enclosingRoot, is, isFunctionNode, shortText, skipWrappers,
  type Access, type EventOf, type EventTest, type FlowEvent, type FlowRoot, type FunctionFlow, type Overlap, type Place, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { isShared, letsOthersIn } from './interleaving.js';

/** A change of a place by another function, or by another activation of the same, that can come while this one waits. */
export interface Meanwhile {
  readonly access: Access;
  /** How sure it is that the other function runs then. */
  readonly overlap: Overlap;
  readonly name: string;
}

const RANK = { none: 0, assumed: 1, exposed: 2, shown: 3 } as const;

/**
 * The surest change of the place that others make while `flow` is suspended, before they wait themselves: what they do behind a wait
 * may wait for this very activation. With `present`, only changes made although the place is filled.
 */
export function changedMeanwhile(place: Place, flow: FunctionFlow, model: SemanticModel, wanted: (access: Access) => boolean, present = false): Meanwhile | undefined {
  let best: Meanwhile | undefined;
  for (const access of model.accesses(place)) {
    if (access.kind !== 'write' || !wanted(access) || !canComeMeanwhile(access, flow) || !isSameObject(access.fn, flow.node, place, model) || isKeptOut(access, place, flow, model)) continue;
    const overlap = startedHere(access.fn, flow, model) ?? overlapByOthers(access.fn, model);
    if (access.fn === flow.node && overlap.grade !== 'shown') continue;
    if (RANK[overlap.grade] <= RANK[best?.overlap.grade ?? 'none']) continue;
    const other = model.flow(access.fn);
    const reached = (e: FlowEvent): boolean => e.kind === 'write' && e.node === access.node;
    const waits: EventTest = (e) => e.kind === 'await' && access.fn !== flow.node;
    if (!other.pathTo(other.entry, reached, { throws: 'none', avoiding: waits, ...(present && { truthy: [place] }) })) continue;
    if (present && isCalledToFill(access.fn, place, model)) continue;
    best = { access, overlap, name: other.name };
  }
  return best;
}

/** All callers in view have found the place empty: `if (!this.client) this.createClient()`. */
function isCalledToFill(fn: FlowRoot, place: Place, model: SemanticModel): boolean {
  const callers = isFunctionNode(fn) ? model.callersOf(fn) : [];
  return callers.length > 0 && callers.every((call) => {
    const flow = model.flow(enclosingRoot(call));
    return flow.pathTo(flow.entry, (event) => event.kind === 'call' && event.call === call, { throws: 'none', truthy: [place] }) === undefined;
  });
}

/** Constructors and top levels run before anything waits. */
function canComeMeanwhile(access: Access, flow: FunctionFlow): boolean {
  return isFunctionNode(access.fn) && !is.constructor(access.fn) && (access.fn !== flow.node || flow.isAsync);
}

/** Two classes that inherit a field from a third have it on different objects. */
export function isSameObject(one: FlowRoot, other: FlowRoot, place: Place, model: SemanticModel): boolean {
  const [owner, otherOwner] = [model.classOf(one)?.node, model.classOf(other)?.node];
  const home = place.root?.declarations?.[0]?.parent;
  return place.kind !== 'field' || owner === otherOwner || owner === home || otherOwner === home;
}

/** What this function sets, the other one asks before it acts: `closed = true` here, `if (closed) return` there. */
function isKeptOut({ fn }: Access, place: Place, flow: FunctionFlow, model: SemanticModel): boolean {
  if (fn === flow.node) return false;
  const marks = flow.all('write').filter((w) => w.place.key !== place.key && isShared(w.place));
  return marks.some((mark) => model.accesses(mark.place).some((a) => a.fn === fn && a.branches));
}

/** A method that other code in view calls is theirs to call at the right time: that it is public too says little. */
export function overlapByOthers(fn: FlowRoot, model: SemanticModel): Overlap {
  const overlap = model.overlap(fn);
  if (overlap.grade !== 'exposed' || !isFunctionNode(fn)) return overlap;
  const owner = model.classOf(fn)?.node;
  const user = model.callersOf(fn).find((call) => model.classOf(call)?.node !== owner && model.fileOf(call).role === 'source');
  return user ? { grade: 'assumed', witnesses: [{ node: user, text: 'called here' }] } : overlap;
}

/** A callback that this function itself leaves behind: a timer, a listener, and what they call. */
function startedHere(fn: FlowRoot, flow: FunctionFlow, model: SemanticModel): Overlap | undefined {
  if (!isFunctionNode(fn)) return undefined;
  const callbacks = [fn, ...model.callersOf(fn).map((call) => enclosingRoot(call))].filter((each) => each !== flow.node && isFunctionNode(each) && enclosingRoot(each) === flow.node);
  for (const callback of callbacks) {
    const given = isFunctionNode(callback) ? model.callbackOf(callback) : undefined;
    if (given && (given.timing === 'later-once' || given.timing === 'later-many')) {
      return { grade: 'shown', witnesses: [{ node: given.call, text: `handed to ${shortText(given.call.expression)} here` }] };
    }
  }
  return undefined;
}

/** How B comes to run, and what it does. */
export function otherThread({ access, overlap, name }: Meanwhile, text: string): TraceStep[] {
  const witness = overlap.witnesses[0];
  return [...(witness ? [{ at: witness.node, text: `${name} gets going meanwhile: ${witness.text}` }] : []), { at: access.node, text }];
}

/** Emptied or unset. */
export function isUnset(value: ts.Expression | undefined): boolean {
  return value !== undefined && /^(null|undefined|void 0)$/.test(skipWrappers(value).getText());
}

/** A look at the place that decides something, in this function or in what it calls; a look at a signal too. */
export function looksAgain(place: Place, model: SemanticModel): EventTest {
  const marks = new Set(model.accesses(place).filter((a) => a.kind === 'read' && a.branches).map((a) => a.node));
  return (e) => {
    if (e.kind === 'signal-check') return true;
    if (e.kind === 'read') return marks.has(e.node) || looksAtLife(e.place);
    return e.kind === 'call' && model.call(e.call).targets.some((fn) => model.summary(fn).reads.has(place.key));
  };
}

const LIFE = /^[_#]*(is_?)?(closed|closing|destroy(ed|ing)|dispos(ed|ing)|stopp(ed|ing)|end(ed|ing)|finished|abort(ed|ing)?|cancell?(ed|ing)|terminat(ed|ing)|shutting_?down|killed|unmounted|mounted|disconnect(ed|ing)|active|running|alive|connected|generation|epoch|version|sequence|seq|latest|current_?id|request_?id|token|ticket)$/i;

/** `closed`, `this.#disposed`, `generation`: a place by which code tells whether it is still wanted. */
export function looksAtLife(place: Place): boolean {
  return LIFE.test(place.path.at(-1) ?? place.root?.name ?? '');
}

/** What is waited for looks again itself, behind its own waits, and throws: `await this.open()`, which fails once the object is closed. */
export function failsWhenOvertaken(wait: EventOf<'await'>, model: SemanticModel, depth = 0): boolean {
  const operand = wait.operand && skipWrappers(wait.operand);
  const place = operand && model.place(operand);
  const kept = place ? model.accesses(place).flatMap(({ kind, value }) => (kind === 'write' && value && !isUnset(value) ? [skipWrappers(value)] : [])) : [];
  const sources = operand && is.call(operand) ? [operand] : kept;
  const tasks = sources.flatMap((source) => (is.call(source) ? model.call(source).targets : []));
  return depth < 3 && tasks.length > 0 && tasks.length === sources.length && tasks.every((fn) => looksBeforeItEnds(model.flow(fn), model, depth));
}

function looksBeforeItEnds(flow: FunctionFlow, model: SemanticModel, depth: number): boolean {
  const overtaken: EventTest = (e) => e.kind === 'await' && letsOthersIn(e) && !failsWhenOvertaken(e, model, depth + 1);
  const looks: EventTest = (e) => e.kind === 'read' && isShared(e.place) && decidesWhatOthersWrite(e, flow, model) && flow.pathTo(e, (end) => end.kind === 'throw', { throws: 'none' }) !== undefined;
  return flow.all('await').some(letsOthersIn) && flow.pathThrough(flow.entry, overtaken, (e) => e.kind === 'exit', { avoidingSecond: looks, throws: 'none' }) === undefined;
}

function decidesWhatOthersWrite({ place, node }: EventOf<'read'>, flow: FunctionFlow, model: SemanticModel): boolean {
  const accesses = model.accesses(place);
  return accesses.some((a) => a.node === node && a.branches) && accesses.some((a) => a.kind === 'write' && a.fn !== flow.node && isFunctionNode(a.fn) && !is.constructor(a.fn));
}
