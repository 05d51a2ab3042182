/**
 * The shape of a config file, once: validation reads it here, the JSON schema of editors is made from it. What depends
 * on the rules (their ids and options) is checked by `rule-settings.ts`.
 */
import * as v from 'valibot';
import type { Certainty } from '../core/certainty.js';
import type { Preset, Severity } from '../core/finding.js';
import type {
  CallbackEffect,
  CallbackTiming,
  CallEffects,
  EndlessWait,
  CallMatch,
  EffectModel,
  InputSource,
  IoKind,
  ModelSet,
  RepeatKind,
  TypeModel,
  TypeRef,
  TypeTrait,
} from '../models/effect-model.js';

type AnySchema = v.GenericSchema<unknown>;

/** A strict object with an entry for every member of `T`, so that a new member of the type cannot be forgotten here. */
const shapeOf =
  <T>() =>
  <const E extends { readonly [K in keyof T]-?: AnySchema }>(entries: E & Readonly<Record<Exclude<keyof E, keyof T>, never>>): v.StrictObjectSchema<E, undefined> =>
    v.strictObject(entries as E);

/** One of the members of a union of strings, all of which must be named. */
const oneOf = <T extends string>(names: Readonly<Record<T, true>>): v.PicklistSchema<T[], undefined> => v.picklist(Object.keys(names) as T[]);

const optional = v.exactOptional;
const described = <S extends AnySchema>(schema: S, text: string) => v.pipe(schema, v.description(text));
const flag = optional(v.boolean());
const text = optional(v.string());
const index = v.pipe(v.number(), v.integer());
const strings = v.array(v.string());
const stringOrStrings = v.union([v.string(), strings]);
const certainty = optional(oneOf<Certainty>({ yes: true, no: true, unknown: true }));
const argument = shapeOf<{ arg: number; property?: string }>()({ arg: index, property: text });

const repeatKind = oneOf<RepeatKind>({ request: true, message: true, event: true, interval: true, effect: true, items: true });

const callMatch = shapeOf<CallMatch>()({
  global: optional(stringOrStrings),
  module: optional(stringOrStrings),
  name: optional(stringOrStrings),
  type: optional(stringOrStrings),
  member: optional(stringOrStrings),
  construct: flag,
});

const callbackEffect = shapeOf<CallbackEffect>()({
  arg: index,
  property: text,
  timing: oneOf<CallbackTiming>({ sync: true, awaited: true, 'later-once': true, 'later-many': true, unknown: true }),
  result: optional(oneOf({ ignored: true, used: true, unknown: true })),
  misreadsPromise: flag,
  serial: flag,
  catches: flag,
  repeating: optional(repeatKind),
  repeatingIf: optional(shapeOf<NonNullable<CallbackEffect['repeatingIf']>>()({ kind: repeatKind, arg: index, property: text })),
  section: optional(oneOf({ receiver: true, arg0: true, keyed: true })),
  transaction: flag,
});

const acquire = shapeOf<NonNullable<CallEffects['acquire']>>()({
  on: oneOf({ receiver: true, arg0: true, result: true }),
  kind: oneOf({ mutex: true, semaphore: true, rwlock: true, distributed: true, client: true, transaction: true }),
  afterAwait: v.boolean(),
  releasedBy: shapeOf<NonNullable<CallEffects['acquire']>['releasedBy']>()({ callResult: flag, element: optional(index), members: optional(strings) }),
  reentrant: flag,
});

const typeRef = shapeOf<TypeRef>()({ type: v.string(), module: v.string() });

const subscribe = shapeOf<NonNullable<CallEffects['subscribe']>>()({
  event: optional(index),
  handler: index,
  options: optional(index),
  once: flag,
  removedBy: strings,
  disposer: flag,
  onceEvents: optional(strings),
  pieces: optional(strings),
  gives: optional(v.record(v.string(), v.array(typeRef))),
  emitter: oneOf({ EventEmitter: true, EventTarget: true, AbortSignal: true, process: true, observable: true, 'disposable-event': true }),
});

