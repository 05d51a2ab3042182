import { GENERATED } from './markdown.js';
import type { RuleFile } from './rule-files.js';

/** `rules/index.ts`: one line per rule and no counts, so that two new rules merge without a conflict. */
export function renderRegistry(files: readonly RuleFile[]): string {
  const lines = files.map(({ id, family }) => `export { default as ${camelCase(id)} } from './${family}/${id}.js';`);
  return `// ${GENERATED}\n${lines.length === 0 ? 'export {};' : lines.join('\n')}\n`;
}

function camelCase(id: string): string {
  return id.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
}
