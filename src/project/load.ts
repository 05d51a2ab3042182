import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { ProjectError } from '../core/errors.js';
import { compareText } from '../core/finding.js';
import type { Notification } from '../core/result.js';
import { ts } from '../syntax/ts.js';
import { Assigner, type Assignment } from './assign.js';
import { CompilerHosts, isDeclarationPath, type ProjectHost } from './compiler-host.js';
import { defaultOptions, orphanOptions, programOptions } from './compiler-options.js';
import { degradedTypes, syntaxErrors, tsconfigProblems } from './degradation.js';
import { FileStore } from './file-store.js';
import { findOrphans } from './orphans.js';
import { type Tsconfig, TsconfigReader } from './tsconfig.js';
import { type ProjectTypeScript, projectTypeScript } from './typescript-version.js';

export interface ProjectRequest {
  /** Absolute real path. */
  readonly root: string;
  /** Absolute real paths to report on. */
  readonly files: readonly string[];
  /** `--project` paths, absolute; empty: the nearest tsconfig/jsconfig of each file. */
  readonly projects: readonly string[];
  /** Patterns of the config, in .gitignore's syntax. */
  readonly ignores: readonly string[];
  /** By absolute path: texts in place of what is on disk. */
  readonly texts?: Readonly<Record<string, string>>;
}

/** One program and what is asked of it. */
export interface LoadedProject {
  readonly program: ts.Program;
  /** Absent for files that no config includes. */
  readonly configPath?: string;
  /** Absolute paths to report on, in code-unit order; each is in the program. */
  readonly files: readonly string[];
  /** All sources of the program that are the user's own: no declarations, nothing of node_modules, no JSON. */
  readonly view: readonly ts.SourceFile[];
  /** Does the file start with a byte order mark, which its source's text leaves out? */
  readonly isMarked: (path: string) => boolean;
  /** What is wrong with the config, the types, the syntax; paths are relative to the root. */
  readonly notifications: readonly Notification[];
  /** Lines for `--debug`. */
  readonly debug: readonly string[];
}

/**
 * Programs that hold the requested files, one at a time: drop a project before asking for the next and its memory is
 * free. Which files a program holds depends on the disk alone, never on which of them were asked for, so one file alone
 * is seen as in a full run. Trees are bound and have parents.
 * Throws ProjectError when a `--project` path leads to no config; all else becomes notifications.
 */
export function* loadProjects(request: ProjectRequest): Generator<LoadedProject, void, undefined> {
  yield* new Loader(request).load();
}

/** Files that belong together; `config` absent: default options. */
interface Family {
  readonly config?: Tsconfig;
  readonly members: string[];
  readonly orphans: string[];
}

class Loader {
  readonly #request: ProjectRequest;
  readonly #files: FileStore;
  readonly #configs: TsconfigReader;
  readonly #hosts: CompilerHosts;
  readonly #assigner: Assigner;
  /** Families whose config was reported on: a config speaks once, through its first program. */
  readonly #reported = new Set<string>();

