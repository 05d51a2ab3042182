import { relative, sep } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import type { Timing } from '../core/result.js';
import { loadProjects, type LoadedProject } from '../project/load.js';
import type { AnyRule, FileInfo, SemanticModel } from '../rule.js';
import { ts } from '../syntax/ts.js';
import { directiveRules } from './directive-rules.js';
import { NO_CLOCK, RunningClock, type PhaseClock } from './phase-clock.js';
import type { Analyse, FileOutcome, FixableText, LintRequest } from './protocol.js';
import { passOver, runFile, type RunContext } from './run-file.js';
import { createRuleSelector, enabledRules } from './selection.js';
import { validateRegistry } from './validate.js';

/** Makes the semantic model of one program; its phases are charged to the clock. */
export type ModelFactory = (project: LoadedProject, request: LintRequest, clock: PhaseClock) => CountingModel;
export interface CountingModel {
  readonly model: SemanticModel;
  /** Calls resolved so far, how many of them by the type checker, and how many not at all. */
  readonly calls: Timing['calls'];
}

/** The analysis of a registry. Throws at once where the registry is broken. */
export function createAnalyse(rules: readonly AnyRule[], createModel: ModelFactory): Analyse {
  validateRegistry(rules);
  return async ({ request, pending, without }, observer) => {
    const catalogue = [...rules, ...(await loadRules(request.testRules ?? []))];
    validateRegistry(catalogue);
    const registry = request.inlineConfig ? [...catalogue, ...directiveRules.map((meta): AnyRule => ({ meta }))] : catalogue;
    observer.started(
      catalogue.map((rule) => rule.meta.id),
      enabledRules(registry.map((rule) => rule.meta), request),
    );

    const clock = request.timing ? new RunningClock() : NO_CLOCK;
    const select = createRuleSelector(registry, request);
    const shared = {
      rules: catalogue.map((rule) => rule.meta),
      select,
      pathOf: (source) => relative(request.root, source.fileName).split(sep).join('/'),
      inlineConfig: request.inlineConfig,
      reportUnusedDirectives: request.reportUnusedDirectives,
      clock,
      onRule: (ruleId) => observer.running(ruleId),
    } satisfies Omit<RunContext, 'model'>;
    const indices = new Map(pending.map((index) => [request.files[index]!, index]));
    const calls = { total: 0, neededChecker: 0, unknown: 0 };

    // One program at a time: what a project needs of memory is free before the next is loaded.
    const projects = loadProjects({ ...request, files: [...indices.keys()], ignores: request.config.ignores });
    for (let next = loadNext(projects, clock); !next.done; next = loadNext(projects, clock)) {
      const project = next.value;
      observer.noted(project.notifications, request.debug ? project.debug : []);
      const counting = clock.measure('bind', () => createModel(project, request, clock));
      for (const path of project.files) {
        const index = indices.get(path)!;
        const source = project.program.getSourceFile(path)!;
        const file = counting.model.fileOf(source);
        observer.judging(index);
        const outcome = parses(project.program, source) ? runFile(file, { ...shared, model: counting.model }, without) : passOver(file);
        const fixable = request.fixing ? fixableText(file, outcome, request, project.program) : undefined;
        observer.judged(index, fixable ? { ...outcome, fixable } : outcome);
        observer.judging(undefined);
        // What a rule has left behind fails here, beside its file.
        await turn();
      }
      for (const key of ['total', 'neededChecker', 'unknown'] as const) calls[key] += counting.calls[key];
    }
    return clock instanceof RunningClock ? { ...clock.read(), calls } : undefined;
  };
}

function loadNext(projects: Generator<LoadedProject, void>, clock: PhaseClock): IteratorResult<LoadedProject, void> {
  return clock.measure('load', () => projects.next());
}

/** Types in a JavaScript file are errors to the compiler, but their tree is whole; any other error leaves a tree that is half guessed. */
function parses(program: ts.Program, source: ts.SourceFile): boolean {
  return program.getSyntacticDiagnostics(source).every(({ code }) => code >= 8000 && code < 9000);
}

/** The text of a file with fixes to come, or with fixes already made, and what the compiler has against it: fixes must add nothing to that. */
function fixableText({ source, marked }: FileInfo, { result }: FileOutcome, { texts }: LintRequest, program: ts.Program): FixableText | undefined {
  const isFixed = texts !== undefined && Object.hasOwn(texts, source.fileName);
  if (!isFixed && !result.findings.some(({ fixes, suppression }) => fixes && !suppression)) return undefined;
  const diagnostics = [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)];
  return {
    text: marked ? `\ufeff${source.text}` : source.text,
    errors: diagnostics.map(({ start = 0, code, messageText }) => ({ start, message: `TS${code}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}` })),
  };
}

async function loadRules(paths: readonly string[]): Promise<AnyRule[]> {
  const modules = await Promise.all(paths.map((path) => import(pathToFileURL(path).href) as Promise<{ default: readonly AnyRule[] }>));
  return modules.flatMap((module) => module.default);
}
