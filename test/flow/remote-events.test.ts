import { describe, expect, it } from 'vitest';

import { modelOf } from '../support/in-memory-model.js';

const PRELUDE = `
  import { EventEmitter } from 'node:events';
  import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
  import { Socket } from 'node:net';
  declare const socket: Socket;
  declare const emitter: EventEmitter;
`;

function eventOf(source: string, name = 'task'): string | undefined {
  const { model, fn } = modelOf({ 'a.ts': PRELUDE + source }, { node: true });
  const event = model.remoteEvent(fn(name));
  return event && `${event.kind}, ${event.calls.length} calls`;
}

describe('a function is run by what arrives from outside', () => {
  it('when it is registered for it', () => {
    expect(eventOf('function task() {} createServer(task);')).toBe('request, 0 calls');
    expect(eventOf("function task() {} socket.on('data', task);")).toBe('message, 0 calls');
    expect(eventOf('class A { @MessagePattern("x") task() {} }', 'A.task')).toBe('message, 0 calls');
  });

  it('when it takes a request and its response', () => {
    expect(eventOf('export function task(request: IncomingMessage, response: ServerResponse) {}')).toBe('request, 0 calls');
    expect(eventOf('export function task(answer: IncomingMessage) {}')).toBeUndefined();
  });

  it('when a handler calls it, however deep', () => {
    expect(eventOf('function task() {} function middle() { task(); } createServer(() => middle());')).toBe('request, 2 calls');
    expect(eventOf('class A { task() {} handle() { [1].forEach(() => this.task()); } } const a = new A(); createServer(() => a.handle());', 'A.task')).toBe('request, 3 calls');
  });
});

describe('a function is not run by what arrives from outside', () => {
  it('when it is called by the program itself', () => {
    expect(eventOf('function task() {} export function main() { task(); } main();')).toBeUndefined();
    expect(eventOf('function task() {} setInterval(task, 10);')).toBeUndefined();
  });

  it('when the emitter may be anything', () => {
    expect(eventOf("function task() {} emitter.on('change', task);")).toBeUndefined();
  });

  it('when the connection comes up once', () => {
    expect(eventOf("function task() {} socket.on('connect', task); socket.once('data', task);")).toBeUndefined();
  });
});
