/**
 * What a function does not do for the arguments of one call: `emit('debug')` never comes to the code for other events. Constants only,
 * by syntax: literals, what is left out, and object literals by their members.
 */
import { calleeName, functionName, isFunctionNode, memberName, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { CallNode } from './contract.js';
import { isConst } from './places.js';

/** A constant, or an object literal, whose members are looked at one by one. */
export type Known = { readonly constant: string | number | boolean | null | undefined } | { readonly object: ts.ObjectLiteralExpression };
/** Of parameters, by name. */
export type GivenValues = ReadonlyMap<string, Known>;

const NOTHING_GIVEN: GivenValues = new Map();
const ABSENT: Known = { constant: undefined };

/** What is known of the target's parameters, of those that its body tests or hands on. `outer`: what is known where the call stands. */
export function givenBy(call: CallNode, target: FunctionNode, outer: GivenValues = NOTHING_GIVEN): GivenValues {
  if (ts.isClassStaticBlockDeclaration(target) || !isByName(call, target) || call.arguments?.some(ts.isSpreadElement)) return NOTHING_GIVEN;
  const given = new Map<string, Known>();
  const asked = namesAskedOf(target);
  for (const [index, { name, initializer, dotDotDotToken }] of target.parameters.entries()) {
    if (!ts.isIdentifier(name) || dotDotDotToken || !asked.has(name.text)) continue;
    const argument = call.arguments?.[index];
    const value = argument ? valueOf(argument, outer) : ABSENT;
    const known = initializer && value && 'constant' in value && value.constant === undefined ? valueOf(initializer, NOTHING_GIVEN) : value;
    if (known) given.set(name.text, known);
  }
  return given;
}

/** Not by `f.call(…)`, nor by another name, which may stand for `f.bind(null, first)`: there arguments and parameters need not match. */
function isByName(call: CallNode, target: FunctionNode): boolean {
  if (ts.isConstructorDeclaration(target)) return true;
  return ts.isCallExpression(call) && functionName(target).split('.').at(-1) === calleeName(call);
}

/** Tells sets of given values apart. */
export function keyOfGiven(given: GivenValues): string {
  return [...given].map(([name, value]) => `${name}=${'constant' in value ? `${typeof value.constant} ${value.constant}` : `object at ${value.object.getSourceFile().fileName}:${value.object.pos}`}`).join('\n');
}

const asked = new WeakMap<FunctionNode, ReadonlySet<string>>();

/** Names that the function compares, passes on as they are, or gives to another name. */
function namesAskedOf(fn: FunctionNode): ReadonlySet<string> {
  const known = asked.get(fn);
  if (known) return known;
  const names = new Set<string>();
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && isAsked(node)) names.add(node.text);
    ts.forEachChild(node, visit);
  };
  if (fn.body) visit(fn.body);
  asked.set(fn, names);
  return names;
}

function isAsked(name: ts.Identifier): boolean {
  let value: ts.Node = name;
  while (ts.isPropertyAccessExpression(value.parent) || ts.isParenthesizedExpression(value.parent) || ts.isAsExpression(value.parent) || ts.isTypeAssertionExpression(value.parent) || ts.isNonNullExpression(value.parent)) value = value.parent;
  const { parent } = value;
  if (ts.isCallExpression(parent) || ts.isNewExpression(parent)) return parent.expression !== value;
  if (ts.isVariableDeclaration(parent)) return parent.initializer === value;
  return ts.isBinaryExpression(parent) || ts.isPrefixUnaryExpression(parent) || ts.isTypeOfExpression(parent) || ts.isIfStatement(parent) || ts.isConditionalExpression(parent) || ts.isSwitchStatement(parent);
}

/** Statements and operands of the body that the call never comes to. */
export function deadGiven(fn: FunctionNode, given: GivenValues): ReadonlySet<ts.Node> {
  const { body } = fn;
  const dead = new Set<ts.Node>();
  if (body) new Run(given, dead).start(body);
  return dead;
}

/** How a statement ends: does the next one run, does a `break` in it lead out? */
interface Ends {
  readonly next: boolean;
  readonly breaks: boolean;
}
const ON: Ends = { next: true, breaks: false };
const NEVER: Ends = { next: false, breaks: false };

