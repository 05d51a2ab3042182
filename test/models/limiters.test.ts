import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { limiters } from '../../src/models/limiters.js';
import { FIXTURES } from '../support/run-fixture.js';

const fixture = readFileSync(`${FIXTURES}unbounded-fan-out/limiters.ts`, 'utf8');
const list = (value: string | readonly string[] | undefined): readonly string[] => (value === undefined ? [] : [value].flat());

const entries = limiters.calls.filter(({ effects }) => effects.limiter ?? effects.limited);
const imported = (module: string): boolean => new RegExp(`from '${module}';`).test(fixture);

/** Used as `async.mapLimit(` or by a name of its own; default exports by their import. */
function isUsed(module: string, name: string): boolean {
  const last = name.split('.').at(-1)!;
  return imported(module) && (last === 'default' || new RegExp(`\\b${last}\\b`).test(fixture));
}

test('every limiter that is called by name has a line in the fixtures', () => {
  const called = entries.flatMap(({ match }) => list(match.module).map((module) => ({ module, names: list(match.name) })));
  const unused = called.flatMap(({ module, names }) =>
    module === 'async' ? names.filter((name) => !isUsed(module, name)).map((name) => `${module} ${name}`) : names.length > 0 && !names.some((name) => isUsed(module, name)) ? [`${module} ${names.join()}`] : [],
  );
  expect(unused).toEqual([]);
});

test('every type that is a limiter comes from a package of the fixtures', () => {
  const types = limiters.types.filter(({ is }) => is.includes('limiter'));
  expect(types.flatMap(({ module }) => list(module)).filter((module) => !imported(module))).toEqual([]);
});

test('every member that limits is called in the fixtures', () => {
  const members = entries.flatMap(({ match }) => list(match.member)).filter((member) => member !== '()');
  expect(members.filter((member) => !new RegExp(`(?<!ids)\\.${member}\\(`).test(fixture))).toEqual([]);
});
