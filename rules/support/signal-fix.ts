import { edit, enclosingRoot, is, isFunctionNode, skipWrappers, type CallNode, type FixProposal, type SemanticModel, type SignalInScope, type ts } from '../../src/rule.js';
import { calledName } from './promise-values.js';
import { within } from './settling-coverage.js';

/** Gives the call the signal, in the place where it takes one; undefined where the call's shape leaves no room for it. */
export function handedOn(call: CallNode, signal: SignalInScope, model: SemanticModel): FixProposal | undefined {
  const slot = model.signalParameter(call)?.slot;
  const given = call.arguments;
  if (!slot || !given || given.some(is.spread) || !isNameable(signal, call, model)) return undefined;
  const { property } = slot;
  const value = property === undefined ? signal.text : `{ ${property === signal.text ? property : `${property}: ${signal.text}`} }`;
  const last = given.at(-1);
  // Options behind a rest of other arguments: the last one, if it is a literal.
  const index = slot.index >= 0 ? slot.index : last && literalIn(last) ? given.length - 1 : given.length;
  const present = given[index];
  const description = `hand ${signal.text} to ${calledName(call).getText()}`;

  if (!present) {
    const gap = Array.from({ length: index - given.length }, () => 'undefined');
    const edits = edit.addArgument(call, [...gap, value].join(', '));
    return edits && { description, safety: isKnownToTake(call, index, model) ? 'safe' : 'unsafe', edits };
  }
  if (isUndefined(present)) return { description, safety: 'safe', edits: [edit.replace(present, value)] };
  const options = property === undefined ? undefined : optionsLiteral(present, call, model);
  const edits = options && property !== undefined && !hasProperty(options, property) ? edit.addProperty(options, property, signal.text) : undefined;
  return edits && { description, safety: 'safe', edits };
}

/** The literal that is passed, itself or in a const that nothing else looks at. */
function optionsLiteral(given: ts.Expression, call: CallNode, model: SemanticModel): ts.ObjectLiteralExpression | undefined {
  const literal = literalIn(given);
  const name = skipWrappers(given);
  if (literal || !is.identifier(name)) return literal;
  const symbol = model.symbolOf(name);
  const declaration = symbol?.declarations?.[0];
  const mentions = model.identifiersNamed(name.text).filter((id) => model.symbolOf(id) === symbol);
  if (!declaration || !is.variableDeclaration(declaration) || declaration.getSourceFile() !== call.getSourceFile() || mentions.length !== 2 || !declaration.initializer || declaration.type) return undefined;
  const value = literalIn(model.resolveAlias(name));
  // It is filled where the signal has the same name.
  return value && value === literalIn(declaration.initializer) && enclosingRoot(value) === enclosingRoot(call) ? value : undefined;
}

function literalIn(expression: ts.Expression): ts.ObjectLiteralExpression | undefined {
  const value = skipWrappers(expression);
  return is.objectLiteral(value) ? value : undefined;
}

function hasProperty(options: ts.ObjectLiteralExpression, name: string): boolean {
  return options.properties.some((property) => property.name?.getText() === name);
}

/** A library says so, or a body in view whose default for the argument holds nothing that would be lost. */
function isKnownToTake(call: CallNode, index: number, model: SemanticModel): boolean {
  const { targets, effects } = model.call(call);
  if (effects.signal) return true;
  return targets.length > 0 && targets.every((fn) => {
    const initial = 'parameters' in fn ? fn.parameters[index]?.initializer : undefined;
    return !initial || literalIn(initial)?.properties.length === 0;
  });
}

/** Does the signal's name mean the signal at this place too? */
function isNameable(signal: SignalInScope, at: ts.Node, model: SemanticModel): boolean {
  const [root = ''] = signal.text.split(/[.?]/);
  if (root === 'this') return keepsThis(at);
  const source = at.getSourceFile();
  return !model.identifiersNamed(root).some((id) => id !== signal.node && id.getSourceFile() === source && isDeclared(id) && within(at, scopeOf(id)) && !within(signal.node, scopeOf(id)));
}

function keepsThis(at: ts.Node): boolean {
  for (let node = at; !is.sourceFile(node) && !is.classLike(node); node = node.parent) {
    if (isFunctionNode(node) && !is.arrowFunction(node) && !is.classLike(node.parent)) return false;
  }
  return true;
}

function isDeclared(id: ts.Node): boolean {
  const { parent } = id;
  return (is.variableDeclaration(parent) || is.parameter(parent) || is.bindingElement(parent) || isFunctionNode(parent) || is.classLike(parent)) && parent.name === id;
}

/** The block or function that the declaration holds in. */
function scopeOf(id: ts.Node): ts.Node {
  let scope = id.parent;
  while (!is.block(scope) && !isFunctionNode(scope) && !is.sourceFile(scope) && !is.iteration(scope) && !is.catchClause(scope)) scope = scope.parent;
  return scope;
}

function isUndefined(node: ts.Expression): boolean {
  return is.identifier(node) && node.text === 'undefined';
}

/** Is there always a signal, by its declaration: no `?`, no default, no union? */
function isAlwaysThere({ node, text }: SignalInScope, model: SemanticModel): boolean {
  const element = is.bindingElement(node.parent) ? node.parent : undefined;
  const parameter = element ? element.parent.parent : node.parent;
  if (!is.parameter(parameter) || parameter.questionToken || parameter.initializer || element?.initializer || !parameter.type) return false;
  if (!element && !text.includes('.')) return parameter.type.getText() === 'AbortSignal';
  const name = element ? (element.propertyName ?? element.name).getText() : text.split('.').at(-1);
  const member = membersOf(parameter.type, model).find((each) => each.name?.getText() === name);
  return member !== undefined && !('questionToken' in member && member.questionToken) && 'type' in member && (member.type as ts.TypeNode | undefined)?.getText() === 'AbortSignal';
}

/** Of an options type that is written out, or of the one interface that it names, by way of at most three aliases. */
function membersOf(type: ts.TypeNode, model: SemanticModel, depth = 0): readonly ts.TypeElement[] {
  if ('members' in type) return type.members as ts.NodeArray<ts.TypeElement>;
  const [declaration, another] = 'typeName' in type ? (model.symbolOf(type.typeName as ts.Node)?.declarations ?? []) : [];
  if (!declaration || another || depth > 3) return [];
  if ('members' in declaration) return declaration.members as ts.NodeArray<ts.TypeElement>;
  return 'type' in declaration && declaration.type ? membersOf(declaration.type as ts.TypeNode, model, depth + 1) : [];
}

/** `signal.throwIfAborted()` at the head of each turn, with `?.` where there may be no signal; undefined for tokens, which have no such method. */
export function lookedAt(loop: ts.IterationStatement, signal: SignalInScope, model: SemanticModel): FixProposal | undefined {
  if (/token$/i.test(signal.text) || !isNameable(signal, loop.statement, model)) return undefined;
  const check = `${signal.text}${isAlwaysThere(signal, model) ? '.' : '?.'}throwIfAborted();`;
  return { description: `look at ${signal.text} at the head of each turn`, safety: 'safe', edits: edit.addLoopHead(loop, check) };
}

/** A signal that aborts with `own` and with the one in scope. */
export function joinedWith(signal: SignalInScope, own: string, at: ts.Node, model: SemanticModel): string | undefined {
  if (/token$/i.test(signal.text) || !isNameable(signal, at, model)) return undefined;
  return isAlwaysThere(signal, model)
    ? `AbortSignal.any([${signal.text}, ${own}])`
    : `AbortSignal.any([${own}, ...(${signal.text} ? [${signal.text}] : [])])`;
}
