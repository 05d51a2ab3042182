// Rules that fail, each in its own way and only on the file of its name.
import { basename } from 'node:path';

const failing = (id, fail) => ({
  meta: {
    id,
    family: 'tests',
    summary: 'fails on the file of its name',
    question: 'number',
    encodes: [],
    origin: 'tests of crash isolation',
    docs: { why: 'x', instead: 'x', limits: 'x' },
    messages: { never: { text: 'never said', preset: 'recommended', severity: 'error', precision: 'high' } },
  },
  onFile: (file) => {
    if (basename(file.path, '.ts') === id) fail();
  },
});

export default [
  failing('throwing', () => {
    throw new Error('no such thing');
  }),
  failing('exiting', () => process.exit(0)),
  failing('rejecting', () => void Promise.reject(new Error('too late'))),
  failing('overflowing', function deeper() {
    deeper();
  }),
];
