import { enclosingRoot, forEachDescendant, is, surely, type CallNode, type FlowRoot, type FunctionNode, type SemanticModel, type ts } from '../../src/rule.js';

/** Does the code set or know a limit in time, by what it calls or by a name that speaks of one? `apart` is left out of the search. */
export function hasDeadline(code: ts.Node, model: SemanticModel, apart?: ts.Node): boolean {
  return someNode(code, apart, (node) => (is.identifier(node) || is.privateIdentifier(node) ? isNamed(node, model) : is.callOrNew(node) && setsDeadline(node, model)));
}

/** The same by calls alone: a timer that does more than wake a sleeper or write a line, a race, a signal or wait that ends by itself. */
export function hasTimer(code: ts.Node, model: SemanticModel): boolean {
  return someNode(code, undefined, (node) => is.callOrNew(node) && setsDeadline(node, model));
}

/** A race or a timer that acts; a wait that ends by itself says nothing of those beside it. */
export function hasRace(code: ts.Node, model: SemanticModel): boolean {
  return someNode(code, undefined, (node) => is.callOrNew(node) && cutsShort(node, model));
}

/** Some caller in view races it, or sets a timer around it. */
export function isBoundedByCaller(fn: FlowRoot, model: SemanticModel): boolean {
  return !is.sourceFile(fn) && model.callersOf(fn).some((call) => hasTimer(enclosingRoot(call), model));
}

function someNode(code: ts.Node, apart: ts.Node | undefined, test: (node: ts.Node) => boolean): boolean {
  let found = false;
  forEachDescendant(code, (node) => {
    if (found || node === apart) return false;
    found = test(node);
    return !found;
  });
  return found;
}

const DEADLINE_NAME = /time(?:d?_?out|Left|Limit)|deadline|grace(?:Period|Time|Ms)|expir|elapsed|remaining|maxWait|attempt|retr(?:y|ies)|abort|hrtime|^now$/i;

function isNamed(name: ts.Identifier | ts.PrivateIdentifier, model: SemanticModel): boolean {
  // The signals of a process are names such as SIGTERM.
  if (is.identifier(name) && /signal$/i.test(name.text)) return model.hasTrait(name, 'abort-signal') !== 'no';
  // `controller.abort()` ends work, it does not say when.
  return DEADLINE_NAME.test(name.text) && !/^(?:(?:set|clear)Timeout|abort)$/.test(name.text);
}

function setsDeadline(call: CallNode, model: SemanticModel): boolean {
  return model.call(call).effects.deadline === true || cutsShort(call, model);
}

/** A race, or a timer that acts: it may end what stands beside it. */
function cutsShort(call: CallNode, model: SemanticModel): boolean {
  const { effects } = model.call(call);
  if (effects.combinator === 'race' || effects.combinator === 'any') return true;
  // `sleep(ms).then(() => process.exit(1))`.
  if (effects.sleeps) return is.propertyAccess(call.parent) && call.parent.name.text === 'then';
  const callback = effects.timer && call.arguments?.[0];
  if (!callback) return false;
  const run = model.functionsOf(callback);
  // `setTimeout(resolve, 50)` is a sleep by hand.
  return run.length > 0 ? !run.every((fn) => onlyTells(fn, model)) : !/^(?:resolve|res|done|r|ok|next)$/.test(callback.getText());
}

/** Writes a line, wakes a sleeper, and changes nothing. */
function onlyTells(fn: FunctionNode, model: SemanticModel): boolean {
  if (!fn.body) return false;
  const acts = (node: ts.Node): boolean =>
    is.assignment(node) || is.update(node) || (is.callOrNew(node) && !TELLS.test(node.expression.getText()) && !surely(model.isPromise(node)));
  return !acts(fn.body) && !someNode(fn.body, undefined, acts);
}

const TELLS = /^(?:console\b|(?:this\.)?\w*log(?:ger)?\b|resolve$|res$|done$|r$)/i;
