import type { Certainty } from '../core/certainty.js';
import { isAsync, isFunctionNode, isGenerator, skipWrappers, type FunctionNode } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import type { CallNode } from './contract.js';
import type { DeclaredTypes, TypeArguments } from './declared-types.js';

/**
 * Whether a call gives a promise, where the signatures that its callee may have say so in so many words; undefined where
 * only the checker can tell. The checker would choose among the overloads, and type every argument for that.
 */
export function givesDeclaredPromise(call: CallNode, declared: DeclaredTypes): Certainty | undefined {
  const callee = skipWrappers(call.expression);
  if (callee.kind === ts.SyntaxKind.SuperKeyword) return 'no';
  if (ts.isNewExpression(call)) {
    const made = declared.of(call);
    return made && declared.hasMember(made, 'then') === 'no' ? 'no' : undefined;
  }
  if (ts.isIdentifier(callee) && declared.isSettler(callee)) return 'no';
  const { signatures, env } = declared.signaturesBehind(callee);
  const [first, ...others] = signatures.map((signature) => resultOf(signature, env, callee, declared));
  return others.every((other) => other === first) ? first : undefined;
}

/** Do the signatures that the callee may have rule out, in so many words, that the call gives a list? */
export function givesNoList(call: ts.CallExpression, declared: DeclaredTypes): boolean {
  const { signatures } = declared.signaturesBehind(call.expression);
  return signatures.length > 0 && signatures.every((signature) => (signature.type ? NO_LIST.has(signature.type.kind) : givesNothing(signature)));
}

function resultOf(signature: ts.SignatureDeclaration, env: TypeArguments, callee: ts.Expression, declared: DeclaredTypes): Certainty | undefined {
  if (signature.type?.kind === ts.SyntaxKind.ThisType) {
    const self = ts.isPropertyAccessExpression(callee) ? declared.of(callee.expression) : undefined;
    return self && declared.hasMember(self, 'then') === 'no' ? 'no' : undefined;
  }
  if (signature.type) return isPromise(signature.type, env, declared);
  return givesNothing(signature) && !isAsync(signature) ? 'no' : undefined;
}

/** Without an annotation the body speaks; in JavaScript comments may say the type. */
function givesNothing(signature: ts.SignatureDeclaration): signature is ts.SignatureDeclaration & FunctionNode {
  return isFunctionNode(signature) && (signature.flags & ts.NodeFlags.JavaScriptFile) === 0 && returnsNothing(signature);
}

function isPromise(node: ts.TypeNode, env: TypeArguments, declared: DeclaredTypes): Certainty | undefined {
  if (PLAIN.has(node.kind)) return 'no';
  if (ts.isParenthesizedTypeNode(node)) return isPromise(node.type, env, declared);
  if (ts.isUnionTypeNode(node)) {
    const parts = node.types.map((part) => isPromise(part, env, declared));
    return parts.includes('yes') ? 'yes' : parts.every((part) => part === 'no') ? 'no' : undefined;
  }
  if (!ts.isTypeReferenceNode(node)) return undefined;
  const name = ts.isQualifiedName(node.typeName) ? node.typeName.right : node.typeName;
  const type = declared.ofTypeNode(node, env);
  // A type parameter or an alias stands for another type, of another name.
  if (!type?.symbol || type.symbol.name !== name.text) return undefined;
  if (declared.hasMember(type, 'then') === 'no') return 'no';
  return type.module === 'lib' && type.symbol.name === 'Promise' ? 'yes' : undefined;
}

const NO_LIST: ReadonlySet<ts.SyntaxKind> = new Set([
  ts.SyntaxKind.VoidKeyword,
  ts.SyntaxKind.UndefinedKeyword,
  ts.SyntaxKind.BooleanKeyword,
  ts.SyntaxKind.NumberKeyword,
  ts.SyntaxKind.StringKeyword,
  ts.SyntaxKind.BigIntKeyword,
  ts.SyntaxKind.SymbolKeyword,
  ts.SyntaxKind.LiteralType,
  ts.SyntaxKind.TypePredicate,
]);

/** Types whose values have no members of their own choice. */
const PLAIN: ReadonlySet<ts.SyntaxKind> = new Set([...NO_LIST, ts.SyntaxKind.NeverKeyword, ts.SyntaxKind.ArrayType, ts.SyntaxKind.TupleType]);

function returnsNothing(fn: FunctionNode): boolean {
  if (!('body' in fn) || !fn.body || isGenerator(fn) || !ts.isBlock(fn.body)) return false;
  const returnsValue = (node: ts.Node): boolean => {
    if (ts.isReturnStatement(node)) return node.expression !== undefined;
    return !ts.isExpression(node) && !isFunctionNode(node) && !ts.isClassLike(node) && ts.forEachChild(node, returnsValue) === true;
  };
  return !returnsValue(fn.body);
}
