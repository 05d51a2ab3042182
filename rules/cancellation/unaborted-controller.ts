import { defineRule, is, outermostWrapper, skipWrappers, surely, type RuleContext, type SemanticModel, type ts } from '../../src/rule.js';
import { lastCalledName } from '../support/promise-values.js';

const unable = 'nothing aborts {controller}: {taker} is given a signal that never comes';
const messages = {
  local: { text: unable, preset: 'recommended', severity: 'warning', precision: 'high' },
  field: { text: unable, preset: 'strict', severity: 'warning', precision: 'medium' },
  inPlace: { text: 'nothing can abort the controller made here: {taker} is given a signal that never comes', preset: 'strict', severity: 'warning', precision: 'medium' },
  standIn: { text: 'nothing can abort the controller made here: its signal only stands in for one', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'unaborted-controller',
    family: 'cancellation',
    summary: 'a controller whose signal is handed out and that nothing aborts',
    question: 'cancellation',
    encodes: ['PS-C2'],
    docs: {
      why:
        'Whoever is given the signal listens to it, checks it and passes it on, and none of that ever does anything. The code reads as if the work could be stopped: a close() that ' +
        'should end it does not, a monitor that should go with its owner runs on, and the next reader builds on a cancellation that is not there.',
      instead:
        'Abort the controller where the work has to end: in close(), in `finally`, when the request goes away. Where the caller has a signal, hand that on instead of a new one; where nothing is to ' +
        'be cancelled, give no signal at all, or `AbortSignal.timeout(ms)` for a bound.',
      limits:
        'A controller that is returned, passed on, exported or stored elsewhere is aborted by whoever has it. Fields count only where they are private, and any mention of `abort` on a field of that name ' +
        'in view is taken as the abort, as is the field handed on whole. Controllers made in place of a missing signal are reported at all.',
    },
    messages,
  },
  onNode: { NewExpression: (node, ctx) => check(node as ts.NewExpression, ctx) },
});

function check(made: ts.NewExpression, ctx: Context): void {
  if (!is.identifier(made.expression) || made.expression.text !== 'AbortController') return;
  const value = outermostWrapper(made);
  const { parent } = value;
  if (is.propertyAccess(parent)) return parent.name.text === 'signal' ? checkInPlace(made, parent, ctx) : undefined;
  const declared = is.variableDeclaration(parent) || is.propertyDeclaration(parent) ? parent : undefined;
  const assigned = is.assignment(parent) && parent.right === value && is.expressionStatement(parent.parent) ? skipWrappers(parent.left) : undefined;
  if (declared && is.variableDeclaration(declared)) {
    if (is.identifier(declared.name)) return checkUses(made, declared.name, variableMentions(declared.name, ctx.model), 'local', ctx);
    const [signal] = is.omitted(declared.name.elements[0]!) ? [] : declared.name.elements;
    const isSignalAlone = declared.name.elements.length === 1 && signal && !is.omitted(signal) && (signal.propertyName ?? signal.name).getText() === 'signal';
    if (isSignalAlone) report('inPlace', made, undefined, { controller: '', taker: 'the work' }, ctx);
    return;
  }
  if (assigned && is.identifier(assigned)) return checkUses(made, assigned, variableMentions(assigned, ctx.model), 'local', ctx);
  const name = declared?.name ?? (assigned && is.propertyAccess(assigned) && is.this(assigned.expression) ? assigned.name : undefined);
  if (name && (is.identifier(name) || is.privateIdentifier(name)) && isPrivate(name, made, ctx.model)) checkUses(made, name, fieldMentions(name, ctx.model), 'field', ctx);
}

function checkInPlace(made: ts.NewExpression, signal: ts.PropertyAccessExpression, ctx: Context): void {
  let value = outermostWrapper(signal);
  while (is.propertyAssignment(value.parent) || is.objectLiteral(value.parent)) value = value.parent;
  const { parent } = value;
  const taker = is.callOrNew(parent) && parent.expression !== value ? lastCalledName(parent) : undefined;
  const isWork = taker !== undefined && is.call(parent) && surely(ctx.model.isPromise(parent));
  report(isWork ? 'inPlace' : 'standIn', made, parent, { controller: '', taker: taker ?? '' }, ctx);
}

// ── what is done with it ──

