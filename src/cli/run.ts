import { CommanderError } from 'commander';
import { readManifest } from '../manifest.js';
import { FORMATS } from '../report/registry.js';
import type { ExitCode } from './exit-code.js';
import { explainCommand } from './explain-command.js';
import { lintCommand } from './lint-command.js';
import { sayError } from './messages.js';
import { buildProgram } from './program.js';
import { renderRules } from './rules-command.js';
import { STDOUT, writeToStream } from './write.js';

/** Runs the command line `argv` (without node and script) and says with what code the process should end. Never rejects. */
export async function run(argv: readonly string[]): Promise<ExitCode> {
  let code: ExitCode = 0;
  try {
    const manifest = readManifest();
    const program = buildProgram(manifest.version, FORMATS, {
      lint: async (paths, flags) => {
        code = await lintCommand(paths, flags, manifest);
      },
      rules: ({ json = false }) => writeToStream(STDOUT, renderRules(manifest, { json })),
      explain: async (rule, flags) => writeToStream(STDOUT, await explainCommand(rule, flags, manifest)),
    });
    await program.parseAsync(argv, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : 2;
    sayError(error, argv.includes('--debug'));
    return 2;
  }
}
