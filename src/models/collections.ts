import type { CallbackEffect, CallEffects, EffectModel, ModelSet } from './effect-model.js';

const MAPS = ['Map', 'ReadonlyMap', 'WeakMap'] as const;
const SETS = ['Set', 'ReadonlySet', 'WeakSet'] as const;
const ARRAYS = ['Array', 'ReadonlyArray'] as const;
const TYPED_ARRAYS = [
  'Int8Array', 'Uint8Array', 'Uint8ClampedArray', 'Int16Array', 'Uint16Array', 'Int32Array', 'Uint32Array', 'Float32Array', 'Float64Array',
  'BigInt64Array', 'BigUint64Array',
] as const;
const MULTIMAPS = ['URLSearchParams', 'Headers', 'FormData'] as const;

/** Caches of packages that evict by themselves. */
const CACHES = ['LRUCache', 'QuickLRU', 'LRUMap', 'TTLCache', 'NodeCache', 'default'];
const CACHE_MODULES = ['lru-cache', 'quick-lru', 'tiny-lru', 'lru_map', '@isaacs/ttlcache', 'node-cache'];

type Operation = NonNullable<CallEffects['collection']>;

const LIB = 'lib';
/** Declared by TypeScript's DOM library, by Node's types, or by both. */
const WEB = ['lib', 'node', 'url', 'undici-types'] as const;

function on(type: string | readonly string[], member: string | readonly string[], collection: Operation, because: string, more: CallEffects = {}): EffectModel {
  return { match: { type, module: type === MULTIMAPS ? WEB : LIB, member }, effects: { throws: 'no', collection, ...more }, because };
}

/** Called for each element before the call returns; an async one is started for every element without waiting. */
const perElement = (result: 'used' | 'ignored', more: Partial<CallbackEffect> = {}): readonly CallbackEffect[] => [{ arg: 0, timing: 'sync', result, ...more }];

const predicate = perElement('used', { misreadsPromise: true });

