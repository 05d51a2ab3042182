import {
  enclosingRoot, is, skipWrappers, surely,
  type EventOf, type FlowEvent, type FunctionFlow, type SemanticModel, type TraceStep, type ts,
} from '../../src/rule.js';
import { calledName } from './promise-values.js';
import { rejectionShown } from './rejection-origin.js';
import { executorPromise, mentionsOf } from './settlers.js';
import { within } from './settling-coverage.js';
import { unhandledRejection } from './unhandled-rejection.js';

/** A promise that is kept in a variable and that nothing handles for a while. */
export interface UnhandledWindow {
  readonly task: ts.CallExpression | ts.NewExpression;
  readonly name: string;
  /** The suspension that comes before any use, or the throw that comes instead. */
  readonly before: EventOf<'await'> | EventOf<'throw'>;
  /** How the promise comes to reject. */
  readonly origin: readonly TraceStep[];
  /** The suspension surely lasts for longer than a turn of the event loop. */
  readonly isLong: boolean;
}

/** The window of a declared promise. Types are asked last. */
export function unhandledWindow(declaration: ts.VariableDeclaration, model: SemanticModel): UnhandledWindow | undefined {
  const { name, initializer } = declaration;
  const root = enclosingRoot(declaration);
  const tasks = initializer ? startedIn(initializer) : [];
  if (tasks.length === 0 || !is.identifier(name) || is.sourceFile(root)) return undefined;
  const uses = mentionsOf(name, root, model);
  if (uses.length === 0) return undefined;
  const flow = model.flow(root);
  const last = tasks.at(-1);
  const start = last && flow.at(last).find((event) => event.kind === 'call');
  const touches = (event: FlowEvent): boolean => PASSIVE.has(event.kind) ? false : uses.some((use) => within(use, event.node));
  const before = start && (suspensionBefore(start, touches, flow, model) ?? throwBefore(start, touches, flow));
  if (!before) return undefined;
  for (const task of tasks) {
    const origin = originOf(task, model);
    if (origin) return { task, name: name.text, before, origin, isLong: before.kind === 'await' && isLong(before, model) };
  }
  return undefined;
}

const PASSIVE: ReadonlySet<FlowEvent['kind']> = new Set(['entry', 'exit', 'exit-throw', 'point']);

/** One call, or the calls of a list: `[load(), save()]`. */
function startedIn(initializer: ts.Expression): readonly (ts.CallExpression | ts.NewExpression)[] {
  const value = skipWrappers(initializer);
  if (is.callOrNew(value)) return [value];
  return is.arrayLiteral(value) ? value.elements.flatMap((element) => (is.callOrNew(element) ? [element] : [])) : [];
}

/** A wait that nothing of the promise takes part in, with every normal way from there on looking at the promise. */
function suspensionBefore(start: FlowEvent, touches: (event: FlowEvent) => boolean, flow: FunctionFlow, model: SemanticModel): EventOf<'await'> | undefined {
  const isWait = (event: FlowEvent): event is EventOf<'await'> => event.kind === 'await' && event.suspends !== 'micro' && event.form !== 'yield' && !touches(event);
  const path = flow.pathTo(start, isWait, { avoiding: touches, throws: 'none', backEdges: false });
  const wait = path?.events.at(-1);
  if (!wait || !isWait(wait) || flow.pathTo(wait, (event) => event.kind === 'exit', { avoiding: touches, throws: 'none' })) return undefined;
  // A later wait on the same way may be the long one.
  const longer = isLong(wait, model) ? undefined : flow.pathTo(start, (event) => isWait(event) && isLong(event, model), { avoiding: touches, throws: 'none', backEdges: false })?.events.at(-1);
  return longer && isWait(longer) ? longer : wait;
}

function throwBefore(start: FlowEvent, touches: (event: FlowEvent) => boolean, flow: FunctionFlow): EventOf<'throw'> | undefined {
  const path = flow.pathTo(start, (event) => event.kind === 'exit-throw', { avoiding: touches, throws: 'throw', backEdges: false });
  const thrown = path?.thrown.at(-1);
  return thrown?.kind === 'throw' ? thrown : undefined;
}

function isLong({ suspends, operand }: EventOf<'await'>, model: SemanticModel): boolean {
  if (suspends === 'macro') return true;
  const awaited = operand && skipWrappers(model.resolveAlias(operand));
  return awaited !== undefined && is.callOrNew(awaited) && (model.call(awaited).effects.suspends === 'macro' || model.ioOf(awaited).size > 0);
}

function originOf(task: ts.CallExpression | ts.NewExpression, model: SemanticModel): readonly TraceStep[] | undefined {
  const made = executorPromise(task, model);
  if (made) {
    const reject = made.uses.find(({ as, root }) => as === 'reject' && root !== undefined);
    return reject && [{ at: reject.at, text: 'it is rejected from here' }];
  }
  return surely(unhandledRejection(task, model)) ? rejectionShown(model, task) : undefined;
}

/** Promises of a list that are awaited one after the other: while one is waited for, nobody handles those behind it. */
export function awaitedOneByOne(loop: ts.ForOfStatement, model: SemanticModel): { readonly task: ts.CallExpression; readonly wait: ts.Node; readonly origin: readonly TraceStep[] } | undefined {
  const { initializer, expression, statement } = loop;
  const list = skipWrappers(expression);
  const source = is.identifier(list) ? skipWrappers(model.resolveAlias(list)) : list;
  if (!is.call(source) || !/^(map|flatMap)$/.test(calledName(source).getText()) || !('declarations' in initializer)) return undefined;
  const [item] = initializer.declarations;
  if (!item || !is.identifier(item.name)) return undefined;
  if (is.identifier(list) && mentionsOf(list, enclosingRoot(loop), model).some((use) => use.pos < loop.pos && !is.variableDeclaration(use.parent))) return undefined;
  const wait = loop.awaitModifier ?? mentionsOf(item.name, statement, model).find((use) => is.await(use.parent))?.parent;
  if (!wait || !surely(unhandledRejection(source, model))) return undefined;
  const [mapper] = source.arguments;
  const origin = (mapper ? model.functionsOf(mapper) : []).flatMap((fn) => model.flow(fn).all('call').flatMap(({ call }) => rejectionShown(model, call) ?? [])).slice(0, 1);
  return { task: source, wait, origin };
}

