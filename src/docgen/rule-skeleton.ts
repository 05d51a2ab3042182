import type { Family, Question } from '../core/rule-meta.js';
import { findings } from '../../rules/findings.js';
import { portFixture } from './coverage.js';

const USUAL_QUESTION: Readonly<Record<Family, Question>> = {
  tasks: 'lost-rejection',
  bounds: 'number',
  state: 'race',
  cancellation: 'cancellation',
  locks: 'release',
  lifecycle: 'shutdown',
  tests: 'lost-rejection',
};

/** Text by path of the files that a new rule starts from; they fail their tests until they are written. */
export function ruleSkeleton(id: string, family: Family, encodes: readonly string[]): ReadonlyMap<string, string> {
  return new Map([
    [`fixtures/${id}/bad.ts`, badFixture(id)],
    [`fixtures/${id}/good.ts`, goodFixture()],
    ...encodes.map((finding): [string, string] => [portFixture(id, finding), portText(id, finding)]),
    [`rules/${family}/${id}.ts`, ruleModule(id, family, encodes)],
  ]);
}

function ruleModule(id: string, family: Family, encodes: readonly string[]): string {
  return `import { defineRule } from '../../src/rule.js';

export default defineRule({
  meta: {
    id: '${id}',
    family: '${family}',
    summary: '',
    question: '${USUAL_QUESTION[family]}',
    encodes: [${encodes.map((finding) => `'${finding}'`).join(', ')}],${encodes.length === 0 ? "\n    origin: ''," : ''}
    cwe: [],
    docs: {
      why: '',
      instead: '',
      limits: '',
    },
    messages: {
      hazard: { text: '', preset: 'all', severity: 'warning', precision: 'low' },
    },
  },
  onFunction() {
    throw new Error('ask the flow: is there a way from A to B that avoids C, or a way A, suspension, B?');
  },
});
`;
}

function badFixture(id: string): string {
  return `// #region example
export async function nameSaysWhatIsWrong(): Promise<void> {
  await Promise.resolve(); // expect: ${id} "words of the message"
}
// #endregion
`;
}

function goodFixture(): string {
  return `// #region example
export async function nameSaysWhyThisIsRight(): Promise<void> {
  await Promise.resolve();
}
// #endregion

// At least three near misses: code that looks like the defect and is none, each line marked with "ok" and its reason.
`;
}

function portText(id: string, finding: string): string {
  const { analogue } = findings.find((each) => each.id === finding)!;
  return `/** ${finding}: ${analogue} */
export async function asAudited(): Promise<void> {
  await Promise.resolve(); // expect: ${id} "words of the message"
}

export async function asFixed(): Promise<void> {
  await Promise.resolve();
}
`;
}
