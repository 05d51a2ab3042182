import { breakWorkflowCommands, visible } from '../core/escape.js';
import type { Finding } from '../core/finding.js';
import { pathPrinter } from './paths.js';
import type { Reporter } from './reporter.js';
import { selectFindings } from './selection.js';

/** One line per finding, the one that problem matchers read. */
export const compact: Reporter = {
  name: 'compact',
  render(result, env) {
    const path = pathPrinter(result.root, env.cwd, env.pathBase ?? 'cwd');
    const lines = selectFindings(result, env).reported.map((finding) => `${firstLine(finding, path)}\n`);
    return breakWorkflowCommands(lines.join(''));
  },
};

/** How the parts of the first line are painted; by default not at all. */
export interface FirstLineStyle {
  readonly path: (text: string) => string;
  readonly severity: (text: string) => string;
  readonly rule: (text: string) => string;
}
const PLAIN: FirstLineStyle = { path: (text) => text, severity: (text) => text, rule: (text) => text };

/** `src/a.ts:3:5: error check-then-act: message`: complete on one line whatever the message holds. */
export function firstLine(finding: Finding, path: (file: string) => string, style = PLAIN): string {
  const { startLine, startColumn } = finding.range;
  const place = style.path(`${visible(path(finding.file))}:${startLine}:${startColumn}`);
  return `${place}: ${style.severity(finding.severity)} ${style.rule(finding.ruleId)}: ${visible(finding.message)}`;
}
