import { enclosingRoot, isFunctionNode, memberName, skipWrappers, type FlowRoot, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { CallNode, Certainty, SemanticModel, SignalInScope, SignalSlot } from './contract.js';
import { enclosingClass } from './class-model.js';
import { declarationKey } from './places.js';
import type { SignalAcceptance } from './types.js';

type SignalQuestions = Pick<SemanticModel, 'symbolOf' | 'call' | 'callbackOf' | 'hasTrait' | 'place' | 'resolveAlias' | 'classOf' | 'callersOf' | 'hasMember'>;

const SIGNAL_TYPES: ReadonlySet<string> = new Set(['AbortSignal', 'CancellationToken', 'GenericAbortSignal']);
const SIGNAL_NAMES: ReadonlySet<string> = new Set(['signal', 'abortSignal', 'cancellationToken', 'cancelToken']);
/** Names that say too little without a type: `signal` may be a process signal, `token` a credential. */
const SURE_NAMES: ReadonlySet<string> = new Set(['abortSignal', 'cancellationToken', 'cancelToken']);
const REQUEST_NAMES: ReadonlySet<string> = new Set(['request', 'req', 'c', 'ctx', 'context']);
const SIGNAL_MEMBER: ReadonlySet<string> = new Set(['signal']);
const CONTROLLER_TYPES: ReadonlySet<string> = new Set(['AbortController']);
/** `timeouts.getTimeoutSignal()`, `anySignal([a, b])`: not a signal of a user interface. */
const MAKES_SIGNAL = /(?:abort|time_?out|any|cancel|combin|merg|link|deadline)\w*signal$/i;
/** A listener, `receiver.on` and its event, by which the other side ends what it asked for. */
const CLIENT_ENDS = /\b(?:(?:req|request|res|response|reply|socket|ws|raw)!?\.(?:on|once|addListener) (?:close|aborted)|(?:parentPort|self|process)!?\??\.(?:on|once|addListener|addEventListener) (?:message|disconnect))$/;
const MAX_TYPE_DEPTH = 4;

/** What only the type checker knows of signatures. */
export interface SignatureTypes {
  /** Where neither a model nor a body in view says what the call takes. */
  acceptsSignal(call: CallNode): SignalAcceptance;
  /** Where a parameter's declared type cannot be followed by name: `this['Options']`, `Parameters<F>[0]`. */
  signalParameterOf(declaration: ts.SignatureDeclaration): SignalAcceptance;
}

/** Answers which signals a piece of code could use, and whether a call takes and is given one. */
export class Signals {
  private readonly properties = new WeakMap<ts.ParameterDeclaration, { readonly name: string | undefined }>();
  private readonly ofParameters = new WeakMap<FunctionNode, readonly SignalInScope[]>();
  private readonly ofVariables = new WeakMap<ts.VariableDeclaration, readonly SignalInScope[]>();
  private readonly ofFields = new WeakMap<ts.ClassLikeDeclaration, readonly SignalInScope[]>();

  constructor(
    private readonly model: SignalQuestions,
    private readonly types: SignatureTypes,
  ) {}

  /** Nearest first: locals, parameters, options, fields; an enclosing function's only where this one is called in place. */
  inScope(fn: FlowRoot, at: ts.Node): readonly SignalInScope[] {
    const found = new Map<string, SignalInScope>();
    const add = (signal: SignalInScope): void => {
      if (!found.has(signal.key)) found.set(signal.key, signal);
    };
    for (let root = fn, place: ts.Node = at; ; ) {
      this.locals(root, place).forEach(add);
      if (ts.isSourceFile(root)) break;
      this.parameters(root).forEach(add);
      if (!this.runsInPlace(root)) break;
      [root, place] = [enclosingRoot(root), root];
    }
    this.fields(fn).forEach(add);
    return [...found.values()];
  }

  /** The parameter by which a function takes a signal, itself or as a property of its options. */
  slotOf(fn: FunctionNode): SignalSlot | undefined {
    if (ts.isClassStaticBlockDeclaration(fn)) return undefined;
    for (const [index, parameter] of fn.parameters.entries()) {
      if (ts.isIdentifier(parameter.name) && this.isSignal(parameter.name, parameter.type)) return { index };
      const property = this.optionsProperty(parameter);
      if (property) return { index, property };
    }
    return undefined;
  }

  parameter(call: CallNode): ReturnType<SemanticModel['signalParameter']> {
    const { effects, targets, complete } = this.model.call(call);
    if (effects.signal) return this.accepting('yes', call, slotOf(effects.signal.arg, effects.signal.property));
    const slots = targets.flatMap((target) => this.slotOf(target) ?? []);
    if (slots[0]) return this.accepting(slots.length === targets.length && complete ? 'yes' : 'unknown', call, slots[0]);
    // A local file ends soon by itself; half of one is worse than none.
    if (targets.length > 0 || effects.io === 'file') return undefined;
    const { accepts, index, property } = this.types.acceptsSignal(call);
    if (accepts === 'no') return undefined;
    return index === undefined ? { accepts, given: 'unknown', how: '' } : this.accepting(accepts, call, slotOf(index, property));
  }

  private accepting(accepts: Certainty, call: CallNode, slot: SignalSlot): NonNullable<ReturnType<SemanticModel['signalParameter']>> {
    return { accepts, given: this.given(call, slot), how: describe(slot), slot };
  }

  // ── what is in scope ──

  private parameters(fn: FunctionNode): readonly SignalInScope[] {
    if (ts.isClassStaticBlockDeclaration(fn)) return [];
    let known = this.ofParameters.get(fn);
    if (!known) this.ofParameters.set(fn, (known = fn.parameters.flatMap((parameter) => this.ofParameter(parameter))));
    return known;
  }

  private ofParameter(parameter: ts.ParameterDeclaration): SignalInScope[] {
    const { name, type } = parameter;
    if (!ts.isIdentifier(name)) return [...this.ofPattern(name, 'options'), ...this.ofRequestIn(name)];
    if (this.isSignal(name, type)) return [{ text: name.text, node: name, from: 'parameter', key: this.keyOf(name) }];
    const property = this.optionsProperty(parameter);
    if (!property) return this.ofRequest(name);
    const access = parameter.questionToken ? '?.' : '.';
    const from = this.model.hasTrait(name, 'request') === 'yes' ? 'request' : 'options';
    return [{ text: `${name.text}${access}${property}`, node: name, from, key: `${this.keyOf(name)}.${property}` }];
  }

  /** What a server's handler is given: its signal aborts when the client goes away. Asked of the few names that such parameters have. */
  private ofRequest(name: ts.Identifier): SignalInScope[] {
    if (!REQUEST_NAMES.has(name.text)) return [];
    const path = this.model.hasTrait(name, 'raw-request-signal') === 'yes' ? 'req.raw.signal' : this.model.hasTrait(name, 'request-signal') === 'yes' ? 'signal' : undefined;
    if (path === undefined || (path === 'signal' && this.model.hasMember(name, SIGNAL_MEMBER) === 'no')) return [];
    return [{ text: `${name.text}.${path}`, node: name, from: 'request', key: `${this.keyOf(name)}.${path}` }];
  }

  /** `({ request, params }) => …` of route handlers. */
  private ofRequestIn(pattern: ts.BindingPattern): SignalInScope[] {
    return pattern.elements.flatMap((element) => (!ts.isOmittedExpression(element) && !element.dotDotDotToken && ts.isIdentifier(element.name) ? this.ofRequest(element.name) : []));
  }

  /** `{ signal }`, `{ signal: outer }`, `{ options: { signal } }`. */
  private ofPattern(pattern: ts.BindingPattern, from: SignalInScope['from'], source?: string): SignalInScope[] {
    return pattern.elements.flatMap((element): SignalInScope[] => {
      if (ts.isOmittedExpression(element) || element.dotDotDotToken) return [];
      if (!ts.isIdentifier(element.name)) return this.ofPattern(element.name, from);
      const property = memberName((element.propertyName ?? element.name) as ts.PropertyName);
      if (!SIGNAL_NAMES.has(property) || this.model.hasTrait(element.name, 'abort-signal') === 'no') return [];
      return [{ text: element.name.text, node: element.name, from, key: source ? `${source}.${property}` : this.keyOf(element.name) }];
    });
  }

  /** The property of an options bag that holds a signal: by its declared type, or where that says nothing by what code reads from it. */
  private optionsProperty(parameter: ts.ParameterDeclaration): string | undefined {
    let known = this.properties.get(parameter);
    if (!known) this.properties.set(parameter, (known = { name: this.findOptionsProperty(parameter) }));
    return known.name;
  }

  private findOptionsProperty(parameter: ts.ParameterDeclaration): string | undefined {
    const { name, type } = parameter;
    const declared = type && this.signalMember(type);
    if (declared !== undefined) return declared;
    if (type && !isIndirect(type)) return this.isFromElsewhere(type) ? this.propertyGiven(parameter) : undefined;
    if (ts.isObjectBindingPattern(name)) {
      const [element] = this.ofPattern(name, 'options');
      return element && ts.isBindingElement(element.node.parent) ? memberName((element.node.parent.propertyName ?? element.node) as ts.PropertyName) : undefined;
    }
    if (!ts.isIdentifier(name)) return undefined;
    return this.propertyRead(parameter.parent, name) ?? (type && (this.propertyByType(parameter) ?? this.propertyReadBySibling(type)));
  }

  /** A type whose module is not installed. */
  private isFromElsewhere(type: ts.TypeNode): boolean {
    if (!ts.isTypeReferenceNode(type)) return false;
    const declarations = this.model.symbolOf(type.typeName)?.declarations ?? [];
    return declarations.length > 0 && declarations.every(ts.isImportSpecifier);
  }

  /** A caller in view writes the signal out: `load(id, { ...options, signal })`. */
  private propertyGiven(parameter: ts.ParameterDeclaration): string | undefined {
    const fn = parameter.parent;
    if (!isFunctionNode(fn) || !ts.isIdentifier(parameter.name)) return undefined;
    const index = (fn.parameters as readonly ts.Node[]).indexOf(parameter);
    for (const call of this.model.callersOf(fn)) {
      const given = call.arguments?.[index];
      const literal = given && skipWrappers(given);
      if (!literal || !ts.isObjectLiteralExpression(literal)) continue;
      const written = literal.properties.find((each) => each.name && SIGNAL_NAMES.has(memberName(each.name as ts.PropertyName)));
      if (written?.name) return memberName(written.name as ts.PropertyName);
    }
    return undefined;
  }

  private propertyByType(parameter: ts.ParameterDeclaration): string | undefined {
    const taken = this.types.signalParameterOf(parameter.parent);
    return taken.accepts === 'yes' && taken.index === parameter.parent.parameters.indexOf(parameter) ? taken.property : undefined;
  }

  /** Another method of the class takes a parameter of the same type and reads a signal from it: the type's own module may not be in view. */
  private propertyReadBySibling(type: ts.TypeNode): string | undefined {
    const text = type.getText();
    for (const member of enclosingClass(type)?.members ?? []) {
      for (const { name, type: other } of ts.isMethodDeclaration(member) ? member.parameters : []) {
        const property = other && other !== type && ts.isIdentifier(name) && other.getText() === text ? this.propertyRead(member, name) : undefined;
        if (property) return property;
      }
    }
    return undefined;
  }

  private propertyRead(scope: ts.Node, bag: ts.Identifier): string | undefined {
    let found: string | undefined;
    const visit = (node: ts.Node): void => {
      if (found) return;
      const isRead = ts.isPropertyAccessExpression(node) && ts.isIdentifier(node.expression) && node.expression.text === bag.text && SIGNAL_NAMES.has(memberName(node.name));
      if (isRead && this.model.hasTrait(node, 'abort-signal') !== 'no' && this.model.symbolOf(node.expression) === this.model.symbolOf(bag)) found = memberName(node.name);
      else ts.forEachChild(node, visit);
    };
    ts.forEachChild(scope, visit);
    return found;
  }

  /** Variables declared before `at` in a block around it. */
  private locals(root: FlowRoot, at: ts.Node): SignalInScope[] {
    const found: SignalInScope[] = [];
    for (let node: ts.Node = at; node !== root && node.parent; node = node.parent) {
      const block: ts.Node = node.parent;
      if (!ts.isBlock(block) && !ts.isSourceFile(block) && !ts.isCaseOrDefaultClause(block)) continue;
      for (const statement of block.statements) {
        if (statement.pos >= node.pos) break;
        if (ts.isVariableStatement(statement)) found.push(...statement.declarationList.declarations.flatMap((d) => this.ofVariable(d)));
      }
    }
    return found;
  }

  private ofVariable(declaration: ts.VariableDeclaration): readonly SignalInScope[] {
    let known = this.ofVariables.get(declaration);
    if (!known) this.ofVariables.set(declaration, (known = this.signalsIn(declaration)));
    return known;
  }

  private signalsIn(declaration: ts.VariableDeclaration): SignalInScope[] {
    const { name, type } = declaration;
    const value = declaration.initializer && skipWrappers(declaration.initializer);
    if (!ts.isIdentifier(name)) {
      if (!value) return [];
      const source = this.model.place(value)?.key;
      return this.ofPattern(name, isNewOf(value, CONTROLLER_TYPES) ? 'local' : 'options', source);
    }
    if (isNewOf(value, CONTROLLER_TYPES) || namesType(type, CONTROLLER_TYPES)) {
      return [{ text: `${name.text}.signal`, node: name, from: endsWithClient(name) ? 'request' : 'local', key: `${this.keyOf(name)}.signal` }];
    }
    if (!value) return namesType(type, SIGNAL_TYPES) ? [{ text: name.text, node: name, from: 'local', key: this.keyOf(name) }] : [];
    // `const signal = options?.signal` is another name for the same signal.
    if (ts.isPropertyAccessExpression(value) && SIGNAL_NAMES.has(memberName(value.name)) && this.model.hasTrait(value, 'abort-signal') !== 'no') {
      const place = this.model.place(value);
      const base = this.model.resolveAlias(value.expression);
      const from = base.kind === ts.SyntaxKind.ThisKeyword ? 'field' : place?.kind === 'parameter' ? 'options' : 'local';
      return [{ text: name.text, node: name, from, key: place?.key ?? this.keyOf(name) }];
    }
    const isMade = SIGNAL_NAMES.has(name.text) && ts.isCallExpression(value) && MAKES_SIGNAL.test(value.expression.getText()) && this.model.hasTrait(name, 'abort-signal') !== 'no';
    const derives = ts.isCallExpression(value) && (this.model.call(value).effects.derivesSignal === true || /^AbortSignal\.(?:any|timeout)$/.test(value.expression.getText()));
    return isMade || derives || namesType(type, SIGNAL_TYPES) ? [{ text: name.text, node: name, from: 'local', key: this.keyOf(name) }] : [];
  }

  private fields(fn: FlowRoot): readonly SignalInScope[] {
    const owner = ts.isSourceFile(fn) ? undefined : enclosingClass(fn);
    if (!owner) return [];
    let known = this.ofFields.get(owner);
    if (!known) this.ofFields.set(owner, (known = this.findFields(owner)));
    return known;
  }

  private findFields(owner: ts.ClassLikeDeclaration): SignalInScope[] {
    const model = this.model.classOf(owner);
    if (!model) return [];
    const found: SignalInScope[] = [];
    for (const [name, field] of model.fields) {
      if (ts.isPropertyDeclaration(field) && field.modifiers?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword)) continue;
      const access = field.questionToken ? '?.' : '.';
      if (namesType(field.type, SIGNAL_TYPES)) found.push({ text: `this.${name}`, node: field.name, from: 'field', key: declarationKey(field) });
      else if (namesType(field.type, CONTROLLER_TYPES) || isNewOf(field.initializer && skipWrappers(field.initializer), CONTROLLER_TYPES)) {
        found.push({ text: `this.${name}${access}signal`, node: field.name, from: 'field', key: `${declarationKey(field)}.signal` });
      }
    }
    return found;
  }

  /** Called where it stands: its code runs while the enclosing function's signal is still the one that counts. */
  private runsInPlace(fn: FunctionNode): boolean {
    let callee: ts.Node = fn.parent;
    while (ts.isParenthesizedExpression(callee)) callee = callee.parent;
    if (ts.isCallExpression(callee) && skipWrappers(callee.expression) === fn) return true;
    const timing = this.model.callbackOf(fn)?.timing;
    return timing === 'sync' || timing === 'awaited';
  }

  // ── types by declaration ──

  private isSignal(name: ts.Identifier, type: ts.TypeNode | undefined): boolean {
    if (type) return namesType(type, SIGNAL_TYPES) || this.isAlias(type);
    if (!SIGNAL_NAMES.has(name.text) && name.text !== 'token') return false;
    const trait = this.model.hasTrait(name, 'abort-signal');
    return trait === 'yes' || this.model.hasTrait(name, 'cancellation-token') === 'yes' || (trait === 'unknown' && SURE_NAMES.has(name.text));
  }

  /** `type Stop = AbortSignal`. */
  private isAlias(type: ts.TypeNode, depth = 0): boolean {
    if (depth > MAX_TYPE_DEPTH || !ts.isTypeReferenceNode(type)) return false;
    const alias = this.model.symbolOf(type.typeName)?.declarations?.find(ts.isTypeAliasDeclaration);
    return alias !== undefined && (namesType(alias.type, SIGNAL_TYPES) || this.isAlias(alias.type, depth + 1));
  }

  /** The member of a type that is declared as a signal, through aliases, bases, intersections and the mapped helpers. */
  private signalMember(type: ts.TypeNode, depth = 0): string | undefined {
    if (depth > MAX_TYPE_DEPTH) return undefined;
    const first = (types: Iterable<ts.TypeNode>): string | undefined => {
      for (const part of types) {
        const property = this.signalMember(part, depth + 1);
        if (property) return property;
      }
      return undefined;
    };
    if (ts.isParenthesizedTypeNode(type)) return this.signalMember(type.type, depth);
    if (ts.isTypeLiteralNode(type)) return memberOfSignalType(type.members);
    if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) return first(type.types);
    if (ts.isExpressionWithTypeArguments(type)) return this.memberOfNamed(type.expression, depth);
    if (!ts.isTypeReferenceNode(type)) return undefined;
    const [subject, keys] = type.typeArguments ?? [];
    switch (type.typeName.getText()) {
      case 'Partial':
      case 'Required':
      case 'Readonly':
      case 'NonNullable':
        return subject && this.signalMember(subject, depth + 1);
      case 'Omit':
      case 'Pick': {
        const property = subject && this.signalMember(subject, depth + 1);
        const named = property !== undefined && new RegExp(`['"]${property}['"]`).test(keys?.getText() ?? '');
        return named === (type.typeName.getText() === 'Pick') ? property : undefined;
      }
      default:
        return this.memberOfNamed(type.typeName, depth);
    }
  }

  private memberOfNamed(name: ts.Node, depth: number): string | undefined {
    const declarations = this.model.symbolOf(name)?.declarations ?? [];
    // Its module is not installed, and what it holds its name says.
    if (declarations.every(ts.isImportSpecifier) && /\bAbort(?:able)?Options$/.test(name.getText())) return 'signal';
    for (const declaration of declarations) {
      if (ts.isTypeAliasDeclaration(declaration)) {
        const property = this.signalMember(declaration.type, depth + 1);
        if (property) return property;
      } else if (ts.isInterfaceDeclaration(declaration)) {
        // An instance of a class with a signal of its own is no options bag.
        const own = memberOfSignalType(declaration.members);
        if (own) return own;
        for (const base of declaration.heritageClauses?.flatMap((h) => [...h.types]) ?? []) {
          const inherited = this.signalMember(base, depth + 1);
          if (inherited) return inherited;
        }
      }
    }
    return undefined;
  }

  // ── what a call is given ──

  private given(call: CallNode, slot: SignalSlot): Certainty {
    const args = call.arguments ?? ts.factory.createNodeArray();
    if (args.some(ts.isSpreadElement)) return 'unknown';
    const elsewhere = args.some((a) => this.isSignalValue(a) || this.carries(a) === 'yes');
    if (elsewhere) return 'yes';
    const arg = slot.index >= 0 ? args[slot.index] : args.at(slot.index);
    if (!arg) return this.madeElsewhere(args);
    if (slot.property === undefined) return slot.index < 0 ? 'no' : isUndefined(arg) ? 'unknown' : 'yes';
    // A rest of stages with options behind them: the last may still be a stage.
    if (slot.index < 0 && (isPlainValue(arg) || this.model.hasTrait(arg, 'stream') === 'yes')) return 'no';
    const carried = this.carries(arg);
    return carried === 'no' ? this.madeElsewhere(args) : carried;
  }

  /** A request object made before the call may carry the signal: `fetch(request)`. */
  private madeElsewhere(args: readonly ts.Expression[]): Certainty {
    return args.some((a) => this.model.hasTrait(a, 'request') === 'yes' && !isNewOf(this.model.resolveAlias(a))) ? 'unknown' : 'no';
  }

  /** Does this options value (or the request made from one) hold a signal? */
  private carries(arg: ts.Expression): Certainty {
    const value = skipWrappers(this.model.resolveAlias(arg));
    if (isUndefined(value) || isPlainValue(value)) return 'no';
    if (ts.isObjectLiteralExpression(value)) return this.literalCarries(value, arg);
    if (ts.isNewExpression(value)) return value.arguments?.some((a) => this.isSignalValue(a) || this.carries(a) === 'yes') ? 'yes' : 'no';
    if (ts.isConditionalExpression(value)) {
      const [a, b] = [this.carries(value.whenTrue), this.carries(value.whenFalse)];
      return a === b ? a : 'unknown';
    }
    return 'unknown';
  }

  private literalCarries(literal: ts.ObjectLiteralExpression, use: ts.Expression): Certainty {
    let spread: Certainty = 'no';
    for (const property of literal.properties) {
      if (ts.isSpreadAssignment(property)) spread = spread === 'yes' ? 'yes' : this.carries(property.expression);
      else if (property.name && SIGNAL_NAMES.has(memberName(property.name as ts.PropertyName))) {
        if (!ts.isPropertyAssignment(property) || !isUndefined(property.initializer)) return 'yes';
        // Written out, that it is given none is meant.
        spread = 'unknown';
      }
    }
    if (spread !== 'no') return spread;
    const named = skipWrappers(use);
    return ts.isIdentifier(named) && assignsSignal(enclosingRoot(named), named.text) ? 'unknown' : 'no';
  }

  private isSignalValue(arg: ts.Expression): boolean {
    const node = skipWrappers(arg);
    const name = ts.isIdentifier(node) ? node.text : ts.isPropertyAccessExpression(node) ? memberName(node.name) : undefined;
    if (name !== undefined && SURE_NAMES.has(name)) return true;
    if (ts.isCallExpression(node)) return this.model.call(node).effects.derivesSignal === true || node.expression.getText().startsWith('AbortSignal.');
    return name !== undefined && (SIGNAL_NAMES.has(name) || name === 'token' || name.endsWith('Signal')) && this.model.hasTrait(node, 'abort-signal') !== 'no';
  }

  private keyOf(name: ts.Identifier): string {
    return this.model.place(name)?.key ?? declarationKey(name.parent);
  }
}

