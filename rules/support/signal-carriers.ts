import { forEachDescendant, is, isFunctionNode, skipWrappers, type CallNode, type FlowRoot, type SemanticModel, type SignalInScope, type ts } from '../../src/rule.js';

/** What carries a signal in a function, as keys of places. */
export interface Carriers {
  /** The signal, and variables made with it. */
  readonly signals: ReadonlySet<string>;
  /** The options bag, request or controller whose member the signal is: whole it carries, its other members do not. */
  readonly bag: string | undefined;
  /** Local functions whose bodies mention one of these. */
  readonly functions: ReadonlySet<ts.Symbol>;
  /** The instance was given the signal: what hangs on `this` may end by it. */
  readonly self: boolean;
}

/**
 * Follows a signal through the variables of the function that has it (`fn`, or one around it that runs `fn` in place): `const
 * stream = open(path, signal)`, `const timeout = AbortSignal.any([signal, …])`, an abort listener and what it writes or ends, a call that
 * links it to something (`stopOn(signal, child)`). Each round adds what is made with something found before. `results: 'apart'` leaves
 * out what is only the outcome of an awaited call that was given the signal: `const response = await fetch(url, { signal })`.
 */
export function carriers(signal: SignalInScope, fn: FlowRoot, model: SemanticModel, results: 'too' | 'apart' = 'too'): Carriers {
  const root = ownerOf(signal, fn);
  const signals = new Set<string>([signal.key]);
  const functions = new Set<ts.Symbol>();
  const bag = MEMBER_KEY.exec(signal.key)?.[1];
  const found = { signals, bag, functions, self: false };
  // A variable that stands for a member of the bag has a place of its own.
  // What the bag itself hangs on, such as the context of a request, is none.
  if (is.identifier(signal.node) && !signal.key.startsWith(`${model.place(signal.node)?.key ?? signal.key}.`)) addPlace(signal.node);
  const carries = (value: ts.Expression): boolean => (results === 'too' || !isOutcome(value)) && handsOn(value, found, model);
  const count = (): number => signals.size + functions.size + Number(found.self);
  for (let before = -1; before !== count(); ) {
    before = count();
    forEachDescendant(root, (node) => {
      if (is.variableDeclaration(node) && node.initializer && carries(node.initializer)) for (const name of unpacked(node, found, model) ?? [node.name]) add(name);
      if (is.assignment(node) && carries(node.right)) addPlace(node.left);
      if (is.expressionStatement(node) && is.call(node.expression)) addLinked(node.expression);
      if (isFunctionNode(node) && node.name && node.body && mentionsAny(node.body, found, model)) addFunction(node.name);
      for (const handler of abortHandlers(node, found, model)) addReached(handler);
    });
  }
  return found;

  function add(name: ts.BindingName): void {
    if (is.identifier(name)) addPlace(name);
    else for (const element of name.elements) if (!is.omitted(element)) add(element.name);
  }
  function addPlace(expr: ts.Expression): void {
    const place = model.place(expr);
    if (place && place.key !== bag) signals.add(place.key);
  }
  function addFunction(name: ts.Node): void {
    const symbol = model.symbolOf(name);
    if (symbol) functions.add(symbol);
  }
  /** `this.stopOn(signal)`, `link(signal, controller)`: what the signal is handed over with ends by it. */
  function addLinked(call: ts.CallExpression): void {
    if (!call.arguments.some((argument) => mentionsAny(argument, found, model))) return;
    call.arguments.forEach(addPlace);
    if (!is.propertyAccess(call.expression)) return;
    if (is.this(call.expression.expression)) found.self = true;
    else addPlace(call.expression.expression);
  }
  /** What the handler of an abort writes, and what it calls a method of: `stopped = true`, `child.kill()`, `own.abort()`. */
  function addReached(handler: ts.Expression): void {
    for (const fn of model.functionsOf(handler)) {
      forEachDescendant(fn, (node) => {
        if (is.assignment(node)) addPlace(node.left);
        if (is.call(node) && is.propertyAccess(node.expression) && !TAKES_OFF.test(node.expression.name.text)) addPlace(node.expression.expression);
      });
    }
  }
}

/** `await work`, `(await work) !== ''`, `(await work).rows`. */
function isOutcome(value: ts.Expression): boolean {
  const node = skipWrappers(value);
  if (is.binary(node)) return isOutcome(node.left) || isOutcome(node.right);
  return is.await(node) || (is.propertyAccess(node) && isOutcome(node.expression));
}

function ownerOf(signal: SignalInScope, fn: FlowRoot): FlowRoot {
  for (let node: ts.Node = fn; node.parent; node = node.parent) {
    if (isFunctionNode(node) && signal.node.pos >= node.pos && signal.node.end <= node.end) return node;
  }
  return fn;
}

/** Keys of places end in their declaration's position and the members below it. */
const MEMBER_KEY = /^(.*:\d+(?:\.[^.:]+)*)\.[^.:]+$/;

