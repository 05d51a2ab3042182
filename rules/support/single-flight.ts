import type { CallNode, SemanticModel } from '../../src/rule.js';

/** The task turns away whoever comes while it runs. */
export function isSingleFlight(task: CallNode, model: SemanticModel): boolean {
  return model.call(task).targets.some((fn) => {
    const flow = model.flow(fn);
    const wait = flow.all('await')[0];
    return wait !== undefined && model.turnsOthersAway(wait, flow);
  });
}
