import { failing, failingIo, listens } from './async-effects.js';
import type { CallEffects, ModelSet } from './effect-model.js';

const sends = failingIo('network');
const BULL_ROLES = { type: ['Worker', 'Queue', 'QueueEvents', 'FlowProducer', 'QueueScheduler', 'QueueBase'], module: 'bullmq' } as const;
const KAFKA = { type: ['Consumer', 'Producer', 'Admin'], module: 'kafkajs' } as const;
const AMQP = { type: ['Channel', 'ConfirmChannel'], module: ['amqplib', 'amqplib/callback_api'] } as const;

/** A consumer that takes the next message only when the last is done, unless it is told to take several. */
const oneByOne = (arg: number, property: string | undefined, option: { readonly arg: number; readonly property: string }): NonNullable<CallEffects['callbacks']>[number] => ({
  arg,
  ...(property === undefined ? {} : { property }),
  timing: 'later-many',
  result: 'used',
  catches: true,
  repeatingIf: { kind: 'message', ...option },
});

/** Queues between processes: what comes from them comes from outside and never ends. */
export const messaging: ModelSet = {
  calls: [
    {
      match: { module: 'bullmq', name: 'Worker', construct: true },
      effects: { spawns: 'worker', source: 'message', callbacks: [oneByOne(1, undefined, { arg: 2, property: 'concurrency' })] },
      because: 'runs the processor for one job at a time unless concurrency says more; a rejection fails the job',
    },
    { match: { ...BULL_ROLES, member: ['add', 'addBulk', 'obliterate', 'drain', 'getJob', 'getJobs', 'pause', 'resume', 'waitUntilReady', 'upsertJobScheduler'] }, effects: { ...sends, io: 'database' }, because: 'one script run by the Redis server' },
    { match: { type: 'Worker', module: 'bullmq', member: 'close' }, effects: { ...sends, closes: true, waitsForWork: true }, because: 'takes no more jobs and waits for those under way, however long that takes' },
    { match: { type: ['Queue', 'QueueEvents', 'FlowProducer'], module: 'bullmq', member: 'close' }, effects: { ...sends, closes: true }, because: 'closes the connection' },
    {
      match: { type: ['Worker', 'Queue', 'QueueEvents'], module: 'bullmq', member: 'on' },
      effects: { throws: 'no', callbacks: [listens(1)], subscribe: { event: 0, handler: 1, removedBy: ['off', 'removeListener', 'removeAllListeners'], onceEvents: ['ready', 'closed', 'closing'], emitter: 'EventEmitter' } },
      because: 'an EventEmitter: handlers run for each event and their results are dropped',
    },
    {
      match: { type: 'Consumer', module: 'kafkajs', member: 'run' },
      effects: {
        ...failing,
        source: 'message',
        callbacks: [
          oneByOne(0, 'eachMessage', { arg: 0, property: 'partitionsConsumedConcurrently' }),
          oneByOne(0, 'eachBatch', { arg: 0, property: 'partitionsConsumedConcurrently' }),
        ],
      },
      because: 'awaits the handler before the next message, over as many partitions at once as it is told; run itself returns when consuming has begun',
    },
    { match: { ...KAFKA, member: ['connect', 'subscribe', 'send', 'sendBatch', 'commitOffsets', 'createTopics', 'listTopics'] }, effects: sends, because: 'one or more requests to the brokers, with retries of its own' },
    { match: { ...KAFKA, member: ['disconnect', 'stop'] }, effects: { ...sends, closes: true, waitsForWork: true }, because: 'waits for the handlers under way, then leaves the group' },
    {
      match: { ...AMQP, member: 'consume' },
      effects: { io: 'network', source: 'message', callbacks: [{ arg: 1, timing: 'later-many', result: 'ignored', repeating: 'message' }] },
      because: 'calls for each delivery without waiting, up to the prefetch count; what the callback returns is dropped',
    },
    { match: { module: 'amqplib', name: 'connect' }, effects: sends, because: 'opens the connection and rejects where it cannot; later failures are error events' },
    {
      match: { module: 'sqs-consumer', name: 'Consumer.create' },
      effects: {
        source: 'message',
        callbacks: [
          { arg: 0, property: 'handleMessage', timing: 'later-many', result: 'used', catches: true, repeatingIf: { kind: 'message', arg: 0, property: 'batchSize' } },
          { arg: 0, property: 'handleMessageBatch', timing: 'later-many', result: 'used', catches: true },
        ],
      },
      because: 'awaits the handlers of one batch before it polls again; a rejection leaves the message in the queue',
    },
    {
      match: { type: ['NatsConnection', 'NatsConnectionImpl'], module: ['nats', '@nats-io/nats-core', '@nats-io/transport-node'], member: ['drain', 'close', 'flush', 'request'] },
      effects: sends,
      because: 'a round trip to the server that fails with the connection',
    },
  ],
  types: [
    { ...BULL_ROLES, is: ['emitter'], because: 'an EventEmitter that reports lost connections as error events' },
    { type: 'Worker', module: 'bullmq', is: ['worker'], because: 'works on jobs until it is closed' },
    { type: ['ChannelModel', 'Connection', 'Channel', 'ConfirmChannel'], module: 'amqplib', is: ['emitter'], because: 'an EventEmitter that reports failures as error events' },
  ],
};