/** Collections of the language: each operation is atomic, since it ends before any other code can run. */
export const collections: ModelSet = {
  calls: [
    on(MAPS, 'get', 'get', 'gives the value of one key, or undefined', { key: 0 }),
    on([...MAPS, ...SETS], 'has', 'has', 'tells whether the key is there', { key: 0 }),
    on(MAPS, 'set', 'add', 'adds or replaces the value of one key', { key: 0 }),
    on(SETS, 'add', 'add', 'adds the value, which is its own key', { key: 0 }),
    on([...MAPS, ...SETS], 'delete', 'remove', 'takes one key out; a missing key is no error', { key: 0 }),
    on(['Map', 'Set'], 'clear', 'clear', 'takes everything out'),
    on(['Map', 'ReadonlyMap', 'Set', 'ReadonlySet'], ['keys', 'values', 'entries'], 'iterate', 'a live iterator: entries added while it runs are visited'),
    on(['Map', 'ReadonlyMap', 'Set', 'ReadonlySet'], 'forEach', 'iterate', 'calls for each entry before it returns and drops the results', {
      callbacks: perElement('ignored', { repeating: 'items' }),
    }),
    on(['Set', 'ReadonlySet'], ['union', 'intersection', 'difference', 'symmetricDifference'], 'iterate', 'makes a new set and leaves this one alone'),
    on(['Set', 'ReadonlySet'], ['isSubsetOf', 'isSupersetOf', 'isDisjointFrom'], 'has', 'compares with another set and changes neither'),

    on('Array', ['push', 'unshift'], 'add', 'adds elements at one end'),
    on('Array', ['pop', 'shift'], 'remove', 'takes an element off one end; undefined where the array is empty'),
    on('Array', 'splice', 'remove', 'takes elements out at an index, where -1 counts from the end'),
    on('Array', ['fill', 'copyWithin', 'reverse'], 'mutate', 'rearranges the array in place'),
    on('Array', 'sort', 'mutate', 'sorts in place; the comparison is read as a number at once', { callbacks: predicate }),
    on(ARRAYS, 'toSorted', 'iterate', 'sorts a copy; the comparison is read as a number at once', { callbacks: predicate }),
    on(ARRAYS, ['at'], 'get', 'gives the element at an index, or undefined'),
    on(ARRAYS, ['includes', 'indexOf', 'lastIndexOf'], 'has', 'looks for a value with strict equality'),
    on(ARRAYS, ['slice', 'concat', 'join', 'keys', 'values', 'entries', 'flat', 'toReversed', 'toSpliced', 'with', 'toString'], 'iterate', 'reads or copies the elements and changes nothing'),
    on(ARRAYS, 'forEach', 'iterate', 'calls for each element before it returns and drops the results', {
      callbacks: perElement('ignored', { repeating: 'items' }),
    }),
    on(ARRAYS, ['map', 'flatMap'], 'iterate', 'collects the results, promises included, without waiting for any', {
      callbacks: perElement('used', { repeating: 'items' }),
    }),
    on(ARRAYS, 'filter', 'iterate', 'reads each result as a truth value at once, and a promise is always true', {
      callbacks: perElement('used', { misreadsPromise: true, repeating: 'items' }),
    }),
    on(ARRAYS, ['some', 'every', 'find', 'findIndex', 'findLast', 'findLastIndex'], 'iterate', 'reads each result as a truth value at once, and a promise is always true', {
      callbacks: predicate,
    }),
    on(ARRAYS, ['reduce', 'reduceRight'], 'iterate', 'hands each result to the next call, so async reducers run one after another if they await it; throws only when empty and without a start', {
      callbacks: perElement('used'),
    }),

    on(TYPED_ARRAYS, ['at'], 'get', 'gives the element at an index, or undefined'),
    on(TYPED_ARRAYS, ['fill', 'reverse'], 'mutate', 'rewrites elements in place; the length never changes'),
    on(TYPED_ARRAYS, ['slice', 'subarray', 'indexOf', 'includes', 'join'], 'iterate', 'reads, copies or gives a view, and changes nothing'),

    on(MULTIMAPS, ['append', 'set'], 'add', 'adds a value, or replaces those of the name', { key: 0, throws: 'unknown' }),
    on(MULTIMAPS, ['get', 'getAll'], 'get', 'gives the values of one name', { key: 0 }),
    on(MULTIMAPS, 'has', 'has', 'tells whether the name is there', { key: 0 }),
    on(MULTIMAPS, 'delete', 'remove', 'takes the values of one name out', { key: 0 }),
    on(MULTIMAPS, 'forEach', 'iterate', 'calls for each pair before it returns and drops the results', {
      callbacks: perElement('ignored', { repeating: 'items' }),
    }),
    ...(
      [
        ['get', 'get', 'gives the value of one key unless it was evicted'],
        ['peek', 'get', 'gives the value of one key without making it younger'],
        ['has', 'has', 'tells whether the key is there and not evicted'],
        ['set', 'add', 'adds or replaces the value of one key and may evict others'],
        ['delete', 'remove', 'takes one key out; a missing key is no error'],
        ['clear', 'clear', 'takes everything out of the cache'],
      ] as const
    ).map(([member, collection, because]): EffectModel => ({
      match: { type: CACHES, module: CACHE_MODULES, member },
      effects: { throws: 'no', collection, ...(collection === 'clear' ? {} : { key: 0 }) },
      because,
    })),
    {
      match: { global: 'Array.from' },
      effects: { throws: 'no', callbacks: [{ arg: 1, timing: 'sync', result: 'used', repeating: 'items' }] },
      because: 'copies an iterable or fills by length; the mapper runs for each element before the call returns',
    },
    {
      match: { global: ['Object.groupBy', 'Map.groupBy'] },
      effects: { throws: 'no', callbacks: [{ arg: 1, timing: 'sync', result: 'used', misreadsPromise: true }] },
      because: 'the result is the key of the group, and every promise is a key of its own or the same text',
    },
  ],
  types: [
    { type: ['Map', 'ReadonlyMap'], module: 'lib', is: ['map'], because: 'keeps what was put in until it is deleted' },
    { type: ['Set', 'ReadonlySet'], module: 'lib', is: ['set'], because: 'keeps what was put in until it is deleted' },
    { type: 'WeakMap', module: 'lib', is: ['map', 'weak-collection'], because: 'an entry goes when nothing else holds its key' },
    { type: 'WeakSet', module: 'lib', is: ['set', 'weak-collection'], because: 'an entry goes when nothing else holds the value' },
    { type: [...ARRAYS, ...TYPED_ARRAYS], module: 'lib', is: ['array'], because: 'elements are kept by index, in order' },
    {
      type: CACHES,
      module: CACHE_MODULES,
      is: ['map', 'bounded-collection'],
      because: 'evicts old entries by count, size or age',
    },
    { type: CACHES.filter((name) => name !== 'default'), module: '*', is: ['map', 'bounded-collection'], because: 'by its name it evicts old entries by count or age' },
  ],
};
