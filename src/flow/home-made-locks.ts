/** Locks that programs make of promises and of classes of their own, found by their form. */
import type { CallEffects } from '../models/effect-model.js';
import { enclosingRoot, isFunctionNode, memberName, outermostWrapper, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { CallNode, Place } from './contract.js';
import { isConst, type Places } from './places.js';

/** A turn taken in a line of promises: `const before = tail; tail = new Promise((done) => (release = done)); await before; …; release()`. */
export interface Turn {
  readonly line: Place;
  /** The variable whose call lets the next one in. */
  readonly releaser: Place;
  readonly made: CallNode;
}

export function turnOf(wait: ts.AwaitExpression, places: Places): Turn | undefined {
  const before = skipWrappers(wait.expression);
  const line = ts.isIdentifier(before) ? lineBehind(before, places) : undefined;
  const root = enclosingRoot(wait);
  if (!line || !isFunctionNode(root)) return undefined;
  for (const { target, value, node } of fillsIn(root, places)) {
    if (target.key !== line.key || node.pos > wait.pos) continue;
    const made = promiseIn(value, places);
    if (made) return { line, ...made };
  }
  return undefined;
}

/** The shared place that a const was read from: `this.tail`, `tails.get(key) ?? Promise.resolve()`. */
function lineBehind(name: ts.Identifier, places: Places): Place | undefined {
  const source = initializerOf(name, places);
  const place = source && lineIn(source, places);
  return place && place.kind !== 'local' && place.kind !== 'parameter' ? place : undefined;
}

function lineIn(expr: ts.Expression, places: Places): Place | undefined {
  const node = skipWrappers(expr);
  if (ts.isBinaryExpression(node) && (node.operatorToken.kind === ts.SyntaxKind.QuestionQuestionToken || node.operatorToken.kind === ts.SyntaxKind.BarBarToken)) return lineIn(node.left, places);
  const entry = entryOf(node, 'get', places);
  if (entry) return entry.place;
  const at = places.of(node);
  return at && ts.isIdentifier(node) && (at.kind === 'local' || at.kind === 'captured') ? (lineBehindConst(node, places) ?? at) : at;
}

function lineBehindConst(name: ts.Identifier, places: Places): Place | undefined {
  const source = initializerOf(name, places);
  return source && skipWrappers(source) !== name ? lineIn(source, places) : undefined;
}

function initializerOf(name: ts.Identifier, places: Places): ts.Expression | undefined {
  const declaration = places.of(name)?.root?.declarations?.[0];
  return declaration && ts.isVariableDeclaration(declaration) && isConst(declaration) ? declaration.initializer : undefined;
}

/** What the function puts into places: assignments, and `map.set(key, value)`. */
function fillsIn(root: FunctionNode, places: Places): { readonly target: Place; readonly value: ts.Expression; readonly node: ts.Node }[] {
  const found: { target: Place; value: ts.Expression; node: ts.Node }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
      const target = places.of(node.left);
      if (target) found.push({ target, value: node.right, node });
    }
    const entry = ts.isCallExpression(node) ? entryOf(node, 'set', places) : undefined;
    if (entry?.value) found.push({ target: entry.place, value: entry.value, node });
    ts.forEachChild(node, visit);
  };
  if (root.body) visit(root.body);
  return found;
}

function entryOf(node: ts.Expression, member: 'get' | 'set', places: Places): { readonly place: Place; readonly value: ts.Expression | undefined } | undefined {
  if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || node.expression.name.text !== member) return undefined;
  const collection = places.of(node.expression.expression);
  const [key, value] = node.arguments;
  return collection && key ? { place: places.entry(collection, key), value } : undefined;
}

/** `new Promise((done) => { release = done })`, itself, behind a const, or behind the wait for the one before. */
function promiseIn(expr: ts.Expression, places: Places): { readonly releaser: Place; readonly made: CallNode } | undefined {
  const node = skipWrappers(expr);
  if (ts.isIdentifier(node)) {
    const source = initializerOf(node, places);
    return source && promiseIn(source, places);
  }
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.name.text === 'then') {
    const [after] = node.arguments;
    const step = after && skipWrappers(after);
    return step && ts.isArrowFunction(step) && ts.isExpression(step.body) ? promiseIn(step.body, places) : undefined;
  }
  const executor = ts.isNewExpression(node) && node.expression.getText() === 'Promise' ? node.arguments?.[0] && skipWrappers(node.arguments[0]) : undefined;
  if (!executor || !ts.isArrowFunction(executor) || !ts.isNewExpression(node)) return undefined;
  const resolve = executor.parameters[0]?.name;
  let releaser: Place | undefined;
  const visit = (inner: ts.Node): void => {
    const keeps = ts.isBinaryExpression(inner) && inner.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isIdentifier(inner.right) && resolve && ts.isIdentifier(resolve) && inner.right.text === resolve.text;
    if (keeps) releaser = places.of(inner.left);
    ts.forEachChild(inner, visit);
  };
  visit(executor.body);
  return releaser && { releaser, made: node };
}

