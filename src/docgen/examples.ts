import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PROJECT_ROOT } from './rule-files.js';

const REGION = /^[ \t]*\/\/ #region example\n(.*?)^[ \t]*\/\/ #endregion/ms;
/** `// expect: rule "fragment"`, `// note: rule`, `// ok: reason`, … with an optional line offset. */
const EXPECTATION = /[ \t]*\/\/ (expect|note|ok|todo|todo-ok)(@[+-]\d+)?: ?(.*)$/;

/** What the catalogue shows of `fixtures/<id>/<which>.ts`; throws when the fixture has no example region. */
export function exampleOf(id: string, which: 'bad' | 'good'): string {
  const path = `fixtures/${id}/${which}.ts`;
  const file = join(PROJECT_ROOT, path);
  const region = existsSync(file) ? REGION.exec(readFileSync(file, 'utf8')) : null;
  if (region === null) throw new Error(`${path} needs an example: enclose it in "// #region example" and "// #endregion"`);
  return presentable(region[1]!, id);
}

/** The region as a reader should see it: expectations of `id` become pointers, other expectations go. */
export function presentable(region: string, id: string): string {
  const lines = region.split('\n').flatMap((line) => {
    const match = EXPECTATION.exec(line);
    if (match === null) return [line];
    const code = line.slice(0, match.index);
    const comment = pointer(match[1]!, match[2] !== undefined, match[3]!, id);
    if (comment === undefined) return code === '' ? [] : [code];
    return [code === '' ? line.slice(0, line.indexOf('//')) + comment : `${code} ${comment}`];
  });
  return dedent(lines).join('\n').trim();
}

function pointer(keyword: string, elsewhere: boolean, rest: string, id: string): string | undefined {
  if (keyword === 'expect' && rest.split(' ')[0] === id) return elsewhere ? '// ^ reported' : '// <- reported';
  if (keyword === 'ok') return `// ${rest}`;
  return undefined;
}

function dedent(lines: readonly string[]): string[] {
  const indents = lines.filter((line) => line.trim() !== '').map((line) => line.length - line.trimStart().length);
  const margin = Math.min(...indents);
  return lines.map((line) => line.slice(margin).trimEnd());
}
