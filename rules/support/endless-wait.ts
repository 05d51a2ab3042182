import { enclosingRoot, forEachDescendant, is, isFunctionNode, perhaps, skipWrappers, type CallNode, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';
import { hasRace } from './deadline.js';
import { holdsOption } from './held-options.js';

type Endless = NonNullable<ReturnType<SemanticModel['call']>['effects']['endless']>;

/** A call that waits for the other side for as long as that takes. */
export interface EndlessCall {
  readonly endless: Endless;
  /** The client's own call, where this one only hands its options on to it. */
  readonly inner?: CallNode;
}

/** Undefined where something bounds the call, or may: an option of the call or of its client, a limit set for all calls. */
export function endlessCall(call: CallNode, model: SemanticModel): EndlessCall | undefined {
  const { effects, targets } = model.call(call);
  if (targets.length === 0 && effects.endless) return perhaps(isBounded(call, effects.endless, model)) ? throughRunner(call, effects.endless, model) : { endless: effects.endless };
  return targets.length === 1 ? throughWrapper(call, targets[0]!, model) : undefined;
}

function isBounded(call: CallNode, endless: Endless, model: SemanticModel): ReturnType<typeof holdsOption> {
  const { signal } = model.call(call).effects;
  const args = call.arguments ?? [];
  if (endless.offBy !== undefined) return isSwitchedOff(args, endless.offBy) ? 'no' : 'yes';
  if (args.some(is.spread) || (signal && perhaps(model.signalParameter(call)?.given ?? 'no'))) return 'unknown';
  const options = signal && signal.arg >= 0 ? args.slice(signal.arg, signal.arg + 1) : args;
  const names = new Set(endless.bounds);
  // `http.request({ … })` and `http.request(url, { … })`
  for (const given of endless.members ? args : options) if (perhaps(holdsOption(given, names, model))) return 'unknown';
  if (endless.clientMembers && isClientEnded(call, endless.clientMembers, model)) return 'unknown';
  if (endless.setAsOption?.some((name) => isGivenSomewhere(name, model))) return 'unknown';
  return (endless.set !== undefined && isSetForAll(endless.set, model)) || (endless.clientBounds && clientHolds(call, endless.clientBounds, model)) ? 'unknown' : 'no';
}

function isSwitchedOff(args: readonly ts.Expression[], option: string): boolean {
  return args.some((given) => is.objectLiteral(given) && given.properties.some((each) => is.propertyAssignment(each) && each.name.getText() === option && each.initializer.getText() === 'false'));
}

/** `setGlobalDispatcher(new Agent({ … }))`, `axios.defaults.timeout = …`: wherever it stands, it holds here. */
function isSetForAll(name: string, model: SemanticModel): boolean {
  return model.identifiersNamed(name).some((id) => {
    const { parent } = id;
    if (is.call(parent)) return parent.expression === id && name.startsWith('set');
    return is.propertyAccess(parent) && parent.name === id && is.propertyAccess(parent.parent) && /timeout|agent|adapter|signal/i.test(parent.parent.name.text);
  });
}

/** `{ requestTimeout: 5_000 }` wherever it stands, or wherever in the code it does. */
export function isGivenSomewhere(name: string, model: SemanticModel, code?: ts.Node): boolean {
  return model.identifiersNamed(name, code).some(({ parent }) => is.propertyAssignment(parent) || is.shorthandPropertyAssignment(parent));
}

/** The client that the call is made on was given a limit, or nobody knows what it was given. */
function clientHolds(call: CallNode, names: readonly string[], model: SemanticModel): boolean {
  const callee = skipWrappers(call.expression);
  const client = is.propertyAccess(callee) ? skipWrappers(callee.expression) : callee;
  if (isModule(client, model)) return false;
  const made = madeAs(client, model);
  return made.length === 0 || made.some((value) => !is.callOrNew(value) || (value.arguments ?? []).some((given) => perhaps(holdsOption(given, new Set(names), model))));
}

/** `setTimeout(() => upload.abort(), 10_000)`: the program ends the client that it has a name for. */
function isClientEnded(call: CallNode, members: readonly string[], model: SemanticModel): boolean {
  const callee = skipWrappers(call.expression);
  const client = is.propertyAccess(callee) ? skipWrappers(callee.expression) : callee;
  const name = is.identifier(client) ? client : is.propertyAccess(client) ? client.name : undefined;
  if (!name) return !is.callOrNew(client);
  return model.identifiersNamed(name.text).some((id) => {
    const access = is.propertyAccess(id.parent) && id.parent.name === id ? id.parent.parent : id.parent;
    return is.propertyAccess(access) && members.includes(access.name.text);
  });
}

/** The import itself: `axios.get(…)`. */
function isModule(client: ts.Expression, model: SemanticModel): boolean {
  return is.identifier(client) && (model.symbolOf(client)?.declarations ?? []).some((declaration) => /^import\b/.test(statementOf(declaration).getText()) || declaration.getSourceFile().isDeclarationFile);
}

function statementOf(node: ts.Node): ts.Node {
  let statement = node;
  while (statement.parent && !is.sourceFile(statement.parent)) statement = statement.parent;
  return statement;
}

function madeAs(client: ts.Expression, model: SemanticModel): readonly ts.Expression[] {
  const value = skipWrappers(model.resolveAlias(client));
  if (is.callOrNew(value)) return [value];
  const place = model.place(client);
  const writes = place ? model.accesses(place).filter(({ kind }) => kind === 'write') : [];
  return writes.map((write) => (write.value ? skipWrappers(model.resolveAlias(write.value)) : client));
}

/** A function in view that hands its options on to a client, and is given none of those that would end the wait. */
function throughWrapper(call: CallNode, target: FunctionNode, model: SemanticModel): EndlessCall | undefined {
  if (!('parameters' in target) || !target.body || (call.arguments ?? []).some(is.spread)) return undefined;
  for (const { inner, endless } of endlessCallsIn(target, target.body, model)) {
    const index = optionsParameter(inner, target, new Set(endless.bounds), model);
    if (index !== undefined && !perhaps(holdsOption(call.arguments?.[index], new Set(endless.bounds), model))) return { endless, inner };
  }
  return undefined;
}

/** `retried((options) => fetch(url, options))` where the body of retried is in view and gives no limit: what it is given is what it is called with. */
function throughRunner(call: CallNode, endless: Endless, model: SemanticModel): EndlessCall | undefined {
  const fn = enclosingRoot(call);
  const index = is.functionExpression(fn) && endless.offBy === undefined ? optionsParameter(call, fn, new Set(endless.bounds), model) : undefined;
  const taken = index === undefined || !is.functionExpression(fn) ? undefined : model.callbackOf(fn);
  const [runner, another] = taken ? model.call(taken.call).targets : [];
  const runs = runner && !another && taken ? callsOfParameter(runner, taken.arg, model) : undefined;
  if (!runs || runs.length === 0 || hasRace(runner!, model)) return undefined;
  const isBare = runs.every((run) => !(run.arguments ?? []).some(is.spread) && !perhaps(holdsOption(run.arguments?.[index!], new Set(endless.bounds), model)));
  return isBare ? { endless, inner: runs[0]! } : undefined;
}

/** Undefined where the function that it takes goes anywhere else. */
function callsOfParameter(runner: FunctionNode, index: number, model: SemanticModel): readonly CallNode[] | undefined {
  const name = 'parameters' in runner ? runner.parameters[index]?.name : undefined;
  if (!name || !is.identifier(name) || !runner.body) return undefined;
  const symbol = model.symbolOf(name);
  const uses = model.identifiersNamed(name.text, runner.body).filter((id) => model.symbolOf(id) === symbol);
  const calls = uses.flatMap(({ parent }) => (is.call(parent) && is.identifier(parent.expression) && parent.expression.text === name.text ? [parent] : []));
  return calls.length === uses.length ? calls : undefined;
}

const endlessCalls = new WeakMap<FunctionNode, readonly Required<EndlessCall>[]>();

/** Waits of clients that the function makes itself, in source order: found once for all who call it. */
function endlessCallsIn(target: FunctionNode, body: ts.Node, model: SemanticModel): readonly Required<EndlessCall>[] {
  const known = endlessCalls.get(target);
  if (known) return known;
  const found: Required<EndlessCall>[] = [];
  forEachDescendant(body, (node) => {
    if (isFunctionNode(node)) return false;
    if (!is.callOrNew(node) || enclosingRoot(node) !== target) return;
    const { effects, targets } = model.call(node);
    const { endless } = effects;
    if (endless && !endless.isClient && endless.offBy === undefined && targets.length === 0) found.push({ endless, inner: node });
  });
  endlessCalls.set(target, found);
  return found;
}

/** The one parameter that the options of the inner call come from, where nothing but it could bound the call. */
function optionsParameter(inner: CallNode, target: FunctionNode, bounds: ReadonlySet<string>, model: SemanticModel): number | undefined {
  if (!('parameters' in target)) return undefined;
  const unsure = (inner.arguments ?? []).filter((given) => perhaps(holdsOption(given, bounds, model)));
  if (unsure.length !== 1) return undefined;
  const sources = partsThatMayHold(unsure[0]!, bounds, model).map((part) => target.parameters.findIndex(({ name }) => is.identifier(name) && name.text === rootName(part, model)));
  return sources.length === 1 && sources[0]! >= 0 ? sources[0] : undefined;
}

function partsThatMayHold(given: ts.Expression, bounds: ReadonlySet<string>, model: SemanticModel): readonly ts.Expression[] {
  const value = skipWrappers(model.resolveAlias(given));
  if (!is.objectLiteral(value)) return [value];
  return value.properties.flatMap((property) => {
    if (is.spreadAssignment(property)) return perhaps(holdsOption(property.expression, bounds, model)) ? [skipWrappers(property.expression)] : [];
    return property.name && bounds.has(property.name.getText()) ? [given] : [];
  });
}

/** The variable that the value is, or that it was unpacked from: `const { agent, ...rest } = init ?? {}`. */
function rootName(part: ts.Expression, model: SemanticModel): string | undefined {
  if (!is.identifier(part)) return undefined;
  const declaration = model.symbolOf(part)?.declarations?.[0];
  if (!declaration || !is.bindingElement(declaration) || !declaration.dotDotDotToken) return part.text;
  const holder = declaration.parent.parent;
  const from = is.variableDeclaration(holder) && holder.initializer ? skipWrappers(holder.initializer) : undefined;
  return from && (is.binary(from) ? from.left : from).getText();
}
