import {
  enclosingRoot, forEachDescendant, functionName, is, isFunctionNode, outermostWrapper, skipWrappers,
  type CallNode, type EventTest, type FlowEvent, type FunctionFlow, type FunctionNode, type Place, type SemanticModel, type ts,
} from '../../src/rule.js';
import { within } from './settling-coverage.js';

/** Something that a function opens, takes or starts, keeps in a variable of its own and has to let go. */
export interface Resource {
  readonly call: CallNode;
  readonly handle: Place;
  readonly name: string;
  readonly declared: ts.Identifier;
  /** `known`: a model or the API's name says that it must be released. `own`: that the function itself does so on some way. */
  readonly evidence: 'known' | 'own';
  readonly kind: 'client' | 'file' | 'reader' | 'process' | 'folder' | 'other';
  /** From here on it is held. */
  readonly start: FlowEvent;
  readonly releases: readonly ts.Node[];
  /** What decides whether it is made here at all: `this.runner` of `this.runner ?? create()`. */
  readonly condition: string | undefined;
}

export function resourcesIn(flow: FunctionFlow, model: SemanticModel): readonly Resource[] {
  if (is.sourceFile(flow.node)) return [];
  return flow.all('call').flatMap(({ call }) => resourceOf(call, flow, model) ?? []);
}

function resourceOf(call: CallNode, flow: FunctionFlow, model: SemanticModel): Resource | undefined {
  const called = calledText(call);
  if (!MAKING.test(called) && !is.new(call)) return undefined;
  if (enclosingRoot(call) !== flow.node) return undefined;
  const bound = boundTo(call);
  if (!bound) return undefined;
  const kind = kindOf(call, called, bound.name.text, model);
  const handle = kind && model.place(bound.name);
  if (!kind || !handle || !/^(local|captured|parameter)$/.test(handle.kind) || handle.path.length > 0) return undefined;
  const releases = releasesIn(flow.node, bound.name, kind, model);
  // What code in view makes may be let go by its maker too.
  const isKnown = (kind === 'client' || kind === 'file') && model.call(call).targets.length === 0;
  // By its name alone, a runner may be a shared one.
  if (releases.length === 0 && (!isKnown || called === 'createQueryRunner')) return undefined;
  const start = flow.all('write').find((e) => e.place.key === handle.key && within(call, e.node)) ?? flow.at(bound.value).find((e) => e.kind === 'await') ?? flow.at(call).find((e) => e.kind === 'call');
  return start && { call, handle, name: bound.name.text, declared: bound.name, evidence: isKnown ? 'known' : 'own', kind, start, releases, condition: bound.condition };
}

/** Names of calls that make something which lasts. */
const MAKING = /^(connect|open|create|acquire|launch|spawn|fork|exec|mkdtemp|watch|subscribe|listen|getConnection|getClient|getReader|getWriter|getSession|rollup|rolldown|checkout|reserve|dial|duplicate|newPage|newContext|fdopen|startSession)([A-Z_]\w*|Sync)?$/;
const NOT_HELD = /(element|object|url|range|context|span|timer|builder|hash|hmac|cipher|decipheriv|sign|verify|interface|proxy|program|spec|reporter|transaction|batch|pipeline)/i;

function kindOf(call: CallNode, called: string, name: string, model: SemanticModel): Resource['kind'] | undefined {
  const { effects, qualified } = model.call(call);
  if (effects.acquire) return effects.acquire.kind === 'client' ? 'client' : undefined;
  if (called === 'createQueryRunner') return 'client';
  if (qualified !== undefined && /^(node:)?fs(\/promises\.|\.promises\.)open$/.test(qualified)) return 'file';
  if (/^get(Reader|Writer)$/.test(called)) return 'reader';
  if (called.startsWith('mkdtemp')) return 'folder';
  if (effects.spawns === 'worker' || effects.spawns === 'child-process') return 'process';
  if (is.new(call)) return /(Server|Client|Connection|Pool|Worker|Watcher|Browser|Session|Socket|Database)$/.test(call.expression.getText()) ? 'other' : undefined;
  return NOT_HELD.test(called) || NOT_HELD.test(name) ? undefined : 'other';
}

interface Bound {
  readonly name: ts.Identifier;
  /** The call, or the await around it. */
  readonly value: ts.Node;
  readonly condition: string | undefined;
}

