import {
  forEachDescendant, is, isFunctionNode,
  type ClassModel, type Disposal, type FunctionFlow, type FunctionNode, type TraceStep, type ts,
} from '../../src/rule.js';

/** The catch clause in the loop that a failure of the node reaches. */
export function caughtIn(loop: ts.IterationStatement, node: ts.Node): ts.CatchClause | undefined {
  for (let at = node; at !== loop; at = at.parent) if (is.try(at.parent) && at.parent.tryBlock === at) return at.parent.catchClause;
  return undefined;
}

/** A loop that tries again after the instance has been stopped. */
export interface RetryPastStop {
  /** The end that the loop does look for. */
  readonly asked: ts.Expression;
  readonly trace: readonly TraceStep[];
}

/** A loop without end that a failure does not leave, in a class that can be stopped meanwhile. */
export function retryPastStop(loop: ts.IterationStatement, owner: ClassModel, { name, method }: Disposal, flow: FunctionFlow): RetryPastStop | undefined {
  if (!isWithoutEnd(loop) || looksAtEnd(loop, owner, method)) return undefined;
  const attempt = flow.all('await').find((e) => e.loops[0] === loop && e.suspends !== 'micro' && caughtIn(loop, e.node));
  const handler = attempt && caughtIn(loop, attempt.node);
  const asked = endAsked(loop);
  const head = flow.at(loop)[0];
  // Where some failure is the last, the loop ends by itself.
  if (!attempt || !handler || !asked || !head || givesUp(handler)) return undefined;
  if (!flow.pathTo(head, (e) => e === head, { throws: 'await' })?.thrown.includes(attempt)) return undefined;
  const trace = [
    { at: asked, text: 'one end of the loop is looked for here' },
    { at: attempt.node, text: 'fails, perhaps because the instance has ended' },
    { at: handler, text: 'the failure is caught, and the next turn tries again' },
    { at: method.name ?? method, text: `${name}() ends the instance and not this loop` },
  ];
  return { asked, trace };
}

function givesUp(handler: ts.CatchClause): boolean {
  let leaves = false;
  forEachDescendant(handler.block, (node) => {
    leaves ||= is.throw(node) || is.break(node);
    return !leaves && !isFunctionNode(node);
  });
  return leaves;
}

/** `while (true)`, `for (;;)`. */
function isWithoutEnd(loop: ts.IterationStatement): boolean {
  if (is.while(loop)) return loop.expression.getText() === 'true';
  return is.for(loop) && loop.condition === undefined;
}

/** `if (link.isClosed()) return`: whoever wrote the loop thought of one end of it. */
function endAsked(loop: ts.IterationStatement): ts.Expression | undefined {
  const statements = is.block(loop.statement) ? loop.statement.statements : [];
  const test = statements.flatMap((each) => (is.if(each) && mayLeaveBy(each.thenStatement) ? [each.expression] : []))[0];
  const asked = test && (is.prefixUnary(test) ? test.operand : test);
  const name = asked && is.call(asked) ? asked.expression : asked;
  return name && is.propertyAccess(name) && ENDED.test(name.name.text) ? asked : undefined;
}

function mayLeaveBy(statement: ts.Statement): boolean {
  const last = is.block(statement) ? statement.statements.at(-1) : statement;
  return last !== undefined && (is.return(last) || is.break(last) || is.throw(last));
}

/** It mentions a field that the end of the instance mentions too, or one that is named like an end, or tests what a method of its own says. */
function looksAtEnd(loop: ts.IterationStatement, owner: ClassModel, stop: FunctionNode): boolean {
  const ended = new Set([...owner.reach(stop)].flatMap((fn) => fieldsIn(fn, owner)));
  if (fieldsIn(loop, owner).some((name) => ended.has(name) || ENDED.test(name))) return true;
  let asks = false;
  forEachDescendant(loop, (node) => {
    const test = is.if(node) ? node.expression.getText() : undefined;
    asks ||= test !== undefined && /\bthis\.#?\w+\(/.test(test);
    return !asks;
  });
  return asks;
}

const ENDED = /^_?(?:is|was|has|should|must)?_?(?:done|clos|stop|end(?:ed|ing)|finish|destroy|abort|cancel|dispos|running|active|alive|shut|quit|terminat|signal|state|status)/i;

/** Names of what is read or called on the instance; its methods are asked for what they are. */
function fieldsIn(scope: ts.Node, owner: ClassModel): readonly string[] {
  const names: string[] = [];
  forEachDescendant(scope, (node) => {
    if (is.propertyAccess(node) && is.this(node.expression) && !owner.methods.has(node.name.text)) names.push(node.name.text);
  });
  return names;
}
