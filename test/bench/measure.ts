/** Runs one command and says what it cost. Needs bash for the processor time; peak memory is known on Linux only. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface Cost {
  /** User and system seconds of the process and of all its children that have ended. */
  readonly cpu: number;
  readonly wall: number;
  /** Megabytes: the most that the largest single process ever had resident. Looked at ten times a second, so what comes in the very end is missed. */
  readonly peak?: number;
}

export interface Job {
  readonly argv: readonly string[];
  readonly cwd?: string;
  /** Exit codes of a run that did its work, findings or none. Default: 0. */
  readonly accepts?: readonly number[];
}

const POLL_MS = 100;
const SCRIPT = 'TIMEFORMAT="%3U %3S %3R"; time "$@" >"$OUTPUT" 2>&1';

/** @throws Error with the command's output where its exit code says that it did not do its work */
export async function measure({ argv, cwd = tmpdir(), accepts = [0] }: Job): Promise<Cost> {
  const scratch = mkdtempSync(join(tmpdir(), 'conclint-bench-run-'));
  const output = join(scratch, 'output');
  try {
    const child = spawn('bash', ['-c', SCRIPT, 'bash', ...argv], { cwd, env: { ...process.env, OUTPUT: output, LC_ALL: 'C' }, stdio: ['ignore', 'ignore', 'pipe'] });
    let times = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (times += text));
    let peak = 0;
    const poll = setInterval(() => (peak = Math.max(peak, largestBelow(child.pid!))), POLL_MS);
    const [code] = (await once(child, 'close').finally(() => clearInterval(poll))) as [number];
    if (!accepts.includes(code)) throw new Error(`${argv.join(' ')}: exit code ${code}\n${readFileSync(output, 'utf8').slice(-2000)}`);
    const [user = NaN, system = NaN, wall = NaN] = times.trim().split(' ').map(Number);
    return { cpu: user + system, wall, ...(peak > 0 && { peak }) };
  } finally {
    rmSync(scratch, { recursive: true });
  }
}

/** The high-water mark, in megabytes, of the largest process below `pid`; 0 where there is no /proc. */
function largestBelow(pid: number): number {
  return Math.max(0, ...childrenOf(pid).flatMap((child) => [highWaterMark(child), largestBelow(child)]));
}

function childrenOf(pid: number): number[] {
  try {
    // Whichever thread started it, a process is in that thread's list.
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) => readFileSync(`/proc/${pid}/task/${thread}/children`, 'utf8').split(' ').filter(Boolean).map(Number));
  } catch {
    return [];
  }
}

function highWaterMark(pid: number): number {
  try {
    return Number(/^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
