import { groupBy } from '../core/group-by.js';
import { callsBackOnce, failing, failingIo, failingOrCallback, listens, reliable } from './async-effects.js';
import type { CallEffects, EffectModel, ModelSet } from './effect-model.js';
import { ENDLESS } from './endless-waits.js';
import { NODE_EMITTER_MODULES, NODE_STREAMS } from './events.js';

// ── files ─────────────────────────────────────────────────────────────────────────────────────────────

/** Functions of fs that exist with a callback, as a promise and, with `Sync`, as a blocking call. */
const FS = [
  'access', 'appendFile', 'chmod', 'chown', 'copyFile', 'cp', 'lchown', 'link', 'lstat', 'lutimes', 'mkdir', 'mkdtemp', 'open', 'opendir',
  'readFile', 'readdir', 'readlink', 'realpath', 'rename', 'rm', 'rmdir', 'stat', 'statfs', 'symlink', 'truncate', 'unlink', 'utimes', 'writeFile',
];
/** Functions on file descriptors: with a callback and blocking only. */
const FS_DESCRIPTOR = ['close', 'fchmod', 'fchown', 'fdatasync', 'fstat', 'fsync', 'ftruncate', 'futimes', 'read', 'readv', 'write', 'writev'];
/** What more is to be said of some of them: where outside values come from, and what becomes of the file that is named. */
const FS_MORE: Readonly<Record<string, Pick<CallEffects, 'source' | 'file'>>> = {
  readdir: { source: 'directory' }, opendir: { source: 'directory' }, readFile: { source: 'file' },
  access: { file: 'look' }, stat: { file: 'look' }, lstat: { file: 'look' },
  writeFile: { file: 'write' }, mkdir: { file: 'make' },
  unlink: { file: 'remove' }, rm: { file: 'remove' }, rmdir: { file: 'remove' }, rename: { file: 'remove' },
};
const FILE_HANDLE = ['appendFile', 'chmod', 'chown', 'datasync', 'read', 'readFile', 'readv', 'stat', 'sync', 'truncate', 'utimes', 'write', 'writeFile', 'writev'];

const sync = (names: readonly string[]): string[] => names.map((name) => `${name}Sync`);

/** `effects` for all names at once, with what more is to be said of some of them. */
function ofFs(names: readonly string[], suffix: string, modules: string | readonly string[], prefix: string, effects: CallEffects, because: string): EffectModel[] {
  const groups = groupBy(names, (name) => JSON.stringify(FS_MORE[name]));
  return [...groups.values()].map((group) => ({
    match: { module: modules, name: group.map((name) => `${prefix}${name}${suffix}`) },
    effects: { ...effects, ...FS_MORE[group[0]!] },
    because,
  }));
}

