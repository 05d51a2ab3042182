/**
 * Reports of the corpus that a test runs: the project's own code is loaded from its checkout, the world around it is stubbed, and
 * the schedule of the report is played. Each says what the program then does wrong.
 */
import { EventEmitter } from 'node:events';
import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { createJiti } from 'jiti';

export interface Reproduction {
  /** As in `projects.json`. */
  readonly project: string;
  readonly file: string;
  readonly ruleId: string;
  /** The preset it is reported at, from the label. */
  readonly preset: 'recommended' | 'strict' | 'all';
  /** The schedule, in one line. */
  readonly schedule: string;
  /** Whether the schedule did the damage, against the checkout in `folder`. */
  readonly happens: (folder: string) => Promise<boolean>;
}

export const REPRODUCTIONS: readonly Reproduction[] = [
  {
    project: 'typeorm',
    file: 'src/driver/sap/SapQueryRunner.ts',
    ruleId: 'unreleased-lock',
    preset: 'recommended',
    schedule: 'query 1 takes the lock, the pool has no connection and connect() rejects; the pool recovers, query 2 waits for the lock for ever',
    happens: secondQueryWaitsForEver,
  },
  {
    project: 'typeorm',
    file: 'src/driver/sqlserver/SqlServerQueryRunner.ts',
    ruleId: 'unreleased-lock',
    preset: 'recommended',
    schedule: 'stream() takes the lock, the pool has no connection and the wait for one rejects; the pool recovers, the next stream() waits for the lock for ever',
    happens: secondStreamWaitsForEver,
  },
  {
    project: 'grpc-node',
    file: 'packages/grpc-js/src/single-subchannel-channel.ts',
    ruleId: 'stuck-flag',
    preset: 'all',
    schedule: 'a message arrives that the filter cannot read, the flag stays set; the status arrives, is put aside until the flag is reset, and the caller never hears it',
    happens: statusIsNeverHeard,
  },
  {
    project: 'etherpad-lite',
    file: 'src/node/handler/PadMessageHandler.ts',
    ruleId: 'lost-update',
    preset: 'recommended',
    schedule: 'A reads rev 0 and waits for revision 1; B, for the same pad, reads rev 0 and waits for revision 1; both send revision 1 to the same client',
    happens: revisionIsSentTwice,
  },
];

async function secondQueryWaitsForEver(folder: string): Promise<boolean> {
  const { SapQueryRunner } = await load<{ SapQueryRunner: new (driver: unknown, mode: string) => { query(sql: string): Promise<unknown> } }>(
    folder,
    'src/driver/sap/SapQueryRunner.ts',
  );
  let poolIsFull = true;
  const connection = { exec: (...given: readonly unknown[]) => (given.at(-1) as (failure: null, rows: readonly unknown[]) => void)(null, []) };
  const logger = { logQuery() {}, logQueryError() {}, logQuerySlow() {} };
  const obtainMasterConnection = async (): Promise<unknown> => {
    if (poolIsFull) throw new Error('no connection in time');
    return connection;
  };
  const newRunner = () => new SapQueryRunner({ dataSource: { options: {}, subscribers: [], logger }, obtainMasterConnection }, 'master');
  const runner = newRunner();
  await runner.query('SELECT 1').catch(() => undefined);
  poolIsFull = false;
  // That a runner without the failure answers shows that the stubs are enough for an answer.
  return (await settles(newRunner().query('SELECT 1'))) && !(await settles(runner.query('SELECT 1')));
}

async function secondStreamWaitsForEver(folder: string): Promise<boolean> {
  const { SqlServerQueryRunner } = await load<{ SqlServerQueryRunner: new (driver: unknown, mode: string) => { stream(sql: string): Promise<unknown> } }>(
    folder,
    'src/driver/sqlserver/SqlServerQueryRunner.ts',
  );
  let poolIsFull = true;
  const obtainMasterConnection = async (): Promise<unknown> => {
    if (poolIsFull) throw new Error('no connection in time');
    return {};
  };
  const mssql = { Request: class { query() {} toReadableStream() { return new EventEmitter(); } } };
  const newRunner = () => new SqlServerQueryRunner({ dataSource: { options: {}, subscribers: [], logger: { logQuery() {} } }, mssql, obtainMasterConnection }, 'master');
  const runner = newRunner();
  await runner.stream('SELECT 1').catch(() => undefined);
  poolIsFull = false;
  return (await settles(newRunner().stream('SELECT 1'))) && !(await settles(runner.stream('SELECT 1')));
}

