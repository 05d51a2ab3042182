import { readdirSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ProjectError } from '../../src/core/errors.js';
import { type LoadedProject, loadProjects } from '../../src/project/load.js';
import { rangeOf } from '../../src/syntax/location.js';
import { ts } from '../../src/syntax/ts.js';
import { type Content, scratch } from '../support/scratch.js';

type Files = Readonly<Record<string, Content>>;

function loadIn(root: string, files: readonly string[], projects: readonly string[] = []): LoadedProject[] {
  return [...loadProjects({ root, files: files.map((file) => join(root, file)), projects: projects.map((path) => join(root, path)), ignores: [] })];
}

const load = (files: Files, wanted: readonly string[], projects?: readonly string[]): LoadedProject[] => loadIn(scratch({ '.git/HEAD': '', ...files }), wanted, projects);

/** `config: files to report on`, by project. */
function shape(projects: readonly LoadedProject[], root: string): Record<string, string[]> {
  const name = ({ configPath }: LoadedProject): string => (configPath === undefined ? '-' : relative(root, configPath));
  return Object.fromEntries(projects.map((project) => [name(project), project.files.map((file) => relative(root, file))]));
}
const view = ({ view: sources }: LoadedProject, root: string): string[] => sources.map((source) => relative(root, source.fileName)).sort();
const told = (projects: readonly LoadedProject[]): string[] => projects.flatMap((project) => project.notifications.map(({ id, level, message, file, line }) => [id, level, file ?? '-', line ?? '-', message].join(' ')));
const only = (projects: readonly LoadedProject[]): LoadedProject => {
  expect(projects).toHaveLength(1);
  return projects[0]!;
};

/** The type of `export const it` in a file. */
function typeOfIt(project: LoadedProject, end: string): string {
  const checker = project.program.getTypeChecker();
  const source = project.program.getSourceFiles().find(({ fileName }) => fileName.endsWith(end))!;
  const symbol = checker.getExportsOfModule(checker.getSymbolAtLocation(source)!).find(({ name }) => name === 'it')!;
  return checker.typeToString(checker.getTypeOfSymbol(symbol));
}

const MODERN = { compilerOptions: { module: 'nodenext', target: 'es2022', lib: ['es2022'], types: [] } };

