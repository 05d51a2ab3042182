import { abort } from './abort.js';
import { builtins } from './builtins.js';
import { bundlers } from './bundlers.js';
import { collections } from './collections.js';
import { databases } from './databases.js';
import type { ModelSet } from './effect-model.js';
import { events } from './events.js';
import { httpClients } from './http-clients.js';
import { limiters } from './limiters.js';
import { locks } from './locks.js';
import { messaging } from './messaging.js';
import { node } from './node.js';
import { processModels } from './process.js';
import { promises } from './promises.js';
import { react } from './react.js';
import { servers } from './servers.js';
import { webStreams } from './streams.js';
import { tests } from './tests.js';
import { timers } from './timers.js';

/** From the language outwards: its values, the platform, then packages. */
const AREAS: readonly ModelSet[] = [
  promises, collections, builtins,
  timers, events, abort, webStreams, processModels, node,
  httpClients, locks, limiters, databases, messaging, servers, react, bundlers, tests,
];

/** Everything conclint knows of libraries without being told. */
export const builtinModels: ModelSet = {
  calls: AREAS.flatMap((area) => area.calls),
  types: AREAS.flatMap((area) => area.types),
};
