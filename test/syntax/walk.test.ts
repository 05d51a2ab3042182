import { describe, expect, test } from 'vitest';
import { functionName } from '../../src/syntax/functions.js';
import { ts } from '../../src/syntax/ts.js';
import { walk, type FileFacts, type ListenerTable, type NodeListener } from '../../src/syntax/walk.js';

const parse = (text: string): ts.SourceFile => ts.createSourceFile('a.ts', text, ts.ScriptTarget.ESNext, true);
const factsOf = (text: string): FileFacts => walk(parse(text), []);
const effectful = (text: string): string[] => factsOf(text).effectful.map(functionName);

function listening(kind: ts.SyntaxKind, listener: NodeListener): ListenerTable {
  const table: NodeListener[][] = [];
  table[kind] = [listener];
  return table;
}

describe('the walk', () => {
  test('calls listeners of a kind in source order, parents first', () => {
    const seen: string[] = [];
    walk(parse('a(b(), c(d()));\ne();'), listening(ts.SyntaxKind.CallExpression, (node) => seen.push(node.getText())));
    expect(seen).toEqual(['a(b(), c(d()))', 'b()', 'c(d())', 'd()', 'e()']);
  });

  test('takes functions with a call, an await, a construction, a yield or a using declaration of their own', () => {
    expect(
      effectful(`
        function calls() { run(); }
        function constructs() { return new Thing(); }
        function* yields() { yield 1; }
        function disposes() { using x = y; }
        const tagged = () => sql\`select\`;
        function pure(a: number) { return a + 1; }
      `),
    ).toEqual(['calls', 'constructs', 'yields', 'disposes', 'tagged']);
  });

  test('takes async functions even without any call, and the top level only where it acts', () => {
    expect(effectful('async function rethrows() { throw failure; }')).toEqual(['rethrows']);
    expect(effectful('main(); function main() {}')).toEqual(['<module>']);
  });

  test('gives the effects of a callback to the callback alone', () => {
    expect(effectful('const outer = { start() { this.handler = () => { run(); }; } };')).toEqual(['this.handler']);
  });

  test('counts what was looked at; overloads and abstract methods are no functions', () => {
    const facts = factsOf(`
async function one() { await a; for await (const x of xs) {} }
function two(a: string): void;
function two(a: unknown) {}
abstract class C { abstract m(): void; n() {} }
`);
    expect({ ...facts, effectful: undefined, classes: facts.classes.length }).toEqual({
      effectful: undefined,
      classes: 1,
      lines: 5,
      functions: 3,
      asyncFunctions: 1,
      awaits: 2,
    });
    expect(factsOf('').lines).toBe(0);
    expect(factsOf('a').lines).toBe(1);
  });

  test('is not bounded by the stack: a chain of 50,000 calls', () => {
    let expression: ts.Expression = ts.factory.createIdentifier('p');
    for (let i = 0; i < 50_000; i++) expression = ts.factory.createCallExpression(ts.factory.createPropertyAccessExpression(expression, 'then'), undefined, []);
    const source = ts.factory.updateSourceFile(parse(''), [ts.factory.createExpressionStatement(expression)]);
    let calls = 0;
    walk(source, listening(ts.SyntaxKind.CallExpression, () => calls++));
    expect(calls).toBe(50_000);
  });
});
