/**
 * What conclint uses of the compiler, name by name. `ts` in `ts.ts` is this module, because the compiler's own object holds
 * its two thousand names as getters: each `ts.isX(node)` would be a look-up in a hash table and a call before the call.
 */
import type { ts as compiler } from 'ts-morph';
import { ts } from './ts-morph.js';

export const {
  IndexKind, InternalSymbolName, JSDocParsingMode, JsxEmit, ModuleDetectionKind, ModuleKind, ModuleResolutionKind, NodeFlags, ScriptTarget,
  SymbolFlags, SyntaxKind, TypeFlags, canHaveDecorators, canHaveModifiers, createModuleResolutionCache, createProgram, createSourceFile,
  escapeLeadingUnderscores, factory, flattenDiagnosticMessageText, forEachChild, getCombinedNodeFlags, getDecorators, getDefaultLibFileName,
  getModeForUsageLocation, getModifiers, getNameOfDeclaration, isAccessor, isArrayBindingPattern, isArrayLiteralExpression, isArrayTypeNode,
  isArrowFunction, isAsExpression, isAwaitExpression, isBinaryExpression, isBindingElement, isBlock, isBreakOrContinueStatement,
  isBreakStatement, isCallExpression, isCallOrNewExpression, isCallSignatureDeclaration, isCaseOrDefaultClause, isCatchClause, isClassDeclaration, isClassElement,
  isClassExpression, isClassLike, isClassStaticBlockDeclaration, isComputedPropertyName, isConditionalExpression, isConstTypeReference,
  isConstructSignatureDeclaration, isConstructorDeclaration, isDefaultClause, isDoStatement, isElementAccessExpression, isEnumDeclaration,
  isEnumMember, isExportAssignment, isExportDeclaration, isExportSpecifier, isExpression, isExpressionStatement,
  isExpressionWithTypeArguments, isExternalModuleReference, isForInStatement, isForOfStatement, isForStatement, isFunctionDeclaration,
  isFunctionExpression, isFunctionLike, isFunctionTypeNode, isGetAccessorDeclaration, isHeritageClause, isIdentifier, isIfStatement,
  isImportClause, isImportDeclaration, isImportEqualsDeclaration, isImportSpecifier, isImportTypeNode, isIndexedAccessTypeNode,
  isInterfaceDeclaration, isIntersectionTypeNode, isIterationStatement, isJSDoc, isJsxAttribute, isJsxClosingElement,
  isJsxOpeningLikeElement, isJsxText, isLabeledStatement, isLiteralExpression, isLiteralTypeNode, isMetaProperty, isMethodDeclaration,
  isMethodSignature, isModuleBlock, isModuleDeclaration, isNamedExports, isNamedTupleMember, isNamespaceExport, isNamespaceImport,
  isNewExpression, isNonNullExpression, isNumericLiteral, isObjectBindingPattern, isObjectLiteralElementLike, isObjectLiteralExpression, isOmittedExpression,
  isOptionalChain, isParameter, isParameterPropertyDeclaration, isParenthesizedExpression, isParenthesizedTypeNode,
  isPostfixUnaryExpression, isPrefixUnaryExpression, isPrivateIdentifier, isPropertyAccessExpression, isPropertyAssignment,
  isPropertyDeclaration, isPropertySignature, isQualifiedName, isRestTypeNode, isReturnStatement, isSatisfiesExpression,
  isSetAccessorDeclaration, isShorthandPropertyAssignment, isSourceFile, isSpreadAssignment, isSpreadElement, isStringLiteral,
  isStringLiteralLike, isSwitchStatement, isTaggedTemplateExpression, isTemplateExpression, isTemplateLiteralToken, isThisTypeNode, isThrowStatement, isToken,
  isTryStatement, isTupleTypeNode, isTypeAliasDeclaration, isTypeAssertionExpression, isTypeElement, isTypeLiteralNode, isTypeNode, isTypeOfExpression,
  isTypeOperatorNode, isTypeParameterDeclaration, isTypeQueryNode, isTypeReferenceNode, isUnionTypeNode, isVariableDeclaration,
  isVariableDeclarationList, isVariableStatement, isVoidExpression, isWhileStatement, isYieldExpression,
  parseJsonSourceFileConfigFileContent, preProcessFile, readJsonConfigFile, resolveModuleName, resolveProjectReferencePath, sys,
  tokenToString, transpileModule, unescapeLeadingUnderscores,
} = ts;

