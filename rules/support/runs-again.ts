import { enclosingRoot, functionName, is, outermostWrapper, shortText, skipWrappers, type CallNode, type EventTest, type FlowEvent, type FlowRoot, type FunctionFlow, type FunctionNode, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { nameOf } from './function-name.js';
import { isShared } from './interleaving.js';
import { isEmpty } from './kept-small.js';
import { within } from './settling-coverage.js';

/** Why code comes to run a second time on the same object, with nothing in between that looks at what the first run left behind. */
export interface Again {
  /** `shown`: in view. `outside`: whoever may call it. */
  readonly grade: 'shown' | 'outside';
  readonly at: ts.Node;
  readonly text: string;
  /** As a reader would say it: `update is called again`. */
  readonly by: string;
  /** By what it left running itself: a retry, a reconnect. */
  readonly retries?: true;
}

export interface AgainOptions {
  /** A look at what the first run left, or its release. */
  readonly looks: EventTest;
  /** Code that runs only when what the first run left is spent: the callback of the timer. */
  readonly spent: readonly ts.Node[];
  /** Whether a run that comes only after some other delay counts: what the first left may be over by then. */
  readonly afterDelays: boolean;
  /** What declares the variable that the first run filled: each run around it has another one. */
  readonly declared: ts.Node | undefined;
}

const MAX_DEPTH = 4;

/** How the event comes to happen again, or undefined where every way to it leads past a look, or nothing leads to it twice. */
export function happensAgain(event: FlowEvent, model: SemanticModel, options: AgainOptions): Again | undefined {
  const causes = [...new Search(event, model, options).causes()];
  return causes.find(({ grade }) => grade === 'shown') ?? causes[0];
}

class Search {
  readonly #start: FlowRoot;
  readonly #seen = new Set<FlowRoot>();

  constructor(
    private readonly event: FlowEvent,
    private readonly model: SemanticModel,
    private readonly options: AgainOptions,
  ) {
    this.#start = enclosingRoot(event.node);
  }

  causes(): Iterable<Again> {
    return this.#at(this.event, this.#start, 0, false);
  }

  *#at(event: FlowEvent, root: FlowRoot, depth: number, wasGuarded: boolean): Iterable<Again> {
    const { model, options } = this;
    const flow = model.flow(root);
    const loop = event.loops.find((each) => !options.declared || !within(options.declared, each));
    if (loop && depth < 2 && !wasGuarded && flow.pathTo(event, (e) => e === event, { avoiding: options.looks })) {
      yield { grade: 'shown', at: loop.getFirstToken() ?? loop, text: 'this loop does it on each turn', by: 'the loop goes on' };
    }
    if (options.declared && within(options.declared, root)) return;
    if (is.sourceFile(root) || is.constructor(root) || depth > MAX_DEPTH || this.#seen.has(root) || this.#isSpent(root)) return;
    if (!flow.pathTo(flow.entry, (e) => e === event, { avoiding: options.looks })) return;
    if (depth > 0 && marksItself(event, flow)) return;
    if (root !== this.#start && within(root, this.#start)) {
      yield { grade: 'shown', at: event.node, text: 'it leads back to itself here', by: 'it leads back to itself', retries: true };
      return;
    }
    this.#seen.add(root);
    const guarded = wasGuarded || isGuarded(event, flow);
    const uses = [...usesOf(root, model)];
    for (const use of uses) yield* this.#ofUse(use, root, depth, guarded);
    const owner = model.classOf(root);
    const isOpen = owner ? owner.isPublic(root) : !is.method(root) && model.repeatable(root) === 'yes';
    const name = functionName(root).replace(/^.*\./, '');
    if (uses.length === 0 && isOpen && !guarded && !ONE_TIME_NAME.test(name)) yield { grade: 'outside', at: nameOf(root), text: `callers may run ${name} again`, by: `${name} is called again` };
  }

  *#ofUse({ call, isCallback }: Use, root: FunctionNode, depth: number, guarded: boolean): Iterable<Again> {
    const { model } = this;
    const caller = enclosingRoot(call);
    if (this.#isSpent(call)) return;
    if (isCallback) {
      if (model.call(call).effects.timer?.kind === 'timeout' && !this.options.afterDelays) return;
      const effect = model.call(call).effects.callbacks?.find(({ arg }) => call.arguments?.at(arg) !== undefined && within(root, call.arguments.at(arg)!)) ?? model.call(call).effects.callbacks?.[0];
      if (effect?.repeating && effect.repeating !== 'items' && !comesOnce(call, model)) {
        if (!guarded) yield { grade: 'shown', at: call.expression, text: `${shortText(call.expression)} runs it again and again`, by: `${shortText(call.expression)} runs it again` };
        if (!within(call, this.#start)) return;
      } else if (!effect && model.callbackOf(root)?.timing === 'unknown' && is.constructor(caller)) {
        yield { grade: 'outside', at: call.expression, text: `${shortText(call.expression)} keeps it, and may run it again`, by: `${shortText(call.expression)} runs its callback again` };
        return;
      }
    } else if (!isSameObject(call, model)) return;
    const event = model.flow(caller).at(call).find(({ kind }) => kind === 'call');
    if (event) yield* this.#at(event, caller, depth + 1, guarded);
  }

  #isSpent(node: ts.Node): boolean {
    return this.options.spent.some((code) => within(node, code));
  }
}

interface Use {
  readonly call: CallNode;
  /** Handed to the call rather than called by it. */
  readonly isCallback: boolean;
}

/** Calls of the function, and calls that it is handed to. */
function* usesOf(fn: FunctionNode, model: SemanticModel): Iterable<Use> {
  for (const call of model.callersOf(fn)) yield { call, isCallback: false };
  const inline = model.callbackOf(fn);
  if (inline) yield { call: inline.call, isCallback: true };
  const name = 'name' in fn && fn.name && (is.identifier(fn.name) || is.privateIdentifier(fn.name)) ? fn.name : undefined;
  for (const id of name ? model.identifiersNamed(name.text) : []) {
    const value = is.propertyAccess(id.parent) && id.parent.name === id ? id.parent : id;
    const call = id === name || is.privateIdentifier(value) ? undefined : takenBy(value);
    if (call && model.functionsOf(value).includes(fn)) yield { call, isCallback: true };
  }
}

/** The call that is given the function: `once('close', this.onClose)`, `once('close', this.onClose.bind(this))`. */
function takenBy(value: ts.Expression): CallNode | undefined {
  const outer = outermostWrapper(value);
  const { parent } = outer;
  if (is.propertyAccess(parent) && parent.expression === outer && parent.name.text === 'bind' && is.call(parent.parent)) return takenBy(parent.parent);
  return is.callOrNew(parent) && parent.expression !== outer ? parent : undefined;
}

/** `this.arm()`, `this.part.arm()`, `arm()`: the object whose handle is in question, each time. */
function isSameObject(call: CallNode, model: SemanticModel): boolean {
  let receiver = skipWrappers(call.expression);
  if (!is.propertyAccess(receiver)) return !is.new(call);
  while (is.propertyAccess(receiver)) receiver = skipWrappers(receiver.expression);
  return is.this(receiver) || receiver.getText() === 'super' || /^(self|that|_this|me)$/.test(receiver.getText()) || model.place(receiver)?.kind === 'module';
}

const ENDED = /clos|destroy|dispos|stop|ended|abort|shut/i;

/** Tested, and set on every way to the event: the next one is turned away. */
function marksItself(event: FlowEvent, flow: FunctionFlow): boolean {
  return flow.all('write').some((mark) => {
    if (mark === event || !isShared(mark.place) || isEmpty(mark.value) || mark.access === 'remove' || mark.access === 'clear') return false;
    const isTested = statesTested(event, flow).some((place) => place.key === mark.place.key);
    return isTested && !flow.pathTo(flow.entry, (e) => e === event, { avoiding: (e) => e === mark, throws: 'none' });
  });
}

/** A test of other shared state before the event may turn the second run away; that the object lives on does not. */
function isGuarded(event: FlowEvent, flow: FunctionFlow): boolean {
  return statesTested(event, flow).some(({ text, root }) => !ENDED.test(text) && !CONSTANT.test(text) && !root?.declarations?.some(is.parameter));
}

function statesTested(event: FlowEvent, flow: FunctionFlow): readonly Place[] {
  const tests = flow.all('guard').filter((guard) => guard.node.pos < event.node.pos && !within(event.node, guard.node));
  if (tests.length === 0) return [];
  return flow.all('read').filter((read) => isShared(read.place) && !isReceiver(read.node) && tests.some(({ test }) => within(read.node, test))).map(({ place }) => place);
}

/** `this.keys` of `this.keys.match(text)`: a helper, no state of its own. */
function isReceiver(node: ts.Node): boolean {
  const { parent } = outermostWrapper(node);
  return is.propertyAccess(parent) && is.call(parent.parent) && parent.parent.expression === parent;
}

const CONSTANT = /\b(options|opts|config|settings|props|params)\b/i;
/** That these are called twice would be the mistake of whoever calls them. */
const ONE_TIME_NAME = /^(start|init|connect|open|listen|set[uU]p|run|boot|activate|mount|attach|install|launch|begin|on|did|will)([A-Z]\w*|ialize)?$|Callback$/;
const ONE_TIME = /^(open|close|end|exit|finish|listening|abort|load|unload|DOMContentLoaded)$/;

/** `once('close', …)`, or an event that comes once to an emitter that ends. */
function comesOnce(call: CallNode, model: SemanticModel): boolean {
  const subscribe = model.call(call).effects.subscribe;
  if (!subscribe) return false;
  const event = subscribe.event === undefined ? undefined : call.arguments?.[subscribe.event];
  return subscribe.once === true || (event !== undefined && is.stringLiteral(event) && (ONE_TIME.test(event.text) || (subscribe.onceEvents?.includes(event.text) ?? false)));
}
