import { isBuiltin } from 'node:module';
import { basename, dirname, relative, sep } from 'node:path';
import type { FileRole, Host } from '../core/rule-meta.js';
import { ts } from '../syntax/ts.js';
import { FileStore } from './file-store.js';
import { readJson, upward } from './typescript-version.js';

const TEST_NAME = /[._-](test|tests|spec|e2e|e2e-spec|cy)\.[cm]?[jt]sx?$|^(test|vitest|jest|mocha)[.-_]?(setup|global|teardown|env)/;
const CONFIG_NAME = /\.(config|conf)\.[cm]?[jt]s$|^\.[\w-]+rc\.[cm]?js$|^(gulpfile|gruntfile|karma\.conf)\b/i;
const SCRIPT_NAME = /\.bench\.[cm]?[jt]sx?$/;
const TEST_FOLDERS = new Set(['test', 'tests', '__tests__', '__mocks__', '__fixtures__', '__tests_dts__', '_tests', '_test', 'e2e', 'spec', 'specs', 'cypress', 'test-utils', 'testutils']);
const EXAMPLE_FOLDERS = new Set(['example', 'examples', 'demo', 'demos', 'sample', 'samples', 'playground', 'playgrounds', 'docs']);
const SCRIPT_FOLDERS = new Set(['scripts', 'bench', 'benches', 'benchmark', 'benchmarks']);

/** What a file is for, by its path below the root, `/`-separated. */
export function fileRole(path: string): FileRole {
  const name = basename(path);
  if (CONFIG_NAME.test(name)) return 'config';
  if (TEST_NAME.test(name)) return 'test';
  const folders = dirname(path).split('/');
  if (folders.some((folder) => TEST_FOLDERS.has(folder))) return 'test';
  if (folders.some((folder) => EXAMPLE_FOLDERS.has(folder))) return 'example';
  if (SCRIPT_NAME.test(name) || folders.some((folder) => SCRIPT_FOLDERS.has(folder))) return 'script';
  return 'source';
}

const SERVER_PACKAGES = new Set([
  'express', 'fastify', 'koa', 'hapi', '@hapi/hapi', 'hono', '@hono/node-server', '@nestjs/core', 'restify', 'polka',
  'ws', 'pg', 'mysql2', 'mongodb', 'mongoose', 'ioredis', 'redis', 'bullmq', 'kafkajs', 'amqplib', 'undici',
  '@grpc/grpc-js', 'commander', 'yargs',
]);
const BROWSER_PACKAGES = new Set([
  'react-dom', 'react-native', 'preact', 'vue', 'svelte', 'solid-js', 'lit', '@angular/core',
  '@angular/platform-browser', 'jquery', 'mobx-react',
]);
const SERVER_FOLDERS = new Set(['server', 'backend']);
const BROWSER_FOLDERS = new Set(['browser', 'frontend', 'webapp']);
const WORKER_NAME = /[.-]worker\.[cm]?[jt]sx?$|^(service-?worker|sw)\.[cm]?[jt]s$/i;

/** Where files run. What the file itself says (directives, imports) comes before what its package and its options say. */
export class HostFinder {
  readonly #files: FileStore;
  readonly #packages = new Map<string, { readonly home: string; readonly host: Host }>();

  constructor(files: FileStore = new FileStore()) {
    this.#files = files;
  }

  hostOf(source: ts.SourceFile, options: ts.CompilerOptions): Host {
    const said = hostByDirective(source) ?? hostByImports(source);
    if (said !== undefined) return said;
    if (WORKER_NAME.test(basename(source.fileName))) return 'worker';
    const compiledFor = hostByLib(options);
    // A part of a node package that is compiled with the DOM and without node's types runs elsewhere than the rest.
    if (compiledFor === 'browser' && options.types?.every((name) => name !== 'node' && name !== '*')) return 'browser';
    const { home, host } = this.#packageOf(dirname(source.fileName));
    if (host !== 'unknown') return host;
    return hostByFolder(relative(home, dirname(source.fileName))) ?? compiledFor;
  }

