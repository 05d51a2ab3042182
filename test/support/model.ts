import { fileURLToPath } from 'node:url';
import { createSemanticModel, type ProgramModel } from '../../src/flow/semantic-model.js';
import { builtinModels } from '../../src/models/builtin-models.js';
import { Models } from '../../src/models/lookup.js';
import { loadProjects } from '../../src/project/load.js';
import type { ts } from '../../src/syntax/ts.js';

const REPOSITORY = fileURLToPath(new URL('../..', import.meta.url));

/** The program of one tsconfig of this repository and its semantic model. `files`: absolute paths that the config includes. */
export function modelOfProject(tsconfig: string, files: readonly string[]): { readonly program: ts.Program; readonly model: ProgramModel } {
  const [project] = loadProjects({ root: REPOSITORY, files, projects: [tsconfig], ignores: [] });
  if (!project) throw new Error(`${tsconfig} includes none of the files`);
  return { program: project.program, model: createSemanticModel(project.program, { models: new Models([builtinModels]) }) };
}
