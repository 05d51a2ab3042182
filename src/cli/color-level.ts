import type { ColorLevel } from '../report/reporter.js';

/**
 * How many colours one stream gets. `--color` and `--no-color` decide first, then FORCE_COLOR, a non-empty NO_COLOR,
 * TERM=dumb, and last whether the stream is a terminal. chalk's own detection ignores NO_COLOR on a terminal.
 */
export function colorLevel(flag: boolean | undefined, env: NodeJS.ProcessEnv, isTerminal: boolean): ColorLevel {
  if (flag !== undefined) return flag ? depthOf(env) : 0;
  const forced = env['FORCE_COLOR'];
  if (forced !== undefined) return forcedLevel(forced, env);
  if (env['NO_COLOR']) return 0;
  if (env['TERM'] === 'dumb') return 0;
  return isTerminal ? depthOf(env) : 0;
}

function forcedLevel(value: string, env: NodeJS.ProcessEnv): ColorLevel {
  if (value === 'false') return 0;
  if (value === '' || value === 'true') return depthOf(env);
  const level = Number(value);
  return level === 0 || level === 1 || level === 2 || level === 3 ? level : depthOf(env);
}

function depthOf(env: NodeJS.ProcessEnv): ColorLevel {
  if (env['COLORTERM'] === 'truecolor' || env['COLORTERM'] === '24bit') return 3;
  return env['TERM']?.endsWith('256color') ? 2 : 1;
}
