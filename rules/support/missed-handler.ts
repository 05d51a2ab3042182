import { forEachDescendant, is, isAsync, type FlowRoot, type ts } from '../../src/rule.js';
import { awaits } from './awaited-calls.js';

/** A catch, a finally or the end of a `using` that a returned promise gets past. */
export interface MissedHandler {
  readonly kind: 'catch' | 'finally' | 'using';
  /** What runs too early, or not at all. */
  readonly at: ts.Node;
  /** A catch that looks for errors of one kind and throws all others again, where something else in the try may fail with that kind. */
  readonly isChoosy?: boolean;
  readonly handle?: string;
}

/** All that the return takes its value past and that does something which then comes out wrong; innermost first, ends of `using` last. */
export function missedHandlers(returned: ts.Node, root: FlowRoot): readonly MissedHandler[] {
  return [...handlersMissed(returned, root), ...disposalMissed(returned, root)];
}

/** Each catch and finally that the return takes its value past and that does something that then comes out wrong; innermost first. */
function handlersMissed(returned: ts.Node, root: FlowRoot): readonly MissedHandler[] {
  const missed: MissedHandler[] = [];
  for (let child = returned; child !== root; child = child.parent) {
    const { parent } = child;
    if (!is.try(parent) || child === parent.finallyBlock) continue;
    const { catchClause, finallyBlock } = parent;
    if (catchClause && child === parent.tryBlock && isAsync(root) && !onlyRethrows(catchClause)) {
      missed.push({ kind: 'catch', at: catchClause.block.statements[0] ?? catchClause, isChoosy: isChoosy(catchClause) && awaits(parent.tryBlock) });
    }
    const effect = finallyBlock && effectOf(finallyBlock);
    if (effect) missed.push({ kind: 'finally', at: effect });
  }
  return missed;
}

function onlyRethrows({ block, variableDeclaration }: ts.CatchClause): boolean {
  const [only, ...others] = block.statements;
  return others.length === 0 && only !== undefined && is.throw(only) && only.expression.getText() === variableDeclaration?.name.getText();
}

/** `if (error.code === 'ENOENT') return none; throw error;`, `if (error.message !== CLOSED) throw error;`: no statement is for every error. */
function isChoosy({ block: { statements }, variableDeclaration }: ts.CatchClause): boolean {
  const error = variableDeclaration?.name.getText();
  if (error === undefined) return false;
  const isRethrow = (statement: ts.Statement): boolean => is.throw(statement) && statement.expression.getText() === error;
  let rethrows = false;
  for (const statement of statements) {
    if (is.if(statement) && !statement.elseStatement && mentions(statement.expression, error)) forEachDescendant(statement, (node) => void (rethrows ||= is.throw(node) && isRethrow(node)));
    else if (isRethrow(statement)) rethrows = true;
    else return false;
  }
  return rethrows;
}

function mentions(test: ts.Expression, name: string): boolean {
  let found = false;
  forEachDescendant(test, (node) => {
    found ||= is.identifier(node) && node.text === name;
    return !found;
  });
  return found;
}

const LOGGING = /\b(console|log|logger|debug|trace)\b/i;

/** A call or write whose moment matters: a release, a clear, a reset; not a log line. */
function effectOf(block: ts.Block): ts.Node | undefined {
  let effect: ts.Node | undefined;
  forEachDescendant(block, (node) => {
    if (is.functionExpression(node)) return false;
    if (!effect && ((is.call(node) && !LOGGING.test(node.expression.getText())) || is.assignment(node))) effect = node;
    return effect === undefined;
  });
  return effect;
}

/** A `using` before the return, in a block around it. */
function disposalMissed(returned: ts.Node, root: FlowRoot): readonly MissedHandler[] {
  for (let child = returned; child !== root; child = child.parent) {
    const { parent } = child;
    if (!is.block(parent)) continue;
    const using = parent.statements.findLast((statement) => statement.pos < child.pos && is.using(statement));
    if (using && is.using(using)) return [{ kind: 'using', at: using, handle: using.declarationList.declarations[0]!.name.getText() }];
  }
  return [];
}
