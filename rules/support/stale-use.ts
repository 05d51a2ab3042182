import {
  enclosingRoot, forEachDescendant, is, outermostWrapper, skipWrappers, surely,
  type EventOf, type FlowEvent, type FunctionFlow, type Overlap, type Place, type SemanticModel, type ts,
} from '../../src/rule.js';
import { isShared, letsOthersIn, lockedThroughout, suspensionOf } from './interleaving.js';
import { changedMeanwhile, isUnset, looksAgain, type Meanwhile } from './meanwhile.js';
import { within } from './settling-coverage.js';

/** Something known before a suspension that is relied on after it. */
export interface StaleUse {
  readonly kind: 'revived' | 'cleared' | 'gate' | 'index' | 'replaced';
  readonly place: Place;
  /** Where it was looked at. */
  readonly basis: ts.Node;
  readonly wait: EventOf<'await'>;
  readonly act: ts.Node;
  /** The value written, or the variable that holds what was looked up. */
  readonly value?: string;
  /** Who changes it meanwhile; without it, a second activation of the same function does (`overlap`). */
  readonly other?: Meanwhile;
  readonly overlap?: Overlap;
  readonly sure: boolean;
  readonly texts: { readonly before: string; readonly meanwhile: string; readonly after: string };
}

type Wait = EventOf<'await'>;

const STATE = /(^|_)(status|state|phase|readystate|stage|mode)$/i;
const TERMINAL = /clos|destroy|dispos|stopp|stopped|ended|terminat|cancel|abort|shutdown|shut_down|disconnect|timed_?out|timeout|fail|expired/i;

/** `this.state = 'ready'` after a wait, although another function sets it to 'closed' whenever it likes. */
export function* revivedStates(flow: FunctionFlow, model: SemanticModel): Generator<StaleUse> {
  for (const act of flow.all('write')) {
    const value = act.value && constantName(act.value);
    if (!isShared(act.place) || act.access !== 'assign' || act.cleanup || value === undefined || TERMINAL.test(value) || !STATE.test(lastName(act.place))) continue;
    const other = changedMeanwhile(act.place, flow, model, (a) => a.access === 'assign' && a.fn !== flow.node && a.value !== undefined && TERMINAL.test(constantName(a.value) ?? '') && isUnconditional(a.fn, a.node, act.place, model));
    if (!other) continue;
    const look = looksAgain(act.place, model);
    const guard = flow.all('guard').find((g) => looksAt(g.test, act.place, model) && between(flow, g, act, look));
    const mark = flow.all('write').find((w) => w !== act && w.place.key === act.place.key && between(flow, w, act, look));
    const basis = guard ?? mark;
    const wait = basis && between(flow, basis, act, look);
    if (!wait || lockedThroughout(flow, basis, act) || isEndedBy(wait, other, model)) continue;
    const place = act.place.text;
    yield {
      kind: 'revived', place: act.place, basis: basis.node, wait, act: act.node, value, other, sure: guard !== undefined,
      texts: { before: guard ? `finds ${place} still good` : `sets ${place}`, meanwhile: `sets ${place} to ${constantName(other.access.value!)}`, after: `sets ${place} to ${value} all the same` },
    };
  }
}

/** `await this.run; this.run = undefined`: by then it may be the run of somebody else. */
export function* clearedOthers(flow: FunctionFlow, model: SemanticModel): Generator<StaleUse> {
  for (const act of flow.all('write')) {
    if (!isShared(act.place) || act.access !== 'assign' || !isUnset(act.value) || act.place.entry !== undefined) continue;
    const look = looksAgain(act.place, model);
    const read = flow.all('read').find((r) => r.place.key === act.place.key && r.access === 'value' && waitOn(r, flow, model, act.place) && between(flow, r, act, look));
    const wait = read && between(flow, read, act, look);
    if (!wait || lockedThroughout(flow, read, act) || (wait.operand && !mentions(wait.operand, act.place, model))) continue;
    const other = changedMeanwhile(act.place, flow, model, (a) => a.access === 'assign' && !isUnset(a.value) && a.node !== act.node && isFilling(a.value), true);
    if (!other || (other.access.fn === flow.node && model.turnsOthersAway(wait, flow))) continue;
    const place = act.place.text;
    yield {
      kind: 'cleared', place: act.place, basis: read.node, wait, act: act.node, other, sure: true,
      texts: { before: `takes ${place}`, meanwhile: `puts another one into ${place}`, after: `unsets ${place}: the new one is dropped` },
    };
  }
}

