/** Lints the file of a bug as it was before the fix, and after. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs';
import { join, posix } from 'node:path';
import { type Finding, lint } from 'conclint';
import { type Bug, isGone, judge } from './bugs.js';
import type { Measured } from './real-bugs.js';

export interface Folders {
  /** Bare repositories, as `OWNER+NAME/repo`. */
  readonly mirror: string;
  /** Where the checkouts go and stay. */
  readonly work: string;
}

export async function measureBug(bug: Bug, folders: Folders): Promise<Measured> {
  const repository = repositoryOf(bug, folders.mirror);
  if (repository === undefined) return { id: bug.id, rules: bug.rules, status: 'no mirror' };
  const checkout = checkOut(repository, bug, bug.parent, folders.work);
  const before = await findingsIn(checkout, shownAs(bug.file));
  const judged = judge(bug, before.findings, before.root, join(checkout, shownAs(bug.file)));
  if (judged.status !== 'caught') return judged;
  const after = await findingsIn(checkOut(repository, bug, bug.fix, folders.work), shownAs(bug.file));
  return { ...judged, gone: isGone(judged, before.findings, after.findings) };
}

function repositoryOf({ repo }: Bug, mirror: string): string | undefined {
  const bare = join(mirror, repo.replace('/', '+'), 'repo');
  return [join(bare, '.git'), bare].find((folder) => existsSync(folder));
}

interface Linted {
  readonly root: string;
  readonly findings: readonly Finding[];
}

/** A file that the fix removes has no findings any more. */
async function findingsIn(checkout: string, file: string): Promise<Linted> {
  if (!existsSync(join(checkout, file))) return { root: checkout, findings: [] };
  const { root, findings, notifications } = await lint({ cwd: checkout, paths: [file], config: false, preset: 'all', inlineConfig: false });
  for (const { fatal, message } of notifications) if (fatal) throw new Error(`${file}: ${message}`);
  return { root, findings };
}

/** The sources of the package the file is in, with no dependencies: those come from outside the repository. */
function checkOut(repository: string, { repo, file }: Bug, commit: string, work: string): string {
  const git = gitIn(repository);
  const files = readableFiles(git(['ls-tree', '-r', '-z', '-l', commit]));
  const within = nearestPackage(new Set(files), file);
  const checkout = join(work, repo.replace('/', '+'), `${commit.slice(0, 12)}-${shownAs(within).replaceAll('/', '+')}`);
  if (existsSync(checkout)) return checkout;
  const part = `${checkout}.part`;
  rmSync(part, { recursive: true, force: true });
  mkdirSync(part, { recursive: true });
  const index = { GIT_INDEX_FILE: join(part, '.index') };
  git(['read-tree', commit], index);
  const wanted = files.filter((each) => each === file || isWanted(each, within));
  git(['checkout-index', '-z', '--stdin', `--prefix=${part}/`], index, wanted.join('\0'));
  rmSync(index.GIT_INDEX_FILE);
  if (within.includes(OWN_MODULES)) {
    const [above = ''] = within.split(OWN_MODULES);
    renameSync(join(part, above, OWN_MODULES), join(part, above, shownAs(OWN_MODULES)));
  }
  renameSync(part, checkout);
  return checkout;
}

const OWN_MODULES = 'node_modules';

/** A repository that keeps its own packages in a folder for those of others: nothing there would be linted. */
const shownAs = (path: string): string => path.replace(OWN_MODULES, 'own_modules');

/** Paths from `ls-tree -l`. An object the repository lacks has no size; a very large one is made by a tool. */
function readableFiles(tree: string): string[] {
  return tree.split('\0').flatMap((entry) => {
    const [, size, path] = /^\S+ \S+ \S+ +(\S+)\t(.*)$/s.exec(entry) ?? [];
    return path !== undefined && Number(size) < 2 ** 20 ? [path] : [];
  });
}

/** The folder of the nearest package.json at or above the file's. */
function nearestPackage(files: ReadonlySet<string>, file: string): string {
  let folder = posix.dirname(file);
  while (folder !== '.' && !files.has(posix.join(folder, 'package.json'))) folder = posix.dirname(folder);
  return folder;
}

function isWanted(file: string, within: string): boolean {
  if (/^(?:tsconfig[^/]*|package)\.json$/.test(file)) return true;
  const inPackage = within === '.' || file.startsWith(`${within}/`);
  return inPackage && /\.(?:[cm]?[jt]s|[jt]sx|json)$/.test(file) && !/(?:^|\/)(?:dist|fixtures?|locales?|__snapshots__)\//.test(file);
}

type Git = (args: readonly string[], env?: Readonly<Record<string, string>>, input?: string) => string;

function gitIn(repository: string): Git {
  return (args, env = {}, input = '') =>
    execFileSync('git', ['--git-dir', repository, ...args], { encoding: 'utf8', env: { ...process.env, ...env }, input, maxBuffer: 2 ** 28 });
}
