import {
  defineRule, enclosingRoot, isFunctionNode, shortText,
  type EventOf, type FunctionFlow, type RuleContext, type TraceStep,
} from '../../src/rule.js';
import { calledName } from '../support/promise-values.js';
import { innerLimits, limitsOf, type TimeLimit } from '../support/time-limits.js';

const messages = {
  never: { text: 'the {inner} of {work} never comes: {outer} ends it after {limit}', preset: 'strict', severity: 'warning', precision: 'medium' },
  sameCall: { text: '{work} has two limits, and the {inner} never comes: {outer} ends it after {limit}', preset: 'strict', severity: 'warning', precision: 'medium' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'inverted-timeout',
    family: 'cancellation',
    summary: 'inner timeout that is not shorter than the one around it',
    question: 'cancellation',
    encodes: ['PS-G5'],
    docs: {
      why:
        'Timeouts are set in layers, so that the innermost comes first: it knows what hangs, says so, and leaves time to try something else. Where an outer one is as short, the inner never comes. ' +
        'What was to happen upon it (a retry, a fallback, an error that names the culprit) never does, and all the log says is that the whole took too long.',
      instead:
        'Let limits grow from the inside out, with room for what each layer does upon its own: 2 s for the query, 5 s for the service, 10 s for the request. One limit that the whole shares is as good: ' +
        'pass its signal down and set none inside.',
      limits:
        'Limits that are constants: of `AbortSignal.timeout`, timers that abort a controller, `timeout` options, calls named for their timeout, races with a sleep. They are followed through calls in view, arguments ' +
        'included, down functions that nobody else calls: for others the inner limit may be the one that counts.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (!isFunctionNode(flow.node)) return;
    for (const event of flow.all('call')) if (enclosingRoot(event.call) === flow.node) check(event, flow, ctx);
  },
});

function check({ call }: EventOf<'call'>, flow: FunctionFlow, ctx: Context): void {
  const limits = limitsOf(call, flow, ctx.model);
  const outer = shortest(limits);
  if (!outer) return;
  const beside = limits.find((limit) => limit !== outer && limit.kind !== outer.kind && limit.ms >= outer.ms);
  if (beside) return report('sameCall', outer, beside, [], shortText(calledName(call)), ctx);
  for (const { limit, way, work } of innerLimits(call, flow, ctx.model)) {
    if (limit.ms >= outer.ms) return report('never', outer, limit, way, shortText(calledName(work)), ctx);
  }
}

function shortest(limits: readonly TimeLimit[]): TimeLimit | undefined {
  return limits.reduce<TimeLimit | undefined>((best, each) => (!best || each.ms < best.ms ? each : best), undefined);
}

function report(message: keyof typeof messages, outer: TimeLimit, inner: TimeLimit, way: readonly TraceStep[], work: string, ctx: Context): void {
  ctx.report({
    message,
    at: inner.node,
    subject: inner.node,
    data: { work: `${work}()`, inner: `limit of ${inText(inner.ms)}`, outer: outer.text, limit: inText(outer.ms) },
    trace: [{ at: outer.node, text: `${inText(outer.ms)} for the whole` }, ...way, { at: inner.node, text: `${inText(inner.ms)} for a part of it` }],
  });
}

function inText(ms: number): string {
  return ms >= 1_000 ? `${+(ms / 1_000).toFixed(3)} s` : `${ms} ms`;
}
