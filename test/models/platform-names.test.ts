import { createRequire, isBuiltin } from 'node:module';

import { expect, test } from 'vitest';

import { builtinModels } from '../../src/models/builtin-models.js';

const require = createRequire(import.meta.url);
const list = (value: string | readonly string[] | undefined): readonly string[] => (value === undefined ? [] : [value].flat());

/** Node's own name of a module written without prefix, or undefined where Node has none. */
const builtinName = (module: string): string | undefined => [module, `node:${module}`].find((name) => isBuiltin(name));

/** The objects that hold the types of a module: the global object for TypeScript's libraries. */
function rootsOf(module: string): unknown[] {
  if (module === 'lib' || module === 'node') return [globalThis];
  const home = builtinName(module);
  // The runner's own module cannot be loaded inside another runner.
  return home === undefined || home === 'node:test' ? [] : [require(home)];
}

function at(root: unknown, path: string): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Record<string, unknown> | undefined)?.[name], root);
}

/** What some supported Node has not yet, what appears only on instances, and what only the other packages of an entry have. */
const ABSENT: ReadonlySet<string> = new Set([
  'Set#union', 'Set#intersection', 'Set#difference', 'Set#symmetricDifference', 'Set#isSubsetOf', 'Set#isSupersetOf', 'Set#isDisjointFrom',
  'ChildProcess#disconnect', 'fs.pathExistsSync', 'child_process.sync', 'child_process.default',
]);
/** Names of the browser, of other runtimes and of test runners; `import()`, which is no function. */
const ELSEWHERE =
  /^(?:import$|requestAnimationFrame|requestIdleCallback|cancel\w+|(?:document\.)?(?:add|remove)EventListener|\w+Observer|navigator\.|Deno\.|Bun\.|Worker$|SharedWorker$|Promise\.try|Array\.fromAsync|Promise\.withResolvers|Map\.groupBy|Object\.groupBy|URL\.canParse)/;

test("functions of Node's modules exist under the names that entries give them", () => {
  const missing = builtinModels.calls.flatMap(({ match }) =>
    list(match.name).flatMap((name) => {
      const roots = list(match.module).filter((module) => builtinName(module) !== undefined).flatMap(rootsOf);
      if (roots.length === 0) return [];
      const known = roots.some((root) => at(root, name) !== undefined);
      const path = `${list(match.module)[0]}.${name}`;
      return known || ABSENT.has(path) ? [] : [path];
    }),
  );
  expect(missing).toEqual([]);
});

test('globals exist under the names that entries give them', () => {
  const runners = new Set(builtinModels.calls.filter(({ match }) => list(match.module).includes('vitest')).flatMap(({ match }) => list(match.name)));
  const missing = builtinModels.calls
    .flatMap(({ match }) => list(match.global))
    .filter((path) => !ELSEWHERE.test(path) && !runners.has(path))
    .filter((path) => at(globalThis, path.replace(/\.\*$/, '')) === undefined);
  expect(missing).toEqual([]);
});

test('members of the language and of Node exist on one of the types that entries name', () => {
  const missing = builtinModels.calls.flatMap(({ match }) => {
    const prototypes = list(match.type).flatMap((type) =>
      list(match.module)
        .flatMap((module): unknown[] => rootsOf(module))
        .map((root) => (at(root, type) as { prototype?: object } | undefined)?.prototype)
        .filter((prototype) => prototype !== undefined),
    );
    if (prototypes.length === 0) return [];
    return list(match.member)
      .filter((member) => member !== '()' && !prototypes.some((prototype) => member in prototype))
      .map((member) => `${list(match.type)[0]}#${member}`)
      .filter((name) => !ABSENT.has(name));
  });
  expect(missing).toEqual([]);
});
