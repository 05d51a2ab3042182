import { forEachDescendant, is, isAsync, or, shortText, skipWrappers, type Certainty, type FunctionNode, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { derivation, valuesOf } from './promise-values.js';
import { insideTryWithCatch } from './sure-rejection.js';

/** A promise that is put in the place of the one it was derived from: `tail = tail.then(work)`. */
export interface Tail {
  /** The link that waits for the old one. */
  readonly link: ts.Expression;
  /** What may reject and is then kept. */
  readonly work: string;
  readonly rejects: Certainty;
}

/** The value as the next link of what the place holds; undefined where it is none, or where a link takes rejections away. */
export function tailOf(value: ts.Expression, place: Place, model: SemanticModel): Tail | undefined {
  const given = follow(value, model);
  return chained(given, place, model) ?? awaitingTail(given, place, model);
}

/** Through const names. A field that was just assigned is not followed: that is the tail itself. */
function follow(expr: ts.Expression, model: SemanticModel): ts.Expression {
  const value = skipWrappers(expr);
  return is.identifier(value) ? skipWrappers(model.resolveAlias(value)) : value;
}

function chained(value: ts.Expression, place: Place, model: SemanticModel): Tail | undefined {
  let rejects: Certainty = 'no';
  let work = '';
  for (let at = value, depth = 0; depth < 6; depth++) {
    const link = derivation(at);
    if (!link) return undefined;
    const [first, second] = link.handlers;
    if (link.method === 'catch' || second) return undefined;
    if (first && rejects !== 'yes') {
      rejects = or(rejects, rejectionOf(first, model));
      work = workIn(first, model);
    }
    const source = follow(link.source, model);
    if (valuesOf(source).some((each) => holds(each, place, model))) return work === '' ? undefined : { link: at, work, rejects };
    at = source;
  }
  return undefined;
}

/** `tail = (async () => { await before; await work(); })()`, where before was the tail. */
function awaitingTail(value: ts.Expression, place: Place, model: SemanticModel): Tail | undefined {
  if (!is.call(value)) return undefined;
  const callee = skipWrappers(value.expression);
  if (!is.functionExpression(callee) || !isAsync(callee)) return undefined;
  const flow = model.flow(callee);
  const waits = flow.all('await').filter(({ operand }) => operand !== undefined);
  const before = waits.find(({ operand }) => operand && valuesOf(follow(operand, model)).some((each) => holds(each, place, model)));
  if (!before || insideTryWithCatch(before.node, callee)) return undefined;
  const risky = waits.find((wait) => wait !== before && !insideTryWithCatch(wait.node, callee) && model.canReject(wait.operand ?? value) !== 'no');
  return risky?.operand && { link: before.node as ts.Expression, work: shortText(risky.operand), rejects: model.canReject(risky.operand) };
}

/** The place itself, one entry of it (`tails.get(key)`), or a const that was read from it. */
function holds(expr: ts.Expression, place: Place, model: SemanticModel): boolean {
  const value = follow(expr, model);
  if (is.call(value) && is.propertyAccess(value.expression) && value.expression.name.text === 'get') return model.place(value.expression.expression)?.key === place.key;
  const found = model.place(value);
  return found !== undefined && (found.key === place.key || (found.entry !== undefined && found.root === place.root && found.path.join() === place.path.join()));
}

/** A function that callers hand in may reject as they like. */
function rejectionOf(handler: ts.Expression, model: SemanticModel): Certainty {
  const bodies = model.functionsOf(handler);
  if (bodies.length === 0) return isHandedIn(handler, model) ? 'yes' : 'unknown';
  return bodies.map((fn) => (runsWhatIsHandedIn(fn, model) ? 'yes' : catchesAll(fn) ? 'no' : model.summary(fn).canReject)).reduce(or);
}

/** All that it does stands in a try whose catch throws nothing itself. */
function catchesAll({ body }: FunctionNode): boolean {
  if (!body || !is.block(body)) return false;
  const work = body.statements.filter((statement) => !isBareDeclaration(statement));
  return work.length > 0 && work.every((statement) => is.try(statement) && !statement.finallyBlock && statement.catchClause !== undefined && !throwsItself(statement.catchClause));
}

/** `let file: string | undefined;` */
const isBareDeclaration = (statement: ts.Statement): boolean => 'declarationList' in statement && (statement as ts.VariableStatement).declarationList.declarations.every(({ initializer }) => !initializer);

function throwsItself(clause: ts.CatchClause): boolean {
  let found = false;
  forEachDescendant(clause.block, (node) => {
    found ||= is.throw(node);
    return !is.functionExpression(node);
  });
  return found;
}

function isHandedIn(expr: ts.Expression, model: SemanticModel): boolean {
  return model.place(skipWrappers(expr))?.kind === 'parameter';
}

function runsWhatIsHandedIn(fn: FunctionNode, model: SemanticModel): boolean {
  let found = false;
  if (!fn.body) return false;
  const look = (node: ts.Node): void => {
    if (!is.call(node) || !is.identifier(node.expression) || insideTryWithCatch(node, fn)) return;
    const declared = model.symbolOf(node.expression)?.declarations?.[0];
    found ||= declared !== undefined && is.parameter(declared) && declared.parent !== fn && !derivation(node);
  };
  look(fn.body);
  forEachDescendant(fn.body, look);
  return found && !hasCatch(fn);
}

function hasCatch(fn: FunctionNode): boolean {
  let found = false;
  forEachDescendant(fn, (node) => {
    found ||= is.expression(node) && derivation(node)?.method === 'catch';
  });
  return found;
}

function workIn(handler: ts.Expression, model: SemanticModel): string {
  const [fn] = model.functionsOf(handler);
  if (!fn || !is.functionExpression(skipWrappers(handler))) return `${shortText(handler)}()`;
  const body = fn.body;
  let last: ts.CallExpression | undefined;
  if (body && is.expression(body) && is.call(skipWrappers(body))) last = skipWrappers(body) as ts.CallExpression;
  else if (body) {
    forEachDescendant(body, (node) => {
      if (is.call(node) && (is.await(node.parent) || is.return(node.parent))) last ??= node;
    });
  }
  return last ? shortText(last) : 'this step';
}
