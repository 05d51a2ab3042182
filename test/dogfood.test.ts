import { describe, expect, it } from 'vitest';
import { PROJECT_ROOT } from '../src/docgen/rule-files.js';
import { runCli } from './cli/run-cli.js';

describe('conclint on its own source', () => {
  it('finds nothing at the strict preset', () => {
    const { stdout, stderr, code } = runCli(['src/', 'rules/', '--preset', 'strict', '--format', 'compact'], { cwd: PROJECT_ROOT });
    expect({ stdout, stderr, code }).toEqual({ stdout: '', stderr: '', code: 0 });
  });
});
