import { Ajv2020 } from 'ajv/dist/2020.js';
import { readFileSync } from 'node:fs';

const schema: object = JSON.parse(readFileSync(new URL('../fixtures/sarif-2.1.0.schema.json', import.meta.url), 'utf8'));
// One of the schema's patterns is no regular expression under the `u` flag, and its formats are those of a plug-in.
const validate = new Ajv2020({ strict: false, unicodeRegExp: false, allErrors: true, validateFormats: false }).compile(schema);

/** What the official schema objects to in a SARIF log, one line each. */
export function schemaErrors(log: unknown): string[] {
  return validate(log) ? [] : (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath}: ${message}`);
}
