import { callsBackOnce, failingIo, failingOrCallback } from './async-effects.js';
import type { CallEffects, EffectModel, EndlessWait, ModelSet } from './effect-model.js';
import { ENDLESS } from './endless-waits.js';

const request = failingIo('network');
const signalAt = (arg: number, endless: EndlessWait): CallEffects => ({ ...request, signal: { arg, property: 'signal' }, endless });

const AXIOS_TYPES = ['Axios', 'AxiosInstance', 'AxiosStatic'] as const;
const DISPATCHERS = { type: ['Dispatcher', 'Client', 'Pool', 'Agent', 'BalancedPool', 'ProxyAgent', 'MockAgent'], module: 'undici' } as const;
const VERBS = ['get', 'post', 'put', 'patch', 'head', 'delete'] as const;

/** Axios is called on the default export or on an instance, with the config in another place for each group of verbs. */
function axios(names: readonly string[], configArg: number, because: string): EffectModel[] {
  return [
    { match: { module: 'axios', name: names }, effects: signalAt(configArg, ENDLESS.axios), because },
    { match: { type: AXIOS_TYPES, module: 'axios', member: names }, effects: signalAt(configArg, ENDLESS.axios), because },
  ];
}

/** Got and ky: a function with one method per verb, and instances of the same shape. */
function fetchLike(module: 'got' | 'ky', type: string, because: string): EffectModel[] {
  return [
    { match: { module, name: ['default', module, ...VERBS] }, effects: signalAt(1, ENDLESS[module]), because },
    { match: { type, module, member: ['()', ...VERBS] }, effects: signalAt(1, ENDLESS[module]), because },
    { match: { module, name: ['extend', 'create'] }, effects: { throws: 'no', returns: { type, module } }, because: 'makes a client with other defaults and sends nothing' },
    { match: { type, module, member: ['extend', 'create'] }, effects: { throws: 'no', returns: { type, module } }, because: 'makes a client with other defaults and sends nothing' },
  ];
}

/** Azure's blob clients: options come last, behind arguments that may be left out, and hold the signal as `abortSignal`. */
const BLOB_CLIENTS = { type: ['BlobClient', 'BlockBlobClient', 'AppendBlobClient', 'PageBlobClient'], module: '@azure/storage-blob' } as const;
const BLOB_TRANSFERS = ['download', 'downloadToBuffer', 'downloadToFile', 'upload', 'uploadData', 'uploadFile', 'uploadStream', 'uploadBrowserData', 'stageBlock', 'commitBlockList', 'appendBlock', 'uploadPages'];

/** Services whose clients are met most; all are made by one generator. */
const AWS_SERVICES = [
  'api-gateway', 'athena', 'auto-scaling', 'bedrock', 'bedrock-agent-runtime', 'bedrock-runtime', 'cloudformation', 'cloudfront', 'cloudwatch', 'cloudwatch-logs',
  'cognito-identity', 'cognito-identity-provider', 'dynamodb', 'ec2', 'ecr', 'ecs', 'eventbridge', 'firehose', 'glue', 'iam', 'kinesis', 'kms', 'lambda', 'polly', 'rds',
  'rekognition', 's3', 'sagemaker', 'sagemaker-runtime', 'scheduler', 'secrets-manager', 'ses', 'sesv2', 'sfn', 'sns', 'sqs', 'ssm', 'sts', 'textract', 'transcribe',
];

