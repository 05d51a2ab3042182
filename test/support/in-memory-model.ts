import type { FileInfo } from '../../src/flow/contract.js';
import { createSemanticModel, type ProgramModel, type SemanticModelOptions } from '../../src/flow/semantic-model.js';
import { builtinModels } from '../../src/models/builtin-models.js';
import { Models } from '../../src/models/lookup.js';
import { functionName, isFunctionNode, type FunctionNode } from '../../src/syntax/functions.js';
import { ts } from '../../src/syntax/ts.js';
import { programOf, type TestProgram, type TestProgramOptions } from './program.js';

/** Indexed once: every test asks the same models. */
const models = new Models([builtinModels]);

export interface TestModel extends TestProgram {
  readonly model: ProgramModel;
  /** The first function of this name as `functionName` gives it: `load`, `Pool.close`, `callback of queue.on`. */
  fn(name: string): FunctionNode;
  /** What the first variable of this name is initialised with. */
  valueOf(name: string): ts.Expression;
}

/** A semantic model over in-memory files; those named `.test.` are tests. */
export function modelOf(files: Readonly<Record<string, string>>, options: TestProgramOptions & Partial<SemanticModelOptions> = {}): TestModel {
  const code = programOf(files, options);
  const infos = Object.keys(files).map((path): FileInfo => ({ source: code.file(path), path, role: path.includes('.test.') ? 'test' : 'source', host: 'unknown' }));
  const model = createSemanticModel(code.program, { models, files: infos, ...options });
  const sources = infos.map(({ source }) => source);
  return {
    ...code,
    model,
    fn: (name) => first(sources, `function ${name}`, (node): node is FunctionNode => isFunctionNode(node) && node.body !== undefined && functionName(node) === name),
    valueOf: (name) =>
      first(sources, `variable ${name}`, (node): node is ts.VariableDeclaration => ts.isVariableDeclaration(node) && node.name.getText() === name && node.initializer !== undefined).initializer!,
  };
}

function first<T extends ts.Node>(sources: readonly ts.SourceFile[], what: string, matches: (node: ts.Node) => node is T): T {
  let found: T | undefined;
  const visit = (node: ts.Node): void => {
    if (!found && matches(node)) found = node;
    if (!found) ts.forEachChild(node, visit);
  };
  sources.forEach(visit);
  if (!found) throw new Error(`no ${what}`);
  return found;
}
