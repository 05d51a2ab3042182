import { enclosingRoot, forEachDescendant, is, outermostWrapper, type Access, type CallNode, type ClassModel, type Disposal, type FunctionNode, type Place, type SemanticModel, type ts } from '../../src/rule.js';
import { executorPromise, type HandMade } from './settlers.js';

/** A promise whose settlers a field keeps, and an end of the instance that does not look at them. */
export interface StrandedWait {
  readonly promise: CallNode;
  readonly place: string;
  readonly end: Disposal;
  readonly stored: ts.Node;
}

export function strandedWaits(owner: ClassModel, model: SemanticModel): readonly StrandedWait[] {
  const { disposals } = owner;
  if (disposals.length === 0) return [];
  const found: StrandedWait[] = [];
  const marks = new Set(disposals.flatMap((end) => [...model.summary(end.method).writes.keys()]));
  for (const method of owner.methods.values()) {
    // What is made with the instance is a gate for all, not the wait of one caller.
    if (is.constructor(method)) continue;
    forEachDescendant(method, (node) => {
      const made = is.new(node) && node.expression.getText() === 'Promise' ? executorPromise(node, model) : undefined;
      const isDeferred = is.callOrNew(node) && /(withResolvers|[dD]efer(red)?(Promise)?)$/.test(node.expression.getText());
      const stored = isDeferred ? storedAt(node, model) : undefined;
      const kept = made ? keptIn(made, model) : stored && is.expressionStatement(stored.at.parent) ? stored : undefined;
      if (!kept || !is.callOrNew(node) || disposals.some((end) => owner.reach(end.method).has(method))) return;
      const accesses = model.accesses(kept.place);
      const [end] = disposals;
      const isSeen = disposals.some((each) => isNamedIn(owner.reach(each.method), kept.place, model)) || accesses.some((access) => settlesAll(access) || isSettledByMark(access, marks, model));
      if (accesses.some(({ node: use }) => settlesHere(use, method))) return;
      if (end && !isSeen && accesses.length > 1) found.push({ promise: node, place: kept.place.text, end, stored: kept.at });
    });
  }
  return found;
}

/** `this.ready.resolve()` in the very call that made it, behind its work: whatever ends that work, an end of the instance too, lets the others go. */
function settlesHere(use: ts.Node, method: FunctionNode): boolean {
  const access = outermostWrapper(use);
  const settler = is.propertyAccess(access.parent) && access.parent.expression === access ? access.parent : access;
  return /^(?:resolve|settle)$/.test(lastWord(settler)) && is.call(settler.parent) && settler.parent.expression === settler && is.expressionStatement(settler.parent.parent) && settler.parent.parent.parent === method.body;
}

const lastWord = (node: ts.Node): string => (is.propertyAccess(node) ? node.name.text : '');

/** The one field that is given the settlers; undefined where anything else has them too. */
function keptIn({ executor, uses }: HandMade, model: SemanticModel): { readonly place: Place; readonly at: ts.Node } | undefined {
  const kept = uses.map(({ at, call, root }) => (call && root === executor ? undefined : storedAt(at, model)));
  const [first] = kept.filter((each) => each !== undefined);
  const isOnly = first !== undefined && uses.every(({ call, root }, i) => (call && root === executor) || kept[i]?.place.key === first.place.key);
  return isOnly ? first : undefined;
}

function storedAt(node: ts.Node, model: SemanticModel): { readonly place: Place; readonly at: ts.Node } | undefined {
  const whole = outermostWrapper(node);
  for (let child: ts.Node = whole; ; child = child.parent) {
    const { parent } = child;
    if (is.objectLiteral(parent) || is.propertyAssignment(parent) || is.shorthandPropertyAssignment(parent) || is.arrayLiteral(parent)) continue;
    if (is.objectLiteral(child) || is.arrayLiteral(child) || child === whole) {
      const target = is.assignment(parent) && parent.right === child ? parent.left : is.call(parent) && is.propertyAccess(parent.expression) && /^(push|set|add|unshift)$/.test(parent.expression.name.text) ? parent.expression.expression : undefined;
      const place = target && model.place(target);
      return place?.kind === 'field' && place.path.length === 1 && place.entry === undefined ? { place, at: parent } : undefined;
    }
    if (!is.shorthandPropertyAssignment(child) && !is.propertyAssignment(child)) return undefined;
  }
}

/** Read, written or called: `this.settle()` looks at it too. */
function isNamedIn(reach: ReadonlySet<FunctionNode>, place: Place, model: SemanticModel): boolean {
  let isNamed = false;
  for (const fn of reach) forEachDescendant(fn, (node) => void (isNamed ||= is.propertyAccess(node) && model.place(node)?.key === place.key));
  return isNamed;
}

/** `this.stopped = true` in the end, and the loop that looks at it rejects what is left when it is over. */
function isSettledByMark({ fn, node }: Access, marks: ReadonlySet<string>, model: SemanticModel): boolean {
  const { parent } = outermostWrapper(node);
  const settles = is.call(parent) ? parent.expression === node : is.propertyAccess(parent) && /^(?:resolve|reject)$/.test(parent.name.text);
  return settles && model.flow(fn).all('read').some((read) => marks.has(read.place.key));
}

/** Goes through all of them, whoever calls it: on close of the connection, on a fatal error. */
function settlesAll({ access, node, fn }: Access): boolean {
  return access === 'iterate' || access === 'clear' || /(close|end|error|fail|abort|exit|disconnect|destroy|reject|flush)/i.test(nameAround(fn, node));
}

function nameAround(fn: Access['fn'], node: ts.Node): string {
  const root = is.sourceFile(fn) ? enclosingRoot(node) : fn;
  const { parent } = outermostWrapper(root);
  const subscribed = is.call(parent) ? (parent.arguments[0]?.getText() ?? '') : '';
  return `${'name' in root && root.name ? root.name.getText() : ''} ${subscribed}`;
}
