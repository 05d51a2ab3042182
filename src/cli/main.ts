#!/usr/bin/env node
import { INTERRUPTED } from './exit-code.js';
import { sayError } from './messages.js';
import { run } from './run.js';

// Reports are written synchronously, so there is nothing half-written here, and the worker ends with the process.
process.once('SIGINT', () => process.exit(INTERRUPTED));
process.once('uncaughtException', (error) => {
  sayError(error, process.argv.includes('--debug'));
  process.exit(2);
});

process.exitCode = await run(process.argv.slice(2));
