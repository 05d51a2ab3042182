/**
 * The assumptions under which the public cases are asked. Their rules look at types alone, so that their authors write
 * `Promise.resolve()` and empty async functions for "some work"; here these stand for work that may fail. Lines stay as they are.
 */
import { isAsync, isFunctionNode } from '../../src/syntax/functions.js';
import { ts } from '../../src/syntax/ts.js';

export type Assumption = 'work may fail' | 'runs in a function' | 'names are declared';

/** Declares what the assumptions put in. */
export const ASSUMED = `declare function begunWork(): Promise<void>;
declare function begunWork<T>(value: T): Promise<Awaited<T>>;
declare function workWith<T = any>(executor: (resolve: (value?: any) => void, reject: (reason?: any) => void) => void): Promise<T>;
declare function failedWork<T = never>(reason?: unknown): Promise<T>;
`;

interface Edit {
  readonly at: number;
  readonly end: number;
  readonly text: string;
}

export function assume(code: string, isTsx: boolean, assumptions: readonly Assumption[]): string {
  const source = ts.createSourceFile(isTsx ? 'case.tsx' : 'case.ts', code, ts.ScriptTarget.ESNext, true);
  const edits = assumptions.flatMap((assumption) => {
    switch (assumption) {
      case 'work may fail':
        return failingWork(source);
      case 'runs in a function':
        return inFunctions(source);
      default:
        return promiseParameters(source);
    }
  });
  // From the end to the start; what stands at one place is replaced before anything is put in front of it.
  const edited = edits.sort((a, b) => b.at - a.at || b.end - a.end).reduce((text, { at, end, text: put }) => text.slice(0, at) + put + text.slice(end), code);
  return assumptions.includes('names are declared') ? `${edited}\n${declarations(source)}` : edited;
}

// ── work may fail ──

/** `Promise.resolve(x)`, `Promise.reject(x)` and `new Promise(…)` become calls of declared functions, and an async function fails at its start. */
function failingWork(source: ts.SourceFile): readonly Edit[] {
  const edits: Edit[] = [];
  const visit = (node: ts.Node): void => {
    const made = ts.isCallExpression(node) ? /^Promise\s*\.\s*(resolve|reject)$/.exec(node.expression.getText())?.[1] : undefined;
    if (made && ts.isCallExpression(node)) edits.push({ at: node.expression.getStart(), end: node.expression.end, text: made === 'resolve' ? 'begunWork' : 'failedWork' });
    const executor = ts.isNewExpression(node) && node.expression.getText() === 'Promise' ? node.arguments?.[0] : undefined;
    // What an async executor loses is a question of its own.
    if (executor && isFunctionNode(executor) && !isAsync(executor)) edits.push({ at: node.getStart(), end: (node as ts.NewExpression).expression.end, text: 'workWith' });
    if (isEmptyCombination(node)) edits.push(insert(node.arguments[0]!.getStart() + 1, 'failedWork()'));
    if (isFunctionNode(node) && isAsync(node) && !isHandler(node)) edits.push(...failsFirst(node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return edits;
}

/** `Promise.all([])` stands for any combination. */
function isEmptyCombination(node: ts.Node): node is ts.CallExpression {
  const list = ts.isCallExpression(node) && /^Promise\s*\.\s*(all|allSettled|any|race)$/.test(node.expression.getText()) ? node.arguments[0] : undefined;
  return list !== undefined && ts.isArrayLiteralExpression(list) && list.elements.length === 0;
}

function failsFirst(fn: { readonly body?: ts.Node | undefined }): readonly Edit[] {
  const { body } = fn;
  if (!body) return [];
  if (ts.isBlock(body)) return [insert(body.getStart() + 1, ' await begunWork();')];
  return [insert(body.getStart(), '(await begunWork(), '), insert(body.end, ')')];
}

/** A handler is taken to hold. */
function isHandler(fn: ts.Node): boolean {
  const call = fn.parent;
  return ts.isCallExpression(call) && ts.isPropertyAccessExpression(call.expression) && /^(then|catch|finally)$/.test(call.expression.name.text);
}

// ── runs in a function ──

/** Statements that do something, at the top level, are put in a function, as far as they stand together. */
function inFunctions(source: ts.SourceFile): readonly Edit[] {
  const edits: Edit[] = [];
  let isOpen = false;
  for (const [i, statement] of source.statements.entries()) {
    const acts = isAct(statement);
    const next = source.statements[i + 1];
    if (acts && !isOpen) edits.push(insert(statement.getStart(), `async function acts${i}() { `));
    if (acts && !(next && isAct(next))) edits.push(insert(statement.end, ' }'));
    isOpen = acts;
  }
  return edits;
}

function isAct(statement: ts.Statement): boolean {
  return ts.isExpressionStatement(statement) || ts.isIfStatement(statement) || ts.isIterationStatement(statement, false) || ts.isTryStatement(statement) || ts.isBlock(statement) || ts.isSwitchStatement(statement);
}

function insert(at: number, text: string): Edit {
  return { at, end: at, text };
}

// ── names are declared ──

/** A parameter at the start of a chain gets the type of a promise. */
function promiseParameters(source: ts.SourceFile): readonly Edit[] {
  const starts = new Set<string>();
  const parameters: ts.Identifier[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isIdentifier(node) && startsChain(node)) starts.add(node.text);
    if (ts.isParameter(node) && !node.type && ts.isIdentifier(node.name)) parameters.push(node.name);
    ts.forEachChild(node, visit);
  };
  visit(source);
  return parameters.filter(({ text }) => starts.has(text)).map(({ end }) => insert(end, ': Promise<any>'));
}

/** What a case uses and does not declare, by its use: the start of a chain is a promise, or a function that returns one. */
function declarations(source: ts.SourceFile): string {
  const declared = new Set<string>();
  const used = new Map<string, string>();
  const visit = (node: ts.Node): void => {
    if ((ts.isVariableDeclaration(node) || ts.isParameter(node) || ts.isFunctionDeclaration(node)) && node.name && ts.isIdentifier(node.name)) declared.add(node.name.text);
    if (ts.isIdentifier(node) && isValue(node) && !used.has(node.text)) used.set(node.text, typeByUse(node));
    ts.forEachChild(node, visit);
  };
  visit(source);
  return [...used].flatMap(([name, type]) => (declared.has(name) || name in globalThis || name === 'undefined' ? [] : [`declare const ${name}: ${type};`])).join(' ');
}

function isValue(name: ts.Identifier): boolean {
  const { parent } = name;
  return !(ts.isPropertyAccessExpression(parent) && parent.name === name) && !(ts.isPropertyAssignment(parent) && parent.name === name);
}

function typeByUse(name: ts.Identifier): string {
  if (startsChain(name)) return 'Promise<any>';
  if (ts.isCallExpression(name.parent) && name.parent.expression === name && startsChain(name.parent)) return '(...given: any[]) => Promise<any>';
  return ts.isPropertyAccessExpression(name.parent) ? 'any' : '(...given: any[]) => any';
}

function startsChain({ parent }: ts.Expression): boolean {
  return ts.isPropertyAccessExpression(parent) && /^(then|catch|finally)$/.test(parent.name.text);
}