const callEffects = shapeOf<CallEffects>()({
  promise: flag,
  promiseUnlessCallback: flag,
  returns: optional(shapeOf<NonNullable<CallEffects['returns']>>()({ type: v.string(), module: v.string(), awaited: flag })),
  canReject: certainty,
  throws: certainty,
  never: flag,
  suspends: optional(oneOf({ micro: true, macro: true })),
  io: optional(oneOf<IoKind>({ network: true, file: true, process: true, database: true, timer: true, cpu: true })),
  callbacks: optional(v.array(callbackEffect)),
  combinator: optional(oneOf({ all: true, allSettled: true, race: true, any: true })),
  mayFloat: flag,
  rejectionHandler: optional(index),
  acquire: optional(acquire),
  release: optional(shapeOf<NonNullable<CallEffects['release']>>()({ on: oneOf({ receiver: true, arg0: true }) })),
  timer: optional(
    shapeOf<NonNullable<CallEffects['timer']>>()({
      kind: oneOf({ timeout: true, interval: true, immediate: true, frame: true }),
      clear: strings,
      delayArg: optional(index),
    }),
  ),
  clearsTimer: optional(shapeOf<{ arg: number }>()({ arg: index })),
  subscribe: optional(subscribe),
  unsubscribe: optional(shapeOf<NonNullable<CallEffects['unsubscribe']>>()({ event: optional(index), handler: optional(index), all: flag })),
  signal: optional(argument),
  signalCheck: flag,
  derivesSignal: flag,
  limiter: optional(shapeOf<NonNullable<CallEffects['limiter']>>()({ concurrency: optional(argument), unlimitedWithout: optional(strings) })),
  turn: flag,
  limited: optional(shapeOf<NonNullable<CallEffects['limited']>>()({ arg: optional(index), property: text })),
  buffers: optional(oneOf({ false: true, 'open-promise': true, 'desired-size': true, 'buffered-amount': true, never: true })),
  spawns: optional(oneOf({ 'child-process': true, worker: true, server: true, task: true })),
  closes: flag,
  source: optional(oneOf<InputSource>({ request: true, database: true, directory: true, message: true, network: true, file: true, parameter: true, unknown: true })),
  waitsForWork: flag,
  deadline: flag,
  endless: optional(
    shapeOf<EndlessWait>()({
      client: v.string(),
      otherwise: v.string(),
      bounds: strings,
      clientBounds: optional(strings),
      clientMembers: optional(strings),
      set: text,
      setAsOption: optional(strings),
      raises: text,
      members: optional(strings),
      offBy: text,
      isClient: flag,
      because: v.string(),
    }),
  ),
  polls: optional(index),
  sleeps: flag,
  blocks: flag,
  file: optional(oneOf({ look: true, write: true, make: true, remove: true })),
  collection: optional(oneOf({ add: true, remove: true, clear: true, get: true, has: true, size: true, iterate: true, mutate: true })),
  key: optional(index),
});

const typeTrait = oneOf<TypeTrait>({
  emitter: true,
  'event-target': true,
  'abort-signal': true,
  'abort-controller': true,
  'cancellation-token': true,
  map: true,
  set: true,
  array: true,
  'weak-collection': true,
  'bounded-collection': true,
  mutex: true,
  semaphore: true,
  limiter: true,
  'timer-handle': true,
  'child-process': true,
  worker: true,
  server: true,
  socket: true,
  stream: true,
  request: true,
  response: true,
  'request-signal': true,
  'raw-request-signal': true,
  disposable: true,
  record: true,
});

const because = described(v.string(), 'Why the entry is true: a sentence, or where the API says so.');
const effectModel = shapeOf<EffectModel>()({ match: callMatch, effects: callEffects, because });
const typeModel = shapeOf<TypeModel>()({ type: stringOrStrings, module: optional(stringOrStrings), is: v.array(typeTrait), because });
const models = shapeOf<Partial<ModelSet>>()({
  calls: described(optional(v.array(effectModel)), 'What calls mean.'),
  types: described(optional(v.array(typeModel)), 'What values of a type are.'),
});

const presetSchema = oneOf<Preset>({ recommended: true, strict: true, all: true });
export const severitySchema = oneOf<Severity | 'off'>({ error: true, warning: true, note: true, off: true });
const optionsSchema = v.record(v.string(), v.unknown());
const ruleSettingSchema = v.union([
  severitySchema,
  v.strictTuple([severitySchema, optionsSchema]),
  v.strictObject({ severity: optional(severitySchema), options: optional(optionsSchema) }),
]);
const rulesSchema = v.record(v.string(), ruleSettingSchema);
const patterns = v.array(v.pipe(v.string(), v.nonEmpty(), v.maxLength(1000)));

const override = v.strictObject({
  files: described(v.pipe(patterns, v.nonEmpty()), 'Globs of the files it applies to, relative to this config; one without a slash matches in every folder.'),
  rules: described(optional(rulesSchema), 'Settings that replace those above, rule by rule.'),
  preset: described(optional(presetSchema), 'The preset for these files.'),
});

export const configSchema = v.strictObject({
  $schema: described(optional(v.string()), 'Address of this schema, for editors.'),
  preset: described(
    optional(presetSchema),
    'How wide to report: recommended (default) is what a busy team acts on, strict adds what a careful one wants to know, all adds what needs a reader.',
  ),
  rules: described(optional(rulesSchema), 'By rule: a severity, `off`, or [severity, options].'),
  overrides: described(optional(v.array(override)), 'Settings for some files; applied in order.'),
  ignores: described(optional(patterns), 'Files to pass over, in the syntax of .gitignore, relative to this config; `!` brings back what is ignored by default.'),
  entryPoints: described(optional(patterns), 'Globs of files whose exports are called from outside, by requests or other programs: their calls can overlap.'),
  sequential: described(optional(patterns), '`file-glob#Function.name` of functions of which no two calls ever overlap.'),
  models: described(optional(models), 'What calls and types of your libraries mean.'),
});

/** A config as its author writes it. */
export type ConfigInput = v.InferInput<typeof configSchema>;
