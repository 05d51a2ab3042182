import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { breakWorkflowCommands, escapeLine, escapeSarifText, relativeUri, visible, visibleSource } from '../../src/core/escape.js';
import { hostileText, runnerCommands } from '../support/hostile-text.js';

test('terminal sequences, direction overrides and line breaks become readable', () => {
  expect(visible('a\u001b[31mb\u202ec\nd\u2028e\ud800f\u{1f600}')).toBe('a\\u{1b}[31mb\\u{202e}c\\u{a}d\\u{2028}e\\u{d800}f\u{1f600}');
});

test('a code frame keeps its tabs', () => {
  expect(visibleSource('\tx\u0007')).toBe('\tx\\u{7}');
});

test('what is left of any text can be printed, and is legal in XML', () => {
  fc.assert(
    fc.property(hostileText, (text) => {
      // The characters that XML 1.0 allows, less line breaks and those that change direction.
      expect(visible(text)).toMatch(/^[\u0020-\u007e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]*$/u);
      expect(visible(text)).not.toMatch(/[\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/);
    }),
  );
});

test('no runner finds a command in what went through the escapers', () => {
  fc.assert(
    fc.property(fc.array(hostileText), (lines) => {
      expect(runnerCommands(breakWorkflowCommands(lines.join('\n')))).toEqual([]);
      expect(runnerCommands(lines.map(escapeLine).join('\n'))).toEqual([]);
    }),
  );
});

test('ordinary colons and hashes stay as they are', () => {
  const text = 'a::b\n  x: Foo::bar\n## [link]\n#[derive]';
  expect(breakWorkflowCommands(text)).toBe(text);
});

test('brackets and backslashes are no links in a SARIF message', () => {
  expect(escapeSarifText('xs[0] \\ y')).toBe('xs\\[0\\] \\\\ y');
});

describe('a relative path as a URI', () => {
  test.each([
    ['src/a b.ts', 'src/a%20b.ts'],
    ['src/#1?%.ts', 'src/%231%3F%25.ts'],
    ['app/[slug]/(group)/@modal.tsx', 'app/%5Bslug%5D/(group)/%40modal.tsx'],
    ['javascript:alert(1).ts', 'javascript%3Aalert(1).ts'],
    ['../x/ü.ts', '../x/%C3%BC.ts'],
    ['\ud800.ts', '%EF%BF%BD.ts'],
  ])('%s is %s', (path, uri) => {
    expect(relativeUri(path)).toBe(uri);
  });
});