/** `if (this.gate) await this.gate; this.gate = …` lets all who wait through at once. */
export function* gates(flow: FunctionFlow, model: SemanticModel): Generator<StaleUse> {
  for (const wait of flow.all('await')) {
    const place = wait.operand && model.place(wait.operand);
    if (!place || !isShared(place) || place.entry === '?') continue;
    const look = (e: FlowEvent): boolean => e.kind === 'read' && e.place.key === place.key;
    const act = flow.all('write').find((w) => w.place.key === place.key && w.access === 'assign' && w.value && surely(model.isPromise(w.value)) && !within(wait.node, w.node));
    if (!act || !flow.pathTo(wait, (e) => e === act, { avoiding: (e) => look(e) || letsOthersIn(e), throws: 'none', backEdges: false })) continue;
    if (lockedThroughout(flow, wait, act) || model.turnsOthersAway(wait, flow, place)) continue;
    yield {
      kind: 'gate', place, basis: wait.node, wait, act: act.node, overlap: model.overlap(flow.node), sure: true,
      texts: { before: `finds ${place.text} taken`, meanwhile: `has waited for the same ${place.text} and takes it`, after: `takes ${place.text} too` },
    };
  }
}

/** `const i = this.items.indexOf(x); await …; this.items.splice(i, 1)`. */
export function* indexesKept(flow: FunctionFlow, model: SemanticModel): Generator<StaleUse> {
  for (const { call } of flow.all('call')) {
    const callee = skipWrappers(call.expression);
    const holder = outermostWrapper(call).parent;
    if (!is.propertyAccess(callee) || !/^(find(Last)?Index|(lastI|i)ndexOf)$/.test(callee.name.text) || !is.variableDeclaration(holder) || !is.identifier(holder.name)) continue;
    const place = model.place(callee.expression);
    const name = holder.name;
    if (!place || !isShared(place) || enclosingRoot(call) !== flow.node) continue;
    const found = flow.at(call)[0];
    const act = flow.all('write').find((w) => (w.place.key === place.key || w.place.key.startsWith(`${place.key}[`)) && usesAsIndex(w.node, name, model) && found && between(flow, found, w, () => false));
    const wait = found && act && between(flow, found, act, () => false);
    if (!wait || lockedThroughout(flow, found, act)) continue;
    const other = changedMeanwhile(place, flow, model, (a) => a.access !== 'assign' && a.access !== 'update' && !(a.access === 'add' && !/unshift|splice/.test(a.node.getText())));
    if (!other) continue;
    yield {
      kind: 'index', place, basis: call, wait, act: act.node, value: name.text, other, sure: true,
      texts: { before: `works out ${name.text}`, meanwhile: `changes ${place.text}`, after: `${name.text} points at another item by now` },
    };
  }
}

/** `this.current.items = await load()` writes into the object that was current before the wait. */
export function* writesIntoReplaced(flow: FunctionFlow, model: SemanticModel): Generator<StaleUse> {
  for (const act of flow.all('write')) {
    const { node } = act;
    if (act.access !== 'assign' || !is.assignment(node) || !is.propertyAccess(node.left) || act.place.path.length < 2) continue;
    const base = model.place(node.left.expression);
    const wait = flow.all('await').find((w) => letsOthersIn(w) && within(w.node, node.right));
    if (!base || !wait || !isShared(base)) continue;
    const other = changedMeanwhile(base, flow, model, (a) => a.access === 'assign' && a.fn !== flow.node && isFilling(a.value));
    if (!other || lockedThroughout(flow, wait, act)) continue;
    yield {
      kind: 'replaced', place: base, basis: node.left, wait, act: node, other, sure: true,
      texts: { before: `reads ${base.text}, the object to write into`, meanwhile: `puts another object into ${base.text}`, after: `writes into the object that was in ${base.text} before` },
    };
  }
}