describe('the project of a file', () => {
  it('is the nearest tsconfig that includes it, one program each', () => {
    const root = scratch({ 'a/tsconfig.json': MODERN, 'a/src/x.ts': '', 'b/tsconfig.json': MODERN, 'b/y.ts': '', 'tsconfig.json': MODERN });
    expect(shape(loadIn(root, ['b/y.ts', 'a/src/x.ts']), root)).toEqual({ 'a/tsconfig.json': ['a/src/x.ts'], 'b/tsconfig.json': ['b/y.ts'] });
  });

  it('is one further up when the nearest leaves it out', () => {
    const root = scratch({ 'tsconfig.json': MODERN, 'a/tsconfig.json': { ...MODERN, include: ['src'] }, 'a/tools/x.ts': '', 'a/src/y.ts': '' });
    expect(shape(loadIn(root, ['a/tools/x.ts', 'a/src/y.ts']), root)).toEqual({ 'a/tsconfig.json': ['a/src/y.ts'], 'tsconfig.json': ['a/tools/x.ts'] });
  });

  it('is found through the references of a solution, nested ones too', () => {
    const root = scratch({
      'tsconfig.json': { files: [], references: [{ path: './tsconfig.app.json' }, { path: './nested' }] },
      'tsconfig.app.json': { ...MODERN, include: ['src'] },
      'nested/tsconfig.json': { files: [], references: [{ path: './tsconfig.lib.json' }, { path: '..' }] },
      'nested/tsconfig.lib.json': { ...MODERN, include: ['../lib'] },
      'src/a.ts': '',
      'lib/b.ts': '',
    });
    const projects = loadIn(root, ['src/a.ts', 'lib/b.ts']);
    expect(shape(projects, root)).toEqual({ 'nested/tsconfig.lib.json': ['lib/b.ts'], 'tsconfig.app.json': ['src/a.ts'] });
    expect(told(projects)).toEqual([]);
  });

  it('is the one whose entry files import it', () => {
    const root = scratch({ 'tsconfig.json': { ...MODERN, files: ['src/main.mts'] }, 'src/main.mts': "import './used.mjs';", 'src/used.mts': 'export {};', 'src/stray.mts': 'export {};' });
    expect(shape(loadIn(root, ['src/main.mts', 'src/used.mts', 'src/stray.mts']), root)).toEqual({ 'tsconfig.json': ['src/main.mts', 'src/used.mts'], '-': ['src/stray.mts'] });
  });

  it('may be a jsconfig', () => {
    const root = scratch({ 'jsconfig.json': {}, 'a.js': '' });
    expect(shape(loadIn(root, ['a.js']), root)).toEqual({ 'jsconfig.json': ['a.js'] });
  });

  it('is not looked for above the top of git', () => {
    const root = scratch({ 'tsconfig.json': MODERN, 'repo/.git/HEAD': '', 'repo/a.ts': '' });
    expect(only(loadIn(join(root, 'repo'), ['a.ts'])).configPath).toBeUndefined();
  });

  it('is named with --project, as file or folder', () => {
    const files = { 'tsconfig.json': MODERN, 'conf/tsconfig.json': { ...MODERN, include: ['../src'] }, 'src/a.ts': '', 'other.ts': '' };
    const root = scratch(files);
    expect(shape(loadIn(root, ['src/a.ts', 'other.ts'], ['conf']), root)).toEqual({ 'conf/tsconfig.json': ['src/a.ts'], '-': ['other.ts'] });
    expect(shape(loadIn(root, ['src/a.ts'], ['conf/tsconfig.json']), root)).toEqual({ 'conf/tsconfig.json': ['src/a.ts'] });
  });

  it('must exist when it is named', () => {
    expect(() => load({ 'a.ts': '' }, ['a.ts'], ['tsconfig.build.json'])).toThrow('--project tsconfig.build.json: no such config');
    expect(() => load({ 'a.ts': '', 'conf/x.txt': '' }, ['a.ts'], ['conf'])).toThrow(ProjectError);
  });
});

describe('a file in no project', () => {
  it('is read with default options, JavaScript too, with packages and ambient types', () => {
    const project = only(load({ 'a.js': "export const it = fetchAll(require('./b.js').ready);\nimport { pause } from 'pause';\nexport const { then } = pause();", 'b.js': 'exports.ready = Promise.resolve(1);', ...PAUSE, ...AMBIENT }, ['a.js', 'b.js']));
    expect(project.configPath).toBeUndefined();
    expect(typeOfIt(project, '/a.js')).toBe('Promise<string[]>');
    expect(told([project])).toEqual([]);
  });

  it('is seen with the others of its package, whichever was asked for', () => {
    const root = scratch({ 'package.json': {}, 'a.js': '', 'lib/b.js': '', 'sub/package.json': {}, 'sub/c.js': '', 'typed/tsconfig.json': MODERN, 'typed/d.ts': '', 'dist/e.js': '', 'test/f.js': '' });
    const files = ['a.js', 'lib/b.js', 'sub/c.js'];
    const views = files.map((file) => view(only(loadIn(root, [file])), root));
    expect(views).toEqual([['a.js', 'lib/b.js'], ['a.js', 'lib/b.js'], ['sub/c.js']]);
    expect(loadIn(root, files).map((project) => view(project, root))).toEqual([['a.js', 'lib/b.js'], ['sub/c.js']]);
  });

  it('shares no names with the script beside it', () => {
    const project = only(load({ 'a.ts': 'const it = 1;', 'b.ts': 'const it = "two";' }, ['a.ts', 'b.ts']));
    expect(project.program.getSemanticDiagnostics()).toEqual([]);
  });

  it('beside a project is read with its options', () => {
    const config = { compilerOptions: { module: 'esnext', moduleResolution: 'bundler', paths: { '#lib/*': ['./src/*'] }, strict: true }, include: ['src'] };
    const root = scratch({ '.git/HEAD': '', 'tsconfig.json': config, 'src/a.ts': 'export const a = Promise.resolve(1);', 'test/a.test.ts': "export { a as it } from '#lib/a';", 'test/b.test.ts': '', ...AMBIENT });
    const project = only(loadIn(root, ['test/a.test.ts']));
    expect(project.configPath).toBeUndefined();
    expect(typeOfIt(project, 'a.test.ts')).toBe('Promise<number>');
    expect(view(project, root)).toEqual(['src/a.ts', 'test/a.test.ts', 'test/b.test.ts']);
  });

  it('beside a project shares its trees', () => {
    const root = scratch({ 'tsconfig.json': { ...MODERN, include: ['src'] }, 'src/a.ts': 'export {};', 'tools/x.ts': "import '../src/a.js';" });
    const seen: ts.SourceFile[] = [];
    for (const { program } of loadProjects({ root, files: [join(root, 'src/a.ts'), join(root, 'tools/x.ts')], projects: [], ignores: [] })) seen.push(program.getSourceFile(join(root, 'src/a.ts'))!);
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
  });

  it('is JavaScript beside a TypeScript project, when that does not include it', () => {
    const root = scratch({ 'tsconfig.json': MODERN, 'a.ts': '', 'b.mjs': '' });
    expect(shape(loadIn(root, ['a.ts', 'b.mjs']), root)).toEqual({ 'tsconfig.json': ['a.ts'], '-': ['b.mjs'] });
  });
});