/** `const h = await open()`, `h = open()`, `const h = given ?? (await open())`. */
function boundTo(call: CallNode): Bound | undefined {
  let outer = outermostWrapper(call);
  if (is.await(outer.parent)) outer = outermostWrapper(outer.parent);
  const value = skipWrappers(outer as ts.Expression);
  let condition: string | undefined;
  if (is.binary(outer.parent) && /^(\?\?|\|\|)$/.test(outer.parent.operatorToken.getText()) && outer.parent.right === outer) {
    condition = outer.parent.left.getText();
    outer = outermostWrapper(outer.parent);
  } else if (is.conditional(outer.parent) && outer.parent.condition !== outer) {
    condition = outer.parent.condition.getText();
    outer = outermostWrapper(outer.parent);
  }
  const { parent } = outer;
  if (is.variableDeclaration(parent) && is.identifier(parent.name)) return is.using(parent.parent.parent) ? undefined : { name: parent.name, value, condition };
  const isStatement = is.assignment(parent) && parent.right === outer && is.identifier(parent.left) && is.expressionStatement(parent.parent);
  return isStatement && is.identifier(parent.left) ? { name: parent.left, value, condition } : undefined;
}

// ── letting go ──

const ENDS: Readonly<Record<Resource['kind'], RegExp>> = {
  client: /^(release|end|close|destroy|dispose)$/,
  file: /^(close|createReadStream|createWriteStream|readableWebStream|readLines)$/,
  reader: /^(releaseLock|cancel|close|abort|return)$/,
  process: /^(kill|terminate|disconnect|unref|close|destroy)$/,
  folder: /^$/,
  other: /^(close|release|dispose|destroy|terminate|end|disconnect|quit|unsubscribe|endSession|shutdown|stop|kill)$/,
};
const ENDING_CALL = /^(close|release|dispose|destroy|end|kill|clean|free|stop|teardown|tearDown|shutdown|terminate|rm|rimraf|remove|unlink|del|finish|rollback|quit|disconnect|return)/;

function releasesIn(root: ts.Node, name: ts.Identifier, kind: Resource['kind'], model: SemanticModel): readonly ts.Node[] {
  const symbol = model.symbolOf(name);
  const releases: ts.Node[] = [];
  forEachDescendant(root, (node) => {
    if (!is.identifier(node) || node === name || node.text !== name.text || (symbol && model.symbolOf(node) !== symbol)) return;
    const release = releaseBy(node, kind, model);
    if (release) releases.push(release);
  });
  return releases;
}

/** The call by which this mention lets the thing go. */
function releaseBy(mention: ts.Identifier, kind: Resource['kind'], model: SemanticModel): ts.Node | undefined {
  const outer = outermostWrapper(mention);
  const { parent } = outer;
  if (is.propertyAccess(parent) && parent.expression === outer && ENDS[kind].test(parent.name.text)) {
    const call = outermostWrapper(parent).parent;
    // `once('exit', h.close)` lets go as well.
    return is.call(call) ? call : undefined;
  }
  if (is.elementAccess(parent) && parent.expression === outer) return /ispose\]?$/.test(parent.argumentExpression.getText()) ? parent.parent : undefined;
  if (!is.callOrNew(parent) || parent.expression === outer) return undefined;
  if (ENDING_CALL.test(calledText(parent)) && (kind === 'folder') === /^(rm|rimraf|remove|unlink|del|clean)/.test(calledText(parent))) return parent;
  const index = parent.arguments?.indexOf(outer as ts.Expression) ?? -1;
  return model.call(parent).targets.some((fn) => letsParameterGo(fn, index, kind)) ? parent : undefined;
}

function letsParameterGo(fn: FunctionNode, index: number, kind: Resource['kind']): boolean {
  const parameter = 'parameters' in fn ? fn.parameters[index] : undefined;
  const name = parameter && is.identifier(parameter.name) ? parameter.name.text : undefined;
  let found = false;
  if (name) {
    forEachDescendant(fn, (node) => {
      found ||= is.propertyAccess(node) && ENDS[kind].test(node.name.text) && node.expression.getText() === name;
      found ||= is.call(node) && ENDING_CALL.test(calledText(node)) && node.arguments.some((given) => given.getText() === name);
    });
  }
  return found;
}

/** Released, or in other hands: returned, stored, put among others, given to a new object, or to a closure that releases it. */
export function letsGo(resource: Resource, model: SemanticModel): EventTest {
  const { handle, releases } = resource;
  const conditions = releases.map((release) => conditionsAround(release));
  // A release that no condition stands around says that the thing is always this function's own.
  const conditional = conditions.every(({ length }) => length > 0) ? conditions.flat() : [];
  return (event) => {
    switch (event.kind) {
      case 'call':
        return releases.includes(event.call) || endsByForce(event.call, resource) || takesOver(event.call, resource, model);
      case 'closure':
        return releases.some((release) => within(release, event.fn)) || (handsOut(event.fn) && mentions(event.fn, handle, model));
      case 'guard':
        // `file?.close()`
        return releases.some((release) => within(event.test, release)) || isStoredUnless(event.node, handle, model) || conditional.some((condition) => within(event.test, condition)) || (resource.condition !== undefined && event.test.getText().includes(resource.condition));
      case 'return':
        return event.value !== undefined && holdsValue(event.value, handle, model);
      case 'write':
        return event.place.key === handle.key ? !within(resource.call, event.node) : storesIn(event, handle, model);
      case 'dispose':
        return event.handle?.key === handle.key;
      case 'await':
        return event.form === 'yield' && holdsValue(event.node, handle, model);
      default:
        return false;
    }
  };
}

