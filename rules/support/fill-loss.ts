import { is, surely, type EventOf, type FunctionFlow, type SemanticModel } from '../../src/rule.js';

type Guard = EventOf<'guard'>;
type Write = EventOf<'write'>;

/**
 * Whoever finds the place filled leaves at once, so the fill is a claim: `if (taken.has(id)) return false; await …; taken.set(id, owner)`
 * lets two owners through. The value of a memo is used on that side, so it does not leave empty-handed.
 */
export function isClaim(guard: Guard, missing: 'true' | 'false', fill: Write, flow: FunctionFlow): boolean {
  const found = missing === 'true' ? 'false' : 'true';
  const way = flow.pathTo(guard, (e) => e.kind === 'return' || e.kind === 'throw', { firstEdge: found, throws: 'throw', avoiding: (e) => e.kind === 'call' && !is.new(e.call), backEdges: false });
  const end = way?.events.at(-1);
  if (!end || flow.pathTo(guard, (e) => e === fill, { firstEdge: found, throws: 'none', backEdges: false })) return false;
  if (end.kind === 'throw') return true;
  return end.kind === 'return' && end.value !== undefined && /^(false|null)$/.test(end.value.getText());
}

const ENDS: ReadonlySet<string> = new Set(['close', 'dispose', 'destroy', 'disconnect', 'end', 'kill', 'quit', 'release', 'shutdown', 'stop', 'terminate', 'unsubscribe']);
const SPEAKS: ReadonlySet<string> = new Set(['on', 'addListener', 'addEventListener']);

/** What is lost when the fill happens twice; undefined where both values are alike. */
export function lossOf({ value }: Write, model: SemanticModel): string | undefined {
  if (!value) return undefined;
  if (surely(model.hasMember(value, ENDS))) return 'resource';
  if (surely(model.hasMember(value, SPEAKS))) return 'emitter';
  if ((['map', 'set'] as const).some((trait) => surely(model.hasTrait(value, trait)))) return 'collection';
  return undefined;
}
