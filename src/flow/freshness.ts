import type { Certainty } from '../core/certainty.js';
import { calleeName, enclosingRoot, isFunctionNode, skipWrappers, type FlowRoot } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { SemanticModel } from './contract.js';
import { returnedExpressions } from './returns.js';

type FreshnessQuestions = Pick<SemanticModel, 'call' | 'callbackOf' | 'place' | 'symbolOf'>;

/** Factories by the usual names: what they give is new on each call. */
const FACTORY = /^(?:create|connect|open|spawn|fork|exec|make|build|new|clone|duplicate|start|listen|mkdtemp|watch)(?:[A-Z_]\w*|Sync)?$/;
const MAX_DEPTH = 8;

/** Answers whether an object was made by this very activation, so that nobody else holds it yet. */
export class Freshness {
  constructor(private readonly model: FreshnessQuestions) {}

  of(expr: ts.Expression, fn: FlowRoot, depth = 0): Certainty {
    const node = skipWrappers(expr);
    if (depth > MAX_DEPTH) return 'unknown';
    if (ts.isNewExpression(node) || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node) || isFunctionNode(node) || ts.isClassExpression(node)) return 'yes';
    if (ts.isAwaitExpression(node)) return this.of(node.expression, fn, depth + 1);
    if (ts.isConditionalExpression(node)) return both(this.of(node.whenTrue, fn, depth + 1), this.of(node.whenFalse, fn, depth + 1));
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) return this.of(node.right, fn, depth + 1);
    if (ts.isBinaryExpression(node)) return both(this.of(node.left, fn, depth + 1), this.of(node.right, fn, depth + 1));
    if (ts.isCallExpression(node)) return this.ofCall(node, fn, depth);
    if (ts.isIdentifier(node)) return this.ofName(node, fn, depth);
    if (ts.isPropertyAccessExpression(node) || ts.isElementAccessExpression(node)) return this.ofMember(node, fn, depth);
    return node.kind === ts.SyntaxKind.ThisKeyword ? 'no' : 'unknown';
  }

  private ofCall(node: ts.CallExpression, fn: FlowRoot, depth: number): Certainty {
    const { effects, targets } = this.model.call(node);
    if (effects.spawns) return 'yes';
    // Members such as `.on(…)` and `.unref()` give their receiver back.
    const receiver = ts.isPropertyAccessExpression(node.expression) ? node.expression.expression : undefined;
    if (receiver && (effects.subscribe || effects.unsubscribe || /^(?:on|once|ref|unref|set\w*)$/.test(calleeName(node)))) return this.of(receiver, fn, depth + 1);
    const [target] = targets;
    if (target && targets.length === 1) {
      const values = returnedExpressions(target);
      const made = values.map((value) => this.of(value, target, depth + 1));
      return made.length > 0 && made.every((c) => c === 'yes') ? 'yes' : 'unknown';
    }
    return FACTORY.test(calleeName(node)) ? 'yes' : 'unknown';
  }

  private ofName(node: ts.Identifier, fn: FlowRoot, depth: number): Certainty {
    const declaration = this.model.symbolOf(node)?.declarations?.[0];
    if (!declaration) return 'no';
    if (ts.isParameter(declaration)) return this.ofParameter(declaration);
    if (ts.isBindingElement(declaration)) return this.ofBinding(declaration, fn, depth);
    if (!ts.isVariableDeclaration(declaration) || enclosingRoot(declaration) !== fn) return 'no';
    if (ts.isForOfStatement(declaration.parent.parent)) return 'unknown';
    const values = [...(declaration.initializer ? [declaration.initializer] : []), ...assignedTo(declaration, fn)];
    if (values.length === 0) return 'unknown';
    return values.map((value) => this.of(value, fn, depth + 1)).reduce(both);
  }

  /** Another's object, unless it was made for this callback: a connection, a request. */
  private ofParameter(declaration: ts.ParameterDeclaration): Certainty {
    const callback = isFunctionNode(declaration.parent) ? this.model.callbackOf(declaration.parent) : undefined;
    return callback?.effect?.repeating ? 'unknown' : 'no';
  }

  private ofBinding(element: ts.BindingElement, fn: FlowRoot, depth: number): Certainty {
    let holder: ts.Node = element.parent.parent;
    while (ts.isBindingElement(holder)) holder = holder.parent.parent;
    if (ts.isParameter(holder)) return this.ofParameter(holder);
    if (!ts.isVariableDeclaration(holder) || enclosingRoot(holder) !== fn || !holder.initializer) return 'no';
    return this.of(holder.initializer, fn, depth + 1);
  }

  /** A part of what was made here, or a field that this function filled with something it made. */
  private ofMember(node: ts.AccessExpression, fn: FlowRoot, depth: number): Certainty {
    const key = this.model.place(node)?.key;
    const filled = key === undefined ? [] : assignments(fn).filter((a) => a.pos < node.pos && this.model.place(a.left)?.key === key);
    if (filled.length > 0) return filled.map((a) => this.of(a.right, fn, depth + 1)).reduce(both);
    return skipWrappers(node.expression).kind === ts.SyntaxKind.ThisKeyword ? 'no' : this.of(node.expression, fn, depth + 1);
  }
}

/** One of two values: sure only where both agree. */
function both(a: Certainty, b: Certainty): Certainty {
  return a === b ? a : 'unknown';
}

function assignedTo(declaration: ts.VariableDeclaration, fn: FlowRoot): ts.Expression[] {
  if (!ts.isIdentifier(declaration.name)) return [];
  const name = declaration.name.text;
  return assignments(fn).filter((a) => ts.isIdentifier(a.left) && a.left.text === name).map((a) => a.right);
}

function assignments(fn: FlowRoot): ts.BinaryExpression[] {
  const found: ts.BinaryExpression[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.EqualsToken) found.push(node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(fn, visit);
  return found;
}
