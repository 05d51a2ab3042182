import { describe, expect, it } from 'vitest';

import { modelOf } from '../support/in-memory-model.js';

const PRELUDE = `
  import { spawn } from 'node:child_process';
  import { createServer } from 'node:net';
  import { EventEmitter } from 'node:events';
  declare function mystery(): EventEmitter;
  const bus = new EventEmitter();
  const make = () => new EventEmitter();
  const give = () => bus;
`;

function fresh(expression: string, before = ''): string {
  const code = modelOf({ 'a.ts': `${PRELUDE} class C { child: any; given = bus; test(param: EventEmitter, cond: boolean) { ${before} const x = ${expression}; } }` }, { node: true });
  return code.model.isFresh(code.valueOf('x'), code.fn('C.test'));
}

describe('an object is fresh', () => {
  it.each([
    ['new EventEmitter()', ''],
    ['{ a: 1 }', ''],
    ["spawn('ls')", ''],
    ["child.stdout", "const child = spawn('ls');"],
    ['createServer()', ''],
    ["createServer().on('error', () => {})", ''],
    ['make()', ''],
    ['own', 'const own = new EventEmitter();'],
    ['own', 'let own; own = new EventEmitter();'],
    ['cond ? new EventEmitter() : make()', ''],
    ['this.child', "this.child = spawn('ls');"],
  ])('%s %s', (expression, before) => expect(fresh(expression, before)).toBe('yes'));
});

describe('an object is somebody else\'s', () => {
  it.each([
    ['param', ''],
    ['bus', ''],
    ['process', ''],
    ['this.given', ''],
    ['this', ''],
    ['param.x', ''],
    ['own', 'const own = param;'],
  ])('%s %s', (expression, before) => expect(fresh(expression, before)).toBe('no'));

  it('when an enclosing function made it', () => {
    const code = modelOf({ 'a.ts': `${PRELUDE} function outer() { const own = new EventEmitter(); return () => { const x = own; }; }` }, { node: true });
    expect(code.model.isFresh(code.valueOf('x'), code.fn('<anonymous>'))).toBe('no');
  });
});

describe('it is unknown whether an object is fresh', () => {
  it.each([
    ['mystery()', ''],
    ['give()', ''],
    ['cond ? param : new EventEmitter()', ''],
  ])('%s %s', (expression, before) => expect(fresh(expression, before)).toBe('unknown'));

  it('when an event hands it to its callback: a connection, a request', () => {
    const code = modelOf({ 'a.ts': `${PRELUDE} createServer().on('connection', (socket) => { const x = socket; });` }, { node: true });
    expect(code.model.isFresh(code.valueOf('x'), code.fn('callback of createServer().on'))).toBe('unknown');
  });
});
