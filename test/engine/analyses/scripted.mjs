// Stands in for the analysis: the base name of each file says what happens to it, by words joined with dashes.
// `loop`, `hoard`, `exit`, `reject`, `throw-later` go wrong, `wait` takes long; `in-r` says during which rule; `always` without any rule too.
import { basename } from 'node:path';

const acts = {
  loop: () => {
    for (;;);
  },
  hoard: () => {
    const hoard = [];
    for (;;) hoard.push(Array.from({ length: 100_000 }, () => 0.5));
  },
  // As on a machine whose processors are with others: time passes, and no work is done.
  wait: () => void Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 800),
  exit: () => process.exit(0),
  reject: () => void Promise.reject(new Error('too late')),
  'throw-later': () =>
    void setTimeout(() => {
      throw new Error('much too late');
    }, 0),
  print: () => console.log('this is no report'),
  linger: () => void setInterval(() => {}, 1_000),
};

export async function analyse({ request, pending, without }, observer) {
  observer.started(['q', 'r'], [{ id: 'q' }, { id: 'r' }]);
  observer.noted([{ id: 'types-degraded', level: 'note', message: 'said while loading', fatal: false }], ['loaded']);
  if (request.cwd === '/loops-while-loading') acts.loop();
  if (request.cwd === '/fails') throw Object.assign(new Error('a mistake of ours'));
  for (const index of pending) {
    const name = basename(request.files[index], '.ts');
    observer.judging(index);
    for (const rule of ['q', 'r']) {
      if (rule === without) continue;
      observer.running(rule);
      if (name.includes(`in-${rule}`)) acts[name.split('-in-')[0]]();
      observer.running(undefined);
    }
    if (name.includes('always')) acts[name.split('-always')[0]]();
    const stats = { files: 1, lines: 10, functions: 1, asyncFunctions: 1, awaits: 1, flowsBuilt: 1 };
    const finding = { ruleId: 'q', message: name, file: name, range: { start: 0, end: 1 } };
    observer.judged(index, { result: { file: name, findings: [finding], notifications: [] }, stats });
    observer.judging(undefined);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return undefined;
}
