import { is, skipWrappers, type EventOf, type FlowEvent, type SemanticModel } from '../../src/rule.js';
import { isShared, type Wait } from './interleaving.js';
import { answerLooksAt } from './missing-test.js';
import { setsPlace } from './place-writes.js';

type Write = EventOf<'write'>;

/** With no second look, no earlier fill, and not round a loop. */
export function wayTo(fill: Write, model: SemanticModel): { readonly avoiding: (e: FlowEvent) => boolean; readonly backEdges: false; readonly throws: 'none' } {
  const { place } = fill;
  const looks = (e: FlowEvent): boolean =>
    (e.kind === 'read' && (e.place.key === place.key || (place.entry !== undefined && e.place.key === collectionKey(place.key) && e.access !== 'value'))) ||
    (e.kind === 'guard' && answerLooksAt(e.test, place, model));
  const filled = (e: FlowEvent): boolean => e !== fill && setsPlace(e, place, model);
  return { avoiding: (e) => filled(e) || looks(e), throws: 'none', backEdges: false };
}

/** `items.push(x)`: a fill where the items were searched for it. */
export const isPush = ({ node }: Write): boolean => is.call(node) && is.propertyAccess(node.expression) && node.expression.name.text === 'push';

/** Filling: something there where nothing was. Taking out, emptying and unsetting are other questions. */
export function isFill(write: Write): boolean {
  if (write.access === 'add') return write.place.entry === undefined ? isPush(write) : write.place.entry !== '?';
  if (write.access !== 'assign' || !write.value || write.place.entry === '?') return false;
  return !/^(null|undefined|false|true|0|-1|''|""|\[\]|void 0)$/.test(skipWrappers(write.value).getText());
}

const collectionKey = (entryKey: string): string => entryKey.replace(/\[[^[]*\]$/, '');

/** `this.client = await this.connecting`: what is awaited is stored already, so all get the same. */
export function waitsForPlace(wait: Wait, model: SemanticModel): boolean {
  const place = wait.operand && model.place(wait.operand);
  return place !== undefined && isShared(place);
}