// The signal that readFile and writeFile accept is left out on purpose: local files end soon, and nobody asks for it to be passed on.
const files: EffectModel[] = [
  ...ofFs(FS, '', ['fs', 'graceful-fs'], '', { io: 'file', callbacks: [callsBackOnce(-1)] }, 'hands its error to the callback, whose own result is dropped'),
  ...ofFs(FS, '', ['fs/promises'], '', failingIo('file'), 'an async function that rejects where the file system refuses'),
  ...ofFs(FS, '', ['fs', 'graceful-fs', 'fs-extra'], 'promises.', failingIo('file'), 'an async function that rejects where the file system refuses'),
  ...ofFs([...FS, ...FS_DESCRIPTOR], 'Sync', ['fs', 'graceful-fs', 'fs-extra'], '', { io: 'file', throws: 'yes', blocks: true }, 'stops the thread for the disk and throws where the file system refuses'),
  ...ofFs(FS, '', ['fs-extra'], '', { ...failingOrCallback, io: 'file' }, 'keeps the names of fs and returns a promise where no callback is given'),
  {
    match: { module: ['fs', 'graceful-fs'], name: FS_DESCRIPTOR },
    effects: { io: 'file', callbacks: [callsBackOnce(-1)] },
    because: 'hands its error to the callback, whose own result is dropped',
  },
  {
    match: { module: 'fs-extra', name: ['copy', 'emptyDir', 'ensureDir', 'ensureFile', 'ensureLink', 'ensureSymlink', 'mkdirp', 'mkdirs', 'move', 'readJson', 'readJSON', 'remove'] },
    effects: { ...failingOrCallback, io: 'file' },
    because: 'several steps on the file system, rejecting where one of them fails',
  },
  {
    match: { module: 'fs-extra', name: ['outputFile', 'outputJson', 'outputJSON', 'writeJson', 'writeJSON'] },
    effects: { ...failingOrCallback, io: 'file', file: 'write' },
    because: 'replaces what is there, and rejects where the file system refuses',
  },
  {
    match: { module: 'tinyglobby', name: 'glob' },
    effects: { io: 'file', promise: true, canReject: 'unknown' },
    because: 'passes over the directories that it cannot read; only a pattern or option of the wrong kind makes it reject',
  },
  {
    match: { module: 'fs-extra', name: 'pathExists' },
    effects: { ...failingOrCallback, io: 'file', file: 'look' },
    because: 'says whether the file was there when it looked',
  },
  {
    match: { module: 'fs-extra', name: sync(['copy', 'emptyDir', 'ensureDir', 'ensureFile', 'mkdirp', 'mkdirs', 'move', 'outputFile', 'outputJson', 'readJson', 'remove', 'writeJson']) },
    effects: { io: 'file', throws: 'yes', blocks: true },
    because: 'stops the thread for the disk and throws where one of its steps fails',
  },
  {
    match: { module: ['fs', 'graceful-fs', 'fs-extra'], name: ['existsSync', 'pathExistsSync'] },
    effects: { io: 'file', throws: 'no', blocks: true, file: 'look' },
    because: 'answers false for whatever goes wrong',
  },
  {
    match: { module: ['fs', 'graceful-fs', 'fs-extra'], name: 'createReadStream' },
    effects: { io: 'file', source: 'file', returns: { type: 'ReadStream', module: 'fs' }, signal: { arg: 1, property: 'signal' } },
    because: 'opens later and reports failure as an error event',
  },
  {
    match: { module: ['fs', 'graceful-fs', 'fs-extra'], name: 'createWriteStream' },
    effects: { io: 'file', returns: { type: 'WriteStream', module: 'fs' }, signal: { arg: 1, property: 'signal' } },
    because: 'opens later and reports failure as an error event',
  },
  {
    match: { module: ['fs', 'graceful-fs', 'fs-extra'], name: 'watch' },
    effects: { io: 'file', callbacks: [listens(-1)], returns: { type: 'FSWatcher', module: 'fs' }, signal: { arg: 1, property: 'signal' } },
    because: 'calls back for each change until it is closed or its signal aborts',
  },
  {
    match: { module: ['fs', 'graceful-fs', 'fs-extra'], name: 'watchFile' },
    effects: { io: 'file', callbacks: [listens(-1)] },
    because: 'polls the file and calls back for each change until unwatchFile',
  },
  { match: { module: 'fs/promises', name: 'watch' }, effects: { io: 'file', signal: { arg: 1, property: 'signal' } }, because: 'an async iterator over changes that ends only through its signal' },
  { match: { type: 'FileHandle', module: 'fs/promises', member: FILE_HANDLE }, effects: failingIo('file'), because: 'rejects where the file system refuses' },
  { match: { type: 'FileHandle', module: 'fs/promises', member: 'close' }, effects: { ...failingIo('file'), closes: true }, because: 'waits for pending operations on the handle, then closes it' },
];

// ── processes and threads ─────────────────────────────────────────────────────────────────────────────

const CHILD = { spawns: 'child-process', io: 'process', returns: { type: 'ChildProcess', module: 'child_process' } } as const satisfies CallEffects;

