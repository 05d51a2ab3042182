import { describe, expect, it } from 'vitest';
import { colorLevel } from '../../src/cli/color-level.js';

const TERMINAL = { TERM: 'xterm-256color' };

describe('colour', () => {
  it('is for terminals', () => {
    expect(colorLevel(undefined, TERMINAL, true)).toBe(2);
    expect(colorLevel(undefined, TERMINAL, false)).toBe(0);
  });

  it('is as deep as the terminal says', () => {
    expect(colorLevel(undefined, { TERM: 'xterm' }, true)).toBe(1);
    expect(colorLevel(undefined, { ...TERMINAL, COLORTERM: 'truecolor' }, true)).toBe(3);
  });

  it('is off under a NO_COLOR that is not empty, and on a dumb terminal', () => {
    expect(colorLevel(undefined, { ...TERMINAL, NO_COLOR: '1' }, true)).toBe(0);
    expect(colorLevel(undefined, { ...TERMINAL, NO_COLOR: '' }, true)).toBe(2);
    expect(colorLevel(undefined, { TERM: 'dumb' }, true)).toBe(0);
  });

  it('is forced before NO_COLOR is asked', () => {
    expect(colorLevel(undefined, { FORCE_COLOR: '3', NO_COLOR: '1' }, false)).toBe(3);
    expect(colorLevel(undefined, { FORCE_COLOR: '', TERM: 'xterm' }, false)).toBe(1);
    expect(colorLevel(undefined, { ...TERMINAL, FORCE_COLOR: '0' }, true)).toBe(0);
    expect(colorLevel(undefined, { ...TERMINAL, FORCE_COLOR: 'false' }, true)).toBe(0);
  });

  it('is decided by the flag before all else', () => {
    expect(colorLevel(false, { FORCE_COLOR: '3' }, true)).toBe(0);
    expect(colorLevel(true, { NO_COLOR: '1', TERM: 'dumb' }, false)).toBe(1);
  });

  it('is not switched on by a build service', () => {
    expect(colorLevel(undefined, { TF_BUILD: 'True', AGENT_NAME: 'x', CI: 'true', GITHUB_ACTIONS: 'true' }, false)).toBe(0);
  });
});
