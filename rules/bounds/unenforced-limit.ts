import { defineRule, forEachDescendant, functionName, is, isFunctionNode, shortText, skipWrappers, type FunctionFlow, type FunctionNode, type RuleContext, type SemanticModel, type ts } from '../../src/rule.js';
import { countMentions } from '../support/count-mentions.js';
import { unaskedOption } from '../support/unasked-option.js';
import { undefinedOverwrites } from '../support/undefined-overwrite.js';

const messages = {
  parameter: { text: '{name} is taken by {owner} and never read: nothing is limited by it', preset: 'strict', severity: 'warning', precision: 'medium' },
  field: { text: '{name} is stored by {owner} and never read: nothing is limited by it', preset: 'strict', severity: 'warning', precision: 'medium' },
  asDeclared: { text: '{name} is taken by {owner} and never read: nothing is limited by it', preset: 'all', severity: 'note', precision: 'low' },
  overwritten: { text: '{name} of {owner} is lost where the caller gives none: undefined takes its place', preset: 'all', severity: 'note', precision: 'medium' },
  unasked: { text: '{name} can be set, and no code in view reads it: {owner} does so whatever it says', preset: 'all', severity: 'note', precision: 'medium' },
  option: { text: '{name} can be set in {owner}, and no code in view reads it: nothing is limited by it', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'unenforced-limit',
    family: 'bounds',
    summary: 'a limit that is taken or stored and that nothing reads',
    question: 'number',
    encodes: ['RM-M1'],
    cwe: [770],
    docs: {
      why:
        'Whoever sets a maximum, a concurrency or a timeout relies on it: the pool is sized for it, the memory planned for it. One that nothing reads is worse than none, because the review of the configuration ' +
        'finds it there, and the first to learn that it does nothing is whoever is on call.',
      instead: 'Enforce it where the number grows, or where the wait begins: refuse, queue or drop beyond it. Where it has become meaningless, take it out of the signature, so that callers stop relying on it.',
      limits:
        'Names that begin with max or end as limits do (`limit`, `concurrency`, `capacity`, `poolSize`, `timeout`). Private fields, and parameters of functions whose signature is their own; signatures that a base, an interface or a caller ' +
        'decides are at all, as are members of an options type that code in view unpacks member by member. Options that are spread or passed on whole keep the rule silent. At all: a setting that an undefined of the caller takes the place of, and an option named for what a handler does that nobody reads.',
    },
    messages,
  },
  onFunction: (flow, ctx) => checkParameters(flow, ctx),
  onClass: ({ node }, ctx) => {
    for (const member of node.members) {
      if (is.propertyDeclaration(member)) checkField(member.name, member, node, ctx);
      if (is.constructor(member)) for (const parameter of member.parameters) if (parameter.modifiers?.length) checkField(parameter.name, parameter, node, ctx);
    }
  },
  onNode: {
    PropertySignature: (node, ctx) => {
      checkOption(node as ts.PropertySignature, ctx);
      checkUnasked(node as ts.PropertySignature, ctx);
    },
    ObjectLiteralExpression: (node, ctx) => {
      for (const { property, defaults } of undefinedOverwrites(node as ts.ObjectLiteralExpression, isLimit, ctx.model)) {
        const name = property.name ?? property;
        ctx.report({
          message: 'overwritten', at: name, subject: property, data: { name: name.getText(), owner: shortText(defaults) },
          trace: [{ at: defaults, text: `${shortText(defaults)} may hold one` }, { at: name, text: 'and this takes its place, also where it is undefined' }],
        });
      }
    },
  },
});

const LIMIT = /^_?(?:max(?:imum)?(?:[A-Z_]\w*)?|\w*(?:[Cc]oncurrency|[Cc]oncurrent|Limit|Capacity|PoolSize|Timeout(?:Ms|Millis|Seconds)?|MaxSize)|limit|capacity|poolSize|timeout(?:Ms|Millis|Seconds)?)$/;
/** What is measured, drawn or parsed rather than enforced; `onTimeout` is what is done. */
const NO_LIMIT = /^(?:on|is|has|no|set|clear|should|default|DEFAULT)[A-Z]|(?:width|height|length|depth|zoom|date|value|index|offset|position|age|score|level|count)$/i;

