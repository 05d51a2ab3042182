import { is, skipWrappers, type Access, type EventOf, type FunctionFlow, type Place, type SemanticModel, type TraceStep, type ts } from '../../src/rule.js';
import { isPrivate } from './private-member.js';

/** Names of marks that stand for work, and those that stand for an end, which comes once. */
const UNDER_WAY = /(?:[a-z]ing|[bB]usy|[iI]nFlight|[iI]nProgress|[uU]nderway)$/;
const ENDS = /(?:clos|end|stopp|destroy|dispos|shutt|terminat|exit|quitt|abort|cancell|drain|leav|finish|finaliz|teardown|exist|miss|warn|listen|runn)ing(?:Down)?$/i;

/** A hidden mark that is set for the time of some work, that others turn away from or wait for, and that nothing at all takes down. */
export interface NeverReset {
  readonly work: ts.Node;
  readonly reader: TraceStep;
}

/** `if (this.#refreshing) return; this.#refreshing = true; await refresh();`, and no more is said of it. */
export function neverReset(mark: EventOf<'write'>, flow: FunctionFlow, model: SemanticModel): NeverReset | undefined {
  const { place } = mark;
  if (!UNDER_WAY.test(place.text) || ENDS.test(place.text) || !isHidden(place)) return undefined;
  const accesses = model.accesses(place);
  if (accesses.some(({ kind, node, value, fn }) => kind === 'write' && !isInitial(node, fn) && value?.getText() !== 'true')) return undefined;
  const work = flow.all('await').find((wait) => wait.suspends !== 'micro' && flow.pathTo(mark, (e) => e === wait, { throws: 'none' }));
  if (!work) return undefined;
  const turns = flow.all('guard').find((guard) => model.place(skipWrappers(guard.test))?.key === place.key && flow.pathTo(guard, (e) => e.kind === 'exit', { firstEdge: 'true', throws: 'none', avoiding: (e) => e === mark }));
  if (turns) return { work: work.node, reader: { at: turns.node, text: 'every later call turns away here' } };
  const loop = accesses.find(isWaitedOut);
  return loop && { work: work.node, reader: { at: loop.node, text: 'this waits for ever' } };
}

/** `while (this.#working) await delay(10);` */
function isWaitedOut({ node, kind }: Access): boolean {
  let test = node;
  while (is.propertyAccess(test.parent) && test.parent.name === test) test = test.parent;
  return kind === 'read' && is.while(test.parent) && test.parent.expression === test;
}

/** No code out of view can take it down. */
function isHidden(place: Place): boolean {
  const declaration = place.root?.declarations?.[0];
  if (place.kind !== 'field') return place.kind === 'captured';
  return declaration !== undefined && is.propertyDeclaration(declaration) && isPrivate(declaration);
}

function isInitial(node: ts.Node, fn: Access['fn']): boolean {
  return is.propertyDeclaration(node) || is.variableDeclaration(node) || is.propertyDeclaration(node.parent) || is.variableDeclaration(node.parent) || is.constructor(fn);
}
