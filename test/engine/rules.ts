import type { AnyRule, Messages } from '../../src/rule.js';

type Parts = { meta?: Partial<AnyRule['meta']> } & Pick<AnyRule, 'onNode' | 'onFunction' | 'onClass' | 'onFile'>;

export const message = (text: string, over: Partial<Messages[string]> = {}): Messages[string] => ({
  text,
  preset: 'recommended',
  severity: 'error',
  precision: 'high',
  ...over,
});

/** A valid rule that does nothing but what the test gives it. */
export function ruleOf(id: string, { meta = {}, ...listeners }: Parts = {}): AnyRule {
  return {
    meta: {
      id,
      family: 'tasks',
      summary: 'a rule of a test',
      question: 'lost-rejection',
      encodes: [],
      origin: 'a test',
      docs: { why: 'it breaks', instead: 'mend it', limits: 'none' },
      messages: { found: message('found here') },
      ...meta,
    },
    ...(Object.keys(listeners).length > 0 ? listeners : { onFile: () => {} }),
  };
}

/** Reports every call whose callee is called `name`. */
export function callRule(id: string, name: string, meta: Partial<AnyRule['meta']> = {}): AnyRule {
  return ruleOf(id, {
    meta,
    onNode: {
      CallExpression: (node, ctx) => {
        const callee = (node as import('../../src/rule.js').CallNode).expression;
        if (callee.getText() === name) ctx.report({ message: 'found', at: node, trace: [{ at: node, text: 'here' }] });
      },
    },
  });
}
