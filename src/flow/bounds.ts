import { and } from '../core/certainty.js';
import { calleeName, enclosingRoot, isFunctionNode, memberName, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { Bound, InputSource, SemanticModel } from './contract.js';
import { isConst } from './places.js';
import { returnedExpressions } from './returns.js';

type BoundQuestions = Pick<SemanticModel, 'symbolOf' | 'call' | 'callbackOf' | 'hasTrait'>;

/** Aliases, receivers and callees followed from one question. */
const MAX_STEPS = 24;

/** The result has at most as many elements as the receiver. */
const NO_LONGER: ReadonlySet<string> = new Set([
  'filter', 'map', 'sort', 'reverse', 'toSorted', 'toReversed', 'keys', 'values', 'entries', 'fill', 'with', 'copyWithin', 'toArray', 'forEach', 'concat', 'toSpliced',
]);
/** Of a request, what its sender decides. */
const SENT_BY_CLIENT: ReadonlySet<string> = new Set(['body', 'query', 'params', 'headers', 'rawBody', 'files', 'searchParams', 'cookies', 'payload']);
const REQUEST_NAMES: ReadonlySet<string> = new Set(['req', 'request']);
const CHUNKING = /^(?:_?chunk(?:s|ed|ify|Array)?|to(?:Chunks|Batches)|(?:in|into|split(?:In(?:to)?)?|make|create|get)(?:Chunks|Batches)|batch(?:es|ed)?|partitionAll)$/i;
const LISTING = /^(?:readdir|readdirSync|glob|globSync|globby|globbySync|fg|fastGlob|walk|opendir)$/;
/** A number so named is somebody's limit, whoever passes it. */
const LIMIT_NAME = /concurren|worker|parallel|limit|^max|max$|pool|batch|chunk|page(?:Size)?$|size$|shards?$|cpus|slots|attempts|retries/i;

const QUERY_LIMIT = /^(?:limit|take|first|top|count|pageSize|perPage|batchSize|maxResults)$/i;
/** The like as steps of a query builder. */
const LIMITING_STEP = /^(?:limit|take|top|first|fetch|paginate|insertInto|values|distinct|selectDistinct)$/;
/** Or asks for kinds of rows instead of rows: how many there are does not grow with the table. */
const SQL_LIMIT = /\blimit\b|\bfetch\s+(?:first|next)\b|\btop\s*\(?\s*\d|\bselect\s+distinct\b/i;

const BOUNDED: Bound = { bounded: 'yes', source: 'unknown', origin: undefined };
const unknownFrom = (origin: ts.Node | undefined, source: InputSource = 'unknown'): Bound => ({ bounded: 'unknown', source, origin });
const unbounded = (origin: ts.Node, source: InputSource): Bound => ({ bounded: 'no', source, origin });

/** Answers how many elements an array-like expression can have, and where they come from. */
export class Bounds {
  private readonly cache = new WeakMap<ts.Node, Bound>();
  constructor(private readonly model: BoundQuestions) {}

  of(expr: ts.Expression): Bound {
    const node = skipWrappers(expr);
    let bound = this.cache.get(node);
    if (!bound) this.cache.set(node, (bound = new BoundQuery(this.model).collection(node)));
    return bound;
  }
}

/** One question: counts its steps and follows callees at most one level. */
class BoundQuery {
  private steps = 0;
  private readonly visiting = new Set<ts.Node>();
  /** Arguments of the one callee that is being looked into. */
  private frame: { readonly fn: FunctionNode; readonly call: ts.CallExpression } | undefined;

  constructor(private readonly model: BoundQuestions) {}

  collection(expr: ts.Expression): Bound {
    const node = skipWrappers(expr);
    if (++this.steps > MAX_STEPS || this.visiting.has(node)) return unknownFrom(node);
    this.visiting.add(node);
    const bound = this.byForm(node);
    this.visiting.delete(node);
    return bound;
  }

  private byForm(node: ts.Expression): Bound {
    if (ts.isArrayLiteralExpression(node)) return this.elements(node.elements);
    if (ts.isObjectLiteralExpression(node)) {
      return all(node.properties.map((p) => (ts.isSpreadAssignment(p) ? this.collection(p.expression) : BOUNDED)));
    }
    if (ts.isAwaitExpression(node)) return this.collection(node.expression);
    if (ts.isConditionalExpression(node)) return all([this.collection(node.whenTrue), this.collection(node.whenFalse)]);
    if (ts.isBinaryExpression(node)) return this.binary(node);
    if (ts.isIdentifier(node)) return this.variable(node);
    if (ts.isPropertyAccessExpression(node)) return this.property(node);
    if (ts.isElementAccessExpression(node)) return partOf(this.collection(node.expression), node);
    if (ts.isCallExpression(node)) return this.result(node);
    if (ts.isNewExpression(node)) return this.construction(node);
    if (ts.isStringLiteralLike(node)) return BOUNDED;
    return unknownFrom(node);
  }

  private elements(elements: readonly ts.Expression[]): Bound {
    return all(elements.map((e) => (ts.isSpreadElement(e) ? this.collection(e.expression) : BOUNDED)));
  }

  private binary(node: ts.BinaryExpression): Bound {
    switch (node.operatorToken.kind) {
      case ts.SyntaxKind.QuestionQuestionToken:
      case ts.SyntaxKind.BarBarToken:
        return all([this.collection(node.left), this.collection(node.right)]);
      case ts.SyntaxKind.CommaToken:
      case ts.SyntaxKind.AmpersandAmpersandToken:
        return this.collection(node.right);
      default:
        return unknownFrom(node);
    }
  }

  // ── names ──

  private variable(node: ts.Identifier): Bound {
    const declaration = this.model.symbolOf(node)?.declarations?.[0];
    if (!declaration) return unknownFrom(node);
    if (ts.isEnumDeclaration(declaration)) return BOUNDED;
    if (ts.isParameter(declaration)) return this.parameter(declaration, node);
    if (ts.isVariableDeclaration(declaration)) return this.declared(declaration, node);
    if (ts.isBindingElement(declaration)) return this.destructured(declaration, node);
    return unknownFrom(node);
  }

  private parameter(declaration: ts.ParameterDeclaration, use: ts.Node): Bound {
    if (isFixedLength(declaration.type)) return BOUNDED;
    const fn = declaration.parent;
    if (!isFunctionNode(fn)) return unknownFrom(use);
    if (this.frame?.fn === fn) return this.argument(declaration, this.frame.call, use);
    const callback = this.model.callbackOf(fn);
    if (callback) return this.callbackParameter(declaration, callback, use);
    if (declaration.dotDotDotToken) return unknownFrom(declaration, 'parameter');
    return unbounded(declaration, 'parameter');
  }

  private argument(declaration: ts.ParameterDeclaration, call: ts.CallExpression, use: ts.Node): Bound {
    const index = (declaration.parent.parameters as ts.NodeArray<ts.ParameterDeclaration>).indexOf(declaration);
    const frame = this.frame;
    this.frame = undefined;
    const given = call.arguments[index];
    const bound = declaration.dotDotDotToken
      ? this.elements(call.arguments.slice(index))
      : given
        ? this.collection(given)
        : declaration.initializer
          ? this.collection(declaration.initializer)
          : unknownFrom(use);
    this.frame = frame;
    return bound;
  }

  /** What a callback is given: an outside event's payload, or an element of what is iterated. */
  private callbackParameter(declaration: ts.ParameterDeclaration, callback: NonNullable<ReturnType<SemanticModel['callbackOf']>>, use: ts.Node): Bound {
    const source = eventSource(callback.effect?.repeating);
    if (source) return unbounded(declaration, source);
    if (callback.effect?.repeating === 'items') {
      const items = iteratedBy(callback.call);
      if (items && ts.isIdentifier(declaration.name)) return this.elementOf(items, use);
    }
    return unknownFrom(declaration, 'parameter');
  }

  private declared(declaration: ts.VariableDeclaration, use: ts.Node): Bound {
    if (isFixedLength(declaration.type)) return BOUNDED;
    const loop = declaration.parent.parent;
    if (ts.isForOfStatement(loop)) return this.elementOf(loop.expression, use);
    if (!declaration.initializer) return isConst(declaration) ? unknownFrom(use) : this.assigned(declaration, []);
    return this.assigned(declaration, [this.collection(declaration.initializer)]);
  }

  /** The initial value joined with whatever is assigned to the variable or added to it later. */
  private assigned(declaration: ts.VariableDeclaration, initial: readonly Bound[]): Bound {
    if (!ts.isIdentifier(declaration.name)) return unknownFrom(declaration);
    const bounds = [...initial];
    const scope = declarationScope(declaration);
    for (const use of usesByName(scope, declaration.name.text)) {
      const growth = growthBy(use);
      if (!growth || this.model.symbolOf(use) !== this.model.symbolOf(declaration.name)) continue;
      if (growth.value) bounds.push(this.collection(growth.value));
      if (growth.adds) bounds.push(this.timesRun(growth.at, scope));
      for (const spread of growth.spreads) bounds.push(this.collection(spread));
    }
    return bounds.length === 0 ? unknownFrom(declaration) : all(bounds);
  }

  /** How often a statement inside `scope` runs for one run of `scope`. */
  private timesRun(at: ts.Node, scope: ts.Node): Bound {
    for (let node = at; node !== scope; node = node.parent) {
      const parent: ts.Node = node.parent;
      if (!parent) return unknownFrom(at);
      if (isFunctionNode(parent)) {
        const callback = this.model.callbackOf(parent);
        const items = callback?.effect?.repeating === 'items' ? iteratedBy(callback.call) : undefined;
        const source = eventSource(callback?.effect?.repeating);
        if (source) return unbounded(at, source);
        if (!items) return unknownFrom(at);
        const bound = this.collection(items);
        if (bound.bounded !== 'yes') return bound;
      } else if (ts.isIterationStatement(parent, false) && isLoopBody(parent, node)) {
        const bound = this.turns(parent);
        if (bound.bounded !== 'yes') return bound;
      }
    }
    return BOUNDED;
  }

  private turns(loop: ts.IterationStatement): Bound {
    if (ts.isForOfStatement(loop) || ts.isForInStatement(loop)) return this.collection(loop.expression);
    if (!ts.isForStatement(loop) || !loop.condition || !ts.isBinaryExpression(loop.condition)) return unknownFrom(loop);
    switch (loop.condition.operatorToken.kind) {
      case ts.SyntaxKind.LessThanToken:
      case ts.SyntaxKind.LessThanEqualsToken:
        return this.count(loop.condition.right);
      default:
        return unknownFrom(loop);
    }
  }

  private destructured(element: ts.BindingElement, use: ts.Identifier): Bound {
    const holder = element.parent.parent;
    const name = element.propertyName ?? element.name;
    if (ts.isParameter(holder)) {
      const whole = this.parameter(holder, use);
      if (whole.bounded === 'yes') return unknownFrom(use);
      return isRequestValue(holder.name, memberName(name as ts.PropertyName)) ? unbounded(use, 'request') : whole;
    }
    if (!ts.isVariableDeclaration(holder)) return unknownFrom(use);
    const loop = holder.parent.parent;
    if (ts.isForOfStatement(loop)) return partOf(this.collection(loop.expression), use);
    if (!holder.initializer || !ts.isObjectBindingPattern(element.parent)) return unknownFrom(use);
    return this.member(holder.initializer, memberName(name as ts.PropertyName), use);
  }

  private property(node: ts.PropertyAccessExpression): Bound {
    return this.member(node.expression, memberName(node.name), node);
  }

  private member(object: ts.Expression, name: string, use: ts.Node): Bound {
    const base = skipWrappers(object);
    if (base.kind === ts.SyntaxKind.ThisKeyword) return this.field(use);
    if (this.comesFromRequest(base, name)) return unbounded(use, 'request');
    const literal = this.literalMember(base, name);
    if (literal) return this.collection(literal);
    const whole = this.collection(base);
    // What is bounded as a whole may still hold a long list in one of its properties.
    return whole.bounded === 'yes' ? unknownFrom(use, whole.source) : whole;
  }

  private comesFromRequest(object: ts.Expression, name: string): boolean {
    if (!SENT_BY_CLIENT.has(name)) return false;
    if (this.model.hasTrait(object, 'request') === 'yes') return true;
    if (ts.isIdentifier(object)) return REQUEST_NAMES.has(object.text);
    return ts.isPropertyAccessExpression(object) && REQUEST_NAMES.has(memberName(object.name));
  }

  /** `CONFIG.hosts` of a const object literal. */
  private literalMember(object: ts.Expression, name: string): ts.Expression | undefined {
    if (!ts.isIdentifier(object)) return undefined;
    const declaration = this.model.symbolOf(object)?.declarations?.[0];
    if (!declaration || !ts.isVariableDeclaration(declaration) || !isConst(declaration) || !declaration.initializer) return undefined;
    const literal = skipWrappers(declaration.initializer);
    if (!ts.isObjectLiteralExpression(literal)) return undefined;
    const property = literal.properties.find((p) => p.name && memberName(p.name as ts.PropertyName) === name);
    return property && ts.isPropertyAssignment(property) ? property.initializer : undefined;
  }

  /** A field may be a registry that anything fills: only one that says it is constant has a bound. */
  private field(use: ts.Node): Bound {
    const declaration = this.model.symbolOf(use)?.declarations?.[0];
    if (!declaration || !(ts.isPropertyDeclaration(declaration) || ts.isParameter(declaration))) return unknownFrom(use);
    if (isFixedLength(declaration.type)) return BOUNDED;
    const literal = declaration.initializer;
    const frozen = literal && (isConstAssertion(literal) || isReadonlyArray(declaration.type));
    return frozen ? this.collection(literal) : unknownFrom(use);
  }

  /** One element of a collection: a chunk, or something inside what the collection came from. */
  private elementOf(collection: ts.Expression, use: ts.Node): Bound {
    const node = skipWrappers(collection);
    const call = ts.isIdentifier(node) ? this.initializerOf(node) : ts.isAwaitExpression(node) ? node.expression : node;
    if (call && ts.isCallExpression(call) && CHUNKING.test(calleeName(call))) return BOUNDED;
    return partOf(this.collection(node), use);
  }

  private initializerOf(node: ts.Identifier): ts.Expression | undefined {
    const declaration = this.model.symbolOf(node)?.declarations?.[0];
    return declaration && ts.isVariableDeclaration(declaration) && declaration.initializer ? skipWrappers(declaration.initializer) : undefined;
  }

  // ── calls ──

  private result(node: ts.CallExpression): Bound {
    const receiver = ts.isPropertyAccessExpression(node.expression) ? node.expression.expression : undefined;
    const name = calleeName(node);
    const first = node.arguments[0];
    if (receiver && ts.isIdentifier(receiver)) {
      if (receiver.text === 'Object' && first && /^(?:keys|values|entries|fromEntries|freeze|assign)$/.test(name)) return all(node.arguments.map((a) => this.collection(a)));
      if (receiver.text === 'Array' && name === 'from' && first) return this.arrayFrom(first);
      if (receiver.text === 'Array' && name === 'of') return this.elements(node.arguments);
      if (receiver.text === 'Promise' && first) return this.collection(first);
    }
    const { effects, targets } = this.model.call(node);
    if (effects.source) return this.namesLimit(node) ? unknownFrom(node, effects.source) : unbounded(node, effects.source);
    if (receiver && (name === 'slice' || name === 'splice')) return this.slice(receiver, name, node.arguments);
    if (receiver && NO_LONGER.has(name)) return all([this.collection(receiver), ...(name === 'concat' ? node.arguments.map((a) => this.collection(a)) : [])]);
    if (receiver && name === 'flatMap') return this.flatMap(receiver, node);
    if (receiver && name === 'split') return unknownFrom(node, this.collection(receiver).source);
    if (CHUNKING.test(name) && first) return this.collection(receiver && !isNamespace(receiver) && node.arguments.length === 1 ? receiver : first);
    if (name === 'Array' && !receiver) return this.sized(node.arguments);
    if (targets.length === 1 && !this.frame) return this.returned(targets[0]!, node);
    if (targets.length === 0 && LISTING.test(name)) return unbounded(node, 'directory');
    if (receiver && ts.isIdentifier(receiver) && receiver.text === 'JSON' && name === 'parse' && first) return partOf(this.collection(first), node);
    return unknownFrom(node);
  }

  /**
   * `findAll({ limit })`, `query('… LIMIT 100')`, `select().limit(100).execute()`: a query that says how much it wants, or passes on
   * options that may. A query that is built in steps may say so in any of them. What an INSERT returns is as much as was given to it.
   */
  private namesLimit(query: ts.CallExpression): boolean {
    let step: ts.Expression = query;
    while (ts.isCallExpression(step) || ts.isPropertyAccessExpression(step) || ts.isNonNullExpression(step)) {
      if (ts.isCallExpression(step) && (LIMITING_STEP.test(calleeName(step)) || this.givesLimit(step))) return true;
      step = step.expression;
    }
    if (!ts.isIdentifier(step)) return false;
    const made = this.initializerOf(step);
    return isLimitedElsewhere(step) || (made !== undefined && ts.isCallExpression(made) && this.namesLimit(made));
  }

  private givesLimit(query: ts.CallExpression): boolean {
    return query.arguments.some((argument) => {
      const value = this.constantValue(skipWrappers(argument));
      if (ts.isObjectLiteralExpression(value)) return value.properties.some((p) => ts.isSpreadAssignment(p) || (p.name !== undefined && QUERY_LIMIT.test(memberName(p.name as ts.PropertyName))));
      return (ts.isStringLiteralLike(value) || ts.isTemplateExpression(value)) && SQL_LIMIT.test(value.getText());
    });
  }

  private constantValue(node: ts.Expression): ts.Expression {
    return ts.isIdentifier(node) ? (this.initializerOf(node) ?? node) : node;
  }

  private construction(node: ts.NewExpression): Bound {
    const name = ts.isIdentifier(node.expression) ? node.expression.text : '';
    if (name === 'Array') return this.sized(node.arguments ?? []);
    if (name !== 'Set' && name !== 'Map') return unknownFrom(node);
    const given = node.arguments?.[0];
    return given ? this.collection(given) : BOUNDED;
  }

  /** `Array(n)` has n elements, `Array(a, b)` those given. */
  private sized(args: readonly ts.Expression[]): Bound {
    return args.length === 1 ? this.count(args[0]!) : BOUNDED;
  }

  private arrayFrom(source: ts.Expression): Bound {
    const node = skipWrappers(source);
    if (!ts.isObjectLiteralExpression(node)) return this.collection(node);
    const length = node.properties.find((p) => p.name && memberName(p.name as ts.PropertyName) === 'length');
    if (length && ts.isPropertyAssignment(length)) return this.count(length.initializer);
    return length && ts.isShorthandPropertyAssignment(length) ? this.count(length.name) : unknownFrom(node);
  }

  private slice(receiver: ts.Expression, name: 'slice' | 'splice', args: ts.NodeArray<ts.Expression>): Bound {
    const [start, end] = args;
    const whole = this.collection(receiver);
    if (whole.bounded === 'yes' || !start) return whole;
    if (!end) return name === 'slice' && isNegativeLiteral(start) ? BOUNDED : whole;
    if (name === 'splice') return limitOr(this.count(end), whole);
    const last = skipWrappers(end);
    if (isNegativeLiteral(last)) return whole;
    // `slice(i, i + size)` is a chunk, whatever the size.
    if (ts.isBinaryExpression(last) && last.operatorToken.kind === ts.SyntaxKind.PlusToken && last.left.getText() === start.getText()) return BOUNDED;
    return limitOr(this.count(last), whole);
  }

  private flatMap(receiver: ts.Expression, node: ts.CallExpression): Bound {
    const whole = this.collection(receiver);
    const mapper = node.arguments[0] && skipWrappers(node.arguments[0]);
    if (whole.bounded !== 'yes') return whole;
    if (!mapper || !isFunctionNode(mapper)) return unknownFrom(node);
    return all(returnedExpressions(mapper).map((e) => this.collection(e)));
  }

  private returned(target: FunctionNode, call: ts.CallExpression): Bound {
    const values = returnedExpressions(target);
    if (values.length === 0) return unknownFrom(call);
    this.frame = { fn: target, call };
    const bound = all(values.map((v) => this.collection(v)));
    this.frame = undefined;
    return bound;
  }

  // ── numbers ──

  /** A number of elements. */
  private count(expr: ts.Expression): Bound {
    const node = skipWrappers(expr);
    if (++this.steps > MAX_STEPS) return unknownFrom(node);
    if (ts.isNumericLiteral(node) || ts.isPrefixUnaryExpression(node)) return BOUNDED;
    if (ts.isPropertyAccessExpression(node)) {
      const name = memberName(node.name);
      if (name === 'length' || name === 'size') return this.collection(node.expression);
      return LIMIT_NAME.test(name) ? unknownFrom(node) : this.namedNumber(node);
    }
    if (ts.isIdentifier(node)) return this.namedNumber(node);
    if (ts.isConditionalExpression(node)) return all([this.count(node.whenTrue), this.count(node.whenFalse)]);
    if (ts.isBinaryExpression(node)) return all([this.count(node.left), this.count(node.right)]);
    if (ts.isCallExpression(node)) return this.computedNumber(node);
    return unknownFrom(node);
  }

  private computedNumber(node: ts.CallExpression): Bound {
    const name = calleeName(node);
    const isMath = ts.isPropertyAccessExpression(node.expression) && node.expression.expression.getText() === 'Math';
    if (isMath && name === 'min') {
      const bounds = node.arguments.map((a) => this.count(a));
      return bounds.find((b) => b.bounded === 'yes') ?? bounds.find((b) => b.bounded === 'unknown') ?? bounds[0] ?? unknownFrom(node);
    }
    if (isMath) return all(node.arguments.map((a) => this.count(a)));
    return name === 'availableParallelism' || name === 'cpus' ? BOUNDED : unknownFrom(node);
  }

  private namedNumber(node: ts.Identifier | ts.PropertyAccessExpression): Bound {
    const declaration = this.model.symbolOf(node)?.declarations?.[0];
    if (declaration && ts.isVariableDeclaration(declaration) && declaration.initializer && isConst(declaration)) return this.count(declaration.initializer);
    if (declaration && ts.isEnumMember(declaration)) return BOUNDED;
    if (LIMIT_NAME.test(ts.isIdentifier(node) ? node.text : memberName(node.name))) return unknownFrom(node);
    if (declaration && ts.isParameter(declaration)) return unbounded(declaration, 'parameter');
    return unknownFrom(node);
  }
}

/** The whole is bounded where every part is; the least bounded part names the source. */
function all(bounds: readonly Bound[]): Bound {
  const bounded = bounds.reduce((sum, b) => and(sum, b.bounded), 'yes' as Bound['bounded']);
  return bounds.find((b) => b.bounded === bounded) ?? BOUNDED;
}

/** Something inside a collection: as unbounded as the collection where that comes from outside, else unknown. */
function partOf(whole: Bound, use: ts.Node): Bound {
  const fromOutside = whole.bounded === 'no' && whole.source !== 'parameter' && whole.source !== 'directory';
  return fromOutside ? whole : unknownFrom(use, whole.source);
}

/** `query = query.limit(100)`, in whatever branch of the function. */
function isLimitedElsewhere(builder: ts.Identifier): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (ts.isPropertyAccessExpression(node) && LIMITING_STEP.test(node.name.text) && ts.isIdentifier(node.expression) && node.expression.text === builder.text) found = true;
    if (!found) ts.forEachChild(node, visit);
  };
  visit(enclosingRoot(builder));
  return found;
}

