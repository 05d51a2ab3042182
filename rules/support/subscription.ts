import { enclosingRoot, forEachDescendant, is, outermostWrapper, skipWrappers, surely, type CallEffects, type CallNode, type FlowRoot, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { lastCalledName } from './promise-values.js';

/** A listener put on a target. */
export interface Subscription {
  readonly call: ts.CallExpression;
  readonly target: ts.Expression;
  /** The event's name, where it is written out. */
  readonly event: string | undefined;
  readonly handler: ts.Expression;
  readonly emitter: NonNullable<CallEffects['subscribe']>['emitter'];
  readonly capture: boolean | undefined;
  /** The target is known to be an emitter; otherwise only the names of its methods say so. */
  readonly resolved: boolean;
  /** Called at most once: by its method, or by an option. */
  readonly once: boolean;
  /** The event comes once and is sure to come before the target ends. */
  readonly comesForSure: boolean;
}

/** The listeners that the function itself adds. Those that go with a signal, a disposer or whoever takes the result are left out. */
export function subscriptionsIn(flow: FunctionFlow, model: SemanticModel): readonly Subscription[] {
  const known = flow.all('subscribe').map(({ call, subscribe }) => subscriptionOf(call, subscribe, true, model));
  const byName = flow.all('call').map(({ call, effects }) => {
    const callee = skipWrappers(call.expression);
    const isUnknown = !effects.subscribe && is.propertyAccess(callee) && NAMED_LIKE_LISTENING.test(callee.name.text) && call.arguments?.length !== 1;
    return isUnknown ? subscriptionOf(call, BY_NAME[callee.name.text.startsWith('addE') ? 'target' : 'emitter'], false, model) : undefined;
  });
  return [...known, ...byName].filter((each): each is Subscription => each !== undefined && enclosingRoot(each.call) === flow.node);
}

const NAMED_LIKE_LISTENING = /^(on|once|addListener|addEventListener)$/;
const BY_NAME = {
  emitter: { event: 0, handler: 1, removedBy: [], emitter: 'EventEmitter' },
  target: { event: 0, handler: 1, options: 2, removedBy: [], emitter: 'EventTarget' },
} as const;

function subscriptionOf(call: CallNode, subscribe: NonNullable<CallEffects['subscribe']>, resolved: boolean, model: SemanticModel): Subscription | undefined {
  if (!is.call(call)) return undefined;
  const callee = skipWrappers(call.expression);
  // `addAbortListener(signal, f)` names its target first; `addEventListener(e, f)` means the window.
  const target = is.propertyAccess(callee) ? callee.expression : subscribe.event === undefined && subscribe.handler > 0 ? call.arguments[0] : callee;
  const handler = call.arguments[subscribe.handler];
  const options = subscribe.options === undefined ? undefined : call.arguments[subscribe.options];
  if (!target || !handler || (subscribe.disposer && !isDropped(call)) || mayCarrySignal(options)) return undefined;
  const event = eventOf(call, subscribe.event, model);
  if (!resolved && event === undefined) return undefined;
  const isAbort = event === 'abort' && (surely(model.hasTrait(target, 'abort-signal')) || (subscribe === BY_NAME.target && /signal$/i.test(target.getText())));
  const emitter = isAbort ? 'AbortSignal' : subscribe.emitter;
  return {
    call, target, event, handler, emitter,
    resolved: resolved || isAbort,
    capture: captureOf(options),
    once: subscribe.once === true || optionIsTrue(options, 'once') === true,
    comesForSure: emitter === 'EventEmitter' && event !== undefined && (subscribe.onceEvents?.includes(event) ?? false),
  };
}

/** Used by nothing, or only by the next call of a chain. */
function isDropped(call: ts.Node): boolean {
  const { parent } = outermostWrapper(call);
  return is.expressionStatement(parent) || is.void(parent) || (is.arrowFunction(parent) && is.expressionStatement(parent.parent));
}

function eventOf(call: ts.CallExpression, index: number | undefined, model: SemanticModel): string | undefined {
  const given = index === undefined ? undefined : call.arguments[index];
  const value = given && skipWrappers(model.resolveAlias(given));
  return value && is.stringLiteral(value) ? value.text : undefined;
}

// ── options of addEventListener ──

function optionOf(options: ts.Expression | undefined, name: string): ts.Node | undefined {
  const bag = options && skipWrappers(options);
  return bag && is.objectLiteral(bag) ? bag.properties.find((each) => each.name?.getText() === name) : undefined;
}

function optionIsTrue(options: ts.Expression | undefined, name: string): boolean | undefined {
  const option = optionOf(options, name);
  if (!option) return false;
  return is.propertyAssignment(option) && /^(true|false)$/.test(option.initializer.getText()) ? option.initializer.getText() === 'true' : undefined;
}

function captureOf(options: ts.Expression | undefined): boolean | undefined {
  const value = options && skipWrappers(options);
  if (!value) return false;
  if (is.objectLiteral(value)) return optionIsTrue(value, 'capture');
  return /^(true|false)$/.test(value.getText()) ? value.getText() === 'true' : undefined;
}

/** `{ signal }`, or options whose contents are not in view. */
function mayCarrySignal(options: ts.Expression | undefined): boolean {
  const value = options && skipWrappers(options);
  if (!value || /^(true|false)$/.test(value.getText())) return false;
  return !is.objectLiteral(value) || optionOf(value, 'signal') !== undefined || value.properties.some((each) => !each.name);
}

// ── removal ──

export interface Removals {
  /** Calls that may take the listener away. */
  readonly matching: readonly ts.Node[];
  /** A call that means to and does not, and why. */
  readonly failing: { readonly at: ts.CallExpression; readonly because: 'handler' | 'event' | 'capture' } | undefined;
}

const REMOVER = /^(off|removeListener|removeEventListener|removeAllListeners|unsubscribe|removeHandler)$/;

const removers = new WeakMap<ts.SourceFile, readonly ts.CallExpression[]>();

/** Calls that take a listener off, by their names: found once per file. */
export function removersIn(file: ts.SourceFile): readonly ts.CallExpression[] {
  const known = removers.get(file);
  if (known) return known;
  const found: ts.CallExpression[] = [];
  forEachDescendant(file, (node) => {
    if (is.call(node) && REMOVER.test(lastCalledName(node))) found.push(node);
  });
  removers.set(file, found);
  return found;
}

/** Calls in the file that take listeners away, held against this one by event, function and capture flag. */
export function removalsOf(subscription: Subscription, model: SemanticModel): Removals {
  const matching: ts.Node[] = [];
  const surelyMatching: ts.Node[] = [];
  let failing: Removals['failing'];
  let onTarget = false;
  for (const node of removersIn(subscription.call.getSourceFile())) {
    const verdict = compare(subscription, node, model);
    if (verdict === 'matches') {
      matching.push(node);
      if (sameTarget(subscription.target, node, model)) onTarget = true;
      if (node.arguments[1] && surely(model.sameValue(subscription.handler, node.arguments[1]))) surelyMatching.push(node);
    } else if (verdict) failing ??= { at: node, because: verdict };
  }
  if (failing && !onTarget) return { matching: [], failing };
  // What may be another's removal counts only where there is none that is surely this one's.
  return { matching: surelyMatching.length > 0 ? surelyMatching : matching, failing };
}

function compare(subscription: Subscription, removal: ts.CallExpression, model: SemanticModel): 'matches' | 'handler' | 'event' | 'capture' | undefined {
  const [event, handler, options] = removal.arguments;
  const isSameTarget = sameTarget(subscription.target, removal, model);
  if (!event || !handler) return isSameTarget ? 'matches' : undefined;
  const sameEvent = isSameEvent(subscription, removal, model);
  const sameHandler = isSameFunction(subscription.handler, handler, model);
  if (sameHandler && sameEvent) {
    const capture = captureOf(options);
    const differs = capture !== undefined && subscription.capture !== undefined && capture !== subscription.capture && isEventTargetMethod(removal) && isEventTargetMethod(subscription.call);
    return !differs ? 'matches' : isSameTarget ? 'capture' : undefined;
  }
  if (!isSameTarget) return undefined;
  if (sameHandler) return surely(model.sameValue(subscription.handler, handler)) ? 'event' : undefined;
  return sameEvent && subscription.event !== undefined && isSameButBound(subscription.handler, handler) ? 'handler' : undefined;
}

function isEventTargetMethod(call: ts.CallExpression): boolean {
  return /EventListener$/.test(call.expression.getText());
}

function sameTarget(target: ts.Expression, removal: ts.CallExpression, model: SemanticModel): boolean {
  const callee = skipWrappers(removal.expression);
  const other = is.propertyAccess(callee) ? skipWrappers(callee.expression) : callee;
  // `bus.off('a', f).off('b', g)`: each gives back what it was called on.
  if (is.call(other) && REMOVER.test(lastCalledName(other)) && sameTarget(target, other, model)) return true;
  return surely(model.sameValue(target, other)) || skipWrappers(target).getText() === other.getText();
}

function isSameEvent({ call, event }: Subscription, removal: ts.CallExpression, model: SemanticModel): boolean {
  const given = removal.arguments[0]!;
  const other = skipWrappers(model.resolveAlias(given));
  if (event === undefined || !is.stringLiteral(other)) return event === undefined || !is.literal(other) || call.arguments[0]?.getText() === given.getText();
  return event === other.text;
}

/** Protection: anything but a function that is surely another one. */
function isSameFunction(added: ts.Expression, removed: ts.Expression, model: SemanticModel): boolean {
  const same = model.sameValue(added, removed);
  if (same !== 'unknown') return same === 'yes';
  if (isMadeOnTheSpot(added) || isMadeOnTheSpot(removed)) return false;
  const [functions, others] = [model.functionsOf(added), model.functionsOf(removed)];
  if (functions.length > 0 && others.length > 0 && !functions.some((fn) => others.includes(fn))) return false;
  return name(added) === name(removed) || comesFromElsewhere(added, model) || (comesFromElsewhere(removed, model) && !staysHere(added, model));
}

/** A local function that goes nowhere but to calls that add or remove listeners: no parameter elsewhere can be it. */
function staysHere(handler: ts.Expression, model: SemanticModel): boolean {
  const value = skipWrappers(handler);
  const symbol = is.identifier(value) ? model.symbolOf(value) : undefined;
  const declaration = symbol?.declarations?.[0];
  if (!symbol || !declaration || is.parameter(declaration) || is.sourceFile(enclosingRoot(declaration))) return false;
  return model.identifiersNamed(symbol.name).every((mention) => {
    const { parent } = outermostWrapper(mention);
    if (parent === declaration || model.symbolOf(mention) !== symbol) return true;
    return is.call(parent) && is.propertyAccess(parent.expression) && (REMOVER.test(parent.expression.name.text) || NAMED_LIKE_LISTENING.test(parent.expression.name.text));
  });
}

/** A parameter or the item of a list: it may be any function. */
function comesFromElsewhere(handler: ts.Expression, model: SemanticModel): boolean {
  const value = skipWrappers(handler);
  const declaration = is.identifier(value) ? model.symbolOf(value)?.declarations?.[0] : undefined;
  if (!declaration) return !is.propertyAccess(value);
  return is.parameter(declaration) || is.bindingElement(declaration) || (is.variableDeclaration(declaration) && (!declaration.initializer || is.forOf(declaration.parent.parent)));
}

/** A function that nothing else can name: `() => …`, `this.f.bind(this)`. */
export function isMadeOnTheSpot(handler: ts.Expression): boolean {
  const value = skipWrappers(handler);
  if (is.call(value)) return is.propertyAccess(value.expression) && value.expression.name.text === 'bind';
  return is.functionExpression(value) && (is.arrowFunction(value) || !value.name);
}

/** The last name of the expression: `this.#onData` and `self.onData` may well be one. */
function name(expr: ts.Expression): string {
  const value = skipWrappers(expr);
  return is.propertyAccess(value) ? value.name.text.replace(/^#/, '') : value.getText();
}

/** Meant to be the same function, and made anew at one of the two: `on(e, this.f.bind(this))`, `off(e, this.f)`. */
function isSameButBound(added: ts.Expression, removed: ts.Expression): boolean {
  return (isMadeOnTheSpot(added) || isMadeOnTheSpot(removed)) && unbound(added) === unbound(removed);
}

/** `this.f` of `this.f.bind(this)`. */
function unbound(handler: ts.Expression): string {
  const value = skipWrappers(handler);
  const isBind = is.call(value) && is.propertyAccess(value.expression) && value.expression.name.text === 'bind';
  return (isBind ? (value.expression as ts.PropertyAccessExpression).expression : value).getText().replace(/\s+/g, '');
}

// ── targets ──

/** Outlives every call: the process, the window, the document, what is reached from them. */
export function isGlobal({ target, emitter }: Subscription): boolean {
  if (emitter === 'process') return true;
  return /^(globalThis\.)?(window|document|self|globalThis|addEventListener)(\.(body|documentElement|visualViewport|document|parent|top|opener|self))*$/.test(skipWrappers(target).getText());
}

/** Surely neither made by this activation nor by one around it, nor as old as the object that is being made. */
export function isForeign({ target, emitter }: Subscription, root: FlowRoot, model: SemanticModel): boolean {
  const owner = skipWrappers(target);
  // What is handed over in options is not made with them: only a controller makes its own signal.
  const maker = emitter === 'AbortSignal' && is.propertyAccess(owner) ? owner.expression : target;
  if (maker !== target && model.hasTrait(maker, 'abort-controller') === 'no') return true;
  for (let scope = root; ; scope = enclosingRoot(scope)) {
    if (model.isFresh(maker, scope) !== 'no') return false;
    if (is.constructor(scope) && isOwnPart(maker, model)) return false;
    if (is.sourceFile(scope)) return true;
  }
}

/** A field that its class fills with what it makes itself. */
function isOwnPart(expr: ts.Expression, model: SemanticModel): boolean {
  const value = skipWrappers(expr);
  const place = is.propertyAccess(value) && is.this(value.expression) ? model.place(value) : undefined;
  const declaration = place?.root?.declarations?.[0];
  if (declaration && is.propertyDeclaration(declaration) && declaration.initializer) return is.new(skipWrappers(declaration.initializer));
  return place !== undefined && model.accesses(place).some((access) => access.kind === 'write' && access.value !== undefined && is.new(skipWrappers(access.value)));
}

/** The same function each time, so that an event target takes it once: declared at the top of a module. */
export function isStableHandler({ handler, emitter }: Subscription, model: SemanticModel): boolean {
  if (emitter !== 'EventTarget' && emitter !== 'AbortSignal') return false;
  const value = skipWrappers(handler);
  const declaration = is.identifier(value) ? model.symbolOf(value)?.declarations?.[0] : undefined;
  return declaration !== undefined && is.sourceFile(enclosingRoot(declaration));
}

/** `bus` of `this.#bus`: by what name a target is known, whoever has it. */
export function lastName(target: ts.Expression): string | undefined {
  const value = skipWrappers(target);
  return is.propertyAccess(value) ? value.name.text.replace(/^#/, '') : is.identifier(value) ? value.text : undefined;
}
