import {
  defineRule, forEachDescendant, functionName, is, isAsync, isFunctionNode, isGenerator, outermostWrapper, shortText, skipWrappers, surely,
  type FunctionNode, type RuleContext, type ts,
} from '../../src/rule.js';
import { endsWithRejections } from '../support/lost-rejection.js';
import { isPrivate } from '../support/private-member.js';
import { rejectionShownIn } from '../support/rejection-origin.js';

const perhaps = { preset: 'all', severity: 'note', precision: 'low' } as const;

const messages = {
  placed: { text: '{name} gives a promise where its type says that it returns nothing: nobody handles a rejection', ...perhaps },
  inherited: { text: '{name} gives a promise, and its base says that it returns nothing: nobody who calls it by that type handles a rejection', ...perhaps },
  disposal: { text: '[Symbol.dispose] is asynchronous here: using does not wait for it', preset: 'strict', severity: 'warning', precision: 'medium' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'hidden-promise',
    family: 'tasks',
    summary: 'an asynchronous function behind a type that says it returns nothing',
    question: 'lost-rejection',
    encodes: [],
    origin: 'Asynchronous methods of classes whose interface was written for synchronous ones.',
    cwe: [252, 755],
    docs: {
      why:
        'A function that returns a promise may stand wherever one that returns nothing is expected: the compiler lets it. Whoever calls it by that type does not know of the promise. The work is taken for done at its ' +
        'first await, an override of `close()` that takes time is not waited for, and a rejection has no handler, which ends a Node process. An asynchronous `[Symbol.dispose]` is dropped by `using` in the same way.',
      instead:
        'Let the type say it, `close(): Promise<void>` or `void | Promise<void>`, and await it where it is called. Where it has to stay synchronous, start the work in a function of its own and give its promise ' +
        'a handler. For `await using` the method is `[Symbol.asyncDispose]`.',
      limits:
        'Functions that can reject, by their body or by a declaration; those that handle their failures are silent, though nobody waits for them either. Callbacks in arguments are ignored-async-callback’s report. ' +
        'The caller by that type is not looked for. Code of a browser is left out.',
    },
    messages,
  },
  onNode: {
    ArrowFunction: (node, ctx) => checkPlaced(node as ts.ArrowFunction, ctx),
    FunctionExpression: (node, ctx) => checkPlaced(node as ts.FunctionExpression, ctx),
    ShorthandPropertyAssignment: (node, ctx) => checkName((node as ts.ShorthandPropertyAssignment).name, node, ctx),
    PropertyAssignment: (node, ctx) => checkName((node as ts.PropertyAssignment).initializer, undefined, ctx),
    JsxExpression: (node, ctx) => checkName((node as ts.JsxExpression).expression, undefined, ctx),
    MethodDeclaration: (node, ctx) => checkMember(node as ts.MethodDeclaration, ctx),
    PropertyDeclaration: (node, ctx) => checkMember(node as ts.PropertyDeclaration, ctx),
    MethodSignature: (node, ctx) => checkMember(node as ts.MethodSignature, ctx),
    PropertySignature: (node, ctx) => checkMember(node as ts.PropertySignature, ctx),
  },
});

/** A function written where it is kept, returned or given to an attribute. */
function checkPlaced(fn: ts.ArrowFunction | ts.FunctionExpression, ctx: Context): void {
  const { parent } = outermostWrapper(fn);
  if (is.callOrNew(parent) || isGenerator(fn) || !mayGivePromise(fn, ctx)) return;
  report('placed', fn, fn, ctx);
}

function mayGivePromise(fn: FunctionNode, { model }: Context): boolean {
  return isAsync(fn) || (is.arrowFunction(fn) && !is.block(fn.body) && is.call(skipWrappers(fn.body)) && surely(model.summary(fn).returnsPromise));
}

/** `{ onEnd: flush }`, `{ flush }`, `onEnd={flush}`: the name of an async function in view. */
function checkName(name: ts.Expression | undefined, member: ts.Node | undefined, ctx: Context): void {
  if (!name || !is.identifier(name)) return;
  const fn = ctx.model.functionsOf(name).find((each) => isAsync(each) && !isGenerator(each));
  if (fn) report('placed', member ?? name, fn, ctx);
}

type Member = ts.MethodDeclaration | ts.PropertyDeclaration | ts.MethodSignature | ts.PropertySignature;

function checkMember(member: Member, ctx: Context): void {
  const fn = functionOf(member);
  const owner = member.parent;
  if (fn && isAsync(fn) && member.name.getText() === '[Symbol.dispose]') {
    return ctx.report({ message: 'disposal', at: member.name, subject: fn, trace: [{ at: member.name, text: 'its promise is dropped at the end of the scope' }] });
  }
  if (fn && is.objectLiteral(owner)) {
    if (is.method(member) && !isGenerator(fn) && surely(ctx.model.summary(fn).returnsPromise)) report('placed', member, fn, ctx);
    return;
  }
  const isHeir = (is.classLike(owner) || is.interface(owner)) && owner.heritageClauses !== undefined;
  if (!isHeir || isPrivate(member) || (fn ? isGenerator(fn) || !hasValue(fn) : isPlain(member))) return;
  // What the base says costs less than what the body gives, and mostly ends it.
  if (!surely(ctx.model.isVoidReturning(member))) return;
  if (fn ? mayReturnPromise(fn, ctx) : surely(ctx.model.returnsPromise(member))) report('inherited', member, fn, ctx);
}

function mayReturnPromise(fn: FunctionNode, { model }: Context): boolean {
  return isAsync(fn) || surely(model.summary(fn).returnsPromise);
}

/** A call of the function can give something else than nothing. */
function hasValue(fn: FunctionNode): boolean {
  if (isAsync(fn) || !fn.body || !is.block(fn.body)) return true;
  let found = false;
  forEachDescendant(fn.body, (node) => {
    if (found || isFunctionNode(node) || is.classLike(node)) return false;
    found = is.return(node) && node.expression !== undefined;
  });
  return found;
}

/** A property that is no function, by its annotation. */
function isPlain(member: Member): boolean {
  return (is.propertyDeclaration(member) || is.propertySignature(member)) && member.type !== undefined && /^(?:boolean|number|string)$/.test(member.type.getText());
}

/** The body of the member, where it has one. */
function functionOf(member: Member): FunctionNode | undefined {
  if (is.method(member)) return member.body && member;
  const value = is.propertyDeclaration(member) && member.initializer ? skipWrappers(member.initializer) : undefined;
  return value && isFunctionNode(value) ? value : undefined;
}

/** `place` is the function, or the member or name that stands for it; types are asked last. */
function report(message: 'placed' | 'inherited', place: ts.Node, fn: FunctionNode | undefined, ctx: Context): void {
  const { model } = ctx;
  if (!endsWithRejections(ctx.file)) return;
  const shown = fn ? surely(model.summary(fn).canReject) && rejectionShownIn(model, fn) : [];
  if (!shown || !surely(model.isVoidReturning(place))) return;
  const at = nameOf(place);
  const name = isFunctionNode(place) ? functionName(place).replace(/^<anonymous>$/, 'this function') : shortText(at);
  ctx.report({ message, at, subject: fn ?? place, data: { name }, trace: [{ at, text: 'it is called by a type that knows of no promise' }, ...shown] });
}

function nameOf(place: ts.Node): ts.Node {
  if (is.functionExpression(place)) return is.block(place.body) ? (place.getFirstToken() ?? place) : place;
  return 'name' in place ? (place.name as ts.Node) : place;
}
