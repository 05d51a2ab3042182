import { enclosingRoot, forEachDescendant, is, outermostWrapper, type FlowRoot, type SemanticModel, type ts } from '../../src/rule.js';
import type { Executor, Settling } from './promise-executor.js';

/** What is made in an executor and has to be released by whatever settles its promise. */
export interface Obligation {
  /** The call that makes it. */
  readonly made: ts.Node;
  /** The nodes that release it, anywhere. */
  readonly releases: readonly ts.Node[];
  /** Settlings by the thing itself (a timer that fires) leave nothing behind. */
  isSpent(settling: Settling): boolean;
}

/** A way of settling the promise that does not release what the executor has made. */
export function settlingThatLeaves({ made, releases, isSpent }: Obligation, executor: Executor, model: SemanticModel): Settling | undefined {
  const isReleased = ({ at, through }: Settling): boolean => {
    const scopes = [...(through ? [through] : []), ...scopesAround(at, executor)];
    return scopes.some((scope) => reaches(scope, releases, model)) || sharesBody(releases, at, executor) || standsBehindRelease(at, releases, model);
  };
  if (releases.some((release) => isHandedOut(enclosingRoot(release), executor, model))) return undefined;
  return executor.settlings.find((settling) => !isSpent(settling) && !comesBefore(settling, made, executor) && !isInner(settling) && !isReleased(settling));
}

/** The statements around the node, and the functions they stand in up to the executor: `settle(() => resolve(value))`. */
function scopesAround(at: ts.Node, executor: Executor): readonly ts.Node[] {
  const scopes = [statementOf(at)];
  for (let root = enclosingRoot(at); root !== executor.fn && !is.sourceFile(root); root = enclosingRoot(root)) scopes.push(root, statementOf(root));
  return scopes;
}

/** Settles at once, before there is anything to release. */
function comesBefore({ at, called }: Settling, made: ts.Node, executor: Executor): boolean {
  return called && enclosingRoot(at) === executor.fn && at.pos < made.pos;
}

/** Inside a local function that settles: judged where that function is called or handed on. */
function isInner({ at, through }: Settling): boolean {
  return through !== undefined && within(at, through);
}

/** Both in the executor's own body: one behind the other. */
function sharesBody(releases: readonly ts.Node[], settling: ts.Node, executor: Executor): boolean {
  return enclosingRoot(settling) === executor.fn && releases.some((release) => enclosingRoot(release) === executor.fn);
}

/** `cleanUp(); resolve(value);` in a branch of the executor's own body. */
function standsBehindRelease(at: ts.Node, releases: readonly ts.Node[], model: SemanticModel): boolean {
  const statement = statementOf(at);
  if (!is.block(statement.parent)) return false;
  return statement.parent.statements.some((other) => other.pos < statement.pos && is.expressionStatement(other) && is.call(other.expression) && model.call(other.expression).targets.some((fn) => reaches(fn, releases, model)));
}

/** Does the code hold one of the nodes, itself or in what it calls: `cleanUp(); resolve(value);`? */
function reaches(code: ts.Node, releases: readonly ts.Node[], model: SemanticModel, depth = 0): boolean {
  if (releases.some((release) => within(release, code))) return true;
  let found = false;
  if (depth < 3 && releases.length > 0) {
    forEachDescendant(code, (node) => {
      found ||= is.call(node) && model.call(node).targets.some((fn) => fn !== code && reaches(fn, releases, model, depth + 1));
    });
  }
  return found;
}

function statementOf(node: ts.Node): ts.Node {
  let current = node;
  while (!is.block(current.parent) && !is.sourceFile(current.parent) && !is.functionExpression(current.parent)) current = current.parent;
  return current;
}

/** A function that is stored where others may run it: `this.cleanUp = () => …`, `cleanUps.push(release)`, `return release`. */
function isHandedOut(fn: FlowRoot, executor: Executor, model: SemanticModel): boolean {
  if (fn === executor.fn || is.sourceFile(fn)) return false;
  if (isStored(fn)) return true;
  const { parent } = outermostWrapper(fn);
  const name = is.variableDeclaration(parent) ? parent.name : 'name' in fn ? fn.name : undefined;
  const symbol = name && is.identifier(name) ? model.symbolOf(name) : undefined;
  if (!symbol || !name || !is.identifier(name)) return false;
  return model.identifiersNamed(name.text).some((id) => id !== name && id.getSourceFile() === fn.getSourceFile() && isStored(id) && model.symbolOf(id) === symbol);
}

function isStored(use: ts.Node): boolean {
  const outer = outermostWrapper(use);
  const { parent } = outer;
  if (is.call(parent) && parent.expression !== outer) return is.propertyAccess(parent.expression) && /^(add|push|set|unshift|use|defer)$/.test(parent.expression.name.text);
  return (is.assignment(parent) && parent.right === outer) || is.return(parent) || is.propertyAssignment(parent) || is.shorthandPropertyAssignment(parent) || is.arrayLiteral(parent);
}

/** Does `node` lie in `outer`, or is it `outer` itself? */
export function within(node: ts.Node, outer: ts.Node): boolean {
  return node.pos >= outer.pos && node.end <= outer.end && node.getSourceFile() === outer.getSourceFile();
}

/** Settlings by the listener itself, which is given to the call: its event has come, and nothing is left. */
export function spentBy(handler: ts.Expression, call: ts.Node, executor: Executor, model: SemanticModel): (settling: Settling) => boolean {
  const handlers = model.functionsOf(handler).filter((fn) => fn !== executor.fn);
  return ({ at }) => within(at, call) || handlers.some((fn) => within(at, fn));
}
