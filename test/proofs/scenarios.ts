import { EventEmitter, getEventListeners } from 'node:events';
import type { Scheduler } from 'fast-check';
import type { Example, Run } from './example.js';

/**
 * What goes on around an example, in an order that the scheduler decides, and what has to hold in the end. The claim of a
 * report is that some order breaks it; the claim of its cure is that none does.
 */
export interface Scenario {
  readonly ruleId: string;
  /** What the user relies on, as a sentence. */
  readonly invariant: string;
  /** Whether it held. */
  readonly holds: (run: Run, schedule: Scheduler) => Promise<boolean>;
}

/** Answers when the scheduler says so. */
function answers<A extends unknown[], T>(schedule: Scheduler, answer: (...args: A) => T): (...args: A) => Promise<T> {
  return schedule.scheduleFunction(async (...args: A) => answer(...args));
}

/** What a scenario uses of the example, typed by whoever knows the example. */
function from<T>(example: Example, name: string): T {
  return example[name] as T;
}

/** A lock with one holder at a time, as async-mutex has it. */
class Mutex {
  private tail: Promise<void> = Promise.resolve();

  acquire(): Promise<() => void> {
    const before = this.tail;
    let release = (): void => {};
    this.tail = new Promise((resolve) => {
      release = resolve;
    });
    return before.then(() => release);
  }
}

type Handler = (request: { url: string }, response: { end(text?: string): void; destroy(): void }) => void;

/** A server in memory: `request` is answered with what the handler ends with, or `undefined` where it gave up. */
function server(): { createServer: (handler: Handler) => unknown; request(url: string): Promise<string | undefined> } {
  let handler: Handler;
  const listening = { listen: () => listening, on: () => listening };
  return {
    createServer: (given) => {
      handler = given;
      return listening;
    },
    request: (url) => new Promise((resolve) => handler({ url }, { end: (text = '') => resolve(text), destroy: () => resolve(undefined) })),
  };
}