const isLimit = (name: string): boolean => LIMIT.test(name) && !NO_LIMIT.test(name) && !name.startsWith('__');

// ── parameters ──

function checkParameters({ node: fn }: FunctionFlow, ctx: Context): void {
  if (!isFunctionNode(fn) || is.staticBlock(fn) || !fn.body || isStub(fn)) return;
  for (const parameter of fn.parameters) {
    if (parameter.modifiers?.length) continue;
    const names = is.identifier(parameter.name) ? [parameter.name] : namesIn(parameter.name);
    for (const name of names) {
      if (!isLimit(name.text) || name.text.startsWith('_') || countMentions(fn, name.text) > 1 || /\barguments\b/.test(fn.body.getText())) continue;
      report(isDecidedElsewhere(fn, ctx.model) ? 'asDeclared' : 'parameter', name, functionName(fn), fn.body, ctx);
    }
  }
}

/** `{ maxSize, limit: most }`: the names that hold a limit; with a rest beside them they are taken out on purpose. */
function namesIn(pattern: ts.BindingPattern): ts.Identifier[] {
  const elements = pattern.elements.flatMap((each) => (is.omitted(each) ? [] : [each]));
  return elements.some((each) => each.dotDotDotToken) ? [] : elements.flatMap(({ name, propertyName }) => (is.identifier(name) && !propertyName ? [name] : []));
}

/** Nothing is done yet, so nothing is limited. */
function isStub(fn: FunctionNode): boolean {
  if (!fn.body || !is.block(fn.body)) return fn.body === undefined || !is.callOrNew(skipWrappers(fn.body));
  const [only] = fn.body.statements;
  return fn.body.statements.length === 0 || (fn.body.statements.length === 1 && only !== undefined && (is.throw(only) || (is.return(only) && (!only.expression || is.literal(only.expression)))));
}

function isDecidedElsewhere(fn: FunctionNode, model: SemanticModel): boolean {
  if (is.functionExpression(fn)) return !is.variableDeclaration(fn.parent) || fn.parent.type !== undefined || model.callbackOf(fn) !== undefined;
  if (!is.method(fn)) return is.constructor(fn) && (fn.parent.heritageClauses?.length ?? 0) > 0;
  return !is.classLike(fn.parent) || (fn.parent.heritageClauses?.length ?? 0) > 0 || (fn.modifiers?.some((each) => each.getText() === 'override') ?? false);
}

// ── fields ──

