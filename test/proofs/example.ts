import { exampleOf } from '../../src/docgen/examples.js';
import { ts } from '../../src/syntax/ts.js';

/** What an example of the catalogue exports, for a scenario to use. */
export type Example = Readonly<Record<string, unknown>>;

/**
 * Evaluates an example anew. What it declares or imports elsewhere in its fixture comes from `surroundings`: a scenario
 * decides there when the outside world answers.
 */
export type Run = (surroundings: Readonly<Record<string, unknown>>) => Example;

/** The example that the catalogue shows of a rule, as something to run. */
export function runnable(ruleId: string, which: 'bad' | 'good'): Run {
  const { outputText } = ts.transpileModule(exampleOf(ruleId, which), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.CommonJS },
  });
  return (surroundings) => {
    const exported: Record<string, unknown> = {};
    new Function('exports', ...Object.keys(surroundings), outputText)(exported, ...Object.values(surroundings));
    return exported;
  };
}
