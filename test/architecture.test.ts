import { globSync } from 'tinyglobby';
import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ts } from '../src/syntax/ts.js';

const ROOT = new URL('..', import.meta.url).pathname;

/** What each part may import of the others. A file directly in `src` is a part of its own. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  'src/core': [],
  'src/manifest': ['src/core'],
  'src/syntax': ['src/core'],
  'src/fix': ['src/core'],
  'src/models': ['src/core', 'src/syntax'],
  'src/flow': ['src/core', 'src/syntax', 'src/models'],
  'src/rule': ['src/core', 'src/syntax', 'src/models', 'src/flow', 'src/define-rule'],
  'src/engine': ['src/core', 'src/syntax', 'src/models', 'src/flow', 'src/rule', 'src/project'],
  'src/project': ['src/core', 'src/syntax'],
  'src/config': ['src/core', 'src/syntax', 'src/models', 'src/engine/protocol'],
  'src/report': ['src/core'],
  'src/analyse': ['src/core', 'src/syntax', 'src/models', 'src/flow', 'src/rule', 'src/engine', 'src/project', 'rules/index'],
  'src/lint': ['src/core', 'src/fix', 'src/engine', 'src/project', 'src/config', 'src/manifest', 'src/analyse'],
  'src/define-rule': ['src/core', 'src/rule'],
  'src/index': ['src/core', 'src/models', 'src/rule', 'src/define-rule', 'src/config', 'src/lint'],
  'src/cli': ['src/core', 'src/fix', 'src/manifest', 'src/report', 'src/lint'],
  'src/docgen': ['src/core', 'src/config', 'src/rule', 'src/engine/directive-rules', 'rules/findings'],
  'rules/index': ['rules'],
  'rules/findings': [],
  'rules/support': ['src/rule'],
  rules: ['src/rule', 'rules/support'],
};

/** Packages and built-in modules that only some files may import. */
const RESERVED: readonly { readonly specifier: RegExp; readonly allowed: (file: string) => boolean; readonly because: string }[] = [
  { specifier: /^typescript(\/|$)/, allowed: () => false, because: 'npm\'s typescript is another compiler with other SyntaxKind numbers: take `ts` from src/syntax/ts.ts' },
  { specifier: /^ts-morph$/, allowed: (file) => /^src\/(syntax|project)\//.test(file), because: 'take `ts` from src/syntax/ts.ts; wrapping and loading belong to src/syntax and src/project' },
  { specifier: /^chalk$/, allowed: (file) => file === 'src/report/text.ts', because: 'only the text report has colours: put it into src/report/text.ts' },
  { specifier: /^commander$/, allowed: (file) => file.startsWith('src/cli/'), because: 'arguments are read in src/cli only' },
  { specifier: /^node:/, allowed: (file) => !file.startsWith('rules/'), because: 'a rule asks the model; it does not look at the machine' },
  {
    specifier: /^node:(?!crypto$|module$|path$|url$)/,
    allowed: (file) => !/^src\/(core|syntax|models|flow|report)\//.test(file),
    because: 'the analysis and the reports see data, not the machine: I/O belongs to src/project, src/config, src/lint.ts, src/cli',
  },
];

const files = globSync(['src/**/*.ts', 'rules/**/*.ts'], { cwd: ROOT }).map((file) => file.replaceAll('\\', '/')).sort();

interface Import {
  readonly file: string;
  readonly specifier: string;
}
const imports: readonly Import[] = files.flatMap((file) =>
  ts.preProcessFile(readFileSync(ROOT + file, 'utf8'), true, false).importedFiles.map(({ fileName }) => ({ file, specifier: fileName })),
);

describe('the layers', () => {
  it('import only what stands below them', () => {
    expect(imports.flatMap(layerBreach)).toEqual([]);
  });

  it('have a place for every file', () => {
    expect(files.filter((file) => MAY_IMPORT[partOf(file)] === undefined)).toEqual([]);
  });

  it('keep packages and built-in modules where they belong', () => {
    const breaches = imports.flatMap(({ file, specifier }) =>
      RESERVED.filter((rule) => rule.specifier.test(specifier) && !rule.allowed(file)).map((rule) => `${file} imports ${specifier}: ${rule.because}`),
    );
    expect(breaches).toEqual([]);
  });

  it('end the process in src/cli/main.ts alone', () => {
    const exits = files.filter((file) => file !== 'src/cli/main.ts' && callsProcessExit(file));
    expect(exits, 'set process.exitCode, or throw a UserError: process.exit drops what is not yet written').toEqual([]);
  });

  it.each(['src/cli/main.ts', 'src/lint.ts', 'src/index.ts'])('load no compiler on the main thread, from %s', (entry) => {
    expect(loadedBy(entry).filter((file) => file.startsWith('src/syntax/') || file.startsWith('src/flow/'))).toEqual([]);
  });
});

function layerBreach({ file, specifier }: Import): string[] {
  const target = resolved(file, specifier);
  if (target === undefined) return [];
  const [from, to] = [partOf(file), partOf(target)];
  if (from === to && from !== 'rules') return [];
  const allowed = MAY_IMPORT[from] ?? [];
  if (allowed.includes(to) || allowed.includes(target.replace(/\.ts$/, ''))) return [];
  return [`${file} imports ${target}: ${from} may import ${allowed.join(', ') || 'nothing'}; move what is shared down, or the caller up`];
}

function callsProcessExit(file: string): boolean {
  const calls = (node: ts.Node): boolean => (ts.isCallExpression(node) && node.expression.getText() === 'process.exit') || ts.forEachChild(node, calls) === true;
  return calls(ts.createSourceFile(file, readFileSync(ROOT + file, 'utf8'), ts.ScriptTarget.Latest, true));
}

function partOf(file: string): string {
  const [top, second] = file.split('/');
  if (top === 'rules') return ['index.ts', 'findings.ts', 'support'].includes(second!) ? `rules/${second!.replace('.ts', '')}` : 'rules';
  return `${top}/${second!.replace('.ts', '')}`;
}

function resolved(file: string, specifier: string): string | undefined {
  return specifier.startsWith('.') ? posix.join(posix.dirname(file), specifier).replace(/\.js$/, '.ts') : undefined;
}

/** Files that importing `entry` runs; type-only and dynamic imports run nothing. */
function loadedBy(entry: string): string[] {
  const seen = new Set<string>();
  const visit = (file: string): void => {
    if (seen.has(file)) return;
    seen.add(file);
    for (const target of valueImports(file)) visit(target);
  };
  visit(entry);
  return [...seen].sort();
}

function valueImports(file: string): string[] {
  const source = ts.createSourceFile(file, readFileSync(ROOT + file, 'utf8'), ts.ScriptTarget.Latest);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    if (ts.isImportDeclaration(statement) ? statement.importClause?.isTypeOnly : statement.isTypeOnly) return [];
    const specifier = statement.moduleSpecifier;
    return specifier && ts.isStringLiteral(specifier) ? (resolved(file, specifier.text) ?? []) : [];
  });
}
