import { enclosingRoot, isFunctionNode, outermostWrapper, type FlowRoot } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { Access, FlowEvent, Place, SemanticModel } from './contract.js';
import { isConst, type Places } from './places.js';
import type { ProjectIndex } from './project-index.js';

type StateQuestions = Pick<SemanticModel, 'flow' | 'symbolOf'>;

/** Every look at and change of a place, wherever in view code can reach it. */
export class SharedState {
  private readonly byKey = new Map<string, readonly Access[]>();
  private readonly rootsOf = new WeakMap<ts.SourceFile, readonly FlowRoot[]>();

  constructor(
    private readonly model: StateQuestions,
    private readonly places: Places,
    private readonly index: ProjectIndex,
  ) {}

  accesses(place: Place): readonly Access[] {
    let known = this.byKey.get(place.key);
    if (!known) this.byKey.set(place.key, (known = this.collect(place)));
    return known;
  }

  private collect(place: Place): Access[] {
    const name = nameOf(place);
    const found = new Map<ts.Node, Access[]>();
    for (const file of this.filesOf(place)) {
      for (const root of this.roots(file)) {
        if (!mayMention(outermostFunction(root), name)) continue;
        for (const event of this.model.flow(root).events) this.addEvent(event, place, found);
      }
    }
    return [...found.values()].flat();
  }

  private addEvent(event: FlowEvent, place: Place, found: Map<ts.Node, Access[]>): void {
    if (event.kind !== 'read' && event.kind !== 'write') return;
    const seen = this.placeMeant(event.place, event.access);
    if (seen.key !== place.key && !(place.entry === undefined && seen.key === `${place.key}[${seen.entry}]`)) return;
    // Code of a finally block or of a callback run in place is lowered more than once.
    const known = found.get(event.node);
    if (known?.some((a) => a.kind === event.kind && a.access === event.access)) return;
    const access: Access = {
      place: seen,
      node: event.node,
      fn: enclosingRoot(event.node),
      kind: event.kind,
      access: event.access,
      ...(event.kind === 'write' && event.value ? { value: event.value } : {}),
      branches: event.kind === 'read' && this.decidesBranch(event.node),
    };
    if (known) known.push(access);
    else found.set(event.node, [access]);
  }

  /** `const s = this.sessions; s.delete(id)` changes `this.sessions`: what is done through a const copy of a reference. */
  private placeMeant(place: Place, access: Access['access']): Place {
    if (access === 'value' || access === 'assign' || access === 'update' || place.path.length > 0) return place;
    const name = nameOfVariable(place.root?.declarations?.[0]);
    const source = name && this.places.constSource(name);
    if (!source) return place;
    return place.entry === undefined ? source : { ...source, key: `${source.key}[${place.entry}]`, entry: place.entry };
  }

  /** The declaring file; for members those of heirs too, and for what is exported or global every file that mentions the name. */
  private filesOf(place: Place): Iterable<ts.SourceFile> {
    const declaration = place.root?.declarations?.[0];
    if (!place.root || !declaration) return this.index.files.filter((file) => place.key.startsWith(`${file.fileName}:`));
    const home = declaration.getSourceFile();
    if (place.kind === 'module' && (home.isDeclarationFile || isExported(declaration))) return this.index.filesNaming(this.index.namesOfSymbol(place.root));
    const owner = place.kind === 'field' ? declaration.parent : undefined;
    const heirs = owner && ts.isClassLike(owner) && owner.name ? this.index.implementationsOf(this.model.symbolOf(owner.name)!) : [];
    return new Set([home, ...heirs.map((heir) => heir.getSourceFile())]);
  }

  private roots(file: ts.SourceFile): readonly FlowRoot[] {
    let known = this.rootsOf.get(file);
    if (!known) {
      const roots: FlowRoot[] = [file];
      const visit = (node: ts.Node): void => {
        if (isFunctionNode(node) && node.body) roots.push(node);
        ts.forEachChild(node, visit);
      };
      ts.forEachChild(file, visit);
      this.rootsOf.set(file, (known = roots));
    }
    return known;
  }

  /** Does the value decide which way control goes, at once or through the const it is kept in? */
  private decidesBranch(node: ts.Node): boolean {
    const end = ts.isBindingElement(node) ? node.name : conditionEnd(node);
    if (end === 'branch') return true;
    const holder = end.parent;
    if (!ts.isBindingElement(holder) && !(ts.isVariableDeclaration(holder) && isConst(holder))) return false;
    if (!ts.isIdentifier(holder.name)) return false;
    const symbol = this.model.symbolOf(holder.name);
    return usesNamed(enclosingRoot(holder), holder.name).some((use) => conditionEnd(use) === 'branch' && this.model.symbolOf(use) === symbol);
  }
}

