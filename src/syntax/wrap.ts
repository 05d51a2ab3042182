import { createWrappedNode, type Node } from 'ts-morph';
import type { ts } from './ts.js';

/**
 * ts-morph's view of a raw node, for the rare place that edits code. Wrapping a whole file costs seven times a raw
 * walk and keeps its memory, so wrap the one node in question, never in a walk.
 */
export function wrap(node: ts.Node): Node {
  return createWrappedNode(node, { sourceFile: node.getSourceFile() });
}