const PAUSE = { 'node_modules/pause/package.json': { name: 'pause', types: 'index.d.ts' }, 'node_modules/pause/index.d.ts': 'export declare function pause(): Promise<void>;' };
const AMBIENT = { 'node_modules/@types/ambient/index.d.ts': 'declare function fetchAll(x: unknown): Promise<string[]>;', 'node_modules/@types/ambient/package.json': { name: '@types/ambient', types: 'index.d.ts' } };

describe('the view', () => {
  it('is every source of the program, whichever file was asked for, without declarations, packages and data', () => {
    const root = scratch({
      'tsconfig.json': { compilerOptions: { module: 'preserve', resolveJsonModule: true, types: [] } },
      'a.ts': "import data from './data.json';\nimport { pause } from 'pause';\nimport raw from 'raw';",
      'b.ts': '',
      'types.d.ts': 'declare const x: 1;',
      'data.json': {},
      'node_modules/raw/index.ts': 'export default 1;',
      ...PAUSE,
    });
    for (const wanted of [['a.ts'], ['b.ts'], ['a.ts', 'b.ts']]) expect(view(only(loadIn(root, wanted)), root)).toEqual(['a.ts', 'b.ts']);
  });

  it('takes in sources of referenced projects that were never built', () => {
    const root = scratch({
      'core/package.json': { name: 'core', main: 'dist/index.js', types: 'dist/index.d.ts' },
      'core/tsconfig.json': { compilerOptions: { composite: true, outDir: 'dist', rootDir: 'src', module: 'nodenext' }, include: ['src'] },
      'core/src/index.ts': 'export const start = async () => 1;',
      'app/tsconfig.json': { ...MODERN, references: [{ path: '../core' }] },
      'app/a.ts': "import { start } from 'core';\nexport const it = start();",
      'app/package.json': { name: 'app' },
      'app/node_modules/core': { link: '../../core' },
    });
    const project = only(loadIn(root, ['app/a.ts']));
    expect(typeOfIt(project, 'app/a.ts')).toBe('Promise<number>');
    expect(view(project, root)).toEqual(['app/a.ts', 'core/src/index.ts']);
  });

  it('is bound, with parents', () => {
    const project = only(load({ 'a.ts': 'async function f() { await g?.(); }' }, ['a.ts']));
    const check = (node: ts.Node): void => ts.forEachChild(node, (child) => (expect(child.parent).toBe(node), check(child)));
    check(project.view[0]!);
  });

  it('shares the trees of libraries from one project to the next', () => {
    const root = scratch({ 'a/tsconfig.json': MODERN, 'a/x.ts': '', 'b/tsconfig.json': MODERN, 'b/y.ts': '' });
    const libs = loadIn(root, ['a/x.ts', 'b/y.ts']).map(({ program }) => program.getSourceFiles().find(({ fileName }) => fileName.endsWith('lib.es5.d.ts')));
    expect(libs[0]).toBeDefined();
    expect(libs[0]).toBe(libs[1]);
  });
});

