import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generatedFiles } from './generated-files.js';
import { PROJECT_ROOT } from './rule-files.js';

for (const [path, text] of await generatedFiles()) writeFileSync(join(PROJECT_ROOT, path), text);
