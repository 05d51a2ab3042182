import { enclosingRoot, is, skipWrappers, type CallNode, type EventOf, type FlowEvent, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { continuationsIn } from './continuation.js';
import { letsOthersIn, suspensionOf, type Wait } from './interleaving.js';

/** An entry found present before a wait and changed after it, although it may have been taken out meanwhile. */
export interface GoneEntry {
  readonly look: EventOf<'call'>;
  readonly wait: Wait;
  readonly change: ts.Node;
  /** Somewhere in view, by the collection's name. */
  readonly removal: ts.Node;
  readonly collection: ts.Expression;
  readonly key: string;
}

const LOOKS = /^(get|has|find|peek)$/;
const CHANGES = /^(update|patch|touch|modify|extend|renew)$/;
const REMOVES = /^(remove|delete|unset|drop)$/;

/** `const task = tasks.get(id); if (task) info().then((now) => tasks.update(id, { done: task.done + 1 }));`. */
export function goneEntriesIn(flow: FunctionFlow, model: SemanticModel): readonly GoneEntry[] {
  const looks = flow.all('call').filter(({ call }) => enclosingRoot(call) === flow.node && called(call, LOOKS));
  return looks.flatMap((look): GoneEntry[] => {
    const { owner, key } = partsOf(look.call)!;
    if (!outlives(owner, flow, model)) return [];
    const guard = flow.all('guard').find((each) => each.form === 'truthy' && tests(each.test, look.call, model));
    const isSame = (e: FlowEvent, names: RegExp): boolean => e.kind === 'call' && called(e.call, names) && partsOf(e.call)!.owner.getText() === owner.getText() && partsOf(e.call)!.key === key;
    const isChange = (e: FlowEvent): boolean => isSame(e, CHANGES);
    const again = (e: FlowEvent): boolean => e !== look && isSame(e, LOOKS);
    const found = guard && (here(guard) ?? across(guard));
    const removal = found && removalOf(owner, model);
    return found && removal ? [{ look, wait: found.wait, change: found.change, removal, collection: owner, key }] : [];

    function here(from: EventOf<'guard'>): { wait: Wait; change: ts.Node } | undefined {
      const path = flow.pathThrough(from, letsOthersIn, isChange, { firstEdge: 'true', throws: 'none', backEdges: false, avoiding: again });
      const wait = path && suspensionOf(path);
      return wait && { wait, change: path.events.at(-1)!.node };
    }
    function across(from: EventOf<'guard'>): { wait: Wait; change: ts.Node } | undefined {
      for (const { flow: inner, start, wait } of continuationsIn(flow, model, 'perhaps')) {
        const change = inner.pathTo(inner.entry, isChange, { throws: 'none', avoiding: again })?.events.at(-1);
        const isOnThatSide = flow.pathTo(from, (e) => e === start, { firstEdge: 'true', throws: 'none', backEdges: false }) && !flow.pathTo(from, (e) => e === start, { firstEdge: 'false', throws: 'none', backEdges: false });
        if (change && isOnThatSide) return { wait, change: change.node };
      }
      return undefined;
    }
  });
}

function called(call: CallNode, names: RegExp): boolean {
  return is.call(call) && is.propertyAccess(call.expression) && names.test(call.expression.name.text) && call.arguments.length > 0;
}

function partsOf(call: CallNode): { readonly owner: ts.Expression; readonly key: string } | undefined {
  const key = call.arguments?.[0];
  return is.propertyAccess(call.expression) && key ? { owner: skipWrappers(call.expression.expression), key: key.getText() } : undefined;
}

/** A collection made by this function is its own. */
function outlives(owner: ts.Expression, flow: FunctionFlow, model: SemanticModel): boolean {
  const place = model.place(owner);
  return place !== undefined && (place.kind !== 'local' || place.path.length > 0) && model.isFresh(owner, flow.node) !== 'yes';
}

function tests(test: ts.Expression, look: CallNode, model: SemanticModel): boolean {
  const value = skipWrappers(test);
  return value === look || (is.identifier(value) && skipWrappers(initializerOf(value, model) ?? value) === look);
}

function initializerOf(name: ts.Identifier, model: SemanticModel): ts.Expression | undefined {
  const declaration = model.symbolOf(name)?.declarations?.[0];
  return declaration && is.variableDeclaration(declaration) ? declaration.initializer : undefined;
}

/** `….tasks.remove(id)` anywhere in view. */
function removalOf(owner: ts.Expression, model: SemanticModel): ts.Node | undefined {
  const name = is.propertyAccess(owner) ? owner.name.text : owner.getText();
  return model.identifiersNamed(name).find((use) => {
    const held = is.propertyAccess(use.parent) && use.parent.name === use ? use.parent : use;
    const { parent } = held;
    return is.propertyAccess(parent) && parent.expression === held && REMOVES.test(parent.name.text) && is.call(parent.parent);
  });
}
