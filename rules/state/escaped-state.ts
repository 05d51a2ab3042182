import {
  defineRule, enclosingRoot, functionName, is, outermostWrapper, skipWrappers, surely,
  type Access, type ClassModel, type FlowEvent, type FunctionNode, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { letsOthersIn } from '../support/interleaving.js';
import { isPrivate } from '../support/private-member.js';
import { within } from '../support/settling-coverage.js';

const messages = {
  usedLater: { text: '{name} hands out {place} itself: {user} still goes through it after an await, while {other} changes it', preset: 'all', severity: 'note', precision: 'low' },
  handedOut: { text: '{name} hands out {place} itself, which {other} changes whenever it runs', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'escaped-state',
    family: 'state',
    summary: 'internal collection handed out while the class goes on changing it',
    question: 'race',
    encodes: ['TA-5', 'WP-6'],
    cwe: [375, 362],
    docs: {
      why:
        'Whoever gets the collection itself, not a copy, looks into the inside of the object for as long as it keeps it. After the first await the contents are no longer what they were: results of a later run appear in a report, ' +
        'a total is taken over items that were not there when it started, and a caller that sorts or empties its list does so for everybody.',
      instead:
        'Hand out a copy: `return [...this.results];`, `return new Map(this.sessions);`. A type such as `readonly Result[]` keeps callers from writing, but not the class from changing what they read.',
      limits:
        'Private collections of a class that surely are arrays, Maps or Sets, handed out by a public method or getter, and changed in place by another function. The surer message needs a caller in view that still ' +
        'uses it after an await; without one the report is at all only. Items that are objects themselves, and collections passed to callbacks, are not followed.',
    },
    messages,
  },
  onClass: (model, ctx) => {
    for (const method of [...model.methods.values()]) {
      if (model.isPublic(method)) checkMethod(method, model, ctx);
    }
  },
});

function checkMethod(method: FunctionNode, owner: ClassModel, ctx: Context): void {
  const { model } = ctx;
  for (const { value } of model.flow(method).all('return')) {
    const given = value && skipWrappers(value);
    if (!given || !is.propertyAccess(given) || !is.this(given.expression)) continue;
    const place = model.place(given);
    const field = owner.fields.get(given.name.text);
    if (place?.kind !== 'field' || !field || !isPrivate(field) || !(['array', 'map', 'set'] as const).some((trait) => surely(model.hasTrait(given, trait)))) continue;
    const other = model.accesses(place).find((access) => changesInPlace(access) && access.fn !== method && !is.constructor(access.fn) && !is.sourceFile(access.fn));
    if (!other) continue;
    const user = laterUse(method, model);
    const name = functionName(method);
    ctx.report({
      message: user ? 'usedLater' : 'handedOut',
      at: given,
      subject: place,
      data: { name, place: place.text, other: functionName(other.fn as FunctionNode), user: user ? nameOfUser(user.call) : '' },
      trace: [
        ...(user ? [{ at: user.call, text: `is given ${place.text} here`, thread: 'A' as const }, { at: user.wait, text: 'waits here', thread: 'A' as const }] : []),
        { at: given, text: `${name} hands out the collection itself, not a copy` },
        { at: other.node, text: `${functionName(other.fn as FunctionNode)} changes ${place.text}`, ...(user && { thread: 'B' as const }) },
        ...(user ? [{ at: user.use, text: 'finds other contents than it was given', thread: 'A' as const }] : []),
      ],
    });
    return;
  }
}

function nameOfUser(call: ts.Node): string {
  const root = enclosingRoot(call);
  return is.sourceFile(root) ? 'the module' : functionName(root);
}

function changesInPlace({ kind, access, place }: Access): boolean {
  return kind === 'write' && (access !== 'assign' || place.entry !== undefined) && access !== 'update';
}

interface LaterUse {
  readonly call: ts.Node;
  readonly wait: ts.Node;
  readonly use: ts.Node;
}

/** A caller that keeps what it is given and uses it behind an await, or waits while it goes through it. */
function laterUse(method: FunctionNode, model: SemanticModel): LaterUse | undefined {
  for (const call of usesOf(method, model)) {
    const flow = model.flow(enclosingRoot(call));
    const outer = walkOver(call);
    const { parent } = outer;
    if (is.forOf(parent) && parent.expression === outer) {
      const wait = flow.all('await').find((e) => letsOthersIn(e) && within(e.node, parent.statement));
      if (wait) return { call, wait: wait.node, use: parent.expression };
    }
    if (!is.variableDeclaration(parent) || !is.identifier(parent.name)) continue;
    const place = model.place(parent.name);
    const [start] = flow.at(call);
    const reads = (e: FlowEvent): boolean => e.kind === 'read' && e.place.root !== undefined && e.place.root === place?.root && !asksWhatIsThere(e.node);
    const path = start && flow.pathThrough(start, letsOthersIn, reads, { throws: 'none', backEdges: false });
    const wait = path?.events.find(letsOthersIn);
    if (path && wait) return { call, wait: wait.node, use: path.events.at(-1)!.node };
  }
  return undefined;
}

/** `rules.some(isSame)`: an answer for the moment, which nobody wants from an old copy. */
function asksWhatIsThere(read: ts.Node): boolean {
  const { parent } = outermostWrapper(is.call(read) ? skipWrappers(read.expression) : read);
  const asked = is.call(read) && is.propertyAccess(read.expression) ? read.expression : parent;
  return is.propertyAccess(asked) && /^(some|every|has|includes|find|findIndex)$/.test(asked.name.text);
}

/** `sessions.all.values()` walks over the collection itself. */
function walkOver(given: ts.Node): ts.Node {
  const outer = outermostWrapper(given);
  const { parent } = outer;
  return is.propertyAccess(parent) && /^(values|keys|entries)$/.test(parent.name.text) && is.call(parent.parent) ? outermostWrapper(parent.parent) : outer;
}

/** Calls of the method, and reads of the getter. */
function usesOf(method: FunctionNode, model: SemanticModel): readonly ts.Node[] {
  const calls = model.callersOf(method);
  if (calls.length > 0 || !('name' in method) || !method.name || !is.identifier(method.name)) return calls;
  const names = model.identifiersNamed(method.name.text);
  return names.flatMap((name) => (is.propertyAccess(name.parent) && name.parent.name === name && model.symbolOf(name)?.declarations?.includes(method as ts.Declaration) ? [name.parent] : []));
}
