import { is, skipWrappers, type FlowEvent, type FunctionFlow, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { isShared } from './interleaving.js';

/** A value that outlives the function: in a cell of a component, a field, a variable. */
export interface Store {
  readonly event: FlowEvent;
  readonly node: ts.Node;
  readonly value: ts.Expression;
  readonly text: string;
  readonly subject: Place | ts.Node;
}

/** `setUser(x)` of `useState`, `this.items = x`, `results = x`. */
export function storesIn(flow: FunctionFlow, model: SemanticModel): Store[] {
  const setters = flow.all('call').flatMap((event): Store[] => {
    const { call } = event;
    const [value] = call.arguments ?? [];
    if (!value || call.arguments?.length !== 1 || !is.identifier(call.expression) || is.functionExpression(skipWrappers(value)) || !isStateSetter(call.expression, model)) return [];
    return [{ event, node: call, value, text: call.expression.text, subject: model.symbolOf(call.expression)?.declarations?.[0] ?? call }];
  });
  const writes = flow.all('write').flatMap((event): Store[] => {
    if (!isShared(event.place) || event.access !== 'assign' || event.place.entry !== undefined || !event.value || /(^|[.#_])(last|latest|prev)\w*$/i.test(event.place.text)) return [];
    return [{ event, node: event.node, value: event.value, text: event.place.text, subject: event.place }];
  });
  return [...setters, ...writes];
}

/** The second name of `const [x, setX] = useState()`. */
export function isStateSetter(name: ts.Identifier, model: SemanticModel): boolean {
  const declaration = model.symbolOf(name)?.declarations?.[0];
  if (!declaration || !is.bindingElement(declaration) || !is.variableDeclaration(declaration.parent.parent)) return false;
  const { initializer } = declaration.parent.parent;
  return initializer !== undefined && is.call(initializer) && /(^|\.)useState$/.test(initializer.expression.getText()) && declaration.parent.elements[1] === declaration;
}
