import { isAsync, isFunctionNode, type FlowRoot } from './functions.js';
import { ts } from './ts.js';

export type NodeListener = (node: ts.Node) => void;
/** Listeners by `SyntaxKind`. */
export type ListenerTable = readonly (readonly NodeListener[] | undefined)[];

/** What one walk learns about a file besides calling the listeners. */
export interface FileFacts {
  /** The file's top level and every function with a body that has effects of its own, in source order. */
  readonly effectful: readonly FlowRoot[];
  readonly classes: readonly ts.ClassLikeDeclaration[];
  readonly lines: number;
  readonly functions: number;
  readonly asyncFunctions: number;
  /** `await` expressions and `for await` loops. */
  readonly awaits: number;
}

/**
 * Visits every node once, parents before children, in source order. It keeps its own stack, because sources nest
 * deeper than the machine's: chains of a hundred thousand calls occur in generated code.
 */
export function walk(source: ts.SourceFile, listeners: ListenerTable): FileFacts {
  const roots: FlowRoot[] = [source];
  const hasEffects: boolean[] = [false];
  const classes: ts.ClassLikeDeclaration[] = [];
  let asyncFunctions = 0;
  let awaits = 0;

  const nodes: ts.Node[] = [source];
  /** For each waiting node the index in `roots` of the function around it. */
  const owners: number[] = [0];
  let owner = 0;
  const push = (child: ts.Node): void => {
    nodes.push(child);
    owners.push(owner);
  };
  for (let node = nodes.pop(); node !== undefined; node = nodes.pop()) {
    owner = owners.pop()!;
    const heard = listeners[node.kind];
    if (heard) for (const listener of heard) listener(node);

    if (isFunctionNode(node)) {
      if (node.body) {
        const async = isAsync(node);
        if (async) asyncFunctions++;
        owner = roots.push(node) - 1;
        // An async function turns even a bare throw or return into a rejection or a wait.
        hasEffects.push(async);
      }
    } else if (ts.isClassLike(node)) classes.push(node);
    else if (suspends(node)) {
      awaits++;
      hasEffects[owner] = true;
    } else if (mayAct(node)) hasEffects[owner] = true;

    const firstChild = nodes.length;
    ts.forEachChild(node, push);
    reverseFrom(nodes, firstChild);
  }
  return {
    effectful: roots.filter((_, i) => hasEffects[i]),
    classes,
    lines: countLines(source),
    functions: roots.length - 1,
    asyncFunctions,
    awaits,
  };
}

function suspends(node: ts.Node): boolean {
  return ts.isAwaitExpression(node) || (ts.isForOfStatement(node) && node.awaitModifier !== undefined);
}

/** Everything else that rules may speak of happens through one of these. */
function mayAct(node: ts.Node): boolean {
  switch (node.kind) {
    case ts.SyntaxKind.CallExpression:
    case ts.SyntaxKind.NewExpression:
    case ts.SyntaxKind.TaggedTemplateExpression:
    case ts.SyntaxKind.YieldExpression:
      return true;
    case ts.SyntaxKind.VariableDeclarationList:
      return (node.flags & ts.NodeFlags.Using) !== 0;
    default:
      return false;
  }
}

/** Children are taken from the end, so they wait there in reverse; their owners are all the same. */
function reverseFrom(nodes: ts.Node[], start: number): void {
  for (let i = start, j = nodes.length - 1; i < j; i++, j--) [nodes[i], nodes[j]] = [nodes[j]!, nodes[i]!];
}

/** Lines as an editor counts them, without the empty one after a final line end. */
function countLines(source: ts.SourceFile): number {
  const starts = source.getLineStarts();
  return starts.at(-1) === source.text.length ? starts.length - 1 : starts.length;
}