/** `req.on('close', () => controller.abort())`, `parentPort.on('message', …)`: whoever asked for the work can end it. */
function endsWithClient(controller: ts.Identifier): boolean {
  const aborts = `${controller.text}.abort(`;
  let found = false;
  const visit = (node: ts.Node): void => {
    if (found) return;
    const [event, listener] = ts.isCallExpression(node) ? node.arguments : [];
    found = ts.isCallExpression(node) && event !== undefined && listener !== undefined && ts.isStringLiteralLike(event) && CLIENT_ENDS.test(`${node.expression.getText()} ${event.text}`) && listener.getText().includes(aborts);
    ts.forEachChild(node, visit);
  };
  visit(enclosingRoot(controller));
  return found;
}

function slotOf(index: number, property: string | undefined): SignalSlot {
  return property === undefined ? { index } : { index, property };
}

function describe(slot: SignalSlot): string {
  const where = slot.index < 0 ? 'the last argument' : `argument ${slot.index + 1}`;
  return slot.property === undefined ? where : `\`${slot.property}\` of ${where}`;
}

/** Is the type, or a part of its union, named so? */
function namesType(type: ts.TypeNode | undefined, names: ReadonlySet<string>): boolean {
  if (!type) return false;
  if (ts.isParenthesizedTypeNode(type)) return namesType(type.type, names);
  if (ts.isUnionTypeNode(type) || ts.isIntersectionTypeNode(type)) return type.types.some((t) => namesType(t, names));
  if (!ts.isTypeReferenceNode(type)) return false;
  const name = ts.isIdentifier(type.typeName) ? type.typeName : type.typeName.right;
  return names.has(name.text);
}

