import { forEachDescendant, isFunctionNode, is, outermostWrapper, skipWrappers, type CallNode, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { constantNumber } from './constant-number.js';

/** What becomes of the handle that a timer call returns. */
export interface TimerHandle {
  /**
   * `dropped`: nobody can clear the timer. `kept`: in a variable or field whose mentions are all in view. `away`: returned,
   * passed on, stored among others or unref-ed, so that somebody else answers for it.
   */
  readonly fate: 'dropped' | 'kept' | 'away';
  /** Where it is kept. */
  readonly place?: Place;
  /** `clearTimeout(handle)` and its like, anywhere in the file. */
  readonly clears: readonly ts.Node[];
}

const DROPPED: TimerHandle = { fate: 'dropped', clears: [] };
const AWAY: TimerHandle = { fate: 'away', clears: [] };

export function handleOf(timer: ts.Node, model: SemanticModel): TimerHandle {
  const value = outermostValue(timer);
  const { parent } = value;
  if (is.expressionStatement(parent) || is.void(parent) || isIgnoredResult(value, model)) return DROPPED;
  if (is.propertyDeclaration(parent)) return keptIn(parent.name, undefined, mentionsOfField(parent.name, model), model);
  const target = is.variableDeclaration(parent) ? parent.name : assignedTo(value);
  if (target && is.identifier(target)) return keptIn(target, model.place(target), mentionsOfVariable(target, model), model);
  if (target && is.propertyAccess(target) && is.this(target.expression)) return keptIn(target.name, model.place(target), mentionsOfField(target.name, model), model);
  return AWAY;
}

/** The node whose value is the handle: above casts, branches and short circuits. */
function outermostValue(node: ts.Node): ts.Node {
  const outer = outermostWrapper(node);
  const { parent } = outer;
  const isBranch = is.conditional(parent) && parent.condition !== outer;
  const isLast = is.binary(parent) && parent.right === outer && /^(&&|\|\||\?\?|,)$/.test(parent.operatorToken.getText());
  return isBranch || isLast ? outermostValue(parent) : outer;
}

/** `(resolve) => setTimeout(resolve, ms)` where nothing looks at what the callback returns. */
function isIgnoredResult(value: ts.Node, model: SemanticModel): boolean {
  const fn = value.parent;
  return is.arrowFunction(fn) && fn.body === value && model.callbackOf(fn)?.effect?.result === 'ignored';
}

/** The left side of `x = setTimeout(…)` as a statement; elsewhere the value goes on. */
function assignedTo(value: ts.Node): ts.Expression | undefined {
  const { parent } = value;
  const isStatement = is.assignment(parent) && parent.right === value && is.expressionStatement(outermostWrapper(parent).parent);
  return isStatement ? skipWrappers(parent.left) : undefined;
}

function keptIn(name: ts.Node, place: Place | undefined, mentions: readonly ts.Node[], model: SemanticModel): TimerHandle {
  const uses = mentions.filter((mention) => mention !== name).map((mention) => useOf(mention, model));
  if (uses.includes('away')) return AWAY;
  return { fate: 'kept', ...(place && { place }), clears: uses.filter(isNode) };
}

function mentionsOfVariable(name: ts.Identifier, model: SemanticModel): readonly ts.Node[] {
  const symbol = model.symbolOf(name);
  return model.identifiersNamed(name.text).filter((id) => id.getSourceFile() === name.getSourceFile() && (symbol === undefined || model.symbolOf(id) === symbol));
}

/** By name: `this.timer` in its class, `self.timer` and `const { timer } = …` anywhere in the file, and what clears `client.timer` in others. */
function mentionsOfField(name: ts.PropertyName, model: SemanticModel): readonly ts.Node[] {
  const owner = classAround(name);
  const text = is.identifier(name) || is.privateIdentifier(name) ? name.text : name.getText();
  return model.identifiersNamed(text).flatMap((id): ts.Node[] => {
    const { parent } = id;
    const isHere = id.getSourceFile() === name.getSourceFile();
    if (is.bindingElement(parent)) return isHere ? [parent] : [];
    if (!is.propertyAccess(parent) || parent.name !== id) return [];
    const isOwn = is.this(parent.expression) ? classAround(parent) === owner : isHere || isNode(useOf(parent, model));
    return isOwn ? [parent] : [];
  });
}

function classAround(node: ts.Node): ts.Node | undefined {
  let current: ts.Node | undefined = node.parent;
  while (current && !is.classLike(current)) current = current.parent;
  return current;
}

function isNode(use: ts.Node | 'away' | undefined): use is ts.Node {
  return typeof use === 'object';
}

/** The node by which this mention clears the timer; `away` where it hands the handle on; undefined where it only looks or writes. */
function useOf(mention: ts.Node, model: SemanticModel): ts.Node | 'away' | undefined {
  const outer = outermostWrapper(mention);
  const { parent } = outer;
  if (is.callOrNew(parent) && parent.expression !== outer) return model.call(parent).effects.clearsTimer ? parent : 'away';
  if (is.propertyAccess(parent) && parent.expression === outer) {
    if (parent.name.text === 'unref') return 'away';
    return /^(close|dispose|clear|cancel|stop)$/.test(parent.name.text) ? parent : undefined;
  }
  const isCopied = is.bindingElement(mention) || (is.variableDeclaration(parent) && parent.initializer === outer) || (is.assignment(parent) && parent.right === outer);
  const isPassedOn = is.return(parent) || is.propertyAssignment(parent) || is.shorthandPropertyAssignment(parent) || is.arrayLiteral(parent) || (is.arrowFunction(parent) && parent.body === outer);
  return isCopied || isPassedOn ? 'away' : undefined;
}

/** So short that it is over before it can do harm: no delay, or a constant of at most a tenth of a second. */
export function isBrief(timer: ts.CallExpression, model: SemanticModel): boolean {
  const delay = delayOf(timer, model);
  return delay === undefined || delay <= 100;
}

const SOME_SECONDS = 10_000;

/** Harmless when it fires, and over within seconds or set in a page, which no timer keeps from its end. */
export function isHarmlessLeft(timer: ts.CallExpression, model: SemanticModel): boolean {
  return ((delayOf(timer, model) ?? 0) <= SOME_SECONDS || model.fileOf(timer).host === 'browser') && isHarmlessWhenLate(timer, model);
}

/** A sleep does nothing but end: over within seconds by a constant, it keeps nobody. */
export function isShortSleep(sleep: CallNode, model: SemanticModel): boolean {
  return sleepTime(sleep, model) <= SOME_SECONDS;
}

/** As long as a brief timer at most. */
export function isBriefSleep(sleep: CallNode, model: SemanticModel): boolean {
  return sleepTime(sleep, model) <= 100;
}

function sleepTime(sleep: CallNode, model: SemanticModel): number {
  const [delay] = model.call(sleep).effects.sleeps ? (sleep.arguments ?? []) : [];
  return (delay && constantNumber(delay, model)) ?? Infinity;
}

/** Nothing to do when it fires but to settle what is settled, abort what is done, take off what is off. */
export function isHarmlessWhenLate(timer: ts.CallExpression, model: SemanticModel): boolean {
  const callback = timer.arguments[0] && skipWrappers(timer.arguments[0]);
  if (!callback) return false;
  // `setTimeout(resolve, ms)`
  if (is.identifier(callback)) return model.symbolOf(callback)?.declarations?.some(is.parameter) ?? false;
  if (!is.functionExpression(callback)) return false;
  if (looksWhetherDone(callback, model)) return true;
  let isHarmless = true;
  forEachDescendant(callback, (node) => {
    if (is.assignment(node) || (is.call(node) && !HARMLESS_WHEN_LATE.test(lastNameOf(node.expression)))) isHarmless = false;
    return isHarmless;
  });
  return isHarmless;
}

/** `() => { if (!settled) { … } }`, where what settles it sets the mark. */
function looksWhetherDone({ body }: ts.FunctionExpression | ts.ArrowFunction, model: SemanticModel): boolean {
  const [only, ...others] = is.block(body) ? body.statements : [];
  const test = only && others.length === 0 && is.if(only) && !only.elseStatement ? skipWrappers(only.expression) : undefined;
  const mark = test && is.prefixUnary(test) ? model.place(test.operand) : undefined;
  return mark !== undefined && model.accesses(mark).some(({ kind, node, value }) => kind === 'write' && value?.getText() === 'true' && (node.pos < body.pos || node.end > body.end));
}

const HARMLESS_WHEN_LATE = /^(resolve|reject|abort|off|removeListener|removeEventListener|clearTimeout)$/;

function lastNameOf(callee: ts.Expression): string {
  const value = skipWrappers(callee);
  return is.propertyAccess(value) ? value.name.text : value.getText();
}

/** In milliseconds, the longest that code in view gives; undefined where the timer has none, infinite where it is not a constant. */
function delayOf(timer: ts.CallExpression, model: SemanticModel): number | undefined {
  const index = model.call(timer).effects.timer?.delayArg;
  const given = index === undefined ? undefined : timer.arguments[index];
  return given && greatest(given, model);
}

/** `5000`, `3 * SECOND`, a parameter with a constant default, or that every caller in view gives a constant. */
function greatest(expr: ts.Expression, model: SemanticModel, depth = 0): number {
  const value = skipWrappers(model.resolveAlias(expr));
  if (is.literal(value)) return Number(value.text.replaceAll('_', ''));
  if (depth > 4) return Infinity;
  const within = (inner: ts.Expression): number => greatest(inner, model, depth + 1);
  if (is.conditional(value)) return Math.max(within(value.whenTrue), within(value.whenFalse));
  if (is.binary(value)) {
    const operator = value.operatorToken.getText();
    return operator === '*' ? within(value.left) * within(value.right) : operator === '+' ? within(value.left) + within(value.right) : Infinity;
  }
  const declaration = is.identifier(value) || is.propertyAccess(value) ? model.symbolOf(value)?.declarations?.[0] : undefined;
  if (declaration && is.propertyDeclaration(declaration) && declaration.initializer) return within(declaration.initializer);
  return declaration && is.parameter(declaration) ? greatestGiven(declaration, within, model) : Infinity;
}

function greatestGiven(parameter: ts.ParameterDeclaration, value: (given: ts.Expression) => number, model: SemanticModel): number {
  const fn = parameter.parent;
  if (!isFunctionNode(fn) || parameter.dotDotDotToken) return Infinity;
  const index = fn.parameters.indexOf(parameter);
  const given = model.callersOf(fn).map((call) => call.arguments?.[index] ?? parameter.initializer);
  const all = parameter.initializer ? [...given, parameter.initializer] : given;
  return all.length === 0 ? Infinity : Math.max(...all.map((each) => (each ? value(each) : Infinity)));
}
