import { ts } from '../syntax/ts.js';

/** What every program is made with, whatever the project says: nothing is written, libraries are not checked, types have one order. */
const FORCED: ts.CompilerOptions = {
  noEmit: true,
  skipLibCheck: true,
  skipDefaultLibCheck: true,
  maxNodeModuleJsDepth: 0,
  stableTypeOrdering: true,
  ignoreDeprecations: '6.0',
};

/** Options that only matter to output, or that make the compiler refuse a program it could type. */
const DROPPED = [
  'incremental',
  'composite',
  'tsBuildInfoFile',
  'declaration',
  'declarationDir',
  'declarationMap',
  'emitDeclarationOnly',
  'isolatedDeclarations',
  'sourceMap',
  'inlineSourceMap',
  'inlineSources',
  'outFile',
  'out',
  'outDir',
  'plugins',
] as const;

/** The options of a project's program. `major`: of the TypeScript that the project is written for. */
export function programOptions(own: ts.CompilerOptions, major: number): ts.CompilerOptions {
  const options: ts.CompilerOptions = { ...(major < 6 ? asTypeScript5(own) : own), ...FORCED };
  for (const name of DROPPED) delete options[name];
  return options;
}

/**
 * Unset options as TypeScript 5 reads them; the compiler in use is 6, whose defaults differ
 * (`src/decisions/0003-typescript-5-projects.md`).
 */
function asTypeScript5(own: ts.CompilerOptions): ts.CompilerOptions {
  const { CommonJS, ES2015, Node16, NodeNext, Preserve } = ts.ModuleKind;
  const target = own.target ?? ts.ScriptTarget.ES5;
  const module = own.module ?? (target >= ts.ScriptTarget.ES2015 ? ES2015 : CommonJS);
  const readsExports = (module >= Node16 && module <= NodeNext) || module === Preserve;
  return {
    ...own,
    module,
    ...(own.moduleResolution === undefined && module === CommonJS ? { moduleResolution: ts.ModuleResolutionKind.Node10 } : {}),
    esModuleInterop: own.esModuleInterop ?? readsExports,
    strict: own.strict ?? false,
    types: own.types ?? ['*'],
  };
}

/** For files beside a project that does not include them: its options, open to JavaScript and to every ambient type. */
export function orphanOptions(project: ts.CompilerOptions): ts.CompilerOptions {
  return { ...project, allowJs: true, checkJs: false, types: ['*'], moduleDetection: ts.ModuleDetectionKind.Force };
}

/** For files with no config at all. */
export function defaultOptions(): ts.CompilerOptions {
  return {
    ...FORCED,
    allowJs: true,
    checkJs: false,
    jsx: ts.JsxEmit.Preserve,
    module: ts.ModuleKind.ESNext,
    // Two scripts side by side share no names: each file is a module, as it is for the runtime that loads it.
    moduleDetection: ts.ModuleDetectionKind.Force,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    resolveJsonModule: true,
    strict: true,
    target: ts.ScriptTarget.ESNext,
    types: ['*'],
  };
}