describe('options', () => {
  it('that only matter to output are dropped', () => {
    const config = { compilerOptions: { composite: true, incremental: true, declaration: true, sourceMap: true, outDir: 'out', plugins: [{ name: 'x' }], baseUrl: '.', target: 'es5', downlevelIteration: true } };
    const project = only(load({ 'tsconfig.json': config, 'a.ts': '' }, ['a.ts']));
    expect(project.program.getCompilerOptions()).toMatchObject({ noEmit: true, skipLibCheck: true, stableTypeOrdering: true, maxNodeModuleJsDepth: 0 });
    expect(Object.keys(project.program.getCompilerOptions())).not.toEqual(expect.arrayContaining(['composite']));
    expect(told([project])).toEqual([]);
  });

  const source = { 'a.ts': "export const it = [undefined, 'x'].find(Boolean);\nexport const all = fetchAll(1);" };
  const installed = (version: string): Files => ({ 'node_modules/typescript/package.json': { name: 'typescript', version } });

  it.each([
    ['TypeScript 5 is installed', installed('5.9.3'), 'string'],
    ['TypeScript 4 is installed', installed('4.7.4'), 'string'],
    ['TypeScript 6 is installed', installed('6.0.3'), 'string | undefined'],
    ['TypeScript 7 is installed', installed('7.0.2'), 'string | undefined'],
    ['TypeScript 5 is declared', { 'package.json': { devDependencies: { typescript: '^5.4.0' } } }, 'string'],
    ['TypeScript 5 or later is declared', { 'package.json': { peerDependencies: { typescript: '>=5 <7' } } }, 'string'],
    ['TypeScript 6 is declared', { 'package.json': { devDependencies: { typescript: '~6.0.0' } } }, 'string | undefined'],
    ['an alias of TypeScript 6 is declared', { 'package.json': { devDependencies: { typescript: 'npm:@typescript/legacy@6.0.1' } } }, 'string | undefined'],
    ['a tag is declared', { 'package.json': { devDependencies: { typescript: 'latest' } } }, 'string'],
    ['nothing says', {}, 'string'],
  ])('that are unset mean what they mean where %s', (_, files, type) => {
    const project = only(load({ 'tsconfig.json': { compilerOptions: { lib: ['es2022'] } }, ...source, ...files }, ['a.ts']));
    expect(typeOfIt(project, 'a.ts')).toBe(type);
  });

  it('of a TypeScript 5 project see every ambient type, of a TypeScript 6 project those it names', () => {
    const all = (version: string, types?: string[]): string[] =>
      only(load({ 'tsconfig.json': { compilerOptions: { ...(types && { types }) } }, ...source, ...installed(version), ...AMBIENT }, ['a.ts'])).program.getSemanticDiagnostics().map(({ code }) => String(code));
    expect(all('5.9.3')).toEqual([]);
    expect(all('5.9.3', [])).toEqual(['2304']);
    expect(all('6.0.3')).toEqual(['2304']);
    expect(all('6.0.3', ['*'])).toEqual([]);
  });

  it('that a TypeScript 5 project sets stay', () => {
    const project = only(load({ 'tsconfig.json': { compilerOptions: { strict: true, module: 'commonjs', moduleResolution: 'bundler', esModuleInterop: true } }, ...source, ...installed('5.0.0') }, ['a.ts']));
    expect(project.program.getCompilerOptions()).toMatchObject({ strict: true, moduleResolution: ts.ModuleResolutionKind.Bundler, esModuleInterop: true });
  });

  it('of a TypeScript 5 project find types as it does: beside main, and callable namespaces', () => {
    const files = {
      'tsconfig.json': { compilerOptions: { module: 'commonjs', target: 'es2020', strict: true } },
      'a.ts': "import * as old from 'old';\nexport const it = old();",
      'node_modules/old/package.json': { name: 'old', main: 'index.js', types: 'index.d.ts', exports: { import: './index.mjs', require: './index.js' } },
      'node_modules/old/index.d.ts': 'declare function old(): Promise<number>;\ndeclare namespace old {}\nexport = old;',
      ...installed('5.4.5'),
    };
    expect(typeOfIt(only(load(files, ['a.ts'])), 'a.ts')).toBe('Promise<number>');
  });
});

