import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import { DEFAULT_CONFIG } from '../../src/config/validate.js';
import { ConfigError } from '../../src/core/errors.js';
import type { RuleMeta } from '../../src/core/rule-meta.js';
import type { ResolvedConfig } from '../../src/engine/protocol.js';
import { type Content, scratch } from '../support/scratch.js';

const docs = { why: 'w', instead: 'i', limits: 'l' };
const messages = { held: { text: 'held', preset: 'recommended', severity: 'error', precision: 'high' } } as const;
const RULES: readonly RuleMeta[] = [
  { id: 'unreleased-lock', aliases: ['lock-leak'], family: 'locks', summary: 's', question: 'release', encodes: [], docs, messages },
  {
    id: 'unbounded-growth',
    family: 'bounds',
    summary: 's',
    question: 'growth',
    encodes: [],
    docs,
    messages,
    options: {
      bounded: { type: 'string[]', default: [], description: 'd' },
      limit: { type: 'number', default: 10, description: 'd' },
      strict: { type: 'boolean', default: false, description: 'd' },
    },
  },
];

async function load(files: Record<string, Content>, cwd = '.', more: { config?: string | false; inGit?: boolean } = {}): Promise<ResolvedConfig> {
  const root = scratch(files);
  const { config } = await loadConfig({ cwd: join(root, cwd), config: more.config, top: more.inGit === false ? undefined : root, rules: RULES });
  return config;
}

const json = (value: object): Record<string, Content> => ({ 'conclint.config.json': value });

/** The one line that the user is shown. */
async function complaint(files: Record<string, Content>, more?: { config?: string }): Promise<string> {
  const error = await load(files, '.', more).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(ConfigError);
  const { message, hint } = error as ConfigError;
  return hint === undefined ? message : `${message} | ${hint}`;
}

describe('the config that counts', () => {
  it('is the defaults when there is none', async () => {
    expect(await load({ 'a.ts': '' })).toEqual(DEFAULT_CONFIG);
  });

  it('is the nearest one upward, alone', async () => {
    const files = { 'conclint.config.json': { preset: 'all', ignores: ['x'] }, 'a/conclint.config.json': { preset: 'strict' }, 'a/b/c.ts': '' };
    const config = await load(files, 'a/b');
    expect(config.preset).toBe('strict');
    expect(config.ignores).toEqual([]);
  });

  it('is not looked for above the top of git', async () => {
    const root = scratch({ 'conclint.config.json': { preset: 'all' }, 'repo/a.ts': '' });
    expect(await loadConfig({ cwd: join(root, 'repo'), top: join(root, 'repo'), rules: RULES })).toEqual({ config: DEFAULT_CONFIG });
  });

  it('may stand in package.json under conclint', async () => {
    expect((await load({ 'package.json': { name: 'x', conclint: { preset: 'strict' } } })).preset).toBe('strict');
  });

  it('is looked for above a package.json that has none', async () => {
    const files = { 'conclint.config.json': { preset: 'all' }, 'a/package.json': { name: 'conclint' }, 'a/x.ts': '' };
    expect((await load(files, 'a')).preset).toBe('all');
  });

  it('is the one that --config names', async () => {
    const files = { 'conclint.config.json': { preset: 'all' }, 'other.json': { preset: 'strict' } };
    expect((await load(files, '.', { config: 'other.json' })).preset).toBe('strict');
  });

  it('is the defaults under --no-config', async () => {
    expect(await load({ 'conclint.config.json': 'not read' }, '.', { config: false })).toEqual(DEFAULT_CONFIG);
  });

  it.each([
    ['conclint.config.ts', "import { defineConfig } from 'conclint';\nconst preset: string = 'strict';\nexport default defineConfig({ preset } as never);"],
    ['conclint.config.mts', "export default { preset: 'strict' as const };"],
    ['conclint.config.mjs', "export default { preset: 'strict' };"],
    ['conclint.config.cjs', "module.exports = { preset: 'strict' };"],
    ['conclint.config.js', "module.exports = { preset: 'strict' };"],
    ['conclint.config.json', '\uFEFF{ "$schema": "x", /* why */ "preset": "strict", }'],
    ['conclint.config.jsonc', '{ // why\n "preset": "strict" }'],
  ])('is read from %s', async (name, text) => {
    expect((await load({ [name]: text })).preset).toBe('strict');
  });
});