/** A type that names cannot lead to the members of: `this['Options']`, also inside `Partial<…>`. */
function isIndirect(type: ts.TypeNode): boolean {
  if (ts.isTypeReferenceNode(type)) return /^(?:Partial|Required|Readonly|NonNullable)$/.test(type.typeName.getText()) && (type.typeArguments?.some(isIndirect) ?? false);
  return ts.isIndexedAccessTypeNode(type);
}

function memberOfSignalType(members: Iterable<ts.TypeElement>): string | undefined {
  for (const member of members) {
    const type = ts.isPropertySignature(member) || ts.isGetAccessorDeclaration(member) ? member.type : undefined;
    if (member.name && namesType(type, SIGNAL_TYPES)) return memberName(member.name);
  }
  return undefined;
}

function isNewOf(value: ts.Expression | undefined, names?: ReadonlySet<string>): boolean {
  return value !== undefined && ts.isNewExpression(value) && (!names || (ts.isIdentifier(value.expression) && names.has(value.expression.text)));
}

function isUndefined(node: ts.Expression): boolean {
  return (ts.isIdentifier(node) && node.text === 'undefined') || node.kind === ts.SyntaxKind.NullKeyword;
}

/** Cannot be an options bag. */
function isPlainValue(node: ts.Expression): boolean {
  const value = skipWrappers(node);
  return (
    ts.isStringLiteralLike(value) || ts.isTemplateExpression(value) || ts.isNumericLiteral(value) || ts.isArrayLiteralExpression(value) || isFunctionNode(value) ||
    value.kind === ts.SyntaxKind.TrueKeyword || value.kind === ts.SyntaxKind.FalseKeyword
  );
}

/** `options.signal = …` after the literal was made. */
function assignsSignal(scope: ts.Node, name: string): boolean {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (found) return;
    found =
      ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken && ts.isPropertyAccessExpression(node.left) &&
      SIGNAL_NAMES.has(memberName(node.left.name)) && node.left.expression.getText() === name;
    ts.forEachChild(node, visit);
  };
  visit(scope);
  return found;
}
