/**
 * Per client library: what ends a call whose other side never answers. Entries of calls and constructions refer to these
 * by `endless`; a library with a short limit of its own is in it only for the option that takes the limit away.
 */
import type { EndlessWait } from './effect-model.js';

export const ENDLESS = {
  fetch: {
    client: 'fetch',
    otherwise: 'waits up to five minutes for the answer to begin, and as long again between two chunks',
    bounds: ['signal', 'dispatcher', 'timeout'],
    set: 'setGlobalDispatcher',
    because: 'the fetch of Node has the limits of undici, 300 seconds for headers and for a silent body; browsers have one of minutes or none',
  },
  nodeFetch: {
    client: 'node-fetch',
    otherwise: 'waits for ever',
    bounds: ['signal', 'timeout'],
    because: 'its timeout option, which version 3 has dropped, is 0; the timeout of an agent only emits an event, which it does not listen to',
  },
  undici: {
    client: 'undici',
    otherwise: 'waits up to five minutes for the answer to begin, and as long again between two chunks',
    bounds: ['signal', 'headersTimeout', 'bodyTimeout', 'dispatcher'],
    set: 'setGlobalDispatcher',
    because: 'headersTimeout and bodyTimeout are 300 seconds each',
  },
  undiciClient: {
    client: 'undici client',
    otherwise: 'waits up to five minutes for the answer to begin, and as long again between two chunks',
    bounds: ['signal', 'headersTimeout', 'bodyTimeout'],
    clientBounds: ['headersTimeout', 'bodyTimeout'],
    because: 'a dispatcher has the limits it was made with, and they are 300 seconds each',
  },
  http: {
    client: 'http',
    otherwise: 'waits for ever',
    bounds: ['signal', 'agent'],
    raises: 'timeout',
    members: ['setTimeout', 'destroy', 'abort'],
    because: 'a request has no limit; its timeout option only emits an event, upon which the program has to destroy the request',
  },
  net: {
    client: 'net',
    otherwise: 'waits as long as the peer is silent',
    bounds: ['signal'],
    raises: 'timeout',
    members: ['setTimeout', 'destroy', 'destroySoon', 'resetAndDestroy', 'end'],
    because: 'a socket has no limit; its timeout option only emits an event, upon which the program has to destroy the socket',
  },
  axios: {
    client: 'axios',
    otherwise: 'waits for ever',
    bounds: ['signal', 'timeout', 'cancelToken', 'httpAgent', 'httpsAgent'],
    clientBounds: ['timeout', 'signal', 'httpAgent', 'httpsAgent'],
    set: 'defaults',
    because: 'its timeout is 0, which is none',
  },
  got: {
    client: 'got',
    otherwise: 'waits for ever',
    bounds: ['signal', 'timeout', 'agent'],
    clientBounds: ['timeout', 'agent', 'signal'],
    because: 'none of its timeouts is set unless asked for',
  },
  ky: {
    client: 'ky',
    otherwise: 'waits for ever',
    bounds: ['signal'],
    offBy: 'timeout',
    because: 'it gives up after ten seconds, unless timeout is false',
  },
  pg: {
    client: 'pg',
    otherwise: 'waits for ever for a connection and for the answer of each query',
    bounds: ['connectionTimeoutMillis', 'query_timeout', 'statement_timeout', 'connectionString'],
    isClient: true,
    because: 'connectionTimeoutMillis, query_timeout and statement_timeout are none; a connection string may set them',
  },
  ioredis: {
    client: 'ioredis',
    otherwise: 'waits for ever once it is connected',
    bounds: ['commandTimeout', 'socketTimeout'],
    isClient: true,
    because: 'connectTimeout is ten seconds and ends only the connecting; commands wait on, and a connection that is cut off is not noticed',
  },
  redis: {
    client: 'redis',
    otherwise: 'waits for ever once it is connected',
    bounds: ['commandOptions', 'socketTimeout', 'pingInterval', 'commandTimeout'],
    isClient: true,
    because: 'connectTimeout is five seconds and ends only the connecting; socketTimeout and the timeout of commandOptions are none',
  },
  mongodb: {
    client: 'mongodb',
    otherwise: 'waits for ever once a server is chosen',
    bounds: ['timeoutMS', 'socketTimeoutMS'],
    isClient: true,
    because: 'serverSelectionTimeoutMS is thirty seconds and ends only the choice of a server; socketTimeoutMS and timeoutMS are none',
  },
  grpc: {
    client: 'grpc',
    otherwise: 'waits for ever',
    bounds: ['deadline'],
    members: ['cancel'],
    because: 'a call has no deadline unless its options say so',
  },
  ws: {
    client: 'ws',
    otherwise: 'waits for ever for the handshake',
    bounds: ['handshakeTimeout', 'signal', 'timeout', 'agent'],
    isClient: true,
    members: ['terminate', 'close', 'ping'],
    because: 'handshakeTimeout is none, and a connection that is cut off is not noticed without pings',
  },
} as const satisfies Readonly<Record<string, EndlessWait>>;