/** A limit that is not surely constant still counts as one: it is never a certain no. */
function limitOr(limit: Bound, whole: Bound): Bound {
  return limit.bounded === 'yes' ? BOUNDED : unknownFrom(limit.origin, whole.source);
}

function eventSource(repeating: string | undefined): InputSource | undefined {
  return repeating === 'request' ? 'request' : repeating === 'message' || repeating === 'event' ? 'message' : undefined;
}

/** What `xs.map(f)` or `map(xs, f)` goes over. */
function iteratedBy(call: ts.CallExpression | ts.NewExpression): ts.Expression | undefined {
  const callee = call.expression;
  const first = call.arguments?.[0];
  const firstIsFunction = first !== undefined && isFunctionNode(skipWrappers(first));
  return ts.isPropertyAccessExpression(callee) && firstIsFunction ? callee.expression : first;
}

/** `_`, `lodash`, `R`: functions of a library live on it, so its first argument is the collection. */
function isNamespace(receiver: ts.Expression): boolean {
  return ts.isIdentifier(receiver) && /^(?:_|\$|R|lodash|ramda|remeda|Array|Iterable)$/.test(receiver.text);
}

function isRequestValue(name: ts.BindingName, property: string): boolean {
  return SENT_BY_CLIENT.has(property) && ts.isIdentifier(name) && REQUEST_NAMES.has(name.text);
}

