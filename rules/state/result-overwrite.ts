import {
  defineRule, forEachDescendant, is, isAsync, skipWrappers,
  type CallNode, type EventOf, type FlowEvent, type FunctionFlow, type Place, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { fanOutOf } from '../support/fan-out.js';
import { interleaving, isShared, letsOthersIn, lockedThroughout, secondActivation, suspensionOf } from '../support/interleaving.js';

const messages = {
  variable: { text: '{place} is set by every task of this fan-out: each result replaces the one before, in whatever order they end', preset: 'strict', severity: 'warning', precision: 'medium' },
  key: { text: '{place} is stored under the same key {key} by every task of this fan-out: only the last result is left', preset: 'strict', severity: 'warning', precision: 'medium' },
  file: { text: '{path} is the same file for every {name} under way: they write over one another', preset: 'strict', severity: 'warning', precision: 'medium' },
} as const;
type Context = RuleContext<typeof messages>;
type Write = EventOf<'write'>;

export default defineRule({
  meta: {
    id: 'result-overwrite',
    family: 'state',
    summary: 'tasks of one fan-out that store their results in one place',
    question: 'race',
    encodes: ['WP-2'],
    cwe: [362],
    docs: {
      why:
        'The tasks run at the same time and all write to one variable, one key or one file. Of their results one is left, and which one is a matter of timing: the others ' +
        'are lost without a word. In a file even a mixture of two can be left.',
      instead:
        'Return the result from each task and use what `Promise.all` gives: `const results = await Promise.all(jobs.map((job) => job.run()))`. Or store under a key of the ' +
        'item: `results.set(job.id, …)`. Give each call a temporary file of its own, by `mkdtemp` or a random name.',
      limits:
        'A write behind a condition is taken to happen for one item only, and a place whose name says that the last one, any one or an error is wanted is left alone. The place must be ' +
        'read outside the tasks. Keys count where nothing in them comes from the task. Files count where the path is constant, looks temporary, and calls at once are in view.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (!isAsync(flow.node)) return;
    const writes = flow.all('write').filter((w) => isShared(w.place) && w.value !== undefined && !w.cleanup);
    const fanOut = writes.length > 0 && flow.all('await').length > 0 ? fanOutOf(flow.node, ctx.model) : undefined;
    if (fanOut) for (const write of writes) check(write, fanOut, flow, ctx);
    for (const { call } of flow.all('call')) checkFile(call, flow, ctx);
  },
});

function check(write: Write, fanOut: CallNode, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const { place } = write;
  const key = keyOf(write);
  if (place.entry !== undefined && (!key || varies(key, flow, model))) return;
  if (place.entry === undefined && (write.access !== 'assign' || ANY_WILL_DO.test(lastName(place.text)))) return;
  if (!isResult(write.value!, flow, model) || readsItself(write, flow, model)) return;
  const isPlain = (e: FlowEvent): boolean => e.kind === 'guard' && e.form !== 'nullish';
  const path = flow.pathThrough(flow.entry, letsOthersIn, (e) => e === write, { avoiding: isPlain, avoidingFirst: (e) => e === write, throws: 'none' });
  const wait = path && suspensionOf(path);
  if (!wait || lockedThroughout(flow, wait, write) || !isDeclaredOutside(write, fanOut)) return;
  const reader = model.accesses(wholeOf(place)).find((a) => a.kind === 'read' && a.fn !== flow.node);
  if (!reader) return;
  ctx.report({
    message: key ? 'key' : 'variable',
    at: write.node,
    subject: place,
    data: { place: place.text, key: key?.getText() ?? '' },
    trace: interleaving({
      before: [{ at: fanOut, text: 'started for each item without waiting' }],
      wait,
      meanwhile: [{ at: write.node, text: `stores its result in ${place.text}` }],
      after: [{ at: write.node, text: 'stores its own in the same place: B’s is gone' }, { at: reader.node, text: 'finds one of them' }],
    }),
  });
}

const ANY_WILL_DO = /^_?(last|latest|newest|any|some|first|err|error|found|fail|has|is|done|current|progress|winner|aborted|cancel)/i;
const lastName = (text: string): string => text.slice(text.lastIndexOf('.') + 1);

/** Something that the task worked out: neither a constant nor the same for all. */
function isResult(value: ts.Expression, flow: FunctionFlow, model: SemanticModel): boolean {
  const node = skipWrappers(value);
  if (is.literal(node) || /^(true|false|null|undefined|\[\]|\{\})$/.test(node.getText())) return false;
  return is.await(node) || mentionsOwn(node, flow, model);
}

function mentionsOwn(expr: ts.Expression, flow: FunctionFlow, model: SemanticModel): boolean {
  let own = false;
  const visit = (node: ts.Node): void => {
    if (!is.identifier(node)) return;
    const declaration = model.symbolOf(node)?.declarations?.[0];
    own ||= declaration !== undefined && declaration.pos >= flow.node.pos && declaration.end <= flow.node.end && declaration.getSourceFile() === flow.node.getSourceFile();
  };
  visit(expr);
  forEachDescendant(expr, visit);
  return own;
}

/** `total = total + n`, `best = max(best, n)`: made from what was there. */
function readsItself(write: Write, flow: FunctionFlow, model: SemanticModel): boolean {
  if (flow.all('call').some(({ call }) => model.call(call).targets.some((fn) => model.summary(fn).reads.has(write.place.key)))) return true;
  return flow.all('read').some((r) => r.place.key === write.place.key || (write.place.entry !== undefined && write.place.key.startsWith(`${r.place.key}[`) && r.access !== 'value'));
}

/** The collection that an entry belongs to. */
function wholeOf(place: Place): Place {
  const { entry, ...whole } = place;
  return entry === undefined ? place : { ...whole, key: place.key.slice(0, -`[${entry}]`.length) };
}

/** The variable lives outside the callback and what started it. */
function isDeclaredOutside(write: Write, fanOut: CallNode): boolean {
  const declaration = write.place.root?.declarations?.[0];
  return !declaration || declaration.getSourceFile() !== fanOut.getSourceFile() || declaration.pos < fanOut.pos || declaration.end > fanOut.end;
}

function keyOf({ node, place }: Write): ts.Expression | undefined {
  if (place.entry === undefined) return undefined;
  if (is.call(node)) return node.arguments[0];
  const left = is.assignment(node) ? skipWrappers(node.left) : undefined;
  return left && is.elementAccess(left) ? left.argumentExpression : undefined;
}

/** Something in the key comes from the task, or is new each time. */
function varies(key: ts.Expression, flow: FunctionFlow, model: SemanticModel): boolean {
  let fresh = false;
  const visit = (node: ts.Node): void => {
    fresh ||= is.callOrNew(node) || is.update(node);
  };
  visit(key);
  forEachDescendant(key, visit);
  return fresh || mentionsOwn(key, flow, model);
}

// ── files ──

const WRITES_FILE = /^node:fs(\/promises)?\.(promises\.)?(writeFile|appendFile|createWriteStream|copyFile|cp)$/;
const TEMPORARY = /tmp|temp\b|scratch|\.part\b/i;

function checkFile(call: CallNode, flow: FunctionFlow, ctx: Context): void {
  const callee = skipWrappers(call.expression);
  if (!/^(writeFile|createWriteStream|copyFile|cp)$/.test(is.propertyAccess(callee) ? callee.name.text : callee.getText())) return;
  const { model } = ctx;
  const name = model.call(call).qualified ?? '';
  if (!WRITES_FILE.test(name)) return;
  const given = call.arguments?.[/copyFile|cp$/.test(name) ? 1 : 0];
  if (!given || !isConstantPath(given, model) || !TEMPORARY.test(skipWrappers(model.resolveAlias(given)).getText())) return;
  const overlap = model.overlap(flow.node);
  const wait = flow.all('await').find((w) => w.operand !== undefined && w.operand.pos <= call.pos && w.operand.end >= call.end) ?? flow.all('await')[0];
  const event = flow.at(call)[0];
  if (overlap.grade !== 'shown' || !wait || !event || flow.heldAt(event).size > 0 || model.turnsOthersAway(event, flow)) return;
  ctx.report({
    message: 'file', at: given, data: { path: given.getText(), name: flow.name },
    trace: interleaving({
      before: [{ at: call, text: 'writes the file' }],
      wait,
      meanwhile: [...secondActivation(overlap, flow.name), { at: call, text: 'writes the same file' }],
      after: [{ at: given, text: 'finds what B wrote, or a mixture' }],
    }),
  });
}

/** Made of literals, constants of the module and `tmpdir()` only. */
function isConstantPath(given: ts.Expression, model: SemanticModel, depth = 0): boolean {
  const value = skipWrappers(given);
  if (is.stringLiteral(value)) return true;
  if (is.identifier(value)) {
    const source = skipWrappers(model.resolveAlias(value));
    return source !== value && depth < 4 && isConstantPath(source, model, depth + 1);
  }
  if (is.binary(value)) return isConstantPath(value.left, model, depth) && isConstantPath(value.right, model, depth);
  if (!is.call(value)) return false;
  return /(^|\.)(join|resolve|tmpdir)$/.test(value.expression.getText()) && value.arguments.every((argument) => isConstantPath(argument, model, depth));
}
