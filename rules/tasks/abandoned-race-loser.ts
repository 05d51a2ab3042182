import { defineRule, is, shortText, surely, type FunctionFlow, type RuleContext, type ts } from '../../src/rule.js';
import { calledName } from '../support/promise-values.js';
import { losersOf, raceByHand } from '../support/race-loser.js';
import { endsProcessAfter, racedName, racesIn, type Contender, type Race } from '../support/race.js';
import { within } from '../support/settling-coverage.js';

const sure = { preset: 'recommended', severity: 'warning', precision: 'high' } as const;
const perhaps = { preset: 'strict', severity: 'warning', precision: 'medium' } as const;

const messages = {
  unsignalled: { text: '{task} runs on when the race is lost: it takes a signal and is given none', ...sure },
  underOtherSignal: { text: '{task} runs on when the race is lost: its signal is the caller’s, which losing does not abort', preset: 'strict', severity: 'warning', precision: 'medium' },
  loops: { text: '{task} goes on looping when the race is lost', preset: 'all', severity: 'note', precision: 'low' },
  writesToo: { text: '{task} still writes {place} when the race is lost', preset: 'strict', severity: 'warning', precision: 'medium' },
  writes: { text: '{task} may change {place} after the race is lost', preset: 'all', severity: 'note', precision: 'low' },
  mayRunOn: { text: 'nothing in view ends {task} when the race is lost', preset: 'all', severity: 'note', precision: 'low' },
  perTurn: { text: 'each turn adds a reaction to {promise}, which keeps what the race gave', preset: 'all', severity: 'note', precision: 'low' },
  perCall: { text: 'each call adds a reaction to {promise}, which keeps what the race gave', ...perhaps },
} as const;
type Context = RuleContext<typeof messages>;

export default defineRule({
  meta: {
    id: 'abandoned-race-loser',
    family: 'tasks',
    summary: 'a race whose loser keeps running, or that piles up reactions',
    question: 'cancellation',
    encodes: ['TA-1', 'TA-6', 'RM-C3', 'RM-C4'],
    cwe: [772, 833, 404],
    docs: {
      why:
        'Promise.race settles with the first contender and leaves the others running. The request that was too slow goes on holding its connection, the loop that waited goes on ' +
        'waiting, a late result is written over the outcome that the caller has acted on. Under load the abandoned work is what keeps the service slow. ' +
        'And each race adds a reaction to every contender: one long-lived promise, raced on every turn or call, keeps all that those races gave.',
      instead:
        'Give the work the deadline instead of racing it: `work(AbortSignal.timeout(ms))`, or a controller that is aborted in `finally` once the race is over. Where the ' +
        'work takes no signal, end what it works on (`client.destroy()`, `child.kill()`). Instead of racing one “closed” promise for ever, give ' +
        'each call a promise of its own that is settled by a listener which is removed when the call is done.',
      limits:
        'Contenders must be written out in the race or kept in a const. Work that ends because of what the function does to its receiver or arguments, that is given anything ' +
        'named like a signal or a timeout, or whose promise is used again, is silent, and so are races behind which the process ends. Whether work out of ' +
        'view goes on cannot be known: it is reported at all only. The timer of a race is leaked-timer’s business.',
    },
    messages,
  },
  onFunction: (flow, ctx) => {
    if (is.sourceFile(flow.node)) return;
    const byHand = raceByHand(flow, ctx.model);
    for (const race of [...racesIn(flow, ctx.model), ...(byHand ? [byHand] : [])]) {
      if (endsProcessAfter(race.call, flow, ctx.model)) continue;
      for (const { kind, task, place, trace } of losersOf(race, flow, ctx.model)) {
        ctx.report({ message: kind, at: calledName(task), subject: task, data: { task: shortText(task), place }, trace });
      }
      checkLongLived(race, flow, ctx);
    }
  },
});

/** A contender that was there before this turn, or this call, and is there after it. */
function checkLongLived(race: Race, flow: FunctionFlow, ctx: Context): void {
  const [loop] = flow.at(race.call)[0]?.loops.slice(-1) ?? [];
  const isMadeHere = ({ source }: Contender): boolean => is.callOrNew(source) && within(source, loop ?? flow.node);
  if (!race.contenders.some(isMadeHere)) return;
  for (const contender of race.contenders) {
    const lasting = loop ? outlivesLoop(contender, loop, ctx) : outlivesCall(contender, flow, ctx);
    if (!lasting) continue;
    const text = `one more reaction waits for ${lasting} ${loop ? 'on each turn' : 'on each call'}`;
    ctx.report({
      message: loop ? 'perTurn' : 'perCall',
      at: contender.given,
      subject: race.call,
      data: { promise: lasting },
      trace: [{ at: contender.given, text }, { at: loop ? loop.getFirstToken() ?? loop : calledName(race.call), text: 'and none goes before it settles' }],
    });
  }
}

function outlivesLoop({ given }: Contender, loop: ts.IterationStatement, { model }: Context): string | undefined {
  const name = racedName(given);
  if (!name || !surely(model.isPromise(name))) return undefined;
  const declaration = is.identifier(name) ? model.symbolOf(name)?.declarations?.[0] : undefined;
  const isOutside = is.identifier(name) ? declaration !== undefined && !within(declaration, loop) : true;
  // A deferred is made anew with what holds it: `closed` of `closed.promise`.
  const holder = is.propertyAccess(name) ? name.expression : name;
  const isReplaced = [name, holder].some((part) => {
    const place = model.place(part);
    return place !== undefined && model.accesses(place).some(({ kind, node }) => kind === 'write' && within(node, loop));
  });
  return isOutside && !isReplaced ? shortText(name) : undefined;
}

function outlivesCall({ given }: Contender, flow: FunctionFlow, { model }: Context): string | undefined {
  const name = racedName(given);
  if (!name || !surely(model.isPromise(name)) || !surely(model.repeatable(flow.node))) return undefined;
  const place = model.place(name);
  const isLasting = (place?.kind === 'field' && place.path.length === 1) || (place?.kind === 'module' && place.path.length === 0);
  const isReplaced = place !== undefined && model.accesses(place).some(({ kind, fn }) => kind === 'write' && !is.constructor(fn) && !is.sourceFile(fn));
  return isLasting && !isReplaced ? shortText(name) : undefined;
}
