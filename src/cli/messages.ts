import { UserError } from '../core/errors.js';
import { escapeLine } from '../core/escape.js';
import type { Notification } from '../core/result.js';
import { STDERR, writeToStream } from './write.js';

/** Says something about the run itself, on standard error; the text may quote the project. */
export function say(...lines: readonly string[]): void {
  writeToStream(STDERR, lines.map((line) => `${escapeLine(line)}\n`).join(''));
}

/** One line and its remedy for a mistake of the user; for one of ours a line, and the stack under `--debug`. */
export function sayError(error: unknown, debug: boolean): void {
  if (error instanceof UserError) {
    say(`conclint: ${error.message}`, ...(error.hint === undefined ? [] : [`  ${error.hint}`]));
    return;
  }
  const { message, stack } = error instanceof Error ? error : { message: String(error), stack: undefined };
  say(`conclint: ${message.split('\n')[0]}`, '  this is a bug of conclint; --debug shows where it happened');
  if (debug && stack !== undefined) say(...stack.split('\n'));
}

/** `conclint: warning: src/a.ts:3: message`. */
export function sayNotification({ level, message, file, line }: Notification): void {
  const place = file === undefined ? '' : `${file}${line === undefined ? '' : `:${line}`}: `;
  say(`conclint: ${level}: ${place}${message}`);
}
