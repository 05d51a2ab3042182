import { describe, expect, it } from 'vitest';

import { modelOf } from '../support/in-memory-model.js';

/** Can the call reject, where `work` has this body? `parameters` default to one event and its options. */
function given(call: string, body: string, parameters = 'event?: any, options?: any'): string {
  const source = `export {};
    declare function external(): Promise<string>;
    declare const some: any;
    async function work(${parameters}) { ${body} }
    const bound = work.bind(null, 'a');
    async function outer(event: any) { await work(event); }
    function fails(strict?: boolean) { if (strict) throw new Error(); }
    function test() { const x = ${call}; }`;
  const code = modelOf({ 'a.ts': source }, { node: true });
  return code.model.canReject(code.valueOf('x'));
}

const known = "if (event == null) throw new Error('none'); if (typeof event === 'string') { switch (event) { case 'open': case 'close': { return; } } } throw new Error('unknown');";

describe('a call that never comes to what fails', () => {
  it.each([
    ["work('open')", known],
    ["outer('close')", known],
    ['work()', 'if (options?.strict) await external();'],
    ['work(1, { strict: false })', 'if (options.strict) await external();'],
    ['work(1, {})', 'if (options.strict) await external();'],
    ['work(1, undefined)', 'return options ? external() : 1;'],
    ['work(true)', 'event || (await external());'],
    ["work('a')", 'event ?? (await external());'],
    ["work('a')", 'if (Array.isArray(event)) event = await external();'],
    ["work('a')", "if (!event || event === 'b') await external(); else return;"],
    ["work('a')", "switch (event) { case 'a': break; case 'b': await external(); break; default: await external(); }"],
    ['work(1)', "switch (event) { case 1: return; } await external();"],
    ["work({ kind: 'close' })", "const filter = event as { kind: string }; if (filter.kind === 'open') await external();"],
    ['work(1, { strict: false })', 'fails(options.strict);'],
    ['work(1)', 'if (event !== 1) await external();'],
  ])('%s of %s', (call, body) => expect(given(call, body)).toBe('no'));

  it('of a parameter with a default', () => {
    expect(given('work()', "if (event === 'open') await external();", "event = 'close'")).toBe('no');
  });
});

describe('a call that may come to it', () => {
  it.each([
    ["work('other')", known],
    ['work()', known],
    ["outer('other')", known],
    ['work(some)', known],
    ["work(...['open'])", known],
    ['work(1, { strict: true })', 'if (options.strict) await external();'],
    ['work(1, { ...some })', 'if (options.strict) await external();'],
    ["work('a')", "event = some; if (event === 'b') await external();"],
    ["work('a')", "if (some) event = 'b'; if (event === 'b') await external();"],
    ["work('a')", "[1].forEach(() => { event = 'b'; }); if (event === 'b') await external();"],
    ["work('a')", "for (;;) { if (event === 'b') await external(); event = 'b'; }"],
    ["work('a')", "try { event = some; some(); } finally { if (event === 'b') await external(); }"],
    ["work('a')", "{ const event = some; if (event === 'b') await external(); }"],
    ["work('a')", "try { await external(); } catch (event) { if (event === 'b') await external(); }"],
    ["work('a')", "const kind = some; { const kind = 'a'; some(kind); } if (kind === 'b') await external();"],
    ["work.call('b', 'a')", "if (event === 'a') await external();"],
    ["bound('b')", "if (event === 'a') await external();"],
    ["work('a')", "switch (event) { case 'a': some(); case 'b': await external(); }"],
    ["work('a')", "switch (event) { case some: return; case 'a': await external(); }"],
    ["work('a')", "for (const one of some) { if (one) break; } await external();"],
    ["work('a')", "out: { if (event === 'a') break out; return; } await external();"],
    ['work(1, { toString: 1 })', 'if (options.valueOf) await external();'],
    ['work(1, { get strict() { return true; } })', 'if (options.strict) await external();'],
    ["work('1')", 'if (event == 1) await external();'],
  ])('%s of %s', (call, body) => expect(given(call, body)).toBe('yes'));

  it('of a parameter with a default that comes to it', () => {
    expect(given('work()', "if (event === 'open') await external();", "event = 'open'")).toBe('yes');
  });
});