const processes: EffectModel[] = [
  { match: { module: ['child_process', 'cross-spawn'], name: ['spawn', 'fork', 'default'] }, effects: { ...CHILD, signal: { arg: 2, property: 'signal' } }, because: 'starts a process that lives on; failure to start is an error event' },
  { match: { module: 'child_process', name: 'exec' }, effects: { ...CHILD, callbacks: [callsBackOnce(-1)], signal: { arg: 1, property: 'signal' } }, because: 'starts a shell and calls back when it has ended' },
  { match: { module: 'child_process', name: 'execFile' }, effects: { ...CHILD, callbacks: [callsBackOnce(-1)], signal: { arg: 2, property: 'signal' } }, because: 'starts a program and calls back when it has ended' },
  { match: { module: 'child_process', name: ['execSync', 'execFileSync'] }, effects: { io: 'process', throws: 'yes', blocks: true }, because: 'stops the thread until the program ends and throws for a failing exit code' },
  { match: { module: ['child_process', 'cross-spawn'], name: ['spawnSync', 'sync'] }, effects: { io: 'process', blocks: true }, because: 'stops the thread until the program ends and reports failure in its result' },
  { match: { type: 'ChildProcess', module: 'child_process', member: ['kill', 'ref', 'unref', 'disconnect'] }, effects: { throws: 'no' }, because: 'sends a signal or changes what keeps this process alive; a process already gone is no error' },
  { match: { module: 'execa', name: ['execa', 'execaCommand', 'default', 'execaNode'] }, effects: { ...failingIo('process'), spawns: 'child-process' }, because: 'settles with the process and rejects for a failing exit code' },
  { match: { module: 'execa', name: ['execaSync', 'execaCommandSync'] }, effects: { io: 'process', throws: 'yes', blocks: true }, because: 'stops the thread until the program ends and throws for a failing exit code' },
  { match: { module: 'worker_threads', name: 'Worker', construct: true }, effects: { spawns: 'worker' }, because: 'starts a thread that lives until it ends or is terminated; its uncaught errors are error events' },
  { match: { global: ['Worker', 'SharedWorker'], construct: true }, effects: { spawns: 'worker' }, because: 'starts a thread that lives until the page goes or it is terminated' },
  { match: { type: 'Worker', module: 'worker_threads', member: 'terminate' }, effects: { ...reliable, closes: true }, because: 'stops the thread wherever it is and resolves with its exit code' },
  { match: { module: 'cluster', name: 'fork' }, effects: { spawns: 'child-process', io: 'process', returns: { type: 'Worker', module: 'cluster' } }, because: 'starts a copy of this program' },
];

// ── network ───────────────────────────────────────────────────────────────────────────────────────────

const SERVERS = { type: ['Server', 'Http2Server', 'Http2SecureServer'], module: ['net', 'tls', 'http', 'https', 'http2'] } as const;
const STREAMS = { type: NODE_STREAMS, module: NODE_EMITTER_MODULES } as const;
const DNS = ['lookup', 'lookupService', 'resolve', 'resolve4', 'resolve6', 'resolveAny', 'resolveCaa', 'resolveCname', 'resolveMx', 'resolveNaptr', 'resolveNs', 'resolvePtr', 'resolveSoa', 'resolveSrv', 'resolveTxt', 'reverse'];

const server = (module: string, names: readonly string[], type: string): EffectModel => ({
  match: { module, name: names },
  effects: {
    spawns: 'server',
    callbacks: [{ arg: -1, timing: 'later-many', result: 'ignored', repeating: 'request' }],
    returns: { type, module },
  },
  because: 'the last argument becomes a listener of the server: it runs for each connection or request and its result is dropped',
});

