// The worker's script as tests start it: from the TypeScript sources, so that no build has to be fresh.
import { createJiti } from 'jiti';

await createJiti(import.meta.url).import('../../src/engine/worker.ts');
