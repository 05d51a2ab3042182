import { Worker } from 'node:worker_threads';
import { UserError } from '../core/errors.js';
import type { Timing } from '../core/result.js';
import { HEARTBEAT, type LintRequest, type WorkerMessage, type WorkerTask } from './protocol.js';

/** Times in milliseconds, sizes in mebibytes. */
export interface Limits {
  /** A file that takes longer is spoken of under `--debug`. */
  readonly softMs: number;
  /** A file that takes longer is given up in this worker. */
  readonly hardMs: number;
  /** Opening, parsing and binding one program. */
  readonly loadMs: number;
  /** How often the heartbeat is looked at. */
  readonly pollMs: number;
  readonly heapMb: number;
  readonly stackMb: number;
}

export interface WatchOptions {
  /** The script of the thread. */
  readonly script: URL;
  readonly limits: Limits;
  readonly signal: AbortSignal | undefined;
  readonly onMessage: (message: WorkerMessage) => void;
  readonly onDebug: (line: string) => void;
}

/** How a worker ended. `stopped`: before it was through, while it judged `file` (undefined: while it loaded) and ran `rule`. */
export type WorkerEnd =
  | { readonly kind: 'done'; readonly timing: Timing | undefined }
  | { readonly kind: 'stopped'; readonly cause: 'time' | 'memory' | 'exit'; readonly file: number | undefined; readonly rule: string | undefined };

/**
 * One worker from start to end. The work is synchronous, so nothing inside the thread could end it: the clock runs out
 * here, on what the heartbeat says. Rejects with what the worker failed on, or with the reason of an abort.
 */
export function runWorker(task: Omit<WorkerTask, 'heartbeat'>, options: WatchOptions): Promise<WorkerEnd> {
  return new WatchedWorker(task, options).ended;
}

class WatchedWorker {
  readonly ended: Promise<WorkerEnd>;
  readonly #options: WatchOptions;
  readonly #request: LintRequest;
  readonly #heartbeat = new Int32Array(new SharedArrayBuffer(HEARTBEAT.length * Int32Array.BYTES_PER_ELEMENT));
  readonly #worker: Worker;
  #ruleIds: readonly string[] = [];
  #end: WorkerEnd | undefined;
  #failure: { readonly reason: unknown } | undefined;

  #watched = 0;
  #elapsed = 0;
  #looked = performance.now();
  #used = processorMs();
  #spoken = false;

  constructor(task: Omit<WorkerTask, 'heartbeat'>, options: WatchOptions) {
    const { script, limits, signal } = options;
    this.#options = options;
    this.#request = task.request;
    const workerData: WorkerTask = { ...task, heartbeat: this.#heartbeat.buffer as SharedArrayBuffer };
    this.#worker = new Worker(script, {
      workerData,
      resourceLimits: { stackSizeMb: limits.stackMb, maxOldGenerationSizeMb: limits.heapMb },
      // What a rule prints must not get into a report on stdout.
      stdout: true,
      stderr: true,
    });
    this.#worker.stdout.resume();
    this.#worker.stderr.on('data', (text) => options.onDebug(String(text).trimEnd()));
    this.#worker.on('message', (message: WorkerMessage) => this.#hear(message));
    this.#worker.on('error', (error) => this.#fail(error));

    const timer = setInterval(() => this.#look(), limits.pollMs);
    const abort = (): void => this.#abandon(signal?.reason);
    signal?.addEventListener('abort', abort);
    this.ended = new Promise((resolve, reject) => {
      this.#worker.on('exit', () => {
        clearInterval(timer);
        signal?.removeEventListener('abort', abort);
        if (this.#failure) reject(this.#failure.reason);
        else resolve(this.#end ?? this.#stopped('exit'));
      });
    });
  }

  #hear(message: WorkerMessage): void {
    switch (message.type) {
      case 'started':
        this.#ruleIds = message.ruleIds;
        break;
      case 'done':
        this.#end = { kind: 'done', timing: message.timing };
        // A timer that a rule left behind would keep the thread alive.
        void this.#worker.terminate();
        break;
      case 'failed':
        this.#abandon(failureOf(message));
        break;
    }
    this.#options.onMessage(message);
  }

  #fail(error: Error): void {
    if ('code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') this.#end ??= this.#stopped('memory');
    else this.#failure ??= { reason: error };
  }

  #abandon(reason: unknown): void {
    this.#failure ??= { reason };
    void this.#worker.terminate();
  }

  /**
   * Only time that this thread has seen pass counts: a laptop that slept is no file's fault. Nor is a busy machine: a stretch
   * counts as the processor time that was had of it, but at least a tenth, so that what waits for ever is ended too.
   */
  #look(): void {
    // A thread deep in native code takes its time to end; it has been told.
    if (this.#end || this.#failure) return;
    const { limits, onDebug } = this.#options;
    const now = performance.now();
    const used = processorMs();
    const passed = Math.min(now - this.#looked, 5 * limits.pollMs);
    const step = Math.max(Math.min(passed, used - this.#used), passed / 10);
    this.#looked = now;
    this.#used = used;

    const file = Atomics.load(this.#heartbeat, HEARTBEAT.file);
    if (file !== this.#watched) {
      this.#watched = file;
      this.#elapsed = 0;
      this.#spoken = false;
      return;
    }
    this.#elapsed += step;
    if (this.#elapsed > (file === 0 ? limits.loadMs : limits.hardMs)) {
      this.#end ??= this.#stopped('time');
      void this.#worker.terminate();
    } else if (file !== 0 && this.#elapsed > limits.softMs && !this.#spoken) {
      this.#spoken = true;
      onDebug(`${this.#request.files[file - 1]} takes more than ${limits.softMs / 1000} s, now in ${this.#runningRule() ?? 'no rule'}`);
    }
  }

  #stopped(cause: 'time' | 'memory' | 'exit'): WorkerEnd {
    const file = Atomics.load(this.#heartbeat, HEARTBEAT.file);
    return { kind: 'stopped', cause, file: file === 0 ? undefined : file - 1, rule: this.#runningRule() };
  }

  #runningRule(): string | undefined {
    return this.#ruleIds[Atomics.load(this.#heartbeat, HEARTBEAT.rule) - 1];
  }
}

/** Processor time of all threads of the process so far. */
function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

function failureOf({ message, hint, stack }: Extract<WorkerMessage, { type: 'failed' }>): Error {
  if (stack === undefined) return new UserError(message, hint === undefined ? {} : { hint });
  const error = new Error(message);
  error.stack = stack;
  return error;
}