const network: EffectModel[] = [
  server('http', ['createServer'], 'Server'),
  server('https', ['createServer'], 'Server'),
  server('net', ['createServer'], 'Server'),
  server('tls', ['createServer'], 'Server'),
  server('http2', ['createServer', 'createSecureServer'], 'Http2Server'),
  { match: { ...SERVERS, member: 'listen' }, effects: { callbacks: [callsBackOnce(-1)] }, because: 'binds later: the callback is a listening listener, failure an error event' },
  { match: { ...SERVERS, member: 'close' }, effects: { throws: 'no', callbacks: [callsBackOnce(-1)], closes: true, waitsForWork: true }, because: 'stops listening and calls back when the last connection is gone, however long that takes' },
  { match: { ...SERVERS, member: ['closeAllConnections', 'closeIdleConnections', 'ref', 'unref', 'address'] }, effects: { throws: 'no' }, because: 'drops connections or reads the address' },
  { match: { module: ['http', 'https'], name: ['request', 'get'] }, effects: { io: 'network', callbacks: [callsBackOnce(-1)], returns: { type: 'ClientRequest', module: 'http' }, signal: { arg: 1, property: 'signal' }, endless: ENDLESS.http }, because: 'the callback is a response listener; failures are error events of the request' },
  { match: { module: ['net', 'tls'], name: ['connect', 'createConnection'] }, effects: { io: 'network', callbacks: [callsBackOnce(-1)], returns: { type: 'Socket', module: 'net' }, endless: ENDLESS.net }, because: 'the callback is a connect listener; failures are error events of the socket' },
  { match: { module: 'http2', name: 'connect' }, effects: { io: 'network', callbacks: [callsBackOnce(-1)], returns: { type: 'ClientHttp2Session', module: 'http2' } }, because: 'the callback is a connect listener; failures are error events of the session' },
  { match: { module: 'dgram', name: 'createSocket' }, effects: { io: 'network', callbacks: [listens(-1, { repeating: 'message' })], returns: { type: 'Socket', module: 'dgram' } }, because: 'the last argument becomes a message listener' },
  { match: { module: 'dns', name: DNS }, effects: { io: 'network', callbacks: [callsBackOnce(-1)] }, because: 'hands its error to the callback, whose own result is dropped' },
  { match: { module: 'dns/promises', name: DNS }, effects: failingIo('network'), because: 'rejects where the name cannot be resolved' },
  { match: { module: 'dns', name: DNS.map((name) => `promises.${name}`) }, effects: failingIo('network'), because: 'rejects where the name cannot be resolved' },
];

// ── streams, lines, bytes ─────────────────────────────────────────────────────────────────────────────

