import { createRequire } from 'node:module';

/** Required, because an import would first scan all twelve megabytes for the names that they export. */
export const { ts, Project } = createRequire(import.meta.url)('ts-morph') as typeof import('ts-morph');