export type AccessExpression = compiler.AccessExpression;
export type ArrayLiteralExpression = compiler.ArrayLiteralExpression;
export type ArrowFunction = compiler.ArrowFunction;
export type AssignmentExpression<T extends compiler.AssignmentOperatorToken> = compiler.AssignmentExpression<T>;
export type AssignmentOperatorToken = compiler.AssignmentOperatorToken;
export type AwaitExpression = compiler.AwaitExpression;
export type BinaryExpression = compiler.BinaryExpression;
export type BindingElement = compiler.BindingElement;
export type BindingName = compiler.BindingName;
export type BindingPattern = compiler.BindingPattern;
export type Block = compiler.Block;
export type BreakOrContinueStatement = compiler.BreakOrContinueStatement;
export type BreakStatement = compiler.BreakStatement;
export type CallExpression = compiler.CallExpression;
export type CatchClause = compiler.CatchClause;
export type ClassDeclaration = compiler.ClassDeclaration;
export type ClassElement = compiler.ClassElement;
export type ClassExpression = compiler.ClassExpression;
export type ClassLikeDeclaration = compiler.ClassLikeDeclaration;
export type ClassStaticBlockDeclaration = compiler.ClassStaticBlockDeclaration;
export type CompilerHost = compiler.CompilerHost;
export type CompilerOptions = compiler.CompilerOptions;
export type ConditionalExpression = compiler.ConditionalExpression;
export type ConstructorDeclaration = compiler.ConstructorDeclaration;
export type CreateSourceFileOptions = compiler.CreateSourceFileOptions;
export type Declaration = compiler.Declaration;
export type Decorator = compiler.Decorator;
export type DeleteExpression = compiler.DeleteExpression;
export type Diagnostic = compiler.Diagnostic;
export type DoStatement = compiler.DoStatement;
export type ElementAccessExpression = compiler.ElementAccessExpression;
export type EntityName = compiler.EntityName;
export type ExportAssignment = compiler.ExportAssignment;
export type ExportSpecifier = compiler.ExportSpecifier;
export type Expression = compiler.Expression;
export type ExpressionStatement = compiler.ExpressionStatement;
export type ExpressionWithTypeArguments = compiler.ExpressionWithTypeArguments;
export type ExtendedConfigCacheEntry = compiler.ExtendedConfigCacheEntry;
export type ForInOrOfStatement = compiler.ForInOrOfStatement;
export type ForOfStatement = compiler.ForOfStatement;
export type ForStatement = compiler.ForStatement;
export type FunctionDeclaration = compiler.FunctionDeclaration;
export type FunctionExpression = compiler.FunctionExpression;
export type FunctionTypeNode = compiler.FunctionTypeNode;
export type GetAccessorDeclaration = compiler.GetAccessorDeclaration;
export type Identifier = compiler.Identifier;
export type IfStatement = compiler.IfStatement;
export type ImportClause = compiler.ImportClause;
export type ImportSpecifier = compiler.ImportSpecifier;
export type ImportTypeNode = compiler.ImportTypeNode;
export type IndexKind = compiler.IndexKind;
export type InterfaceDeclaration = compiler.InterfaceDeclaration;
export type InterfaceType = compiler.InterfaceType;
export type IterationStatement = compiler.IterationStatement;
export type JSDocParsingMode = compiler.JSDocParsingMode;
export type JsxEmit = compiler.JsxEmit;
export type JsxExpression = compiler.JsxExpression;
export type LabeledStatement = compiler.LabeledStatement;
export type MethodDeclaration = compiler.MethodDeclaration;
export type MethodSignature = compiler.MethodSignature;
export type Modifier = compiler.Modifier;
export type ModuleDeclaration = compiler.ModuleDeclaration;
export type ModuleDetectionKind = compiler.ModuleDetectionKind;
export type ModuleKind = compiler.ModuleKind;
export type ModuleResolutionKind = compiler.ModuleResolutionKind;
export type NewExpression = compiler.NewExpression;
export type Node = compiler.Node;
export type NodeArray<T extends compiler.Node> = compiler.NodeArray<T>;
export type NodeFlags = compiler.NodeFlags;
export type NumericLiteral = compiler.NumericLiteral;
export type ObjectLiteralElementLike = compiler.ObjectLiteralElementLike;
export type ObjectLiteralExpression = compiler.ObjectLiteralExpression;
export type ParameterDeclaration = compiler.ParameterDeclaration;
export type ParenthesizedExpression = compiler.ParenthesizedExpression;
export type ParseConfigHost = compiler.ParseConfigHost;
export type ParsedCommandLine = compiler.ParsedCommandLine;
export type PostfixUnaryExpression = compiler.PostfixUnaryExpression;
export type PrefixUnaryExpression = compiler.PrefixUnaryExpression;
export type PrivateIdentifier = compiler.PrivateIdentifier;
export type Program = compiler.Program;
export type PropertyAccessExpression = compiler.PropertyAccessExpression;
export type PropertyAssignment = compiler.PropertyAssignment;
export type PropertyDeclaration = compiler.PropertyDeclaration;
export type PropertyName = compiler.PropertyName;
export type PropertySignature = compiler.PropertySignature;
export type QuestionDotToken = compiler.QuestionDotToken;
export type ResolutionMode = compiler.ResolutionMode;
export type ResolvedModuleFull = compiler.ResolvedModuleFull;
export type ResolvedProjectReference = compiler.ResolvedProjectReference;
export type ReturnStatement = compiler.ReturnStatement;
export type ScriptTarget = compiler.ScriptTarget;
export type SetAccessorDeclaration = compiler.SetAccessorDeclaration;
export type ShorthandPropertyAssignment = compiler.ShorthandPropertyAssignment;
export type Signature = compiler.Signature;
export type SignatureDeclaration = compiler.SignatureDeclaration;
export type SourceFile = compiler.SourceFile;
export type SpreadAssignment = compiler.SpreadAssignment;
export type Statement = compiler.Statement;
export type StringLiteralLike = compiler.StringLiteralLike;
export type SwitchStatement = compiler.SwitchStatement;
export type Symbol = compiler.Symbol;
export type SymbolFlags = compiler.SymbolFlags;
export type SymbolTable = compiler.SymbolTable;
export type SyntaxKind = compiler.SyntaxKind;
export type TemplateSpan = compiler.TemplateSpan;
export type ThisExpression = compiler.ThisExpression;
export type ThrowStatement = compiler.ThrowStatement;
export type TryStatement = compiler.TryStatement;
export type Type = compiler.Type;
export type TypeChecker = compiler.TypeChecker;
export type TypeElement = compiler.TypeElement;
export type TypeFlags = compiler.TypeFlags;
export type TypeNode = compiler.TypeNode;
export type TypeReference = compiler.TypeReference;
export type VariableDeclaration = compiler.VariableDeclaration;
export type VariableDeclarationList = compiler.VariableDeclarationList;
export type VariableStatement = compiler.VariableStatement;
export type VoidExpression = compiler.VoidExpression;
export type WhileStatement = compiler.WhileStatement;
export type WithStatement = compiler.WithStatement;
export type YieldExpression = compiler.YieldExpression;
export type __String = compiler.__String;