/** A request fails with the network; most clients also reject for statuses, fetch does not. */
export const httpClients: ModelSet = {
  calls: [
    {
      match: { global: 'fetch' },
      effects: { ...signalAt(1, ENDLESS.fetch), returns: { type: 'Response', module: 'lib', awaited: true } },
      because: 'rejects when the network fails or the signal aborts, never throws at once, and has no deadline of its own worth the name',
    },
    {
      match: { module: ['undici', 'cross-fetch', 'isomorphic-fetch', 'node-fetch-native', 'whatwg-fetch'], name: ['fetch', 'default'] },
      effects: { ...signalAt(1, ENDLESS.fetch), returns: { type: 'Response', module: 'lib', awaited: true } },
      because: 'keeps the interface of fetch',
    },
    {
      match: { module: ['node-fetch', 'make-fetch-happen', 'minipass-fetch'], name: ['fetch', 'default'] },
      effects: { ...signalAt(1, ENDLESS.nodeFetch), returns: { type: 'Response', module: 'lib', awaited: true } },
      because: 'keeps the interface of fetch',
    },
    {
      match: { type: ['Response', 'Request', 'Body', 'BodyReadable', 'BodyMixin'], module: ['lib', 'node', 'undici', 'undici-types', 'node-fetch'], member: ['json', 'text', 'arrayBuffer', 'blob', 'formData', 'bytes'] },
      effects: { ...request, source: 'network' },
      because: 'reads the rest of the body from the network and may fail half-way',
    },
    {
      match: { module: 'undici', name: ['request', 'stream', 'connect', 'upgrade'] },
      effects: signalAt(1, ENDLESS.undici),
      because: 'takes the URL, then options that hold the signal',
    },
    {
      match: { ...DISPATCHERS, member: ['request', 'connect', 'upgrade'] },
      effects: { ...failingOrCallback, io: 'network', signal: { arg: 0, property: 'signal' }, endless: ENDLESS.undiciClient },
      because: 'a dispatcher takes options only, and they hold the signal',
    },
    {
      match: { ...DISPATCHERS, member: 'stream' },
      effects: signalAt(0, ENDLESS.undiciClient),
      because: 'a dispatcher takes options, which hold the signal, and a factory for the stream to write to',
    },
    {
      match: { ...DISPATCHERS, member: 'close' },
      effects: { ...failingOrCallback, io: 'network', closes: true, waitsForWork: true },
      because: 'waits for the requests under way',
    },
    {
      match: { ...DISPATCHERS, member: 'destroy' },
      effects: { ...failingOrCallback, io: 'network', closes: true },
      because: 'ends the connections and fails the requests under way',
    },

    ...axios(['get', 'delete', 'head', 'options'], 1, 'takes the URL, then a config that holds signal and timeout; rejects for statuses too'),
    ...axios(['post', 'put', 'patch', 'postForm', 'putForm', 'patchForm'], 2, 'takes URL and body, then a config that holds signal and timeout; rejects for statuses too'),
    ...axios(['request'], 0, 'takes the config alone; rejects for statuses too'),
    {
      match: { module: 'axios', name: 'default' },
      effects: signalAt(-1, ENDLESS.axios),
      because: 'takes a config, or a URL and a config; rejects for statuses too',
    },
    {
      match: { type: AXIOS_TYPES, module: 'axios', member: '()' },
      effects: signalAt(-1, ENDLESS.axios),
      because: 'takes a config, or a URL and a config; rejects for statuses too',
    },
    {
      match: { module: 'axios', name: 'create' },
      effects: { throws: 'no', returns: { type: 'AxiosInstance', module: 'axios' } },
      because: 'makes a client with other defaults and sends nothing',
    },
    {
      match: { type: AXIOS_TYPES, module: 'axios', member: 'create' },
      effects: { throws: 'no', returns: { type: 'AxiosInstance', module: 'axios' } },
      because: 'makes a client with other defaults and sends nothing',
    },

    ...fetchLike('got', 'Got', 'takes the URL, then options that hold the signal; retries and rejects for statuses too'),
    ...fetchLike('ky', 'KyInstance', 'takes the URL, then options that hold the signal; times out after ten seconds, retries and rejects for statuses too'),
    {
      match: { type: 'Client', module: '@grpc/grpc-js', member: ['makeUnaryRequest', 'makeClientStreamRequest', 'makeServerStreamRequest', 'makeBidiStreamRequest'] },
      effects: { io: 'network', callbacks: [callsBackOnce(-1)], endless: ENDLESS.grpc },
      because: 'sends the call, whose options hold its deadline; the callback gets the error or the answer',
    },
    {
      match: { module: 'superagent', name: ['get', 'post', 'put', 'patch', 'delete', 'del', 'head', 'options'] },
      effects: { throws: 'no' },
      because: 'only builds the request, which is sent when it is awaited or ended',
    },
    {
      match: { module: ['@smithy/smithy-client', '@aws-sdk/smithy-client', '@aws-sdk/lib-dynamodb', ...AWS_SERVICES.map((service) => `@aws-sdk/client-${service}`)], type: '*', member: 'send' },
      effects: { ...failingOrCallback, throws: 'no', io: 'network', signal: { arg: 1, property: 'abortSignal' } },
      because: 'sends the command, retrying by itself, and takes the signal as abortSignal',
    },
    {
      match: { type: 'Upload', module: '@aws-sdk/lib-storage', member: 'done' },
      effects: { ...request, endless: ENDLESS.s3Upload },
      because: 'sends the parts, some at a time, and ends before its end only by abort() or the abortController it was made with',
    },
    {
      match: { ...BLOB_CLIENTS, member: BLOB_TRANSFERS },
      effects: { ...request, signal: { arg: -1, property: 'abortSignal' } },
      because: 'moves the content in one or many requests, retrying by itself, and its last options hold the signal as abortSignal',
    },
  ],
  types: [
    { type: 'Response', module: ['lib', 'undici', 'undici-types', 'node-fetch'], is: ['response'], because: 'an answer whose body may still be on its way' },
  ],
};
