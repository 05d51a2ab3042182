/**
 * The join of all that needs the compiler: projects, the semantic model, the rules, the engine. It runs in the
 * worker, or in process for tests and tools; the main thread never loads it otherwise.
 */
import { relative, sep } from 'node:path';
import picomatch from 'picomatch';
import * as registry from '../rules/index.js';
import { createAnalyse, type ModelFactory } from './engine/analysis.js';
import { NO_CLOCK } from './engine/phase-clock.js';
import type { LintRequest, ResolvedConfig } from './engine/protocol.js';
import type { DeclaredOverlap } from './flow/overlap.js';
import { describeLine } from './flow/describe-line.js';
import { createSemanticModel } from './flow/semantic-model.js';
import { builtinModels } from './models/builtin-models.js';
import { Models } from './models/lookup.js';
import { loadProjects, type LoadedProject } from './project/load.js';
import { fileRole, HostFinder } from './project/roles.js';
import type { AnyRule, FileInfo } from './rule.js';
import type { ts } from './syntax/ts.js';

// Each rule is typed by its own messages and options; here they are only run.
const rules = Object.values(registry) as readonly unknown[] as readonly AnyRule[];

export const createModel: ModelFactory = (project, { root, config, timing }, clock) => {
  const model = createSemanticModel(project.program, {
    models: new Models([builtinModels, config.models]),
    files: filesOf(project, root),
    declaredOverlap: declaredOverlap(root, config),
    ...(timing && { measure: (phase, work) => clock.measure(phase, work) }),
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

function declaredOverlap(root: string, { sequential, entryPoints }: ResolvedConfig): DeclaredOverlap {
  const isEntry = picomatch([...entryPoints], { dot: true });
  const named = sequential.map((entry) => {
    const split = entry.lastIndexOf('#');
    // A name alone means the function in every file.
    return { matches: picomatch(split < 0 ? '**' : entry.slice(0, split), { dot: true }), name: entry.slice(split + 1) };
  });
  return {
    sequential: (source, name) => named.some((each) => each.name === name && each.matches(pathBelow(root, source))),
    entryPoint: (source) => entryPoints.length > 0 && isEntry(pathBelow(root, source)),
  };
}

function filesOf({ program, view, isMarked }: LoadedProject, root: string): FileInfo[] {
  const hosts = new HostFinder();
  return view.map((source) => {
    const path = pathBelow(root, source);
    return { source, path, role: fileRole(path), host: hosts.hostOf(source, program.getCompilerOptions()), marked: isMarked(source.fileName) };
  });
}

function pathBelow(root: string, { fileName }: ts.SourceFile): string {
  return relative(root, fileName).split(sep).join('/');
}
