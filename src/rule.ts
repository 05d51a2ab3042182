/**
 * All that a rule may import. A rule is one constant value: identity, metadata, prose, and functions that ask
 * the semantic model questions. Everything else (registry, docs, config schema, SARIF descriptors) is computed from it.
 */
import type { FixSafety } from './core/finding.js';
import type { Messages, Options, OptionSpec, RuleMeta } from './core/rule-meta.js';
import type { TextEdit } from './core/text-edits.js';
import type { ClassModel, FileInfo, FlowRoot, FunctionFlow, Place, SemanticModel } from './flow/contract.js';
import { ts } from './syntax/ts.js';

export type * from './flow/contract.js';
export type { Family, FileRole, Messages, Options, RuleMeta } from './core/rule-meta.js';
export type { TextEdit } from './core/text-edits.js';
export * as edit from './syntax/edits.js';
export { surely, perhaps, and, or, not } from './core/certainty.js';
export {
  enclosingRoot,
  functionName,
  isAsync,
  isFunctionNode,
  isGenerator,
  outermostWrapper,
  shortText,
  skipWrappers,
} from './syntax/functions.js';
export type { ts } from './syntax/ts.js';

export type OptionValues<O extends Options> = {
  readonly [K in keyof O]: O[K] extends { type: 'string[]' } ? readonly string[] : O[K] extends { type: 'number' } ? number : boolean;
};

/** One step of a report's trace; races name the activation that takes it. */
export interface TraceStep {
  readonly at: ts.Node;
  readonly text: string;
  readonly thread?: 'A' | 'B';
}

/** A change of the reported file that makes the report go away. */
export interface FixProposal {
  /** What it does, in the imperative: `hand signal to fetch`. */
  readonly description: string;
  /** `safe` only where the program behaves as before as long as nothing is aborted. */
  readonly safety: FixSafety;
  /** Made by the functions of `edit`, each with positions in the text as it is. */
  readonly edits: readonly TextEdit[];
}

export interface Report<M extends Messages> {
  readonly message: keyof M & string;
  /** The primary location: keep it small. */
  readonly at: ts.Node;
  /**
   * What the defect is about; reports with the same subject and question are one defect. A place that is raced for or left
   * undone (`race`, `undo`) is one subject per function, because each function needs its own cure. Default: `at`.
   */
  readonly subject?: ts.Node | Place | string;
  /** Values for the {holes} of the message; the user's own names. */
  readonly data?: Readonly<Record<string, string>>;
  /** At least one step; in order of time. */
  readonly trace: readonly TraceStep[];
  /** The rule's `meta.fixes` names its safety. Left out where the code's shape does not allow one. */
  readonly fix?: FixProposal | undefined;
}

export interface RuleContext<M extends Messages = Messages, O extends Options = Options> {
  readonly options: OptionValues<O>;
  readonly model: SemanticModel;
  readonly file: FileInfo;
  report(report: Report<M>): void;
}

/** Names of node kinds a rule listens to, as in `ts.SyntaxKind`. */
export type KindName = keyof typeof ts.SyntaxKind;

export interface Rule<M extends Messages = Messages, O extends Options = Options> {
  readonly meta: RuleMeta<M, O>;
  /** Cheap and syntactic: called in the one walk. */
  readonly onNode?: { readonly [K in KindName]?: (node: ts.Node, ctx: RuleContext<M, O>) => void };
  /** The usual entry: every function (and the module's top level) that has effects. */
  readonly onFunction?: (flow: FunctionFlow, ctx: RuleContext<M, O>) => void;
  readonly onClass?: (model: ClassModel, ctx: RuleContext<M, O>) => void;
  /** Once per file, after its functions. */
  readonly onFile?: (file: FileInfo, ctx: RuleContext<M, O>) => void;
}

// Rules differ in their message and option types; the registry holds them as one.
export type AnyRule = Rule<Messages, Options>;

export { defineRule } from './define-rule.js';
export type { FlowRoot, OptionSpec };