describe('rule settings', () => {
  it('are severities, pairs or objects', async () => {
    const first = await load(json({ rules: { 'unreleased-lock': 'off', 'unbounded-growth': ['note', { limit: 3 }] } }));
    expect(first.rules).toEqual({ 'unreleased-lock': { severity: 'off' }, 'unbounded-growth': { severity: 'note', options: { limit: 3 } } });
    const second = await load(json({ rules: { 'unbounded-growth': { options: { bounded: ['Cache'] } } } }));
    expect(second.rules).toEqual({ 'unbounded-growth': { options: { bounded: ['Cache'] } } });
  });

  it('stand under the present id of a rule when they use a former one', async () => {
    expect((await load(json({ rules: { 'lock-leak': 'note' } }))).rules).toEqual({ 'unreleased-lock': { severity: 'note' } });
  });

  it('cannot set one rule twice', async () => {
    expect(await complaint(json({ rules: { 'unreleased-lock': 'off', 'lock-leak': 'note' } }))).toBe('conclint.config.json:4:5: rule "unreleased-lock" is set twice, here as "lock-leak"');
  });

  it('must name a rule', async () => {
    expect(await complaint(json({ rules: { 'unrelased-lock': 'off' } }))).toBe('conclint.config.json:3:5: unknown rule "unrelased-lock" | did you mean "unreleased-lock"?');
  });

  it('must be a severity', async () => {
    expect(await complaint(json({ rules: { 'unreleased-lock': 'warn' } }))).toBe(
      'conclint.config.json:3:5: the setting of "unreleased-lock" must be error, warning, note or off, alone or as [severity, options]',
    );
    expect(await complaint(json({ rules: { 'unreleased-lock': ['eror', {}] } }))).toContain('did you mean "error"?');
  });

  it('must have options that the rule has, of their type', async () => {
    expect(await complaint(json({ rules: { 'unbounded-growth': ['note', { limits: 3 }] } }))).toContain('unknown option "limits" of rule "unbounded-growth" | did you mean "limit"?');
    expect(await complaint(json({ rules: { 'unbounded-growth': ['note', { limit: '3' }] } }))).toContain('option "limit" of rule "unbounded-growth" must be a number');
    expect(await complaint(json({ rules: { 'unbounded-growth': ['note', { bounded: [1] }] } }))).toContain('must be a list of strings');
  });
});

