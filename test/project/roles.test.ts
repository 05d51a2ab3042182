import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { fileRole, HostFinder } from '../../src/project/roles.js';
import { ts } from '../../src/syntax/ts.js';
import { scratch } from '../support/scratch.js';

describe('the role of a file', () => {
  it.each([
    ['src/a.ts', 'source'],
    ['bin/cli.ts', 'source'],
    ['src/testing/harness.ts', 'source'],
    ['src/latest.ts', 'source'],
    ['src/contest.ts', 'source'],
    ['fixtures/service/src/a.ts', 'source'],
    ['src/config.ts', 'source'],
    ['test/a.ts', 'test'],
    ['packages/p/__tests__/a.tsx', 'test'],
    ['src/a.test.ts', 'test'],
    ['src/a.spec.mts', 'test'],
    ['src/a_test.js', 'test'],
    ['e2e/login.ts', 'test'],
    ['vitest.setup.ts', 'test'],
    ['test/scripts/run.ts', 'test'],
    ['vite.config.ts', 'config'],
    ['packages/p/eslint.config.mjs', 'config'],
    ['.eslintrc.cjs', 'config'],
    ['gulpfile.ts', 'config'],
    ['scripts/release.mjs', 'script'],
    ['benchmarks/queue.ts', 'script'],
    ['src/queue.bench.ts', 'script'],
    ['examples/server/index.ts', 'example'],
    ['docs/snippets/a.ts', 'example'],
  ] as const)('%s is %s', (path, role) => {
    expect(fileRole(path)).toBe(role);
  });
});

describe('the host of a file', () => {
  function hostOf(text: string, { manifest = {}, options = {}, name = 'src/a.ts' }: { manifest?: object; options?: ts.CompilerOptions; name?: string } = {}): string {
    const root = scratch({ 'package.json': manifest, [name]: text });
    return new HostFinder().hostOf(ts.createSourceFile(join(root, name), text, ts.ScriptTarget.ESNext), options);
  }
  const server = { dependencies: { fastify: '5' } };
  const client = { dependencies: { react: '19', 'react-dom': '19' } };

  it.each([
    ['what it imports: node', "import { readFile } from 'node:fs/promises';", client, 'node'],
    ['what it imports: node, old style', "import fs from 'fs';", client, 'node'],
    ['what it requires', "const net = require('net');", client, 'node'],
    ['a server package', "import express from 'express';", client, 'node'],
    ['a browser package', "export { createRoot } from 'react-dom/client';", server, 'browser'],
    ['its directive', "'use client';\nimport x from 'node:fs';", server, 'browser'],
    ['its server directive', "'use server';", client, 'node'],
    ['its lib reference', '/// <reference lib="webworker" />\nexport {};', client, 'worker'],
  ])('follows %s', (_, text, manifest, host) => {
    expect(hostOf(text, { manifest })).toBe(host);
  });

  it('does not follow type imports', () => {
    expect(hostOf("import type { Server } from 'node:net';", { manifest: client })).toBe('browser');
  });

  it.each([
    [server, 'node'],
    [client, 'browser'],
    [{ engines: { node: '>=20' } }, 'node'],
    [{ bin: './cli.js' }, 'node'],
    [{ browserslist: 'defaults' }, 'browser'],
    [{ dependencies: { fastify: '5', vue: '3' } }, 'unknown'],
  ])('follows its package otherwise: %j', (manifest, host) => {
    expect(hostOf('export {};', { manifest })).toBe(host);
  });

  it.each([
    [['lib.es2022.d.ts'], 'node'],
    [['lib.es2022.d.ts', 'lib.dom.d.ts'], 'browser'],
    [['lib.webworker.d.ts'], 'worker'],
    [undefined, 'unknown'],
  ])('follows an explicit lib last: %j', (lib, host) => {
    expect(hostOf('export {};', { options: lib ? { lib } : {} })).toBe(host);
  });

  it('runs in the browser where it is compiled for one, whatever the package', () => {
    const lib = ['lib.es2022.d.ts', 'lib.dom.d.ts'];
    expect(hostOf('export {};', { manifest: server, options: { lib, types: [] } })).toBe('browser');
    expect(hostOf('export {};', { manifest: server, options: { lib, types: ['node'] } })).toBe('node');
    expect(hostOf('export {};', { manifest: server, options: { lib } })).toBe('node');
    expect(hostOf('export {};', { manifest: server, options: { lib, types: ['*'] } })).toBe('node');
  });

  it('follows its folder in a package of both sides', () => {
    const both = { dependencies: { ...server.dependencies, ...client.dependencies } };
    expect(hostOf('export {};', { manifest: both, name: 'server/models/user.ts' })).toBe('node');
    expect(hostOf('export {};', { manifest: both, name: 'frontend/user.ts' })).toBe('browser');
    expect(hostOf('export {};', { manifest: both, name: 'client/user.ts' })).toBe('unknown');
    expect(hostOf('export {};', { manifest: client, name: 'server/user.ts' })).toBe('browser');
  });

  it('is a worker when its name says so', () => {
    expect(hostOf('export {};', { name: 'src/parse.worker.ts', manifest: client })).toBe('worker');
  });
});
