import {
  defineRule, edit, functionName, is, shortText, skipWrappers, surely,
  type CallNode, type EventOf, type FixProposal, type FunctionFlow, type RuleContext, type SemanticModel, type SignalInScope, type ts,
} from '../../src/rule.js';
import { isWaitedFor } from '../support/awaited-calls.js';
import { calledName } from '../support/promise-values.js';
import { joinedWith } from '../support/signal-fix.js';
import { CLEAN_UP, carriers, mentionsAny, type Carriers } from '../support/signal-carriers.js';

const messages = {
  controller: { text: '{call} listens to {fresh} and not to {signal}: it goes on when the caller has given up', preset: 'all', severity: 'note', precision: 'low' },
  timeout: { text: '{call} ends by its timeout alone: an abort of {signal} does not reach it', preset: 'strict', severity: 'warning', precision: 'medium' },
  ofInstance: { text: '{call} listens to {fresh} and not to {signal}', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'detached-signal',
    family: 'cancellation',
    summary: 'work given a fresh signal that does not follow the one in scope',
    question: 'cancellation',
    encodes: ['TA-4', 'PS-C4'],
    docs: {
      why:
        'The function has a signal of its caller’s and starts its work under another one. The abort stops at the function: the request goes on to its end or its timeout, holds its connection, and ' +
        'a shutdown that aborts everything waits for each of them in turn.',
      instead:
        'Derive the new signal from the one in scope: `AbortSignal.any([signal, AbortSignal.timeout(5_000)])`, or a controller that a listener of the signal aborts. Clean-up that has to outlive the abort ' +
        'is right to have a signal of its own, with a bound: put it in `finally`, or into a function named for what it is.',
      limits:
        'Silent in clean-up (`finally`, `catch`, functions such as close or release), where the call runs under a test of the signal, and where the fresh controller is handed to code that may link the two. ' +
        'A signal that the instance holds, rather than the caller gives, is reported at all.',
    },
    messages,
    fixes: ['unsafe'],
  },
  onFunction: (flow, ctx) => {
    if (is.sourceFile(flow.node) || CLEAN_UP.test(functionName(flow.node))) return;
    for (const event of flow.all('call')) check(event, flow, ctx);
  },
});

function check(event: EventOf<'call'>, flow: FunctionFlow, ctx: Context): void {
  const { model } = ctx;
  const { call, effects } = event;
  if (event.cleanup || effects.derivesSignal || effects.subscribe || !call.arguments?.length) return;
  const fresh = freshIn(call, model);
  if (!fresh || CLEAN_UP.test(calledName(call).getText()) || !isWaitedFor(call, model)) return;
  const signal = model.signalsInScope(flow.node, call).find(({ from }) => from === 'parameter' || from === 'options' || from === 'field');
  if (!signal) return;
  const known = carriers(signal, flow.node, model);
  if (mentionsAny(call, known, model) || (fresh.controller && isLinked(fresh.controller, known, model)) || isTested(call, flow, known, model)) return;
  if (fresh.controller && isCutShort(fresh.controller, flow, known, model)) return;
  const isCallers = signal.from !== 'field';
  if (!isCallers && !surely(model.hasTrait(fresh.value, 'abort-signal'))) return;
  report(call, fresh, signal, isCallers, ctx);
}

function report(call: CallNode, fresh: Fresh, signal: SignalInScope, isCallers: boolean, ctx: Context): void {
  const isTimeout = fresh.controller === undefined;
  ctx.report({
    message: !isCallers ? 'ofInstance' : isTimeout ? 'timeout' : 'controller',
    at: calledName(call),
    subject: call,
    data: { call: `${calledName(call).getText()}()`, fresh: isTimeout ? 'a timeout' : shortText(fresh.value), signal: signal.text },
    trace: [
      { at: signal.node, text: `${signal.text} is in scope from here` },
      { at: fresh.made, text: isTimeout ? 'a signal of its own, which only time aborts' : 'a controller of its own, and nothing links the two' },
      { at: call, text: `an abort of ${signal.text} does not reach this` },
    ],
    fix: joined(fresh.value, signal, ctx.model),
  });
}

