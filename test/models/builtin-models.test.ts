import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

import { builtinModels } from '../../src/models/builtin-models.js';
import type { CallMatch } from '../../src/models/effect-model.js';
import { ENDLESS } from '../../src/models/endless-waits.js';
import { plainModule } from '../../src/models/lookup.js';

const list = (value: string | readonly string[] | undefined): readonly string[] => (value === undefined ? [] : [value].flat());

/** Every single callee an entry matches, as text. */
function keysOf(match: CallMatch): string[] {
  const construct = match.construct ? 'new ' : '';
  return [
    ...list(match.global).map((path) => `${construct}global ${path}`),
    ...list(match.module).map(plainModule).flatMap((module) => [
      ...list(match.name).map((name) => `${construct}${module} ${name}`),
      ...list(match.type).flatMap((type) => list(match.member).map((member) => `${module} ${type}#${member}`)),
    ]),
  ];
}

test('every entry says why, in a clause without a final period', () => {
  const poor = [...builtinModels.calls, ...builtinModels.types].map((entry) => entry.because).filter((because) => because.length < 20 || because.endsWith('.'));
  expect(poor).toEqual([]);
});

test('every entry is recognised in exactly one way', () => {
  const unclear = builtinModels.calls
    .map((entry) => entry.match)
    .filter((match) => {
      const ways = [match.global !== undefined, match.name !== undefined, match.member !== undefined].filter(Boolean).length;
      const qualified = match.global !== undefined || match.module !== undefined;
      const typed = (match.type !== undefined) === (match.member !== undefined);
      return ways !== 1 || !qualified || !typed;
    });
  expect(unclear).toEqual([]);
});

test('every entry has an effect', () => {
  expect(builtinModels.calls.filter((entry) => Object.keys(entry.effects).length === 0)).toEqual([]);
});

test('no callee is described twice, so that no entry changes another', () => {
  const seen = new Map<string, number>();
  for (const key of builtinModels.calls.flatMap((entry) => keysOf(entry.match))) seen.set(key, (seen.get(key) ?? 0) + 1);
  expect([...seen].filter(([, count]) => count > 1).map(([key]) => key)).toEqual([]);
});

test('every client whose calls may wait for ever is shown in the fixtures of missing-timeout', () => {
  const shown = readFileSync(new URL('../../fixtures/missing-timeout/clients.ts', import.meta.url), 'utf8');
  const expected = new Set([...shown.matchAll(/\/\/ expect: missing-timeout "(?:.*: )?(.*?) waits/g)].map(([, client]) => client));
  expect(Object.values(ENDLESS).map(({ client }) => client).filter((client) => !expected.has(client))).toEqual([]);
});

test('every entry that knows a client waits for ever rests on the data per client', () => {
  const known = new Set<unknown>(Object.values(ENDLESS));
  expect(builtinModels.calls.filter(({ effects }) => effects.endless && !known.has(effects.endless)).map(({ match }) => match)).toEqual([]);
});
