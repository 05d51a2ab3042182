import { enclosingRoot, forEachDescendant, is, skipWrappers, type CallNode, type EventTest, type FlowEvent, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { lastCalledName } from './promise-values.js';

/** A transaction that the function begins and itself commits. */
export interface Transaction {
  readonly begin: CallNode;
  readonly start: FlowEvent;
  /** Committed, rolled back, or the connection dropped with it. */
  readonly ends: EventTest;
}

const BEGIN = /^\s*(BEGIN|START\s+TRANSACTION)\b/i;
const COMMIT = /^\s*(COMMIT|END)\b/i;
const END = /^\s*(COMMIT|END|ROLLBACK|ABORT)\b/i;
const ENDING = /rollback|abort|commit|endSession|destroy|undo/i;

export function transactionsIn(flow: FunctionFlow, model: SemanticModel): readonly Transaction[] {
  if (is.sourceFile(flow.node)) return [];
  const begins = flow.all('call').filter(({ call }) => enclosingRoot(call) === flow.node && begun(call, model));
  if (begins.length === 0) return [];
  const ends = (event: FlowEvent): boolean => (event.kind === 'call' && endsIt(event.call, model)) || (event.kind === 'closure' && holdsEnd(event.fn, model));
  const isCommitted = flow.all('call').some(({ call }) => commits(call, model));
  if (!isCommitted) return [];
  return begins.flatMap(({ call }) => {
    const start = flow.at(call.parent).find((event) => event.kind === 'await') ?? flow.at(call)[0];
    return start ? [{ begin: call, start, ends }] : [];
  });
}

function begun(call: CallNode, model: SemanticModel): boolean {
  return sqlOf(call, model, BEGIN) || model.call(call).effects.acquire?.kind === 'transaction';
}

function commits(call: CallNode, model: SemanticModel): boolean {
  return sqlOf(call, model, COMMIT) || /^commit/.test(lastCalledName(call));
}

function endsIt(call: CallNode, model: SemanticModel): boolean {
  if (sqlOf(call, model, END) || ENDING.test(lastCalledName(call))) return true;
  // `client.release(error)` drops the connection, and its transaction with it.
  if (lastCalledName(call) === 'release' && (call.arguments?.length ?? 0) > 0) return true;
  return model.call(call).targets.some((fn) => holdsEnd(fn, model));
}

function holdsEnd(fn: ts.Node, model: SemanticModel): boolean {
  let found = false;
  forEachDescendant(fn, (node) => {
    found ||= is.call(node) && (sqlOf(node, model, END) || /rollback|abort/i.test(lastCalledName(node)));
  });
  return found;
}

/** `client.query('BEGIN')`, `db.exec(BEGIN)`. */
function sqlOf(call: CallNode, model: SemanticModel, statement: RegExp): boolean {
  const given = call.arguments?.[0];
  if (!given || !/^(query|execute|exec|run|raw|unsafe|sql|executeSql)$/.test(lastCalledName(call))) return false;
  const text = skipWrappers(model.resolveAlias(given));
  return is.stringLiteral(text) && statement.test(text.text);
}
