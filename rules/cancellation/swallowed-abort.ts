import {
  defineRule, enclosingRoot, forEachDescendant, is, isFunctionNode, shortText, skipWrappers,
  type CallNode, type FlowEvent, type FunctionFlow, type Path, type RuleContext, type SemanticModel, type SignalInScope, type ts,
} from '../../src/rule.js';
import { isWaitedFor } from '../support/awaited-calls.js';
import { calledName } from '../support/promise-values.js';
import { carriers, handsOn, mentionsAny, type Carriers } from '../support/signal-carriers.js';

const messages = {
  retries: { text: 'after an abort of {signal} this catch has {call} tried again', preset: 'all', severity: 'note', precision: 'low' },
  atOnce: { text: 'after an abort of {signal} this catch has {call} tried again', preset: 'strict', severity: 'warning', precision: 'medium' },
  nextItem: { text: 'after an abort of {signal} the loop goes on with {call} for the other items', preset: 'all', severity: 'note', precision: 'low' },
  asSuccess: { text: 'after an abort of {signal} this catch reports success', preset: 'strict', severity: 'warning', precision: 'medium' },
  asNothing: { text: 'an abort of {signal} ends here: the caller gets {answer} and goes on', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'swallowed-abort',
    family: 'cancellation',
    summary: 'catch that retries after an abort, or answers as if all went well',
    question: 'cancellation',
    encodes: ['PS-K4'],
    cwe: [390],
    docs: {
      why:
        'An abort arrives as a rejection, like any failure. A catch that takes it for one tries again what nobody wants any more, waits between the attempts, and holds up whoever aborted; one that ' +
        'answers with a default lets the caller go on with work that was cancelled, and writes an empty result where none belongs.',
      instead:
        'Let the abort through before anything else: `signal.throwIfAborted()` as the first line of the catch, or `if (signal.aborted) throw error`. Ask the signal rather than the error: an abort has any reason ' +
        'its caller likes. A loop may ask in its head, and a pause between attempts that takes the signal ends it too.',
      limits:
        'Calls that are given a signal of the caller’s, in a try of the same function. Any look at the signal, at the name or class of the error, a predicate that is given the error, a re-raise, or a mention of abort or cancel in the ' +
        'catch counts. A catch that hands the error on, to a callback or in its answer, is silent; a bare default is reported at all.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (is.sourceFile(flow.node)) return;
    forEachDescendant(flow.node, (node) => {
      if (isFunctionNode(node)) return false;
      if (is.try(node) && node.catchClause) checkTry(node, node.catchClause, flow, ctx);
      return true;
    });
  },
});

function checkTry(node: ts.TryStatement, clause: ts.CatchClause, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const entry = flow.at(clause)[0];
  const signal = model.signalsInScope(flow.node, node.tryBlock).find(({ from }) => from === 'parameter' || from === 'options');
  if (!entry || !signal || speaksOfAbort(clause.block)) return;
  const known = carriers(signal, flow.node, model, 'apart');
  if (entry.loops.some((loop) => is.forOf(loop) && loop.awaitModifier && mentionsAny(loop.expression, known, model))) return;
  const call = flow.all('call').map((event) => event.call).find((each) => isIn(each, node.tryBlock) && enclosingRoot(each) === flow.node && endsWithAbort(each, known, model));
  if (!call) return;
  const error = clause.variableDeclaration?.name;
  const errors = error ? [error, ...namedAnew(error, clause.block)] : [];
  const lets = (event: FlowEvent): boolean => letsThrough(event, errors, known, model);
  const again = flow.pathTo(entry, (event) => event.kind === 'call' && event.call === call, { avoiding: lets });
  const self = again ? undefined : flow.pathTo(entry, (event) => event.kind === 'call' && isIn(event.node, clause) && model.call(event.call).targets.some((fn) => fn === flow.node), { avoiding: (event) => lets(event) && !isCallOf(event, flow, model) });
  const retry = again ?? self;
  const item = retry && isNextItem(call, flow);
  if (retry && !item) return report(waitsOrNeverEnds(retry, clause) ? 'retries' : 'atOnce', clause, signal, call, retry.events.at(-1)!.node, '', ctx);
  if (error && isHandedOn(clause, error)) return;
  const out = flow.pathTo(entry, (event) => event.kind === 'exit', { avoiding: lets, throws: 'none' });
  const answer = out && answerOf(out, clause, model);
  if (retry && answer?.kind !== 'asSuccess') report('nextItem', clause, signal, call, retry.events.at(-1)!.node, '', ctx);
  else if (answer) report(answer.kind, clause, signal, call, answer.at, answer.text, ctx);
}

/** The loop around the call is over items, each with a call of its own. */
function isNextItem(call: CallNode, flow: FunctionFlow): boolean {
  const loop = flow.at(call)[0]?.loops.at(-1);
  if (!loop || is.forOf(loop)) return loop !== undefined;
  const counter = is.for(loop) && loop.initializer ? /\b(\w+)\s*=/.exec(loop.initializer.getText())?.[1] : undefined;
  return counter !== undefined && (call.arguments ?? []).some((argument) => new RegExp(`\\b${counter}\\b`).test(argument.getText()));
}

/** Where an abort is how the owner ends, its flags tell of it. */
const ENDED = /abort|cancel|running|clos(?:ed|ing)|stopp|dispos|destroy|shut/i;

/** With a signal that has aborted the next attempts fail at once; what counts is the pause before them, and that they may never end. */
function waitsOrNeverEnds({ events }: Path, clause: ts.Node): boolean {
  if (events.some(({ kind }) => kind === 'await')) return true;
  for (let node = clause; !isFunctionNode(node) && !is.sourceFile(node); node = node.parent) {
    if ((is.while(node) && node.expression.getText() === 'true') || (is.for(node) && !node.condition)) return true;
  }
  return false;
}

