/**
 * What the parts of a run cost: `node driver.mjs T0|T1|T2|T3[:family] <folder>`. Each row does all that the one before it does.
 *
 * - T0 opens the project, binds it, and walks its files once
 * - T1 also types every call that is a statement and every operand of an await
 * - T2 also builds the flow and every part of the summary of each function that has effects, with no rule
 * - T3 is all rules, or those of one family, as the command runs them; what no rule asks for is not built there
 */
import { isMainThread, Worker, workerData } from 'node:worker_threads';
import { resolve } from 'node:path';
import { createModel } from '../../dist/src/analyse.js';
import { NO_CLOCK } from '../../dist/src/engine/phase-clock.js';
import { Types } from '../../dist/src/flow/types.js';
import { lintInProcess, listFiles, resolveConfig } from '../../dist/src/lint.js';
import { readManifest } from '../../dist/src/manifest.js';
import { loadProjects } from '../../dist/src/project/load.js';
import { ts } from '../../dist/src/syntax/ts.js';
import { walk } from '../../dist/src/syntax/walk.js';

if (isMainThread) {
  const [row, folder] = process.argv.slice(2);
  // As the command has it: the analysis runs in a thread with a deep stack.
  new Worker(new URL(import.meta.url), { workerData: { row, folder }, resourceLimits: { stackSizeMb: 64, maxOldGenerationSizeMb: 8192 } });
} else {
  const { row, folder } = workerData;
  const [part, family] = row.split(':');
  const request = await requestFor(folder, family);
  if (part === 'T3') await lintAs(request, family);
  else for (const project of loadProjects({ ...request, ignores: request.config.ignores })) look(project, request, Number(part.slice(1)));
}

async function requestFor(folder, family) {
  const only = family && readManifest().rules.filter((rule) => rule.family === family).map(({ id }) => id);
  if (only?.length === 0) throw new Error(`no rule is of the family ${family}`);
  const options = { cwd: folder, paths: ['src'], config: false, preset: 'all' };
  const [config, files] = await Promise.all([resolveConfig(options), listFiles(options)]);
  return {
    root: folder,
    cwd: folder,
    files: files.map((file) => resolve(folder, file)),
    projects: [],
    config,
    ...(only && { only }),
    inlineConfig: true,
    reportUnusedDirectives: true,
    timing: false,
    debug: false,
  };
}

/** A row that ran other rules than it is named after would compare nothing. */
async function lintAs(request, family) {
  const { rules } = await lintInProcess(request);
  const other = family && rules.find((rule) => rule.family !== family);
  if (other) throw new Error(`${other.id} ran, and is not of the family ${family}`);
}

function look(project, request, depth) {
  const { program } = project;
  const listeners = depth >= 1 ? typing(new Types(program)) : [];
  const facts = project.files.map((file) => walk(program.getSourceFile(file), listeners));
  if (depth < 2) return;
  const { model } = createModel(project, request, NO_CLOCK);
  for (const { effectful } of facts) {
    for (const root of effectful) {
      model.flow(root);
      if (!ts.isSourceFile(root)) readAll(model.summary(root));
    }
  }
}

/** A part of a summary is worked out when it is read. */
function readAll(summary) {
  const parts = Object.entries(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(summary))).filter(([, { get }]) => get);
  if (parts.length === 0) throw new Error('a summary has no parts that are worked out: nothing would be measured');
  for (const [part] of parts) void summary[part];
}

/** Listeners that ask of each statement call and each awaited expression whether it is a promise. */
function typing(types) {
  const listeners = [];
  listeners[ts.SyntaxKind.ExpressionStatement] = [({ expression }) => void (ts.isCallExpression(expression) && types.isPromise(expression))];
  listeners[ts.SyntaxKind.AwaitExpression] = [({ expression }) => void types.isPromise(expression)];
  return listeners;
}
