import { abort } from './abort.js';
import { builtins } from './builtins.js';
import { collections } from './collections.js';
import type { ModelSet } from './effect-model.js';
import { events } from './events.js';
import { processModels } from './process.js';
import { promises } from './promises.js';
import { timers } from './timers.js';

const AREAS: readonly ModelSet[] = [promises, timers, events, abort, collections, builtins, processModels];

/** Everything conclint knows of libraries without being told. */
export const builtinModels: ModelSet = {
  calls: AREAS.flatMap((area) => area.calls),
  types: AREAS.flatMap((area) => area.types),
};
