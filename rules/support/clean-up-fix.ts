import { edit, enclosingRoot, forEachDescendant, is, isAsync, isFunctionNode, outermostWrapper, type FixProposal, type SemanticModel, type TextEdit, type ts } from '../../src/rule.js';
import { racesIn } from './race.js';
import { within } from './settling-coverage.js';

/** How something that was set up is taken down again. */
export interface CleanUp {
  readonly description: string;
  readonly safety: FixProposal['safety'];
  /** A statement that has to stand in front: the variable for the handle. */
  readonly declaration?: string;
  /** What changes where it is set up. */
  readonly changes: readonly TextEdit[];
  /** The expression that takes it down. */
  readonly cleanUp: string;
  /** A statement that takes it down on some ways only, and is not needed any more. */
  readonly instead?: ts.Statement | undefined;
}

/** Set up by a statement of the function: the rest of its block goes into `try`, the clean-up into `finally`. */
export function cleanedUpAfter(statement: ts.Statement, how: CleanUp, model: SemanticModel): FixProposal | undefined {
  const block = statement.parent;
  const next = is.block(block) ? block.statements[block.statements.indexOf(statement) + 1] : undefined;
  const before = how.declaration === undefined ? [] : edit.addStatementBefore(statement, how.declaration);
  const rest = next && !returnsWork(next, undefined, model) ? edit.tryToBlockEnd(next, `${how.cleanUp};`, { without: how.instead }) : undefined;
  return before && rest && proposal(how, [...before, ...rest]);
}

/**
 * Set up in the executor of a promise. A contender of an awaited race is over with the race: the rest of the block goes into `try`. Any
 * other promise cleans up when it settles, if it `settles` by anything but the clean-up's own cause.
 */
export function cleanedUpWith(promise: ts.Expression, how: CleanUp, model: SemanticModel, settles = true): FixProposal | undefined {
  const root = enclosingRoot(promise);
  const statement = statementAround(promise, root);
  if (!statement) return undefined;
  const race = is.sourceFile(root) ? undefined : racesIn(model.flow(root), model).find(({ contenders }) => contenders.some(({ source }) => source === promise))?.call;
  if (!race) {
    const before = how.declaration === undefined ? [] : edit.addStatementBefore(statement, how.declaration);
    const typed = is.new(promise) ? typeKept(promise) : undefined;
    return before && settles && typed ? proposal(how, [...before, ...typed, edit.insertAfter(promise, `.finally(() => ${how.cleanUp})`)]) : undefined;
  }
  const wait = waitFor(race, root);
  const end = statementAround(race, root);
  const isInOneBlock = end !== undefined && end.parent === statement.parent && end.pos >= statement.pos;
  const rest = wait && isInOneBlock && !returnsWork(statement, race, model) ? edit.tryToBlockEnd(statement, `${how.cleanUp};`, { declaration: how.declaration }) : undefined;
  return rest && proposal(how, [...rest, ...wait!]);
}

/** What the promise is of, in so many words: behind a further call nothing says it any more. Undefined where that is not written anywhere near. */
function typeKept(promise: ts.NewExpression): readonly TextEdit[] | undefined {
  if (promise.typeArguments || /\.[cm]?jsx?$/.test(promise.getSourceFile().fileName)) return [];
  const { parent } = outermostWrapper(promise);
  const root = enclosingRoot(promise);
  const declared = is.return(parent) && !is.sourceFile(root) && !isAsync(root) && 'type' in root ? root.type?.getText() : undefined;
  const type = /^Promise(<.*>)$/s.exec(declared ?? '')?.[1];
  return type === undefined ? undefined : [edit.insertAfter(promise.expression, type)];
}

/** Does a return from here to the end of the block hand out a promise, which a `finally` would not wait for? */
function returnsWork(first: ts.Statement, except: ts.Node | undefined, model: SemanticModel): boolean {
  let found = false;
  const visit = (node: ts.Node): boolean => {
    if (is.return(node) && node.expression && !(except && within(except, node))) found ||= handsOutPromise(node.expression, model);
    return !found && !isFunctionNode(node);
  };
  const { parent: block } = first;
  for (const statement of is.block(block) ? block.statements : []) if (statement.pos >= first.pos && visit(statement)) forEachDescendant(statement, visit);
  return found;
}

function handsOutPromise(value: ts.Expression, model: SemanticModel): boolean {
  const isPromise = model.isPromise(value);
  // The type of a name may be a parameter's: then it has been waited for as what it is.
  return isPromise === 'yes' || (isPromise === 'unknown' && !is.identifier(value));
}

function proposal({ description, safety, changes }: CleanUp, edits: readonly TextEdit[]): FixProposal {
  return { description, safety, edits: [...edits, ...changes] };
}

/** What makes the function wait for the race here; undefined where it cannot. */
function waitFor(race: ts.CallExpression, root: ReturnType<typeof enclosingRoot>): readonly TextEdit[] | undefined {
  const { parent } = outermostWrapper(race);
  if (is.await(parent)) return [];
  return is.return(parent) && isAsync(root) ? edit.addAwait(parent.expression!) : undefined;
}

/** The statement of a block of the function itself that holds the node. */
export function statementAround(node: ts.Node, root: ts.Node): ts.Statement | undefined {
  let current = node;
  while (current !== root && !is.block(current.parent)) current = current.parent;
  return current === root ? undefined : (current as ts.Statement);
}

/** `timer`, or `timer2` where the statement of the file that holds the node has one. */
export function freeName(name: string, at: ts.Node, model: SemanticModel): string {
  let outermost = at;
  while (!is.sourceFile(outermost.parent)) outermost = outermost.parent;
  const isTaken = (candidate: string): boolean => model.identifiersNamed(candidate).some((id) => within(id, outermost) && !(is.propertyAccess(id.parent) && id.parent.name === id));
  for (let count = 1; ; count++) {
    const candidate = count === 1 ? name : `${name}${count}`;
    if (!isTaken(candidate)) return candidate;
  }
}
