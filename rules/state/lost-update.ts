import {
  defineRule, forEachDescendant, is, skipWrappers,
  type EventOf, type FlowEvent, type FunctionFlow, type Overlap, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { interleaving, isShared, letsOthersIn, lockedThroughout, secondActivation, suspensionOf } from '../support/interleaving.js';
import { within } from '../support/settling-coverage.js';

const text = '{place} is read before this await and written from the old value after it: what others write meanwhile is lost';
const messages = {
  shown: { text, preset: 'recommended', severity: 'error', precision: 'high' },
  exposed: { text, preset: 'strict', severity: 'warning', precision: 'medium' },
  assumed: { text, preset: 'all', severity: 'warning', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Read = EventOf<'read'>;
type Write = EventOf<'write'>;

export default defineRule({
  meta: {
    id: 'lost-update',
    family: 'state',
    summary: 'shared value read, then an await, then written from the old value',
    question: 'race',
    encodes: ['WP-1', 'WP-9'],
    cwe: [362],
    docs: {
      why:
        'Between the read and the write the function waits, and another activation reads the same old value. Both write what they made of it; one of the two changes is ' +
        'gone, with no error anywhere. `n += await f()` reads n before it waits: the shortest lost update there is.',
      instead:
        'Wait first, then read and write in one go: `const v = await f(); n += v`. Where the new value depends on the old one for longer, hold a lock over read and write, ' +
        'or look again after the await and start over if the value changed. TypeScript keeps its narrowing across an await, so another linter may call ' +
        'the second look unnecessary; it is not.',
      limits:
        'The written value must depend on the old read of the very same place, directly or through one variable. Places are fields, module variables and variables captured by ' +
        'callbacks that overlap; a parameter’s own properties and objects that have not left the function are not shared. Reading and writing an outside store (a database row, a file) ' +
        'is not seen. Two activations must be shown in view for recommended.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    const writes = flow.all('write').filter((w) => isShared(w.place) && (w.access === 'assign' || w.access === 'update' || w.access === 'add'));
    if (writes.length === 0 || flow.all('await').length === 0) return;
    const reads = flow.all('read').filter((r) => isShared(r.place));
    for (const write of writes) {
      reads.some((read) => read.place.key === write.place.key && isBasis(read, write, flow, ctx.model) && report(read, write, flow, ctx));
    }
  },
});

/** Reports the pair if the way from read to write is suspended and unprotected; true where it did. */
function report(read: Read, write: Write, flow: FunctionFlow, ctx: Context): boolean {
  const { model } = ctx;
  const looksAgain = (e: FlowEvent): boolean => e.kind === 'read' && e !== read && e.place.key === read.place.key && model.accesses(e.place).some((a) => a.node === e.node && a.branches);
  const restarts = (e: FlowEvent): boolean => e === read || (e.kind === 'write' && e !== write && e.place.key === write.place.key);
  const path = flow.pathThrough(read, letsOthersIn, (e) => e === write, { avoiding: restarts, avoidingFirst: (e) => e === write, avoidingSecond: looksAgain, throws: 'none' });
  const wait = path && suspensionOf(path);
  if (!wait || lockedThroughout(flow, read, write)) return false;
  if (model.turnsOthersAway(wait, flow, write.place)) return false;
  const overlap = model.overlap(flow.node);
  const message = gradeMessage(overlap);
  if (!message) return false;
  const place = write.place.text;
  ctx.report({
    message,
    at: write.node,
    subject: write.place,
    data: { place },
    trace: interleaving({
      before: [{ at: read.node, text: `reads ${place}` }],
      wait,
      meanwhile: [...secondActivation(overlap, flow.name), { at: read.node, text: `reads the same ${place}` }, { at: write.node, text: `writes ${place}` }],
      after: [{ at: write.node, text: `writes ${place} from its old value: B’s change is lost` }],
    }),
  });
  return true;
}

function gradeMessage(overlap: Overlap): keyof typeof messages | undefined {
  return overlap.grade === 'none' ? undefined : overlap.grade;
}

/** Does the written value come from this very read? In the value itself, as the left side of `op=`, or through a variable. */
function isBasis(read: Read, write: Write, flow: FunctionFlow, model: SemanticModel): boolean {
  if (within(read.node, write.node)) return !isTargetOnly(read, write);
  if (!write.value) return false;
  const local = variableOf(read.node);
  // A variable that is given another value meanwhile no longer holds the old one.
  if (!local || flow.all('write').filter((w) => w.place.key === model.place(local)?.key).length > 1) return false;
  const symbol = model.symbolOf(local);
  let used = false;
  const value = skipWrappers(write.value);
  const visit = (node: ts.Node): void => {
    if (is.identifier(node) && node.text === local.text && model.symbolOf(node) === symbol) used = true;
  };
  visit(value);
  forEachDescendant(value, visit);
  return used;
}

/** `x ??= await f()` looks at x to decide, not to compute: check-then-act asks about that. */
function isTargetOnly(read: Read, write: Write): boolean {
  if (!is.binary(write.node)) return false;
  const operator = write.node.operatorToken.getText();
  return operator === '??=' || operator === '||=' || operator === '&&=' || (operator === '=' && within(read.node, write.node.left));
}

/** The variable that a read initialises: `const before = this.n`, `const next = { ...this.state }`, `const seen = m.get(k) ?? 0`. */
function variableOf(node: ts.Node): ts.Identifier | undefined {
  for (let current = node; !is.sourceFile(current.parent); current = current.parent) {
    const { parent } = current;
    if (is.variableDeclaration(parent)) return parent.initializer === current && is.identifier(parent.name) ? parent.name : undefined;
    if (is.functionExpression(parent) || is.await(parent) || is.call(parent) && parent.expression !== current && !is.spread(current)) return undefined;
    if (is.block(parent)) return undefined;
  }
  return undefined;
}