/** `connection.abort()`, or the end of what made it: `peer.close()` for `const channel = peer.createDataChannel()`. */
function endsByForce({ expression }: CallNode, { name, call }: Resource): boolean {
  const callee = skipWrappers(expression);
  if (!is.propertyAccess(callee)) return false;
  const ended = callee.expression.getText();
  const making = skipWrappers(call.expression);
  const maker = is.propertyAccess(making) && !is.this(making.expression) ? making.expression.getText() : undefined;
  return (ended === name && /^(?:abort|destroy|terminate|kill)$/.test(callee.name.text)) || (ended === maker && ENDS.other.test(callee.name.text));
}

/** `operation.session ??= session`: where there is one already, it is this one or another's. */
function isStoredUnless(guard: ts.Node, handle: Place, model: SemanticModel): boolean {
  const { parent } = outermostWrapper(guard);
  const assignment = is.assignment(guard) ? guard : parent;
  return is.assignment(assignment) && /^(\?\?|\|\|)=$/.test(assignment.operatorToken.getText()) && holdsValue(assignment.right, handle, model);
}

/** The conditions of the ifs around a release: on the other side it is somebody else's. */
function conditionsAround(release: ts.Node): readonly ts.Node[] {
  const conditions: ts.Node[] = [];
  for (let node = release; !isFunctionNode(node) && !is.sourceFile(node); node = node.parent) {
    const { parent } = node;
    if (is.if(parent) && node !== parent.expression && !is.try(node)) conditions.push(parent.expression);
    if (is.binary(parent) && parent.right === node && parent.operatorToken.getText() === '&&') conditions.push(parent.left);
    if (is.try(parent) && node === parent.tryBlock) break;
  }
  return conditions;
}

const TAKING = /^(push|add|set|unshift|register|use|track|defer|adopt|enqueue|emit|resolve|callback|cb|done|next|write|send|postMessage|append|pipe|pipeTo|pipeline|pipeThrough|race|all|finished)$/;

function takesOver(call: CallNode, { handle, releases, name }: Resource, model: SemanticModel): boolean {
  const callee = skipWrappers(call.expression);
  if (is.propertyAccess(callee) && /^(pipe|pipeTo|pipeThrough|unref|detach)$/.test(callee.name.text) && callee.expression.getText() === name) return true;
  const isGiven = call.arguments?.some((argument) => holdsValue(argument, handle, model)) ?? false;
  if (!isGiven) return false;
  return is.new(call) || TAKING.test(calledText(call)) || model.call(call).effects.collection === 'add' || releases.length === 0;
}

function storesIn(event: Extract<FlowEvent, { kind: 'write' }>, handle: Place, model: SemanticModel): boolean {
  const given = event.value ?? (is.assignment(event.node) ? event.node.right : undefined);
  const value = given && skipWrappers(given);
  if (!value || !holdsValue(value, handle, model)) return false;
  return event.place.kind !== 'local' || model.place(value)?.key === handle.key || is.objectLiteral(value) || is.arrayLiteral(value) || is.new(value);
}

/** A closure that outlives the call: returned, stored, or a member of an object that may be. */
function handsOut(fn: FunctionNode): boolean {
  const { parent } = outermostWrapper(fn);
  return is.return(parent) || is.propertyAssignment(parent) || is.method(fn) || (is.assignment(parent) && parent.right === outermostWrapper(fn));
}

function mentions(root: ts.Node, handle: Place, model: SemanticModel): boolean {
  let found = false;
  forEachDescendant(root, (node) => {
    found ||= is.identifier(node) && node.text === handle.text && model.place(node)?.key === handle.key;
  });
  return found;
}

/** Does the thing itself go on in the expression, not only what one of its members gives? */
function holdsValue(root: ts.Node, handle: Place, model: SemanticModel): boolean {
  let found = false;
  const visit = (node: ts.Node): boolean | void => {
    if (isFunctionNode(node)) return false;
    if (!is.identifier(node) || node.text !== handle.text) return;
    const { parent } = outermostWrapper(node);
    const isReceiver = (is.propertyAccess(parent) && (parent.name === node || parent.expression === outermostWrapper(node))) || (is.propertyAssignment(parent) && parent.name === node);
    found ||= !isReceiver && (is.shorthandPropertyAssignment(parent) || model.place(node)?.key === handle.key);
  };
  if (visit(root) !== false) forEachDescendant(root, visit);
  return found;
}

export function calledText(call: CallNode): string {
  const callee = skipWrappers(call.expression);
  if (is.propertyAccess(callee)) return callee.name.text;
  return isFunctionNode(callee) ? functionName(callee) : callee.getText();
}
