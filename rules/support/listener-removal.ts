import { forEachDescendant, is, skipWrappers, surely, type SemanticModel, type ts } from '../../src/rule.js';
import { lastCalledName } from './promise-values.js';
import { isMadeOnTheSpot } from './subscription.js';

/** A removal that takes nothing away. */
export interface IdleRemoval {
  readonly because: 'handler' | 'event' | 'capture';
  /** The call that added what was meant. */
  readonly added: ts.CallExpression | undefined;
}

const ADDS = /^(?:on|once|addListener|addEventListener|prependListener|prependOnceListener)$/;
const REMOVES = /^(?:off|removeListener|removeEventListener)$/;

/** Why `target.off(event, handler)` surely removes nothing; undefined where it may. */
export function idleRemoval(removal: ts.CallExpression, model: SemanticModel): IdleRemoval | undefined {
  const callee = skipWrappers(removal.expression);
  const [event, handler] = removal.arguments;
  if (!is.propertyAccess(callee) || !REMOVES.test(callee.name.text) || !event || !handler || textOf(event, model) === undefined) return undefined;
  const added = additionsIn(removal.getSourceFile());
  const onTarget = added.filter((call) => targetText(call) === targetText(removal));
  if (isMadeOnTheSpot(handler)) return { because: 'handler', added: onTarget.find((call) => mayBeEvent(call, removal, model)) };
  const sameFunction = added.filter((call) => mayBeFunction(call.arguments[1]!, handler, model));
  const meant = sameFunction.filter((call) => mayBeEvent(call, removal, model));
  const missed = meant.find((call) => captureDiffers(call, removal));
  if (missed && meant.every((call) => captureDiffers(call, removal))) return onTarget.includes(missed) ? { because: 'capture', added: missed } : undefined;
  if (meant.length > 0) return undefined;
  const other = onTarget.find((call) => surely(model.sameValue(call.arguments[1]!, handler)) && isOfThisFile(handler, model));
  if (other) return { because: 'event', added: other };
  const bound = onTarget.find((call) => mayBeEvent(call, removal, model) && isBindOf(call.arguments[1]!, handler));
  return bound && { because: 'handler', added: bound };
}

const ADDITIONS = new WeakMap<ts.SourceFile, readonly ts.CallExpression[]>();

function additionsIn(file: ts.SourceFile): readonly ts.CallExpression[] {
  let found = ADDITIONS.get(file);
  if (!found) {
    const calls: ts.CallExpression[] = [];
    forEachDescendant(file, (node) => {
      if (is.call(node) && node.arguments.length > 1 && ADDS.test(lastCalledName(node))) calls.push(node);
    });
    ADDITIONS.set(file, (found = calls));
  }
  return found;
}

/** `req.socket` of `req.socket?.off(…)`. */
function targetText(call: ts.CallExpression): string {
  const callee = skipWrappers(call.expression);
  return is.propertyAccess(callee) ? skipWrappers(callee.expression).getText().replace(/[?!\s]/g, '') : 'window';
}

function textOf(event: ts.Expression, model: SemanticModel): string | undefined {
  const value = skipWrappers(model.resolveAlias(event));
  return is.stringLiteral(value) ? value.text : undefined;
}

/** Protection: any event whose name is not written out may be the one. */
function mayBeEvent(addition: ts.CallExpression, removal: ts.CallExpression, model: SemanticModel): boolean {
  const name = textOf(addition.arguments[0]!, model);
  return name === undefined || name === textOf(removal.arguments[0]!, model);
}

function mayBeFunction(added: ts.Expression, removed: ts.Expression, model: SemanticModel): boolean {
  if (isMadeOnTheSpot(added)) return false;
  const same = model.sameValue(added, removed);
  return same === 'yes' || (same === 'unknown' && !isBindOf(added, removed));
}

/** Declared here and handed to nobody: what adds it stands in this file. */
function isOfThisFile(handler: ts.Expression, model: SemanticModel): boolean {
  const declaration = model.symbolOf(skipWrappers(handler))?.declarations?.[0];
  if (!declaration || declaration.getSourceFile() !== handler.getSourceFile() || is.parameter(declaration)) return false;
  return is.propertyAccess(skipWrappers(handler)) || model.symbolOf(skipWrappers(handler)) !== undefined;
}

/** `this.f.bind(this)` for `this.f`. */
function isBindOf(added: ts.Expression, removed: ts.Expression): boolean {
  const value = skipWrappers(added);
  if (!is.call(value) || !is.propertyAccess(value.expression) || value.expression.name.text !== 'bind') return false;
  return skipWrappers(value.expression.expression).getText() === skipWrappers(removed).getText();
}

function captureDiffers(addition: ts.CallExpression, removal: ts.CallExpression): boolean {
  if (!lastCalledName(addition).endsWith('EventListener') || !lastCalledName(removal).endsWith('EventListener')) return false;
  const [a, b] = [captureOf(addition.arguments[2]), captureOf(removal.arguments[2])];
  return a !== undefined && b !== undefined && a !== b;
}

/** Undefined where it is not written out. */
function captureOf(options: ts.Expression | undefined): boolean | undefined {
  const value = options && skipWrappers(options);
  if (!value) return false;
  if (!is.objectLiteral(value)) return /^(?:true|false)$/.test(value.getText()) ? value.getText() === 'true' : undefined;
  if (value.properties.some((each) => !is.propertyAssignment(each) || !is.identifier(each.name))) return undefined;
  const flag = value.properties.find((each) => each.name?.getText() === 'capture');
  if (!flag) return false;
  const text = is.propertyAssignment(flag) ? flag.initializer.getText() : '';
  return /^(?:true|false)$/.test(text) ? text === 'true' : undefined;
}