/** Goes through a body once, and forgets a parameter where it is given another value. */
class Run {
  private readonly given: Map<string, Known>;
  /** Names that the block declares for what is known. */
  private copies: string[] = [];

  constructor(
    given: GivenValues,
    private readonly dead: Set<ts.Node>,
  ) {
    this.given = new Map(given);
  }

  start(body: ts.Node): void {
    // What a closure writes may be written at any time.
    const visit = (node: ts.Node, inner: boolean): void => {
      if (inner) this.forgetWritten(node);
      ts.forEachChild(node, (child) => visit(child, inner || isFunctionNode(node)));
    };
    ts.forEachChild(body, (child) => visit(child, isFunctionNode(child)));
    if (ts.isBlock(body)) this.statement(body);
    else this.expression(body);
  }

  private statement(node: ts.Statement): Ends {
    if (ts.isBlock(node)) return this.list(node.statements);
    if (ts.isIfStatement(node)) return this.branches(node);
    if (ts.isSwitchStatement(node)) return this.cases(node);
    if (ts.isTryStatement(node)) return this.tries(node);
    if (ts.isIterationStatement(node, false)) {
      this.forgetAllWrittenIn(node);
      ts.forEachChild(node, (child) => {
        if (child === node.statement) this.statement(node.statement);
        else this.expression(child);
      });
      return ON;
    }
    if (ts.isLabeledStatement(node)) {
      this.statement(node.statement);
      return ON;
    }
    this.expression(node);
    if (ts.isBreakStatement(node)) return { next: false, breaks: true };
    return ts.isReturnStatement(node) || ts.isThrowStatement(node) || ts.isBreakOrContinueStatement(node) ? NEVER : ON;
  }

  private list(statements: readonly ts.Statement[]): Ends {
    let [next, breaks] = [true, false];
    const outer = this.copies;
    this.copies = [];
    for (const statement of statements) {
      if (!next) {
        this.dead.add(statement);
        continue;
      }
      const ends = this.statement(statement);
      next = ends.next;
      breaks ||= ends.breaks;
    }
    // Outside of the block the name stands for something else.
    for (const name of this.copies) this.given.delete(name);
    this.copies = outer;
    return { next, breaks };
  }

  private branches({ expression, thenStatement, elseStatement }: ts.IfStatement): Ends {
    this.expression(expression);
    const test = this.truth(expression);
    if (test === false) this.dead.add(thenStatement);
    if (test === true && elseStatement) this.dead.add(elseStatement);
    const yes = test === false ? NEVER : this.statement(thenStatement);
    const no = test === true ? NEVER : elseStatement ? this.statement(elseStatement) : ON;
    return { next: yes.next || no.next, breaks: yes.breaks || no.breaks };
  }

  private cases({ expression, caseBlock: { clauses } }: ts.SwitchStatement): Ends {
    this.expression(expression);
    const value = valueOf(expression, this.given);
    const labels = clauses.map((clause) => (ts.isDefaultClause(clause) ? undefined : valueOf(clause.expression, this.given)));
    const isDecided = value !== undefined && 'constant' in value && clauses.every((clause, i) => ts.isDefaultClause(clause) || (labels[i] !== undefined && 'constant' in labels[i]));
    if (!isDecided) {
      for (const clause of clauses) this.list(clause.statements);
      return ON;
    }
    const matching = labels.findIndex((label) => label !== undefined && 'constant' in label && label.constant === value.constant);
    const first = matching >= 0 ? matching : clauses.findIndex(ts.isDefaultClause);
    if (first < 0) {
      clauses.forEach((clause) => this.dead.add(clause));
      return ON;
    }
    let ends: Ends = ON;
    for (const [index, clause] of clauses.entries()) {
      if (index < first || !ends.next) this.dead.add(clause);
      else {
        const { next, breaks } = this.list(clause.statements);
        ends = { next, breaks: ends.breaks || breaks };
      }
    }
    return { next: ends.next || ends.breaks, breaks: false };
  }

  private tries({ tryBlock, catchClause, finallyBlock }: ts.TryStatement): Ends {
    this.forgetAllWrittenIn(tryBlock);
    const tried = this.statement(tryBlock);
    if (catchClause?.variableDeclaration) this.forgetWritten(catchClause.variableDeclaration);
    const caught = catchClause ? this.statement(catchClause.block) : NEVER;
    const last = finallyBlock ? this.statement(finallyBlock) : ON;
    return { next: last.next && (tried.next || caught.next), breaks: tried.breaks || caught.breaks || last.breaks };
  }

