import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { describe, expect, it } from 'vitest';
import { discoverFiles, type Discovery } from '../../src/project/discover.js';
import { findRoot } from '../../src/project/find-root.js';
import { type Content, scratch } from '../support/scratch.js';

interface Found extends Pick<Discovery, 'skipped'> {
  readonly files: readonly string[];
  /** `id message`, fatal ones marked. */
  readonly told: readonly string[];
  /** The files that the notifications speak of. */
  readonly about: readonly (string | undefined)[];
}

function discoverIn(root: string, patterns: readonly string[], more: { cwd?: string; ignores?: readonly string[] } = {}): Found {
  const { files, skipped, notifications } = discoverFiles({ root, cwd: join(root, more.cwd ?? '.'), patterns, ignores: more.ignores ?? [] });
  return {
    files: files.map((file) => relative(root, file)),
    skipped,
    told: notifications.map(({ id, message, fatal }) => `${id}${fatal ? '!' : ''} ${message}`),
    about: notifications.map(({ file }) => file),
  };
}

const discover = (files: Readonly<Record<string, Content>>, patterns: readonly string[] = ['.'], more: { cwd?: string; ignores?: readonly string[] } = {}): Found =>
  discoverIn(scratch(files), patterns, more);

describe('a folder', () => {
  it('gives every TypeScript and JavaScript file below it, in code-unit order', () => {
    const names = ['a.ts', 'b.tsx', 'c.mts', 'd.cts', 'e.js', 'f.jsx', 'g.mjs', 'h.cjs', 'B.ts', 'é.ts', 'sub/z.ts'];
    const { files, skipped } = discover(Object.fromEntries([...names, 'k.json', 'l.md', 'm.mtsx'].map((name) => [name, ''])));
    expect(files).toEqual(['B.ts', 'a.ts', 'b.tsx', 'c.mts', 'd.cts', 'e.js', 'f.jsx', 'g.mjs', 'h.cjs', 'sub/z.ts', 'é.ts']);
    expect(skipped).toEqual({});
  });

  it('is the working directory when nothing is named', () => {
    expect(discover({ 'a.ts': '', 'sub/b.ts': '' }, [], { cwd: 'sub' }).files).toEqual(['sub/b.ts']);
  });

  it('named twice, or with a file of its own, gives each file once', () => {
    expect(discover({ 'src/a.ts': '', 'src/b.ts': '' }, ['src', 'src/a.ts', './src/', 'src/**']).files).toEqual(['src/a.ts', 'src/b.ts']);
  });

  it('without the defaults that nobody writes by hand', () => {
    const files = ['node_modules/p/a.js', 'dist/a.js', 'build/a.js', 'coverage/a.js', '.next/a.js', 'lib/x.min.js', 'a.generated.ts', '__generated__/b.ts', 'src/node_modules/q.js'];
    const found = discover(Object.fromEntries([...files, 'lib/x.js'].map((name) => [name, ''])));
    expect(found.files).toEqual(['lib/x.js']);
    expect(found.skipped).toEqual({ 'ignored by default': 2, 'ignored folder': 7 });
  });

  it('called build or dist below src is source', () => {
    expect(discover({ 'src/build/a.ts': '', 'packages/p/src/dist/b.ts': '', 'src/.hidden/c.ts': '' }).files).toHaveLength(3);
  });

  it('called like a TypeScript file is still a folder', () => {
    expect(discover({ 'x.ts/a.ts': '' }, ['x.ts']).files).toEqual(['x.ts/a.ts']);
  });

  it('with nothing to analyse is fatal when it was typed', () => {
    expect(discover({ 'docs/a.md': '' }, ['docs']).told).toEqual(['no-files-matched! docs: no TypeScript or JavaScript file to analyse']);
    expect(discover({ 'dist/a.js': '' }, ['dist']).told).toEqual(['no-files-matched! dist: no TypeScript or JavaScript file to analyse: the folder is ignored by default']);
    expect(discover({ 'types/a.d.ts': '' }, ['types']).told[0]).toContain('1 passed over');
  });
});

describe('ignore rules', () => {
  it('of every .gitignore hold, the deeper one winning', () => {
    const found = discover({
      '.gitignore': '*.gen.ts\n/tmp/\nlocal\n',
      'a.gen.ts': '',
      'tmp/b.ts': '',
      'sub/tmp/c.ts': '',
      'sub/.gitignore': '!keep.gen.ts\nown.ts\n',
      'sub/keep.gen.ts': '',
      'sub/own.ts': '',
      'own.ts': '',
      'sub/local/d.ts': '',
    });
    expect(found.files).toEqual(['own.ts', 'sub/keep.gen.ts', 'sub/tmp/c.ts']);
    expect(found.skipped).toEqual({ 'ignored by .gitignore': 2, 'ignored folder': 2 });
  });

  it('of .gitignore files above the typed folder hold', () => {
    expect(discover({ '.gitignore': 'src/b.ts\n', 'src/a.ts': '', 'src/b.ts': '' }, ['.'], { cwd: 'src' }).files).toEqual(['src/a.ts']);
  });

  it('of .git/info/exclude hold', () => {
    expect(discover({ '.git/info/exclude': 'b.ts', 'a.ts': '', 'b.ts': '' }).files).toEqual(['a.ts']);
  });

  it('of the config add to the defaults and take from them', () => {
    const found = discover({ 'a.ts': '', 'old/b.ts': '', 'build/c.ts': '' }, ['.'], { ignores: ['/old/**', '!build/'] });
    expect(found.files).toEqual(['a.ts', 'build/c.ts']);
    expect(found.skipped).toEqual({ 'ignored by config': 1 });
  });
});

