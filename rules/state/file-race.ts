import {
  defineRule, is, skipWrappers, surely,
  type CallNode, type EventOf, type FlowEvent, type FunctionFlow, type FunctionNode, type Overlap, type RuleContext, type SemanticModel, type ts,
} from '../../src/rule.js';
import { interleaving, letsOthersIn, lockedThroughout, secondActivation, suspensionOf } from '../support/interleaving.js';
import { within } from '../support/settling-coverage.js';
import { insideTryWithCatch } from '../support/sure-rejection.js';

const missing = '{file} is found missing, then made after this await: whoever made it meanwhile is {harm}';
const present = '{file} is found there, then taken away after this await: when somebody else was faster, this rejects';
const messages = {
  missing: { text: missing, preset: 'all', severity: 'note', precision: 'low' },
  missingPerhaps: { text: missing, preset: 'all', severity: 'note', precision: 'low' },
  present: { text: present, preset: 'all', severity: 'note', precision: 'low' },
  presentPerhaps: { text: present, preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;
type Call = EventOf<'call'>;

export default defineRule({
  meta: {
    id: 'file-race',
    family: 'state',
    summary: 'file asked for, then written or removed after an await',
    question: 'race',
    encodes: [],
    origin: 'look-before-you-leap on the file system: the oldest time-of-check race there is, CWE-367',
    cwe: [367],
    docs: {
      why:
        'The answer to "is the file there" is old by the time it comes. A second activation, or another process, gets the same answer: both write the file and one content is lost, or both remove it and one of them rejects. ' +
        'No lock of this process keeps the others out.',
      instead:
        "Do it and look at what the file system says: `writeFile(path, text, { flag: 'wx' })` and handle EEXIST; `rm(path, { force: true })`; `mkdir(path, { recursive: true })`. Write to a temporary name and `rename` it " +
        'where readers must never see half a file.',
      limits:
        'The question and the act must stand in one function and name the same path; a helper in view that asks for its parameter counts as the question. Reading after asking, and synchronous pairs, are left alone. ' +
        'Strict needs two activations that are shown in view or exposed by a long-lived object.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    const acts = flow.all('call').filter(isAct);
    if (acts.length === 0) return;
    const looks = flow.all('call').filter((e) => looksForFile(e.call, ctx.model));
    for (const act of acts) looks.some((look) => check(look, act, flow, ctx));
  },
});

/** Unless the call itself tells what is to happen when somebody was faster. */
function isAct({ call, effects }: Call): boolean {
  const options = (call.arguments ?? []).slice(1).map((argument) => argument.getText()).join();
  switch (effects.file) {
    case 'write':
      return !/['"]a?wx\+?['"]|['"]ax?\+?['"]|O_EXCL/.test(options);
    case 'make':
      return !/recursive/.test(options);
    case 'remove':
      return !/force/.test(options);
    default:
      return false;
  }
}

/** `access(path)`, or a helper in view that asks for the parameter it is given. */
function looksForFile(call: CallNode, model: SemanticModel): boolean {
  const { effects, targets } = model.call(call);
  return effects.file === 'look' || targets.some((fn) => asksForParameter(fn, model));
}

function asksForParameter(fn: FunctionNode, model: SemanticModel): boolean {
  const first = 'parameters' in fn ? fn.parameters[0]?.name : undefined;
  const symbol = first && is.identifier(first) ? model.symbolOf(first) : undefined;
  const flow = model.flow(fn);
  const changes = flow.all('call').some(({ effects }) => effects.file !== undefined && effects.file !== 'look');
  return symbol !== undefined && !changes && flow.all('call').some(({ call, effects }) => {
    const path = call.arguments?.[0];
    return effects.file === 'look' && path !== undefined && is.identifier(path) && model.symbolOf(path) === symbol;
  });
}

function check(look: Call, act: Call, flow: FunctionFlow, ctx: Context): boolean {
  const { model } = ctx;
  const [asked, changed] = [look.call.arguments?.[0], act.call.arguments?.[0]];
  if (!asked || !changed || !surely(model.sameValue(asked, changed)) || lockedThroughout(flow, look, act)) return false;
  const side = act.effects.file === 'remove' ? 'present' : 'missing';
  if (act.effects.file !== 'write' && insideTryWithCatch(act.node, flow.node)) return false;
  const isAsked = (e: FlowEvent): boolean => e.kind === 'call' && e !== look && looksForFile(e.call, model);
  const path = flow.pathThrough(look, letsOthersIn, (e) => e === act, { avoiding: isAsked, throws: 'await', backEdges: false });
  const wait = path && suspensionOf(path);
  const overlap = model.overlap(flow.node);
  if (!wait || overlap.grade === 'none' || !isDecidedBy(look, act, side, flow, model)) return false;
  const file = changed.getText();
  const outcome = act.effects.file === 'make' ? 'run into' : 'overwritten';
  ctx.report({
    message: messageFor(side, overlap),
    at: act.node,
    subject: act.node,
    data: { file, harm: outcome },
    trace: interleaving({
      before: [{ at: look.node, text: `asks for ${file}` }],
      wait,
      meanwhile: [...secondActivation(overlap, flow.name), { at: look.node, text: `gets the same answer for ${file}` }, { at: act.node, text: side === 'missing' ? `makes ${file}` : `takes ${file} away` }],
      after: [{ at: act.node, text: side === 'missing' ? `makes ${file} again` : `finds ${file} gone, and rejects` }],
    }),
  });
  return true;
}

function messageFor(side: 'missing' | 'present', { grade }: Overlap): keyof typeof messages {
  return grade === 'assumed' ? `${side}Perhaps` : side;
}

/** The act is reached on one side of the answer only: a branch on it, or the catch around a question that rejects. */
function isDecidedBy(look: Call, act: Call, side: 'missing' | 'present', flow: FunctionFlow, model: SemanticModel): boolean {
  const edge = side === 'missing' ? 'false' : 'true';
  const other = side === 'missing' ? 'true' : 'false';
  const reaches = (guard: FlowEvent, firstEdge: 'true' | 'false'): boolean => flow.pathTo(guard, (e) => e === act, { firstEdge, throws: 'await', backEdges: false }) !== undefined;
  const branches = flow.all('guard').some((guard) => answers(guard.test, look, model) && reaches(guard, edge) && !reaches(guard, other));
  return branches || (side === 'missing' ? isInCatchOf(act.node, look.node, flow) : rejectsBefore(look, act));
}

function answers(test: ts.Expression, look: Call, model: SemanticModel): boolean {
  const value = skipWrappers(test);
  if (within(look.node, value)) return true;
  const declaration = is.identifier(value) ? model.symbolOf(value)?.declarations?.[0] : undefined;
  return declaration !== undefined && is.variableDeclaration(declaration) && declaration.initializer !== undefined && within(look.node, declaration.initializer);
}

/** `try { await access(path); } catch { await writeFile(path, text); }`. */
function isInCatchOf(act: ts.Node, look: ts.Node, flow: FunctionFlow): boolean {
  for (let node = look; node !== flow.node; node = node.parent) {
    const { parent } = node;
    if (is.try(parent) && parent.tryBlock === node) return parent.catchClause !== undefined && within(act, parent.catchClause);
  }
  return false;
}

/** `await access(path); await unlink(path);`: what asks rejects where nothing is there. */
function rejectsBefore(look: Call, act: Call): boolean {
  const { parent } = look.node;
  return look.effects.file === 'look' && is.await(parent) && is.expressionStatement(parent.parent) && act.node.pos > look.node.pos;
}
