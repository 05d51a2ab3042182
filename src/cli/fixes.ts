import { accessSync, constants, readFileSync, statSync } from 'node:fs';
import { resolve } from 'node:path';
import { UserError } from '../core/errors.js';
import type { FixSafety } from '../core/finding.js';
import type { FixedFile, LintResult, Notification } from '../core/result.js';
import { unifiedDiff } from '../report/unified-diff.js';
import type { LintFlags } from './program.js';
import { writeFile } from './write.js';

/** The safety of the fixes that the flags ask for; undefined where they ask for none. */
export function wantedFixes({ fix, fixUnsafe, fixDryRun }: LintFlags): readonly FixSafety[] | undefined {
  if (fixUnsafe) return ['safe', 'unsafe'];
  return fix || fixDryRun ? ['safe'] : undefined;
}

/** Writes the fixed files; what cannot be written is left out of `fixed` and told. */
export function writeFixes(result: LintResult): LintResult {
  const refused: Notification[] = [];
  const written = (result.fixed ?? []).filter((fixed) => {
    const problem = write(resolve(result.root, fixed.file), fixed);
    if (problem !== undefined) refused.push({ id: 'fix-not-written', level: 'error', message: `its fixes are not written: ${problem}`, file: fixed.file, fatal: true });
    return problem === undefined;
  });
  return { ...result, fixed: written, notifications: [...result.notifications, ...refused] };
}

function write(path: string, { before, after }: FixedFile): string | undefined {
  try {
    // Byte for byte: this also holds back from text that is not UTF-8, which would be written as something else.
    if (!readFileSync(path).equals(Buffer.from(before))) return 'the file was changed meanwhile';
    // A rename would replace a file that its owner has made read-only.
    if ((statSync(path).mode & WRITABLE) === 0) return 'the file is read-only';
    accessSync(path, constants.W_OK);
    writeFile(path, after);
    return undefined;
  } catch (error) {
    if (error instanceof UserError) return error.message;
    return (error as NodeJS.ErrnoException).code === 'EACCES' ? 'permission denied' : (error as Error).message;
  }
}

const WRITABLE = 0o222;

/** What the fixes would change, as one patch. */
export function patchOf({ fixed = [] }: LintResult, path: (file: string) => string): string {
  return fixed.map(({ file, before, after }) => unifiedDiff(path(file), before, after)).join('');
}

/** `3 fixes in 2 files`. */
export function countOfFixes({ fixed = [] }: LintResult): string {
  const count = fixed.reduce((sum, { fixes }) => sum + fixes.length, 0);
  return `${count} ${count === 1 ? 'fix' : 'fixes'} in ${fixed.length} ${fixed.length === 1 ? 'file' : 'files'}`;
}