/** `tail = tail.then(work)`: the line that the callback of this `then` waits in; what is stored may be derived from it. */
export function lineOf(call: CallNode, places: Places): Place | undefined {
  const callee = skipWrappers(call.expression);
  const root = enclosingRoot(call);
  if (!ts.isCallExpression(call) || !ts.isPropertyAccessExpression(callee) || !/^(?:then|finally)$/.test(callee.name.text) || !isFunctionNode(root)) return undefined;
  const line = lineIn(headOf(callee.expression), places);
  if (!line || line.kind === 'parameter' || line.kind === 'local') return undefined;
  return fillsIn(root, places).some(({ target, value }) => target.key === line.key && leadsTo(value, call, places)) ? line : undefined;
}

/** What a chain of `then`, `catch` and `finally` starts from. */
function headOf(expr: ts.Expression): ts.Expression {
  const node = skipWrappers(expr);
  if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && CHAINS.has(node.expression.name.text)) return headOf(node.expression.expression);
  return node;
}

function leadsTo(value: ts.Expression, call: CallNode, places: Places, depth = 0): boolean {
  for (let node = skipWrappers(value); ; ) {
    if (node === call) return true;
    if (ts.isIdentifier(node)) {
      const source = initializerOf(node, places);
      return source !== undefined && depth < 4 && leadsTo(source, call, places, depth + 1);
    }
    if (!ts.isCallExpression(node) || !ts.isPropertyAccessExpression(node.expression) || !CHAINS.has(node.expression.name.text)) return false;
    node = skipWrappers(node.expression.expression);
  }
}

const CHAINS: ReadonlySet<string> = new Set(['then', 'catch', 'finally']);

/** A class of the program that is a lock by its name and its two methods: `new Mutex()` with `acquire()` and `release()`. */
export function effectsOfLockClass(targets: readonly FunctionNode[]): CallEffects | undefined {
  const [method] = targets;
  if (!method || targets.length > 1 || !ts.isMethodDeclaration(method) || !ts.isClassLike(method.parent) || method.parameters.length > 0) return undefined;
  const owner = method.parent;
  const kind = /semaphore$/i.test(owner.name?.text ?? '') ? 'semaphore' : /(?:mutex|lock)$/i.test(owner.name?.text ?? '') ? 'mutex' : undefined;
  if (!kind) return undefined;
  const name = memberName(method.name);
  const releases = owner.members.some((member) => ts.isMethodDeclaration(member) && RELEASES.has(memberName(member.name)));
  if (RELEASES.has(name)) return { release: { on: 'receiver' } };
  const isTask = method.modifiers?.some((m) => m.kind === ts.SyntaxKind.AsyncKeyword) === true || method.type?.getText().startsWith('Promise<') === true;
  if (!TAKES.has(name) || !isTask || !(releases || /^Promise<\(\) => /.test(method.type?.getText() ?? ''))) return undefined;
  return { acquire: { on: 'receiver', kind, afterAwait: true, releasedBy: { callResult: true, members: [...RELEASES] } } };
}

const TAKES: ReadonlySet<string> = new Set(['acquire', 'acquireAsync', 'lock', 'take']);
const RELEASES: ReadonlySet<string> = new Set(['release', 'unlock']);

/** Is the call's promise waited for where it stands: awaited, returned, or one of those that a combinator waits for? */
export function isWaitedFor(call: ts.Node, isCombinator: (call: CallNode) => boolean): boolean {
  const node = outermostWrapper(call);
  const parent = node.parent;
  if (ts.isAwaitExpression(parent) || ts.isReturnStatement(parent)) return true;
  if (ts.isArrowFunction(parent)) return parent.body === node;
  if (ts.isArrayLiteralExpression(parent)) return isWaitedFor(parent, isCombinator);
  if (ts.isVariableDeclaration(parent) && ts.isIdentifier(parent.name)) return isNamedInWait(parent.name);
  if (ts.isConditionalExpression(parent)) return parent.condition !== node && isWaitedFor(parent, isCombinator);
  if (ts.isCallExpression(parent)) return parent.arguments.includes(node as ts.Expression) && isCombinator(parent) && isWaitedFor(parent, isCombinator);
  if (!ts.isPropertyAccessExpression(parent) || !CHAINS.has(parent.name.text) || !ts.isCallExpression(parent.parent)) return false;
  return isWaitedFor(parent.parent, isCombinator);
}

/** `const done = work(); …; await done` or `return done`. */
function isNamedInWait(name: ts.Identifier): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if ((ts.isAwaitExpression(node) || ts.isReturnStatement(node)) && node.expression && ts.isIdentifier(node.expression)) found ||= node.expression.text === name.text;
    ts.forEachChild(node, visit);
  };
  visit(enclosingRoot(name));
  return found;
}
