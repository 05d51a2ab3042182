import { expect, it } from 'vitest';

import { builtinModels } from '../../src/models/builtin-models.js';
import { Models } from '../../src/models/lookup.js';
import { TraitHomes } from '../../src/flow/trait-homes.js';
import { Types } from '../../src/flow/types.js';
import { programOf } from '../support/program.js';

function homesIn(files: Readonly<Record<string, string>>, node = false): TraitHomes {
  const { program } = programOf(files, { node });
  return new TraitHomes(program, new Types(program), new Models([builtinModels, { calls: [], types: [{ type: 'Gate', module: '/view/gate.ts', is: ['limiter'], because: 'declared here' }] }]));
}

it('a trait may occur where the program loads a package, an ambient module or a library that declares such a type', () => {
  expect(homesIn({ 'a.ts': '' }).mayOccur(['limiter'])).toBe(false);
  expect(homesIn({ 'a.ts': "import './gate.js';", 'gate.ts': 'export class Gate {}' }).mayOccur(['limiter'])).toBe(true);
  expect(homesIn({ 'a.ts': "import limit from 'p-limit'; limit(1);", 'node_modules/p-limit/index.d.ts': 'export default function limit(n: number): LimitFunction; export interface LimitFunction {}' }).mayOccur(['limiter'])).toBe(true);
  expect(homesIn({ 'a.ts': '' }).mayOccur(['server'])).toBe(false);
  expect(homesIn({ 'a.ts': '' }, true).mayOccur(['server'])).toBe(true);
  expect(homesIn({ 'a.ts': '' }).mayOccur(['abort-signal'])).toBe(true);
});

it('several traits must be those of one type', () => {
  const files = { 'a.ts': "import { Context } from 'koa';", 'node_modules/koa/index.d.ts': 'export interface Context {}' };
  expect(homesIn({ 'a.ts': '' }, true).mayOccur(['request', 'response'])).toBe(false);
  expect(homesIn(files).mayOccur(['request', 'response'])).toBe(true);
});
