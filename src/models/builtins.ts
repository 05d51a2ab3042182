import type { CallMatch, EffectModel, ModelSet } from './effect-model.js';

const doesNotThrow = (match: CallMatch, because: string): EffectModel => ({ match, effects: { throws: 'no' }, because });
const throwsOn = (match: CallMatch, because: string): EffectModel => ({ match, effects: { throws: 'yes' }, because });
const under = (object: string, names: readonly string[]): string[] => names.map((name) => `${object}.${name}`);

/** Which functions of the language throw: what is `no` here has no exceptional edge, so nothing can be lost or left open by it. */
export const builtins: ModelSet = {
  calls: [
    doesNotThrow({ global: 'console.*' }, 'the console standard lets no printer throw, whatever it is given'),
    doesNotThrow(
      { type: 'Console', module: ['lib', 'node', 'console'], member: [
        'log', 'info', 'warn', 'error', 'debug', 'trace', 'dir', 'table', 'group', 'groupEnd', 'time', 'timeEnd', 'timeLog', 'count', 'assert',
      ] },
      'the console standard lets no printer throw, whatever it is given',
    ),
    doesNotThrow({ global: 'Math.*' }, 'arithmetic answers NaN where it has no answer'),
    doesNotThrow({ global: ['Date.now', 'Date.UTC', 'Date.parse', 'Date'] }, 'dates that do not exist are NaN, not errors'),
    doesNotThrow({ global: 'Date', construct: true }, 'a date that does not exist is an invalid Date, not an error'),
    doesNotThrow({ global: ['performance.now', 'performance.mark', 'performance.timeOrigin'] }, 'reads the clock and changes nothing'),
    doesNotThrow({ global: 'Array.isArray' }, 'a test of the value alone'),
    doesNotThrow({ global: 'Array.of' }, 'collects its arguments'),
    doesNotThrow(
      { global: [
        'Array', 'Map', 'Set', 'WeakMap', 'WeakSet', 'WeakRef', 'FinalizationRegistry', 'Object', 'EventTarget', 'TextEncoder', 'URLSearchParams',
        'MessageChannel', 'FormData', 'Headers', 'Blob',
      ], construct: true },
      'makes an object from values that are already there',
    ),
    doesNotThrow(
      { global: [
        'Error', 'TypeError', 'RangeError', 'SyntaxError', 'ReferenceError', 'EvalError', 'URIError', 'AggregateError', 'DOMException', 'Event',
        'CustomEvent',
      ], construct: true },
      'making an error is not throwing it',
    ),
    doesNotThrow({ global: ['Error', 'TypeError', 'RangeError', 'AggregateError', 'Error.captureStackTrace'] }, 'making an error is not throwing it'),
    doesNotThrow(
      { global: under('Object', [
        'keys', 'values', 'entries', 'assign', 'freeze', 'isFrozen', 'is', 'create', 'fromEntries', 'getPrototypeOf', 'getOwnPropertyNames',
        'getOwnPropertyDescriptor', 'getOwnPropertySymbols', 'hasOwn', 'seal',
      ]) },
      'reads or copies own properties; only getters, proxies and null could throw, and types keep null out',
    ),
    doesNotThrow({ global: under('Reflect', ['has', 'ownKeys', 'get', 'set', 'getPrototypeOf', 'deleteProperty']) }, 'answers false where it cannot do what was asked'),
    doesNotThrow(
      { global: under('Number', ['isInteger', 'isFinite', 'isNaN', 'isSafeInteger', 'parseInt', 'parseFloat']) },
      'answers NaN or false where the value is no number',
    ),
    doesNotThrow(
      { global: [
        'parseInt', 'parseFloat', 'isNaN', 'isFinite', 'String', 'Number', 'Boolean', 'Symbol', 'Symbol.for', 'encodeURIComponent', 'encodeURI',
        'escape', 'unescape',
      ] },
      'converts any value of a type that the compiler lets through',
    ),
    doesNotThrow({ global: ['String.fromCharCode', 'String.raw', 'URL.canParse', 'URL.createObjectURL', 'URL.revokeObjectURL'] }, 'answers for any text'),
    doesNotThrow(
      { global: [
        'crypto.randomUUID', 'Buffer.isBuffer', 'Buffer.byteLength', 'Buffer.concat', 'ArrayBuffer.isView', 'Symbol.keyFor',
      ] },
      'a test, or bytes made from bytes',
    ),
    doesNotThrow(
      { type: 'String', module: 'lib', member: [
        'at', 'charAt', 'charCodeAt', 'codePointAt', 'concat', 'endsWith', 'includes', 'indexOf', 'lastIndexOf', 'localeCompare', 'match',
        'matchAll', 'padEnd', 'padStart', 'search', 'slice', 'split', 'startsWith', 'substr', 'substring', 'toLowerCase', 'toLocaleLowerCase',
        'toUpperCase', 'toLocaleUpperCase', 'toString', 'trim', 'trimEnd', 'trimStart', 'valueOf',
      ] },
      'text operations answer for every text and index',
    ),
    {
      match: { type: 'String', module: 'lib', member: ['replace', 'replaceAll'] },
      effects: { throws: 'no', callbacks: [{ arg: 1, timing: 'sync', result: 'used', misreadsPromise: true }] },
      because: 'the replacer runs for each match before the call returns and its result is read as text',
    },
    doesNotThrow(
      { type: 'Number', module: 'lib', member: ['toString', 'toFixed', 'toPrecision', 'toLocaleString', 'valueOf'] },
      'throws only for a radix or digits out of range, which are constants',
    ),
    doesNotThrow(
      { type: 'Date', module: 'lib', member: [
        'getTime', 'valueOf', 'getFullYear', 'getMonth', 'getDate', 'getDay', 'getHours', 'getMinutes', 'getSeconds', 'getMilliseconds',
        'getTimezoneOffset', 'getUTCFullYear', 'getUTCMonth', 'getUTCDate', 'getUTCDay', 'getUTCHours', 'getUTCMinutes', 'getUTCSeconds',
        'setTime', 'setFullYear', 'setMonth', 'setDate', 'setHours', 'setMinutes', 'setSeconds', 'setMilliseconds', 'toString', 'toDateString',
        'toTimeString', 'toJSON',
      ] },
      'an invalid date answers NaN or null',
    ),
    doesNotThrow({ type: 'RegExp', module: 'lib', member: ['test', 'exec', 'toString'] }, 'a compiled pattern answers for every text'),
    doesNotThrow({ type: ['Function', 'CallableFunction', 'NewableFunction'], module: 'lib', member: ['bind', 'toString'] }, 'makes a function and calls none'),
    doesNotThrow({ type: 'Object', module: 'lib', member: ['hasOwnProperty', 'isPrototypeOf', 'propertyIsEnumerable', 'valueOf'] }, 'a test of the object alone'),
    doesNotThrow({ type: 'WeakRef', module: 'lib', member: 'deref' }, 'answers undefined once the target is gone'),
    doesNotThrow({ type: 'FinalizationRegistry', module: 'lib', member: ['register', 'unregister'] }, 'only notes the target'),
    doesNotThrow({ type: 'EventTarget', module: ['lib', 'node'], member: 'dispatchEvent' }, 'throws of listeners are reported globally, not to the caller'),
    doesNotThrow({ type: 'TextEncoder', module: ['lib', 'node', 'util'], member: ['encode', 'encodeInto'] }, 'every string has its bytes'),
    doesNotThrow({ type: 'Performance', module: ['lib', 'node', 'perf_hooks'], member: ['now', 'mark'] }, 'reads the clock and changes nothing'),
    doesNotThrow({ module: 'perf_hooks', name: 'performance.now' }, 'reads the clock and changes nothing'),
    doesNotThrow(
      { global: under('Atomics', [
        'load', 'store', 'add', 'sub', 'and', 'or', 'xor', 'exchange', 'compareExchange', 'notify', 'isLockFree',
      ]) },
      'one indivisible step on shared memory',
    ),

    throwsOn({ global: 'JSON.parse' }, 'throws a SyntaxError for text that is not JSON, and text from outside may be anything'),
    throwsOn({ global: ['decodeURIComponent', 'decodeURI'] }, 'throws a URIError for a malformed escape'),
    throwsOn({ global: ['eval'] }, 'runs whatever the text says'),
    throwsOn({ type: ['Function', 'CallableFunction'], module: 'lib', member: 'constructor' }, 'compiles text that may not be a program'),
  ],
  types: [],
};