/** Predicates over nodes, so that rules need no compiler value. */
export const is = {
  arrowFunction: ts.isArrowFunction,
  arrayLiteral: ts.isArrayLiteralExpression,
  assignment: (node: ts.Node): node is ts.AssignmentExpression<ts.AssignmentOperatorToken> =>
    ts.isBinaryExpression(node) && node.operatorToken.kind >= ts.SyntaxKind.FirstAssignment && node.operatorToken.kind <= ts.SyntaxKind.LastAssignment,
  await: ts.isAwaitExpression,
  binary: ts.isBinaryExpression,
  bindingElement: ts.isBindingElement,
  block: ts.isBlock,
  break: ts.isBreakStatement,
  call: ts.isCallExpression,
  callOrNew: (node: ts.Node): node is ts.CallExpression | ts.NewExpression => ts.isCallExpression(node) || ts.isNewExpression(node),
  catchClause: ts.isCatchClause,
  classLike: ts.isClassLike,
  comma: (node: ts.Node): node is ts.BinaryExpression => ts.isBinaryExpression(node) && node.operatorToken.kind === ts.SyntaxKind.CommaToken,
  conditional: ts.isConditionalExpression,
  constructor: ts.isConstructorDeclaration,
  doWhile: ts.isDoStatement,
  elementAccess: ts.isElementAccessExpression,
  expression: ts.isExpression,
  expressionStatement: ts.isExpressionStatement,
  for: ts.isForStatement,
  forOf: ts.isForOfStatement,
  functionExpression: (node: ts.Node): node is ts.FunctionExpression | ts.ArrowFunction => ts.isFunctionExpression(node) || ts.isArrowFunction(node),
  identifier: ts.isIdentifier,
  if: ts.isIfStatement,
  interface: ts.isInterfaceDeclaration,
  iteration: (node: ts.Node): node is ts.IterationStatement => ts.isIterationStatement(node, false),
  /** A string, number, template or regular expression literal. */
  literal: ts.isLiteralExpression,
  method: ts.isMethodDeclaration,
  methodSignature: ts.isMethodSignature,
  new: ts.isNewExpression,
  objectLiteral: ts.isObjectLiteralExpression,
  omitted: ts.isOmittedExpression,
  parameter: ts.isParameter,
  prefixUnary: ts.isPrefixUnaryExpression,
  privateIdentifier: ts.isPrivateIdentifier,
  propertyAccess: ts.isPropertyAccessExpression,
  propertyAssignment: ts.isPropertyAssignment,
  propertyDeclaration: ts.isPropertyDeclaration,
  propertySignature: ts.isPropertySignature,
  return: ts.isReturnStatement,
  shorthandPropertyAssignment: ts.isShorthandPropertyAssignment,
  sourceFile: ts.isSourceFile,
  spread: ts.isSpreadElement,
  staticBlock: ts.isClassStaticBlockDeclaration,
  spreadAssignment: ts.isSpreadAssignment,
  stringLiteral: ts.isStringLiteralLike,
  taggedTemplate: ts.isTaggedTemplateExpression,
  this: (node: ts.Node): node is ts.ThisExpression => node.kind === ts.SyntaxKind.ThisKeyword,
  throw: ts.isThrowStatement,
  try: ts.isTryStatement,
  /** `x++`, `--x`. */
  update: (node: ts.Node): node is ts.PrefixUnaryExpression | ts.PostfixUnaryExpression =>
    (ts.isPrefixUnaryExpression(node) || ts.isPostfixUnaryExpression(node)) &&
    (node.operator === ts.SyntaxKind.PlusPlusToken || node.operator === ts.SyntaxKind.MinusMinusToken),
  /** A `using` or `await using` statement. */
  using: (node: ts.Node): node is ts.VariableStatement => ts.isVariableStatement(node) && (node.declarationList.flags & ts.NodeFlags.Using) !== 0,
  variableDeclaration: ts.isVariableDeclaration,
  void: ts.isVoidExpression,
  while: ts.isWhileStatement,
  yield: ts.isYieldExpression,
} as const;

/** Calls `visit` on every descendant of `node` in source order; `false` skips what lies below. */
export function forEachDescendant(node: ts.Node, visit: (node: ts.Node) => boolean | void): void {
  // One closure for the whole walk.
  const step = (child: ts.Node): void => {
    if (visit(child) !== false) ts.forEachChild(child, step);
  };
  ts.forEachChild(node, step);
}
