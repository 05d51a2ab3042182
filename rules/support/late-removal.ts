import { enclosingRoot, forEachDescendant, is, isFunctionNode, skipWrappers, type Access, type EventOf, type FlowRoot, type FunctionFlow, type FunctionNode, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { within } from './settling-coverage.js';

/** `const run = work().finally(() => runs.delete(key)); runs.set(key, run)`, where nothing kept a second run from taking the place of the first. */
export interface LateRemoval {
  readonly collection: Place;
  readonly entered: EventOf<'write'>;
  readonly removal: Access;
  /** Where a second run comes from that does not look for the first. */
  readonly from: ts.Node;
}

export function lateRemovalsIn(flow: FunctionFlow, model: SemanticModel): readonly LateRemoval[] {
  return flow.all('write').flatMap((entered) => {
    const collection = collectionOf(entered);
    const endings = collection && entered.value ? endingsOf(skipWrappers(model.resolveAlias(entered.value)), flow, model) : [];
    if (!collection || endings.length === 0) return [];
    const accesses = model.accesses(collection);
    const atTheEnd = accesses.filter(({ node }) => endings.some((fn) => within(node, fn)));
    const removal = atTheEnd.find((access) => access.access === 'remove');
    // A look at what stands there tells its own entry from another's.
    if (!removal || atTheEnd.some(({ kind, node }) => kind === 'read' && !within(node, removal.node))) return [];
    const looks = (root: FlowRoot): boolean => accesses.some(({ kind, node }) => kind === 'read' && within(node, root) && ![entered.node, removal.node].some((own) => within(node, own)));
    const callers = isFunctionNode(flow.node) ? model.callersOf(flow.node) : [];
    const from = callers.length === 0 ? flow.node : callers.find((call) => !looks(enclosingRoot(call)));
    return looks(flow.node) || !from ? [] : [{ collection, entered, removal, from }];
  });
}

/** The collection that a field or module variable holds and that gets an entry by key here; a set of promises loses each by itself. */
function collectionOf({ place, access, node }: EventOf<'write'>): Place | undefined {
  const isKeyed = access === 'assign' || (access === 'add' && is.call(node) && is.propertyAccess(node.expression) && node.expression.name.text === 'set');
  if (place.entry === undefined || !isKeyed || (place.kind !== 'field' && place.kind !== 'module')) return undefined;
  const { entry, ...whole } = place;
  return { ...whole, text: place.text.replace(/\[[^[]*\]$/, ''), key: place.key.slice(0, -(entry.length + 2)) };
}

/** What runs when the promise is done: its handlers, and the local functions that they call. */
function endingsOf(promise: ts.Expression, flow: FunctionFlow, model: SemanticModel): readonly FunctionNode[] {
  const handlers: FunctionNode[] = [];
  for (let node = promise; is.call(node) && is.propertyAccess(node.expression) && /^(then|catch|finally)$/.test(node.expression.name.text); node = skipWrappers(node.expression.expression)) {
    for (const argument of node.arguments) {
      const handler: ts.Node = skipWrappers(argument);
      if (isFunctionNode(handler)) handlers.push(handler);
    }
  }
  const called: FunctionNode[] = [];
  for (const handler of handlers) {
    forEachDescendant(handler, (node) => {
      if (is.call(node)) called.push(...model.call(node).targets.filter((fn) => within(fn, flow.node)));
    });
  }
  return [...handlers, ...called];
}
