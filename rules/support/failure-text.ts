import { shortText, type FlowEvent } from '../../src/rule.js';

/** The step that fails, as a reader would say it: `store.load(id)`, `parse()`. */
export function failureText(event: FlowEvent): string {
  if (event.kind === 'call') return `${shortText(event.call.expression)}()`;
  if (event.kind === 'await' && event.operand) return shortText(event.operand);
  return event.kind === 'throw' ? 'this step' : shortText(event.node);
}