/** A tuple type says its length. */
function isFixedLength(type: ts.TypeNode | undefined): boolean {
  if (!type) return false;
  if (ts.isTypeOperatorNode(type)) return isFixedLength(type.type);
  if (ts.isParenthesizedTypeNode(type)) return isFixedLength(type.type);
  return ts.isTupleTypeNode(type) && !type.elements.some((e) => ts.isRestTypeNode(e) || (ts.isNamedTupleMember(e) && e.dotDotDotToken));
}

function isReadonlyArray(type: ts.TypeNode | undefined): boolean {
  if (!type) return false;
  if (ts.isTypeOperatorNode(type)) return type.operator === ts.SyntaxKind.ReadonlyKeyword;
  return ts.isTypeReferenceNode(type) && /^Readonly(?:Array|Set|Map|$)/.test(type.typeName.getText());
}

function isConstAssertion(expr: ts.Expression): boolean {
  return ts.isAsExpression(expr) && ts.isTypeReferenceNode(expr.type) && expr.type.getText() === 'const';
}

function isNegativeLiteral(node: ts.Expression): boolean {
  return ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.MinusToken && ts.isNumericLiteral(node.operand);
}

function declarationScope(declaration: ts.VariableDeclaration): ts.Node {
  const list = declaration.parent;
  const isBlockScoped = (list.flags & ts.NodeFlags.BlockScoped) !== 0;
  if (!isBlockScoped) return enclosingRoot(declaration);
  const statement = list.parent;
  return ts.isVariableStatement(statement) ? statement.parent : statement;
}

