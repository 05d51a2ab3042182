/** The packages the bench runs on: their TypeScript sources, copied out of node_modules into a folder of their own. */
import { cpSync, mkdirSync, readdirSync, readFileSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export const BENCH = new URL('.', import.meta.url).pathname;

interface PinnedProject {
  readonly name: string;
  readonly package: string;
  /** Folder of the sources in the package. */
  readonly sources: string;
  /** Folders that the sources reach through `..`, by the name they reach them under. */
  readonly beside?: Readonly<Record<string, string>>;
  /** Why a bar is missed, by the bar's name. */
  readonly reasons?: Readonly<Record<string, string>>;
}

export interface BenchProject extends PinnedProject {
  readonly version: string;
  /** Real path; the sources are in `src`. */
  readonly folder: string;
  /** TypeScript files, declarations left out, and their lines. */
  readonly files: number;
  readonly lines: number;
}

const ASYNC_RULES = ['no-floating-promises', 'no-misused-promises', 'await-thenable', 'return-await', 'require-await'];

/** One config that TypeScript 6 and 7 both accept. */
const TSCONFIG = {
  compilerOptions: {
    target: 'es2022',
    module: 'esnext',
    moduleResolution: 'bundler',
    lib: ['es2023', 'dom', 'dom.iterable', 'dom.asynciterable'],
    types: ['node'],
    strict: true,
    useUnknownInCatchVariables: false,
    allowImportingTsExtensions: true,
    resolveJsonModule: true,
    noEmit: true,
    skipLibCheck: true,
  },
  include: ['src'],
};

const OXLINT_CONFIG = {
  plugins: ['typescript'],
  categories: { correctness: 'off' },
  rules: Object.fromEntries(ASYNC_RULES.map((rule) => [`typescript/${rule}`, 'error'])),
};

// Comments that name rules of other plugins would be errors.
const ESLINT_CONFIG = `import tseslint from 'typescript-eslint';
export default [{
  files: ['**/*.{ts,tsx,mts,cts}'],
  plugins: { '@typescript-eslint': tseslint.plugin },
  languageOptions: { parser: tseslint.parser, parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
  linterOptions: { noInlineConfig: true, reportUnusedDisableDirectives: 'off' },
  rules: ${JSON.stringify(Object.fromEntries(ASYNC_RULES.map((rule) => [`@typescript-eslint/${rule}`, 'error'])))},
}];
`;

export function pinnedProjects(): readonly PinnedProject[] {
  return JSON.parse(readFileSync(join(BENCH, 'projects.json'), 'utf8')) as PinnedProject[];
}

/** Lays the project out anew, outside every repository, so that no tool finds a config or an ignore file above it. */
export function layOut(project: PinnedProject): BenchProject {
  const from = join(BENCH, 'node_modules', project.package);
  const folder = join(realpathSync(tmpdir()), 'conclint-bench', project.name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  for (const [name, source] of Object.entries(project.beside ?? {})) cpSync(join(from, source), join(folder, name), { recursive: true });
  copySources(join(from, project.sources), join(folder, 'src'));
  symlinkSync(join(BENCH, 'node_modules'), join(folder, 'node_modules'), 'dir');
  writeFileSync(join(folder, 'package.json'), JSON.stringify({ name: project.name, private: true, type: 'module' }));
  writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(TSCONFIG));
  writeFileSync(join(folder, '.oxlintrc.json'), JSON.stringify(OXLINT_CONFIG));
  writeFileSync(join(folder, 'eslint.config.js'), ESLINT_CONFIG);

  const { version } = JSON.parse(readFileSync(join(from, 'package.json'), 'utf8')) as { version: string };
  const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' }).filter((path) => isSource(path) && !/\.d\.\w+$/.test(path));
  const lines = sources.map((path) => readFileSync(join(folder, 'src', path), 'utf8').split('\n').length - 1);
  return { ...project, version, folder, files: sources.length, lines: lines.reduce((sum, each) => sum + each, 0) };
}

function copySources(from: string, to: string): void {
  const isWanted = (path: string): boolean => isSource(path) || (path.endsWith('.json') && !/^(package|tsconfig.*)\.json$/.test(basename(path)));
  cpSync(from, to, { recursive: true, filter: (path) => statSync(path).isDirectory() || isWanted(path) });
}

function isSource(path: string): boolean {
  return /\.(ts|tsx|mts|cts)$/.test(path);
}
