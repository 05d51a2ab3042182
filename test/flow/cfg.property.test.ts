import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildGraph, type Graph } from '../../src/flow/cfg.js';
import type { CallInfo, CallNode } from '../../src/flow/contract.js';
import { Places } from '../../src/flow/places.js';
import { ts } from '../../src/syntax/ts.js';

/**
 * Programs are generated as text, run by the JavaScript engine with a recorded script of outcomes, and the run is
 * replayed on the graph: every call the engine made must lie on one path, with the branch and the exception it took.
 */
describe('the control-flow graph', () => {
  it('has a path for every run of a generated function', () => {
    fc.assert(
      fc.property(program(), fc.infiniteStream(fc.nat({ max: 9 })), (body, outcomes) => {
        const run = execute(body, outcomes[Symbol.iterator]());
        if (run.steps.length > 400) return;
        const graph = graphOf(body);
        expect(replays(graph, run), `${body}\n${JSON.stringify(run)}`).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('grows with the number of defaults and of conditional values, not with their combinations', () => {
    const edgesOf = (body: string): number => graphOf(body).edges.reduce((sum, edges) => sum + edges.length, 0);
    const names = Array.from({ length: 60 }, (_, i) => `a${i}`);
    expect(edgesOf(`const { ${names.map((name) => `${name} = undefined`).join(', ')} } = c(1);`)).toBeLessThan(100);
    expect(edgesOf(names.map((name) => `const ${name} = c(1) ? undefined : 0;`).join('\n'))).toBeLessThan(1_000);
    expect(edgesOf(names.map((name) => `let ${name} = 1; ${name} ||= 0; ${name} ??= undefined;`).join('\n'))).toBeLessThan(3_000);
  });
});

interface Run {
  readonly steps: readonly { call: string; outcome: 'true' | 'false' | 'throw' }[];
  readonly ending: 'normal' | 'throw';
}

class Planned extends Error {}

function execute(body: string, outcomes: Iterator<number>): Run {
  const steps: { call: string; outcome: 'true' | 'false' | 'throw' }[] = [];
  const step = (call: number): boolean => {
    if (steps.length > 400) throw new Planned('budget');
    const drawn = outcomes.next().value as number;
    const outcome = drawn === 0 ? 'throw' : drawn % 2 === 0 ? 'true' : 'false';
    steps.push({ call: `c(${call})`, outcome });
    if (outcome === 'throw') throw new Planned();
    return outcome === 'true';
  };
  try {
    new Function('c', 'Planned', body)(step, Planned);
    return { steps, ending: 'normal' };
  } catch (error) {
    if (!(error instanceof Planned)) throw error;
    return { steps, ending: 'throw' };
  }
}

function graphOf(body: string): Graph {
  const source = ts.createSourceFile('generated.ts', `function generated() {${body}}`, ts.ScriptTarget.ESNext, true);
  const places = new Places({ resolve: () => undefined, memberSymbol: () => undefined });
  const info = (call: CallNode): CallInfo => ({ call, text: call.getText(), targets: [], effects: {}, qualified: undefined, resolvedBy: 'none', complete: false });
  return buildGraph(source.statements[0] as ts.FunctionDeclaration, { places, call: info });
}

/** Steps an automaton through the graph: between calls everything is silent, a guard behind a call takes the branch the call chose. */
function replays(graph: Graph, run: Run): boolean {
  let here = new Set([graph.entry]);
  let last: Run['steps'][number] | undefined;
  for (const step of run.steps) {
    here = silentClosure(graph, here, last);
    here = new Set([...here].filter((id) => callText(graph, id) === step.call));
    if (here.size === 0) return false;
    last = step;
  }
  return silentClosure(graph, here, last).has(run.ending === 'normal' ? graph.exit : graph.exitThrow);
}

function silentClosure(graph: Graph, from: ReadonlySet<number>, last: Run['steps'][number] | undefined): Set<number> {
  const reached = new Set<number>();
  const work = [...from].map((id) => ({ id, start: true }));
  while (work.length > 0) {
    const { id, start } = work.pop()!;
    for (const edge of graph.edges[id]!) {
      const isCall = callText(graph, id) !== undefined;
      if (isCall && !start) continue;
      if (isCall && (edge.kind === 'throw') !== (last?.outcome === 'throw')) continue;
      if (graph.events[id]!.kind === 'guard' && isOutcomeOf(graph, id, last) && edge.kind !== last?.outcome) continue;
      if (reached.has(edge.to)) continue;
      reached.add(edge.to);
      if (callText(graph, edge.to) === undefined) work.push({ id: edge.to, start: false });
    }
  }
  return reached;
}

function callText(graph: Graph, id: number): string | undefined {
  const event = graph.events[id]!;
  return event.kind === 'call' && ts.isCallExpression(event.call) ? event.call.getText() : undefined;
}

function isOutcomeOf(graph: Graph, id: number, last: Run['steps'][number] | undefined): boolean {
  const event = graph.events[id]!;
  return event.kind === 'guard' && event.form === 'truthy' && event.test.getText() === last?.call;
}

// ── generated programs ────────────────────────────────────────────────────────────────────────────────

interface Scope {
  readonly loop: boolean;
  readonly label: string | undefined;
}

let serial = 0;
const call = (): fc.Arbitrary<string> => fc.constant(0).map(() => `c(${serial++})`);

function program(): fc.Arbitrary<string> {
  return block(4, { loop: false, label: undefined });
}

function block(depth: number, scope: Scope): fc.Arbitrary<string> {
  return fc.array(statement(depth, scope), { minLength: 1, maxLength: 3 }).map((list) => list.join('\n'));
}

function statement(depth: number, scope: Scope): fc.Arbitrary<string> {
  const simple = [call().map((c) => `${c};`), fc.constant('return;'), call().map((c) => `if (${c}) throw new Planned();`), fc.tuple(call(), call()).map(([a, b]) => `${a} && ${b};`)];
  const jumps = scope.loop ? [fc.constant('break;'), fc.constant('continue;'), ...(scope.label ? [fc.constant(`break ${scope.label};`), fc.constant(`continue ${scope.label};`)] : [])] : [];
  const guarded = jumps.map((j) => fc.tuple(call(), j).map(([c, jump]) => `if (${c}) { ${jump} }`));
  if (depth === 0) return fc.oneof(...simple, ...guarded);
  const inner = block(depth - 1, scope);
  const label = `l${depth}`;
  const looped = block(depth - 1, { loop: true, label });
  return fc.oneof(
    { weight: 3, arbitrary: fc.oneof(...simple, ...guarded, ...jumps) },
    fc.tuple(call(), inner, fc.option(inner)).map(([c, a, b]) => `if (${c}) {\n${a}\n}${b === null ? '' : ` else {\n${b}\n}`}`),
    fc.tuple(call(), call(), inner).map(([a, b, body]) => `if (!(${a} || ${b})) {\n${body}\n}`),
    fc.tuple(call(), looped).map(([c, body]) => `${label}: while (${c}) {\n${body}\n}`),
    fc.tuple(call(), looped).map(([c, body]) => `${label}: do {\n${body}\n} while (${c});`),
    fc.tuple(call(), call(), looped).map(([a, b, body]) => `${label}: for (; ${a}; ${b}) {\n${body}\n}`),
    looped.map((body) => `${label}: for (const x of [1, 2]) {\n${body}\n}`),
    fc.tuple(inner, inner).map(([a, b]) => `try {\n${a}\n} catch {\n${b}\n}`),
    fc.tuple(inner, inner).map(([a, b]) => `try {\n${a}\n} finally {\n${b}\n}`),
    fc.tuple(inner, inner, inner).map(([a, b, d]) => `try {\n${a}\n} catch {\n${b}\n} finally {\n${d}\n}`),
    fc.tuple(call(), inner, inner, inner).map(([c, a, b, d]) => `switch (${c}) {\ncase true:\n${a}\ncase false:\n${b}\nbreak;\ndefault:\n${d}\n}`),
  );
}
