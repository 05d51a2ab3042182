import { failing, failingOrCallback } from './async-effects.js';
import type { CallbackEffect, EffectModel, ModelSet } from './effect-model.js';

const VERBS = ['get', 'post', 'put', 'patch', 'delete', 'head', 'options', 'all'] as const;

/** A handler runs for each request, and requests overlap. */
const handler = (arg: number, result: CallbackEffect['result'], more: Partial<CallbackEffect> = {}): CallbackEffect => ({
  arg,
  timing: 'later-many',
  repeating: 'request',
  ...(result === undefined ? {} : { result }),
  ...more,
});
/** Routers take any number of handlers after the path; four are more than real code has. */
const handlersFrom = (first: number, result: CallbackEffect['result'], more: Partial<CallbackEffect> = {}): CallbackEffect[] =>
  [0, 1, 2, 3].map((i) => handler(first + i, result, more));

const EXPRESS_MODULES = ['express', 'express-serve-static-core', 'router'] as const;
const EXPRESS = { type: ['Express', 'Application', 'Router', 'IRouter', 'IRoute', 'Route', 'IApplication'], module: EXPRESS_MODULES } as const;
const FASTIFY = { type: 'FastifyInstance', module: 'fastify' } as const;
/** Members of a reply that give the reply. */
const REPLY_STEPS = ['code', 'status', 'header', 'headers', 'removeHeader', 'type', 'redirect', 'send', 'hijack', 'serializer', 'trailer', 'removeTrailer', 'setCookie', 'clearCookie'] as const;
const KOA_ROUTER = { type: ['Router', 'KoaRouter', 'default'], module: ['@koa/router', 'koa-router'] } as const;
const HONO = { type: ['Hono', 'HonoBase', 'OpenAPIHono', 'default'], module: ['hono', 'hono-base', '@hono/zod-openapi', 'hono/tiny', 'hono/quick'] } as const;

const makes = (module: string, name: string, type: string): EffectModel => ({
  match: { module, name },
  effects: { returns: { type, module } },
  because: `makes the ${module} application that handlers are put on`,
});

