import { directiveRules } from '../../src/engine/directive-rules.js';
import { NO_CLOCK } from '../../src/engine/phase-clock.js';
import type { FileOutcome, LintRequest, ResolvedConfig } from '../../src/engine/protocol.js';
import { runFile, type RunContext } from '../../src/engine/run-file.js';
import { createRuleSelector } from '../../src/engine/selection.js';
import type { AnyRule, FileInfo, SemanticModel } from '../../src/rule.js';
import { ts } from '../../src/syntax/ts.js';

export const noConfig: ResolvedConfig = { preset: 'recommended', rules: {}, overrides: [], ignores: [], entryPoints: [], sequential: [], models: { calls: [], types: [] } };

export interface RunOptions {
  readonly config?: Partial<ResolvedConfig>;
  readonly only?: LintRequest['only'];
  readonly file?: Partial<Omit<FileInfo, 'source'>>;
  readonly context?: Partial<RunContext>;
  readonly without?: string;
}

/** A model that answers only what the engine itself asks. */
const silentModel = { flow: (node: ts.Node) => ({ node }), classModel: (node: ts.Node) => ({ node }) } as unknown as SemanticModel;

/** Runs rules over one text with no program behind it. */
export function run(text: string, rules: readonly AnyRule[], { config = {}, only, file = {}, context = {}, without }: RunOptions = {}): FileOutcome {
  const path = file.path ?? 'src/a.ts';
  const source = ts.createSourceFile(`/view/${path}`, text, ts.ScriptTarget.ESNext, true);
  const registry = [...rules, ...directiveRules.map((meta): AnyRule => ({ meta }))];
  return runFile(
    { source, path, role: 'source', host: 'node', ...file },
    {
      model: silentModel,
      rules: rules.map((rule) => rule.meta),
      select: createRuleSelector(registry, { config: { ...noConfig, ...config }, ...(only && { only }) }),
      pathOf: (of) => of.fileName.replace('/view/', ''),
      inlineConfig: true,
      reportUnusedDirectives: true,
      clock: NO_CLOCK,
      onRule: () => {},
      ...context,
    },
    without,
  );
}

/** `rule:line`, with `!` where suppressed. */
export function shown({ result }: FileOutcome): string[] {
  return result.findings.map((finding) => `${finding.ruleId}:${finding.range.startLine}${finding.suppression ? '!' : ''}`);
}
