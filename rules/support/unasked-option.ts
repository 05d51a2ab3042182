import { enclosingRoot, functionName, is, isFunctionNode, type CallNode, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';

/** Code that does what an option names without asking the option. */
export interface UnaskedOption {
  readonly handler: FunctionNode;
  readonly call: CallNode;
}

const DOES_ON = /^([a-z]+[A-Z]\w*?)On([A-Z]\w*)$/;

/** `closeLinkOnIdle` that nothing reads, and an `onIdle` that calls `closeLink()`. */
export function unaskedOption(option: ts.Identifier, model: SemanticModel): UnaskedOption | undefined {
  const [, deed, event] = DOES_ON.exec(option.text) ?? [];
  if (deed === undefined || event === undefined || model.identifiersNamed(option.text).some(isRead)) return undefined;
  for (const name of [deed, `_${deed}`]) {
    for (const id of model.identifiersNamed(name)) {
      const access = is.propertyAccess(id.parent) && id.parent.name === id ? id.parent : id;
      const handler = enclosingRoot(id);
      const isHandler = isFunctionNode(handler) && handler.getSourceFile() === option.getSourceFile() && isNamedFor(event, handler);
      if (isHandler && is.call(access.parent) && access.parent.expression === access) return { handler, call: access.parent };
    }
  }
  return undefined;
}

/** `options.closeLinkOnIdle`, `{ closeLinkOnIdle }` of a destructuring; whoever sets it reads nothing. */
function isRead(id: ts.Node): boolean {
  const { parent } = id;
  if (is.bindingElement(parent) || is.shorthandPropertyAssignment(parent)) return true;
  return is.propertyAccess(parent) && parent.name === id && !(is.assignment(parent.parent) && parent.parent.left === parent);
}

function isNamedFor(event: string, handler: FunctionNode): boolean {
  return functionName(handler).replace(/^.*[.#]/, '').replace(/^_/, '').toLowerCase() === `on${event.toLowerCase()}`;
}
