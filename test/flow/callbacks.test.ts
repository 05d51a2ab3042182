import { describe, expect, it } from 'vitest';

import { modelOf } from '../support/in-memory-model.js';

const PRELUDE = `
  import { EventEmitter } from 'node:events';
  declare const emitter: EventEmitter;
  declare function handOn(f: unknown): void;
  function twice(f: () => void) { f(); f(); }
  function later(ms: number, f: () => void) { setTimeout(f, ms); }
  const guarded = (f: () => void) => f;
`;

/** `argument timing` of the callback that is called `target`. */
function timing(call: string): string | undefined {
  const { model, fn } = modelOf({ 'a.ts': `${PRELUDE} ${call.replace('FN', 'function target() {}')}` }, { node: true });
  const callback = model.callbackOf(fn('target'));
  return callback && `${callback.arg} ${callback.timing}`;
}

describe('a callback is run', () => {
  it.each([
    ['[1].forEach(FN);', '0 sync'],
    ['setTimeout(FN, 1);', '0 later-once'],
    ["emitter.on('x', FN);", '1 later-many'],
    ["emitter.on('x', FN.bind(null));", '1 later-many'],
    ["emitter.on('x', (FN) as () => void);", '1 later-many'],
    ['new Promise(FN);', '0 sync'],
    ['twice(FN);', '0 sync'],
    ['later(1, FN);', '1 later-once'],
    ['handOn(FN);', '0 unknown'],
    ['handOn({ f: FN });', '0 unknown'],
    ["emitter.on('x', guarded(FN));", '1 later-many'],
  ])('by %s as %s', (call, expected) => expect(timing(call)).toBe(expected));

  it('by nobody where it is no argument', () => {
    expect(timing('const kept = FN;')).toBeUndefined();
    expect(timing('(FN)();')).toBeUndefined();
  });
});
