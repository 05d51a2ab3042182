import {
  enclosingRoot, forEachDescendant, is, isAsync, isFunctionNode, outermostWrapper, skipWrappers,
  type CallNode, type FlowEvent, type FunctionFlow, type FunctionNode, type Path, type SemanticModel, type ts,
} from '../../src/rule.js';
import { localName, mentionsOf, reachOf, touchesSettler, type HandMade, type Reach } from './settlers.js';
import { within } from './settling-coverage.js';
import { insideTryWithCatch } from './sure-rejection.js';

/** A way on which a promise made by hand is left pending for ever. */
export interface SettlingGap {
  readonly kind: 'executor' | 'callback' | 'throws' | 'mayThrow' | 'asyncExecutor';
  /** Where the way ends. */
  readonly at: ts.Node;
  /** What is run there, as a reader would name it. */
  readonly call: CallNode | undefined;
  /** Where another way settles. */
  readonly settled: ts.Node;
}

export function settlingGaps(made: HandMade, model: SemanticModel): readonly SettlingGap[] {
  const { executor, scope, uses } = made;
  const [first] = uses;
  if (!first) return [];
  const reach = reachOf(made, model);
  if (executor && isAsync(executor)) {
    const lost = lostThrow(model.flow(executor), reach, model);
    return lost ? [{ kind: 'asyncExecutor', at: lost.node, call: undefined, settled: first.at }] : [];
  }
  const left = executor && leaving(executor, reach, made, model);
  // What was set up before the way ends may well settle on that way too.
  const own = left && uses.every(({ at }) => at.pos > left.pos) ? left : undefined;
  const gaps: SettlingGap[] = own ? [{ kind: 'executor', at: own, call: undefined, settled: first.at }] : [];
  for (const fn of functionsAround(reach, scope)) {
    const call = callbackOnce(fn, scope, model);
    if (!call || !reach.nodes.every((node) => within(node, fn) || isNameOf(node, fn, model))) continue;
    const end = leaving(fn, reach, made, model);
    if (end) gaps.push({ kind: 'callback', at: end, call, settled: first.at });
  }
  for (const fn of functionsAround(reach, scope)) {
    const call = isAsync(fn) ? undefined : laterCall(fn, scope, model);
    const thrown = call && throwing(model.flow(fn), reach, model);
    if (thrown) gaps.push({ kind: thrown.kind === 'throw' ? 'throws' : 'mayThrow', at: thrown.node, call, settled: first.at });
  }
  return gaps;
}

function functionsAround({ nodes }: Reach, scope: FunctionNode): ReadonlySet<FunctionNode> {
  const found = new Set<FunctionNode>();
  for (const node of nodes) {
    for (let root = enclosingRoot(node); root !== scope && !is.sourceFile(root); root = enclosingRoot(root)) found.add(root);
  }
  return found;
}

function isNameOf(node: ts.Node, fn: FunctionNode, model: SemanticModel): boolean {
  const name = localName(fn);
  return name !== undefined && is.identifier(node) && model.symbolOf(node) === model.symbolOf(name);
}

// ── ways that end ──

/** The last decision of a way through the function that settles nothing. */
function leaving(fn: FunctionNode, reach: Reach, { scope }: HandMade, model: SemanticModel): ts.Node | undefined {
  const flow = model.flow(fn);
  const touches = (event: FlowEvent): boolean => touchesSettler(event, reach);
  const settling = flow.events.filter(touches);
  if (settling.length === 0 || settling.some(({ loops }) => loops.length > 0)) return undefined;
  const path = flow.pathTo(flow.entry, (event) => event.kind === 'exit', { avoiding: touches, throws: 'none' });
  const guards = path?.events.filter((event) => event.kind === 'guard') ?? [];
  const last = path?.events.findLast((event) => event.kind === 'return') ?? guards.at(-1);
  const isPlain = guards.length > 0 && guards.every(({ form, test }) => form === 'truthy' && !dependsOnSettling(test, scope, model) && !asksWhetherMounted(test, model));
  return path && last && isPlain && !handsOn(path, fn, model) ? last.node : undefined;
}

/** `if (settled) return;`: a variable that the executor itself changes. */
function dependsOnSettling(test: ts.Expression, scope: ts.Node, model: SemanticModel): boolean {
  const isChanged = (node: ts.Node): boolean => {
    if (!is.identifier(node)) return false;
    const place = model.place(node);
    return place !== undefined && place.kind !== 'parameter' && model.accesses(place).some((access) => access.kind === 'write' && within(access.node, scope) && !is.variableDeclaration(access.node));
  };
  let found = isChanged(test);
  forEachDescendant(test, (node) => {
    found ||= isChanged(node);
  });
  return found;
}

