/**
 * The join of all that needs the compiler: projects, the semantic model, the rules, the engine. It runs in the
 * worker, or in process for tests and tools; the main thread never loads it otherwise.
 */
import { relative, sep } from 'node:path';
import * as registry from '../rules/index.js';
import { createAnalyse, type ModelFactory } from './engine/analysis.js';
import { NO_CLOCK } from './engine/phase-clock.js';
import type { LintRequest } from './engine/protocol.js';
import { describeLine } from './flow/describe-line.js';
import { createSemanticModel } from './flow/semantic-model.js';
import { builtinModels } from './models/builtin-models.js';
import { Models } from './models/lookup.js';
import { loadProjects, type LoadedProject } from './project/load.js';
import { fileRole, HostFinder } from './project/roles.js';
import type { AnyRule, FileInfo } from './rule.js';

// Each rule is typed by its own messages and options; here they are only run.
const rules = Object.values(registry) as readonly unknown[] as readonly AnyRule[];

const createModel: ModelFactory = (project, { root, config }) => {
  const model = createSemanticModel(project.program, {
    models: new Models([builtinModels, config.models]),
    files: filesOf(project, root),
    sequential: config.sequential,
    entryPoints: config.entryPoints,
  });
  return {
    model,
    get calls() {
      return model.resolution;
    },
  };
};

export const analyse = createAnalyse(rules, createModel);

/** What the model sees at a line (1-based) of the one file of the request. */
export function describe(request: LintRequest, line: number): readonly string[] {
  const [path] = request.files;
  for (const project of loadProjects({ ...request, ignores: request.config.ignores })) {
    const source = project.program.getSourceFile(path!);
    const { model } = createModel(project, request, NO_CLOCK);
    if (source) return describeLine(model, model.fileOf(source), line);
  }
  return [];
}

function filesOf({ program, view }: LoadedProject, root: string): FileInfo[] {
  const hosts = new HostFinder();
  return view.map((source) => {
    const path = relative(root, source.fileName).split(sep).join('/');
    return { source, path, role: fileRole(path), host: hosts.hostOf(source, program.getCompilerOptions()) };
  });
}
