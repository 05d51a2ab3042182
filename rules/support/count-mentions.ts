import { forEachDescendant, is, type ts } from '../../src/rule.js';

/** How often the name stands in the scope, by text. */
export function countMentions(scope: ts.Node, name: string): number {
  let count = 0;
  forEachDescendant(scope, (node) => {
    if (is.identifier(node) && node.text === name) count++;
  });
  return count;
}