function usesByName(scope: ts.Node, name: string): ts.Identifier[] {
  const uses: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node.text === name) uses.push(node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(scope, visit);
  return uses;
}

/** What a use adds to the collection it names. */
function growthBy(use: ts.Identifier): { readonly at: ts.Node; readonly adds: boolean; readonly value?: ts.Expression; readonly spreads: readonly ts.Expression[] } | undefined {
  const parent = use.parent;
  if (ts.isBinaryExpression(parent) && parent.left === use && parent.operatorToken.kind === ts.SyntaxKind.EqualsToken) {
    return { at: parent, adds: false, value: parent.right, spreads: [] };
  }
  if (ts.isElementAccessExpression(parent) && parent.expression === use && ts.isBinaryExpression(parent.parent) && parent.parent.left === parent) {
    return { at: parent, adds: true, spreads: [] };
  }
  if (!ts.isPropertyAccessExpression(parent) || parent.expression !== use || !ts.isCallExpression(parent.parent)) return undefined;
  if (!/^(?:push|unshift|add|set|splice)$/.test(memberName(parent.name))) return undefined;
  const spreads = parent.parent.arguments.filter(ts.isSpreadElement).map((s) => s.expression);
  return { at: parent.parent, adds: true, spreads };
}

function isLoopBody(loop: ts.IterationStatement, node: ts.Node): boolean {
  return loop.statement === node;
}