const ABORT = /abort|cancel|throwIf/i;

/** A name or a text in the code says so; a comment does not. */
function speaksOfAbort(block: ts.Node): boolean {
  let speaks = false;
  forEachDescendant(block, (node) => {
    speaks ||= (is.identifier(node) || is.stringLiteral(node)) && ABORT.test(node.text);
    return !speaks;
  });
  return speaks;
}

function isCallOf(event: FlowEvent, flow: FunctionFlow, model: SemanticModel): boolean {
  return event.kind === 'call' && model.call(event.call).targets.some((fn) => fn === flow.node);
}

function isIn(node: ts.Node, outer: ts.Node): boolean {
  return node.pos >= outer.pos && node.end <= outer.end;
}

/** Waited for, and given the signal: what it rejects with may be the abort. */
function endsWithAbort(call: CallNode, known: Carriers, model: SemanticModel): boolean {
  if (model.call(call).effects.subscribe || model.call(call).effects.combinator) return false;
  return isWaitedFor(call, model) && (call.arguments ?? []).some((argument) => handsOn(argument, known, model));
}

/** A look at the signal or the error, or a step that ends by the signal itself. */
function letsThrough(event: FlowEvent, errors: readonly ts.BindingName[], known: Carriers, model: SemanticModel): boolean {
  if (event.kind === 'signal-check' || event.kind === 'throw') return true;
  if (event.kind === 'guard') return mentionsAny(event.test, known, model) || errors.some((error) => mentions(event.test, error)) || ENDED.test(event.test.getText());
  if (event.kind !== 'call') return false;
  if (errors.length > 0 && THROWS.test(calledName(event.call).getText())) return true;
  return (event.call.arguments ?? []).some((argument) => mentionsAny(argument, known, model));
}

/** `const error = caught as Error`. */
function namedAnew(error: ts.BindingName, block: ts.Block): ts.BindingName[] {
  const names: ts.BindingName[] = [];
  forEachDescendant(block, (node) => {
    if (is.variableDeclaration(node) && node.initializer && skipWrappers(node.initializer).getText() === error.getText()) names.push(node.name);
  });
  return names;
}

const THROWS = /throw|raise|assert|fail$|check/i;

function mentions(node: ts.Node, name: ts.BindingName): boolean {
  const names = is.identifier(name) ? [name.text] : name.elements.flatMap((element) => (is.omitted(element) ? [] : [element.name.getText()]));
  return new RegExp(`\\b(?:${names.map((each) => each.replaceAll('$', '\\$')).join('|')})\\b`).test(node.getText());
}

/** The error goes to somebody: returned, stored, given to a callback or an emitter. A line in a log tells no one, and a throw or a test is for the flow to follow. */
function isHandedOn(clause: ts.CatchClause, error: ts.BindingName): boolean {
  let goes = false;
  forEachDescendant(clause.block, (node) => {
    if (is.throw(node) || (is.call(node) && LOGS.test(node.expression.getText())) || (is.if(node.parent) && node.parent.expression === node)) return false;
    goes ||= is.identifier(node) && mentions(node, error);
    return !goes;
  });
  return goes;
}

const LOGS = /^(?:console|.*\blog(?:ger)?)\b|\.(?:debug|info|warn|error|trace|log|captureException)$/i;

/** What the function answers at the end of the way. */
function answerOf(way: Path, clause: ts.CatchClause, model: SemanticModel): { readonly kind: 'asSuccess' | 'asNothing'; readonly at: ts.Node; readonly text: string } | undefined {
  const told = way.events.find((event) => event.kind === 'call' && !isIn(event.node, clause) && TELLS_SUCCESS.test(calledName(event.call).getText()));
  if (told) return { kind: 'asSuccess', at: told.node, text: '' };
  const last = way.events.findLast((event) => event.kind === 'return');
  if (!last || last.kind !== 'return') return { kind: 'asNothing', at: clause, text: 'no error' };
  const value = last.value && skipWrappers(model.resolveAlias(last.value));
  if (!value) return { kind: 'asNothing', at: last.node, text: 'no error' };
  const text = value.getText();
  if (/^true$|^\{[^}]*\b(?:ok|success|done|succeeded)\b\s*:\s*true/.test(text)) return { kind: 'asSuccess', at: last.node, text };
  return /^(?:undefined|null|void 0|\[\]|\{\}|''|""|new (?:Map|Set)\(\))$/.test(text) ? { kind: 'asNothing', at: last.node, text: shortText(value) } : undefined;
}

const TELLS_SUCCESS = /^(?:mark|set|report|emit)?(?:complete[d]?|finish(?:ed)?|succeed(?:ed)?|success|done|ack(?:nowledge)?|commit)(?:[A-Z]\w*)?$/i;

function report(message: keyof typeof messages, clause: ts.CatchClause, signal: SignalInScope, call: CallNode, end: ts.Node, answer: string, ctx: Context): void {
  const name = `${calledName(call).getText()}()`;
  ctx.report({
    message,
    at: clause.getFirstToken() ?? clause,
    subject: clause,
    data: { signal: signal.text, call: name, answer },
    trace: [
      { at: signal.node, text: `${signal.text} is in scope from here` },
      { at: call, text: `an abort makes ${name} reject` },
      { at: clause, text: 'caught here, and nothing asks whether it was the abort' },
      ...(end === clause || end === call ? [] : [{ at: end, text: message === 'retries' || message === 'atOnce' ? 'tries again' : 'goes on as if all were well' }]),
    ],
  });
}
