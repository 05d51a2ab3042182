import { UserError } from '../core/errors.js';
import { escapeLine } from '../core/escape.js';
import type { Manifest } from '../core/manifest.js';
import { explainRule } from './explain-rule.js';
import type { ExplainFlags } from './program.js';

/** What `conclint explain <rule>` or `conclint explain --at file:line` prints. */
export async function explainCommand(rule: string | undefined, flags: ExplainFlags, manifest: Manifest): Promise<string> {
  if (flags.at !== undefined) return explainAt(flags.at, flags);
  if (rule === undefined) throw new UserError('explain what?', { hint: 'give a rule (`conclint rules` lists them) or --at file:line' });
  return explainRule(manifest, rule);
}

async function explainAt(place: string, { config, project }: ExplainFlags): Promise<string> {
  const [, file, line] = /^(.+):([1-9]\d*)$/.exec(place) ?? [];
  if (file === undefined) throw new UserError(`"${place}" is no place`, { hint: 'write it as src/a.ts:42' });
  const { describeLine } = await import('../lint.js');
  const lines = await describeLine(file, Number(line), { config, projects: project });
  return lines.map((each) => `${escapeLine(each)}\n`).join('');
}
