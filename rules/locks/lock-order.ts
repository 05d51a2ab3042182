import { defineRule, enclosingRoot, shortText, type CallNode, type LockNesting, type TraceStep } from '../../src/rule.js';
import { nameAround } from '../support/function-name.js';
import { calledName } from '../support/promise-values.js';

export default defineRule({
  meta: {
    id: 'lock-order',
    family: 'locks',
    summary: 'two locks taken in one order here and in the other elsewhere',
    question: 'settling',
    encodes: [],
    origin: 'the deadlock of textbooks; each of the two functions is right by itself, so no review of either finds it',
    cwe: [833, 667],
    docs: {
      why:
        'One task has the first lock and waits for the second, another has the second and waits for the first: neither ever gets on, and everybody who wants either lock waits behind them. It takes two calls at the same ' +
        'time, so tests do not see it, and nothing is logged when it happens.',
      instead:
        'Take the locks in one order everywhere, or let go of the first before asking for the second; where both are always needed together, one lock for both is simpler. Write the order down beside the locks.',
      limits:
        'Locks held in fields, in module variables or under literal names, over all files in view; each step of both ways is shown. Two instances of one class have one lock between them here, so two objects ' +
        'of one class that lock each other are not told apart from themselves and are silent. Keys that are not literals are unknown, and silent; so are two orders under a third lock.',
    },
    messages: {
      inverted: { text: '{inner} is taken while {outer} is held, and {other} does it the other way round: each can wait for the other for ever', preset: 'strict', severity: 'warning', precision: 'medium' },
    },
  },
  onFunction: (flow, ctx) => {
    for (const [first, second] of ctx.model.lockInversions()) {
      const site = siteOf(first);
      if (enclosingRoot(site) !== flow.node) continue;
      ctx.report({
        message: 'inverted',
        at: calledName(site),
        subject: site,
        data: { inner: first.inner.lock.text, outer: first.outer.text, other: nameAround(siteOf(second)) },
        trace: [...chain(first, 'A'), ...chain(second, 'B')],
      });
    }
  },
});

/** The call that asks for the inner lock while the outer one is held. */
function siteOf({ inner }: LockNesting): CallNode {
  return (inner.via[0] ?? inner.at) as CallNode;
}

function chain({ outer, inner }: LockNesting, thread: 'A' | 'B'): TraceStep[] {
  return [
    { at: outer.taken, text: `takes ${outer.text}`, thread },
    ...inner.via.map((call) => ({ at: calledName(call), text: `calls ${shortText(call.expression)}() with it held`, thread })),
    { at: inner.at, text: `waits for ${inner.lock.text}`, thread },
  ];
}