/** Private, so that all that reads it is in view: by its name, whatever it is read from. */
function checkField(name: ts.Node, member: ts.PropertyDeclaration | ts.ParameterDeclaration, owner: ts.ClassLikeDeclaration, ctx: Context): void {
  if (!is.identifier(name) && !is.privateIdentifier(name)) return;
  const text = name.text.replace(/^#/, '');
  const isPrivate = is.privateIdentifier(name) || member.modifiers?.some((each) => each.getText() === 'private');
  if (!isPrivate || !isLimit(text)) return;
  const uses = identifiersIn(owner, name.text).filter((id) => id !== name);
  const isParameter = is.parameter(member);
  // The constructor's own parameter of that name is what is stored.
  if (!uses.every((id) => isWritten(id) || isStored(id)) || (isParameter && is.constructor(member.parent) && member.parent.body !== undefined && countMentions(member.parent.body, text) > 0) || usesByText(owner, text)) return;
  report('field', name, owner.name?.text ?? 'this class', uses.at(-1), ctx);
}

function identifiersIn(scope: ts.Node, name: string): ts.Node[] {
  const found: ts.Node[] = [];
  forEachDescendant(scope, (node) => {
    if ((is.identifier(node) || is.privateIdentifier(node)) && node.text === name) found.push(node);
  });
  return found;
}

/** `this.max = …` as a statement. */
function isWritten(id: ts.Node): boolean {
  const target = is.propertyAccess(id.parent) && id.parent.name === id ? id.parent : undefined;
  return target !== undefined && is.assignment(target.parent) && target.parent.left === target && target.parent.operatorToken.getText() === '=' && is.expressionStatement(target.parent.parent);
}

/** The parameter that is stored in the field, and the value of that assignment. */
function isStored(id: ts.Node): boolean {
  if (is.parameter(id.parent)) return id.parent.name === id && is.constructor(id.parent.parent) && !id.parent.modifiers?.length;
  const from = is.propertyAccess(id.parent) && id.parent.name === id ? id.parent : id;
  return is.assignment(from.parent) && from.parent.right === from && isWritten(from.parent.left.getLastToken() ?? from);
}

/** `this['max']`, or the instance unpacked or copied. */
function usesByText(owner: ts.ClassLikeDeclaration, name: string): boolean {
  return new RegExp(`['"\`]${name}['"\`]|\\.\\.\\.this\\b|\\} = this\\b|\\(this\\)`).test(owner.getText());
}

// ── options ──

/** A member of an options type that functions in view take and unpack by name. */
function checkOption(member: ts.PropertySignature, ctx: Context): void {
  const { name } = member;
  if (!is.identifier(name) || !isLimit(name.text)) return;
  const type = 'name' in member.parent ? member.parent : member.parent.parent;
  const owner = 'name' in type && type.name ? (type.name as ts.Node) : undefined; // a literal type inside another has no name
  if (!owner || !is.identifier(owner) || !/(?:Options|Opts|Config|Settings)$/.test(owner.text) || ctx.model.identifiersNamed(name.text).length !== 1) return;
  const taker = takerOf(owner.text, ctx.model);
  if (taker) report('option', name, owner.text, taker, ctx);
}

/** `resetTimeoutOnProgress` that nothing reads, while `onProgress` calls `resetTimeout()`. */
function checkUnasked({ name }: ts.PropertySignature, ctx: Context): void {
  const found = is.identifier(name) && /timeout|limit|max|concurrency|capacity/i.test(name.text) ? unaskedOption(name, ctx.model) : undefined;
  if (!found) return;
  ctx.report({
    message: 'unasked', at: name, subject: name, data: { name: name.getText(), owner: `${functionName(found.handler)}()` },
    trace: [{ at: name, text: `${name.getText()} is declared here and read nowhere` }, { at: found.call, text: `${functionName(found.handler)}() does so without asking it` }],
  });
}

/** The first function that takes the type; undefined where one of them may hand it on as a whole. */
function takerOf(type: string, model: SemanticModel): ts.Node | undefined {
  let taker: ts.Node | undefined;
  for (const id of model.identifiersNamed(type)) {
    const parameter = id.parent.parent;
    if (!is.parameter(parameter) || parameter.type !== id.parent || !is.identifier(parameter.name)) {
      if (is.parameter(parameter) || !/^(?:export )?(?:interface|type|import)/.test(id.parent.getText())) return undefined;
      continue;
    }
    const fn = parameter.parent;
    if (!isFunctionNode(fn) || !fn.body || parameter.modifiers?.length || !isUnpacked(fn.body, parameter.name.text)) return undefined;
    taker ??= parameter;
  }
  return taker;
}

function isUnpacked(body: ts.Node, bag: string): boolean {
  let reads = 0;
  let whole = 0;
  forEachDescendant(body, (node) => {
    if (!is.identifier(node) || node.text !== bag) return;
    if (is.propertyAccess(node.parent) && node.parent.expression === node) reads++;
    else if (!(is.propertyAccess(node.parent) && node.parent.name === node)) whole++;
  });
  return reads > 0 && whole === 0;
}

function report(message: keyof typeof messages, name: ts.Node, owner: string, used: ts.Node | undefined, ctx: Context): void {
  const at = name.getText();
  ctx.report({ message, at: name, subject: name, data: { name: at, owner }, trace: [{ at: name, text: `${at} comes in here` }, ...(used ? [{ at: used, text: `and nothing here reads ${at}` }] : [])] });
}
