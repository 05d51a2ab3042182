import { enclosingRoot, is, skipWrappers, type EventOf, type FunctionFlow, type FunctionNode, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { continuationsIn } from './continuation.js';
import { letsOthersIn, suspensionOf, type Wait } from './interleaving.js';
import { looksAtLife } from './meanwhile.js';
import { within } from './settling-coverage.js';

/** Something that is there already, and joins what close() walks through only when a wait for it is over. */
export interface LateEntry {
  readonly place: Place;
  readonly entry: EventOf<'write'>;
  readonly item: ts.Identifier;
  readonly wait: Wait;
  readonly walk: ts.Node;
  readonly cleanup: FunctionNode;
  readonly name: string;
}

/** `handshake(socket).then(() => { this.sockets.add(socket); })`, and `close()` ends each of `this.sockets`. */
export function lateEntriesIn(flow: FunctionFlow, model: SemanticModel): readonly LateEntry[] {
  const owner = model.classOf(flow.node);
  if (!owner || owner.disposals.length === 0) return [];
  const here = flow.all('write').flatMap((entry) => {
    const path = isEntry(entry) && flow.isAsync ? flow.pathThrough(flow.entry, letsOthersIn, (e) => e === entry, { throws: 'none', backEdges: false, avoidingSecond: looks }) : undefined;
    const wait = path && suspensionOf(path);
    return wait ? [{ entry, wait }] : [];
  });
  const across = continuationsIn(flow, model, 'perhaps').flatMap(({ flow: inner, wait }) => inner.all('write').flatMap((entry) =>
    (isEntry(entry) && inner.pathTo(inner.entry, (e) => e === entry, { throws: 'none', avoiding: looks }) ? [{ entry, wait }] : [])));
  return [...here, ...across].flatMap(({ entry, wait }): LateEntry[] => {
    const item = itemOf(entry);
    const place = collectionOf(entry, model);
    // The wait is for the item itself, so the item was there before.
    if (!item || place?.kind !== 'field' || !wait.operand || !speaksOf(wait.operand, item, model) || !isFromBefore(item, wait, model)) return [];
    for (const { method, name } of owner.disposals) {
      const reached = owner.reach(method);
      const walk = model.accesses(place).find((each) => each.kind === 'read' && each.access !== 'test' && reached.has(each.fn as FunctionNode) && each.fn !== flow.node);
      if (walk) return [{ place, entry, item, wait, walk: walk.node, cleanup: method, name }];
    }
    return [];
  });
}

const looks = (e: { readonly kind: string; readonly place?: Place }): boolean => e.kind === 'signal-check' || (e.kind === 'read' && e.place !== undefined && looksAtLife(e.place));

const isEntry = ({ access, node, cleanup }: EventOf<'write'>): boolean => access === 'add' && !cleanup && is.call(node) && is.propertyAccess(node.expression) && /^(add|push)$/.test(node.expression.name.text);

function itemOf({ node }: EventOf<'write'>): ts.Identifier | undefined {
  const given = is.call(node) && node.arguments.length === 1 ? skipWrappers(node.arguments[0]!) : undefined;
  return given && is.identifier(given) ? given : undefined;
}

function collectionOf({ node }: EventOf<'write'>, model: SemanticModel): Place | undefined {
  return is.call(node) && is.propertyAccess(node.expression) ? model.place(node.expression.expression) : undefined;
}

function speaksOf(operand: ts.Expression, item: ts.Identifier, model: SemanticModel): boolean {
  const call = skipWrappers(operand);
  const symbol = model.symbolOf(item);
  return is.call(call) && [...call.arguments, ...(is.propertyAccess(call.expression) ? [call.expression.expression] : [])].some((part) => is.identifier(skipWrappers(part)) && model.symbolOf(skipWrappers(part)) === symbol);
}

function isFromBefore(item: ts.Identifier, wait: Wait, model: SemanticModel): boolean {
  const declaration = model.symbolOf(item)?.declarations?.[0];
  return declaration !== undefined && enclosingRoot(declaration) === enclosingRoot(wait.node) && !within(declaration, wait.node);
}
