import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { FAMILIES, type Family } from '../core/rule-meta.js';
import { compareText } from '../core/finding.js';
import type { AnyRule } from '../rule.js';

/** The top folder of this project. */
export const PROJECT_ROOT = fileURLToPath(new URL('../../', import.meta.url));

export interface RuleFile {
  readonly id: string;
  readonly family: Family;
}

/** Every `rules/<family>/<id>.ts`, sorted by id: the listing is the registry, so nothing has to be registered by hand. */
export function listRuleFiles(): readonly RuleFile[] {
  return FAMILIES.flatMap((family) => namesIn(`rules/${family}`).map((name) => ({ id: name.slice(0, -'.ts'.length), family })))
    .sort((a, b) => compareText(a.id, b.id));
}

/**
 * Imports each rule's own module; the generated registry may be stale or name a file that is gone. One after the other: the
 * loader gives a module that two imports ask for at once to the second one half-made.
 */
export async function loadRules(): Promise<readonly AnyRule[]> {
  const rules: AnyRule[] = [];
  for (const file of listRuleFiles()) rules.push(await loadRule(file));
  return rules;
}

async function loadRule({ family, id }: RuleFile): Promise<AnyRule> {
  const url = new URL(`../../rules/${family}/${id}.ts`, import.meta.url);
  const module = (await import(url.href)) as { default?: AnyRule };
  if (module.default === undefined) throw new Error(`rules/${family}/${id}.ts has no default export`);
  return module.default;
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(new URL(folder, `file://${PROJECT_ROOT}`)).filter((name) => name.endsWith('.ts'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}
