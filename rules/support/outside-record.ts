import { forEachDescendant, is, outermostWrapper, skipWrappers, type EventOf, type FunctionFlow, type SemanticModel, type ts } from '../../src/rule.js';
import { letsOthersIn, lockedThroughout } from './interleaving.js';

/** A record of an outside store, fetched and later put back under the same key: `const v = await db.get(key); …; await db.set(key, v)`. */
export interface OutsideRecord {
  readonly fetched: EventOf<'call'>;
  readonly put: EventOf<'call'>;
  /** The variable that holds what was fetched. */
  readonly name: ts.Identifier;
  /** What is put back is made from what was fetched. */
  readonly isDerived: boolean;
  /** As a reader would say it: `db.get(key)`. */
  readonly text: string;
}

const FETCH = /^(?:get|fetch|load|read)([A-Z]\w*)?$/;
const PUT = /^(?:set|put|save|store|write)([A-Z]\w*)?$/;
/** The store itself compares, or keeps others out. */
const CONDITIONAL = /version|etag|if_?(none_?)?match|\bnx\b|\bcas\b|flag:/i;
const TRANSACTION = /^(t|tx|trx|transaction|txn|session|queryRunner|manager)$/i;

export function outsideRecords(flow: FunctionFlow, model: SemanticModel): readonly OutsideRecord[] {
  const calls = flow.all('call').filter(({ call, effects }) => is.call(call) && is.propertyAccess(call.expression) && effects.collection === undefined);
  const puts = calls.filter((e) => part(e, PUT) !== undefined && (e.call.arguments?.length ?? 0) > 1 && !CONDITIONAL.test(e.call.arguments!.slice(1).map((a) => a.getText()).join()));
  return puts.length === 0 ? [] : calls.flatMap((fetched) => {
    const name = fetched.awaited ? holderOf(fetched.call) : undefined;
    return name ? puts.flatMap((put) => recordOf(fetched, put, name, flow, model)) : [];
  });
}

function recordOf(fetched: EventOf<'call'>, put: EventOf<'call'>, name: ts.Identifier, flow: FunctionFlow, model: SemanticModel): OutsideRecord[] {
  const [owner, other] = [ownerOf(fetched.call), ownerOf(put.call)];
  const key = fetched.call.arguments?.[0];
  const isSame = owner && other && key && part(fetched, FETCH) === part(put, PUT) && owner.getText() === other.getText() && key.getText() === put.call.arguments![0]!.getText();
  if (!isSame || TRANSACTION.test(lastName(owner)) || lockedThroughout(flow, fetched, put)) return [];
  const again = (e: { readonly kind: string; readonly node: ts.Node }): boolean => e.kind === 'call' && e.node !== fetched.node && e.node.getText() === fetched.node.getText();
  if (!flow.pathThrough(fetched, letsOthersIn, (e) => e === put, { avoiding: again, throws: 'none', backEdges: false })) return [];
  const isDerived = put.call.arguments!.slice(1).some((value) => mentions(value, name, model));
  return [{ fetched, put, name, isDerived, text: `${owner.getText()}.${(put.call.expression as ts.PropertyAccessExpression).name.text}` }];
}

/** What the name says beside its verb: `Data` of `getData`; undefined where the verb is another. */
function part({ call }: EventOf<'call'>, verb: RegExp): string | undefined {
  const match = verb.exec((call.expression as ts.PropertyAccessExpression).name.text);
  return match ? (match[1] ?? '') : undefined;
}

function ownerOf(call: ts.CallExpression | ts.NewExpression): ts.Expression | undefined {
  const owner = is.propertyAccess(call.expression) ? skipWrappers(call.expression.expression) : undefined;
  return owner && (is.identifier(owner) || is.propertyAccess(owner)) ? owner : undefined;
}

const lastName = (owner: ts.Expression): string => (is.propertyAccess(owner) ? owner.name.text : owner.getText());

/** `const v = await db.get(key)`. */
function holderOf(call: ts.Node): ts.Identifier | undefined {
  const wait = outermostWrapper(call).parent;
  const { parent } = outermostWrapper(wait);
  return is.await(wait) && is.variableDeclaration(parent) && is.identifier(parent.name) ? parent.name : undefined;
}

function mentions(value: ts.Node, name: ts.Identifier, model: SemanticModel): boolean {
  const symbol = model.symbolOf(name);
  let found = false;
  const visit = (node: ts.Node): void => {
    found ||= is.identifier(node) && node.text === name.text && model.symbolOf(node) === symbol;
  };
  visit(value);
  forEachDescendant(value, visit);
  return found;
}
