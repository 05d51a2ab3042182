import { forEachDescendant, is, isAsync, type FlowRoot, type ts } from '../../src/rule.js';

/** A catch, a finally or the end of a `using` that a returned promise gets past. */
export interface MissedHandler {
  readonly kind: 'catch' | 'finally' | 'using';
  /** What runs too early, or not at all. */
  readonly at: ts.Node;
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
      missed.push({ kind: 'catch', at: catchClause.block.statements[0] ?? catchClause });
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
