import { describe, expect, it } from 'vitest';

import { modelOf } from '../support/in-memory-model.js';

const PRELUDE = `
  import { readdir } from 'node:fs/promises';
  import type { IncomingMessage } from 'node:http';
  import { Pool } from 'pg';
  declare const emitter: import('node:events').EventEmitter;
  declare function query(): Promise<string[]>;
  enum Colour { Red, Green }
  const HOSTS = ['a', 'b'];
  const CONFIG = { hosts: ['a'], retries: 3 };
  const BY_NAME: Record<string, number> = { a: 1, b: 2 };
  const SIZE = 10;
  function two() { return ['x', 'y']; }
  function same(list: string[]) { return list.filter(Boolean); }
  function chunk<T>(list: T[], size: number): T[][] { return []; }
`;

function bound(expression: string, { before = '', param = 'xs: string[], n: number, concurrency: number' } = {}): string {
  const code = modelOf({ 'a.ts': `${PRELUDE}async function test(${param}) { ${before} const x = ${expression}; }` }, { node: true });
  const { bounded, source } = code.model.bound(code.valueOf('x'));
  return bounded === 'yes' ? 'yes' : `${bounded} ${source}`;
}

describe('a collection is bounded', () => {
  it.each([
    "['a', 'b']",
    '[...HOSTS, 1]',
    'HOSTS.map((h) => h).filter(Boolean)',
    'Object.keys(BY_NAME)',
    'Object.values(Colour)',
    'CONFIG.hosts',
    'xs.slice(0, 10)',
    'xs.slice(-5)',
    'xs.slice(n, n + concurrency)',
    'Array.from({ length: SIZE })',
    'Array.from({ length: Math.min(n, 8) })',
    'new Array(5).fill(0)',
    'new Set(HOSTS)',
    'two()',
    'same(HOSTS)',
    'n ? HOSTS : two()',
    'await Promise.all(HOSTS.map((h) => h))',
  ])('%s', (expression) => expect(bound(expression)).toBe('yes'));

  it('by a tuple type', () => {
    expect(bound('pair', { param: 'pair: readonly [string, string]' })).toBe('yes');
    expect(bound('pair', { param: 'pair: [string, ...string[]]' })).toBe('no parameter');
  });

  it('when it is filled by a bounded loop, and as unbounded as the loop that fills it', () => {
    expect(bound('out', { before: 'const out = []; for (const h of HOSTS) out.push(h);' })).toBe('yes');
    expect(bound('out', { before: 'const out = []; out.push(1); if (n) out.push(2);' })).toBe('yes');
    expect(bound('out', { before: 'const out = []; for (const v of xs) out.push(v);' })).toBe('no parameter');
    expect(bound('out', { before: 'const out: string[] = []; xs.forEach((v) => { out.push(v); });' })).toBe('no parameter');
    expect(bound('out', { before: 'const out = []; for (let i = 0; i < n; i++) out.push(i);' })).toBe('no parameter');
    expect(bound('out', { before: 'const out = []; for (let i = 0; i < SIZE; i++) out.push(i);' })).toBe('yes');
    expect(bound('out', { before: 'const out = []; while (n) out.push(1);' })).toBe('unknown unknown');
  });

  it('when it is one chunk, not when it is the list of chunks', () => {
    const code = modelOf({ 'a.ts': `${PRELUDE} function test(xs: string[]) { for (const part of chunk(xs, 10)) { const x = part; } }` });
    expect(code.model.bound(code.valueOf('x')).bounded).toBe('yes');
    expect(bound('chunk(xs, 10)')).toBe('no parameter');
  });
});

describe('a collection is unbounded', () => {
  it.each([
    ['xs', 'no parameter'],
    ['xs.map((v) => v).sort()', 'no parameter'],
    ['[...xs]', 'no parameter'],
    ['xs ?? HOSTS', 'no parameter'],
    ['Object.keys(xs)', 'no parameter'],
    ['same(xs)', 'no parameter'],
    ['Array.from({ length: n })', 'no parameter'],
    ["await readdir('.')", 'no directory'],
  ])('%s', (expression, answer) => expect(bound(expression)).toBe(answer));

  it('with the database as its source, unless the query names a limit', () => {
    const rows = (query: string): string => bound(query, { before: "const pool = new Pool();", param: 'where: object' });
    expect(rows("(await pool.query('select id from jobs')).rows")).toBe('no database');
    expect(rows("(await pool.query('select id from jobs limit 50')).rows")).toBe('unknown database');
  });

  it('with the database as its source, unless a step of the query limits it', () => {
    const kysely = `export class SelectQueryBuilder { where(a: string): this; limit(n: number): this; values(rows: object[]): this; execute(): Promise<string[]>; }`;
    const rows = (steps: string): string => {
      const files = { 'a.ts': `import { SelectQueryBuilder } from 'kysely'; export async function test(jobs: SelectQueryBuilder, n: number) { ${steps} }`, 'node_modules/kysely/index.d.ts': kysely };
      const { model, valueOf } = modelOf(files, { node: true });
      const { bounded, source } = model.bound(valueOf('x'));
      return `${bounded} ${source}`;
    };
    expect(rows("const x = await jobs.where('due').execute();")).toBe('no database');
    expect(rows("const x = await jobs.where('due').limit(n).execute();")).toBe('unknown database');
    expect(rows('if (n > 0) jobs = jobs.limit(n); const x = await jobs.execute();')).toBe('unknown database');
    expect(rows('let due = jobs.limit(n); due = due.where("due"); const x = await due.execute();')).toBe('unknown database');
    expect(rows('const x = await jobs.values([{}]).execute();')).toBe('unknown database');
  });

  it('with the request as its source', () => {
    expect(bound('req.body.ids', { param: 'req: { body: { ids: string[] } }' })).toBe('no request');
    expect(bound('ids', { param: 'req: { body: { ids: string[] } }', before: 'const { ids } = req.body;' })).toBe('no request');
    expect(bound('JSON.parse(req.body)', { param: 'req: { body: string }' })).toBe('no request');
  });

  it('with the message as its source', () => {
    const code = modelOf({ 'a.ts': `${PRELUDE} emitter.on('batch', (batch: string[]) => { const x = batch; });` }, { node: true });
    expect(code.model.bound(code.valueOf('x'))).toMatchObject({ bounded: 'no', source: 'message' });
  });
});

describe('a collection has no known bound', () => {
  it.each([
    ["xs.join().split(',')", 'unknown unknown'],
    ['xs.slice(0, concurrency)', 'unknown parameter'],
    ['Array.from({ length: concurrency })', 'unknown unknown'],
    ['await query()', 'unknown unknown'],
    ['HOSTS.flatMap((h) => query())', 'unknown unknown'],
  ])('%s', (expression, answer) => expect(bound(expression)).toBe(answer));

  it('when a field may be a registry', () => {
    const field = (declaration: string): unknown => {
      const code = modelOf({ 'a.ts': `class C { ${declaration} m() { const x = this.plugins; } }` });
      return code.model.bound(code.valueOf('x')).bounded;
    };
    expect(field('plugins: string[] = [];')).toBe('unknown');
    expect(field("readonly plugins: readonly string[] = ['a'];")).toBe('yes');
    expect(field("plugins = ['a', 'b'] as const;")).toBe('yes');
  });
});