/** Does the value hold a carrier, or come from code that was given one? Data computed from other members of a bag does not. */
export function handsOn(value: ts.Expression, known: Carriers, model: SemanticModel): boolean {
  const on = (part: ts.Expression): boolean => handsOn(part, known, model);
  const node = skipWrappers(value);
  if (is.await(node)) return on(node.expression);
  if (is.objectLiteral(node)) return node.properties.some((property) => propertyHandsOn(property, known, model));
  if (is.arrayLiteral(node)) return node.elements.some(on);
  if (is.spread(node)) return on(node.expression);
  if (is.conditional(node)) return on(node.whenTrue) || on(node.whenFalse);
  if (is.binary(node)) return on(node.left) || on(node.right);
  if (is.callOrNew(node)) return mentionsAny(node.expression, known, model) || (node.arguments ?? []).some((argument, index) => on(argument) && takesSignal(node, argument, index, known, model));
  return mentionsAny(node, known, model);
}

function propertyHandsOn(property: ts.ObjectLiteralElementLike, known: Carriers, model: SemanticModel): boolean {
  if (is.propertyAssignment(property)) return handsOn(property.initializer, known, model);
  if (is.shorthandPropertyAssignment(property)) return mentionsAny(property.name, known, model);
  // What is made by a call and copied is data: `{ ...toParameters(options) }`.
  return is.spreadAssignment(property) ? !is.call(skipWrappers(property.expression)) && handsOn(property.expression, known, model) : mentionsAny(property, known, model);
}

/** Given the whole bag, a function in view may look at its other members only. */
function takesSignal(call: CallNode, argument: ts.Expression, index: number, { bag, signals }: Carriers, model: SemanticModel): boolean {
  if (bag === undefined || model.place(argument)?.key !== bag) return true;
  const { targets } = model.call(call);
  const member = [...signals][0]?.slice(bag.length) ?? '';
  return targets.length === 0 || targets.some((target) => {
    const name = 'parameters' in target ? target.parameters[index]?.name : undefined;
    const key = name && is.identifier(name) ? model.place(name)?.key : undefined;
    if (key === undefined || !target.body) return true;
    return mentionsAny(target.body, { bag: key, signals: new Set([key + member]), functions: new Set(), self: false }, model);
  });
}

export function mentionsAny(root: ts.Node, known: Carriers, model: SemanticModel): boolean {
  let found = false;
  const visit = (node: ts.Node): boolean => {
    if (found || (is.variableDeclaration(node) && unpacked(node, known, model)?.length === 0)) return false;
    if (is.this(node)) found = known.self;
    if (!is.identifier(node) && !is.propertyAccess(node)) return !found;
    const key = model.place(node)?.key;
    if (key === undefined) {
      const symbol = is.identifier(node) && known.functions.size > 0 ? model.symbolOf(node) : undefined;
      if (symbol && known.functions.has(symbol)) found = true;
      return !found;
    }
    found = key === known.bag || known.signals.has(key);
    return !found && !isOtherMember(key, known);
  };
  if (visit(root)) forEachDescendant(root, visit);
  return found;
}

/** Where the bag is unpacked, the names that carry the signal: none for `const { name, retries } = options ?? {}`. */
function unpacked({ name, initializer }: ts.VariableDeclaration, { bag, signals }: Carriers, model: SemanticModel): readonly ts.BindingName[] | undefined {
  if (bag === undefined || !initializer || is.identifier(name)) return undefined;
  const value = skipWrappers(initializer);
  if (model.place(is.binary(value) ? value.left : value)?.key !== bag) return undefined;
  return name.elements.flatMap((element) => (is.omitted(element) || !(element.dotDotDotToken || signals.has(`${bag}.${(element.propertyName ?? element.name).getText()}`)) ? [] : [element.name]));
}

function isOtherMember(key: string, { bag, signals }: Carriers): boolean {
  return bag !== undefined && key.startsWith(`${bag}.`) && ![...signals].some((signal) => key.startsWith(`${signal}.`));
}

/** What runs when the signal aborts: `signal.addEventListener('abort', stop)`, `signal.onabort = stop`. */
function abortHandlers(node: ts.Node, known: Carriers, model: SemanticModel): readonly ts.Expression[] {
  const target = is.call(node) ? node.expression : is.assignment(node) ? node.left : undefined;
  if (!target || !is.propertyAccess(target) || !HEARS_ABORT.test(target.name.text) || !mentionsAny(target.expression, known, model)) return [];
  return is.call(node) ? node.arguments : is.assignment(node) ? [node.right] : [];
}

const HEARS_ABORT = /^(addEventListener|addListener|on|once|onCancellationRequested|onabort)$/;

/** Who takes a listener off ends nothing of what it listened to. */
const TAKES_OFF = /^(?:off|removeListener|removeEventListener|removeAllListeners)$/;

/** Names of functions that end something, and have to after an abort too. */
export const CLEAN_UP = /(?:^|[.#_])(?:close|dispose|destroy|clean|release|unlock|rollback|abort|cancel|end|stop|shutdown|terminate|teardown|kill|disconnect|unsubscribe|on[A-Z]\w*Destroy)(?:[A-Z_]\w*)?$/;
