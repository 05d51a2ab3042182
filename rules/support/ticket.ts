import { enclosingRoot, forEachDescendant, is, isFunctionNode, skipWrappers, type FunctionFlow, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';
import { derivation } from './promise-values.js';

/** A callback that acts on an object without comparing the ticket that the callbacks beside it compare. */
export interface ForgottenTicket {
  /** `const epoch = client.epoch`. */
  readonly taken: ts.Node;
  /** `client.epoch`. */
  readonly place: string;
  readonly compared: ts.Node;
  readonly changed: ts.Node;
  readonly wait: ts.Node;
  readonly act: ts.Node;
}

/** What only tells is no act. */
const TELLS = /emit|log|debug|warn|trace|info|noop|error$/i;

export function forgottenTicketsIn(flow: FunctionFlow, model: SemanticModel): readonly ForgottenTicket[] {
  const callbacks = flow.all('closure').flatMap(({ fn }) => (continues(fn) ? [fn] : []));
  if (callbacks.length === 0) return [];
  return comparisonsIn(flow, model).slice(0, 1).flatMap(({ node: compared, taken, object, name }): ForgottenTicket[] => {
    const changed = model.identifiersNamed(name).find((use) => isChanged(use));
    for (const fn of changed ? callbacks : []) {
      const act = fn.pos > taken.end && !comparesIn(fn, `${object}.${name}`) ? actOn(object, fn) : undefined;
      if (act) return [{ taken, place: `${object}.${name}`, compared, changed: changed!, wait: fn.parent, act }];
    }
    return [];
  });
}

/** Given to `then` or `finally`: it runs when everything may be different. */
function continues(fn: FunctionNode): boolean {
  const call = fn.parent;
  const derived = is.call(call) ? derivation(call) : undefined;
  return derived !== undefined && derived.method !== 'catch' && derived.handlers.some((handler) => handler === fn);
}

interface Comparison {
  readonly node: ts.Node;
  readonly taken: ts.Node;
  readonly object: string;
  readonly name: string;
}

/** `epoch !== client.epoch` in a callback, where the function around it has `const epoch = client.epoch`. */
function comparisonsIn(flow: FunctionFlow, model: SemanticModel): readonly Comparison[] {
  const found: Comparison[] = [];
  forEachDescendant(flow.node, (node) => {
    if (!is.binary(node) || !/^[!=]==?$/.test(node.operatorToken.getText()) || enclosingRoot(node) === flow.node) return;
    for (const [one, other] of [[node.left, node.right], [node.right, node.left]] as const) {
      const [ticket, now] = [skipWrappers(one), skipWrappers(other)];
      if (!is.identifier(ticket) || !is.propertyAccess(now) || !is.identifier(now.name)) continue;
      const taken = model.symbolOf(ticket)?.declarations?.[0];
      if (taken && enclosingRoot(taken) === flow.node && sourceOf(taken) === now.getText()) found.push({ node, taken, object: now.expression.getText(), name: now.name.text });
    }
  });
  return found;
}

/** The property that the variable was taken from, as it is written: `const epoch = ++client.epoch`, `const { epoch } = client`. */
function sourceOf(declaration: ts.Node): string | undefined {
  if (is.bindingElement(declaration)) {
    const whole = declaration.parent.parent;
    const from = is.variableDeclaration(whole) ? whole.initializer : undefined;
    return from && `${from.getText()}.${(declaration.propertyName ?? declaration.name).getText()}`;
  }
  const made = is.variableDeclaration(declaration) && declaration.initializer ? skipWrappers(declaration.initializer) : undefined;
  return made && (is.update(made) ? made.operand : made).getText();
}

function isChanged(use: ts.Node): boolean {
  const access = use.parent;
  return is.propertyAccess(access) && access.name === use && (is.update(access.parent) || (is.assignment(access.parent) && access.parent.left === access)) && isFunctionNode(enclosingRoot(use));
}

function comparesIn(fn: FunctionNode, place: string): boolean {
  let found = false;
  forEachDescendant(fn, (node) => {
    found ||= is.binary(node) && enclosingRoot(node) === fn && (node.left.getText() === place || node.right.getText() === place);
  });
  return found;
}

/** What the callback itself does to the object: a call that is given it, or a change of one of its properties. */
function actOn(object: string, fn: FunctionNode): ts.Node | undefined {
  let found: ts.Node | undefined;
  forEachDescendant(fn, (node) => {
    if (found || enclosingRoot(node) !== fn) return;
    if (is.call(node) && node.arguments.some((argument) => argument.getText() === object) && !TELLS.test(node.expression.getText())) found = node;
    if (is.assignment(node) && node.left.getText().startsWith(`${object}.`)) found = node;
  });
  return found;
}
