import { defineRule, enclosingRoot, is, shortText, type CallNode, type FunctionFlow, type RuleContext, type ts } from '../../src/rule.js';
import { looseGuard } from '../support/guard-timer.js';
import { outliving } from '../support/owned-timer.js';
import { calledName } from '../support/promise-values.js';
import { guardCleared, loserCleared } from '../support/timer-fix.js';
import { endsProcessAfter, looseTimerOf, racesIn } from '../support/race.js';
import { handleOf, isHarmlessLeft, isShortSleep, type TimerHandle } from '../support/timer-handle.js';

const sure = { preset: 'recommended', severity: 'warning', precision: 'high' } as const;

const messages = {
  race: { text: 'the timer of this race is still set when {other} wins', preset: 'all', severity: 'note', precision: 'low' },
  onFailure: { text: '{timer} is not cleared when {what} fails', preset: 'all', severity: 'note', precision: 'low' },
  onReturn: { text: '{timer} is not cleared when the function ends early', preset: 'all', severity: 'note', precision: 'low' },
  afterSettling: { text: '{timer} is still set when the promise has settled', preset: 'all', severity: 'note', precision: 'low' },
  onSomeSettling: { text: '{timer} is still set when the promise settles without clearing it', preset: 'all', severity: 'note', precision: 'low' },
  afterWork: { text: 'nothing clears this timer when the work under {what} is done', preset: 'strict', severity: 'warning', precision: 'medium' },
  afterReject: { text: 'nothing clears this timer when {what} has settled', ...sure },
  forSeconds: { text: '{timer} is still set for a while when what it guards is over', preset: 'all', severity: 'note', precision: 'low' },
  unstoppable: { text: 'nothing can stop this interval', preset: 'all', severity: 'note', precision: 'low' },
  perhapsUnstoppable: { text: 'nothing in view can stop this interval', preset: 'all', severity: 'note', precision: 'low' },
  leftByEnd: { text: '{end}() leaves {timer} running', ...sure },
  perhapsLeftByEnd: { text: '{end}() leaves {timer} set', preset: 'all', severity: 'note', precision: 'low' },
  rearmed: { text: '{name} sets itself up again and again, and nothing can stop it', preset: 'all', severity: 'note', precision: 'low' },
  rearmedOnce: { text: '{end}() cannot clear the timer by which {name} runs again', preset: 'all', severity: 'note', precision: 'low' },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'leaked-timer',
    family: 'tasks',
    summary: 'timer that outlives the work or the object it was set for',
    question: 'release',
    encodes: ['TA-1', 'PS-C1', 'RM-X2'],
    cwe: [772, 404],
    docs: {
      why:
        'A timer lives until it fires or is cleared, and with it everything its callback can reach. A timeout that guards an operation and is not cleared when the ' +
        'operation settles first keeps a Node process alive until its deadline, piles up one per request, and fires into whatever has come since: it ' +
        'destroys the next connection, or reports a timeout of something that went well. An interval that its owner leaves behind goes on working for a closed object.',
      instead:
        'Keep the handle and clear it in `finally`, so that success, failure and early return all do. For a deadline on work that takes a signal, ' +
        '`AbortSignal.timeout(ms)` needs no clearing. An object that starts timers clears each of them in its close(); an effect or a custom element ' +
        'clears them in its clean-up. `timer.unref()` is enough where the callback may run late but must not hold the process.',
      limits:
        'A handle that is returned, passed on or put into a collection is its new owner’s business, and an unref-ed one nobody’s. Delays of at most a tenth of a second, what ends by force in an end whose polite way has failed, and ' +
        'races behind which the process ends, are left out; guards of at most ten seconds, or in a page, that then only settle or abort what is over are reported at all. In a class, any mention of the field in what a terminal method reaches counts as its release. ' +
        'Intervals of plain functions that may run only once are reported at all.',
    },
    messages,
    fixes: ['safe', 'unsafe'],
  },
  onFunction: (flow, ctx) => {
    if (is.sourceFile(flow.node)) return;
    for (const { call, timer } of flow.all('timer')) {
      if (is.call(call) && enclosingRoot(call) === flow.node && (timer.kind === 'timeout' || timer.kind === 'interval')) check(call, timer.kind, flow, ctx);
    }
    checkRaces(flow, ctx);
  },
});

function check(timer: ts.CallExpression, kind: 'timeout' | 'interval', flow: FunctionFlow, ctx: Context): void {
  const handle = handleOf(timer, ctx.model);
  const guard = kind === 'timeout' ? looseGuard(timer, handle, flow, ctx.model) : undefined;
  const found = guard ?? outliving(timer, kind === 'interval', handle, flow, ctx.model);
  if (!found) return;
  const { kind: message, trace } = found;
  ctx.report({ message, at: calledName(timer), subject: timer, data: { what: '', end: '', name: '', ...found, timer: nameOf(handle, timer) } as never, trace, fix: guard && guardCleared(timer, handle, flow.node, ctx.model) });
}

function checkRaces(flow: FunctionFlow, { model, report }: Context): void {
  for (const { call, contenders } of racesIn(flow, model)) {
    const loose = contenders.map(({ source }) => looseTimerOf(source, model));
    const other = contenders.find((_, i) => !loose[i]);
    const timer = loose.find((each) => each !== undefined);
    if (!timer || !other || timer.made.getSourceFile() !== call.getSourceFile() || endsProcessAfter(call, flow, model)) continue;
    const at = is.new(timer.made) && is.call(timer.timer) ? timer.timer : timer.made;
    const isHarmless = is.call(timer.timer) && (isHarmlessLeft(timer.timer, model) || isShortSleep(timer.timer, model));
    report({
      message: isHarmless ? 'forSeconds' : 'race',
      at: calledName(at),
      subject: at,
      data: { other: shortText(other.given), timer: 'this timer' },
      trace: [
        { at: timer.timer, text: 'the timer is set, and nobody has its handle' },
        { at: calledName(call), text: `when ${shortText(other.given)} wins, the timer stays until it fires` },
      ],
      fix: loserCleared(timer, model),
    });
  }
}

/** As the user calls it. */
function nameOf({ place }: TimerHandle, timer: CallNode): string {
  const declaration = timer.parent;
  return place?.text ?? (is.propertyDeclaration(declaration) ? `this.${declaration.name.getText()}` : 'this timer');
}
