import { forEachDescendant, is, isFunctionNode, skipWrappers, type FlowRoot, type SemanticModel, type SignalInScope, type ts } from '../../src/rule.js';

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
 * Follows a signal through the variables of the function that has it (`fn`, or one around it that runs `fn` in place): `const stream = open(path, signal)`, `const timeout = AbortSignal.any([signal, …])`,
 * an abort listener and what it writes or ends, a call that links it to something (`stopOn(signal, child)`). Each round adds what mentions
 * something found before. `results: 'apart'` leaves out what is only the outcome of an awaited call that was given the signal:
 * `const response = await fetch(url, { signal })`.
 */
export function carriers(signal: SignalInScope, fn: FlowRoot, model: SemanticModel, results: 'too' | 'apart' = 'too'): Carriers {
  const root = ownerOf(signal, fn);
  const signals = new Set<string>([signal.key]);
  const functions = new Set<ts.Symbol>();
  const bag = MEMBER_KEY.exec(signal.key)?.[1];
  const found = { signals, bag, functions, self: false };
  // A variable that stands for a member of the bag has a place of its own.
  if (is.identifier(signal.node)) addPlace(signal.node);
  const carries = (value: ts.Expression): boolean => (results === 'too' || !is.await(skipWrappers(value))) && mentionsAny(value, found, model);
  const count = (): number => signals.size + functions.size + Number(found.self);
  for (let before = -1; before !== count(); ) {
    before = count();
    forEachDescendant(root, (node) => {
      if (is.variableDeclaration(node) && node.initializer && carries(node.initializer)) add(node.name, model.place(node.initializer)?.key === bag);
      if (is.assignment(node) && carries(node.right)) addPlace(node.left);
      if (is.expressionStatement(node) && is.call(node.expression)) addLinked(node.expression);
      if (isFunctionNode(node) && node.name && node.body && mentionsAny(node.body, found, model)) addFunction(node.name);
      for (const handler of abortHandlers(node, found, model)) addReached(handler);
    });
  }
  return found;

  function add(name: ts.BindingName, fromBag: boolean): void {
    if (is.identifier(name)) addPlace(name);
    else for (const element of name.elements) if (!is.omitted(element) && !(fromBag && isOtherMember(element))) add(element.name, false);
  }
  function isOtherMember(element: ts.BindingElement): boolean {
    return element.dotDotDotToken === undefined && !signal.key.endsWith(`.${(element.propertyName ?? element.name).getText()}`);
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
        if (is.call(node) && is.propertyAccess(node.expression)) addPlace(node.expression.expression);
      });
    }
  }
}

function ownerOf(signal: SignalInScope, fn: FlowRoot): FlowRoot {
  for (let node: ts.Node = fn; node.parent; node = node.parent) {
    if (isFunctionNode(node) && signal.node.pos >= node.pos && signal.node.end <= node.end) return node;
  }
  return fn;
}

/** Keys of places end in their declaration's position and the members below it. */
const MEMBER_KEY = /^(.*:\d+(?:\.[^.:]+)*)\.[^.:]+$/;

export function mentionsAny(root: ts.Node, known: Carriers, model: SemanticModel): boolean {
  let found = false;
  const visit = (node: ts.Node): boolean => {
    if (found) return false;
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
