import { describe, expect, test } from 'vitest';
import { supervise, type Supervised, type SuperviseOptions } from '../../src/engine/supervisor.js';
import type { LintRequest } from '../../src/engine/protocol.js';
import { noConfig } from './run.js';

const request = (names: readonly string[], over: Partial<LintRequest> = {}): LintRequest => ({
  root: '/view',
  cwd: '/view',
  files: names.map((name) => `/view/src/${name}.ts`),
  projects: [],
  config: noConfig,
  inlineConfig: true,
  reportUnusedDirectives: true,
  timing: false,
  debug: false,
  ...over,
});
const script = new URL('./worker-from-source.mjs', import.meta.url);
const analysis = new URL('./analyses/scripted.mjs', import.meta.url);
const limits = { softMs: 150, hardMs: 400, loadMs: 20_000, pollMs: 20, heapMb: 80 };

const watch = (names: readonly string[], over: Partial<LintRequest> = {}, options: Partial<SuperviseOptions> = {}): Promise<Supervised> =>
  supervise(request(names, over), { analysis, script, limits, ...options });
const judged = ({ findings }: Supervised): string[] => findings.map((finding) => finding.file);
const problems = ({ notifications }: Supervised): unknown[] =>
  notifications.filter((each) => each.fatal).map(({ id, file, ruleId, message }) => [id, ...(file ? [file] : []), ...(ruleId ? [ruleId] : []), message]);

describe('the supervisor', () => {
  test('gathers what the worker finds, sorted, with one copy of what every worker says', async () => {
    const progress: number[] = [];
    const result = await watch(['b', 'a', 'c'], {}, { onProgress: (done, total) => progress.push(done / total) });
    expect(judged(result)).toEqual(['a', 'b', 'c']);
    expect(result.stats).toMatchObject({ files: 3, lines: 30 });
    expect(result.rules.map((rule) => rule.id)).toEqual(['q', 'r']);
    expect(result.notifications.map((each) => each.message)).toEqual(['said while loading']);
    expect(progress).toEqual([1 / 3, 2 / 3, 1]);
  });

  test('lets neither output of a rule nor what it leaves running get in the way', async () => {
    expect(judged(await watch(['print-in-q', 'linger-in-r']))).toEqual(['linger-in-r', 'print-in-q']);
  });

  test('leaves out, for one file, the rule that loops', async () => {
    const debug: string[] = [];
    const result = await watch(['a', 'loop-in-r', 'z'], {}, { onDebug: (line) => debug.push(line) });
    expect(judged(result)).toEqual(['a', 'loop-in-r', 'z']);
    expect(problems(result)).toEqual([['file-timeout', 'src/loop-in-r.ts', 'r', 'rule r took longer than 0.4 s and was left out for this file']]);
    expect(debug).toContain('/view/src/loop-in-r.ts takes more than 0.15 s, now in r');
    expect(result.notifications).toHaveLength(2);
  });

  test('skips a file that loops without that rule too, or under none', async () => {
    const result = await watch(['a', 'loop-always', 'loop-in-q-in-r', 'z']);
    expect(judged(result)).toEqual(['a', 'z']);
    expect(problems(result)).toEqual([
      ['file-timeout', 'src/loop-always.ts', 'the analysis took longer than 0.4 s; the file was skipped'],
      ['file-timeout', 'src/loop-in-q-in-r.ts', 'q', 'rule q took longer than 0.4 s; the file was skipped'],
    ]);
  });

  test('waits for a file that gets no processor', async () => {
    const result = await watch(['a', 'wait-in-q', 'z']);
    expect(judged(result)).toEqual(['a', 'wait-in-q', 'z']);
    expect(problems(result)).toEqual([]);
  });

  test('leaves out the rule that allocates without end, after the file has had a worker of its own', async () => {
    const result = await watch(['a', 'hoard-in-q', 'z'], {}, { limits: { ...limits, softMs: 20_000, hardMs: 20_000 } });
    expect(judged(result)).toEqual(['a', 'hoard-in-q', 'z']);
    expect(problems(result)).toEqual([['file-out-of-memory', 'src/hoard-in-q.ts', 'q', 'rule q needed more than 80 MB and was left out for this file']]);
  });

  test('goes on after a rule that ends its thread', async () => {
    const result = await watch(['a', 'exit-in-r', 'z']);
    expect(judged(result)).toEqual(['a', 'exit-in-r', 'z']);
    expect(problems(result)).toEqual([['rule-crashed', 'src/exit-in-r.ts', 'r', 'rule r ended its thread and was left out for this file']]);
  });

  test('hears of promises and timers that fail after their rule has returned', async () => {
    const result = await watch(['reject-in-q', 'throw-later-in-r', 'z']);
    expect(judged(result)).toEqual(['reject-in-q', 'throw-later-in-r', 'z']);
    expect(problems(result)).toEqual([
      ['rule-crashed', 'a rule failed after it had returned: much too late'],
      ['rule-crashed', 'a rule failed after it had returned: too late'],
    ]);
  });

  test('gives up on a project that does not load', async () => {
    const result = await watch(['a', 'b'], { cwd: '/loops-while-loading' }, { limits: { ...limits, loadMs: 1_500 } });
    expect(problems(result)).toEqual([['file-timeout', 'loading the project took longer than 1.5 s; 2 files were not judged']]);
  });

  test('rejects with what the worker failed on', async () => {
    await expect(watch(['a'], { cwd: '/fails' })).rejects.toThrow('a mistake of ours');
  });

  test('ends at once when aborted', async () => {
    const controller = new AbortController();
    const running = watch(['loop-always'], {}, { signal: controller.signal, limits: { ...limits, hardMs: 60_000 } });
    setTimeout(() => controller.abort(new Error('interrupted')), 300);
    await expect(running).rejects.toThrow('interrupted');
    await expect(watch(['a'], {}, { signal: controller.signal })).rejects.toThrow('interrupted');
  });
});