  constructor(request: ProjectRequest) {
    this.#request = request;
    this.#files = new FileStore(request.texts);
    this.#configs = new TsconfigReader(this.#files);
    this.#hosts = new CompilerHosts(this.#files, this.#configs);
    const explicit = request.projects.map((path) => this.#explicitConfig(path));
    this.#assigner = new Assigner(this.#configs, existsSync(join(request.root, '.git')) ? request.root : undefined, explicit);
  }

  *load(): Generator<LoadedProject, void, undefined> {
    const assignments = new Map(this.#request.files.map((file) => [file, this.#assigner.assign(file)]));
    yield* this.#loadEntryProjects(assignments);
    for (const family of this.#families(assignments)) {
      yield* this.#loadFamily(family);
      this.#hosts.releaseSources();
    }
  }

  /** Projects that list entries only: a file is theirs when their program imports it. Deeper ones take first. */
  *#loadEntryProjects(assignments: Map<string, Assignment>): Generator<LoadedProject, void, undefined> {
    const projects = new Map([...assignments.values()].flatMap(({ entries }) => entries.map((config) => [config.path, config] as const)));
    const depth = (path: string): number => path.split('/').length;
    const ordered = [...projects.values()].sort((a, b) => depth(b.path) - depth(a.path) || compareText(a.path, b.path));
    for (const config of ordered) {
      const wanted = [...assignments].filter(([, { entries }]) => entries.includes(config)).map(([file]) => file);
      if (wanted.length === 0) continue;
      const typescript = projectTypeScript(dirname(config.path), this.#files);
      const built = this.#build(config.parsed.fileNames, programOptions(config.parsed.options, typescript.major), config);
      const taken = wanted.filter((file) => built.program.getSourceFile(file) !== undefined);
      for (const file of taken) assignments.delete(file);
      const listed = [...assignments].filter(([, { member }]) => member === config).map(([file]) => file);
      for (const file of listed) assignments.delete(file);
      if (taken.length + listed.length > 0) yield this.#project(built, [...taken, ...listed], typescript, config);
      this.#hosts.releaseSources();
    }
  }

  #families(assignments: ReadonlyMap<string, Assignment>): readonly Family[] {
    const families = new Map<string, Family>();
    for (const [file, { member, home }] of assignments) {
      const config = member ?? home;
      const key = config?.path ?? '';
      let family = families.get(key);
      if (!family) families.set(key, (family = { ...(config ? { config } : {}), members: [], orphans: [] }));
      (member ? family.members : family.orphans).push(file);
    }
    return [...families].sort(([a], [b]) => compareText(a, b)).map(([, family]) => family);
  }

  *#loadFamily({ config, members, orphans }: Family): Generator<LoadedProject, void, undefined> {
    const typescript = projectTypeScript(config ? dirname(config.path) : this.#request.root, this.#files);
    const options = config ? programOptions(config.parsed.options, typescript.major) : defaultOptions();
    const lost: string[] = [];
    if (config && members.length > 0) {
      const built = this.#build(config.parsed.fileNames, options, config);
      lost.push(...members.filter((file) => built.program.getSourceFile(file) === undefined));
      yield this.#project(built, members.filter((file) => !lost.includes(file)), typescript, config);
    }
    const wanted = [...orphans, ...lost];
    if (wanted.length === 0) return;
    const { root, ignores } = this.#request;
    for (const group of findOrphans({ root, ignores, wanted, assigner: this.#assigner, files: this.#files, ...(config ? { config } : {}) })) {
      const built = this.#build(group.roots, config ? orphanOptions(options) : options, config, group.folder);
      yield this.#project(built, group.wanted, typescript, config, group.folder);
    }
  }

  #build(roots: readonly string[], options: ts.CompilerOptions, config: Tsconfig | undefined, folder = this.#request.root): Built {
    const { host, imports } = this.#hosts.create(options, config ? dirname(config.path) : folder);
    const references = config?.parsed.projectReferences;
    const program = ts.createProgram({ rootNames: roots, options, host, ...(references ? { projectReferences: references } : {}) });
    const overflow = bind(program);
    if (!overflow) return { program, imports };
    const deepest = deepestFiles(program);
    if (deepest.length === 0) throw overflow;
    this.#hosts.giveUp(deepest);
    const rebuilt = this.#build(roots, options, config, folder);
    // The binder that was cut short left its place behind as the parent of the file it bound next.
    for (const source of rebuilt.program.getSourceFiles()) (source as { parent?: ts.Node | undefined }).parent = undefined;
    return rebuilt;
  }

  #project(built: Built, wanted: readonly string[], typescript: ProjectTypeScript, config?: Tsconfig, orphansOf?: string): LoadedProject {
    const { program, imports } = built;
    const { root } = this.#request;
    const files = wanted.filter((file) => program.getSourceFile(file) !== undefined).sort(compareText);
    const relativeTo = (path: string): string => relative(root, path).replaceAll('\\', '/');
    const view = program.getSourceFiles().filter(isOwnSource);
    const name = orphansOf === undefined && config ? relativeTo(config.path) : `files outside any project in ${relativeTo(orphansOf ?? root) || '.'}`;
    const first = config !== undefined && !this.#reported.has(config.path);
    if (config) this.#reported.add(config.path);
    const notifications: Notification[] = [
      ...(config && first ? tsconfigProblems(config, root, relativeTo) : []),
      ...degradedTypes({ program, imports, view, name, folder: config ? dirname(config.path) : (orphansOf ?? root), files: this.#files }),
      ...syntaxErrors(program, files, relativeTo),
      ...wanted.filter((file) => !files.includes(file)).map((file) => unreadable(relativeTo(file))),
      ...files.filter((file) => this.#hosts.tooDeep.has(file)).map((file) => tooDeep(relativeTo(file))),
    ];
    const rules = config ? `TypeScript ${typescript.major} defaults (${typescript.from})` : 'default options';
    return {
      program,
      ...(config && orphansOf === undefined ? { configPath: config.path } : {}),
      files,
      view,
      isMarked: (path) => this.#files.isMarked(path),
      notifications,
      debug: [`${name}: ${files.length} files to report on, ${view.length} in view, ${program.getSourceFiles().length} in the program, ${rules}`],
    };
  }

  #explicitConfig(path: string): string {
    const config = this.#files.directoryExists(path) ? this.#configs.inFolder(path) : path;
    if (config !== undefined && this.#files.fileExists(config)) return config;
    const hint = basename(path).endsWith('.json') ? 'check the path' : 'name a tsconfig.json or a folder that has one';
    throw new ProjectError(`--project ${relative(this.#request.root, path) || '.'}: no such config`, { hint });
  }
}

interface Built {
  readonly program: ts.Program;
  readonly imports: ProjectHost['imports'];
}

/** By path: packages of the workspace count as libraries to the compiler, yet lie outside node_modules. */
function isOwnSource(source: ts.SourceFile): boolean {
  if (source.isDeclarationFile || isDeclarationPath(source.fileName) || source.fileName.endsWith('.json')) return false;
  return !source.fileName.includes('/node_modules/');
}

/** Binds every file, which sets the parents that all walks rely on; gives the error where a file is nested too deeply for that. */
function bind(program: ts.Program): RangeError | undefined {
  try {
    program.getTypeChecker();
    return undefined;
  } catch (error) {
    if (error instanceof RangeError) return error;
    throw error;
  }
}

/** What a person may write; the stack holds more than that. */
const HARMLESS_DEPTH = 300;

/** The deepest file, and those that come near it; none when depth cannot be what is wrong. */
function deepestFiles(program: ts.Program): string[] {
  const depths = program.getSourceFiles().map((source) => [source.fileName, depthOf(source)] as const);
  const limit = Math.max(HARMLESS_DEPTH, ...depths.map(([, depth]) => depth / 2));
  return depths.filter(([, depth]) => depth > limit).map(([file]) => file);
}

/** Level by level, as the stack that recursion needs is what there is too little of. */
function depthOf(source: ts.SourceFile): number {
  let depth = 0;
  for (let level: ts.Node[] = [source]; level.length > 0; depth++) {
    const below: ts.Node[] = [];
    for (const node of level) ts.forEachChild(node, (child) => void below.push(child));
    level = below;
  }
  return depth;
}

function unreadable(file: string): Notification {
  return { id: 'file-unreadable', level: 'error', message: 'the file went away or cannot be read', file, fatal: true };
}

function tooDeep(file: string): Notification {
  return { id: 'file-too-deep', level: 'error', message: 'nested too deeply, not analysed', file, fatal: true };
}