  #packageOf(folder: string): { readonly home: string; readonly host: Host } {
    let known = this.#packages.get(folder);
    if (known === undefined) {
      const home = [...upward(folder)].find((each) => this.#files.fileExists(`${each}/package.json`));
      known = home === undefined ? { home: folder, host: 'unknown' } : { home, host: hostByManifest(readJson(`${home}/package.json`, this.#files) ?? {}) };
      this.#packages.set(folder, known);
    }
    return known;
  }
}

function hostByDirective(source: ts.SourceFile): Host | undefined {
  for (const statement of source.statements) {
    if (!ts.isExpressionStatement(statement) || !ts.isStringLiteral(statement.expression)) break;
    if (statement.expression.text === 'use client') return 'browser';
    if (statement.expression.text === 'use server') return 'node';
  }
  const libs = source.libReferenceDirectives.map((directive) => directive.fileName.toLowerCase());
  return libs.includes('webworker') ? 'worker' : libs.includes('dom') ? 'browser' : undefined;
}

function hostByImports(source: ts.SourceFile): Host | undefined {
  const specifiers = importedModules(source);
  if (specifiers.some((name) => isBuiltin(name))) return 'node';
  const packages = specifiers.map(packageName);
  if (packages.some((name) => SERVER_PACKAGES.has(name))) return 'node';
  return packages.some((name) => BROWSER_PACKAGES.has(name)) ? 'browser' : undefined;
}

/** Specifiers of the value imports and re-exports at the top of a file. A type import says nothing about where code runs. */
function importedModules(source: ts.SourceFile): string[] {
  return source.statements.flatMap((statement) => {
    if (ts.isImportDeclaration(statement)) return statement.importClause?.isTypeOnly ? [] : textOf(statement.moduleSpecifier);
    if (ts.isExportDeclaration(statement)) return statement.isTypeOnly ? [] : textOf(statement.moduleSpecifier);
    if (ts.isVariableStatement(statement)) return statement.declarationList.declarations.flatMap(({ initializer }) => requiredModule(initializer));
    return [];
  });
}

function requiredModule(value: ts.Expression | undefined): string[] {
  if (!value || !ts.isCallExpression(value) || !ts.isIdentifier(value.expression) || value.expression.text !== 'require') return [];
  return textOf(value.arguments[0]);
}

const textOf = (node: ts.Expression | undefined): string[] => (node && ts.isStringLiteralLike(node) ? [node.text] : []);

function packageName(specifier: string): string {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}

/** By the folder below a package that serves both sides. A `client` may be one of any protocol. */
function hostByFolder(folder: string): Host | undefined {
  const side = folder.split(sep).find((name) => SERVER_FOLDERS.has(name) || BROWSER_FOLDERS.has(name));
  return side === undefined ? undefined : SERVER_FOLDERS.has(side) ? 'node' : 'browser';
}

function hostByManifest(manifest: Record<string, unknown>): Host {
  const names = (key: string): string[] => Object.keys((manifest[key] as object | undefined) ?? {});
  const own = [...names('dependencies'), ...names('peerDependencies')];
  const isNode = names('engines').includes('node') || names('devDependencies').includes('@types/node') || manifest.bin !== undefined;
  const node = isNode || own.some((name) => SERVER_PACKAGES.has(name));
  const browser = own.some((name) => BROWSER_PACKAGES.has(name)) || manifest.browserslist !== undefined || manifest.browser !== undefined;
  return node === browser ? 'unknown' : node ? 'node' : 'browser';
}

/** An explicit `lib` says more than the default one, which has the DOM for everybody. */
function hostByLib({ lib }: ts.CompilerOptions): Host {
  if (lib === undefined) return 'unknown';
  const has = (name: string): boolean => lib.some((file) => file.toLowerCase().startsWith(`lib.${name}`));
  if (has('webworker')) return 'worker';
  return has('dom') ? 'browser' : 'node';
}
