import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import { configJsonSchema } from '../../src/config/json-schema.js';
import type { RuleMeta } from '../../src/core/rule-meta.js';

const rule: RuleMeta = {
  id: 'unbounded-growth',
  family: 'bounds',
  summary: 'a collection only grows',
  question: 'growth',
  encodes: [],
  docs: { why: 'w', instead: 'i', limits: 'l' },
  messages: { grows: { text: 'grows', preset: 'recommended', severity: 'warning', precision: 'high' } },
  options: { bounded: { type: 'string[]', default: ['LRU'], description: 'types with a limit' } },
};
const validate = new Ajv({ strict: true, strictTuples: false, allErrors: true }).compile(configJsonSchema([rule]));

describe('the JSON schema of a config', () => {
  it.each([
    { $schema: './schema.json', preset: 'strict' },
    { rules: { 'unbounded-growth': 'off' } },
    { rules: { 'unbounded-growth': ['note', { bounded: ['Cache'] }] } },
    { overrides: [{ files: ['a/**'], rules: { 'unbounded-growth': { options: { bounded: [] } } } }] },
    { models: { calls: [{ match: { module: 'pause', name: 'pause' }, effects: { promise: true, suspends: 'macro' }, because: 'it waits' }] } },
  ])('takes %j', (config) => {
    expect(validate(config), JSON.stringify(validate.errors)).toBe(true);
  });

  it.each([
    { presets: 'strict' },
    { rules: { 'unbounded-grow': 'off' } },
    { rules: { 'unbounded-growth': ['note', { bound: [] }] } },
    { overrides: [{ files: ['a/**'], rules: { 'unbounded-growth': 'warn' } }] },
    { models: { calls: [{ match: { global: 'pause' }, effects: {} }] } },
  ])('refuses %j', (config) => {
    expect(validate(config)).toBe(false);
  });

  it('carries the prose that editors show', () => {
    const { properties } = configJsonSchema([rule]) as { properties: Record<string, { description: string; properties: Record<string, { description: string }> }> };
    expect(properties.rules?.properties['unbounded-growth']?.description).toBe('a collection only grows');
    expect(Object.values(properties).every((property) => property.description.length > 0)).toBe(true);
  });
});