export const SCENARIOS: readonly Scenario[] = [
  {
    ruleId: 'check-then-act',
    invariant: 'two requests share one connection',
    async holds(run, schedule) {
      let opened = 0;
      const { createServer, request } = server();
      const connect = answers(schedule, () => {
        opened++;
        return { send: async () => {} };
      });
      const Gateway = from<new (url: string) => unknown>(run({ createServer, connect }), 'Gateway');
      new Gateway('db');
      const both = Promise.all([request('/a'), request('/b')]);
      await schedule.waitFor(both);
      return opened === 1;
    },
  },
  {
    ruleId: 'early-success',
    invariant: 'a request that comes while the client connects is served too',
    async holds(run, schedule) {
      const { createServer, request } = server();
      const connect = answers(schedule, () => ({ send: async () => {} }));
      const Gateway = from<new () => unknown>(run({ createServer, connect }), 'Gateway');
      new Gateway();
      const served = await schedule.waitFor(Promise.all([request('/a'), request('/b')]));
      return served.every((answer) => answer !== undefined);
    },
  },
  {
    ruleId: 'lost-update',
    invariant: 'the total is the sum of all prices',
    async holds(run, schedule) {
      const price = answers(schedule, Number);
      const total = from<(items: string[]) => Promise<number>>(run({ price }), 'total');
      return (await schedule.waitFor(total(['1', '2', '4']))) === 7;
    },
  },
  {
    ruleId: 'lossy-drain',
    invariant: 'every item is sent by one of two flushes',
    async holds(run, schedule) {
      const sent: string[] = [];
      const bus = new EventEmitter();
      const send = answers(schedule, (items: readonly string[]) => void sent.push(...items));
      const Buffer = from<new (bus: EventEmitter) => { flush(): Promise<void> }>(run({ send }), 'Buffer');
      const buffer = new Buffer(bus);
      bus.emit('item', 'first');
      const arrives = schedule.schedule(Promise.resolve(), 'second').then(() => bus.emit('item', 'second'));
      await schedule.waitFor(Promise.all([buffer.flush(), arrives]));
      await schedule.waitFor(buffer.flush());
      return sent.includes('first') && sent.includes('second');
    },
  },
  {
    ruleId: 'result-overwrite',
    invariant: 'the result of every job is in what is returned',
    async holds(run, schedule) {
      const jobs = [1, 2, 3].map((value) => ({ run: answers(schedule, () => value) }));
      const runAll = from<(all: typeof jobs) => Promise<number | number[]>>(run({}), 'runAll');
      const results = [await schedule.waitFor(runAll(jobs))].flat();
      return [1, 2, 3].every((value) => results.includes(value));
    },
  },
  {
    ruleId: 'request-state',
    invariant: 'each request is told about itself',
    async holds(run, schedule) {
      const { createServer, request } = server();
      const findUser = answers(schedule, () => 'user');
      from<() => void>(run({ createServer, findUser }), 'serve')();
      const [first, second] = await schedule.waitFor(Promise.all([request('/a'), request('/b')]));
      return first === 'user asked for /a' && second === 'user asked for /b';
    },
  },
  {
    ruleId: 'stale-guard',
    invariant: 'a session whose peer is gone is closed',
    async holds(run, schedule) {
      const peer = new EventEmitter();
      const login = answers(schedule, () => undefined);
      const Session = from<new (peer: EventEmitter) => { open(name: string): Promise<void>; state: string }>(run({ login }), 'Session');
      const session = new Session(peer);
      const gone = schedule.schedule(Promise.resolve(), 'gone').then(() => peer.emit('gone'));
      await schedule.waitFor(Promise.all([session.open('a'), gone]));
      return session.state === 'closed';
    },
  },
  {
    ruleId: 'missed-teardown',
    invariant: 'after close() no socket is open',
    async holds(run, schedule) {
      let open = 0;
      const dial = answers(schedule, () => {
        open++;
        return { close: () => void open-- };
      });
      const Feed = from<new () => { open(url: string): Promise<void>; close(): void }>(run({ dial }), 'Feed');
      const feed = new Feed();
      const closes = schedule.schedule(Promise.resolve(), 'close').then(() => feed.close());
      await schedule.waitFor(Promise.all([feed.open('url'), closes]));
      return open === 0;
    },
  },
  {
    ruleId: 'stale-response',
    invariant: 'the user shown is the one asked for last',
    async holds(run, schedule) {
      let shown: string | undefined;
      let cleanUp: (() => void) | void;
      const useEffect = (effect: () => (() => void) | void): void => {
        cleanUp?.();
        cleanUp = effect();
      };
      const useState = (): unknown[] => [shown, (user: string) => void (shown = user)];
      const asked: Promise<unknown>[] = [];
      const answer = answers(schedule, (id: string) => `user ${id}`);
      const loadUser = (id: string): Promise<string> => {
        const loading = answer(id);
        asked.push(loading);
        return loading;
      };
      const useUser = from<(id: string, onError: (error: unknown) => void) => void>(run({ useEffect, useState, loadUser }), 'useUser');
      useUser('a', () => {});
      useUser('b', () => {});
      await schedule.waitFor(Promise.all(asked));
      await Promise.resolve();
      return shown === 'user b';
    },
  },
  {
    ruleId: 'mutated-iteration',
    invariant: 'every runner is released',
    async holds(run, schedule) {
      const bus = new EventEmitter();
      const released: string[] = [];
      const Pool = from<new (bus: EventEmitter) => { add(runner: unknown): void; drain(): Promise<void> }>(run({}), 'Pool');
      const pool = new Pool(bus);
      const runners = ['a', 'b', 'c'].map((name) => ({ release: answers(schedule, () => void released.push(name)) }));
      for (const runner of runners) pool.add(runner);
      const goes = schedule.schedule(Promise.resolve(), 'gone').then(() => bus.emit('gone', runners[0]));
      await schedule.waitFor(Promise.all([pool.drain(), goes]));
      return ['a', 'b', 'c'].every((name) => released.includes(name));
    },
  },
  {
    ruleId: 'stuck-flag',
    invariant: 'a failed refresh does not keep the next one from loading',
    async holds(run, schedule) {
      let loads = 0;
      const load = answers(schedule, () => {
        loads++;
        if (loads === 1) throw new Error('the store is away');
        return [];
      });
      const Refresher = from<new (store: unknown) => { refresh(id: string): Promise<void> }>(run({}), 'Refresher');
      const refresher = new Refresher({ load });
      await schedule.waitFor(refresher.refresh('a').catch(() => {}));
      await schedule.waitFor(refresher.refresh('a'));
      return loads === 2;
    },
  },
  {
    ruleId: 'unremoved-entry',
    invariant: 'a failed transfer can be tried again',
    async holds(run, schedule) {
      let transfers = 0;
      const transfer = answers(schedule, () => {
        transfers++;
        if (transfers === 1) throw new Error('the bank is away');
      });
      const transferOnce = from<(id: string) => Promise<void>>(run({ transfer }), 'transferOnce');
      await schedule.waitFor(transferOnce('a').catch(() => {}));
      await schedule.waitFor(transferOnce('a'));
      return transfers === 2;
    },
  },
  {
    ruleId: 'poisoned-chain',
    invariant: 'one failed line does not keep the next one from the journal',
    async holds(run, schedule) {
      const written: string[] = [];
      const appendFile = answers(schedule, (_: string, line: string) => {
        if (line === 'bad') throw new Error('the disk is full');
        written.push(line);
      });
      const Journal = from<new () => { append(line: string): Promise<void> }>(run({ appendFile }), 'Journal');
      const journal = new Journal();
      await schedule.waitFor(Promise.allSettled([journal.append('bad'), journal.append('good')]));
      return written.includes('good');
    },
  },
  {
    ruleId: 'unawaited-return',
    invariant: 'a failed query gives no rows, not an error',
    async holds(run, schedule) {
      const query = answers(schedule, () => {
        throw new Error('the connection is gone');
      });
      const rowsOrNothing = from<(connection: unknown, text: string) => Promise<unknown[]>>(run({ log: { error: () => {} } }), 'rowsOrNothing');
      return schedule.waitFor(rowsOrNothing({ query }, 'select 1').then((rows) => rows.length === 0, () => false));
    },
  },
  {
    ruleId: 'unsettled-promise',
    invariant: 'the wait for a body ends when the client goes away',
    async holds(run, schedule) {
      const request = new EventEmitter();
      const bodyOf = from<(request: EventEmitter) => Promise<string>>(run({}), 'bodyOf');
      let over = false;
      const waits = bodyOf(request).then(
        () => void (over = true),
        () => void (over = true),
      );
      request.emit('data', 'half');
      await schedule.waitFor(schedule.schedule(Promise.resolve(), 'close').then(() => request.emit('close')));
      await Promise.race([waits, new Promise((resolve) => setImmediate(resolve))]);
      return over;
    },
  },
  {
    ruleId: 'leaked-listener',
    invariant: 'a signal that outlives the work has no listener left',
    async holds(run, schedule) {
      const { signal } = new AbortController();
      const orAborted = from<<T>(work: Promise<T>, signal: AbortSignal) => Promise<T>>(run({ Promise: PromiseWithResolvers }), 'orAborted');
      const work = [1, 2].map((value) => orAborted(schedule.schedule(Promise.resolve(value), 'work'), signal));
      await schedule.waitFor(Promise.all(work));
      return getEventListeners(signal, 'abort').length === 0;
    },
  },
  {
    ruleId: 'unreleased-lock',
    invariant: 'whoever comes after a failure gets the lock',
    async holds(run, schedule) {
      let loads = 0;
      const store = {
        load: answers(schedule, () => {
          loads++;
          if (loads === 1) throw new Error('the store is away');
          return [];
        }),
        save: answers(schedule, () => undefined),
      };
      const append = from<(store: unknown, id: string, row: string) => Promise<void>>(run({ mutex: new Mutex() }), 'append');
      const first = append(store, 'a', 'row').catch(() => {});
      const second = append(store, 'a', 'row');
      await schedule.waitFor(first);
      let over = false;
      void second.then(() => (over = true));
      await schedule.waitIdle();
      await new Promise((resolve) => setImmediate(resolve));
      await schedule.waitIdle();
      return over;
    },
  },
];

/** `Promise.withResolvers` came with Node 22. */
class PromiseWithResolvers<T> extends Promise<T> {
  static withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void; reject: (error: unknown) => void } {
    let resolve!: (value: T) => void;
    let reject!: (error: unknown) => void;
    const promise = new Promise<T>((res, rej) => {
      resolve = res;
      reject = rej;
    });
    return { promise, resolve, reject };
  }
}
