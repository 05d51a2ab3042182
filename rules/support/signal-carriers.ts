import { forEachDescendant, is, type FlowRoot, type Place, type SemanticModel, type SignalInScope, type ts } from '../../src/rule.js';

/** What carries a signal in a function: the signal, the options bag it comes in, and variables made with them. Keys of places. */
export type Carriers = ReadonlySet<string>;

/**
 * Follows a signal through the function's own variables: `const stream = open(path, signal)`, `const timeout = AbortSignal.any([signal, …])`,
 * an abort listener and what it writes. Each round adds what mentions something found before.
 */
export function carriers(signal: SignalInScope, root: FlowRoot, model: SemanticModel): Carriers {
  const found = new Set<string>([signal.key]);
  for (const place of bagOf(signal, root, model)) found.add(place.key);
  for (let before = 0; before !== found.size; ) {
    before = found.size;
    forEachDescendant(root, (node) => {
      if (is.variableDeclaration(node) && node.initializer && mentionsAny(node.initializer, found, model)) add(node.name);
      if (is.assignment(node) && mentionsAny(node.right, found, model)) addPlace(node.left);
      if (is.call(node) && isAbortListener(node, found, model)) for (const argument of node.arguments) addWritten(argument);
    });
  }
  return found;

  function add(name: ts.BindingName): void {
    if (is.identifier(name)) addPlace(name);
    else for (const element of name.elements) if (!is.omitted(element)) add(element.name);
  }
  function addPlace(expr: ts.Expression): void {
    const place = model.place(expr);
    if (place) found.add(place.key);
  }
  function addWritten(handler: ts.Expression): void {
    for (const fn of model.functionsOf(handler)) {
      forEachDescendant(fn, (node) => {
        if (is.assignment(node)) addPlace(node.left);
      });
    }
  }
}

/** The parameter whose property the signal is: handing the whole bag on hands the signal on. */
function bagOf(signal: SignalInScope, root: FlowRoot, model: SemanticModel): Place[] {
  if (signal.from !== 'options' || is.sourceFile(root) || !('parameters' in root)) return [];
  return root.parameters.flatMap((parameter) => (is.identifier(parameter.name) && signal.text.startsWith(parameter.name.text) ? [model.place(parameter.name)] : [])).filter((p) => p !== undefined);
}

export function mentionsAny(root: ts.Node, keys: Carriers, model: SemanticModel): boolean {
  let found = false;
  const visit = (node: ts.Node): boolean => {
    if (!found && (is.identifier(node) || is.propertyAccess(node))) {
      const place = model.place(node);
      if (place && keys.has(place.key)) found = true;
    }
    return !found;
  };
  if (visit(root)) forEachDescendant(root, visit);
  return found;
}

/** `signal.addEventListener('abort', stop)`, `signal.onabort = stop`: what the handler writes tells of the abort. */
function isAbortListener(call: ts.CallExpression, keys: Carriers, model: SemanticModel): boolean {
  return is.propertyAccess(call.expression) && /^(addEventListener|addListener|on|once|onCancellationRequested)$/.test(call.expression.name.text) && mentionsAny(call.expression.expression, keys, model);
}
