import {
  defineRule, enclosingRoot, forEachDescendant, functionName, is, isFunctionNode, isGenerator, shortText, skipWrappers,
  type CallNode, type FlowRoot, type FunctionNode, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { ioOf, ioOfCall, ioSteps, workName, type IoWork } from '../support/io-work.js';
import { calledName, valuesOf } from '../support/promise-values.js';
import { comesFromOutside, unboundedInput, type Input } from '../support/unbounded-input.js';
import { unusedSetting } from '../support/unused-setting.js';

const messages = {
  open: { text: '{starter} starts {task} for all of {items} at once, and {decider} decides how many that is', preset: 'all', severity: 'note', precision: 'low' },
  unused: { text: '{starter} starts {task} for all of {items} at once, though {setting} is there to limit it', preset: 'strict', severity: 'warning', precision: 'medium' },
  given: { text: '{starter} starts {task} for all of {items} at once, however many {decider} gives', preset: 'all', severity: 'note', precision: 'low' },
  unknown: { text: '{starter} starts {task} for all of {items} at once, and nothing in view limits how many that is', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'unbounded-fan-out',
    family: 'bounds',
    summary: 'a promise combinator that starts I/O for every element of a list at once',
    question: 'number',
    encodes: ['PS-C3'],
    cwe: [770, 400],
    docs: {
      why:
        '`Promise.all(ids.map(load))` starts every load before it waits for the first. With ten ids that is quick; with ten thousand it is ten thousand sockets, file ' +
        'handles or queries at one moment: the pool is empty for everybody else, the other side throttles or falls over, the process runs out of descriptors or memory. ' +
        'Whoever decides how long the list is decides over the server, and lists from requests, tables and directories only grow.',
      instead:
        'Say how many may run at once: `pMap(ids, load, { concurrency: 8 })`, a p-limit function around each call, chunks in a loop, or a plain `for … of` with await. ' +
        'Better still, ask once for all (`WHERE id = ANY($1)`, a bulk endpoint). Where the list is short by nature, cut it where it comes in, `ids.slice(0, 100)`, and the rule is content.',
      limits:
        'Only work that reaches the network, the file system, a process or a database counts, through bodies in view and described libraries; what waits its turn anyway (queries of one transaction, commands to Redis, ' +
        'single steps of the file system) is silent. Lists of fixed length, chunks, slices, ' +
        'queries with a limit or for distinct values, and lists a program fills itself (plugins, hooks, workers) are silent; so is work that passes a limiter, a semaphore, or a function named like one. ' +
        'A pool of database connections is not taken for a limit, because its waiting line has none. A list that comes as a parameter is followed to the callers in view, once. Work on one file for each entry of a single folder is reported at all only.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    const calls = new Set(flow.all('call').map(({ call }) => call));
    for (const call of calls) if (enclosingRoot(call) === flow.node) check(call, ctx);
  },
});

/** Work started for every element of `items`. */
interface Start {
  readonly items: ts.Expression;
  readonly name: string;
  readonly work: IoWork;
  readonly task: string;
}

function check(call: CallNode, ctx: Context): void {
  const { effects } = ctx.model.call(call);
  const first = call.arguments?.[0];
  if (!first) return;
  const starts = effects.combinator ? startsIn(first, ctx.model) : startsByLibrary(call, ctx.model);
  for (const start of starts) {
    const input = unboundedInput(start.items, start.name, ctx.model);
    if (input) return report(call, start, input, ctx);
  }
}

function report(call: CallNode, { name, work, task }: Start, input: Input, ctx: Context): void {
  const setting = unusedSetting(enclosingRoot(call), ctx.model);
  const message = messageFor(work, input, setting !== undefined);
  // A browser lets a handful of requests go to one host at a time.
  if (!message || (message === 'unknown' && ctx.file.host === 'browser')) return;
  const at = is.propertyAccess(call.expression) ? call.expression : calledName(call);
  ctx.report({
    message,
    at,
    subject: call,
    data: { starter: shortText(call.expression), task, items: name, decider: input.decider, setting: setting?.getText() ?? '' },
    trace: [...input.steps, ...(setting ? [{ at: setting, text: 'set here, and never looked at' }] : []), { at, text: 'waits for all, which are under way by now' }, ...ioSteps(work)],
  });
}

function messageFor({ strain, kind }: IoWork, input: Input, isSettingUnused: boolean): keyof typeof messages | undefined {
  if (strain === 'light') return undefined;
  if (strain === 'assumed') return comesFromOutside(input) ? 'given' : 'unknown';
  // A file each for what lies in one folder is seldom many.
  if (comesFromOutside(input)) return input.flat && kind === 'file' ? 'given' : 'open';
  return isSettingUnused ? 'unused' : input.open ? 'given' : 'unknown';
}

// ── what is started ───────────────────────────────────────────────────────────────────────────────────

/** The list given to a combinator: a map over something, or an array that a loop filled. */
function startsIn(list: ts.Expression, model: SemanticModel): Start[] {
  return valuesOf(list).flatMap((value): Start[] => {
    if (is.arrayLiteral(value)) return value.elements.flatMap((e) => (is.spread(e) ? startsIn(e.expression, model) : []));
    if (is.identifier(value)) return startsInVariable(value, model);
    if (!is.call(value)) return [];
    const callee = skipWrappers(value.expression);
    const generator = model.functionsOf(is.propertyAccess(callee) && callee.name.text === 'call' ? callee.expression : callee).find(isGenerator);
    if (generator) return startsByYields(generator, model);
    if (is.propertyAccess(callee) && /^(?:flat|filter|concat|reverse)$/.test(callee.name.text)) return startsIn(callee.expression, model);
    return startsByMapper(value, value, model);
  });
}

function startsInVariable(name: ts.Identifier, model: SemanticModel): Start[] {
  const declaration = model.symbolOf(name)?.declarations?.[0];
  if (!declaration || !is.variableDeclaration(declaration) || enclosingRoot(declaration) !== enclosingRoot(name)) return [];
  const initial = declaration.initializer ? startsIn(declaration.initializer, model) : [];
  const pushed = pushesTo(name, enclosingRoot(name)).flatMap((argument) => {
    if (is.spread(argument)) return startsIn(argument.expression, model);
    return isRepeated(argument, declaration) ? startsByPush(name, argument, model) : [];
  });
  return [...initial, ...pushed];
}

/** `xs.map(f)`, `Array.from(xs, f)`: something that calls f for each item and gives what it returns. */
function startsByMapper(call: ts.CallExpression, items: ts.Expression, model: SemanticModel): Start[] {
  const { callbacks, limited } = model.call(call).effects;
  const effect = callbacks?.find((c) => c.repeating === 'items' && c.result === 'used' && !c.misreadsPromise);
  // What a request sends is often `any`: there the name must do.
  const named = is.propertyAccess(call.expression) && /^(?:map|flatMap)$/.test(call.expression.name.text);
  const mapper = call.arguments[effect?.arg ?? 0];
  if (!mapper || limited || !(effect || named)) return [];
  const iterated = is.propertyAccess(call.expression) && (effect?.arg ?? 0) === 0 ? call.expression.expression : call.arguments[0]!;
  return startsByFunctions(model.functionsOf(mapper), items, shortText(iterated), model);
}

/** `pMap(xs, f)` without its concurrency, `async.each(xs, f)`. */
function startsByLibrary(call: CallNode, model: SemanticModel): Start[] {
  const { callbacks, limited } = model.call(call).effects;
  const effect = callbacks?.find((c) => c.repeating === 'items' && c.timing === 'awaited');
  const mapper = effect && call.arguments?.[effect.arg];
  if (!mapper || (limited && isLimitGiven(call, limited))) return [];
  const items = call.arguments[0]!;
  return startsByFunctions(model.functionsOf(mapper), items, shortText(items), model);
}

function isLimitGiven(call: CallNode, { arg, property }: { readonly arg?: number; readonly property?: string }): boolean {
  const given = arg === undefined ? undefined : call.arguments?.[arg];
  if (arg === undefined || property === undefined || !given) return arg === undefined || given !== undefined;
  const options = skipWrappers(given);
  return !is.objectLiteral(options) || options.properties.some((p) => !p.name || p.name.getText() === property);
}

function startsByFunctions(mappers: readonly FunctionNode[], items: ts.Expression, name: string, model: SemanticModel): Start[] {
  return mappers.flatMap((mapper) => {
    const work = ioOf(mapper, model);
    return work ? [{ items, name, work, task: is.functionExpression(mapper) ? workName(work) : functionName(mapper) }] : [];
  });
}

/** `Promise.all((function* () { for (const id of ids) yield load(id); })())`. */
function startsByYields(generator: FunctionNode, model: SemanticModel): Start[] {
  const starts: Start[] = [];
  forEachDescendant(generator, (node) => {
    if (!is.yield(node) || !node.expression) return;
    const loop = loopAround(node);
    if (node.asteriskToken) starts.push(...startsIn(node.expression, model));
    else if (loop) starts.push(...startsByPush(loop, node.expression, model));
  });
  return starts;
}

/** `tasks.push(load(id))` in a loop. */
function startsByPush(items: ts.Expression, pushed: ts.Expression, model: SemanticModel): Start[] {
  return valuesOf(pushed).flatMap((value) => {
    const work = is.callOrNew(value) ? ioOfCall(value, model) : undefined;
    return work ? [{ items, name: shortText(loopAround(pushed) ?? items), work, task: workName(work) }] : [];
  });
}

function pushesTo(list: ts.Identifier, root: FlowRoot): ts.Expression[] {
  const pushed: ts.Expression[] = [];
  forEachDescendant(root, (node) => {
    if (!is.call(node) || !is.propertyAccess(node.expression) || node.expression.name.text !== 'push') return;
    if (is.identifier(node.expression.expression) && node.expression.expression.text === list.text) pushed.push(...node.arguments);
  });
  return pushed;
}

/** In a loop, or in a function of its own, that the declaration is not in. */
function isRepeated(node: ts.Node, declaration: ts.Node): boolean {
  for (let at = node.parent; at.pos > declaration.pos || at.end < declaration.end; at = at.parent) if (is.iteration(at) || isFunctionNode(at)) return true;
  return false;
}

/** What the nearest `for … of` around the node goes over. */
function loopAround(node: ts.Node): ts.Expression | undefined {
  for (let at = node.parent; !isFunctionNode(at) && !is.sourceFile(at); at = at.parent) if (is.forOf(at)) return at.expression;
  return undefined;
}
