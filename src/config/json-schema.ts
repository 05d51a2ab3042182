/** Only the build imports this file: the converter is no run-time dependency. */
import { toJsonSchema } from '@valibot/to-json-schema';
import type { OptionSpec, RuleMeta } from '../core/rule-meta.js';
import { configSchema, severitySchema } from './schema.js';

type Json = { [key: string]: unknown };

/** JSON schema (draft 7) of a config file, with the ids, summaries and options of these rules. */
export function configJsonSchema(rules: readonly RuleMeta[]): Json {
  const schema = convert(configSchema);
  const properties = schema.properties as Record<string, Json>;
  const override = (properties.overrides!.items as Json).properties as Record<string, Json>;
  const byRule = Object.fromEntries(rules.map((rule) => [rule.id, settingOf(rule)]));
  for (const holder of [properties, override]) {
    holder.rules = { type: 'object', properties: byRule, additionalProperties: false, ...descriptionOf(holder.rules) };
  }
  return { ...schema, title: 'conclint config' };
}

function settingOf(rule: RuleMeta): Json {
  const { $schema: _, ...severity } = convert(severitySchema);
  const options = {
    type: 'object',
    properties: Object.fromEntries(Object.entries(rule.options ?? {}).map(([name, spec]) => [name, optionOf(spec)])),
    additionalProperties: false,
  };
  return {
    description: rule.summary,
    anyOf: [
      severity,
      { type: 'array', items: [severity, options], minItems: 2, maxItems: 2 },
      { type: 'object', properties: { severity, options }, additionalProperties: false },
    ],
  };
}

function optionOf(spec: OptionSpec): Json {
  const type = spec.type === 'string[]' ? { type: 'array', items: { type: 'string' } } : { type: spec.type };
  return { ...type, description: spec.description, default: spec.default };
}

const convert = (schema: Parameters<typeof toJsonSchema>[0]): Json => toJsonSchema(schema, { errorMode: 'ignore' }) as Json;

const descriptionOf = (schema: Json | undefined): Json => (schema?.description === undefined ? {} : { description: schema.description });