describe('a file passed by name', () => {
  it.each(['[slug].tsx', '(group)/page.tsx', '@modal/x.ts', '$id.tsx', 'a b.ts', 'a#b.ts', 'a%20b.ts', 'what?.ts', 'it\'s.ts', '"q".ts', '😀.ts', '-v.ts', '*.ts', '{a,b}.ts', '!x.ts', 'line\nbreak.ts'])(
    'is taken as it stands: %j',
    (name) => {
      expect(discover({ [name]: '', 'slug.tsx': '', 'a.ts': '' }, [name]).files).toEqual([name]);
    },
  );

  it('and ignored is told, and no failure', () => {
    const files = { 'dist/a.js': '', '.gitignore': 'b.ts', 'b.ts': '', 'c.d.ts': '', 'README.md': '', 'd.vue': '', 'e.ts': '// @generated\n' };
    const { told, about, files: found } = discover(files, ['dist/a.js', 'b.ts', 'c.d.ts', 'README.md', 'd.vue', 'e.ts']);
    expect(found).toEqual([]);
    expect(about.slice(0, 6)).toEqual(['dist/a.js', 'b.ts', 'c.d.ts', 'README.md', 'd.vue', 'e.ts']);
    expect(told.slice(0, 6)).toEqual([
      'file-ignored not analysed: ignored by default',
      'file-ignored not analysed: ignored by .gitignore',
      'file-ignored not analysed: a declaration file',
      'file-ignored not analysed: neither TypeScript nor JavaScript',
      'file-ignored not analysed: .vue files are not supported yet',
      'file-ignored not analysed: generated',
    ]);
  });

  it('that does not exist is fatal', () => {
    expect(discover({ 'a.ts': '' }, ['b.ts', 'a.ts/c.ts']).told).toEqual([
      'no-files-matched! b.ts: no such file or folder',
      'no-files-matched! a.ts/c.ts: no such file or folder',
    ]);
  });

  it('may lie outside the root', () => {
    const root = scratch({ 'repo/a.ts': '', 'other/b.ts': '', 'other/c.ts': '' });
    expect(discoverIn(join(root, 'repo'), ['../other/b.ts']).files).toEqual(['../other/b.ts']);
    expect(discoverIn(join(root, 'repo'), ['../other']).files).toEqual(['../other/b.ts', '../other/c.ts']);
  });
});

describe('a glob', () => {
  const tree = { 'src/a.ts': '', 'src/b.test.ts': '', 'src/deep/c.ts': '', 'src/.dot/d.ts': '', 'dist/e.ts': '', 'lib/f.js': '' };

  it.each([
    ['src/**/*.ts', ['src/.dot/d.ts', 'src/a.ts', 'src/b.test.ts', 'src/deep/c.ts']],
    ['src/*.ts', ['src/a.ts', 'src/b.test.ts']],
    ['./src/!(*.test).ts', ['src/a.ts']],
    ['{src,lib}/*.{ts,js}', ['lib/f.js', 'src/a.ts', 'src/b.test.ts']],
    ['*/e.ts', []],
    ['s*', ['src/.dot/d.ts', 'src/a.ts', 'src/b.test.ts', 'src/deep/c.ts']],
    ['*/deep', ['src/deep/c.ts']],
    ['*/deep/', ['src/deep/c.ts']],
    ['di*', []],
  ])('%s gives what it matches and is not ignored', (pattern, expected) => {
    expect(discover(tree, [pattern]).files).toEqual(expected);
  });

  it('that matches nothing is fatal', () => {
    expect(discover(tree, ['src/**/*.vue', 'none/**/*.ts']).told).toEqual([
      'no-files-matched! src/**/*.vue: no TypeScript or JavaScript file to analyse',
      'no-files-matched! none/**/*.ts: no file matches',
    ]);
  });
});

