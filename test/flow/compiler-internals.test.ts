import { expect, it } from 'vitest';

import { declaredSymbol, exportedSymbol, localsOf, resolvedFileName } from '../../src/flow/compiler-internals.js';
import { ts } from '../../src/syntax/ts.js';
import { programOf } from '../support/program.js';

it('the bundled compiler has the internals that name resolution reads', () => {
  const { program, file, find } = programOf({ 'a.ts': "export const x = 1; import { y } from './b';", 'b.ts': 'export const y = 1;' });
  const declaration = find('x = 1', { is: ts.isVariableDeclaration });
  const local = localsOf(file('a.ts'))?.get(ts.escapeLeadingUnderscores('x'));
  expect(local).toBeDefined();
  expect(exportedSymbol(local!)).toBe(declaredSymbol(declaration));
  expect(resolvedFileName(program, find("'./b'", { is: ts.isStringLiteral }))).toBe('/view/b.ts');
  for (const name of ['resolveName', 'tryFindAmbientModule', 'getMergedSymbol']) expect(program.getTypeChecker()).toHaveProperty(name);
});