const streams: EffectModel[] = [
  { match: { ...STREAMS, member: 'write' }, effects: { throws: 'no', callbacks: [callsBackOnce(-1)], buffers: 'false' }, because: 'queues the bytes and answers false when the queue is full; failures are error events' },
  { match: { ...STREAMS, member: 'end' }, effects: { throws: 'no', callbacks: [callsBackOnce(-1)] }, because: 'queues the last bytes and ends when they are out; failures are error events' },
  { match: { type: ['Readable', 'Duplex', 'PassThrough'], module: 'stream', member: ['push', 'unshift'] }, effects: { buffers: 'false' }, because: 'queues a chunk for readers and answers false when enough of them wait' },
  { match: { type: ['Hash', 'Hmac', 'Sign', 'Verify'], module: 'crypto', member: 'write' }, effects: { throws: 'no', buffers: 'never' }, because: 'digests the bytes at once and keeps none' },
  { match: { ...STREAMS, member: 'destroy' }, effects: { throws: 'no', closes: true }, because: 'gives the resource back and emits close; a second call does nothing' },
  { match: { ...STREAMS, member: ['pause', 'resume', 'setEncoding', 'cork', 'uncork', 'unpipe', 'setNoDelay', 'setKeepAlive', 'ref', 'unref'] }, effects: { throws: 'no' }, because: 'changes how the stream flows' },
  { match: { module: 'stream', name: 'pipeline' }, effects: { callbacks: [callsBackOnce(-1)] }, because: 'calls back once when every stage has ended or one has failed, and destroys them all' },
  { match: { module: 'stream', name: 'finished' }, effects: { throws: 'no', callbacks: [callsBackOnce(-1)], signal: { arg: 1, property: 'signal' } }, because: 'calls back once when the stream has ended, failed or closed too soon' },
  { match: { module: 'stream/promises', name: 'pipeline' }, effects: { ...failing, signal: { arg: -1, property: 'signal' } }, because: 'settles when every stage has ended or one has failed; the options come last' },
  { match: { module: 'stream', name: 'promises.pipeline' }, effects: { ...failing, signal: { arg: -1, property: 'signal' } }, because: 'settles when every stage has ended or one has failed; the options come last' },
  { match: { module: 'stream/promises', name: 'finished' }, effects: { ...failing, signal: { arg: 1, property: 'signal' } }, because: 'settles when the stream has ended, failed or closed too soon' },
  { match: { module: 'stream', name: 'promises.finished' }, effects: { ...failing, signal: { arg: 1, property: 'signal' } }, because: 'settles when the stream has ended, failed or closed too soon' },
  { match: { module: 'readline', name: 'createInterface' }, effects: { returns: { type: 'Interface', module: 'readline' } }, because: 'reads lines from its input until it is closed' },
  { match: { module: 'readline/promises', name: 'createInterface' }, effects: { returns: { type: 'Interface', module: 'readline/promises' } }, because: 'reads lines from its input until it is closed' },
  { match: { type: 'Interface', module: 'readline', member: 'close' }, effects: { throws: 'no', closes: true }, because: 'lets the input go; a second call does nothing' },
  { match: { type: 'Interface', module: 'readline/promises', member: 'question' }, effects: { ...failing, signal: { arg: 1, property: 'signal' } }, because: 'waits for a line; rejects only through its signal' },
  { match: { module: 'zlib', name: ['deflate', 'inflate', 'gzip', 'gunzip', 'deflateRaw', 'inflateRaw', 'unzip', 'brotliCompress', 'brotliDecompress'] }, effects: { io: 'cpu', callbacks: [callsBackOnce(-1)] }, because: 'works on a thread of the pool and calls back' },
  { match: { module: 'zlib', name: ['deflateSync', 'inflateSync', 'gzipSync', 'gunzipSync', 'deflateRawSync', 'inflateRawSync', 'unzipSync', 'brotliCompressSync', 'brotliDecompressSync'] }, effects: { io: 'cpu', blocks: true }, because: 'stops the thread for as long as the data is big' },
  { match: { module: 'crypto', name: ['pbkdf2', 'scrypt', 'generateKeyPair', 'generateKey', 'hkdf', 'randomFill', 'generatePrime', 'checkPrime'] }, effects: { io: 'cpu', callbacks: [callsBackOnce(-1)] }, because: 'works on a thread of the pool and calls back' },
  { match: { module: 'crypto', name: ['pbkdf2Sync', 'scryptSync', 'generateKeyPairSync', 'generatePrimeSync', 'checkPrimeSync'] }, effects: { io: 'cpu', blocks: true }, because: 'slow on purpose, and stops the thread meanwhile' },
  { match: { module: 'crypto', name: 'randomUUID' }, effects: { throws: 'no' }, because: 'a few random bytes from a cache' },
];

// ── helpers of the platform ───────────────────────────────────────────────────────────────────────────

const PATH = ['join', 'resolve', 'dirname', 'basename', 'extname', 'relative', 'normalize', 'parse', 'format', 'isAbsolute', 'toNamespacedPath'];

