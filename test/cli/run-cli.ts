import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';

// Every run is a process of its own that loads the compiler: seconds on a busy machine.
vi.setConfig({ testTimeout: 120_000 });

/** The built command, as users run it. */
export const MAIN = fileURLToPath(new URL('../../dist/src/cli/main.js', import.meta.url));
export const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

export interface CliResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly code: number | null;
}

/** Runs conclint to its end with an environment that asks for nothing about colours. */
export function runCli(args: readonly string[], options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv; readonly nodeArgs?: readonly string[] } = {}): CliResult {
  if (!existsSync(MAIN)) throw new Error('dist is missing: run `npm run build`');
  const { NO_COLOR: _, FORCE_COLOR: __, ...inherited } = process.env;
  const { stdout, stderr, status } = spawnSync(process.execPath, [...(options.nodeArgs ?? []), MAIN, ...args], {
    cwd: options.cwd ?? FIXTURES,
    env: { ...inherited, ...options.env },
    encoding: 'utf8',
  });
  return { stdout, stderr, code: status };
}
