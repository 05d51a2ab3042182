import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { EventKind, FlowEvent, FunctionFlow, SemanticModel } from '../src/flow/contract.js';
import { enclosingRoot, isFunctionNode, type FlowRoot } from '../src/syntax/functions.js';
import { ts } from '../src/syntax/ts.js';
import { flowExpectations, labelOf, selector, type FlowExpectation } from './support/flow-expectations.js';
import { modelOfProject } from './support/model.js';

const FOLDER = fileURLToPath(new URL('../fixtures/_flow/', import.meta.url));

/** Compared in every `flow:` line; other kinds only where the line names one. */
const COMPARED: readonly EventKind[] = ['await', 'call', 'acquire', 'release', 'timer', 'clear', 'subscribe', 'unsubscribe', 'signal-check', 'write', 'throw', 'dispose'];

const names = readdirSync(FOLDER).filter((name) => name.endsWith('.ts')).sort();
const { program, model } = modelOfProject(fileURLToPath(new URL('../fixtures/tsconfig.json', import.meta.url)), names.map((name) => join(FOLDER, name)));

describe.each(names)('the flow of %s', (name) => {
  const source = program.getSourceFile(join(FOLDER, name))!;
  const expectations = flowExpectations(readFileSync(join(FOLDER, name), 'utf8'));

  it('says something', () => {
    expect(expectations.length).toBeGreaterThan(0);
  });

  it.each(expectations.map((e) => [title(e), e] as const))('%s', (_, expectation) => {
    check(expectation, source, model);
  });
});

function title(e: FlowExpectation): string {
  switch (e.kind) {
    case 'flow':
      return `line ${e.line}: ${e.events.join(', ')}`;
    case 'held':
      return `line ${e.line}: held ${e.locks.join(', ') || 'nothing'}`;
    case 'summary':
      return `line ${e.line}: ${Object.entries(e.facts).join(' ')}`;
    case 'path':
      return `line ${e.line}: ${e.text}`;
  }
}

function check(e: FlowExpectation, source: ts.SourceFile, model: SemanticModel): void {
  const root = rootAtLine(source, e.line);
  const flow = model.flow(root);
  switch (e.kind) {
    case 'flow': {
      const kinds = new Set<string>([...COMPARED, ...e.events.map((label) => label.replace(/\(.*/, ''))]);
      const seen = eventsOnLine(flow, source, e.line).filter((event) => kinds.has(event.kind));
      expect(seen.map(labelOf)).toEqual(e.events);
      return;
    }
    case 'held': {
      const suspended = eventsOnLine(flow, source, e.line).filter((event) => event.kind === 'await');
      expect(suspended.length).toBeGreaterThan(0);
      for (const event of suspended) expect([...flow.heldAt(event)].map((lock) => lock.text).sort()).toEqual([...e.locks].sort());
      return;
    }
    case 'summary': {
      if (!isFunctionNode(root)) throw new Error('a summary stands inside a function');
      const summary = model.summary(root) as unknown as Record<string, unknown>;
      for (const [fact, value] of Object.entries(e.facts)) expect(String(summary[fact]), fact).toBe(value);
      return;
    }
    case 'path': {
      const starts = flow.events.filter(selector(e.from));
      expect(starts, `no event ${e.from}`).not.toEqual([]);
      const to = selector(e.to);
      const options = { ...(e.avoiding ? { avoiding: selector(e.avoiding) } : {}), ...(e.throws ? { throws: e.throws } : {}) };
      const exists = starts.some((from) => (e.through ? flow.pathThrough(from, selector(e.through), to, options) : flow.pathTo(from, to, options)) !== undefined);
      expect(exists).toBe(e.exists);
    }
  }
}

function eventsOnLine(flow: FunctionFlow, source: ts.SourceFile, line: number): FlowEvent[] {
  return flow.events.filter((event) => source.getLineAndCharacterOfPosition(event.node.getStart(source)).line + 1 === line);
}

/** The innermost function whose text spans the line; a comment in its body speaks of it. */
function rootAtLine(source: ts.SourceFile, line: number): FlowRoot {
  const position = source.getPositionOfLineAndCharacter(line - 1, source.text.split('\n')[line - 1]!.search(/\S/));
  let best: ts.Node = source;
  const visit = (node: ts.Node): void => {
    if (position < node.pos || position >= node.end) return;
    if (isFunctionNode(node) && node.getStart(source) < position) best = node;
    ts.forEachChild(node, visit);
  };
  visit(source);
  return ts.isSourceFile(best) || isFunctionNode(best) ? best : enclosingRoot(best);
}
