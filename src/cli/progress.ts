import { STDERR, writeToStream } from './write.js';

/** Milliseconds between two repaints. */
const INTERVAL = 100;
const ERASE_LINE = '\r\u001b[2K';

/** One line on a terminal's standard error that counts files; silent anywhere else. */
export class Progress {
  #shown = false;
  #last = 0;

  constructor(private readonly enabled: boolean) {}

  /** Before the first file is judged, the programs are loaded. */
  begin(): void {
    this.#paint('loading');
  }

  update(done: number, total: number): void {
    const now = Date.now();
    if (now - this.#last < INTERVAL) return;
    this.#last = now;
    this.#paint(`${done} of ${total} files`);
  }

  #paint(text: string): void {
    if (!this.enabled) return;
    this.#shown = true;
    writeToStream(STDERR, `${ERASE_LINE}conclint: ${text}`);
  }

  /** Wipes the line; must come before anything else is printed. */
  clear(): void {
    if (this.#shown) writeToStream(STDERR, ERASE_LINE);
    this.#shown = false;
  }
}