const platform: EffectModel[] = [
  { match: { module: ['path', 'path/posix', 'path/win32'], name: PATH }, effects: { throws: 'no' }, because: 'text operations that touch no disk' },
  { match: { module: 'path', name: PATH.flatMap((name) => [`posix.${name}`, `win32.${name}`]) }, effects: { throws: 'no' }, because: 'text operations that touch no disk' },
  { match: { module: 'os', name: ['arch', 'availableParallelism', 'cpus', 'endianness', 'freemem', 'hostname', 'loadavg', 'machine', 'networkInterfaces', 'platform', 'release', 'tmpdir', 'totalmem', 'type', 'uptime', 'version'] }, effects: { throws: 'no' }, because: 'reads facts about the machine' },
  { match: { module: 'util', name: ['inspect', 'format', 'formatWithOptions', 'isDeepStrictEqual', 'promisify', 'callbackify', 'deprecate', 'inherits', 'debuglog', 'stripVTControlCharacters'] }, effects: { throws: 'no' }, because: 'makes text or wraps a function and calls none' },
  { match: { global: 'Buffer.from' }, effects: { throws: 'no' }, because: 'copies bytes or decodes text leniently; throws only for types that the compiler keeps out' },
  { match: { module: 'buffer', name: 'Buffer.from' }, effects: { throws: 'no' }, because: 'copies bytes or decodes text leniently; throws only for types that the compiler keeps out' },
  { match: { type: 'Buffer', module: ['buffer', 'lib'], member: ['toString', 'equals', 'compare', 'indexOf', 'includes', 'slice', 'subarray', 'toJSON'] }, effects: { throws: 'no' }, because: 'reads bytes; indices out of range are clamped' },
  { match: { type: 'AsyncLocalStorage', module: 'async_hooks', member: 'run' }, effects: { callbacks: [{ arg: 1, timing: 'sync', result: 'used' }] }, because: 'calls the function at once with the store and returns its result' },
  { match: { type: 'AsyncLocalStorage', module: 'async_hooks', member: 'exit' }, effects: { callbacks: [{ arg: 0, timing: 'sync', result: 'used' }] }, because: 'calls the function at once without a store and returns its result' },
  { match: { type: 'AsyncLocalStorage', module: 'async_hooks', member: ['getStore', 'enterWith', 'disable'] }, effects: { throws: 'no' }, because: 'reads or sets the store of the current context' },
  { match: { type: 'AsyncResource', module: 'async_hooks', member: 'runInAsyncScope' }, effects: { callbacks: [{ arg: 0, timing: 'sync', result: 'used' }] }, because: 'calls the function at once in the context of the resource and returns its result' },
  { match: { module: 'diagnostics_channel', name: 'subscribe' }, effects: { throws: 'no', callbacks: [listens(1)] }, because: 'publish calls subscribers in order and drops what they return' },
];

export const node: ModelSet = {
  calls: [...files, ...processes, ...network, ...streams, ...platform],
  types: [
    { ...STREAMS, is: ['stream'], because: 'moves bytes with backpressure and reports failure as an error event' },
    { ...SERVERS, is: ['server'], because: 'accepts connections until it is closed' },
    { type: ['Socket', 'TLSSocket'], module: ['net', 'tls', 'dgram'], is: ['socket'], because: 'one end of a connection' },
    { type: 'ChildProcess', module: 'child_process', is: ['child-process'], because: 'a process that lives on until it ends or is killed' },
    { type: 'Worker', module: ['worker_threads', 'cluster', 'lib'], is: ['worker'], because: 'a thread or process that lives on until it is ended' },
    { type: ['IncomingMessage', 'Http2ServerRequest'], module: ['http', 'http2'], is: ['request'], because: 'one request, with a life as long as its answer' },
    { type: ['ServerResponse', 'Http2ServerResponse'], module: ['http', 'http2'], is: ['response'], because: 'the answer to one request' },
    { type: ['FileHandle', 'FSWatcher', 'Interface'], module: ['fs', 'fs/promises', 'readline', 'readline/promises'], is: ['disposable'], because: 'close lets the resource go' },
  ],
};
