import { enclosingRoot, forEachDescendant, is, isFunctionNode, shortText, skipWrappers, type Bound, type FunctionNode, type InputSource, type SemanticModel, type TraceStep, type ts } from '../../src/rule.js';

/** Who decides how many there are, where nothing in view bounds it. */
export interface Input {
  readonly source: InputSource;
  /** As a message names it: `the request`. */
  readonly decider: string;
  /** Certain that there is no bound: a caller, a request, an answer decides. Else nothing in view tells. */
  readonly open: boolean;
  /** One folder's listing, without those below. */
  readonly flat: boolean;
  readonly steps: readonly TraceStep[];
}

const DECIDERS: Readonly<Record<InputSource, string>> = {
  request: 'the request',
  message: 'the message',
  database: 'the query',
  directory: 'the directory',
  network: 'the answer',
  file: 'the file',
  parameter: 'the caller',
  unknown: 'nothing in view',
};
/** Sources that grow without anybody of this program doing anything. */
const OUTSIDERS: ReadonlySet<InputSource> = new Set(['request', 'message', 'database', 'directory']);
/** Lists that the program itself fills: what is plugged in, configured, connected. */
const OWN_LIST = /(?:plugin|hook|handler|listener|subscriber|observer|middleware|adapter|provider|environment|worker|server|client|connection|node|replica|shard|extension|module|service|transport|task|step|stage|locale|language|format)s?(?:\b|$|_)/i;
/** A folder of the program's own. */
const OWN_FOLDER = /__dirname|import\.meta|process\.cwd/;

export const comesFromOutside = ({ source, open }: Input): boolean => open && OUTSIDERS.has(source);

/** What decides how many elements the expression has; undefined where they are few, or the program's own. */
export function unboundedInput(items: ts.Expression, name: string, model: SemanticModel): Input | undefined {
  const bound = model.bound(items);
  if (bound.bounded === 'yes' || OWN_LIST.test(name) || isLengthChecked(items, model)) return undefined;
  if (bound.bounded === 'no' && bound.source === 'parameter') return givenByCallers(bound, model);
  return inputOf(bound, model);
}

function inputOf({ bounded, source, origin }: Bound, model: SemanticModel): Input | undefined {
  // A query that may be unbounded and is not surely so names a limit.
  if (bounded === 'unknown' && source === 'database') return undefined;
  if (source === 'directory' && origin && isOwnFolder(origin)) return undefined;
  // An event of some emitter is a call by another name.
  const isLocal = source === 'message' && origin !== undefined && model.remoteEvent(isFunctionNode(origin.parent) ? origin.parent : enclosingRoot(origin)) === undefined;
  const decider = isLocal ? 'the event' : DECIDERS[source];
  const steps = bounded === 'no' && origin ? [{ at: origin, text: `how many there are, ${decider} decides: ${shortText(origin)}` }] : [];
  return { source: isLocal ? 'parameter' : source, decider, open: bounded === 'no', flat: source === 'directory' && !/\brecursive\b/.test(origin?.getText() ?? ''), steps };
}

/**
 * Lists that callers in view pass: silent where all of them are few, and as open as the openest. Where the parameter is no list
 * itself but holds one, or no caller's list is surely open, nothing is certain.
 */
function givenByCallers(bound: Bound, model: SemanticModel): Input | undefined {
  const parameter = listParameter(bound.origin);
  if (!parameter) return inputOf({ ...bound, bounded: 'unknown' }, model);
  const inputs = argumentsFor(parameter, model).map((argument) => ({ argument, input: unboundedInput(argument, '', model) }));
  if (inputs.length > 0 && inputs.every(({ input }) => input === undefined)) return undefined;
  const outside = inputs.find(({ input }) => input && comesFromOutside(input));
  if (outside?.input) return { ...outside.input, steps: [...outside.input.steps, { at: outside.argument, text: 'passed on here' }] };
  const isOpen = inputs.length === 0 || inputs.some(({ input }) => input?.open);
  return inputOf(isOpen ? bound : { ...bound, bounded: 'unknown' }, model);
}

type Taken = ts.ParameterDeclaration & { readonly parent: FunctionNode };

function listParameter(origin: ts.Node | undefined): Taken | undefined {
  if (!origin || !is.parameter(origin) || !isFunctionNode(origin.parent)) return undefined;
  const type = origin.type?.getText().replace(/^readonly /, '') ?? '';
  return /\[\]$|^(?:Readonly)?(?:Array|Set)<|^Iterable</.test(type) ? (origin as Taken) : undefined;
}

/** What callers pass, unless that is a parameter of theirs: one step is followed. */
function argumentsFor(parameter: Taken, model: SemanticModel): readonly ts.Expression[] {
  const index = (parameter.parent.parameters as readonly ts.Node[]).indexOf(parameter);
  const given = model.callersOf(parameter.parent).flatMap((call) => call.arguments?.[index] ?? []);
  return given.some((argument) => listParameter(model.bound(argument).origin)) ? [] : given;
}

function isOwnFolder(listing: ts.Node): boolean {
  const folder = is.call(listing) ? listing.arguments[0] : undefined;
  return folder !== undefined && (is.stringLiteral(skipWrappers(folder)) || OWN_FOLDER.test(folder.getText()));
}

/** `if (ids.length > 100) …` before the list is used: whoever sends more has been looked at. */
function isLengthChecked(items: ts.Expression, model: SemanticModel): boolean {
  const list = listBehind(items);
  const root = enclosingRoot(items);
  if (is.sourceFile(root)) return false;
  let found = false;
  forEachDescendant(root, (node) => {
    if (found || !is.binary(node) || node.pos > items.pos || !/^[<>]=?$/.test(node.operatorToken.getText())) return;
    const [size, limit] = isSize(node.left) ? [node.left, node.right] : [node.right, node.left];
    found = isSize(size) && !/^[01]$/.test(limit.getText()) && model.sameValue(size.expression, list) === 'yes';
  });
  return found;
}

function isSize(expr: ts.Expression): expr is ts.PropertyAccessExpression {
  return is.propertyAccess(expr) && /^(?:length|size)$/.test(expr.name.text);
}

/** `ids` of `ids.filter(f).map(g)`. */
function listBehind(items: ts.Expression): ts.Expression {
  const value = skipWrappers(items);
  return is.call(value) && is.propertyAccess(value.expression) ? listBehind(value.expression.expression) : value;
}
