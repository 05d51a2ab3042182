/**
 * The one compiler of this program: the TypeScript that ts-morph bundles. The npm package `typescript` is a
 * build-time tool of another major version whose `SyntaxKind` numbers differ silently, so nothing else may be imported.
 */
export * as ts from './compiler.js';
