import { enclosingRoot, is, isFunctionNode, skipWrappers, type EventOf, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { isShared } from './interleaving.js';
import { within } from './settling-coverage.js';

/** A busy guard that calls the callback back at once, where the one who came first is called back when the work is over. */
export interface EarlyCallback {
  readonly guard: EventOf<'guard'>;
  readonly answer: ts.Node;
  readonly mark: EventOf<'write'>;
  /** Where the first caller's callback is called. */
  readonly end: ts.Node;
}

const ENDED = /clos|destroy|dispos|stop|end(ed|ing)$|abort|shut|finish|terminat/i;

/** `if (this.loading) return done(); this.loading = true; read((error) => { this.loading = false; done(error); })`. */
export function earlyCallbacksIn(flow: FunctionFlow, model: SemanticModel): readonly EarlyCallback[] {
  const { node } = flow;
  if (!isFunctionNode(node) || !('parameters' in node) || node.parameters.length === 0) return [];
  const callbacks = new Set(node.parameters.flatMap(({ name }) => (is.identifier(name) ? [model.symbolOf(name)] : [])).filter((symbol) => symbol !== undefined));
  const runs = (call: ts.Node): boolean => is.callOrNew(call) && [call.expression, ...(call.arguments ?? []).slice(0, 1)].some((part) => is.identifier(skipWrappers(part)) && callbacks.has(model.symbolOf(skipWrappers(part))!));
  return flow.all('write').flatMap((mark): EarlyCallback[] => {
    if (!isShared(mark.place) || mark.access !== 'assign' || mark.value?.getText() !== 'true' || mark.place.entry !== undefined || ENDED.test(mark.place.text)) return [];
    const end = endOf(mark, runs, flow, model);
    const guard = flow.all('guard').find((each) => each.form === 'truthy' && model.place(skipWrappers(each.test))?.key === mark.place.key && !reaches(each, 'true', mark, flow) && reaches(each, 'false', mark, flow));
    const answer = guard && end && flow.all('call').find(({ call }) => enclosingRoot(call) === node && tellsSuccess(call, runs) && flow.pathTo(guard, (e) => e.node === call, { firstEdge: 'true', throws: 'none', backEdges: false }) !== undefined && call.pos < mark.node.pos);
    return guard && answer ? [{ guard, answer: answer.node, mark, end: end! }] : [];
  });
}

function reaches(guard: EventOf<'guard'>, firstEdge: 'true' | 'false', mark: EventOf<'write'>, flow: FunctionFlow): boolean {
  return flow.pathTo(guard, (e) => e === mark, { firstEdge, throws: 'none', backEdges: false }) !== undefined;
}

/** `done()`, `done(null)`, `process.nextTick(done)`: without an error. */
function tellsSuccess(call: ts.CallExpression | ts.NewExpression, runs: (call: ts.Node) => boolean): boolean {
  if (!runs(call) || is.new(call)) return false;
  if (/(^|\.)(nextTick|setImmediate|setTimeout|queueMicrotask)$/.test(call.expression.getText())) return true;
  const [error] = call.arguments;
  return error === undefined || /^(null|undefined)$/.test(error.getText());
}

/** In a callback that lowers the mark: the call of whoever came first. */
function endOf(mark: EventOf<'write'>, runs: (call: ts.Node) => boolean, flow: FunctionFlow, model: SemanticModel): ts.Node | undefined {
  for (const { fn, kind, value } of model.accesses(mark.place)) {
    if (kind !== 'write' || value?.getText() !== 'false' || fn === flow.node || !isFunctionNode(fn) || !within(fn, flow.node)) continue;
    const call = model.flow(fn).all('call').find((event) => runs(event.call));
    if (call) return call.node;
  }
  return undefined;
}
