import { totalmem } from 'node:os';
import { relative, sep } from 'node:path';
import { getHeapStatistics } from 'node:v8';
import type { LintResult, Notification, NotificationId, Timing } from '../core/result.js';
import { Collector } from './collector.js';
import type { FileStats, FixableText, LintRequest, WorkerMessage } from './protocol.js';
import { runWorker, type Limits, type WorkerEnd } from './watched-worker.js';

export interface SuperviseOptions {
  /** The module that exports `analyse`. */
  readonly analysis: URL;
  /** The script of the thread. */
  readonly script?: URL;
  readonly limits?: Partial<Limits>;
  /** Aborting ends the worker at once; `supervise` then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly onProgress?: ((done: number, total: number) => void) | undefined;
  readonly onDebug?: ((line: string) => void) | undefined;
}

export interface Supervised extends Pick<LintResult, 'findings' | 'notifications' | 'rules'> {
  readonly stats: FileStats;
  readonly timing: Timing | undefined;
  /** By root-relative path; empty unless the request is for fixing. */
  readonly fixable: ReadonlyMap<string, FixableText>;
}

const MEBIBYTE = 2 ** 20;

function defaultLimits(): Limits {
  // A heap that the user has raised by NODE_OPTIONS=--max-old-space-size counts here too.
  const raisedMb = getHeapStatistics().heap_size_limit / MEBIBYTE;
  const shareMb = Math.min(0.75 * (totalmem() / MEBIBYTE), 8192);
  return {
    softMs: 10_000,
    hardMs: 30_000,
    loadMs: 600_000,
    pollMs: 100,
    heapMb: Math.floor(Math.max(raisedMb, shareMb)),
    // The compiler recurses over the tree: this holds about 50,000 levels of nesting.
    stackMb: 64,
  };
}

/**
 * Runs the request in a worker thread and watches it. A file over its time or memory costs at most that file: the
 * worker is ended, the file is tried again without the rule that was running, and a new worker does the rest.
 * Throws UserError for what the user can mend, the signal's reason when aborted, and what the worker itself fails on.
 */
export async function supervise(request: LintRequest, options: SuperviseOptions): Promise<Supervised> {
  options.signal?.throwIfAborted();
  return new Supervisor(request, options).run();
}

type Stopped = Extract<WorkerEnd, { kind: 'stopped' }>;

/** Files for one worker, by index. */
interface Batch {
  readonly files: readonly number[];
  /** One file that ran out of memory among others. */
  readonly alone?: boolean;
  /** How this one file stopped an earlier worker: it is tried without that rule, and in less time. */
  readonly stopped?: Stopped & { readonly rule: string };
}

class Supervisor {
  readonly #request: LintRequest;
  readonly #options: SuperviseOptions;
  readonly #limits: Limits;
  readonly #collector = new Collector();
  readonly #batches: Batch[];
  #timing: Timing | undefined;

  constructor(request: LintRequest, options: SuperviseOptions) {
    this.#request = request;
    this.#options = options;
    this.#limits = { ...defaultLimits(), ...options.limits };
    this.#batches = [{ files: request.files.map((_, i) => i) }];
  }

  async run(): Promise<Supervised> {
    for (let batch = this.#batches.shift(); batch; batch = this.#batches.shift()) {
      const before = this.#collector.judgedFiles;
      const end = await this.#runBatch(batch);
      if (end.kind === 'done') this.#finished(batch, end.timing);
      else if (end.file === undefined) this.#stoppedBetweenFiles(batch, end, this.#collector.judgedFiles > before);
      else this.#stoppedAt(end.file, batch, end);
    }
    return { ...this.#collector.result(), timing: this.#timing };
  }

  #runBatch({ files, stopped }: Batch): Promise<WorkerEnd> {
    const { analysis, script = new URL('./worker.js', import.meta.url), signal, onDebug = () => {} } = this.#options;
    const limits = stopped ? { ...this.#limits, hardMs: this.#limits.softMs } : this.#limits;
    return runWorker(
      { request: this.#request, pending: files, without: stopped?.rule, analysis: analysis.href },
      { script, limits, signal, onDebug, onMessage: (message) => this.#hear(message) },
    );
  }

  #hear(message: WorkerMessage): void {
    if (message.type === 'started') this.#collector.started(message.rules);
    else if (message.type === 'noted') {
      this.#collector.noted(message.notifications);
      for (const line of message.debug) this.#options.onDebug?.(line);
    } else if (message.type === 'file') {
      this.#collector.judged(message.index, message.outcome);
      this.#options.onProgress?.(this.#collector.judgedFiles, this.#request.files.length);
    }
  }

  #finished({ files, stopped }: Batch, timing: Timing | undefined): void {
    this.#timing ??= timing;
    if (stopped) this.#notify(stopped, files[0], `rule ${stopped.rule} ${this.#excess(stopped)} and was left out for this file`);
  }

  #stoppedAt(file: number, batch: Batch, end: Stopped): void {
    const rest = batch.files.filter((other) => other !== file && !this.#collector.has(other));
    if (rest.length > 0) this.#batches.unshift({ files: rest });
    // Its result came in while the worker was being ended.
    if (this.#collector.has(file)) return;

    const { rule } = end;
    if (batch.stopped) this.#skip(file, batch.stopped);
    // The memory may have gone to the files before it.
    else if (end.cause === 'memory' && !batch.alone && batch.files.length > 1) this.#batches.unshift({ files: [file], alone: true });
    else if (rule !== undefined) this.#batches.unshift({ files: [file], stopped: { ...end, rule } });
    else this.#skip(file, end);
  }

  #skip(file: number, end: Stopped): void {
    this.#notify(end, file, `${end.rule === undefined ? 'the analysis' : `rule ${end.rule}`} ${this.#excess(end)}; the file was skipped`);
  }

  /** Loading a program is nobody's file: a worker that had got somewhere is replaced, one that had not is the end. */
  #stoppedBetweenFiles(batch: Batch, end: Stopped, progressed: boolean): void {
    const files = batch.files.filter((file) => !this.#collector.has(file));
    if (files.length === 0) return;
    if (progressed) this.#batches.unshift({ ...batch, files });
    else this.#notify(end, undefined, `loading the project ${this.#excess(end)}; ${files.length} ${files.length === 1 ? 'file was' : 'files were'} not judged`);
  }

  #excess({ cause, file }: Stopped): string {
    const { hardMs, loadMs, heapMb } = this.#limits;
    switch (cause) {
      case 'time':
        return `took longer than ${(file === undefined ? loadMs : hardMs) / 1000} s`;
      case 'memory':
        return `needed more than ${heapMb} MB`;
      case 'exit':
        return 'ended its thread';
    }
  }

  #notify({ cause, rule }: Stopped, file: number | undefined, message: string): void {
    const ids: Record<Stopped['cause'], NotificationId> = { time: 'file-timeout', memory: 'file-out-of-memory', exit: 'rule-crashed' };
    const notification: Notification = { id: ids[cause], level: 'error', message, fatal: true };
    const path = file === undefined ? undefined : relative(this.#request.root, this.#request.files[file]!).split(sep).join('/');
    this.#collector.noted([{ ...notification, ...(path !== undefined && { file: path }), ...(rule !== undefined && { ruleId: rule }) }]);
  }
}
