import type { Messages, Options } from './core/rule-meta.js';
import type { Rule } from './rule.js';

/** Gives a rule its types; returns what it is given. Apart from `rule.ts`, so that importing it loads no compiler. */
export function defineRule<const M extends Messages, const O extends Options = Record<string, never>>(rule: Rule<M, O>): Rule<M, O> {
  return rule;
}