// ── parts ──

/** The suspension on a way from one event to the other on which nobody looks again. */
function between(flow: FunctionFlow, first: FlowEvent, act: FlowEvent, look: (e: FlowEvent) => boolean): Wait | undefined {
  const path = flow.pathThrough(first, letsOthersIn, (e) => e === act, { avoiding: (e) => e === first, avoidingFirst: (e) => e === act, avoidingSecond: (e) => look(e), throws: 'none', backEdges: false });
  return path && suspensionOf(path);
}

/** The value read is what is waited for, itself or through the variable it initialises. */
function waitOn(read: EventOf<'read'>, flow: FunctionFlow, model: SemanticModel, place: Place): boolean {
  return flow.all('await').some((w) => w.operand !== undefined && (within(read.node, w.operand) || (holderOf(read.node) !== undefined && mentions(w.operand, place, model))));
}

function holderOf(node: ts.Node): ts.Identifier | undefined {
  const { parent } = outermostWrapper(node);
  return is.variableDeclaration(parent) && is.identifier(parent.name) ? parent.name : undefined;
}

/** The place itself, or a const that holds it: what is awaited, or whose method is. */
function mentions(operand: ts.Expression, place: Place, model: SemanticModel): boolean {
  const value = skipWrappers(operand);
  const aliased = is.identifier(value) ? skipWrappers(model.resolveAlias(value)) : value;
  if (model.place(aliased)?.key === place.key) return true;
  return is.call(aliased) && is.propertyAccess(aliased.expression) && mentions(aliased.expression.expression, place, model);
}

function looksAt(test: ts.Expression, place: Place, model: SemanticModel): boolean {
  const value = skipWrappers(test);
  return model.place(value)?.key === place.key || (is.binary(value) && (looksAt(value.left, place, model) || looksAt(value.right, place, model)));
}

/** Set without asking how things stand, but for whether it has ended already. */
function isUnconditional(fn: Meanwhile['access']['fn'], write: ts.Node, place: Place, model: SemanticModel): boolean {
  const flow = model.flow(fn);
  const asks = flow.all('guard').filter((g) => looksAt(g.test, place, model) && !TERMINAL.test(g.test.getText()));
  return flow.pathTo(flow.entry, (e) => e.node === write, { avoiding: (e) => asks.includes(e as EventOf<'guard'>), throws: 'none' }) !== undefined;
}

/** The other side ends what is waited for, so that the wait is likely to reject. */
function isEndedBy(wait: Wait, other: Meanwhile, model: SemanticModel): boolean {
  const calls = model.flow(other.access.fn).all('call');
  const ended = new Set(calls.flatMap(({ call }) => (is.propertyAccess(call.expression) ? [model.place(call.expression.expression)?.key] : [])));
  let touches = false;
  const visit = (node: ts.Node): void => {
    if ((is.propertyAccess(node) || is.identifier(node)) && ended.has(model.place(node)?.key) && model.place(node)) touches = true;
  };
  if (wait.operand) forEachDescendant(wait.operand, visit);
  return touches;
}

function usesAsIndex(node: ts.Node, name: ts.Identifier, model: SemanticModel): boolean {
  const symbol = model.symbolOf(name);
  let uses = false;
  forEachDescendant(node, (each) => {
    if (is.identifier(each) && each.text === name.text && model.symbolOf(each) === symbol) uses = true;
  });
  return uses;
}

/** `'ready'`, `State.Ready`; undefined for anything that is not one of a few names. */
function constantName(value: ts.Expression): string | undefined {
  const node = skipWrappers(value);
  if (is.stringLiteral(node)) return `'${node.text}'`;
  return is.propertyAccess(node) && is.identifier(node.expression) && /^[A-Z]/.test(node.expression.text) ? node.getText() : undefined;
}

function isFilling(value: ts.Expression | undefined): boolean {
  return value !== undefined && !isUnset(value) && !/^(false|true|\d+)$/.test(value.getText());
}

const lastName = (place: Place): string => (place.path.at(-1) ?? place.root?.name ?? '').replace(/([a-z])([A-Z])/g, '$1_$2');
