/** The thread that analyses. Started by the supervisor with a `WorkerTask`; answers with `WorkerMessage`s. */
import { parentPort, workerData } from 'node:worker_threads';
import { UserError } from '../core/errors.js';
import { HEARTBEAT, type Analyse, type AnalysisObserver, type WorkerMessage, type WorkerTask } from './protocol.js';

const task = workerData as WorkerTask;
const heartbeat = new Int32Array(task.heartbeat);
const slots = new Map<string, number>();

const post = (message: WorkerMessage): void => parentPort?.postMessage(message);

const observer: AnalysisObserver = {
  started(ruleIds, rules) {
    ruleIds.forEach((id, i) => slots.set(id, i + 1));
    post({ type: 'started', ruleIds, rules });
  },
  noted: (notifications, debug) => post({ type: 'noted', notifications, debug }),
  judging: (file) => Atomics.store(heartbeat, HEARTBEAT.file, file === undefined ? 0 : file + 1),
  running: (ruleId) => Atomics.store(heartbeat, HEARTBEAT.rule, slots.get(ruleId ?? '') ?? 0),
  judged: (index, outcome) => post({ type: 'file', index, outcome }),
};

// A promise or timer that a rule leaves behind fails on nobody's stack; unheard, it would take the thread down.
for (const event of ['unhandledRejection', 'uncaughtException'] as const) {
  process.on(event, (reason: unknown) => {
    const text = reason instanceof Error ? reason.message : String(reason);
    const message = `a rule failed after it had returned: ${text.split('\n', 1)[0]}`;
    post({ type: 'noted', notifications: [{ id: 'rule-crashed', level: 'error', message, fatal: true }], debug: [] });
  });
}

try {
  const { analyse } = (await import(task.analysis)) as { analyse: Analyse };
  const timing = await analyse(task, observer);
  post({ type: 'done', timing });
} catch (error) {
  const known = error instanceof UserError ? error : undefined;
  const { message, stack } = error instanceof Error ? error : new Error(String(error));
  post({ type: 'failed', message, hint: known?.hint, stack: known ? undefined : stack });
}
