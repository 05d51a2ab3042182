import { chmodSync, existsSync, lstatSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeFile } from '../../src/cli/write.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'conclint-write-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a report file', () => {
  it('is written whole and leaves nothing beside it', () => {
    const path = join(folder, 'out.sarif');
    writeFile(path, 'x'.repeat(3_000_000));
    expect(readFileSync(path, 'utf8')).toHaveLength(3_000_000);
    expect(readdirSync(folder)).toEqual(['out.sarif']);
  });

  it('replaces an older one and keeps its mode', () => {
    const path = join(folder, 'out.json');
    writeFileSync(path, 'old');
    chmodSync(path, 0o640);
    writeFile(path, 'new');
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(statSync(path).mode & 0o777).toBe(0o640);
  });

  it('goes where a link points, and the link stays', () => {
    const [target, link] = [join(folder, 'target.json'), join(folder, 'link.json')];
    writeFileSync(target, 'old');
    symlinkSync(target, link);
    writeFile(link, 'new');
    expect(readFileSync(target, 'utf8')).toBe('new');
    expect(lstatSync(link).isSymbolicLink()).toBe(true);
  });

  it('makes the folders it needs', () => {
    writeFile(join(folder, 'a/b/out.json'), 'text');
    expect(readFileSync(join(folder, 'a/b/out.json'), 'utf8')).toBe('text');
  });

  it('is refused in words where a folder stands', () => {
    mkdirSync(join(folder, 'out'));
    expect(() => writeFile(join(folder, 'out'), 'text')).toThrow(/cannot write .*out: it is a folder/);
  });

  it('is refused in words below a file', () => {
    writeFileSync(join(folder, 'file'), '');
    expect(() => writeFile(join(folder, 'file/out'), 'text')).toThrow('a part of its path is not a folder');
    expect(existsSync(join(folder, 'file/out'))).toBe(false);
  });

  it.runIf(existsSync('/dev/full'))('says when the device is full', () => {
    expect(() => writeFile('/dev/full', 'text')).toThrow('cannot write /dev/full: no space left on the device');
  });
});
