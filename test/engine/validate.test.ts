import { describe, expect, test } from 'vitest';
import type { AnyRule } from '../../src/rule.js';
import { validateRegistry } from '../../src/engine/validate.js';
import { message, ruleOf } from './rules.js';

const problems = (...rules: AnyRule[]): string => {
  try {
    validateRegistry(rules);
  } catch (error) {
    return (error as Error).message;
  }
  return '';
};
const withMeta = (meta: Partial<AnyRule['meta']>): string => problems(ruleOf('a-rule', { meta }));
const withText = (text: string): string => withMeta({ messages: { found: message(text) } });

describe('a registry', () => {
  test('of well-formed rules starts', () => {
    expect(problems(ruleOf('leaked-timer'), ruleOf('deaf-loop', { meta: { aliases: ['endless-loop'] } }))).toBe('');
  });

  test('names every breach at once', () => {
    const text = problems(ruleOf('leakedTimer', { meta: { summary: 'Leaks.', origin: '' } }), ruleOf('b', { meta: { messages: {} } }));
    expect(text).toContain('leakedTimer: the name "leakedTimer" is not kebab-case');
    expect(text).toContain('leakedTimer: the summary starts with a capital');
    expect(text).toContain('leakedTimer: the summary ends with a period');
    expect(text).toContain('leakedTimer: names neither an audit finding (encodes) nor an origin');
    expect(text).toContain('b: has no message');
  });

  test('has one rule per name, former names included', () => {
    expect(problems(ruleOf('a'), ruleOf('b', { meta: { aliases: ['a'] } }))).toContain('b: the name a is taken');
    expect(problems(ruleOf('unused-suppression'))).toContain('the name unused-suppression is taken');
  });

  test('holds summaries to 72 characters and prose to being there', () => {
    expect(withMeta({ summary: 'x'.repeat(73) })).toContain('1 to 72');
    expect(withMeta({ docs: { why: ' ', instead: 'x', limits: 'x' } })).toContain('docs.why is empty');
  });

  test.each(['lock {lock} is still held', '{name} is never awaited', 'Promise.race leaves its losers running', 'AbortSignal is ignored', 'Map {m} only grows'])(
    'accepts the message %j',
    (text) => expect(withText(text)).toBe(''),
  );

  test.each([
    ['The lock is held', 'starts with a capital'],
    ['the lock is held.', 'ends with a period'],
    ['two\nlines', 'is not one trimmed line'],
    ['a {hole', 'brace'],
  ])('refuses the message %j', (text, problem) => expect(withText(text)).toContain(problem));

  test('refuses presets, severities and precisions that do not exist', () => {
    const text = withMeta({ messages: { found: { text: 'x', preset: 'some' as 'all', severity: 'fatal' as 'error', precision: 'best' as 'high' } } });
    expect(text).toContain('unknown preset "some"');
    expect(text).toContain('unknown severity "fatal"');
    expect(text).toContain('unknown precision "best"');
  });

  test('refuses a rule that listens to nothing or to no kind of node', () => {
    const deaf = { meta: ruleOf('deaf').meta } as AnyRule;
    expect(problems(deaf)).toContain('listens to nothing');
    expect(problems(ruleOf('odd', { onNode: { CallExpresion: () => {} } as AnyRule['onNode'] & {} }))).toContain('CallExpresion, which is no kind of node');
  });

  test('refuses an option whose default has another type', () => {
    expect(withMeta({ options: { limit: { type: 'number', default: true, description: 'x' } } })).toContain('option limit has a default of type boolean, not number');
  });
});