/** Climbs while the value only flows on as a part of a test: negated, compared, asked for a member. */
function conditionEnd(node: ts.Node): 'branch' | ts.Node {
  for (let current = outermostWrapper(node); ; current = outermostWrapper(current)) {
    const parent = current.parent;
    if (decides(parent, current)) return 'branch';
    const isTest =
      (ts.isPrefixUnaryExpression(parent) && parent.operator === ts.SyntaxKind.ExclamationToken) ||
      ts.isTypeOfExpression(parent) ||
      (ts.isBinaryExpression(parent) && (isComparison(parent.operatorToken.kind) || isLogical(parent.operatorToken.kind))) ||
      ((ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent) || ts.isCallExpression(parent)) && parent.expression === current);
    if (!isTest) return current;
    current = parent;
  }
}

function decides(parent: ts.Node, child: ts.Node): boolean {
  if (ts.isIfStatement(parent) || ts.isWhileStatement(parent) || ts.isDoStatement(parent) || ts.isSwitchStatement(parent)) return parent.expression === child;
  if (ts.isForStatement(parent) || ts.isConditionalExpression(parent)) return parent.condition === child;
  return ts.isBinaryExpression(parent) && parent.left === child && isLogical(parent.operatorToken.kind);
}

function isLogical(kind: ts.SyntaxKind): boolean {
  switch (kind) {
    case ts.SyntaxKind.AmpersandAmpersandToken:
    case ts.SyntaxKind.BarBarToken:
    case ts.SyntaxKind.QuestionQuestionToken:
    case ts.SyntaxKind.AmpersandAmpersandEqualsToken:
    case ts.SyntaxKind.BarBarEqualsToken:
    case ts.SyntaxKind.QuestionQuestionEqualsToken:
      return true;
    default:
      return false;
  }
}

function isComparison(kind: ts.SyntaxKind): boolean {
  switch (kind) {
    case ts.SyntaxKind.EqualsEqualsToken:
    case ts.SyntaxKind.EqualsEqualsEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsToken:
    case ts.SyntaxKind.ExclamationEqualsEqualsToken:
    case ts.SyntaxKind.LessThanToken:
    case ts.SyntaxKind.LessThanEqualsToken:
    case ts.SyntaxKind.GreaterThanToken:
    case ts.SyntaxKind.GreaterThanEqualsToken:
    case ts.SyntaxKind.InKeyword:
    case ts.SyntaxKind.InstanceOfKeyword:
      return true;
    default:
      return false;
  }
}

/** The last name of the path: code that reaches the place spells it, or lies beside code that does. */
function nameOf(place: Place): string {
  return place.path.at(-1) ?? place.root?.name ?? '';
}

function mayMention(root: FlowRoot, name: string): boolean {
  return root.getSourceFile().text.slice(root.pos, root.end).includes(name);
}

/** The member or top-level function around: closures in it may use a const that was taken from the place outside them. */
function outermostFunction(root: FlowRoot): FlowRoot {
  let outermost = root;
  for (let node: ts.Node = root; !ts.isSourceFile(node); node = node.parent) if (isFunctionNode(node)) outermost = node;
  return outermost;
}

function isExported(declaration: ts.Declaration): boolean {
  let node: ts.Node = declaration;
  while (!ts.isVariableStatement(node) && !ts.isSourceFile(node)) node = node.parent;
  if (ts.isSourceFile(node)) return false;
  if (ts.getModifiers(node)?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)) return true;
  return node.getSourceFile().statements.some((s) => ts.isExportDeclaration(s) || ts.isExportAssignment(s));
}

function nameOfVariable(declaration: ts.Declaration | undefined): ts.Identifier | undefined {
  const isVariable = declaration !== undefined && (ts.isVariableDeclaration(declaration) || ts.isBindingElement(declaration));
  return isVariable && ts.isIdentifier(declaration.name) ? declaration.name : undefined;
}

function usesNamed(scope: ts.Node, name: ts.Identifier): ts.Identifier[] {
  const uses: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && node !== name && node.text === name.text) uses.push(node);
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(scope, visit);
  return uses;
}

