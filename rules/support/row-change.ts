import { enclosingRoot, forEachDescendant, is, outermostWrapper, skipWrappers, type EventOf, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { letsOthersIn, suspensionOf, type Wait } from './interleaving.js';
import { lastCalledName } from './promise-values.js';
import { lockedByDatabase, takesDatabaseLock } from './row-lock.js';

/** A row or a count read from a table without a lock, and a statement behind it that depends on it. */
export interface RowChange {
  readonly fetched: ts.Node;
  readonly write: ts.Node;
  readonly wait: Wait;
  /** As the code names it: `accounts`, `this.users`. */
  readonly table: string;
  /** `value`: written from what was read; `count`: written because of how many there were. */
  readonly by: 'value' | 'count';
}

interface Fetch {
  readonly event: EventOf<'call'>;
  readonly name: ts.Identifier;
  readonly table: string;
}

const READS = /^(findOne\w*|findFirst\w*|findUnique\w*|findByPk|findById|find|findAll|findMany|findAndCount\w*|first|count\w*|query|execute|where|limit|executeTakeFirst\w*|getOne\w*|getCount)$/;
const WRITES = /^(update\w*|save|set|create|insert\w*|query|execute|where|destroy|delete\w*|remove)$/;
/** The statement itself compares, or works on what is there: a version in its condition, an upsert, an increment. */
const CONDITIONAL = /\bversion\b|etag|updated_?at|expected|ON\s+CONFLICT|ON\s+DUPLICATE|upsert|increment|decrement|\$inc\b/i;

export function rowChangesIn(flow: FunctionFlow, model: SemanticModel): readonly RowChange[] {
  if (!flow.isAsync) return [];
  const fetches = flow.all('call').flatMap((event) => fetchOf(event, flow));
  if (fetches.length === 0) return [];
  const writes = flow.all('call').filter(({ call }) => is.call(call) && enclosingRoot(call) === flow.node && WRITES.test(lastCalledName(call)) && isWhole(call));
  for (const fetch of fetches) {
    for (const write of writes) {
      const by = write.call.pos > fetch.event.call.pos && !CONDITIONAL.test(write.call.getText()) ? relationOf(fetch, write, flow, model) : undefined;
      const path = by && flow.pathThrough(fetch.event, letsOthersIn, (e) => e === write, { throws: 'none', backEdges: false });
      const wait = path && suspensionOf(path);
      if (wait && !lockedByDatabase(flow, fetch.event) && !lockedByDatabase(flow, write)) return [{ fetched: fetch.event.node, write: write.node, wait, table: fetch.table, by }];
    }
  }
  return [];
}

/** Not a part of a longer chain. */
function isWhole(call: ts.Node): boolean {
  const { parent } = outermostWrapper(call);
  return !is.propertyAccess(parent);
}

/** `const row = await accounts.findOne({ where })`, `const [row] = …`, `const { rows } = await client.query('SELECT … FROM accounts')`. */
function fetchOf(event: EventOf<'call'>, flow: FunctionFlow): Fetch[] {
  const { call } = event;
  if (!is.call(call) || !event.awaited || enclosingRoot(call) !== flow.node || !READS.test(lastCalledName(call)) || takesDatabaseLock(call)) return [];
  const name = holderOf(call);
  const table = tableOf(call, /\bFROM\s+["'`]?([\w.]+)/i);
  return name && table && isQuery(call) ? [{ event, name, table }] : [];
}

function holderOf(call: ts.Node): ts.Identifier | undefined {
  const wait = outermostWrapper(call).parent;
  const { parent } = outermostWrapper(wait);
  if (!is.await(wait) || !is.variableDeclaration(parent)) return undefined;
  if (is.identifier(parent.name)) return parent.name;
  const [first] = parent.name.elements;
  return first && !is.omitted(first) && is.identifier(first.name) ? first.name : undefined;
}

/** A table by SQL, by `db('accounts')`, by `.from(accounts)`, or the model or repository that is asked. */
function tableOf(call: ts.CallExpression, sql: RegExp): string | undefined {
  const text = call.arguments.map((argument) => argument.getText()).join(' ');
  if (/^(query|execute)$/.test(lastCalledName(call))) return sql.exec(text)?.[1] ?? tableOfChain(call);
  return tableOfChain(call) ?? ownerOf(call);
}

function tableOfChain(call: ts.CallExpression): string | undefined {
  for (let node: ts.Expression = call; is.call(node) || is.propertyAccess(node);) {
    if (is.call(node)) {
      const [argument] = node.arguments;
      const callee = skipWrappers(node.expression);
      const isFrom = is.propertyAccess(callee) && /^(from|update|updateTable|selectFrom|insertInto|into|table|insert)$/.test(callee.name.text);
      if (argument && (isFrom || is.identifier(callee)) && (is.stringLiteral(argument) || (isFrom && is.identifier(argument)))) return is.stringLiteral(argument) ? argument.text : argument.getText();
      node = callee;
    } else node = skipWrappers(node.expression);
  }
  return undefined;
}

function ownerOf(call: ts.CallExpression): string | undefined {
  const callee = skipWrappers(call.expression);
  const owner = is.propertyAccess(callee) ? skipWrappers(callee.expression) : undefined;
  return owner && (is.identifier(owner) || is.propertyAccess(owner)) ? owner.getText() : undefined;
}

/** By what it is given: a condition, SQL, or a builder's chain. Lists and maps have `find` too. */
function isQuery(call: ts.CallExpression): boolean {
  const text = call.getText();
  return /\bwhere\b|\bSELECT\b|findByPk|findById|\.from\(/i.test(text) && !call.arguments.some((argument) => is.functionExpression(argument));
}

function relationOf({ name, table, event }: Fetch, { call }: EventOf<'call'>, flow: FunctionFlow, model: SemanticModel): RowChange['by'] | undefined {
  if (!is.call(call)) return undefined;
  const symbol = model.symbolOf(name);
  const isRow = (node: ts.Node): boolean => is.identifier(node) && node.text === name.text && model.symbolOf(node) === symbol;
  const receiver = is.propertyAccess(call.expression) ? skipWrappers(call.expression.expression) : undefined;
  const isSaved = /^save$/.test(lastCalledName(call)) && ((receiver !== undefined && isRow(receiver)) || call.arguments.some((argument) => isRow(skipWrappers(argument))));
  if (isSaved) return isReckonedOn(flow, event.call, call, isRow) ? 'value' : undefined;
  const target = tableOf(call, /\b(?:UPDATE|INSERT\s+INTO|DELETE\s+FROM)\s+["'`]?([\w.]+)/i);
  const isSameTable = target === table;
  if (isSameTable && reckons(call, isRow)) return 'value';
  const isOwn = receiver !== undefined && is.this(receiver) && /\bthis\.constructor\b/.test(event.call.getText());
  return (isSameTable || isOwn) && isDecidedByCount(flow, call, isRow) ? 'count' : undefined;
}

/** `row.balance - amount`, `rows[0].balance + 1`: a value made of what was read. */
function reckons(within: ts.Node, isRow: (node: ts.Node) => boolean): boolean {
  let found = false;
  forEachDescendant(within, (node) => {
    const isSum = is.binary(node) && /^[-+*/]$/.test(node.operatorToken.getText());
    if (isSum && [node.left, node.right].some((side) => startsFrom(side, isRow))) found = true;
  });
  return found;
}

function startsFrom(value: ts.Expression, isRow: (node: ts.Node) => boolean): boolean {
  let node = skipWrappers(value);
  // `Number(row.balance)`
  while (is.propertyAccess(node) || is.elementAccess(node) || (is.call(node) && node.arguments.length === 1)) {
    node = skipWrappers(is.call(node) ? node.arguments[0]! : node.expression);
  }
  return isRow(node);
}

/** `row.balance -= amount; await row.save();`. */
function isReckonedOn(flow: FunctionFlow, from: ts.Node, until: ts.Node, isRow: (node: ts.Node) => boolean): boolean {
  let found = false;
  forEachDescendant(flow.node, (node) => {
    if (node.pos < from.end || node.pos > until.pos || found) return;
    const isCompound = (is.assignment(node) && /^[-+*]=$/.test(node.operatorToken.getText()) && startsFrom(node.left, isRow)) || (is.update(node) && startsFrom(node.operand, isRow));
    const isFromOld = is.assignment(node) && node.operatorToken.getText() === '=' && is.propertyAccess(node.left) && startsFrom(node.left, isRow) && reckons(node, isRow);
    found = isCompound || isFromOld;
  });
  return found;
}

/** `if (res.count >= limit) throw …`: the statement is reached on one side only. */
function isDecidedByCount(flow: FunctionFlow, call: ts.Node, isRow: (node: ts.Node) => boolean): boolean {
  return flow.all('guard').some((guard) => {
    const test = skipWrappers(guard.test);
    if (!is.binary(test) || !/^(?:[<>]=?|===?|!==?)$/.test(test.operatorToken.getText()) || ![test.left, test.right].some((side) => isCount(side, isRow))) return false;
    const leads = (firstEdge: 'true' | 'false'): boolean => flow.pathTo(guard, (e) => e.node === call, { firstEdge, throws: 'none', backEdges: false }) !== undefined;
    return leads('true') !== leads('false');
  });
}

function isCount(side: ts.Expression, isRow: (node: ts.Node) => boolean): boolean {
  const value = skipWrappers(side);
  if (is.identifier(value)) return isRow(value) && /count|total|num|size|amount/i.test(value.text);
  return is.propertyAccess(value) && /^(count|length|total)$/.test(value.name.text) && startsFrom(value, isRow);
}
