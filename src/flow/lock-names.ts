/** What names a lock, and what the same lock is called in another function. */
import { enclosingRoot, isFunctionNode, shortText, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { CallInfo, CallNode, LockName, LockRef, Place } from './contract.js';
import { declarationKey, thisOwner, type Places } from './places.js';

export interface NameServices {
  readonly places: Places;
  call(node: CallNode): CallInfo;
}

type LockKind = LockRef['kind'];
/** Kinds that keep others out; a connection or a transaction is a resource. */
const LOCK_KINDS: ReadonlySet<LockKind> = new Set(['mutex', 'semaphore', 'rwlock', 'distributed']);

export const isLockKind = (kind: LockKind): boolean => LOCK_KINDS.has(kind);

/** A lock named by these expressions together; known by nothing but the call that takes it where one of them names nothing. */
export function namedLock(subjects: readonly ts.Expression[], kind: LockKind, taken: ts.Node, services: NameServices): LockRef {
  const names = subjects.map((subject) => nameOf(subject, services));
  const text = subjects.map(shortText).join(' ');
  return lockOfNames(names.every((name) => name !== undefined) ? names : [], text, kind, taken);
}

export function lockOfPlace(place: Place, kind: LockKind, taken: ts.Node): LockRef {
  return lockOfNames(place.entry === '?' ? [] : [{ key: place.key, from: 'place', place }], place.text, kind, taken);
}

function lockOfNames(names: readonly LockName[], text: string, kind: LockKind, taken: ts.Node): LockRef {
  const key = names.length > 0 ? names.map((name) => name.key).join('#') : `call@${taken.getSourceFile().fileName}:${taken.pos}`;
  return { key, text, kind, names, taken };
}

/** A const that copies the lock, or one entry of a map of locks, stands for what it was taken from. */
function nameOf(expr: ts.Expression, services: NameServices): LockName | undefined {
  const node = skipWrappers(expr);
  if (node.kind === ts.SyntaxKind.ThisKeyword) {
    const owner = thisOwner(node);
    return owner && { key: `this:${declarationKey(owner)}`, from: 'self' };
  }
  const place = placeOfLock(node, services);
  if (place) return place.entry === '?' ? undefined : { key: place.key, from: 'place', place };
  const identity = services.places.identity(node);
  return identity === '?' ? undefined : { key: identity, from: 'literal' };
}

function placeOfLock(node: ts.Expression, services: NameServices): Place | undefined {
  if (ts.isCallExpression(node)) return entryGiven(node, services);
  if (!ts.isIdentifier(node)) return services.places.of(node);
  const source = services.places.constSource(node);
  if (source) return source;
  const place = services.places.of(node);
  const declaration = place?.root?.declarations?.[0];
  const made = declaration && ts.isVariableDeclaration(declaration) && declaration.initializer ? skipWrappers(declaration.initializer) : undefined;
  const looked = made && ts.isBinaryExpression(made) ? skipWrappers(made.left) : made;
  return (looked && ts.isCallExpression(looked) ? entryGiven(looked, services) : undefined) ?? place;
}

/** `locks.get(id)`. */
function entryGiven(call: ts.CallExpression, services: NameServices): Place | undefined {
  const { effects } = services.call(call);
  const callee = skipWrappers(call.expression);
  const key = call.arguments[effects.key ?? 0];
  if (effects.collection !== 'get' || !key || !ts.isPropertyAccessExpression(callee)) return undefined;
  const collection = services.places.of(callee.expression);
  return collection && { ...services.places.entry(collection, key), text: callee.expression.getText() };
}

/**
 * The lock of a callee in the words of the call: `this.mutex` of `store.save()` is `store`'s, a lock that is a parameter is the argument.
 * Undefined where the caller has no words for it.
 */
export function atCall(lock: LockRef, call: CallNode, target: FunctionNode, services: NameServices): LockRef | undefined {
  if (lock.names.length === 0) return undefined;
  const names = lock.names.map((name) => nameAtCall(name, call, target, services));
  if (!names.every((name) => name !== undefined)) return undefined;
  const [given] = lock.names.length === 1 ? lock.names.map((name) => argumentFor(name, call, target)) : [];
  return { ...lock, key: names.map((name) => name.key).join('#'), names, ...(given && { text: shortText(given) }) };
}

/** What the call gives for a lock that is a parameter of the callee. */
function argumentFor(name: LockName, call: CallNode, target: FunctionNode): ts.Expression | undefined {
  const declaration = name.from === 'place' ? name.place.root?.declarations?.[0] : undefined;
  return declaration && ts.isParameter(declaration) && declaration.parent === target ? call.arguments?.[target.parameters.indexOf(declaration as never)] : undefined;
}

function nameAtCall(name: LockName, call: CallNode, target: FunctionNode, services: NameServices): LockName | undefined {
  if (name.from === 'literal') return name;
  if (name.from === 'self' || name.place.kind === 'field') return ofReceiver(name, call, target, services);
  const { place } = name;
  const declaration = place.root?.declarations?.[0];
  if (!declaration) return undefined;
  if (ts.isParameter(declaration) && declaration.parent === target) {
    const given = argumentFor(name, call, target);
    const theirs = given && nameOf(given, services);
    if (!theirs) return undefined;
    return renamed(theirs, `${theirs.key}${place.key.slice(declarationKey(declaration).length)}`);
  }
  if (isInside(declaration, target)) return undefined;
  const maker = functionAround(declaration);
  return maker && !isInside(call, maker) ? ofProduct(name, call, services) : name;
}

/** A lock captured by what a function returns is another one for each call of that function: it is named by the product it is reached through. */
function ofProduct(name: LockName, call: CallNode, services: NameServices): LockName | undefined {
  const callee = skipWrappers(call.expression);
  const product = nameOf(ts.isPropertyAccessExpression(callee) ? callee.expression : callee, services);
  return product && product.from !== 'literal' ? renamed(product, `${product.key}>${name.key}`) : undefined;
}

function functionAround(declaration: ts.Node): FunctionNode | undefined {
  const root = enclosingRoot(declaration);
  return isFunctionNode(root) ? root : undefined;
}

function ofReceiver(name: LockName, call: CallNode, target: FunctionNode, services: NameServices): LockName | undefined {
  const callee = skipWrappers(call.expression);
  if (!ts.isPropertyAccessExpression(callee)) return ts.isArrowFunction(target) ? name : undefined;
  const receiver = skipWrappers(callee.expression);
  if (receiver.kind === ts.SyntaxKind.ThisKeyword || receiver.kind === ts.SyntaxKind.SuperKeyword) return name;
  if (!isMember(target)) return name;
  const theirs = nameOf(receiver, services);
  if (!theirs || theirs.from === 'literal') return undefined;
  return name.from === 'self' ? theirs : renamed(theirs, `${theirs.key}>${name.key}`);
}

function renamed(name: LockName, key: string): LockName {
  return name.from === 'place' ? { ...name, key, place: { ...name.place, key } } : { ...name, key };
}

function isMember(fn: FunctionNode): boolean {
  return ts.isClassLike(fn.parent) || ts.isPropertyDeclaration(fn.parent);
}

function isInside(node: ts.Node, fn: FunctionNode): boolean {
  for (let current: ts.Node | undefined = node; current; current = current.parent) if (current === fn) return true;
  return false;
}

/** The lock whatever its instance is. */
export function familyOf(lock: LockRef): string {
  return lock.names.length === 0 ? lock.key : lock.names.map(({ key }) => key.slice(key.lastIndexOf('>') + 1)).join('#');
}

/** Where the lock was made: `new Mutex()` that initialises its variable or field, or that the constructor puts there. */
export function makerOf(place: Place): CallNode | undefined {
  const declaration = place.root?.declarations?.[0];
  if (!declaration || place.entry !== undefined || place.path.length > (place.kind === 'field' ? 1 : 0)) return undefined;
  const isHolder = ts.isVariableDeclaration(declaration) || ts.isPropertyDeclaration(declaration);
  const value = isHolder ? (declaration.initializer ?? setInConstructor(declaration)) : undefined;
  const made = value && skipWrappers(value);
  return made && ts.isCallOrNewExpression(made) ? (made as CallNode) : undefined;
}

function setInConstructor(field: ts.Node): ts.Expression | undefined {
  if (!ts.isPropertyDeclaration(field) || !ts.isClassLike(field.parent)) return undefined;
  const constructor = field.parent.members.find((member): member is ts.ConstructorDeclaration => ts.isConstructorDeclaration(member) && member.body !== undefined);
  for (const statement of constructor?.body?.statements ?? []) {
    const expr = ts.isExpressionStatement(statement) ? statement.expression : undefined;
    if (expr && ts.isBinaryExpression(expr) && expr.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isPropertyAccessExpression(expr.left)) {
      if (expr.left.expression.kind === ts.SyntaxKind.ThisKeyword && expr.left.name.getText() === field.name.getText()) return expr.right;
    }
  }
  return undefined;
}