describe('mistakes', () => {
  it('in keys are told with their position and the nearest key', async () => {
    expect(await complaint({ 'conclint.config.jsonc': '{\n  // wide\n  "presets": "all"\n}' })).toBe('conclint.config.jsonc:3:3: unknown key "presets" | did you mean "preset"?');
  });

  it('deep inside are told with their path', async () => {
    const models = { calls: [{ match: { global: 'pause' }, effects: { suspend: 'macro' }, because: 'it waits' }] };
    expect(await complaint(json({ models }))).toBe('conclint.config.json:9:11: unknown key "models.calls[0].effects.suspend" | did you mean "suspends"?');
  });

  it('in values are told with what could stand there', async () => {
    expect(await complaint(json({ preset: 'strickt' }))).toBe('conclint.config.json:2:3: "preset" must be one of recommended, strict, all, not "strickt" | did you mean "strict"?');
    expect(await complaint(json({ ignores: 'dist' }))).toBe('conclint.config.json:2:3: "ignores" must be a list, not "dist"');
    expect(await complaint(json({ overrides: [{ rules: {} }] }))).toContain('"overrides[0].files" is missing');
    expect(await complaint(json({ overrides: [{ files: [] }] }))).toContain('"overrides[0].files" must be not empty');
  });

  it('in TypeScript are found by the text of the key', async () => {
    const text = "export default {\n  preset: 'all',\n  overrides: [{ files: ['a'], rules: { 'unrelased-lock': 'off' } }],\n};\n";
    expect(await complaint({ 'conclint.config.ts': text })).toBe('conclint.config.ts:3:40: unknown rule "unrelased-lock" | did you mean "unreleased-lock"?');
  });

  it('in package.json are told at their place there', async () => {
    expect(await complaint({ 'package.json': '{\n  "name": "x",\n  "conclint": {\n    "rule": {}\n  }\n}' })).toBe('package.json:4:5: unknown key "rule" | did you mean "rules"?');
  });

  it('of syntax are told at their place', async () => {
    expect(await complaint({ 'conclint.config.json': '{\n  "preset" "all"\n}' })).toBe('conclint.config.json:2:12: unexpected " (expected :)');
    expect(await complaint({ 'conclint.config.json': '{ "preset": "all", "preset": "all" }' })).toContain(':1:20: "preset" stands here twice');
    expect(await complaint({ 'conclint.config.json': '{ "preset": tru }' })).toContain('tru is no JSON value');
    expect(await complaint({ 'conclint.config.json': '' })).toContain('the text ends too early');
  });

  it('of a module that throws or exports nothing are told in one line', async () => {
    expect(await complaint({ 'conclint.config.mjs': "throw new Error('no token\\nin this shell');" })).toBe('conclint.config.mjs: cannot be loaded: no token');
    expect(await complaint({ 'conclint.config.mjs': 'export const preset = 1;' })).toContain('has no default export');
    expect(await complaint({ 'conclint.config.mjs': 'export default 3;' })).toBe('conclint.config.mjs: a config is an object');
  });

  it('of the path are told', async () => {
    expect(await complaint({}, { config: 'none.json' })).toBe('none.json: no such config file, or it cannot be read');
  });

  it.each(['__proto__', 'constructor', 'prototype'])('with the key %s change nothing and are errors', async (key) => {
    expect(await complaint({ 'conclint.config.json': `{ "rules": { "${key}": "off" } }` })).toContain(`unknown key "${key}"`);
    expect(await complaint({ 'conclint.config.json': `{ "${key}": { "preset": "all" } }` })).toContain(`unknown key "${key}"`);
    expect(({} as { preset?: string }).preset).toBeUndefined();
  });
});

describe('patterns', () => {
  const patterns = {
    overrides: [{ files: ['src/**', '*.gen.ts', './top.ts', '!src/x.ts'], preset: 'all' }],
    ignores: ['vendor', '/old/**', '!dist/'],
    entryPoints: ['server.ts'],
    sequential: ['src/queue.ts#Queue.drain'],
  };

  it('stay as they are where the config lies in the root', async () => {
    expect(await load(json(patterns))).toMatchObject({
      overrides: [{ files: ['src/**', '**/*.gen.ts', 'top.ts', '!src/x.ts'] }],
      ignores: ['vendor', '/old/**', '!dist/'],
      entryPoints: ['**/server.ts'],
      sequential: ['src/queue.ts#Queue.drain'],
    });
  });

  it('are relative to the config, wherever the root is', async () => {
    expect(await load({ 'packages/[a]/conclint.config.json': patterns }, 'packages/[a]')).toMatchObject({
      overrides: [{ files: ['packages/\\[a\\]/src/**', 'packages/\\[a\\]/**/*.gen.ts', 'packages/\\[a\\]/top.ts', '!packages/\\[a\\]/src/x.ts'] }],
      ignores: ['/packages/\\[a\\]/**/vendor', '/packages/\\[a\\]/old/**', '!/packages/\\[a\\]/**/dist/'],
      sequential: ['packages/\\[a\\]/src/queue.ts#Queue.drain'],
    });
  });

  it('are relative to the config outside git, where its folder is the root', async () => {
    expect((await load({ 'a/conclint.config.json': patterns }, 'a', { inGit: false })).ignores).toEqual(patterns.ignores);
  });
});
