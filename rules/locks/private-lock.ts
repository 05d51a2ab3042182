import {
  defineRule, enclosingRoot, forEachDescendant, is, outermostWrapper, skipWrappers, surely,
  type CallNode, type EventOf, type FunctionFlow, type Place, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { isShared } from '../support/interleaving.js';
import { objectKeyOf } from '../support/lock-key.js';
import { borrowedSectionsIn } from '../support/own-lock.js';
import { lastCalledName } from '../support/promise-values.js';
import { takenLock } from '../support/taken-lock.js';

const messages = {
  perCall: { text: '{lock} is made by each call of {fn}, so no two calls ever wait for each other', preset: 'recommended', severity: 'error', precision: 'high' },
  inline: { text: 'this lock is made for one use: nobody else can ever wait for it', preset: 'recommended', severity: 'error', precision: 'high' },
  replaced: { text: '{lock} is replaced while tasks may hold or wait for the old one: the new one lets the next in beside them', preset: 'recommended', severity: 'error', precision: 'high' },
  objectKey: { text: 'this key is an object, and every object is known to the lock as the same text: whoever locks by one waits for all others', preset: 'all', severity: 'note', precision: 'low' },
  borrowed: { text: 'this section works on {object}, which has a lock of its own: two objects that take {lock} are in it at once', preset: 'all', severity: 'warning', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'private-lock',
    family: 'locks',
    summary: 'lock made anew per call, or replaced: it keeps nobody out',
    question: 'race',
    encodes: [],
    origin: 'a lock works only between those who share it; one made beside its use looks just as safe in review',
    cwe: [820, 667],
    docs: {
      why:
        'A lock keeps out those who ask the same object. Made inside the function that takes it, every call has its own and is let in at once: the section it was written for runs any number of times in parallel. ' +
        'Replacing a shared lock is the same for a moment: who holds the old one and who takes the new one are in the section together.',
      instead: 'Make the lock once, where the state it guards lives: a field of the instance or a variable of the module. For one lock per key, keep it in a map and make it only where the map has none.',
      limits:
        'A lock that this function hands on, returns, stores, or gives to more than one task of its own (a closure, a fan-out, two sections under way together) is shared, and silent. A replacement counts where other functions take the lock, and not in ' +
        'constructors and set-up, nor behind a look at what is there. That a section works on another object is seen where the method that gives the object declares this class.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (is.sourceFile(flow.node)) return;
    const uses = new Map<CallNode, Place | undefined>();
    for (const { call } of flow.all('call')) {
      const lock = enclosingRoot(call) === flow.node ? takenPlace(call, flow, ctx.model) : undefined;
      if (lock) uses.set(call, lock.place);
    }
    // Asked of every function, this one question would resolve most calls of a program.
    if (uses.size > 0 && ctx.model.repeatable(flow.node) === 'no') return;
    const reported = new Set<ts.Node>();
    for (const [call, place] of uses) checkUse(call, place, flow, ctx, reported);
    for (const write of flow.all('write')) checkReplaced(write, flow, ctx);
    checkKeys(flow, ctx);
    for (const { lock, acquire, object, use } of borrowedSectionsIn(flow, ctx.model)) {
      ctx.report({
        message: 'borrowed', at: acquire.call, subject: acquire.call, data: { lock: lock.text, object: object.text },
        trace: [{ at: object, text: 'an object that others are given too' }, { at: acquire.node, text: `${lock.text} of this object is taken` }, { at: use, text: `${object.text} is worked on, whose own lock nobody has` }],
      });
    }
  },
});

/** The place of the lock that the call takes in this process; `undefined` inside where it has none. */
function takenPlace(call: CallNode, flow: FunctionFlow, model: SemanticModel): { readonly place: Place | undefined } | undefined {
  const lock = takenLock(call, flow, model);
  if (!lock || lock.kind === 'distributed') return undefined;
  const [name] = lock.names;
  return { place: name?.from === 'place' ? name.place : undefined };
}

// ── made per call ──

function checkUse(call: CallNode, place: Place | undefined, flow: FunctionFlow, ctx: Context, reported: Set<ts.Node>): void {
  const callee = skipWrappers(call.expression);
  const receiver = is.propertyAccess(callee) ? skipWrappers(callee.expression) : callee;
  if (is.new(receiver) && isWaitedForHere(call)) return ctx.report({ message: 'inline', at: receiver.expression, trace: [{ at: receiver, text: 'made here' }, { at: call, text: 'taken here, by the only one that has it' }] });
  const declaration = place?.root?.declarations?.[0];
  if (place?.kind !== 'local' || place.path.length > 0 || !declaration || !is.variableDeclaration(declaration) || !is.identifier(declaration.name) || !declaration.initializer || reported.has(declaration)) return;
  if (!is.callOrNew(skipWrappers(declaration.initializer)) || ctx.model.isFresh(declaration.initializer, flow.node) !== 'yes' || !isOneTasks(declaration.name, flow, ctx.model)) return;
  reported.add(declaration);
  ctx.report({
    message: 'perCall',
    at: declaration.name,
    subject: declaration.initializer,
    data: { lock: place.text, fn: flow.name },
    trace: [{ at: declaration, text: 'a lock of this call’s own' }, { at: call, text: 'taken here, with nobody else to wait for' }],
  });
}

/** Every use is a call of a member by this function itself, and what takes the lock is waited for before the next. */
function isOneTasks(name: ts.Identifier, flow: FunctionFlow, model: SemanticModel): boolean {
  const symbol = model.symbolOf(name);
  let isOnly = true;
  forEachDescendant(flow.node, (node) => {
    if (!is.identifier(node) || node === name || node.text !== name.text || model.symbolOf(node) !== symbol) return;
    const member = outermostWrapper(node).parent;
    const call = is.propertyAccess(member) ? outermostWrapper(member).parent : member;
    const isCalled = is.call(call) && skipWrappers(call.expression) === (is.propertyAccess(member) ? member : node);
    isOnly &&= enclosingRoot(node) === flow.node && isCalled && (!takenPlace(call, flow, model) || isWaitedForHere(call));
  });
  return isOnly;
}

function isWaitedForHere(call: CallNode): boolean {
  const { parent } = outermostWrapper(call);
  return is.await(parent) || is.return(parent) || (is.arrowFunction(parent) && parent.body === outermostWrapper(call));
}

// ── named by an object ──

function checkKeys(flow: FunctionFlow, ctx: Context): void {
  for (const { call } of flow.all('call')) {
    // By its name first: to resolve each call with an options bag would cost more than all else here.
    const found = enclosingRoot(call) === flow.node && (call.arguments?.length ?? 0) > 1 && /lock|acquire|exclusive|request/i.test(lastCalledName(call)) ? objectKeyOf(call, ctx.model) : undefined;
    if (found) ctx.report({ message: 'objectKey', at: found.key, subject: found.key, trace: [{ at: found.key, text: 'made for this call' }, { at: found.asked, text: 'turned into text here, and so the same for every object' }] });
  }
}

// ── replaced ──

const SETS_UP = /(?:^|\.)_?(?:init|setup|set_?up|onModuleInit|ngOnInit|beforeEach)/i;

function checkReplaced(write: EventOf<'write'>, flow: FunctionFlow, ctx: Context): void {
  const { place, value, node } = write;
  if (!value || !is.new(skipWrappers(value)) || !isShared(place) || place.kind === 'captured' || place.entry === '?' || enclosingRoot(node) !== flow.node) return;
  if (is.constructor(flow.node) || SETS_UP.test(flow.name)) return;
  if (!(['mutex', 'semaphore'] as const).some((trait) => surely(ctx.model.hasTrait(value, trait))) || ctx.model.repeatable(flow.node) !== 'yes') return;
  const looks = flow.all('read').some((read) => read.place.root === place.root && flow.pathTo(read, (event) => event === write, { throws: 'none' }));
  if (looks) return;
  const taking = place.entry === undefined ? takenElsewhere(place, flow, ctx.model) : undefined;
  if (!taking && place.entry === undefined) return;
  ctx.report({
    message: 'replaced',
    at: is.assignment(node) ? node.left : node,
    subject: place,
    data: { lock: place.text },
    trace: [...(taking ? [{ at: taking, text: 'a task takes the old lock here' }] : []), { at: node, text: 'a new lock takes its place, and whoever comes next is let in' }],
  });
}

/** Where another function takes the lock that this place holds. */
function takenElsewhere(place: Place, flow: FunctionFlow, model: SemanticModel): ts.Node | undefined {
  return model.accesses(place).find(({ kind, fn, node }) => {
    const call = kind === 'read' ? outermostWrapper(outermostWrapper(node).parent).parent : undefined;
    return call && fn !== flow.node && is.call(call) && takenPlace(call, model.flow(enclosingRoot(call)), model) !== undefined;
  })?.node;
}