describe('what is wrong with a project', () => {
  it('is nothing to say when all is well, type errors included', () => {
    expect(told(load({ 'tsconfig.json': MODERN, 'a.ts': "const a: number = 'x';" }, ['a.ts']))).toEqual([]);
  });

  it('is an extends that leads nowhere: said, and read with defaults', () => {
    const project = only(load({ 'tsconfig.json': '{\n  "extends": "@tsconfig/node20/tsconfig.json"\n}', 'a.ts': '' }, ['a.ts']));
    expect(told([project])).toEqual(["tsconfig-problem warning tsconfig.json 2 File '@tsconfig/node20/tsconfig.json' not found"]);
    expect(project.files).toHaveLength(1);
  });

  it('is an extends that comes back to itself', () => {
    const [problem] = told(load({ 'tsconfig.json': { extends: './base.json' }, 'base.json': { extends: './tsconfig.json' }, 'a.ts': '' }, ['a.ts']));
    expect(problem).toMatch(/^tsconfig-problem warning tsconfig\.json .*Circularity detected/);
    expect(problem).not.toContain('/conclint-');
  });

  it('is JSON that does not parse, or an option that does not exist', () => {
    expect(told(load({ 'tsconfig.json': '{\n  "compilerOptions": {\n', 'a.ts': '' }, ['a.ts']))[0]).toMatch(/^tsconfig-problem warning tsconfig\.json \d+ '}' expected/);
    expect(told(load({ 'tsconfig.json': '{\n  "compilerOptions": {\n    "modul": "esnext"\n  }\n}', 'a.ts': '' }, ['a.ts']))).toEqual([
      "tsconfig-problem warning tsconfig.json 3 Unknown compiler option 'modul'. Did you mean 'module'?",
    ]);
  });

  it('is that nothing is installed, said once per project', () => {
    const files = { 'package.json': { dependencies: { pause: '1', fastify: '5' } }, 'tsconfig.json': MODERN, 'a.ts': "import { pause } from 'pause';", 'b.ts': "import { pause } from 'pause';\nimport './a.js';" };
    expect(told(load(files, ['a.ts', 'b.ts']))).toEqual([
      'types-degraded warning - - tsconfig.json: types degraded: 2 dependencies not installed (no node_modules); 2 of 3 imports lead nowhere (pause)',
    ]);
  });

  it('is not that a package has dependencies and a folder above has them installed', () => {
    const files = { 'package.json': {}, 'p/package.json': { dependencies: { pause: '1' } }, 'p/tsconfig.json': MODERN, 'p/a.ts': "import { pause } from 'pause';", ...PAUSE };
    expect(told(load(files, ['p/a.ts']))).toEqual([]);
  });

  it('is that type definitions it names are missing', () => {
    const config = { compilerOptions: { ...MODERN.compilerOptions, types: ['jest', 'ambient'] } };
    expect(told(load({ 'tsconfig.json': config, 'a.ts': '', ...AMBIENT }, ['a.ts']))).toEqual(['types-degraded warning - - tsconfig.json: types degraded: no type definitions for jest']);
  });

  it('is not an import that a declaration answers, or an asset', () => {
    const files = { 'tsconfig.json': { compilerOptions: { types: [] } }, 'a.ts': "import a from 'virtual:pages';\nimport './a.css';\nimport b from './b.svg?url';\nimport c from 'declared';\nimport d from './x.frag';", 'env.d.ts': "declare module 'declared';\ndeclare module '*.frag';" };
    expect(told(load(files, ['a.ts']))).toEqual([]);
  });

  it('is a small note where few imports of many lead nowhere', () => {
    const many = Array.from({ length: 40 }, (_, i) => `import './m${i}.js';`).join('\n');
    const modules = Object.fromEntries(Array.from({ length: 40 }, (_, i) => [`m${i}.ts`, 'export {};']));
    expect(told(load({ 'tsconfig.json': MODERN, 'a.ts': `${many}\nimport 'optional';`, ...modules }, ['a.ts']))).toEqual([
      'types-degraded note - - tsconfig.json: types degraded: 1 of 41 imports lead nowhere (optional)',
    ]);
  });
});

