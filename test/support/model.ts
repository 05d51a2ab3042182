import { Project } from 'ts-morph';

import { createSemanticModel, type ProgramModel, type SemanticModelOptions } from '../../src/flow/semantic-model.js';
import { builtinModels } from '../../src/models/builtin-models.js';
import { Models } from '../../src/models/lookup.js';
import { ts } from '../../src/syntax/ts.js';
import { programOf, type TestProgram, type TestProgramOptions } from './program.js';

/** Indexed once: every test asks the same models. */
const models = new Models([builtinModels]);

export interface TestModel extends TestProgram {
  readonly model: ProgramModel;
}

/** A semantic model over in-memory files. */
export function modelOf(files: Readonly<Record<string, string>>, options: TestProgramOptions & Partial<SemanticModelOptions> = {}): TestModel {
  const code = programOf(files, options);
  return { ...code, model: createSemanticModel(code.program, { models, ...options }) };
}

/** A semantic model over files on disk. */
export function modelOfFiles(paths: readonly string[]): { readonly program: ts.Program; readonly model: ProgramModel } {
  const project = new Project({
    compilerOptions: {
      target: ts.ScriptTarget.ES2022,
      module: ts.ModuleKind.ESNext,
      moduleResolution: ts.ModuleResolutionKind.Bundler,
      lib: ['lib.esnext.d.ts', 'lib.dom.d.ts'],
      types: ['node'],
      strict: true,
      noEmit: true,
    },
  });
  project.addSourceFilesAtPaths([...paths]);
  const program = project.getProgram().compilerObject;
  return { program, model: createSemanticModel(program, { models }) };
}
