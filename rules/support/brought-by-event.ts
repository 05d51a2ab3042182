import { enclosingRoot, forEachDescendant, is, isFunctionNode, type CallNode, type FlowRoot, type RemoteEvent, type SemanticModel, type ts } from '../../src/rule.js';

/** Parts of a request that are one of a few values, whoever sends it. */
const FEW_VALUES: ReadonlySet<string> = new Set(['method', 'route', 'protocol', 'httpVersion', 'constructor', 'baseUrl']);
/** Values that are new each time. */
const UNIQUE = /randomUUID|nanoid|uuid|ulid|Date\.now|\+\+/i;
const MAX_STEPS = 60;

/** Does the expression, evaluated on the way of handling the event, depend on what came with it? */
export function broughtBy(event: RemoteEvent, expr: ts.Expression, model: SemanticModel): boolean {
  let brought = parametersOf(event.handler);
  event.calls.forEach((call) => {
    const passed = argumentsBrought(call, brought, model);
    const parameters = model.call(call).targets.flatMap((fn) => ('parameters' in fn ? [...fn.parameters] : []));
    // A callback run in place sees what its surroundings see.
    brought = new Set([...brought, ...parameters.filter((parameter) => passed.has((parameter.parent.parameters as readonly ts.Node[]).indexOf(parameter)))]);
  });
  return UNIQUE.test(expr.getText()) || dependsOn(expr, brought, model);
}

function parametersOf(fn: FlowRoot): ReadonlySet<ts.Node> {
  return new Set(isFunctionNode(fn) && 'parameters' in fn ? fn.parameters : []);
}

function argumentsBrought(call: CallNode, brought: ReadonlySet<ts.Node>, model: SemanticModel): ReadonlySet<number> {
  return new Set((call.arguments ?? []).flatMap((argument, index) => (dependsOn(argument, brought, model) ? [index] : [])));
}

/** Follows variables to what they were initialised from, as far as the function of the expression and those around it. */
function dependsOn(expr: ts.Expression, brought: ReadonlySet<ts.Node>, model: SemanticModel): boolean {
  const queue: ts.Node[] = [expr];
  const seen = new Set<ts.Node>();
  while (queue.length > 0 && seen.size < MAX_STEPS) {
    const node = queue.pop()!;
    if (seen.has(node)) continue;
    seen.add(node);
    for (const name of namesIn(node)) {
      const declaration = model.symbolOf(name)?.declarations?.[0];
      if (!declaration) continue;
      const holder = declarationHolder(declaration);
      if (brought.has(holder)) return true;
      if (is.variableDeclaration(holder) && !is.sourceFile(enclosingRoot(holder))) queue.push(...sourcesOf(holder));
      else if (is.parameter(holder)) queue.push(...itemsOf(holder, model));
    }
  }
  return false;
}

function sourcesOf(declaration: ts.VariableDeclaration): readonly ts.Node[] {
  const loop = declaration.parent.parent;
  if (is.forOf(loop)) return [loop.expression];
  return declaration.initializer ? [declaration.initializer] : [];
}

/** For the parameter of `xs.forEach((x) => …)`: the list. */
function itemsOf(parameter: ts.ParameterDeclaration, model: SemanticModel): readonly ts.Node[] {
  const callback = isFunctionNode(parameter.parent) ? model.callbackOf(parameter.parent) : undefined;
  return callback && callback.timing !== 'later-many' && is.propertyAccess(callback.call.expression) ? [callback.call.expression.expression] : [];
}

/** The parameter or variable that a destructured name belongs to. */
function declarationHolder(declaration: ts.Node): ts.Node {
  let node = declaration;
  while (!is.parameter(node) && !is.variableDeclaration(node) && !is.sourceFile(node) && !isFunctionNode(node) && !is.classLike(node)) node = node.parent;
  return node;
}

/** Names that the value depends on; the right side of a dot is none. */
function namesIn(node: ts.Node): ts.Identifier[] {
  if (is.identifier(node)) return [node];
  const names: ts.Identifier[] = [];
  const visit = (child: ts.Node): boolean | void => {
    if (is.propertyAccess(child)) {
      if (FEW_VALUES.has(child.name.text)) return false;
      if (is.identifier(child.expression)) names.push(child.expression);
      else if (visit(child.expression) !== false) forEachDescendant(child.expression, visit);
      return false;
    }
    if (is.identifier(child)) names.push(child);
  };
  if (visit(node) !== false) forEachDescendant(node, visit);
  return names;
}
