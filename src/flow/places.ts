import { enclosingRoot, isFunctionNode, memberName, shortText, skipWrappers, type FlowRoot } from '../syntax/functions.js';
import { isBoundToThis } from './declared-types.js';
import { ts } from '../syntax/ts.js';
import type { Place, PlaceKind } from './contract.js';

/** What places need of symbol resolution: the binder's answers, no types. */
export interface PlaceSymbols {
  resolve(id: ts.Identifier): ts.Symbol | undefined;
  memberSymbol(node: ts.PropertyAccessExpression): ts.Symbol | undefined;
}

/** Longer paths are cut here: what lies deeper is the same place as its third field. */
const MAX_FIELDS = 3;

/** Turns expressions into places: identity by declaration, keys as part of a place, const aliases followed for what hangs below them. */
export class Places {
  private readonly cache = new WeakMap<ts.Node, Place | null>();
  constructor(private readonly symbols: PlaceSymbols) {}

  /** The place an expression names, or undefined where it names none (a call, a literal, a function, `this` itself). */
  of(expr: ts.Expression): Place | undefined {
    const node = skipWrappers(expr);
    const known = this.cache.get(node);
    if (known !== undefined) return known ?? undefined;
    this.cache.set(node, null);
    const place = this.compute(node);
    this.cache.set(node, place ?? null);
    return place;
  }

  /** The place of a declared name: a variable, a parameter, one element of a destructuring. */
  ofBinding(name: ts.BindingName): Place | undefined {
    return ts.isIdentifier(name) ? this.of(name) : undefined;
  }

  /** One entry of a keyed collection. */
  entry(collection: Place, key: ts.Expression | undefined): Place {
    const entry = key ? this.identity(key) : '?';
    return { ...collection, key: `${collection.key}[${entry}]`, entry };
  }

  /** A key expression by what it stands for: equal strings are surely the same key, `?` is unknown. */
  identity(expr: ts.Expression, depth = 0): string {
    const node = skipWrappers(expr);
    if (depth > 4) return '?';
    if (ts.isStringLiteralLike(node)) return JSON.stringify(node.text);
    if (ts.isNumericLiteral(node)) return node.text;
    if (ts.isPrefixUnaryExpression(node) && ts.isNumericLiteral(node.operand)) return `${ts.tokenToString(node.operator) ?? ''}${node.operand.text}`;
    if (node.kind === ts.SyntaxKind.TrueKeyword || node.kind === ts.SyntaxKind.FalseKeyword || node.kind === ts.SyntaxKind.NullKeyword) return node.getText();
    if (ts.isIdentifier(node) && node.text === 'undefined') return 'undefined';
    if (ts.isTemplateExpression(node)) {
      const parts = node.templateSpans.map((span) => `${this.identity(span.expression, depth + 1)}${JSON.stringify(span.literal.text)}`);
      return parts.some((p) => p.startsWith('?')) ? '?' : `\`${node.head.text}${parts.join('')}\``;
    }
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.PlusToken) {
      const [left, right] = [this.identity(node.left, depth + 1), this.identity(node.right, depth + 1)];
      return left === '?' || right === '?' ? '?' : `${left}+${right}`;
    }
    return this.of(node)?.key ?? '?';
  }

  private compute(node: ts.Expression): Place | undefined {
    if (ts.isIdentifier(node)) return this.ofIdentifier(node);
    if (ts.isPropertyAccessExpression(node)) return this.ofProperty(node, node.expression, memberName(node.name));
    if (ts.isElementAccessExpression(node)) {
      const key = skipWrappers(node.argumentExpression);
      if (ts.isStringLiteralLike(key)) return this.ofProperty(node, node.expression, key.text);
      const base = this.ofBase(node.expression);
      return base && { ...this.entry(base, key), text: shortText(node) };
    }
    return undefined;
  }

  private ofIdentifier(node: ts.Identifier): Place | undefined {
    const symbol = this.symbols.resolve(node);
    const declaration = symbol?.declarations?.[0];
    if (!symbol || !declaration) return undefined;
    const kind = variableKind(declaration, node);
    if (!kind) return undefined;
    return { key: declarationKey(declaration), kind, text: node.text, root: symbol, path: [] };
  }

  private ofProperty(node: ts.PropertyAccessExpression | ts.ElementAccessExpression, object: ts.Expression, name: string): Place | undefined {
    const base = skipWrappers(object);
    if (base.kind === ts.SyntaxKind.ThisKeyword || base.kind === ts.SyntaxKind.SuperKeyword) return this.ofField(node, base, name);
    const parent = this.ofBase(object);
    if (!parent) return undefined;
    if (parent.path.length >= MAX_FIELDS) return parent;
    return { ...parent, key: `${parent.key}.${name}`, text: shortText(node), path: [...parent.path, name] };
  }

  private ofField(node: ts.Expression, self: ts.Node, name: string): Place | undefined {
    const member = ts.isPropertyAccessExpression(node) ? this.symbols.memberSymbol(node) : undefined;
    const declaration = member?.declarations?.[0];
    if (declaration && (ts.isMethodDeclaration(declaration) || ts.isMethodSignature(declaration))) return undefined;
    if (declaration && (ts.isGetAccessorDeclaration(declaration) || ts.isSetAccessorDeclaration(declaration))) {
      const backing = backingField(declaration);
      if (backing) return this.of(backing);
    }
    const owner = thisOwner(self);
    if (!owner) return undefined;
    const key = declaration ? declarationKey(declaration) : `${declarationKey(owner)}.${name}`;
    return { key, kind: 'field', text: shortText(node), root: member, path: [name] };
  }

  /**
   * The place an object is reached through. A const that copies an object reference is the object's place,
   * so `const s = this.state; s.items = …` writes `this.state.items`.
   */
  private ofBase(object: ts.Expression): Place | undefined {
    const node = skipWrappers(object);
    if (ts.isIdentifier(node)) {
      const source = this.constSource(node);
      if (source) return source;
    }
    return this.of(node);
  }

  /** What a const variable was initialised from, when that is a place of its own. */
  constSource(node: ts.Identifier): Place | undefined {
    const declaration = this.symbols.resolve(node)?.declarations?.[0];
    if (!declaration) return undefined;
    if (ts.isVariableDeclaration(declaration) && isConst(declaration) && declaration.initializer) {
      return this.of(declaration.initializer);
    }
    if (!ts.isBindingElement(declaration)) return undefined;
    const holder = declaration.parent.parent;
    return ts.isVariableDeclaration(holder) && isConst(holder) ? this.taken(declaration) : undefined;
  }

  /** What one element of a destructuring reads, where that is a place: `const { n } = this` reads `this.n`. */
  taken(element: ts.BindingElement): Place | undefined {
    const holder = element.parent.parent;
    if (element.dotDotDotToken || !ts.isObjectBindingPattern(element.parent) || !ts.isVariableDeclaration(holder) || !holder.initializer) return undefined;
    const key = element.propertyName ?? element.name;
    if (!ts.isIdentifier(key) && !ts.isStringLiteralLike(key)) return undefined;
    const object = skipWrappers(holder.initializer);
    if (object.kind === ts.SyntaxKind.ThisKeyword) {
      const owner = thisOwner(object);
      return owner && this.fieldByName(owner, key.text);
    }
    const parent = this.of(object);
    if (!parent || parent.path.length >= MAX_FIELDS) return undefined;
    return { ...parent, key: `${parent.key}.${key.text}`, text: `${parent.text}.${key.text}`, path: [...parent.path, key.text] };
  }

  private fieldByName(owner: ts.Node, name: string): Place {
    const declared = ts.isClassLike(owner) ? owner.members.find((m) => m.name && memberName(m.name) === name) : undefined;
    const key = declared ? declarationKey(declared) : `${declarationKey(owner)}.${name}`;
    return { key, kind: 'field', text: `this.${name}`, root: undefined, path: [name] };
  }
}

