import type { ConfigInput } from './schema.js';

export type { ConfigInput };

/** Gives a config file its types and completion; returns what it is given. */
export function defineConfig(config: ConfigInput): ConfigInput {
  return config;
}
