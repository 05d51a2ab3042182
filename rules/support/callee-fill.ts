import { enclosingRoot, is, isFunctionNode, type CallNode, type EventOf, type FunctionFlow, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { letsOthersIn, lockedThroughout, suspensionOf } from './interleaving.js';
import { edgeWhereMissing, isSearch, lookBehind } from './missing-test.js';

type Call = EventOf<'call'>;
type Write = EventOf<'write'>;

/** A collection looked into here, and after a wait filled by a small method that this function calls: `this.remember(made)`. */
export interface CalleeFill {
  readonly guard: EventOf<'guard'>;
  readonly fill: Call;
  /** Inside the method. */
  readonly write: Write;
  readonly collection: Place;
  readonly wait: EventOf<'await'>;
}

export function calleeFillsIn(flow: FunctionFlow, model: SemanticModel): readonly CalleeFill[] {
  return flow.all('call').flatMap((fill) => {
    if (enclosingRoot(fill.call) !== flow.node || (fill.call.arguments?.length ?? 0) === 0) return [];
    for (const { write, collection } of additionsBy(fill.call, model)) {
      for (const guard of flow.all('guard')) {
        const wait = waitBetween(guard, fill, collection, flow, model);
        if (wait) return [{ guard, fill, write, collection, wait }];
      }
    }
    return [];
  });
}

/** What the one method called adds to a collection before it waits for anything. */
function additionsBy(call: CallNode, model: SemanticModel): readonly { readonly write: Write; readonly collection: Place }[] {
  const [fn, other] = model.call(call).targets;
  if (!fn || other || is.new(call) || !isFunctionNode(fn)) return [];
  const inner = model.flow(fn);
  return inner.all('await').length > 0 ? [] : inner.all('write').flatMap((write) => {
    const receiver = is.call(write.node) && is.propertyAccess(write.node.expression) ? model.place(write.node.expression.expression) : undefined;
    const isAddition = write.access === 'add' && enclosingRoot(write.node) === fn && (receiver?.kind === 'field' || receiver?.kind === 'module');
    return isAddition && isAlwaysReached(write.node, fn) ? [{ write, collection: receiver! }] : [];
  });
}

/** No condition of the method stands around it, which may be the second look. */
function isAlwaysReached(node: ts.Node, fn: ts.Node): boolean {
  for (let each = node; each !== fn; each = each.parent) if (is.if(each.parent) || is.conditional(each.parent)) return false;
  return true;
}

/** The suspension between finding nothing and the fill, where nothing looks again and only who found nothing fills. */
function waitBetween(guard: EventOf<'guard'>, fill: Call, collection: Place, flow: FunctionFlow, model: SemanticModel): EventOf<'await'> | undefined {
  const looks = flow.all('read').filter((read) => read.place.key === collection.key || (read.place.entry !== undefined && read.place.key === `${collection.key}[${read.place.entry}]`));
  const missing = edgeFor(guard, collection, looks, model);
  if (!missing || flow.pathTo(guard, (e) => e === fill, { firstEdge: missing === 'true' ? 'false' : 'true', throws: 'none', backEdges: false })) return undefined;
  const path = flow.pathThrough(guard, letsOthersIn, (e) => e === fill, {
    firstEdge: missing, throws: 'none', backEdges: false, avoidingFirst: (e) => e === fill,
    avoiding: (e) => looks.some((look) => look === e) || (e.kind === 'call' && e !== fill && model.call(e.call).targets.some((fn) => readsOrWrites(fn, collection, model))),
  });
  const wait = path && suspensionOf(path);
  return !wait || lockedThroughout(flow, guard, fill) || model.turnsOthersAway(wait, flow, collection) ? undefined : wait;
}

function edgeFor(guard: EventOf<'guard'>, collection: Place, looks: readonly EventOf<'read'>[], model: SemanticModel): 'true' | 'false' | undefined {
  for (const place of [...looks.map((look) => look.place).filter(({ entry }) => entry !== undefined), collection]) {
    const edge = edgeWhereMissing(guard, place, model);
    if (edge && (place.entry !== undefined || isSearch(lookBehind(guard, model), model))) return edge;
  }
  return undefined;
}

function readsOrWrites(fn: FunctionFlow['node'], { key }: Place, model: SemanticModel): boolean {
  if (!isFunctionNode(fn)) return false;
  const { reads, writes } = model.summary(fn);
  return reads.has(key) || writes.has(key);
}
