import { is, shortText, type Bound, type InputSource, type SemanticModel, type TraceStep, type ts } from '../../src/rule.js';

/** Who decides how many there are, where nothing in view bounds it. */
export interface Input {
  readonly source: InputSource;
  /** As a message names it: `the request`. */
  readonly decider: string;
  /** Certain that there is no bound: a caller, a request, an answer decides. Else nothing in view tells. */
  readonly open: boolean;
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

export const comesFromOutside = ({ source, open }: Input): boolean => open && OUTSIDERS.has(source);

/** What decides how many elements the expression has; undefined where they are few, or the program's own. */
export function unboundedInput(items: ts.Expression, name: string, model: SemanticModel): Input | undefined {
  const bound = model.bound(items);
  if (bound.bounded === 'yes' || OWN_LIST.test(name)) return undefined;
  if (bound.bounded === 'unknown') return inputOf(bound);
  return bound.source === 'parameter' ? givenByCallers(bound, model) : inputOf(bound);
}

function inputOf({ bounded, source, origin }: Bound): Input {
  const decider = DECIDERS[source];
  const steps = bounded === 'no' && origin ? [{ at: origin, text: `how many there are, ${decider} decides: ${shortText(origin)}` }] : [];
  return { source, decider, open: bounded === 'no', steps };
}

/** Lists that callers in view pass: silent where all of them are few, and as open as the openest. */
function givenByCallers(bound: Bound, model: SemanticModel): Input | undefined {
  const given = argumentsFor(bound.origin, model);
  const bounds = given.map((argument) => ({ argument, bound: model.bound(argument) }));
  if (bounds.length > 0 && bounds.every((b) => b.bound.bounded === 'yes')) return undefined;
  const outside = bounds.find((b) => b.bound.bounded === 'no' && OUTSIDERS.has(b.bound.source));
  if (!outside) return inputOf(bound);
  const input = inputOf(outside.bound);
  return { ...input, steps: [...input.steps, { at: outside.argument, text: 'passed on here' }] };
}

/** What is passed for a parameter that is declared to be a list. */
function argumentsFor(origin: ts.Node | undefined, model: SemanticModel): readonly ts.Expression[] {
  if (!origin || !is.parameter(origin) || !/\[\]$|^(?:Readonly)?(?:Array|Set)<|^Iterable</.test(origin.type?.getText().replace(/^readonly /, '') ?? '')) return [];
  const fn = origin.parent as Parameters<SemanticModel['callersOf']>[0];
  const index = 'parameters' in fn ? (fn.parameters as readonly ts.Node[]).indexOf(origin) : -1;
  return model.callersOf(fn).flatMap((call) => call.arguments?.[index] ?? []);
}