/** Unsafe, for `AbortSignal.any` is younger than some of the runtimes that have signals. */
function joined(fresh: ts.Expression, signal: SignalInScope, model: SemanticModel): FixProposal | undefined {
  const both = joinedWith(signal, fresh.getText(), fresh, model);
  if (both === undefined) return undefined;
  const isShorthand = is.shorthandPropertyAssignment(fresh.parent);
  return { description: `let it follow ${signal.text} too`, safety: 'unsafe', edits: [isShorthand ? edit.insertAfter(fresh, `: ${both}`) : edit.replace(fresh, both)] };
}

interface Fresh {
  /** What the call is given. */
  readonly value: ts.Expression;
  readonly made: ts.Node;
  /** The variable that holds the controller; undefined for a timeout. */
  readonly controller: ts.Identifier | undefined;
}

/** The signal made in this function that the call is given, as an argument or in its options. */
function freshIn(call: CallNode, model: SemanticModel): Fresh | undefined {
  for (const argument of call.arguments ?? []) {
    const value = skipWrappers(argument);
    const direct = freshSignal(value, model);
    if (direct) return direct;
    const options = skipWrappers(model.resolveAlias(value));
    if (!is.objectLiteral(options)) continue;
    for (const property of options.properties) {
      if (property.name?.getText() !== 'signal') continue;
      const given = is.propertyAssignment(property) ? property.initializer : is.shorthandPropertyAssignment(property) ? property.name : undefined;
      const found = given && freshSignal(given, model);
      if (found) return found;
    }
  }
  return undefined;
}

function freshSignal(given: ts.Expression, model: SemanticModel): Fresh | undefined {
  const value = skipWrappers(model.resolveAlias(given));
  if (is.call(value)) return value.expression.getText() === 'AbortSignal.timeout' ? { value: given, made: value, controller: undefined } : undefined;
  if (!is.propertyAccess(value) || value.name.text !== 'signal' || !is.identifier(value.expression)) return undefined;
  const declaration = model.symbolOf(value.expression)?.declarations?.[0];
  const made = declaration && is.variableDeclaration(declaration) && declaration.initializer ? skipWrappers(declaration.initializer) : undefined;
  return made && is.new(made) && made.expression.getText() === 'AbortController' ? { value: given, made, controller: value.expression } : undefined;
}

/** The signal reaches the controller, or it is handed to code, or kept where code finds it, that may link the two. */
function isLinked(controller: ts.Identifier, known: Carriers, model: SemanticModel): boolean {
  if (mentionsAny(controller, known, model)) return true;
  const symbol = model.symbolOf(controller);
  return model.identifiersNamed(controller.text).some((id) => {
    if (model.symbolOf(id) !== symbol) return false;
    // `addAbortListener(signal, () => controller.abort())`
    for (let node: ts.Node = id; !is.sourceFile(node); node = node.parent) {
      if (is.call(node.parent) && node.parent.arguments.some((argument) => argument === node) && node.parent.arguments.some((argument) => argument !== node && mentionsAny(argument, known, model))) return true;
    }
    if ((is.variableDeclaration(id.parent) && id.parent.name === id)) return false;
    return !(is.propertyAccess(id.parent) && id.parent.expression === id);
  });
}

/** Ended by the function itself when something else has come that hears the signal: one side of a race. */
function isCutShort(controller: ts.Identifier, flow: FunctionFlow, known: Carriers, model: SemanticModel): boolean {
  const calls = flow.all('call').map(({ call }) => call);
  const aborts = calls.some(({ expression }) => is.propertyAccess(expression) && expression.name.text === 'abort' && model.sameValue(expression.expression, controller) === 'yes');
  return aborts && calls.some((call) => isWaitedFor(call, model) && (call.arguments ?? []).some((argument) => mentionsAny(argument, known, model)));
}

/** A branch that is taken only after a look at the signal, or where there is none. */
function isTested(call: CallNode, flow: FunctionFlow, known: Carriers, model: SemanticModel): boolean {
  for (let node: ts.Node = call; node !== flow.node; node = node.parent) {
    const { parent } = node;
    const test = is.if(parent) ? parent.expression : is.conditional(parent) ? parent.condition : undefined;
    if (test && test !== node && mentionsAny(test, known, model)) return true;
  }
  return false;
}
