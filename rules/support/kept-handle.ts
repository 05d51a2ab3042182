import { enclosingRoot, is, outermostWrapper, skipWrappers, surely, type CallNode, type EventOf, type FunctionFlow, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { isShared } from './interleaving.js';
import { lastCalledName } from './promise-values.js';
import { within } from './settling-coverage.js';

export type HandleKind = 'interval' | 'timeout' | 'subscription' | 'controller';

/** A handle that a function puts into a place which outlives its call. */
export interface KeptHandle {
  readonly write: EventOf<'write'>;
  readonly place: Place;
  readonly made: CallNode;
  readonly kind: HandleKind;
}

/** The writes by which the function itself keeps a handle in a field or in a variable that lives longer than it. */
export function handlesKeptBy(flow: FunctionFlow, model: SemanticModel): readonly KeptHandle[] {
  return flow.all('write').flatMap((write): KeptHandle[] => {
    const { place, value } = write;
    if (!value || !holdsAlone(write) || enclosingRoot(write.node) !== flow.node) return [];
    const made = callBehind(value);
    const kind = made && kindOf(made, place, model);
    return kind ? [{ write, place, made, kind }] : [];
  });
}

/** `this.timer = …`, `timer = …`: one plain place that holds one handle. */
export function holdsAlone({ access, place }: EventOf<'write'>): boolean {
  return access === 'assign' && isShared(place) && place.entry === undefined && place.path.length === (place.kind === 'field' ? 1 : 0);
}

/** The call that makes the value: `setTimeout(…).unref()` is a timer still. */
function callBehind(value: ts.Expression): CallNode | undefined {
  const call = skipWrappers(value);
  if (!is.callOrNew(call)) return undefined;
  const callee = skipWrappers(call.expression);
  const isChained = is.propertyAccess(callee) && /^(unref|ref)$/.test(callee.name.text);
  return isChained ? callBehind(callee.expression) : call;
}

const ENDING = /^[#_]*(un(subscribe|listen|watch|register|bind|sub)|dispose|cleanUp|cleanup|teardown|stop|off|release|detach|remove)([A-Z]\w*)?$/;

function kindOf(made: CallNode, place: Place, model: SemanticModel): HandleKind | undefined {
  const { effects } = model.call(made);
  if (effects.timer) return effects.timer.kind === 'timeout' || effects.timer.kind === 'interval' ? effects.timer.kind : undefined;
  if (is.new(made)) return made.expression.getText() === 'AbortController' ? 'controller' : undefined;
  if (effects.subscribe?.disposer) return 'subscription';
  const name = lastName(place);
  const listens = /^(on(?:Did|Will)?[A-Z]\w*|subscribe|listen|watch|addListener|observe|autorun|reaction)$/.test(lastCalledName(made));
  if (listens && ENDING.test(name)) return 'subscription';
  return listens && surely(model.hasMember(made, ENDERS)) && hasListener(made, model) ? 'subscription' : undefined;
}

const ENDERS: ReadonlySet<string> = new Set(['dispose', 'unsubscribe']);

function hasListener(made: CallNode, model: SemanticModel): boolean {
  return made.arguments?.some((argument) => surely(model.isCallable(argument)) || is.objectLiteral(argument)) ?? false;
}

export const lastName = (place: Place): string => place.path.at(-1) ?? place.root?.name ?? place.text;

const RELEASING = /^(close|dispose|clear|cancel|stop|abort|unsubscribe|destroy|terminate|kill|end|remove)$/;

/** Where code in view ends what the place holds: `clearTimeout(this.timer)`, `this.listener?.dispose()`, `this.unsubscribe()`. */
export function releasesOf(place: Place, model: SemanticModel): readonly ts.Node[] {
  return model.accesses(place).flatMap(({ kind, node }) => (kind === 'read' ? releasesBy(node, model) : []));
}

/** `isCopy`: the value has been copied once already; copies of copies are not followed. */
function releasesBy(value: ts.Node, model: SemanticModel, isCopy = false): readonly ts.Node[] {
  const outer = outermostWrapper(value);
  const { parent } = outer;
  // `const timer = this.timer; clearTimeout(timer);`
  if (!isCopy && is.variableDeclaration(parent) && is.identifier(parent.name) && parent.name !== outer) {
    const copy = parent.name;
    return model.identifiersNamed(copy.text, enclosingRoot(copy)).flatMap((use) => (use !== copy && is.identifier(use) ? releasesBy(use, model, true) : []));
  }
  if (is.call(parent)) return parent.expression === outer || model.call(parent).effects.clearsTimer ? [parent] : [];
  const isEnd = is.propertyAccess(parent) && parent.expression === outer && RELEASING.test(parent.name.text) && is.call(outermostWrapper(parent).parent);
  return isEnd ? [outermostWrapper(parent).parent] : [];
}

/** Does the place's value go anywhere else: copied, returned, passed on, put among others? */
export function isPassedOn(place: Place, releases: readonly ts.Node[], model: SemanticModel): boolean {
  return model.accesses(place).some(({ kind, access, node, branches }) => {
    if (kind !== 'read' || access !== 'value' || branches || releases.some((release) => within(node, release))) return false;
    const outer = outermostWrapper(node);
    const { parent } = outer;
    return (is.callOrNew(parent) && parent.expression !== outer) || is.return(parent) || is.propertyAssignment(parent) || is.arrayLiteral(parent) || is.spread(parent) || (is.assignment(parent) && parent.right === outer);
  });
}
