/** From what a call means (its model effects) to the events that stand behind it in the flow. */
import { skipWrappers, outermostWrapper } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { CallInfo, CallNode, LockRef, Place } from './contract.js';
import { lockOfPlace, namedLock } from './lock-names.js';
import type { CfgServices, EventDraft } from './cfg.js';

/** Which local names release which lock, learnt while lowering in order of evaluation. */
export interface LockNames {
  /** Place of a variable that holds a release function or a lease → its lock. */
  readonly byReleaser: Map<string, LockRef>;
  readonly byAcquire: Map<ts.Node, LockRef>;
}

/** `awaited`: the call's promise is awaited right behind it; `after-await`: that await has completed. */
export type Moment = 'plain' | 'awaited' | 'after-await';

export function eventsOfCall(call: CallNode, info: CallInfo, services: CfgServices, locks: LockNames, moment: Moment): EventDraft[] {
  const { effects } = info;
  const drafts: EventDraft[] = [];
  const acquiresNow = effects.acquire && (moment === 'after-await' || !(effects.acquire.afterAwait && moment === 'awaited'));
  if (acquiresNow) {
    const lock = lockOf(call, effects.acquire, services);
    rememberReleaser(call, effects.acquire, lock, services, locks);
    drafts.push({ kind: 'acquire', node: call, call, lock });
  }
  if (moment === 'after-await') return drafts;

  const released = releasedLock(call, info, services, locks);
  if (released) drafts.push({ kind: 'release', node: call, call, lock: released });
  if (effects.timer) drafts.push({ kind: 'timer', node: call, call, timer: effects.timer });
  if (effects.clearsTimer) {
    const handle = call.arguments?.[effects.clearsTimer.arg];
    drafts.push({ kind: 'clear', node: call, call, handle: handle && services.places.of(handle) });
  }
  if (effects.subscribe) drafts.push({ kind: 'subscribe', node: call, call, subscribe: effects.subscribe });
  if (effects.unsubscribe) drafts.push({ kind: 'unsubscribe', node: call, call });
  if (effects.signalCheck) drafts.push({ kind: 'signal-check', node: call });
  const access = collectionAccess(call, info, services);
  if (access) drafts.push(access);
  return drafts;
}

/** The object a method is called on. */
export function receiverOf(call: CallNode): ts.Expression | undefined {
  const callee = skipWrappers(call.expression);
  return ts.isPropertyAccessExpression(callee) || ts.isElementAccessExpression(callee) ? callee.expression : undefined;
}

/** The name a call's result is bound to, through one await: `const x = await call()`, `x = call()`, `const [, x] = …` gives the pattern. */
export function boundName(call: ts.Node): ts.BindingName | ts.Expression | undefined {
  let node = outermostWrapper(call);
  if (ts.isAwaitExpression(node.parent)) node = outermostWrapper(node.parent);
  const parent = node.parent;
  if (ts.isVariableDeclaration(parent) && parent.initializer === node) return parent.name;
  if (ts.isBinaryExpression(parent) && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken && parent.right === node) return parent.left;
  return undefined;
}

function lockOf(call: CallNode, acquire: NonNullable<CallInfo['effects']['acquire']>, services: CfgServices): LockRef {
  const bound = acquire.on === 'result' ? boundPlace(call, services) : undefined;
  if (bound) return lockOfPlace(bound, acquire.kind, call);
  const subject = acquire.on === 'receiver' ? receiverOf(call) : call.arguments?.[0];
  return namedLock(subject ? [subject] : [], acquire.kind, call, services);
}

function boundPlace(call: CallNode, services: CfgServices): Place | undefined {
  const name = boundName(call);
  return name && (ts.isIdentifier(name) || ts.isPropertyAccessExpression(name)) ? services.places.of(name) : undefined;
}

function rememberReleaser(call: CallNode, acquire: NonNullable<CallInfo['effects']['acquire']>, lock: LockRef, services: CfgServices, locks: LockNames): void {
  locks.byAcquire.set(call, lock);
  const name = boundName(call);
  if (!name) return;
  const remember = (expr: ts.Expression | ts.BindingName): void => {
    const place = ts.isIdentifier(expr) || ts.isPropertyAccessExpression(expr) ? services.places.of(expr) : undefined;
    if (place) locks.byReleaser.set(place.key, lock);
  };
  if (ts.isArrayBindingPattern(name)) {
    // A semaphore's acquire gives [value, release].
    for (const element of name.elements) if (ts.isBindingElement(element)) remember(element.name);
  } else if (ts.isObjectBindingPattern(name)) {
    for (const element of name.elements) remember(element.name);
  } else if (acquire.releasedBy.callResult || acquire.releasedBy.members) remember(name);
}

function releasedLock(call: CallNode, info: CallInfo, services: CfgServices, locks: LockNames): LockRef | undefined {
  const callee = skipWrappers(call.expression);
  const direct = services.places.of(callee);
  const byCall = direct && locks.byReleaser.get(direct.key);
  if (byCall) return byCall;
  const receiver = receiverOf(call);
  const receiverPlace = receiver && services.places.of(receiver);
  const lease = receiverPlace && locks.byReleaser.get(receiverPlace.key);
  const member = ts.isPropertyAccessExpression(callee) ? callee.name.text : undefined;
  if (lease && member && RELEASING_MEMBERS.has(member)) return lease;
  // A release function handed on to whoever runs it: `finally(release)`, `stream.once('close', release)`.
  for (const argument of call.arguments ?? []) {
    const passed = services.places.of(argument);
    const lock = passed && locks.byReleaser.get(passed.key);
    if (lock) return lock;
  }
  if (!info.effects.release) return undefined;
  const subject = info.effects.release.on === 'receiver' ? receiver : call.arguments?.[0];
  if (!subject) return undefined;
  const named = namedLock([subject], 'mutex', call, services);
  return [...locks.byAcquire.values()].find((lock) => lock.key === named.key) ?? named;
}

const RELEASING_MEMBERS: ReadonlySet<string> = new Set(['release', 'unlock', 'close', 'end', 'destroy', 'releaseLock', 'releaseClient', 'done', 'dispose']);

function collectionAccess(call: CallNode, info: CallInfo, services: CfgServices): EventDraft | undefined {
  const operation = info.effects.collection;
  const receiver = operation && receiverOf(call);
  const collection = receiver && services.places.of(receiver);
  if (!operation || !collection) return undefined;
  const key = info.effects.key === undefined ? undefined : call.arguments?.[info.effects.key];
  const place = key ? services.places.entry(collection, key) : collection;
  switch (operation) {
    case 'get':
      return { kind: 'read', node: call, place, access: 'entry' };
    case 'has':
      return { kind: 'read', node: call, place, access: 'test' };
    case 'size':
      return { kind: 'read', node: call, place: collection, access: 'test' };
    case 'iterate':
      return { kind: 'read', node: call, place: collection, access: 'iterate' };
    case 'add':
      return { kind: 'write', node: call, place, access: 'add', value: call.arguments?.at(-1) };
    case 'remove':
      return { kind: 'write', node: call, place, access: 'remove', value: undefined };
    case 'clear':
      return { kind: 'write', node: call, place: collection, access: 'clear', value: undefined };
    case 'mutate':
      return { kind: 'write', node: call, place: collection, access: 'mutate', value: undefined };
  }
}