describe('a file that cannot be read as it should', () => {
  it('for its syntax is told with the line of its first error, and stays', () => {
    const project = only(load({ 'tsconfig.json': MODERN, 'a.ts': 'const a = 1;\nasync function ( { await }\n' }, ['a.ts']));
    expect(project.files).toHaveLength(1);
    expect(told([project])).toEqual([expect.stringMatching(/^syntax-error warning a\.ts 2 .* \(and \d+ more\)$/)]);
  });

  it('for types in JavaScript is told', () => {
    expect(told(load({ 'a.js': 'let a: number;' }, ['a.js']))).toEqual(['syntax-error warning a.js 1 Type annotations can only be used in TypeScript files']);
  });

  it('for its byte order mark has its first column right', () => {
    const project = only(load({ 'a.ts': '\uFEFFawait f();\r\ng();' }, ['a.ts']));
    const [first, second] = project.view[0]!.statements;
    expect(rangeOf(first!)).toMatchObject({ startLine: 1, startColumn: 1, start: 0 });
    expect(rangeOf(second!)).toMatchObject({ startLine: 2, startColumn: 1 });
    expect(project.files.map((path) => project.isMarked(path))).toEqual([true]);
  });

  it('for having gone away is fatal, the others stay', () => {
    const root = scratch({ 'tsconfig.json': MODERN, 'a.ts': '', 'b.ts': '' });
    rmSync(join(root, 'b.ts'));
    const projects = loadIn(root, ['a.ts', 'b.ts']);
    expect(projects.flatMap(({ files }) => files)).toEqual([join(root, 'a.ts')]);
    expect(projects.flatMap(({ notifications }) => notifications)).toEqual([{ id: 'file-unreadable', level: 'error', message: 'the file went away or cannot be read', file: 'b.ts', fatal: true }]);
  });

  it.each([
    ['parsed', `${'('.repeat(60_000)}1${')'.repeat(60_000)};`],
    ['bound', `f()${'.then(g)'.repeat(60_000)};`],
  ])('for its depth, too great to be %s, is fatal, the others stay', (_, text) => {
    const project = only(load({ 'tsconfig.json': MODERN, 'a.ts': 'export const it = 1;', 'deep.ts': text, 'z.ts': '' }, ['a.ts', 'deep.ts']));
    expect(project.program.getSourceFiles().filter(({ parent }) => parent !== undefined)).toEqual([]);
    expect(typeOfIt(project, 'a.ts')).toBe('1');
    expect(told([project])).toEqual(['file-too-deep error deep.ts - nested too deeply, not analysed']);
  });
});

describe('loading', () => {
  it('writes nothing', () => {
    const root = scratch({ 'tsconfig.json': { compilerOptions: { incremental: true, outDir: 'out' } }, 'a.ts': '' });
    loadIn(root, ['a.ts']);
    expect(readdirSync(root)).toEqual(['a.ts', 'tsconfig.json']);
  });

  it('gives nothing for nothing', () => {
    expect(load({ 'tsconfig.json': MODERN }, [])).toEqual([]);
  });

  it('gives the same whatever the order of the files', () => {
    const files = { 'a/tsconfig.json': MODERN, 'a/x.ts': '', 'a/y.ts': '', 'b.js': '', 'c.js': '' };
    const root = scratch(files);
    const summary = (wanted: string[]): unknown => loadIn(root, wanted).map((project) => [project.configPath, project.files, view(project, root), project.debug]);
    expect(summary(['c.js', 'a/y.ts', 'b.js', 'a/x.ts'])).toEqual(summary(['a/x.ts', 'a/y.ts', 'b.js', 'c.js']));
  });
});
