import { enclosingRoot, is, type CallNode, type FlowEvent, type FunctionFlow, type ts } from '../../src/rule.js';

/** `SELECT … FOR UPDATE`, advisory locks, `LOCK TABLE`, serializable transactions: by the words of SQL. */
const LOCKING_SQL = /\bFOR\s+(NO\s+KEY\s+)?(UPDATE|SHARE|KEY\s+SHARE)\b|\bLOCK\s+(TABLE|IN\s+SHARE)\b|\bWITH\s*\(\s*(UPDLOCK|HOLDLOCK|XLOCK)|\bpg_(try_)?advisory_\w*lock|\bGET_LOCK\s*\(|\bSERIALIZABLE\b|\bBEGIN\s+(IMMEDIATE|EXCLUSIVE)\b/i;
/** The same in query builders and mappers: knex and objection, typeorm, drizzle, sequelize, mikro-orm. */
const LOCKING_CALL = /\.(forUpdate|forShare|forNoKeyUpdate|forKeyShare|lockForUpdate|setLock|setPessimisticLock)\s*\(|\.for\(\s*['"](update|share|no key update|key share)['"]|\b(?:redis|client|isolated\w*)\.watch\s*\(|\bisolationLevel\b[^,}]*serializable/i;
/** `{ where, lock: true }`, `{ lock: { mode: 'pessimistic_write' } }`, `{ lockMode: LockMode.PESSIMISTIC_WRITE }`, of a query. */
const LOCKING_OPTION = /\block(Mode)?\s*:\s*(?!false\b|undefined\b|null\b)/;
const QUERY = /\b(where|transaction|find\w*|select|em|manager)\b/i;
/** A key set where there is none: whoever comes second is turned away. */
const SETS_IF_ABSENT = /\.(setnx|setNX)\s*\(|\.set\([^)]*(['"]NX['"]|\bNX\s*:\s*true)/;

/** A call that keeps others off the rows it names, or all who ask for the same key, until it is over. */
export function takesDatabaseLock(call: ts.Node): boolean {
  const text = call.getText();
  return LOCKING_SQL.test(text) || LOCKING_CALL.test(text) || (LOCKING_OPTION.test(text) && QUERY.test(text)) || SETS_IF_ABSENT.test(text) || namesLockingSql(call);
}

/** `client.query(SELECT_LOCKED, [id])`: the text stands in a constant of the file. */
function namesLockingSql(call: ts.Node): boolean {
  if (!is.call(call)) return false;
  return call.arguments.some((argument) => {
    if (!is.identifier(argument)) return false;
    const declared = new RegExp(`\\b${argument.text.replaceAll('$', '\\$')}\\s*=\\s*(?:\\w+\\s*)?(['"\`])([^;]*?)\\1`).exec(call.getSourceFile().text);
    return declared !== null && LOCKING_SQL.test(declared[2]!);
  });
}

/** Something that locks rows or a key has happened on every way to the event, in this function or before the callback it is in was handed over. */
export function lockedByDatabase(flow: FunctionFlow, event: FlowEvent): boolean {
  const locks: readonly FlowEvent[] = [
    ...flow.all('call').filter(({ call }) => call.pos <= event.node.pos && locksRows(call)),
    // `` await tx.$queryRaw`SELECT … FOR UPDATE` `` calls by its tag.
    ...flow.all('await').filter(({ operand }) => operand && is.taggedTemplate(operand) && operand.pos <= event.node.pos && takesDatabaseLock(operand)),
  ];
  if (locks.length > 0 && !flow.pathTo(flow.entry, (e) => e === event, { throws: 'none', avoiding: (e) => locks.some((lock) => lock === e) })) return true;
  return isInLockedTransaction(flow.node);
}

/** Inline: a call whose arguments are functions is no statement. */
function locksRows(call: CallNode): boolean {
  return !(call.arguments ?? []).some((argument) => is.functionExpression(argument)) && takesDatabaseLock(call);
}

/** `db.transaction(async (tx) => …, { isolationLevel: 'serializable' })`. */
function isInLockedTransaction(root: ts.Node): boolean {
  for (let node: ts.Node = root; !is.sourceFile(node); node = enclosingRoot(node)) {
    const { parent } = node;
    if (is.call(parent) && parent.arguments.some((argument) => argument !== node && takesDatabaseLock(argument))) return true;
  }
  return false;
}