function variableMentions(name: ts.Identifier, model: SemanticModel): readonly ts.Node[] {
  const symbol = model.symbolOf(name);
  if (!symbol?.declarations?.every((each) => is.variableDeclaration(each) && !isExported(each))) return [];
  return model.identifiersNamed(name.text).filter((id) => model.symbolOf(id) === symbol);
}

function isExported(declaration: ts.VariableDeclaration): boolean {
  return /^(?:export|declare)\b/.test(declaration.parent.parent.getText());
}

/** By name, in whatever object: a release counts wherever it stands. A `#name` is known in its class alone. */
function fieldMentions(name: ts.Identifier | ts.PrivateIdentifier, model: SemanticModel): readonly ts.Node[] {
  const owner = is.privateIdentifier(name) ? model.classOf(name)?.node : undefined;
  const isHere = (id: ts.Node): boolean => !owner || (id.getSourceFile() === owner.getSourceFile() && id.pos >= owner.pos && id.end <= owner.end);
  return model.identifiersNamed(name.text).filter(isHere).map((id) => (is.propertyAccess(id.parent) && id.parent.name === id ? id.parent : id));
}

function isPrivate(name: ts.Identifier | ts.PrivateIdentifier, made: ts.Node, model: SemanticModel): boolean {
  if (is.privateIdentifier(name)) return true;
  const field = model.classOf(made)?.fields.get(name.text);
  return field?.modifiers?.some((modifier) => modifier.getText() === 'private') ?? false;
}

/** Reported where every mention makes it, looks at it or hands out its signal, and one does the last. */
function checkUses(made: ts.NewExpression, name: ts.Node, mentions: readonly ts.Node[], kind: 'local' | 'field', ctx: Context): void {
  let given: { readonly at: ts.Node; readonly taker: string } | undefined;
  for (const mention of mentions) {
    const use = useOf(mention);
    if (use === 'away') return;
    if (typeof use === 'object') given ??= use;
  }
  if (given) report(kind, made, given.at, { controller: kind === 'field' ? `this.${name.getText()}` : name.getText(), taker: given.taker }, ctx);
}

/** Where its signal is handed out; `away` where the controller itself may be aborted; undefined where it is only made or looked at. */
function useOf(mention: ts.Node): { readonly at: ts.Node; readonly taker: string } | 'away' | undefined {
  const outer = outermostWrapper(mention);
  const { parent } = outer;
  if ((is.variableDeclaration(parent) || is.propertyDeclaration(parent)) && parent.name === outer) return undefined;
  // `const { signal } = controller`
  if (is.variableDeclaration(parent) && /^\{\s*signal\s*(?::\s*\w+\s*)?,?\s*\}$/.test(parent.name.getText())) return undefined;
  if (is.assignment(parent) && parent.left === outer) return is.expressionStatement(parent.parent) && !isTaken(parent.right) ? undefined : 'away';
  if (!is.propertyAccess(parent) || parent.expression !== outer) return 'away';
  if (parent.name.text !== 'signal') return 'away';
  return signalUse(parent);
}

/** The place is given a controller that somebody else made. */
function isTaken(value: ts.Expression): boolean {
  const given = skipWrappers(value);
  return !(is.new(given) && given.expression.getText() === 'AbortController') && !/^(?:undefined|null|void 0)$/.test(given.getText());
}

/** A signal that is only asked, listened to or kept tells nothing; one given to a call does. */
function signalUse(signal: ts.PropertyAccessExpression): { readonly at: ts.Node; readonly taker: string } | undefined {
  let value: ts.Node = outermostWrapper(signal);
  while (is.propertyAssignment(value.parent) || is.objectLiteral(value.parent) || is.conditional(value.parent)) value = outermostWrapper(value.parent);
  const { parent } = value;
  return is.callOrNew(parent) && parent.expression !== value ? { at: signal, taker: lastCalledName(parent) } : undefined;
}

function report(message: keyof typeof messages, made: ts.NewExpression, given: ts.Node | undefined, data: { readonly controller: string; readonly taker: string }, ctx: Context): void {
  const trace = [{ at: made, text: 'the controller is made here' }, ...(given ? [{ at: given, text: 'its signal goes out here, and nobody can abort it' }] : [])];
  ctx.report({ message, at: made.expression, subject: made, data, trace });
}
