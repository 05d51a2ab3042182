import { className, isFunctionNode, memberName, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { ClassModel, Disposal } from './contract.js';

/** Names by which an instance is ended, in plain classes and in the frameworks that call them. */
const DISPOSAL_NAMES: ReadonlySet<string> = new Set([
  'close', 'stop', 'dispose', 'destroy', 'shutdown', 'terminate', 'end', 'disconnect', 'quit', 'cleanup', 'teardown', 'unmount',
  'disconnectedCallback', 'componentWillUnmount', 'ngOnDestroy', 'onModuleDestroy', 'beforeApplicationShutdown', 'onApplicationShutdown',
  '[Symbol.dispose]', '[Symbol.asyncDispose]',
]);

/** What a class model asks of name resolution: the class that an `extends` clause names, where it is in view. */
export type BaseClass = (node: ts.ClassLikeDeclaration) => ts.ClassLikeDeclaration | undefined;

/** The members of a class as its concurrency sees them: bodies by name, fields, and the methods that end an instance. Purely syntactic. */
export function buildClassModel(node: ts.ClassLikeDeclaration, baseClass: BaseClass): ClassModel {
  const methods = new Map<string, FunctionNode>();
  const fields = new Map<string, ts.PropertyDeclaration | ts.ParameterDeclaration>();
  for (const member of node.members) {
    if (ts.isPropertyDeclaration(member)) fields.set(memberKey(member.name), member);
    if (ts.isConstructorDeclaration(member)) {
      for (const parameter of member.parameters) {
        if (ts.isParameterPropertyDeclaration(parameter, member)) fields.set(memberKey(parameter.name as ts.Identifier), parameter);
      }
    }
    const method = methodOf(member);
    if (method) methods.set(method.name, method.fn);
  }
  const disposals: Disposal[] = [];
  for (const [name, method] of methods) {
    if (DISPOSAL_NAMES.has(name) && isPublic(method)) disposals.push({ method, name });
  }
  const reached = new Map<FunctionNode, ReadonlySet<FunctionNode>>();
  return {
    node,
    name: className(node),
    methods,
    fields,
    disposals,
    reach(method) {
      let known = reached.get(method);
      if (!known) reached.set(method, (known = reachFrom(method, node, baseClass)));
      return known;
    },
    isPublic,
  };
}

/** `static` members and accessors live in name spaces of their own: `static open`, `get size`. */
export function methodOf(member: ts.ClassElement): { readonly name: string; readonly fn: FunctionNode } | undefined {
  if (ts.isConstructorDeclaration(member)) return member.body && { name: 'constructor', fn: member };
  if (!member.name) return undefined;
  const key = `${isStatic(member) ? 'static ' : ''}${memberKey(member.name)}`;
  if (ts.isMethodDeclaration(member)) return member.body && { name: key, fn: member };
  if (ts.isGetAccessorDeclaration(member)) return member.body && { name: `get ${key}`, fn: member };
  if (ts.isSetAccessorDeclaration(member)) return member.body && { name: `set ${key}`, fn: member };
  if (ts.isPropertyDeclaration(member) && member.initializer) {
    const value = skipWrappers(member.initializer);
    if (ts.isArrowFunction(value) || ts.isFunctionExpression(value)) return { name: key, fn: value };
  }
  return undefined;
}

/** The class element that a function is the body of: itself, or the field that holds an arrow function. */
export function memberOf(fn: FunctionNode): ts.ClassElement | undefined {
  if (ts.isClassElement(fn)) return fn;
  let holder: ts.Node = fn.parent;
  while (ts.isParenthesizedExpression(holder) || ts.isAsExpression(holder) || ts.isSatisfiesExpression(holder)) holder = holder.parent;
  return ts.isPropertyDeclaration(holder) && holder.initializer && skipWrappers(holder.initializer) === fn ? holder : undefined;
}

/** Callable from outside the class and its heirs. */
function isPublic(method: FunctionNode): boolean {
  const member = memberOf(method);
  if (!member) return false;
  if (ts.isClassStaticBlockDeclaration(member)) return false;
  if (ts.canHaveModifiers(member) && ts.getModifiers(member)?.some(isHidden)) return false;
  if (isDocumentedAsInternal(member)) return false;
  return !member.name || !(ts.isPrivateIdentifier(member.name) || memberName(member.name).startsWith('_'));
}

function isHidden(modifier: ts.Modifier): boolean {
  return modifier.kind === ts.SyntaxKind.PrivateKeyword || modifier.kind === ts.SyntaxKind.ProtectedKeyword;
}

/** By its comment's text: the compiler may have been told not to parse comments. */
function isDocumentedAsInternal(member: ts.ClassElement): boolean {
  const comment = member.getSourceFile().text.slice(member.pos, member.getStart());
  return /@(?:internal|private)\b/.test(comment);
}

function isStatic(member: ts.ClassElement): boolean {
  return ts.canHaveModifiers(member) && (ts.getModifiers(member)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword) ?? false);
}