export const servers: ModelSet = {
  calls: [
    makes('express', 'default', 'Express'),
    makes('express', 'Router', 'Router'),
    {
      match: { module: 'fastify', name: ['default', 'fastify'] },
      effects: { mayFloat: true, returns: { type: 'FastifyInstance', module: 'fastify' } },
      because: 'the application is thenable, so that it can be awaited until its plugins are loaded, and need not be',
    },
    {
      match: { ...EXPRESS, member: VERBS },
      effects: { callbacks: [handler(0, 'unknown'), ...handlersFrom(1, 'unknown')] },
      because: 'handlers run for each request; express 5 awaits the promise they return, express 4 drops it',
    },
    {
      match: { ...EXPRESS, member: 'use' },
      effects: { callbacks: [handler(0, 'unknown'), ...handlersFrom(1, 'unknown')] },
      because: 'middleware runs for each request; express 5 awaits the promise it returns, express 4 drops it',
    },
    {
      match: { ...EXPRESS, member: 'param' },
      effects: { callbacks: [handler(1, 'unknown')] },
      because: 'runs for each request that has the parameter; express 5 awaits the promise it returns, express 4 drops it',
    },
    {
      match: { ...EXPRESS, member: 'listen' },
      effects: { spawns: 'server', callbacks: [{ arg: -1, timing: 'later-once', result: 'ignored' }], returns: { type: 'Server', module: 'http' } },
      because: 'makes a server of node:http and listens',
    },
    {
      match: { ...FASTIFY, member: VERBS },
      effects: { callbacks: [handler(-1, 'used', { catches: true })] },
      because: 'the handler comes last, its promise is the answer and its rejection goes to the error handler',
    },
    {
      match: { ...FASTIFY, member: 'route' },
      effects: { callbacks: [handler(0, 'used', { property: 'handler', catches: true })] },
      because: 'the handler of the description is awaited and its rejection goes to the error handler',
    },
    {
      match: { ...FASTIFY, member: 'addHook' },
      effects: { callbacks: [{ arg: 1, timing: 'later-many', result: 'used', catches: true }] },
      because: 'hooks are awaited; whether one runs for each request or once depends on its name',
    },
    {
      match: { ...FASTIFY, member: 'register' },
      effects: { callbacks: [{ arg: 0, timing: 'later-once', result: 'used', catches: true }], mayFloat: true },
      because: 'plugins are loaded in order before ready, which reports their failures; the result is a thenable nobody need await',
    },
    {
      match: { ...FASTIFY, member: ['listen', 'ready', 'inject'] },
      effects: failingOrCallback,
      because: 'waits for the plugins and rejects when one of them, or the port, fails',
    },
    {
      match: { ...FASTIFY, member: 'close' },
      effects: { ...failingOrCallback, closes: true, waitsForWork: true },
      because: 'runs the onClose hooks and waits for requests under way',
    },
    {
      match: { type: 'FastifyReply', module: 'fastify', member: REPLY_STEPS },
      effects: { mayFloat: true, canReject: 'no', returns: { type: 'FastifyReply', module: 'fastify' } },
      because: 'gives the reply itself, a thenable that nobody need await: a failure goes to the error handler, and once the answer has begun no handler could say more',
    },
    {
      match: { type: ['Koa', 'Application', 'default'], module: 'koa', member: 'use' },
      effects: { callbacks: [handler(0, 'used', { catches: true })] },
      because: 'middleware is awaited for each request and its rejection becomes the error event and a 500',
    },
    {
      match: { type: ['Koa', 'Application', 'default'], module: 'koa', member: 'listen' },
      effects: { spawns: 'server', callbacks: [{ arg: -1, timing: 'later-once', result: 'ignored' }], returns: { type: 'Server', module: 'http' } },
      because: 'makes a server of node:http and listens',
    },
    {
      match: { ...KOA_ROUTER, member: [...VERBS, 'del'] },
      effects: { callbacks: handlersFrom(1, 'used', { catches: true }) },
      because: 'handlers are awaited for each request and their rejections travel up the middleware',
    },
    {
      match: { ...KOA_ROUTER, member: 'use' },
      effects: { callbacks: [handler(0, 'used', { catches: true }), ...handlersFrom(1, 'used', { catches: true })] },
      because: 'middleware is awaited for each request and its rejection travels up',
    },
    {
      match: { ...HONO, member: VERBS },
      effects: { callbacks: handlersFrom(1, 'used', { catches: true }) },
      because: 'handlers are awaited for each request and their rejections go to onError',
    },
    {
      match: { ...HONO, member: 'use' },
      effects: { callbacks: [handler(0, 'used', { catches: true }), ...handlersFrom(1, 'used', { catches: true })] },
      because: 'middleware is awaited for each request and its rejection goes to onError',
    },
    {
      match: { ...HONO, member: ['onError', 'notFound'] },
      effects: { callbacks: [handler(0, 'used')] },
      because: 'called and awaited for each failing or unknown request',
    },
    {
      match: { module: '@hono/node-server', name: 'serve' },
      effects: { spawns: 'server', returns: { type: 'Server', module: 'http' }, callbacks: [{ arg: 1, timing: 'later-once', result: 'ignored' }] },
      because: 'makes a server of node:http and listens',
    },
    {
      match: { module: '@nestjs/core', name: ['NestFactory.create', 'NestFactory.createMicroservice', 'NestFactory.createApplicationContext'] },
      effects: { ...failing, spawns: 'server', returns: { type: 'INestApplication', module: '@nestjs/common', awaited: true } },
      because: 'builds the modules and rejects when one of them fails',
    },
    {
      match: { type: ['INestApplication', 'INestApplicationContext', 'INestMicroservice', 'NestExpressApplication', 'NestFastifyApplication'], module: ['@nestjs/common', '@nestjs/platform-express', '@nestjs/platform-fastify'], member: ['listen', 'init', 'startAllMicroservices'] },
      effects: failing,
      because: 'runs the start hooks and rejects when one of them, or the port, fails',
    },
    {
      match: { type: ['INestApplication', 'INestApplicationContext', 'INestMicroservice', 'NestExpressApplication', 'NestFastifyApplication'], module: ['@nestjs/common', '@nestjs/platform-express', '@nestjs/platform-fastify'], member: 'close' },
      effects: { ...failing, closes: true, waitsForWork: true },
      because: 'runs the shutdown hooks and waits for them and for the server',
    },
    {
      match: { module: 'socket.io', name: ['Server', 'default'], construct: true },
      effects: { spawns: 'server' },
      because: 'accepts connections until it is closed',
    },
    {
      match: { type: ['Server', 'Namespace', 'Socket', 'BroadcastOperator', 'StrictEventEmitter'], module: ['socket.io', 'socket.io-client', '@socket.io/component-emitter'], member: 'on' },
      effects: {
        throws: 'no',
        callbacks: [{ arg: 1, timing: 'later-many', result: 'ignored', repeating: 'event' }],
        subscribe: { event: 0, handler: 1, removedBy: ['off', 'removeListener', 'removeAllListeners'], onceEvents: ['disconnecting'], emitter: 'EventEmitter' },
      },
      because: 'handlers run for each event and their results are dropped',
    },
    {
      match: { global: ['Deno.serve', 'Bun.serve'] },
      effects: { spawns: 'server', callbacks: [handler(-1, 'used', { catches: true }), handler(0, 'used', { property: 'fetch', catches: true })] },
      because: 'awaits the handler for each request and answers 500 when it rejects',
    },
  ],
  types: [
    { type: ['Request', 'IncomingMessage'], module: EXPRESS_MODULES, is: ['request'], because: 'one request, with a life as long as its answer' },
    { type: 'Response', module: EXPRESS_MODULES, is: ['response'], because: 'the answer to one request' },
    { type: 'FastifyRequest', module: 'fastify', is: ['request'], because: 'one request, with a life as long as its answer' },
    { type: 'FastifyReply', module: 'fastify', is: ['response'], because: 'the answer to one request' },
    { type: ['Context', 'ParameterizedContext', 'ExtendableContext', 'RouterContext'], module: ['koa', '@koa/router', 'koa-router', 'hono'], is: ['request', 'response'], because: 'made for one request' },
    { type: 'Context', module: 'hono', is: ['raw-request-signal'], because: 'keeps the request of the platform as req.raw, whose signal aborts when the client goes away' },
    { type: ['Request', 'NextRequest', 'BunRequest'], module: ['lib', 'node', 'undici-types', 'next', 'next/server', 'bun', 'bun-types'], is: ['request-signal'], because: 'a request of the web, whose signal aborts when the client goes away' },
    { type: 'FastifyRequest', module: 'fastify', is: ['request-signal'], because: 'has a signal since version 5.7, which aborts when the client goes away' },
    { type: 'HonoRequest', module: 'hono', is: ['request'], because: 'one request, with a life as long as its answer' },
    { type: 'FastifyInstance', module: 'fastify', is: ['server'], because: 'accepts requests until it is closed' },
    { type: ['Server', 'Namespace'], module: 'socket.io', is: ['server', 'emitter'], because: 'accepts connections until it is closed' },
    { type: 'Socket', module: ['socket.io', 'socket.io-client'], is: ['socket', 'emitter'], because: 'one end of a connection' },
  ],
};