/** `if (!mounted.current) return;` of a component, `mounted` being `useRef(true)`: with the component all is gone that waits. */
function asksWhetherMounted(test: ts.Expression, model: SemanticModel): boolean {
  const value = skipWrappers(test);
  if (is.prefixUnary(value)) return asksWhetherMounted(value.operand, model);
  const declaration = is.propertyAccess(value) && value.name.text === 'current' ? model.symbolOf(skipWrappers(value.expression))?.declarations?.[0] : undefined;
  const made = declaration && is.variableDeclaration(declaration) && declaration.initializer ? skipWrappers(declaration.initializer) : undefined;
  return made !== undefined && is.call(made) && /(^|\.)useRef$/.test(made.expression.getText()) && /^(true|false)$/.test(made.arguments[0]?.getText() ?? '');
}

/** On the way the function is set up again, or does the like for somebody who may settle. */
function handsOn(path: Path, fn: FunctionNode, model: SemanticModel): boolean {
  const name = localName(fn);
  return name !== undefined && mentionsOf(name, fn, model).some((mention) => path.events.some((event) => event.kind === 'call' && within(mention, event.node)));
}

/** A throw, or a library call that is known to throw, that nothing here catches before the promise is settled. */
function throwing(flow: FunctionFlow, reach: Reach, model: SemanticModel): FlowEvent | undefined {
  const avoiding = (event: FlowEvent): boolean => touchesSettler(event, reach) || (event.kind === 'throw' && isForTypeOnly(event.node, flow.node, model));
  const thrown = flow.pathTo(flow.entry, (event) => event.kind === 'exit-throw', { avoiding, throws: 'throw' })?.thrown.at(-1);
  const isRisky = (event: FlowEvent): boolean => event.kind === 'call' && model.call(event.call).effects.throws === 'yes' && !insideTryWithCatch(event.node, flow.node);
  return thrown ?? flow.pathTo(flow.entry, isRisky, { avoiding, throws: 'none' })?.events.at(-1);
}

/** `const address = server.address(); if (!address || typeof address === 'string') throw …`: a server that listens on a port has one, the test is for the compiler. */
function isForTypeOnly(thrown: ts.Node, root: ts.Node, model: SemanticModel): boolean {
  for (let node = thrown; node !== root && !is.sourceFile(node); node = node.parent) {
    const { parent } = node;
    if (is.if(parent) && parent.expression !== node && mentionsAddress(parent.expression, model)) return true;
  }
  return false;
}

function mentionsAddress(test: ts.Expression, model: SemanticModel): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    const value = is.identifier(node) ? skipWrappers(model.resolveAlias(node)) : node;
    found ||= is.call(value) && value.arguments.length === 0 && calleeName(value) === 'address';
  };
  visit(test);
  forEachDescendant(test, visit);
  return found;
}

/** In an async executor even a call that is not known to throw loses the promise, should it; what surely rejects is lost for everybody. */
function lostThrow(flow: FunctionFlow, reach: Reach, model: SemanticModel): FlowEvent | undefined {
  // A closure that is only made hands nothing on yet.
  const avoiding = (event: FlowEvent): boolean => event.kind === 'call' && touchesSettler(event, reach);
  const lost = (throws: 'await' | 'unknown'): FlowEvent | undefined => flow.pathTo(flow.entry, (event) => event.kind === 'exit-throw', { avoiding, throws })?.thrown.at(-1);
  const culprit = lost('await') ? undefined : lost('unknown');
  return culprit?.kind === 'call' && is.call(culprit.call) && !/^(global|node:\w+)\./.test(model.call(culprit.call).qualified ?? '') ? culprit : undefined;
}

// ── how callbacks are run ──

const ERROR = /^_?(err|error)$/;
const REPEATING = /^(on|addListener|addEventListener|subscribe|watch|forEach|map|each|filter|some|every|find|reduce|use|listen|observe|setInterval|then|catch|finally|on[A-Z].*)$/;

/** The call that runs the function once, later: known to, or by its error-first callback. */
function callbackOnce(fn: FunctionNode, scope: FunctionNode, model: SemanticModel): CallNode | undefined {
  const call = laterCall(fn, scope, model);
  if (!call || REPEATING.test(calleeName(call))) return undefined;
  const timing = model.callbackOf(fn)?.timing;
  const isErrorFirst = 'parameters' in fn && ERROR.test(fn.parameters[0]?.name.getText() ?? '');
  return timing === 'later-once' || (timing !== 'later-many' && isErrorFirst) ? call : undefined;
}

/** The call that is given the function and runs it when the executor is over, with nobody looking at what it throws. */
function laterCall(fn: FunctionNode, scope: FunctionNode, model: SemanticModel): CallNode | undefined {
  const { parent } = outermostWrapper(fn);
  if (!is.callOrNew(parent) || !isFunctionNode(fn) || !within(parent, scope)) return undefined;
  const info = model.callbackOf(fn);
  if (!info || info.timing === 'sync' || info.timing === 'awaited' || info.effect?.result === 'used' || info.effect?.catches) return undefined;
  const isErrorFirst = 'parameters' in fn && fn.parameters.length > 0 && ERROR.test(fn.parameters[0]!.name.getText());
  return info.timing === 'unknown' && !isErrorFirst ? undefined : parent;
}

function calleeName({ expression }: CallNode): string {
  return is.propertyAccess(expression) ? expression.name.text : expression.getText();
}