/** As written for well-known symbols (`[Symbol.dispose]`), else the plain name. */
function memberKey(name: ts.PropertyName): string {
  return ts.isComputedPropertyName(name) && ts.isPropertyAccessExpression(name.expression) ? name.getText() : memberName(name);
}

/** Follows `this.x`, `super.x`, `Class.x` and members of an alias of `this`, called or handed on, through base classes, and what hears its own events. */
function reachFrom(start: FunctionNode, owner: ts.ClassLikeDeclaration, baseClass: BaseClass): ReadonlySet<FunctionNode> {
  const reached = new Set<FunctionNode>([start]);
  const members = membersWithBases(owner, baseClass);
  const listeners = ownListeners(owner);
  for (const fn of reached) {
    for (const name of membersUsed(fn, owner, listeners)) {
      for (const target of members.get(name) ?? []) reached.add(target);
    }
  }
  return reached;
}

/** Bodies by plain name; a base's body stays reachable through `super`. */
function membersWithBases(owner: ts.ClassLikeDeclaration, baseClass: BaseClass): Map<string, FunctionNode[]> {
  const members = new Map<string, FunctionNode[]>();
  const seen = new Set<ts.Node>();
  for (let current: ts.ClassLikeDeclaration | undefined = owner; current && !seen.has(current); current = baseClass(current)) {
    seen.add(current);
    const inherited = current !== owner;
    for (const member of current.members) {
      const method = methodOf(member);
      if (!method || ts.isConstructorDeclaration(member)) continue;
      const plain = method.name.replace(/^(?:get |set )?(?:static )?/, '');
      const names = inherited && members.has(plain) ? [`super.${plain}`] : [plain, ...(inherited ? [`super.${plain}`] : [])];
      for (const name of names) members.set(name, [...(members.get(name) ?? []), method.fn]);
    }
  }
  return members;
}

type Listeners = ReadonlyMap<string, readonly ts.Expression[]>;

/** What an object has listen to itself, by the event as written: `this.on(Change.State, this.onState)`. */
function ownListeners(owner: ts.ClassLikeDeclaration): Listeners {
  const found = new Map<string, ts.Expression[]>();
  const visit = (node: ts.Node): void => {
    const [event, listener] = memberOfThis(node, /^(?:on|once|addListener|addEventListener)$/)?.arguments ?? [];
    if (event && listener) found.set(event.getText(), [...(found.get(event.getText()) ?? []), listener]);
    ts.forEachChild(node, visit);
  };
  if (/\bthis\.emit\(/.test(owner.getText())) ts.forEachChild(owner, visit);
  return found;
}

/** A call of a method of `this` with such a name. */
function memberOfThis(node: ts.Node, name: RegExp): ts.CallExpression | undefined {
  const isOwn = ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression) && node.expression.expression.kind === ts.SyntaxKind.ThisKeyword && name.test(node.expression.name.text);
  return isOwn ? node : undefined;
}

function membersUsed(fn: FunctionNode, owner: ts.ClassLikeDeclaration, listeners: Listeners): Set<string> {
  const used = new Set<string>();
  const heard = new Set<string>();
  const aliases = new Set<string>(owner.name ? [owner.name.text] : []);
  const isSelf = (node: ts.Expression): boolean => node.kind === ts.SyntaxKind.ThisKeyword || (ts.isIdentifier(node) && aliases.has(node.text));
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node)) {
      const object = skipWrappers(node.expression);
      if (object.kind === ts.SyntaxKind.SuperKeyword) used.add(`super.${memberName(node.name)}`);
      else if (isSelf(object)) used.add(memberName(node.name));
    } else if (ts.isElementAccessExpression(node) && isSelf(skipWrappers(node.expression))) {
      const key = node.argumentExpression;
      used.add(ts.isStringLiteralLike(key) ? key.text : `[${key.getText()}]`);
    } else if (ts.isVariableDeclaration(node) && node.initializer && skipWrappers(node.initializer).kind === ts.SyntaxKind.ThisKeyword) {
      if (ts.isIdentifier(node.name)) aliases.add(node.name.text);
      else if (ts.isObjectBindingPattern(node.name)) {
        for (const element of node.name.elements) used.add(memberName((element.propertyName ?? element.name) as ts.PropertyName));
      }
    }
    const emitted = memberOfThis(node, /^emit$/)?.arguments[0]?.getText();
    if (emitted && !heard.has(emitted)) {
      heard.add(emitted);
      listeners.get(emitted)?.forEach(visit);
    }
    // A class inside has a `this` of its own.
    if (!ts.isClassLike(node)) ts.forEachChild(node, visit);
  };
  ts.forEachChild(fn, visit);
  return used;
}

/** The class whose `this` the node sees, or whose member it is. */
export function enclosingClass(node: ts.Node): ts.ClassLikeDeclaration | undefined {
  for (let current: ts.Node | undefined = node; current; current = current.parent) {
    if (ts.isClassLike(current)) return current;
    // An ordinary function has a `this` of its own.
    if (current !== node && isFunctionNode(current) && (ts.isFunctionDeclaration(current) || ts.isFunctionExpression(current)) && !memberOf(current)) return undefined;
  }
  return undefined;
}
