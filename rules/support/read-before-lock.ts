import { enclosingRoot, forEachDescendant, is, type EventOf, type FlowEvent, type FunctionFlow, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { eventsUnder } from './events-under.js';

/** A value read while waiting for the lock was still ahead, and written back from under it. */
export interface ReadBeforeLock {
  readonly acquire: EventOf<'acquire'>;
  readonly name: ts.Identifier;
  readonly place: Place;
  readonly read: ts.Node;
  readonly write: ts.Node;
  /** Nothing that is called under the lock looks at the place anew either. */
  readonly isSure: boolean;
}

/** `const { rows } = this.state; const release = await this.mutex.acquire(); …; this.update({ rows: [...rows, row] });`. */
export function readsBeforeLock(flow: FunctionFlow, model: SemanticModel): readonly ReadBeforeLock[] {
  return flow.all('acquire').flatMap((acquire): ReadBeforeLock[] => {
    if (acquire.lock.names.length === 0 || model.isExclusive(acquire.lock) !== 'yes' || acquire.cleanup) return [];
    const inside = eventsUnder(acquire, flow);
    const kept = flow.all('read').flatMap((read) => {
      const name = isOfOthers(read.place) && read.access === 'value' ? holderOf(read.node) : undefined;
      const isBefore = name && !inside.has(read) && flow.pathTo(read, (e) => e === acquire, { throws: 'none', backEdges: false }) !== undefined;
      return isBefore ? [{ read, name }] : [];
    });
    for (const { read, name } of kept) {
      if ([...inside].some((e) => e.kind === 'read' && e.place.key === read.place.key)) continue;
      const write = writeFrom(name, read.place, inside, flow, model);
      if (write) return [{ acquire, name, place: read.place, read: read.node, write, isSure: !isLookedAtBelow(read.place, inside, model) }];
    }
    return [];
  });
}

const isOfOthers = ({ kind, entry }: Place): boolean => (kind === 'field' || kind === 'module') && entry === undefined;

/** The const that the read gives its value to. */
function holderOf(node: ts.Node): ts.Identifier | undefined {
  const declaration = is.bindingElement(node) ? node : node.parent;
  const isHeld = is.bindingElement(declaration) || (is.variableDeclaration(declaration) && declaration.initializer === node);
  return isHeld && is.identifier(declaration.name) ? declaration.name : undefined;
}

/** In what is called under the lock. */
function isLookedAtBelow({ key }: Place, inside: ReadonlySet<FlowEvent>, model: SemanticModel): boolean {
  return [...inside].some((e) => e.kind === 'call' && model.call(e.call).targets.some((fn) => model.summary(fn).reads.has(key)));
}

/** Where the place is written, or the state that it belongs to is updated, from what the const holds. */
function writeFrom(name: ts.Identifier, place: Place, inside: ReadonlySet<FlowEvent>, flow: FunctionFlow, model: SemanticModel): ts.Node | undefined {
  const derived = derivedFrom(name, flow, model);
  for (const e of inside) {
    if (e.kind === 'write' && e.place.key === place.key && e.value && mentions(e.value, derived, model)) return e.node;
    if (e.kind === 'call' && place.path[0] === 'state' && isUpdate(e.call) && (e.call.arguments ?? []).some((argument) => mentions(argument, derived, model))) return e.node;
  }
  return undefined;
}

/** `this.update(…)`, `this.setState(…)`: the state of a base class that may be out of view. */
function isUpdate(call: ts.Node): boolean {
  return is.call(call) && is.propertyAccess(call.expression) && is.this(call.expression.expression) && /^[_#]?(update|setState|updateState|patchState)$/.test(call.expression.name.text);
}

/** The variable, and those that are made of it. */
function derivedFrom(name: ts.Identifier, flow: FunctionFlow, model: SemanticModel): ReadonlySet<ts.Symbol> {
  const start = model.symbolOf(name);
  const derived = new Set<ts.Symbol>(start ? [start] : []);
  const given: { readonly names: readonly ts.Identifier[]; readonly value: ts.Expression }[] = [];
  forEachDescendant(flow.node, (node) => {
    if (is.variableDeclaration(node) && node.initializer && enclosingRoot(node) === flow.node) given.push({ names: namesIn(node.name), value: node.initializer });
    if (is.assignment(node) && is.identifier(node.left)) given.push({ names: [node.left], value: node.right });
  });
  for (let before = -1; before !== derived.size;) {
    before = derived.size;
    for (const { names, value } of given) {
      if (!mentions(value, derived, model)) continue;
      for (const each of names) {
        const symbol = model.symbolOf(each);
        if (symbol) derived.add(symbol);
      }
    }
  }
  return derived;
}

function namesIn(name: ts.BindingName): readonly ts.Identifier[] {
  return is.identifier(name) ? [name] : name.elements.flatMap((element) => (is.omitted(element) ? [] : namesIn(element.name)));
}

function mentions(value: ts.Node, symbols: ReadonlySet<ts.Symbol>, model: SemanticModel): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    const symbol = !found && is.identifier(node) ? model.symbolOf(node) : undefined;
    found ||= symbol !== undefined && symbols.has(symbol);
  };
  visit(value);
  forEachDescendant(value, visit);
  return found;
}