describe('content', () => {
  const LONG_LINE = `var a=[${'1,'.repeat(3000)}];`;

  it.each([
    ['too large', 'a;\n'.repeat(400_000)],
    ['binary', Buffer.from('const a = 1;\0\0')],
    ['not UTF-8', Buffer.from('// caf\xe9', 'latin1')],
    ['not UTF-8', Buffer.from('\uFEFFconst a = 1', 'utf16le')],
    ['generated', '#!/usr/bin/env node\n/* eslint-disable */\n// Code generated by protoc-gen-ts. DO NOT EDIT.\nexport {};'],
    ['generated', '\uFEFF/**\n * @generated SignedSource<<x>>\n */\nexport {};'],
    ['minified', LONG_LINE],
  ])('that is %s is counted, not analysed', (reason, content) => {
    const { files, skipped } = discover({ 'a.ts': '', 'b.ts': content });
    expect(files).toEqual(['a.ts']);
    expect(skipped).toEqual({ [reason]: 1 });
  });

  it.each([
    ['nothing at all', ''],
    ['a byte order mark', '\uFEFFlet a;'],
    ['a marker that its own code looks for', 'const marker = "@generated";\n// @generated\n'],
    ['one long line among many', `${LONG_LINE}\n${'a;\n'.repeat(60)}`],
    ['carriage returns, line separators, lone surrogates written as escapes', 'a;\r\nb;\rc;\u2028d = "\\ud800";'],
  ])('may be %s', (_, content) => {
    expect(discover({ 'a.ts': content }).files).toEqual(['a.ts']);
  });

  it('that its author may believe to be analysed is told once', () => {
    const { told, skipped } = discover({ 'a.ts': '', 'b.vue': '', 'c.vue': '', 'd.svelte': '', 'e.astro': '', 'f.ts': LONG_LINE });
    expect(skipped).toEqual({ '.astro': 1, '.svelte': 1, '.vue': 2, minified: 1 });
    expect(told).toEqual(['files-skipped files not analysed: 1 minified, 2 .vue, 1 .svelte, 1 .astro']);
  });
});

describe('links and what is no file', () => {
  it('that form a loop end', () => {
    expect(discover({ 'src/a.ts': '', 'src/loop': { link: '..' }, 'src/self': { link: '.' } }).files).toEqual(['src/a.ts']);
  });

  it('give what they lead to once, by its real path', () => {
    expect(discover({ 'real/a.ts': '', 'b.ts': { link: 'real/a.ts' }, 'folder': { link: 'real' } }).files).toEqual(['real/a.ts']);
    expect(discover({ 'real/a.ts': '', 'b.ts': { link: 'real/a.ts' } }, ['b.ts']).files).toEqual(['real/a.ts']);
  });

  it('that are broken, leave the root or lead into packages are passed over', () => {
    const root = scratch({ 'out/x.ts': '', 'repo/a.ts': '', 'repo/gone.ts': { link: 'nowhere.ts' }, 'repo/out.ts': { link: '../out/x.ts' }, 'repo/node_modules/p/i.ts': '', 'repo/p': { link: 'node_modules/p' } });
    const { files, skipped } = discoverIn(join(root, 'repo'), ['.']);
    expect(files).toEqual(['a.ts']);
    expect(skipped).toEqual({ 'broken link': 1, 'ignored folder': 2, 'outside the root': 1 });
  });

  it.skipIf(process.platform === 'win32')('that are pipes are never opened', () => {
    const root = scratch({ 'a.ts': '' });
    expect(spawnSync('mkfifo', [join(root, 'pipe.ts')]).status).toBe(0);
    expect(discoverIn(root, ['.'])).toMatchObject({ files: ['a.ts'], skipped: { 'not a regular file': 1 } });
    expect(discoverIn(root, ['pipe.ts']).told).toEqual(['file-unreadable! pipe.ts: not a regular file']);
  });

  it.skipIf(process.getuid?.() === 0 || process.platform === 'win32')('that may not be read are fatal', () => {
    const root = scratch({ 'a.ts': '', 'locked.ts': '' });
    mkdirSync(join(root, 'closed'));
    chmodSync(join(root, 'locked.ts'), 0);
    chmodSync(join(root, 'closed'), 0);
    const { files, told } = discoverIn(root, ['.', 'locked.ts']);
    chmodSync(join(root, 'closed'), 0o700);
    expect(files).toEqual(['a.ts']);
    expect(told).toEqual(['file-unreadable! locked.ts: cannot be read', 'file-unreadable! closed: cannot be read']);
  });
});

describe('the root', () => {
  it('is the top of git, found without git', () => {
    const root = scratch({ 'repo/.git/HEAD': '', 'repo/a/b/c.ts': '' });
    expect(findRoot(join(root, 'repo/a/b'), join(root, 'repo/a'))).toBe(join(root, 'repo'));
  });

  it('is the top of a worktree or submodule, where .git is a file', () => {
    const root = scratch({ '.git/HEAD': '', 'sub/.git': 'gitdir: elsewhere', 'sub/a/b.ts': '' });
    expect(findRoot(join(root, 'sub/a'))).toBe(join(root, 'sub'));
  });

  it('is the folder of the config, else the working directory, outside git', () => {
    const root = scratch({ 'a/b/c.ts': '' });
    expect(findRoot(join(root, 'a/b'), join(root, 'a'))).toBe(join(root, 'a'));
    expect(findRoot(join(root, 'a/b'))).toBe(join(root, 'a/b'));
  });

  it('is a real path', () => {
    const root = scratch({ 'real/c.ts': '', 'link': { link: 'real' } });
    expect(findRoot(join(root, 'link'))).toBe(join(root, 'real'));
  });
});