  /** The operands that are not reached, in the order in which they would be. */
  private expression(node: ts.Node): void {
    if (isFunctionNode(node) || ts.isClassLike(node)) return;
    if (ts.isConditionalExpression(node)) {
      this.expression(node.condition);
      const test = this.truth(node.condition);
      this.operand(node.whenTrue, test === false);
      this.operand(node.whenFalse, test === true);
      return;
    }
    if (ts.isBinaryExpression(node) && isLogical(node.operatorToken.kind)) {
      this.expression(node.left);
      this.operand(node.right, this.skipsRight(node));
      return;
    }
    ts.forEachChild(node, (child) => this.expression(child));
    const kept = ts.isVariableDeclaration(node) && node.initializer && isConst(node) ? valueOf(node.initializer, this.given) : undefined;
    this.forgetWritten(node);
    // `const event = given as Filter;`
    if (kept && ts.isVariableDeclaration(node) && ts.isIdentifier(node.name)) {
      this.given.set(node.name.text, kept);
      this.copies.push(node.name.text);
    }
  }

  private operand(node: ts.Expression, isDead: boolean): void {
    if (isDead) this.dead.add(node);
    else this.expression(node);
  }

  private skipsRight({ left, operatorToken: { kind } }: ts.BinaryExpression): boolean {
    const value = valueOf(left, this.given);
    if (!value) return false;
    if (kind === ts.SyntaxKind.QuestionQuestionToken) return !isNullish(value);
    return isTruthy(value) === (kind === ts.SyntaxKind.BarBarToken);
  }

  private truth(condition: ts.Expression): boolean | undefined {
    const value = valueOf(condition, this.given);
    return value && isTruthy(value);
  }

  private forgetAllWrittenIn(node: ts.Node): void {
    this.forgetWritten(node);
    ts.forEachChild(node, (child) => this.forgetAllWrittenIn(child));
  }

  private forgetWritten(node: ts.Node): void {
    // A second declaration of the name hides the parameter: nothing is said of either.
    if ((ts.isVariableDeclaration(node) || ts.isBindingElement(node)) && ts.isIdentifier(node.name)) this.given.delete(node.name.text);
    const target = ts.isBinaryExpression(node) && isAssignmentOperator(node.operatorToken.kind) ? node.left : (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) && isStep(node.operator) ? node.operand : undefined;
    if (target) this.forgetNamesIn(target);
  }

  /** Of patterns all names: `[a, b] = …`; of `event.topics = …` the object, which is no longer the literal. */
  private forgetNamesIn(target: ts.Node): void {
    if (ts.isIdentifier(target)) this.given.delete(target.text);
    ts.forEachChild(target, (child) => this.forgetNamesIn(child));
  }
}

function isAssignmentOperator(operator: ts.SyntaxKind): boolean {
  return operator >= ts.SyntaxKind.FirstAssignment && operator <= ts.SyntaxKind.LastAssignment;
}

function isStep(operator: ts.SyntaxKind): boolean {
  return operator === ts.SyntaxKind.PlusPlusToken || operator === ts.SyntaxKind.MinusMinusToken;
}

function isLogical(kind: ts.SyntaxKind): boolean {
  return kind === ts.SyntaxKind.AmpersandAmpersandToken || kind === ts.SyntaxKind.BarBarToken || kind === ts.SyntaxKind.QuestionQuestionToken;
}

function isTruthy(value: Known): boolean {
  return 'object' in value || Boolean(value.constant);
}

function isNullish(value: Known): boolean {
  return 'constant' in value && (value.constant ?? undefined) === undefined;
}

