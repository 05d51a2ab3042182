import {
  defineRule, enclosingRoot, is, isAsync, isFunctionNode, skipWrappers, surely,
  type Access, type ClassModel, type EventOf, type FunctionNode, type RuleContext, type ts,
} from '../../src/rule.js';
import { endsWithRejections } from '../support/lost-rejection.js';
import { calledName, derivation, taskName, valuesOf } from '../support/promise-values.js';
import { rejectionShown } from '../support/rejection-origin.js';
import { within } from '../support/settling-coverage.js';
import { unhandledRejection } from '../support/unhandled-rejection.js';

const messages = {
  unready: { text: 'the constructor does not wait for {task}: {method}() may read {field} before it is set', preset: 'all', severity: 'note', precision: 'low' },
  lost: { text: 'the constructor starts {task} and keeps nothing by which anybody learns that it failed', preset: 'all', severity: 'note', precision: 'low' },
  lostInBrowser: { text: 'the constructor starts {task} and keeps nothing by which anybody learns that it failed', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'constructor-task',
    family: 'tasks',
    summary: 'asynchronous set-up that a constructor starts and nobody can wait for',
    question: 'lost-rejection',
    encodes: [],
    origin: 'Clients that connect in their constructor, used by the line after `new`.',
    cwe: [665, 755],
    docs: {
      why:
        'A constructor cannot await. What it starts and does not keep goes on behind the back of everybody: the instance is handed out half made, its methods read fields that are not set yet, ' +
        'and a failure of the set-up is an unhandled rejection, or a log line, while the object lives on for ever unready.',
      instead:
        'Make the instance when all is there: `static async open() { return new Client(await connect()); }`. Or keep the promise, `this.ready = this.init()`, with a handler, and await ' +
        '`this.ready` at the start of each method.',
      limits:
        'Calls in the constructor itself whose promise is dropped. Fields count that only the set-up sets, after a suspension, that have no initial value, and that another method uses without a ' +
        'look whether they are set. A failure that has a handler is not reported by itself, and one in a browser at all only.',
    },
    messages,
  },
  onClass: (owner, ctx) => {
    const made = owner.node.members.find((member) => is.constructor(member) && member.body !== undefined);
    if (!made || !is.constructor(made)) return;
    for (const statement of made.body?.statements ?? []) {
      if (is.expressionStatement(statement)) for (const task of droppedIn(statement.expression)) check(task, owner, ctx);
    }
  },
});

function droppedIn(expr: ts.Expression): readonly ts.CallExpression[] {
  const value = skipWrappers(expr);
  return (is.void(value) ? valuesOf(value.expression) : valuesOf(value)).filter(is.call);
}

function check(task: ts.CallExpression, owner: ClassModel, ctx: Context): void {
  const { model } = ctx;
  const started = beginning(task);
  const body = model.call(started).targets.find(isAsync);
  const unset = body && unsetField(body, owner, ctx);
  const start = { at: calledName(started), text: `${taskName(started)} starts here, and the constructor is over` };
  if (unset) {
    const { write, read, method } = unset;
    return ctx.report({
      message: 'unready',
      at: calledName(started),
      subject: task,
      data: { task: taskName(started), method, field: write.place.text },
      trace: [start, { at: read.node, text: `${method}() uses ${write.place.text} here, set or not` }, { at: write.node, text: 'it is set only here, after a wait' }],
    });
  }
  if (!surely(unhandledRejection(task, model))) return;
  const origin = rejectionShown(model, task);
  if (!origin) return;
  const message = endsWithRejections(ctx.file) ? 'lost' : 'lostInBrowser';
  ctx.report({ message, at: calledName(started), subject: task, data: { task: taskName(task), method: '', field: '' }, trace: [start, ...origin] });
}

/** The call at the start of a chain: `this.load()` of `this.load().catch(log)`. */
function beginning(task: ts.CallExpression): ts.CallExpression {
  const source = derivation(task)?.source;
  const value = source && skipWrappers(source);
  return value && is.call(value) ? beginning(value) : task;
}

interface Unset {
  readonly write: EventOf<'write'>;
  readonly read: Access;
  readonly method: string;
}

/** A field that only the task sets, after a suspension, and that a public method relies on. */
function unsetField(task: FunctionNode, owner: ClassModel, { model }: Context): Unset | undefined {
  const flow = model.flow(task);
  const { writesAfterSuspension } = model.summary(task);
  for (const write of flow.all('write')) {
    const { place } = write;
    if (place.kind !== 'field' || place.path.length !== 1 || write.access !== 'assign' || !writesAfterSuspension.has(place.key)) continue;
    const field = owner.fields.get(place.path[0] ?? '');
    if (!field || !is.propertyDeclaration(field) || field.initializer) continue;
    const accesses = model.accesses(place);
    if (accesses.some((access) => access.kind === 'write' && !within(access.node, task)) || accesses.some(({ branches }) => branches)) continue;
    const read = accesses.find((access) => access.kind === 'read' && isRelied(access) && methodOf(access, owner) !== undefined && !within(access.node, task));
    const method = read && methodOf(read, owner);
    if (read && method && !waitsFirst(read)) return { write, read, method };
  }
  return undefined;
}

/** `this.db.query()`: fails where it is not set. */
function isRelied({ node }: Access): boolean {
  const { parent } = node;
  return is.propertyAccess(parent) && parent.expression === node && parent.questionDotToken === undefined;
}

/** The public method that holds the access itself. */
function methodOf({ fn }: Access, owner: ClassModel): string | undefined {
  if (!isFunctionNode(fn) || !owner.isPublic(fn)) return undefined;
  return [...owner.methods].find(([, method]) => method === fn)?.[0];
}

/** `await this.ready;`, `await this.ensureOpen();`: something is waited for before. */
function waitsFirst({ node, fn }: Access): boolean {
  const text = fn.getText().slice(0, Math.max(0, node.getStart() - fn.getStart()));
  return /\bawait\b/.test(text) && enclosingRoot(node) === fn;
}
