import type { MessageSpec, RuleMeta } from '../core/rule-meta.js';

/**
 * What the engine itself reports about suppression comments. They are findings, so that `--max-warnings`, reports and
 * `rules: { 'unused-suppression': 'off' }` treat them as any other; no comment can suppress them.
 */
const everywhere = ['source', 'test', 'script', 'config', 'example'] as const;
const warning = (text: string): MessageSpec => ({ text, preset: 'recommended', severity: 'warning', precision: 'high' });

export const reasonlessSuppression = {
  id: 'reasonless-suppression',
  family: 'directives',
  summary: 'a suppression without a reason does not suppress',
  question: 'directive',
  encodes: [],
  roles: everywhere,
  origin: 'suppressions outlive the memory of why they were right',
  docs: {
    why: 'A report that was judged harmless looks, a year later, like one that nobody judged. The reason is what a reader checks.',
    instead: 'Write the reason after two hyphens: `// conclint-disable-next-line floating-promise -- the queue retries and logs`.',
    limits: 'Any text counts as a reason.',
  },
  messages: { reasonless: warning('{directive} has no reason, so it suppresses nothing: write it after --') },
} as const satisfies RuleMeta;

export const unknownSuppression = {
  id: 'unknown-suppression',
  family: 'directives',
  summary: 'a suppression names no rule, or one that does not exist',
  question: 'directive',
  encodes: [],
  roles: everywhere,
  origin: 'a mistyped rule name suppresses nothing and looks as if it did',
  docs: {
    why: 'A mistyped name suppresses nothing and looks as if it did.',
    instead: 'Name the rule as the report does. A comment speaks of the rules it lists, never of all.',
    limits: 'A comment that does not start with the directive is prose and is not looked at.',
  },
  messages: {
    rule: warning('{directive} names {name}, which is no rule{suggestion}'),
    none: warning('{directive} names no rule, so it suppresses nothing'),
    directive: warning('{name} is no directive{suggestion}'),
  },
} as const satisfies RuleMeta;

export const unusedSuppression = {
  id: 'unused-suppression',
  family: 'directives',
  summary: 'a suppression where the rule reports nothing',
  question: 'directive',
  encodes: [],
  roles: everywhere,
  origin: 'a suppression that has outlived its report hides the next one',
  docs: {
    why: 'What it suppressed is gone; it would hide the next defect of that kind on this line.',
    instead: 'Delete the comment, or the rule from its list.',
    limits: 'Silent about rules that did not run on the file, and about reports that a wider preset would show.',
  },
  messages: { unused: warning('{directive} suppresses no {name} here') },
} as const satisfies RuleMeta;

export const directiveRules: readonly RuleMeta[] = [reasonlessSuppression, unknownSuppression, unusedSuppression];