function valueOf(expr: ts.Expression, given: GivenValues): Known | undefined {
  const node = skipWrappers(expr);
  if (ts.isIdentifier(node)) return node.text === 'undefined' ? ABSENT : given.get(node.text);
  if (ts.isStringLiteralLike(node)) return { constant: node.text };
  if (ts.isNumericLiteral(node)) return { constant: Number(node.text) };
  if (ts.isObjectLiteralExpression(node)) return { object: node };
  if (node.kind === ts.SyntaxKind.TrueKeyword) return { constant: true };
  if (node.kind === ts.SyntaxKind.FalseKeyword) return { constant: false };
  if (node.kind === ts.SyntaxKind.NullKeyword) return { constant: null };
  if (ts.isVoidExpression(node)) return ABSENT;
  if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
    const value = valueOf(node.operand, given);
    return value && { constant: !isTruthy(value) };
  }
  if (ts.isTypeOfExpression(node)) {
    const value = valueOf(node.expression, given);
    return value && { constant: 'object' in value || value.constant === null ? 'object' : typeof value.constant };
  }
  if (ts.isConditionalExpression(node)) {
    const test = valueOf(node.condition, given);
    return test && valueOf(isTruthy(test) ? node.whenTrue : node.whenFalse, given);
  }
  if (ts.isPropertyAccessExpression(node)) return memberOf(node, given);
  if (ts.isCallExpression(node)) return isArrayTest(node, given);
  return ts.isBinaryExpression(node) ? ofBinary(node, given) : undefined;
}

/** `options.strict` of an object literal that says so, or that has no such member; of an absent `options?.`. */
function memberOf(node: ts.PropertyAccessExpression, given: GivenValues): Known | undefined {
  const holder = valueOf(node.expression, given);
  if (!holder) return undefined;
  if ('constant' in holder) return isNullish(holder) && node.questionDotToken ? ABSENT : undefined;
  const { properties } = holder.object;
  const name = memberName(node.name);
  if (!properties.every(({ name: key }) => key && (ts.isIdentifier(key) || ts.isStringLiteral(key)))) return undefined;
  const property = properties.findLast(({ name: key }) => memberName(key as ts.PropertyName) === name);
  // What every object has is not known to be missing.
  if (!property) return name in {} ? undefined : ABSENT;
  // A value of the literal is not one of this function's parameters.
  return ts.isPropertyAssignment(property) ? valueOf(property.initializer, NOTHING_GIVEN) : undefined;
}

/** `Array.isArray('debug')`. */
function isArrayTest({ expression, arguments: [first] }: ts.CallExpression, given: GivenValues): Known | undefined {
  const isTest = ts.isPropertyAccessExpression(expression) && ts.isIdentifier(expression.expression) && expression.expression.text === 'Array' && memberName(expression.name) === 'isArray';
  return isTest && first && valueOf(first, given) ? { constant: false } : undefined;
}

function ofBinary({ left, right, operatorToken: { kind } }: ts.BinaryExpression, given: GivenValues): Known | undefined {
  const [a, b] = [valueOf(left, given), valueOf(right, given)];
  switch (kind) {
    case ts.SyntaxKind.AmpersandAmpersandToken:
      return a && (isTruthy(a) ? b : a);
    case ts.SyntaxKind.BarBarToken:
      return a && (isTruthy(a) ? a : b);
    case ts.SyntaxKind.QuestionQuestionToken:
      return a && (isNullish(a) ? b : a);
    case ts.SyntaxKind.EqualsEqualsEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsEqualsToken: {
      const same = a && b && areSame(a, b, (x, y) => x === y);
      return same === undefined ? undefined : { constant: same === (kind === ts.SyntaxKind.EqualsEqualsEqualsToken) };
    }
    case ts.SyntaxKind.EqualsEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsToken: {
      const same = a && b && areSame(a, b, areLooselySame);
      return same === undefined ? undefined : { constant: same === (kind === ts.SyntaxKind.EqualsEqualsToken) };
    }
    default:
      return undefined;
  }
}

type Constant = Extract<Known, { constant: unknown }>['constant'];

function areSame(a: Known, b: Known, test: (a: Constant, b: Constant) => boolean | undefined): boolean | undefined {
  if ('constant' in a && 'constant' in b) return test(a.constant, b.constant);
  // An object is not nothing; whether it is another object is not asked.
  return isNullish(a) || isNullish(b) ? false : undefined;
}

/** `x == null`; what else is converted first is left alone. */
function areLooselySame(a: Constant, b: Constant): boolean | undefined {
  if (a === null || a === undefined || b === null || b === undefined) return (a ?? undefined) === (b ?? undefined);
  return typeof a === typeof b ? a === b : undefined;
}