/** Unique in the program. Holds an absolute path, so it serves comparison only and never reaches a report. */
export function declarationKey(declaration: ts.Node): string {
  return `${declaration.getSourceFile().fileName}:${declaration.pos}`;
}

function variableKind(declaration: ts.Declaration, use: ts.Node): PlaceKind | undefined {
  if (ts.isParameter(declaration)) return enclosingRoot(use) === functionOfParameter(declaration) ? 'parameter' : 'captured';
  if (ts.isBindingElement(declaration)) {
    const holder = bindingHolder(declaration);
    return ts.isParameter(holder) ? (enclosingRoot(use) === functionOfParameter(holder) ? 'parameter' : 'captured') : variableKind(holder, use);
  }
  if (!ts.isVariableDeclaration(declaration)) return undefined;
  const home = enclosingRoot(declaration);
  if (ts.isSourceFile(home)) return 'module';
  return enclosingRoot(use) === home ? 'local' : 'captured';
}

function functionOfParameter(parameter: ts.ParameterDeclaration): FlowRoot | undefined {
  return isFunctionNode(parameter.parent) ? parameter.parent : undefined;
}

function bindingHolder(element: ts.BindingElement): ts.VariableDeclaration | ts.ParameterDeclaration {
  let node: ts.Node = element.parent.parent;
  while (ts.isBindingElement(node)) node = node.parent.parent;
  return node as ts.VariableDeclaration | ts.ParameterDeclaration;
}

export function isConst(declaration: ts.VariableDeclaration): boolean {
  return ts.isVariableDeclarationList(declaration.parent) && (declaration.parent.flags & ts.NodeFlags.BlockScoped) >= ts.NodeFlags.Const;
}

/** What `this` stands for: the class, the object literal, or the constructor function whose prototype is being filled. */
export function thisOwner(node: ts.Node): ts.Node | undefined {
  for (let current: ts.Node | undefined = node.parent; current; current = current.parent) {
    if (ts.isPropertyDeclaration(current) && ts.isClassLike(current.parent)) return current.parent;
    if (!isFunctionNode(current) || ts.isArrowFunction(current) || isBoundToThis(current)) continue;
    if (ts.isClassLike(current.parent)) return current.parent;
    if (ts.isObjectLiteralExpression(current.parent)) return current.parent;
    if (ts.isPropertyAssignment(current.parent) && ts.isObjectLiteralExpression(current.parent.parent)) return current.parent.parent;
    return current;
  }
  return undefined;
}

/** The field that a getter or setter wraps, when that is all it does. */
function backingField(accessor: ts.GetAccessorDeclaration | ts.SetAccessorDeclaration): ts.Expression | undefined {
  const [only, second] = accessor.body?.statements ?? [];
  if (!only || second) return undefined;
  if (ts.isReturnStatement(only) && only.expression && ts.isPropertyAccessExpression(only.expression)) return only.expression;
  if (ts.isExpressionStatement(only) && ts.isBinaryExpression(only.expression) && ts.isPropertyAccessExpression(only.expression.left)) return only.expression.left;
  return undefined;
}
