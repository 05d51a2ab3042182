import { Project } from './ts-morph.js';

/** Where the bundled compiler's `lib.*.d.ts` seem to lie; nothing there is on disk. */
export const LIB_FOLDER = '/node_modules/typescript/lib';

let bundle: { readFile(path: string): string | undefined; fileExists(path: string): boolean } | undefined;
const texts = new Map<string, string | undefined>();

/** Text of a lib file of the compiler in `ts.ts`, by its full path below `LIB_FOLDER`; undefined for any other path. */
export function readLibFile(path: string): string | undefined {
  if (!path.startsWith(`${LIB_FOLDER}/lib.`)) return undefined;
  if (!texts.has(path)) {
    // The lib texts are public only through the file system of a project.
    bundle ??= new Project({ useInMemoryFileSystem: true }).getModuleResolutionHost() as NonNullable<typeof bundle>;
    texts.set(path, bundle.fileExists(path) ? bundle.readFile(path) : undefined);
  }
  return texts.get(path);
}
