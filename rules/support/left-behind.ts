import { is, type EventTest, type FlowEvent, type FunctionFlow, type Path, type ThrowGrade } from '../../src/rule.js';

/** A way on which something fails after `mark`, out of the function or through a catch of its own, and nothing undoes the mark. */
export function wayThatLeaves(mark: FlowEvent, undone: EventTest, flow: FunctionFlow, throws: ThrowGrade): Path | undefined {
  return (
    flow.pathTo(mark, (e) => e.kind === 'exit-throw', { throws, avoiding: undone }) ??
    flow.pathThrough(mark, (e) => is.catchClause(e.node), (e) => e.kind === 'exit', { throws, avoiding: undone })
  );
}
