import { enclosingRoot, is, type EventOf, type FlowEvent, type FunctionFlow, type LockRef, type SemanticModel, type ts } from '../../src/rule.js';
import { eventsUnder } from './events-under.js';
import { letsOthersIn } from './interleaving.js';
import { withoutAwait } from './promise-values.js';

/** A section under the lock of this object that works on another object of the same class, which has that lock too. */
export interface BorrowedSection {
  readonly lock: LockRef;
  readonly acquire: EventOf<'acquire'>;
  readonly object: ts.Identifier;
  readonly use: ts.Node;
}

/** `const shared = await this.find(); await this.turn.wait(); for (… of shared.items) …; this.turn.shift()`. */
export function borrowedSectionsIn(flow: FunctionFlow, model: SemanticModel): readonly BorrowedSection[] {
  const owner = model.classOf(flow.node);
  if (!owner || owner.name === '') return [];
  return flow.all('acquire').flatMap((acquire): BorrowedSection[] => {
    const [name] = acquire.lock.names;
    if (name?.from !== 'place' || name.place.kind !== 'field' || name.place.path.length !== 1 || model.classOf(name.place.root?.declarations?.[0] ?? flow.node)?.node !== owner.node) return [];
    const inside = [...eventsUnder(acquire, flow)];
    // What the section does to this object is what the lock is for.
    if (inside.some((e) => (e.kind === 'write' || e.kind === 'read') && e.place.kind === 'field' && e.place.key !== name.place.key) || !inside.some(letsOthersIn)) return [];
    const use = inside.find((e) => objectOf(e, flow, owner.name, model) !== undefined);
    return use ? [{ lock: acquire.lock, acquire, object: objectOf(use, flow, owner.name, model)!, use: use.node }] : [];
  });
}

/** The variable, of the same class by what the method that gives it declares, whose property is used. */
function objectOf(event: FlowEvent, flow: FunctionFlow, className: string, model: SemanticModel): ts.Identifier | undefined {
  const root = (event.kind === 'read' || event.kind === 'write') && event.place.path.length > 0 ? event.place.root : undefined;
  const declaration = root?.declarations?.[0];
  if (!declaration || !is.variableDeclaration(declaration) || !is.identifier(declaration.name) || !declaration.initializer || enclosingRoot(declaration) !== flow.node) return undefined;
  const call = withoutAwait(declaration.initializer);
  const [target, other] = is.call(call) ? model.call(call).targets : [];
  const given = target && !other && 'type' in target ? target.type?.getText() : undefined;
  return given !== undefined && new RegExp(`^(?:Promise<)?${className}\\b`).test(given) ? declaration.name : undefined;
}
