import { describe, expect, it } from 'vitest';

import { Fixpoint } from '../../src/flow/fixpoint.js';

interface Node {
  readonly own: boolean;
  readonly calls: Node[];
}
const node = (own = false): Node => ({ own, calls: [] });

/** Is a marked node reachable? The classic question over a graph with cycles. */
function reachability() {
  let computed = 0;
  const fixpoint: Fixpoint<Node, boolean> = new Fixpoint({
    start: false,
    unknown: false,
    equal: Object.is,
    compute: (n) => {
      computed++;
      return n.own || n.calls.map((c) => fixpoint.get(c)).some(Boolean);
    },
  });
  return { fixpoint, computed: () => computed };
}

describe('a fixpoint', () => {
  it('gives every member of a cycle what one of them brings in', () => {
    const [a, b, c] = [node(), node(), node(true)];
    a!.calls.push(b!);
    b!.calls.push(a!, c!);
    for (const start of [a!, b!]) {
      const { fixpoint } = reachability();
      fixpoint.get(start);
      expect([fixpoint.get(a!), fixpoint.get(b!)]).toEqual([true, true]);
    }
  });

  it('leaves a cycle that brings nothing at its start value', () => {
    const [a, b] = [node(), node()];
    a!.calls.push(b!, a!);
    b!.calls.push(a!);
    expect(reachability().fixpoint.get(a!)).toBe(false);
  });

  it('answers alike whichever member of nested cycles is asked first', () => {
    const nodes = Array.from({ length: 6 }, (_, i) => node(i === 5));
    const edges = [[0, 1], [1, 2], [2, 0], [2, 3], [3, 4], [4, 3], [4, 1], [4, 5]] as const;
    for (const [from, to] of edges) nodes[from]!.calls.push(nodes[to]!);
    for (const first of nodes) {
      const { fixpoint } = reachability();
      fixpoint.get(first);
      expect(nodes.map((n) => fixpoint.get(n))).toEqual(nodes.map(() => true));
    }
  });

  it('keeps what it knows', () => {
    const a = node(true);
    const { fixpoint, computed } = reachability();
    fixpoint.get(a);
    fixpoint.get(a);
    expect(computed()).toBe(1);
  });

  it('takes what is too deep, or never settles, as unknown', () => {
    const deep: Fixpoint<Node, string> = new Fixpoint({ start: 'start', unknown: 'unknown', equal: Object.is, compute: (n) => (n.calls[0] ? deep.get(n.calls[0]) : 'end') });
    const chain = Array.from({ length: 1000 }, () => node());
    chain.forEach((n, i) => chain[i + 1] && n.calls.push(chain[i + 1]!));
    expect(deep.get(chain[0]!)).toBe('unknown');
    expect(deep.get(chain[990]!)).toBe('end');
    const flipping: Fixpoint<Node, boolean> = new Fixpoint({ start: false, unknown: true, equal: () => false, compute: (n) => !flipping.get(n) });
    expect(flipping.get(node())).toBe(true);
  });
});
