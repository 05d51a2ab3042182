import { closeSync, fchmodSync, fsyncSync, mkdirSync, openSync, realpathSync, renameSync, rmSync, statSync, type Stats, writeSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { UserError } from '../core/errors.js';

export const STDOUT = 1;
export const STDERR = 2;
/** How long to wait, in milliseconds, before offering bytes again to a reader that is not ready. */
const RETRY_PAUSE = 5;

/**
 * Writes all of `text` before it returns, so that nothing is lost when the process ends next. Goes round Node's
 * stream objects, which drop what they still hold at exit. A reader that went away (`conclint | head`) is no error.
 */
export function writeToStream(fd: number, text: string): void {
  try {
    writeAll(fd, Buffer.from(text, 'utf8'));
  } catch (error) {
    if (isGone(error)) return;
    throw new UserError(`cannot write to ${fd === STDOUT ? 'standard output' : 'standard error'}: ${reasonOf(error)}`);
  }
}

/** Puts `text` at `path` whole or not at all: a temporary file in the same folder, then a rename. Keeps the mode of a file that was there. */
export function writeFile(path: string, text: string): void {
  try {
    const existing = statSync(path, { throwIfNoEntry: false });
    if (existing?.isDirectory()) throw new UserError(`cannot write ${path}: it is a folder`);
    if (existing !== undefined && !existing.isFile()) return writeInPlace(path, text);
    mkdirSync(dirname(path), { recursive: true });
    // The target of a link is replaced, not the link.
    replace(existing === undefined ? path : realpathSync(path), text, existing);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`cannot write ${path}: ${reasonOf(error)}`);
  }
}

function replace(path: string, text: string, existing: Stats | undefined): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const fd = openSync(temporary, 'wx');
  try {
    try {
      if (existing !== undefined) fchmodSync(fd, existing.mode);
      writeAll(fd, Buffer.from(text, 'utf8'));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

/** A device or a named pipe (`-o /dev/stderr`) cannot be replaced. */
function writeInPlace(path: string, text: string): void {
  const fd = openSync(path, 'w');
  try {
    writeAll(fd, Buffer.from(text, 'utf8'));
  } catch (error) {
    if (!isGone(error)) throw error;
  } finally {
    closeSync(fd);
  }
}

function writeAll(fd: number, bytes: Buffer): void {
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(fd, bytes, offset);
    } catch (error) {
      if (codeOf(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, RETRY_PAUSE);
    }
  }
}

/** EPIPE; EOF is what Windows says. */
function isGone(error: unknown): boolean {
  return codeOf(error) === 'EPIPE' || codeOf(error) === 'EOF';
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'permission denied',
  EEXIST: 'a part of its path is not a folder',
  EISDIR: 'it is a folder',
  ENOENT: 'no such folder',
  ENOSPC: 'no space left on the device',
  ENOTDIR: 'a part of its path is not a folder',
  EPERM: 'operation not permitted',
  EROFS: 'the file system is read-only',
};

function reasonOf(error: unknown): string {
  return REASONS[codeOf(error) ?? ''] ?? (error as Error).message;
}
