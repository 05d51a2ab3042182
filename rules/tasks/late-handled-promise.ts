import { defineRule, enclosingRoot, is, isAsync, type RuleContext, type ts } from '../../src/rule.js';
import { waitText } from '../support/interleaving.js';
import { endsWithRejections, lostRejection, onHost } from '../support/lost-rejection.js';
import { calledName, taskName } from '../support/promise-values.js';
import { awaitedOneByOne, unhandledWindow, type UnhandledWindow } from '../support/unhandled-window.js';

const messages = {
  ...lostRejection({
    late: 'a rejection of {name} finds no handler while {wait} is awaited',
    oneByOne: 'the promises of {task} are awaited one by one: a rejection of a later one finds no handler',
  }),
  perhapsLate: { text: 'a rejection of {name} finds no handler, should it come while {wait} is awaited', preset: 'all', severity: 'note', precision: 'low' },
  perhapsLateInBrowser: { text: 'a rejection of {name} finds no handler, should it come while {wait} is awaited', preset: 'all', severity: 'note', precision: 'low' },
  leftByThrow: { text: 'this throw leaves {name} behind, and nobody handles its rejection', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'late-handled-promise',
    family: 'tasks',
    summary: 'a started promise that nobody handles while something else is awaited',
    question: 'lost-rejection',
    encodes: ['RG-6'],
    cwe: [248, 755],
    docs: {
      why:
        'A promise has to have a handler by the end of the turn in which it rejects. One that is started early and awaited only after another await has none in between: where ' +
        'it fails first, Node raises an unhandled rejection and ends the process, although an await stands a few lines below. Where the other await throws, the ' +
        'promise is left for good, its work still running. A try around both awaits does not help.',
      instead:
        'Await them together: `const [a, b] = await Promise.all([first(), second()])`. Where one has to wait for the other, start it then. Where it must start early, give it a handler ' +
        'at once, `p.catch(() => {})`, and await it later all the same: the failure still arrives there.',
      limits:
        'Promises kept in a local variable, and lists made by map. Any mention of the variable before the wait counts as a handler. Waits of a microtask are left out; where it is not ' +
        'known how long the wait is, the report is at all, as it is in browsers, which only log the rejection.',
    },
    messages,
  },
  onNode: {
    VariableDeclaration: (node, ctx) => {
      const declaration = node as ts.VariableDeclaration;
      if (!declaration.initializer || is.await(declaration.initializer) || !isAsync(enclosingRoot(node))) return;
      const window = unhandledWindow(declaration, ctx.model);
      if (window) report(window, declaration, ctx);
    },
    ForOfStatement: (node, ctx) => {
      const found = isAsync(enclosingRoot(node)) ? awaitedOneByOne(node as ts.ForOfStatement, ctx.model) : undefined;
      if (!found) return;
      const { task, wait, origin } = found;
      ctx.report({
        message: onHost('oneByOne', task, ctx),
        at: wait,
        subject: task,
        data: { task: taskName(task) },
        trace: [{ at: calledName(task), text: 'all of them start here' }, { at: wait, text: 'while this one is awaited, those behind it have no handler' }, ...origin],
      });
    },
  },
});

function report({ task, name, before, origin, isLong }: UnhandledWindow, declaration: ts.VariableDeclaration, ctx: Context): void {
  const start = { at: calledName(task), text: `${taskName(task)} starts here, and its promise is kept in ${name}` };
  if (before.kind === 'throw') {
    const at = before.node.getFirstToken() ?? before.node;
    const trace = [start, { at, text: `the function ends here, without a look at ${name}` }, ...origin];
    return ctx.report({ message: 'leftByThrow', at, subject: task, data: { name, wait: '' }, trace });
  }
  const perhaps = endsWithRejections(ctx.file) ? 'perhapsLate' : 'perhapsLateInBrowser';
  ctx.report({
    message: isLong ? onHost('late', task, ctx) : perhaps,
    at: declaration.name,
    subject: task,
    data: { name, wait: waitText(before) },
    trace: [start, { at: before.node.getFirstToken() ?? before.node, text: `until this is over, nothing handles ${name}; where it throws, nothing ever does` }, ...origin],
  });
}