interface Listener {
  onReceiveMetadata(metadata: unknown): unknown;
  onReceiveMessage(message: unknown): unknown;
  onReceiveStatus(status: unknown): unknown;
}

async function statusIsNeverHeard(folder: string): Promise<boolean> {
  const source = join(folder, 'packages/grpc-js/src');
  const { setup } = await load<{ setup(): void }>(source, 'resolver-dns.ts');
  const { Metadata } = await load<{ Metadata: new () => unknown }>(source, 'metadata.ts');
  const { ConnectivityState } = await load<{ ConnectivityState: { READY: number } }>(source, 'connectivity-state.ts');
  const { SingleSubchannelChannel } = await load<{
    SingleSubchannelChannel: new (...given: unknown[]) => { createCall(method: string, deadline: number): { start(metadata: unknown, listener: Listener): Promise<void> } };
  }>(source, 'single-subchannel-channel.ts');
  setup();

  const statusAfter = async (message: Buffer): Promise<readonly unknown[]> => {
    let network: Listener | undefined;
    const subchannel = {
      getAddress: () => 'peer',
      getConnectivityState: () => ConnectivityState.READY,
      getCallCredentials: () => ({ generateMetadata: async () => new Metadata() }),
      createCall: (_method: string, _host: string, _options: unknown, listener: Listener) => {
        network = listener;
        return {};
      },
    };
    const channel = new SingleSubchannelChannel(subchannel, { scheme: 'dns', path: 'peer' }, { 'grpc.enable_channelz': 0 });
    const heard: unknown[] = [];
    await channel.createCall('/service/method', Infinity).start(new Metadata(), {
      onReceiveMetadata: () => undefined,
      onReceiveMessage: () => undefined,
      onReceiveStatus: (status) => heard.push(status),
    });
    await network?.onReceiveMetadata(new Metadata());
    // The call that gave this message drops the promise.
    await Promise.resolve(network?.onReceiveMessage(message)).catch(() => undefined);
    await network?.onReceiveStatus({ code: 0, details: '', metadata: new Metadata() });
    return heard;
  };
  // The first byte of a frame says whether it is compressed, the next four its length.
  const [plain, compressed] = [Buffer.from([0, 0, 0, 0, 0]), Buffer.from([1, 0, 0, 0, 0])];
  return (await statusAfter(plain)).length === 1 && (await statusAfter(compressed)).length === 0;
}

async function revisionIsSentTwice(folder: string): Promise<boolean> {
  const handler = await load<{
    sessioninfos: Record<string, unknown>;
    setSocketIO(io: unknown): void;
    updatePadClients(pad: unknown): Promise<void>;
  }>(folder, 'src/node/handler/PadMessageHandler.ts');
  const { default: AttributePool } = await load<{ default: new () => unknown }>(folder, 'src/static/js/AttributePool.ts');
  const sent: number[] = [];
  const socket = { id: 'client', emit: (_event: string, { data }: { data: { newRev: number } }) => sent.push(data.newRev) };
  handler.setSocketIO({ sockets: { adapter: { rooms: new Map([['pad', new Set(['client'])]]) }, sockets: new Map([['client', socket]]) } });
  handler.sessioninfos['client'] = { rev: 0, time: 0 };
  const getRevision = async (): Promise<unknown> => {
    await turn();
    return { changeset: 'Z:1>1*0+1$a', meta: { author: 'a.author', timestamp: 1 } };
  };
  const pad = { id: 'pad', pool: new AttributePool(), getHeadRevisionNumber: () => 1, getRevision };
  await Promise.all([handler.updatePadClients(pad), handler.updatePadClients(pad)]);
  return sent.length === 2 && sent.every((revision) => revision === 1);
}

/** A module of a checkout. What it exports is not typed here: the caller says what it needs of it. */
async function load<T>(folder: string, file: string): Promise<T> {
  return createJiti(import.meta.url, { fsCache: false }).import<T>(join(folder, file));
}

/** Whether the promise settles within some turns of the event loop: none of the stubs takes longer. */
async function settles(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  promise.then(
    () => (settled = true),
    () => (settled = true),
  );
  for (let turns = 0; turns < 50 && !settled; turns++) await turn();
  return settled;
}
