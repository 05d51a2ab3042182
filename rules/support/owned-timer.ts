import {
  enclosingRoot, forEachDescendant, functionName, is, surely,
  type ClassModel, type Disposal, type FlowRoot, type FunctionFlow, type FunctionNode, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { nameOf } from './function-name.js';
import { isEmpty } from './kept-small.js';
import { endsOf } from './owner-end.js';
import { within } from './settling-coverage.js';
import type { TimerHandle } from './timer-handle.js';

/** A timer that outlives the object or function it was set for. */
export interface Outliving {
  readonly kind: 'unstoppable' | 'perhapsUnstoppable' | 'leftByEnd' | 'perhapsLeftByEnd' | 'rearmed' | 'rearmedOnce';
  /** The terminal method, where there is one. */
  readonly end: string;
  /** The function that sets itself up again. */
  readonly name: string;
  readonly trace: readonly TraceStep[];
}

/** Is the timer still running when its owner has come to its end, and how sure is that a defect? */
export function outliving(timer: ts.CallExpression, repeats: boolean, handle: TimerHandle, flow: FunctionFlow, model: SemanticModel): Outliving | undefined {
  if (handle.fate === 'away') return undefined;
  const owner = model.classOf(timer);
  if (owner && handle.place?.kind === 'field' && handle.clears.length + endsOf(owner).length > 0) return leftByEnd(timer, repeats, handle, owner, model);
  if (handle.clears.length > 0) return undefined;
  return repeats ? unstoppable(timer, owner, flow, model) : rearmed(timer, owner, flow, model);
}

// ── intervals that nothing can stop ──

function unstoppable(timer: ts.CallExpression, owner: ClassModel | undefined, flow: FunctionFlow, model: SemanticModel): Outliving | undefined {
  const sure = { kind: 'unstoppable', end: '', name: '' } as const;
  const set: TraceStep = { at: timer, text: 'the interval starts, and nothing in view clears its handle' };
  const end = owner?.disposals[0];
  if (end) return { ...sure, trace: [set, { at: nameOf(end.method), text: `${end.name}() ends the object, not the interval` }] };
  const root = flow.node;
  if (is.sourceFile(root)) return undefined;
  const again = againText(root, model);
  if (again) return { ...sure, trace: [set, again] };
  if (!surely(model.repeatable(root)) || (is.constructor(root) && lastsAsLongAsTheProgram(root, model))) return undefined;
  return { kind: is.constructor(root) ? 'unstoppable' : 'perhapsUnstoppable', end: '', name: '', trace: [set] };
}

/** What runs the function again, and so leaves one more interval each time. */
function againText(root: FunctionNode, model: SemanticModel): TraceStep | undefined {
  const name = functionName(root);
  if (/\.?connectedCallback$/.test(name)) return { at: nameOf(root), text: 'each insertion into a document leaves one more running' };
  const source = root.parent;
  if (/^start$/.test(name) && is.new(source.parent) && source.parent.expression.getText() === 'ReadableStream') {
    return { at: source.parent.expression, text: 'no cancel() ends it when the reader goes away' };
  }
  const { grade, witnesses } = model.overlap(root);
  const [witness] = witnesses;
  return grade === 'shown' && witness ? { at: witness.node, text: `one more is left running each time: ${witness.text}` } : undefined;
}

/** Every instance in view is made once, at the top of a module. */
function lastsAsLongAsTheProgram(maker: FunctionNode, model: SemanticModel): boolean {
  const makers = model.callersOf(maker);
  return makers.length > 0 && makers.every((call) => is.sourceFile(enclosingRoot(call)));
}

// ── fields that the end of the object leaves running ──

function leftByEnd(timer: ts.CallExpression, repeats: boolean, handle: TimerHandle, owner: ClassModel, model: SemanticModel): Outliving | undefined {
  const ends = endsOf(owner);
  const [end] = ends;
  const field = handle.place?.path.at(-1);
  if (!end || !field || ends.some(({ method }) => mentionedFrom(method, field, owner))) return undefined;
  const others = handle.clears.map((clear) => stopperOf(clear, timer, owner, model));
  if (others.includes('reached')) return undefined;
  const released = releasedBy(end, owner, model);
  const sure = (repeats || released !== undefined) && !others.includes('public');
  return {
    kind: sure ? 'leftByEnd' : 'perhapsLeftByEnd',
    end: end.name,
    name: '',
    trace: [
      { at: timer, text: `this.${field} is set` },
      { at: nameOf(end.method), text: `nothing that ${end.name}() reaches clears it` },
      ...(released ? [{ at: released, text: 'another timer of the object is cleared here' }] : []),
    ],
  };
}

/** Does the method, or one it reaches, do anything with the field? Whatever that is counts as its release; to forget the handle does not. */
function mentionedFrom(method: FunctionNode, field: string, owner: ClassModel): boolean {
  return [...owner.reach(method)].some((fn) => {
    let found = false;
    forEachDescendant(fn, (node) => {
      found ||= (is.identifier(node) || is.privateIdentifier(node)) && node.text === field && !isForgotten(node) && !isTestedOnly(node);
    });
    return found;
  });
}

/** `this.timer = undefined`: the timer runs on. */
function isForgotten(name: ts.Node): boolean {
  const access = name.parent;
  const { parent } = access;
  return is.propertyAccess(access) && is.assignment(parent) && parent.left === access && isEmpty(parent.right);
}

/** `if (this.timer)`: what is done then has to name it again. */
function isTestedOnly(name: ts.Node): boolean {
  const access = name.parent;
  return is.propertyAccess(access) && is.if(access.parent) && access.parent.expression === access;
}

/**
 * Who gets to a clear outside the terminal methods. `rearming`: only what sets the timer again, or an event that says that all
 * is well; `public`: a method that callers may use before the end; `reached`: anything else may well be run by the end.
 */
function stopperOf(clear: ts.Node, timer: ts.Node, owner: ClassModel, model: SemanticModel): 'rearming' | 'public' | 'reached' {
  const root = enclosingRoot(clear);
  if (within(clear, timer)) return 'rearming';
  if (is.sourceFile(root)) return 'reached';
  const method = [...owner.methods.values()].find((fn) => within(clear, fn));
  if (!method) return 'reached';
  if (root !== method) return isGoodNews(root, model) ? 'rearming' : 'reached';
  if ([...owner.reach(method)].some((fn) => within(timer, fn))) return 'rearming';
  if (owner.isPublic(method)) return 'public';
  const callers = model.callersOf(method);
  const fromGoodNews = callers.length > 0 && callers.every((call) => isGoodNews(enclosingRoot(call), model) || [...owner.methods.values()].some((fn) => within(call, fn) && within(timer, fn)));
  return fromGoodNews ? 'rearming' : 'reached';
}

/** A listener of an event that comes while the object lives on: data, a message, an answer. */
function isGoodNews(root: FlowRoot, model: SemanticModel): boolean {
  if (is.sourceFile(root)) return false;
  const call = model.callbackOf(root)?.call;
  const listens = call && is.propertyAccess(call.expression) && /^(on|once|addListener|addEventListener)$/.test(call.expression.name.text);
  const event = listens ? call.arguments?.[0] : undefined;
  return event !== undefined && is.stringLiteral(event) && /^(data|message|response|answer|pong|ready|connect|drain|readable)$/i.test(event.text);
}

/** Where the end clears another timer of the object: it means to clear them all. */
function releasedBy(end: Disposal, owner: ClassModel, model: SemanticModel): ts.Node | undefined {
  let released: ts.Node | undefined;
  for (const fn of owner.reach(end.method)) {
    forEachDescendant(fn, (node) => {
      if (!released && is.call(node) && /clear(Timeout|Interval)/.test(node.expression.getText()) && model.call(node).effects.clearsTimer) released = node;
    });
  }
  return released;
}

// ── timeouts that set themselves up again ──

function rearmed(timer: ts.CallExpression, owner: ClassModel | undefined, flow: FunctionFlow, model: SemanticModel): Outliving | undefined {
  const [end] = owner?.disposals ?? [];
  const round = roundOf(timer, flow.node, model);
  if (!end || !round || !timer.arguments[1]) return undefined;
  const set = model.flow(round).at(timer).find((event) => event.kind === 'timer');
  const always = set !== undefined && model.flow(round).pathTo(model.flow(round).entry, (e) => e.kind === 'exit', { avoiding: (e) => e === set, throws: 'none' }) === undefined;
  const name = functionName(round).replace(/^.*\./, '');
  return {
    kind: always ? 'rearmed' : 'rearmedOnce',
    end: end.name,
    name,
    trace: [
      { at: timer, text: `the handle is dropped, and ${name} runs again when it fires` },
      { at: nameOf(end.method), text: always ? `${end.name}() does not end it` : `${end.name}() has no handle to clear` },
    ],
  };
}

/** The function around the timer that the timer's callback runs again. */
function roundOf(timer: ts.CallExpression, from: FlowRoot, model: SemanticModel): FunctionNode | undefined {
  const callbacks = timer.arguments[0] ? model.functionsOf(timer.arguments[0]) : [];
  for (let root = from; !is.sourceFile(root); root = enclosingRoot(root)) {
    const round = root;
    if (callbacks.some((fn) => fn === round || callsDirectly(fn, round, model))) return round;
  }
  return undefined;
}

function callsDirectly(fn: FunctionNode, target: FunctionNode, model: SemanticModel): boolean {
  let calls = false;
  forEachDescendant(fn, (node) => {
    calls ||= is.call(node) && model.call(node).targets.includes(target);
  });
  return calls;
}
