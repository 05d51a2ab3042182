/**
 * Control flow of one function, lowered in JavaScript's order of evaluation: one node per event, edges labelled with
 * how control passes. `finally` bodies are lowered once per way of leaving the try (normal, throw, return, each jump target),
 * synchronous inline callbacks in place, everything else that is a function as a closure whose body runs elsewhere.
 */
import { isAsync, isGenerator, outermostWrapper, skipWrappers, type FlowRoot, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { CallInfo, CallNode, EventOf, FlowEvent } from './contract.js';
import { eventsOfCall, type LockNames } from './effects.js';
import { isOnlyResumed } from './generators.js';
import { turnOf } from './home-made-locks.js';
import { lockOfPlace } from './lock-names.js';
import type { Places } from './places.js';

/** `throw` edges leave an event by an exception; their grade is asked when a query follows them. `return` is a generator's early end. */
export type EdgeKind = 'next' | 'true' | 'false' | 'back' | 'throw' | 'return';
export interface Edge {
  readonly to: number;
  readonly kind: EdgeKind;
}
export interface Graph {
  readonly events: readonly FlowEvent[];
  readonly edges: readonly (readonly Edge[])[];
  readonly entry: number;
  readonly exit: number;
  readonly exitThrow: number;
  readonly byNode: ReadonlyMap<ts.Node, readonly FlowEvent[]>;
}
export interface CfgServices {
  readonly places: Places;
  call(node: CallNode): CallInfo;
}

/** An end left open: the next event is linked to it. */
interface Dangling {
  readonly from: number;
  readonly kind: EdgeKind;
}
type Frame =
  | { readonly type: 'loop'; readonly node: ts.Node; readonly labels: readonly string[]; readonly awaits: boolean; readonly breaks: Dangling[]; readonly continues: Dangling[] }
  | { readonly type: 'break'; readonly node: ts.Node; readonly labels: readonly string[]; readonly breaks: Dangling[] }
  | { readonly type: 'catch'; readonly thrown: Dangling[] }
  | { readonly type: 'finally'; readonly leaving: Map<string, { readonly jump: Jump; readonly ends: Dangling[] }> }
  | { readonly type: 'inline'; readonly returns: Dangling[] };
type Jump = { readonly to: 'throw' } | { readonly to: 'return' } | { readonly to: 'break' | 'continue'; readonly target: ts.Node };

/** Omits what the builder fills in, for each kind of event apart. */
type Draft = FlowEvent extends infer E ? (E extends FlowEvent ? Omit<E, 'id' | 'cleanup' | 'loops'> : never) : never;

export function buildGraph(root: FlowRoot, services: CfgServices): Graph {
  return new GraphBuilder(root, services).build();
}

class GraphBuilder {
  private readonly events: FlowEvent[] = [];
  private readonly edges: Edge[][] = [];
  private readonly byNode = new Map<ts.Node, FlowEvent[]>();
  private ends: Dangling[] = [];
  private readonly frames: Frame[] = [];
  private cleanup = 0;
  private loops: readonly ts.IterationStatement[] = [];
  /** Short-circuit exits of the optional chains being lowered, innermost last. */
  private readonly chains: Dangling[][] = [];
  private readonly exits: Dangling[] = [];
  private readonly thrown: Dangling[] = [];
  private readonly locks: LockNames = { byReleaser: new Map(), byAcquire: new Map() };

  constructor(
    private readonly root: FlowRoot,
    private readonly services: CfgServices,
  ) {}

  build(): Graph {
    const entry = this.emit({ kind: 'entry', node: this.root });
    if (ts.isSourceFile(this.root)) this.statements(this.root.statements);
    else this.body(this.root);
    this.jump({ to: 'return' });
    this.ends = this.exits;
    const exit = this.emit({ kind: 'exit', node: this.root });
    this.ends = this.thrown;
    const exitThrow = this.emit({ kind: 'exit-throw', node: this.root });
    return { events: this.events, edges: this.edges, entry, exit, exitThrow, byNode: this.byNode };
  }

  // ── building blocks ───────────────────────────────────────────────────────────────────────────────

  /** Adds an event behind the open ends and makes it the only open end. */
  private emit(draft: Draft): number {
    const id = this.events.length;
    // Every draft is made for one event: a copy would cost more than all else here.
    const event = Object.assign(draft, { id, cleanup: this.cleanup > 0, loops: this.loops }) as FlowEvent;
    this.events.push(event);
    this.edges.push([]);
    this.link(this.ends, id);
    this.ends = [{ from: id, kind: 'next' }];
    const same = this.byNode.get(draft.node);
    if (same) same.push(event);
    else this.byNode.set(draft.node, [event]);
    return id;
  }

  private link(ends: readonly Dangling[], to: number): void {
    for (const end of ends) this.edges[end.from]!.push({ to, kind: end.kind });
  }

  /** An event that may leave by an exception. */
  private emitThrowing(draft: Draft): number {
    const id = this.emit(draft);
    this.throwFrom([{ from: id, kind: 'throw' }]);
    return id;
  }

  private point(node: ts.Node): number {
    return this.emit({ kind: 'point', node });
  }

  /** Runs `lower` and gives what is open after it, restoring what was open before. */
  private branch(from: Dangling[], lower: () => void): Dangling[] {
    this.ends = from;
    lower();
    return this.ends;
  }

  private throwFrom(ends: Dangling[]): void {
    const kept = this.ends;
    this.ends = ends;
    this.jump({ to: 'throw' });
    this.ends = kept;
  }

  /** Sends the open ends on their way: through every finally in between, to the handler, loop, or end of the function. Nothing stays open. */
  private jump(jump: Jump): void {
    const ends = this.ends;
    this.ends = [];
    if (ends.length === 0) return;
    for (let i = this.frames.length - 1; i >= 0; i--) {
      const frame = this.frames[i]!;
      switch (frame.type) {
        case 'finally': {
          const key = jump.to === 'break' || jump.to === 'continue' ? `${jump.to}:${jump.target.pos}` : jump.to;
          const leaving = frame.leaving.get(key);
          if (leaving) leaving.ends.push(...ends);
          else frame.leaving.set(key, { jump, ends: [...ends] });
          return;
        }
        case 'catch':
          if (jump.to !== 'throw') break;
          frame.thrown.push(...ends);
          return;
        case 'inline':
          if (jump.to !== 'return') break;
          frame.returns.push(...ends);
          return;
        case 'loop':
          if (jump.to === 'break' && jump.target === frame.node) return void frame.breaks.push(...ends);
          if (jump.to === 'continue' && jump.target === frame.node) return void frame.continues.push(...ends);
          break;
        case 'break':
          if (jump.to === 'break' && jump.target === frame.node) return void frame.breaks.push(...ends);
          break;
      }
    }
    if (jump.to === 'throw') this.thrown.push(...ends);
    else this.exits.push(...ends);
  }

  // ── functions and statements ──────────────────────────────────────────────────────────────────────

  private body(fn: FunctionNode): void {
    if (!ts.isClassStaticBlockDeclaration(fn)) {
      for (const parameter of fn.parameters) {
        if (parameter.initializer) this.optionally(() => this.expression(parameter.initializer!));
        this.bindingDefaults(parameter.name);
      }
    }
    if (!fn.body) return;
    if (ts.isBlock(fn.body)) this.statements(fn.body.statements);
    else {
      this.expression(fn.body);
      this.emit({ kind: 'return', node: fn.body, value: fn.body });
    }
  }

  /** What may or may not run here. */
  private optionally(lower: () => void): void {
    const before = this.ends;
    lower();
    // `undefined`, `0`: nothing happens either way, and both ways are one. To keep them apart would double them with each default.
    if (this.ends !== before) this.ends = [...this.ends, ...before];
  }

  private statements(list: readonly ts.Statement[]): void {
    for (let i = 0; i < list.length; i++) {
      const statement = list[i]!;
      if (ts.isVariableStatement(statement) && (statement.declarationList.flags & ts.NodeFlags.Using) !== 0 && !isConstList(statement.declarationList)) {
        return this.usingScope(statement, list.slice(i + 1));
      }
      this.statement(statement);
    }
  }

  /** `using x = …` disposes at the end of its block, however the block is left: a finally that nobody wrote. */
  private usingScope(statement: ts.VariableStatement, rest: readonly ts.Statement[]): void {
    const asynchronous = (statement.declarationList.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing;
    this.statement(statement);
    this.withFinally(
      () => this.statements(rest),
      () => {
        for (const declaration of [...statement.declarationList.declarations].reverse()) {
          const handle = this.services.places.ofBinding(declaration.name);
          this.emit({ kind: 'dispose', node: declaration, handle });
          const lock = handle && this.locks.byReleaser.get(handle.key);
          const call = declaration.initializer && callBelow(declaration.initializer);
          if (lock && call) this.emit({ kind: 'release', node: declaration, lock, call });
          if (asynchronous) this.emitThrowing({ kind: 'await', node: declaration, operand: undefined, form: 'using', suspends: 'unknown' });
        }
      },
    );
  }

  private statement(node: ts.Statement, labels: readonly string[] = []): void {
    switch (node.kind) {
      case ts.SyntaxKind.Block:
        return this.statements((node as ts.Block).statements);
      case ts.SyntaxKind.ExpressionStatement:
        return this.expression((node as ts.ExpressionStatement).expression);
      case ts.SyntaxKind.VariableStatement:
        return this.declarations((node as ts.VariableStatement).declarationList);
      case ts.SyntaxKind.IfStatement:
        return this.ifStatement(node as ts.IfStatement);
      case ts.SyntaxKind.ReturnStatement: {
        const value = (node as ts.ReturnStatement).expression;
        if (value) this.expression(value);
        this.emit({ kind: 'return', node, value });
        return this.jump({ to: 'return' });
      }
      case ts.SyntaxKind.ThrowStatement: {
        this.expression((node as ts.ThrowStatement).expression);
        this.emit({ kind: 'throw', node });
        return this.jump({ to: 'throw' });
      }
      case ts.SyntaxKind.TryStatement:
        return this.tryStatement(node as ts.TryStatement);
      case ts.SyntaxKind.WhileStatement:
      case ts.SyntaxKind.DoStatement:
      case ts.SyntaxKind.ForStatement:
      case ts.SyntaxKind.ForInStatement:
      case ts.SyntaxKind.ForOfStatement:
        return this.loop(node as ts.IterationStatement, labels);
      case ts.SyntaxKind.SwitchStatement:
        return this.switchStatement(node as ts.SwitchStatement, labels);
      case ts.SyntaxKind.BreakStatement:
      case ts.SyntaxKind.ContinueStatement:
        return this.breakOrContinue(node as ts.BreakOrContinueStatement);
      case ts.SyntaxKind.LabeledStatement: {
        const labelled = node as ts.LabeledStatement;
        const names = [...labels, labelled.label.text];
        if (ts.isIterationStatement(labelled.statement, true) || ts.isSwitchStatement(labelled.statement)) return this.statement(labelled.statement, names);
        const frame: Frame = { type: 'break', node: labelled, labels: names, breaks: [] };
        this.frames.push(frame);
        this.statement(labelled.statement, names);
        this.frames.pop();
        this.ends = [...this.ends, ...frame.breaks];
        return;
      }
      case ts.SyntaxKind.FunctionDeclaration:
        if ((node as ts.FunctionDeclaration).body) this.emit({ kind: 'closure', node, fn: node as ts.FunctionDeclaration });
        return;
      case ts.SyntaxKind.ClassDeclaration:
        return this.classLike(node as ts.ClassDeclaration);
      case ts.SyntaxKind.ExportAssignment:
        return this.expression((node as ts.ExportAssignment).expression);
      case ts.SyntaxKind.WithStatement:
        this.expression((node as ts.WithStatement).expression);
        return this.statement((node as ts.WithStatement).statement);
      case ts.SyntaxKind.ModuleDeclaration: {
        const inner = (node as ts.ModuleDeclaration).body;
        if (inner && ts.isModuleBlock(inner)) this.statements(inner.statements);
        return;
      }
      default:
        return;
    }
  }

  private declarations(list: ts.VariableDeclarationList): void {
    for (const declaration of list.declarations) {
      if (!declaration.initializer) continue;
      this.expression(declaration.initializer);
      this.bindTarget(declaration.name, declaration.initializer, declaration);
    }
  }

  /** Writes to declared names. A destructured name has no single value expression. */
  private bindTarget(name: ts.BindingName, value: ts.Expression | undefined, node: ts.Node): void {
    if (ts.isIdentifier(name)) {
      const place = this.services.places.of(name);
      if (place) this.emit({ kind: 'write', node, place, access: 'assign', value });
      return;
    }
    for (const element of name.elements) {
      if (ts.isOmittedExpression(element)) continue;
      const taken = this.services.places.taken(element);
      if (taken) this.emit({ kind: 'read', node: element, place: taken, access: 'value' });
      if (element.initializer) this.optionally(() => this.expression(element.initializer!));
      this.bindTarget(element.name, undefined, element);
    }
  }

  private bindingDefaults(name: ts.BindingName): void {
    if (ts.isIdentifier(name)) return;
    for (const element of name.elements) {
      if (ts.isOmittedExpression(element)) continue;
      if (element.initializer) this.optionally(() => this.expression(element.initializer!));
      this.bindingDefaults(element.name);
    }
  }

  private ifStatement(node: ts.IfStatement): void {
    const { whenTrue, whenFalse } = this.condition(node.expression);
    const afterThen = this.branch(whenTrue, () => this.statement(node.thenStatement));
    const afterElse = this.branch(whenFalse, () => node.elseStatement && this.statement(node.elseStatement));
    this.ends = [...afterThen, ...afterElse];
  }

  private tryStatement(node: ts.TryStatement): void {
    const guarded = (): void => {
      if (!node.catchClause) return this.statements(node.tryBlock.statements);
      const frame: Frame = { type: 'catch', thrown: [] };
      this.frames.push(frame);
      this.statements(node.tryBlock.statements);
      this.frames.pop();
      const afterTry = this.ends;
      const afterCatch = this.branch(frame.thrown, () => this.catchClause(node.catchClause!));
      this.ends = [...afterTry, ...afterCatch];
    };
    if (!node.finallyBlock) return guarded();
    const block = node.finallyBlock;
    this.withFinally(guarded, () => {
      this.cleanup++;
      this.statements(block.statements);
      this.cleanup--;
    });
  }

  private catchClause(clause: ts.CatchClause): void {
    if (this.ends.length === 0) return;
    this.cleanup++;
    this.point(clause);
    if (clause.variableDeclaration) this.bindingDefaults(clause.variableDeclaration.name);
    this.statements(clause.block.statements);
    this.cleanup--;
  }

  private withFinally(guarded: () => void, last: () => void): void {
    const frame: Frame = { type: 'finally', leaving: new Map() };
    this.frames.push(frame);
    guarded();
    this.frames.pop();
    const normal = this.ends;
    for (const { jump, ends } of frame.leaving.values()) {
      this.ends = ends;
      last();
      this.jump(jump);
    }
    this.ends = normal;
    if (normal.length > 0) last();
  }

  private loop(node: ts.IterationStatement, labels: readonly string[]): void {
    const awaits = ts.isForOfStatement(node) && node.awaitModifier !== undefined;
    if (ts.isForStatement(node) && node.initializer) {
      if (ts.isVariableDeclarationList(node.initializer)) this.declarations(node.initializer);
      else this.expression(node.initializer);
    }
    if (ts.isForOfStatement(node) || ts.isForInStatement(node)) {
      this.expression(node.expression);
      const iterated = this.services.places.of(node.expression);
      if (iterated) this.emit({ kind: 'read', node: node.expression, place: iterated, access: 'iterate' });
    }
    const frame: Extract<Frame, { type: 'loop' }> = { type: 'loop', node, labels, awaits, breaks: [], continues: [] };
    this.frames.push(frame);
    const outer = this.loops;
    this.loops = [...outer, node];
    const leaving = this.loopTurns(node, frame);
    this.loops = outer;
    this.frames.pop();
    this.ends = [...leaving, ...frame.breaks];
    // An early `break` from `for await` closes the iterator, and waits for that.
    if (awaits && frame.breaks.length > 0) {
      const done = leaving;
      this.ends = frame.breaks;
      this.emitThrowing({ kind: 'await', node, operand: undefined, form: 'for-await', suspends: 'unknown' });
      this.ends = [...this.ends, ...done];
    }
  }

  /** Lowers head and body; gives the ends that leave by the condition. */
  private loopTurns(node: ts.IterationStatement, frame: Extract<Frame, { type: 'loop' }>): Dangling[] {
    const head = this.point(node);
    const back = (): void => {
      this.link(this.ends.map((end) => ({ ...end, kind: end.kind === 'next' ? 'back' : end.kind })), head);
      this.ends = [];
    };
    if (ts.isDoStatement(node)) {
      this.statement(node.statement);
      this.ends = [...this.ends, ...frame.continues];
      if (this.ends.length === 0) return [];
      const { whenTrue, whenFalse } = this.condition(node.expression);
      this.ends = whenTrue.map((end) => ({ ...end, kind: end.kind }));
      if (this.ends.length > 0) this.point(node.expression);
      back();
      return whenFalse;
    }
    let leaving: Dangling[];
    if (ts.isForOfStatement(node) || ts.isForInStatement(node)) {
      if (frame.awaits) this.emitThrowing({ kind: 'await', node, operand: undefined, form: 'for-await', suspends: 'unknown' });
      leaving = this.ends;
      this.loopVariable(node);
    } else {
      const test = ts.isForStatement(node) ? node.condition : (node as ts.WhileStatement).expression;
      const split = test ? this.condition(test) : { whenTrue: this.ends, whenFalse: [] };
      leaving = split.whenFalse;
      this.ends = split.whenTrue;
    }
    this.statement(node.statement);
    this.ends = [...this.ends, ...frame.continues];
    if (this.ends.length === 0) return leaving;
    if (ts.isForStatement(node) && node.incrementor) this.expression(node.incrementor);
    this.point(node.statement);
    back();
    return leaving;
  }

  private loopVariable(node: ts.ForInOrOfStatement): void {
    // The turn itself is a step of its own, so that "no more items" and "one more" are different edges.
    this.point(node.initializer);
    if (ts.isVariableDeclarationList(node.initializer)) {
      for (const declaration of node.initializer.declarations) this.bindTarget(declaration.name, undefined, declaration);
    } else {
      this.assignTo(node.initializer, undefined, node.initializer, 'assign');
    }
  }

  private switchStatement(node: ts.SwitchStatement, labels: readonly string[]): void {
    this.expression(node.expression);
    const frame: Frame = { type: 'break', node, labels, breaks: [] };
    this.frames.push(frame);
    const bodies: Dangling[][] = [];
    for (const clause of node.caseBlock.clauses) {
      if (ts.isDefaultClause(clause)) {
        bodies.push([]);
        continue;
      }
      this.expression(clause.expression);
      const guard = this.emit({ kind: 'guard', node: clause.expression, test: clause.expression, form: 'case' });
      bodies.push([{ from: guard, kind: 'true' }]);
      this.ends = [{ from: guard, kind: 'false' }];
    }
    const defaultIndex = node.caseBlock.clauses.findIndex(ts.isDefaultClause);
    const unmatched = this.ends;
    if (defaultIndex >= 0) bodies[defaultIndex] = unmatched;
    let falling: Dangling[] = [];
    node.caseBlock.clauses.forEach((clause, i) => {
      this.ends = [...falling, ...bodies[i]!];
      if (this.ends.length > 0) this.statements(clause.statements);
      falling = this.ends;
    });
    this.frames.pop();
    this.ends = [...falling, ...(defaultIndex < 0 ? unmatched : []), ...frame.breaks];
  }

  private breakOrContinue(node: ts.BreakOrContinueStatement): void {
    const to = ts.isBreakStatement(node) ? 'break' : 'continue';
    for (let i = this.frames.length - 1; i >= 0; i--) {
      const frame = this.frames[i]!;
      if (frame.type === 'inline') break;
      if (frame.type !== 'loop' && (frame.type !== 'break' || to === 'continue')) continue;
      const matches = node.label ? frame.labels.includes(node.label.text) : frame.type === 'loop' || ts.isSwitchStatement(frame.node);
      if (matches) return this.jump({ to, target: frame.node });
    }
    this.ends = [];
  }

  private classLike(node: ts.ClassLikeDeclaration): void {
    for (const clause of node.heritageClauses ?? []) {
      if (clause.token === ts.SyntaxKind.ExtendsKeyword) for (const type of clause.types) this.expression(type.expression);
    }
    for (const member of node.members) {
      if (member.name && ts.isComputedPropertyName(member.name)) this.expression(member.name.expression);
      const isStatic = ts.canHaveModifiers(member) && ts.getModifiers(member)?.some((m) => m.kind === ts.SyntaxKind.StaticKeyword);
      if (isStatic && ts.isPropertyDeclaration(member) && member.initializer) this.expression(member.initializer);
    }
  }

  // ── conditions ────────────────────────────────────────────────────────────────────────────────────

  private condition(expr: ts.Expression): { whenTrue: Dangling[]; whenFalse: Dangling[] } {
    const node = skipWrappers(expr);
    if (node.kind === ts.SyntaxKind.TrueKeyword) return { whenTrue: this.ends, whenFalse: [] };
    if (node.kind === ts.SyntaxKind.FalseKeyword) return { whenTrue: [], whenFalse: this.ends };
    if (ts.isPrefixUnaryExpression(node) && node.operator === ts.SyntaxKind.ExclamationToken) {
      const inner = this.condition(node.operand);
      return { whenTrue: inner.whenFalse, whenFalse: inner.whenTrue };
    }
    if (ts.isBinaryExpression(node)) {
      const operator = node.operatorToken.kind;
      if (operator === ts.SyntaxKind.AmpersandAmpersandToken || operator === ts.SyntaxKind.BarBarToken) {
        const conjunction = operator === ts.SyntaxKind.AmpersandAmpersandToken;
        const left = this.condition(node.left);
        this.ends = conjunction ? left.whenTrue : left.whenFalse;
        const right = this.ends.length > 0 ? this.condition(node.right) : { whenTrue: [], whenFalse: [] };
        return conjunction
          ? { whenTrue: right.whenTrue, whenFalse: [...left.whenFalse, ...right.whenFalse] }
          : { whenTrue: [...left.whenTrue, ...right.whenTrue], whenFalse: right.whenFalse };
      }
      if (operator === ts.SyntaxKind.CommaToken) {
        this.expression(node.left);
        return this.condition(node.right);
      }
    }
    this.expression(expr);
    const guard = this.emit({ kind: 'guard', node, test: node, form: 'truthy' });
    return { whenTrue: [{ from: guard, kind: 'true' }], whenFalse: [{ from: guard, kind: 'false' }] };
  }

  // ── expressions ───────────────────────────────────────────────────────────────────────────────────

  private expression(node: ts.Expression | ts.Node): void {
    switch (node.kind) {
      case ts.SyntaxKind.ParenthesizedExpression:
      case ts.SyntaxKind.AsExpression:
      case ts.SyntaxKind.NonNullExpression:
      case ts.SyntaxKind.TypeAssertionExpression:
      case ts.SyntaxKind.SatisfiesExpression:
      case ts.SyntaxKind.ExpressionWithTypeArguments:
        return this.expression((node as ts.ParenthesizedExpression).expression);
      case ts.SyntaxKind.Identifier:
        return this.readVariable(node as ts.Identifier);
      case ts.SyntaxKind.PropertyAccessExpression:
      case ts.SyntaxKind.ElementAccessExpression:
        return this.chained(node as ts.PropertyAccessExpression | ts.ElementAccessExpression, () => this.access(node as ts.PropertyAccessExpression));
      case ts.SyntaxKind.CallExpression:
        return this.chained(node as ts.CallExpression, () => this.callExpression(node as ts.CallExpression));
      case ts.SyntaxKind.NewExpression:
        return this.newExpression(node as ts.NewExpression);
      case ts.SyntaxKind.AwaitExpression:
        return this.awaitExpression(node as ts.AwaitExpression);
      case ts.SyntaxKind.YieldExpression:
        return this.yieldExpression(node as ts.YieldExpression);
      case ts.SyntaxKind.BinaryExpression:
        return this.binary(node as ts.BinaryExpression);
      case ts.SyntaxKind.ConditionalExpression: {
        const conditional = node as ts.ConditionalExpression;
        const { whenTrue, whenFalse } = this.condition(conditional.condition);
        const afterTrue = this.branch(whenTrue, () => this.expression(conditional.whenTrue));
        const afterFalse = this.branch(whenFalse, () => this.expression(conditional.whenFalse));
        this.ends = [...afterTrue, ...afterFalse];
        return;
      }
      case ts.SyntaxKind.PrefixUnaryExpression:
      case ts.SyntaxKind.PostfixUnaryExpression:
        return this.unary(node as ts.PrefixUnaryExpression | ts.PostfixUnaryExpression);
      case ts.SyntaxKind.DeleteExpression:
        return this.deleteExpression(node as ts.DeleteExpression);
      case ts.SyntaxKind.ArrowFunction:
      case ts.SyntaxKind.FunctionExpression:
        this.emit({ kind: 'closure', node, fn: node as ts.ArrowFunction });
        return;
      case ts.SyntaxKind.ClassExpression:
        return this.classLike(node as ts.ClassExpression);
      case ts.SyntaxKind.MethodDeclaration:
      case ts.SyntaxKind.GetAccessor:
      case ts.SyntaxKind.SetAccessor:
        this.emit({ kind: 'closure', node, fn: node as ts.MethodDeclaration });
        return;
      default:
        // Literals, templates, objects, arrays, spreads, JSX: their parts in source order.
        if (ts.isTypeNode(node)) return;
        ts.forEachChild(node, (child) => {
          if (!ts.isTypeNode(child) && !ts.isToken(child)) this.expression(child);
          else if (ts.isIdentifier(child)) this.expression(child);
        });
    }
  }

  private readVariable(node: ts.Identifier): void {
    if (!isValueUse(node)) return;
    const place = this.services.places.of(node);
    if (place) this.emit({ kind: 'read', node, place, access: 'value' });
  }

  /** Collects the short circuits of an optional chain and joins them where the outermost link of the chain ends. */
  private chained(node: ts.Expression, lower: () => void): void {
    if (!ts.isOptionalChain(node) || isInnerLink(node)) return lower();
    this.chains.push([]);
    lower();
    this.ends = [...this.ends, ...this.chains.pop()!];
  }

  /** `?.`: goes on only if what stands left of it is there. */
  private optionalLink(link: { readonly questionDotToken?: ts.QuestionDotToken | undefined }, left: ts.Expression): void {
    if (!link.questionDotToken) return;
    const guard = this.emit({ kind: 'guard', node: left, test: skipWrappers(left), form: 'nullish' });
    this.chains.at(-1)?.push({ from: guard, kind: 'false' });
    this.ends = [{ from: guard, kind: 'true' }];
  }

  private access(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): void {
    this.accessBase(node);
    const place = this.services.places.of(node);
    if (ts.isPropertyAccessExpression(node) && isSignalLook(node)) {
      this.emit({ kind: 'signal-check', node });
      return;
    }
    if (!place) return;
    if (ts.isPropertyAccessExpression(node) && (node.name.text === 'size' || node.name.text === 'length')) {
      const collection = this.services.places.of(node.expression);
      // A field of `this` that is called so is a field like any other.
      if (collection) return void this.emit({ kind: 'read', node, place: collection, access: 'test' });
    }
    this.emit({ kind: 'read', node, place, access: place.entry === undefined ? 'value' : 'entry' });
  }

  /** The object and the key of an access, without the access itself. A plain path (`this.a.b`) is one read, at its end. */
  private accessBase(node: ts.PropertyAccessExpression | ts.ElementAccessExpression): void {
    const object = skipWrappers(node.expression);
    const isPath = ts.isPropertyAccessExpression(object) && !node.questionDotToken && this.services.places.of(node) !== undefined;
    if (isPath) this.accessBase(object);
    else if (object.kind !== ts.SyntaxKind.ThisKeyword && object.kind !== ts.SyntaxKind.SuperKeyword) {
      if (!(ts.isIdentifier(object) && !node.questionDotToken && this.services.places.of(node))) this.expression(node.expression);
    }
    this.optionalLink(node, node.expression);
    if (ts.isElementAccessExpression(node)) this.expression(node.argumentExpression);
  }

  private awaitExpression(node: ts.AwaitExpression): void {
    this.expression(node.expression);
    const call = callBelow(node.expression);
    const info = call && this.services.call(call);
    this.emitThrowing({ kind: 'await', node, operand: node.expression, form: 'await', suspends: suspensionOf(node.expression, info) });
    if (call && info?.effects.acquire?.afterAwait) this.emitAll(eventsOfCall(call, info, this.services, this.locks, 'after-await'));
    const turn = turnOf(node, this.services.places);
    if (!turn) return;
    const lock = lockOfPlace(turn.line, 'mutex', node);
    this.locks.byReleaser.set(turn.releaser.key, lock);
    this.emit({ kind: 'acquire', node, call: turn.made, lock });
  }

  private yieldExpression(node: ts.YieldExpression): void {
    if (node.expression) this.expression(node.expression);
    const id = this.emitThrowing({ kind: 'await', node, operand: node.expression, form: 'yield', suspends: isAsync(this.root) ? 'unknown' : 'macro' });
    if (isOnlyResumed(this.root)) return;
    // A consumer may end the generator here: finally blocks run, nothing after the yield does.
    const kept = this.ends;
    this.ends = [{ from: id, kind: 'return' }];
    this.jump({ to: 'return' });
    this.ends = kept;
  }

  private binary(node: ts.BinaryExpression): void {
    const operator = node.operatorToken.kind;
    switch (operator) {
      case ts.SyntaxKind.AmpersandAmpersandToken:
      case ts.SyntaxKind.BarBarToken: {
        const { whenTrue, whenFalse } = this.condition(node.left);
        const goesOn = operator === ts.SyntaxKind.AmpersandAmpersandToken ? whenTrue : whenFalse;
        const stays = operator === ts.SyntaxKind.AmpersandAmpersandToken ? whenFalse : whenTrue;
        const after = this.branch(goesOn, () => this.expression(node.right));
        this.ends = [...after, ...stays];
        return;
      }
      case ts.SyntaxKind.QuestionQuestionToken: {
        this.expression(node.left);
        const guard = this.emit({ kind: 'guard', node: node.left, test: skipWrappers(node.left), form: 'nullish' });
        const after = this.branch([{ from: guard, kind: 'false' }], () => this.expression(node.right));
        this.ends = [...after, { from: guard, kind: 'true' }];
        return;
      }
      case ts.SyntaxKind.EqualsToken:
        return this.assignment(node);
      case ts.SyntaxKind.QuestionQuestionEqualsToken:
      case ts.SyntaxKind.BarBarEqualsToken:
      case ts.SyntaxKind.AmpersandAmpersandEqualsToken: {
        this.expression(node.left);
        const form = operator === ts.SyntaxKind.QuestionQuestionEqualsToken ? 'nullish' : 'truthy';
        const guard = this.emit({ kind: 'guard', node: node.left, test: skipWrappers(node.left), form });
        const writesOn = operator === ts.SyntaxKind.AmpersandAmpersandEqualsToken ? 'true' : 'false';
        const after = this.branch([{ from: guard, kind: writesOn }], () => {
          this.expression(node.right);
          this.assignTo(node.left, node.right, node, 'assign');
        });
        this.ends = [...after, { from: guard, kind: writesOn === 'true' ? 'false' : 'true' }];
        return;
      }
      default:
        this.expression(node.left);
        this.expression(node.right);
        if (operator >= ts.SyntaxKind.FirstCompoundAssignment && operator <= ts.SyntaxKind.LastCompoundAssignment) {
          this.assignTo(node.left, node.right, node, 'update');
        }
        if (operator === ts.SyntaxKind.InKeyword) {
          const collection = this.services.places.of(node.right);
          if (collection) this.emit({ kind: 'read', node, place: this.services.places.entry(collection, node.left), access: 'test' });
        }
    }
  }

  private assignment(node: ts.BinaryExpression): void {
    const target = skipWrappers(node.left);
    // The target's object and key are evaluated before the right-hand side.
    if (ts.isPropertyAccessExpression(target) || ts.isElementAccessExpression(target)) {
      const object = skipWrappers(target.expression);
      if (object.kind !== ts.SyntaxKind.ThisKeyword && object.kind !== ts.SyntaxKind.SuperKeyword) this.expression(target.expression);
      if (ts.isElementAccessExpression(target)) this.expression(target.argumentExpression);
    }
    this.expression(node.right);
    this.assignTo(target, node.right, node, 'assign');
  }

  private assignTo(expr: ts.Expression, value: ts.Expression | undefined, node: ts.Node, access: 'assign' | 'update'): void {
    const target = skipWrappers(expr);
    if (ts.isArrayLiteralExpression(target)) {
      for (const element of target.elements) {
        if (ts.isOmittedExpression(element)) continue;
        this.assignTo(ts.isSpreadElement(element) ? element.expression : element, undefined, node, access);
      }
      return;
    }
    if (ts.isObjectLiteralExpression(target)) {
      for (const property of target.properties) {
        if (ts.isShorthandPropertyAssignment(property)) this.assignTo(property.name, undefined, node, access);
        else if (ts.isPropertyAssignment(property)) this.assignTo(property.initializer, undefined, node, access);
        else if (ts.isSpreadAssignment(property)) this.assignTo(property.expression, undefined, node, access);
      }
      return;
    }
    if (ts.isBinaryExpression(target) && target.operatorToken.kind === ts.SyntaxKind.EqualsToken) return this.assignTo(target.left, undefined, node, access);
    if (ts.isPropertyAccessExpression(target) && target.name.text === 'length') {
      const array = this.services.places.of(target.expression);
      if (array) this.emit({ kind: 'write', node, place: array, access: 'clear', value });
      return;
    }
    const place = this.services.places.of(target);
    if (place) this.emit({ kind: 'write', node, place, access, value });
  }

  private unary(node: ts.PrefixUnaryExpression | ts.PostfixUnaryExpression): void {
    if (node.operator === ts.SyntaxKind.ExclamationToken && !this.hasPlainOperand(node.operand)) {
      const { whenTrue, whenFalse } = this.condition(node.operand);
      this.ends = [...whenTrue, ...whenFalse];
      return;
    }
    this.expression(node.operand);
    if (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken) {
      this.assignTo(node.operand, undefined, node, 'update');
    }
  }

  private hasPlainOperand(operand: ts.Expression): boolean {
    const inner = skipWrappers(operand);
    return !ts.isBinaryExpression(inner) && !ts.isPrefixUnaryExpression(inner);
  }

  private deleteExpression(node: ts.DeleteExpression): void {
    const target = skipWrappers(node.expression);
    if (!ts.isPropertyAccessExpression(target) && !ts.isElementAccessExpression(target)) return this.expression(target);
    this.accessBase(target);
    const place = this.services.places.of(target);
    if (place) this.emit({ kind: 'write', node, place, access: 'remove', value: undefined });
  }

  // ── calls ─────────────────────────────────────────────────────────────────────────────────────────

  private callExpression(node: ts.CallExpression): void {
    const callee = skipWrappers(node.expression);
    if (this.inlinedFunction(node, callee)) return;
    const info = this.services.call(node);
    const receiver = ts.isPropertyAccessExpression(callee) || ts.isElementAccessExpression(callee) ? callee : undefined;
    if (receiver) {
      const object = skipWrappers(receiver.expression);
      const silent = info.effects.collection !== undefined && this.services.places.of(object) !== undefined && !receiver.questionDotToken;
      if (silent) this.baseOfCollection(object);
      else if (object.kind !== ts.SyntaxKind.ThisKeyword && object.kind !== ts.SyntaxKind.SuperKeyword) this.expression(receiver.expression);
      this.optionalLink(receiver, receiver.expression);
      if (ts.isElementAccessExpression(receiver)) this.expression(receiver.argumentExpression);
    } else if (callee.kind !== ts.SyntaxKind.SuperKeyword && callee.kind !== ts.SyntaxKind.ImportKeyword) {
      this.expression(node.expression);
    }
    this.optionalLink(node, node.expression);
    this.argumentsAndCall(node, info);
  }

  /** A collection's own operation is the access: only what its path hangs on is read before. */
  private baseOfCollection(object: ts.Expression): void {
    if (ts.isPropertyAccessExpression(object) || ts.isElementAccessExpression(object)) this.accessBase(object);
  }

  private newExpression(node: ts.NewExpression): void {
    this.expression(node.expression);
    const info = this.services.call(node);
    this.argumentsAndCall(node, info);
  }

  private argumentsAndCall(node: CallNode, info: CallInfo): void {
    const inPlace: FunctionNode[] = [];
    const args = node.arguments ?? [];
    args.forEach((argument, index) => {
      const fn = skipWrappers(argument);
      if (ts.isFunctionExpression(fn) || ts.isArrowFunction(fn)) {
        const effect = info.effects.callbacks?.find((c) => c.arg === index || c.arg === index - args.length);
        if (effect?.timing === 'sync' && !isGenerator(fn)) {
          inPlace.push(fn);
          return;
        }
      }
      this.expression(argument);
    });
    for (const fn of inPlace) this.inPlaceCallback(fn, node);
    const awaited = ts.isAwaitExpression(outermostWrapper(node).parent);
    const call: Omit<EventOf<'call'>, 'id' | 'cleanup' | 'loops'> = { kind: 'call', node, call: node, effects: info.effects, awaited };
    if (info.effects.never || alwaysThrows(info)) {
      this.emit(call);
      if (!info.effects.never) this.throwFrom([{ from: this.events.length - 1, kind: 'throw' }]);
      this.ends = [];
      return;
    }
    if (info.effects.throws === 'no') this.emit(call);
    else this.emitThrowing(call);
    this.emitAll(eventsOfCall(node, info, this.services, this.locks, awaited ? 'awaited' : 'plain'));
  }

  private emitAll(drafts: readonly Draft[]): void {
    for (const draft of drafts) this.emit(draft);
  }

  /** The body of a callback that runs before the call returns, zero or more times. An async one runs in place up to its first suspension, and is a closure for the rest. */
  private inPlaceCallback(fn: FunctionNode, call: ts.Node): void {
    if (isAsync(fn)) {
      this.emit({ kind: 'closure', node: fn, fn });
      return;
    }
    const head = this.point(fn);
    const skipped = this.ends;
    this.inlineBody(fn);
    if (this.ends.length > 0) {
      this.point(call);
      this.link([{ from: this.events.length - 1, kind: 'back' }], head);
    }
    this.ends = [...this.ends, ...skipped];
  }

  /** `(() => { … })()`, and `await (async () => { … })()`. */
  private inlinedFunction(node: ts.CallExpression, callee: ts.Expression): boolean {
    if (!ts.isFunctionExpression(callee) && !ts.isArrowFunction(callee)) return false;
    if (isGenerator(callee)) return false;
    if (isAsync(callee) && !ts.isAwaitExpression(outermostWrapper(node).parent)) return false;
    for (const argument of node.arguments) this.expression(argument);
    this.inlineBody(callee);
    return true;
  }

  private inlineBody(fn: FunctionNode): void {
    const frame: Frame = { type: 'inline', returns: [] };
    const outerLoops = this.loops;
    this.frames.push(frame);
    this.body(fn);
    this.frames.pop();
    this.loops = outerLoops;
    this.ends = [...this.ends, ...frame.returns];
  }
}

/** The call that makes the awaited or bound value, below wrappers and one `await`. */
export function callBelow(expr: ts.Expression): CallNode | undefined {
  let node = skipWrappers(expr);
  if (ts.isAwaitExpression(node)) node = skipWrappers(node.expression);
  return ts.isCallExpression(node) || ts.isNewExpression(node) ? node : undefined;
}

function suspensionOf(operand: ts.Expression, info: CallInfo | undefined): 'micro' | 'macro' | 'unknown' {
  if (info?.effects.suspends) return info.effects.suspends;
  if (info?.effects.io !== undefined && info.effects.io !== 'cpu') return 'macro';
  const node = skipWrappers(operand);
  const immediate = ts.isLiteralExpression(node) || ts.isObjectLiteralExpression(node) || ts.isArrayLiteralExpression(node) || node.kind === ts.SyntaxKind.NullKeyword;
  return immediate ? 'micro' : 'unknown';
}

/** Every body in view that the call reaches is declared never to return. */
function alwaysThrows(info: CallInfo): boolean {
  return info.targets.length > 0 && info.complete && info.targets.every((fn) => 'type' in fn && fn.type?.kind === ts.SyntaxKind.NeverKeyword);
}

function isConstList(list: ts.VariableDeclarationList): boolean {
  return (list.flags & ts.NodeFlags.BlockScoped) === ts.NodeFlags.Const;
}

/** An inner link of a chain whose outermost link is lowered already. */
function isInnerLink(node: ts.Expression): boolean {
  const parent = outermostNonNull(node).parent;
  const isBase = (ts.isPropertyAccessExpression(parent) || ts.isElementAccessExpression(parent) || ts.isCallExpression(parent)) && parent.expression === outermostNonNull(node);
  return isBase && ts.isOptionalChain(parent);
}

function outermostNonNull(node: ts.Node): ts.Node {
  let current = node;
  while (ts.isNonNullExpression(current.parent)) current = current.parent;
  return current;
}

/** An identifier that reads a variable, as against a property name, a label, a type or a declared name. */
function isValueUse(node: ts.Identifier): boolean {
  const parent = node.parent;
  if (ts.isPropertyAccessExpression(parent)) return parent.expression === node;
  if (ts.isPropertyAssignment(parent) || ts.isJsxAttribute(parent)) return parent.name !== node;
  if (ts.isBindingElement(parent)) return parent.initializer === node;
  return !ts.isJsxOpeningLikeElement(parent) && !ts.isJsxClosingElement(parent) && !ts.isMethodDeclaration(parent);
}

const SIGNAL_LOOKS: ReadonlySet<string> = new Set(['aborted', 'isCancellationRequested']);

function isSignalLook(node: ts.PropertyAccessExpression): boolean {
  return SIGNAL_LOOKS.has(node.name.text);
}

export type { Draft as EventDraft };
