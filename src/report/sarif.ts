import { isAbsolute, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ArtifactLocation, CodeFlow, Fix as SarifFix, Invocation, Location, Log, Notification as SarifNotification, PhysicalLocation, Region, Result, Run, ThreadFlow } from 'sarif';
import { escapeSarifText, relativeUri, toJson, visible } from '../core/escape.js';
import type { Finding, Fix, Range, Step } from '../core/finding.js';
import type { LintResult, Notification } from '../core/result.js';
import { NOTIFICATION_KINDS } from './notification-kinds.js';
import { pathPrinter } from './paths.js';
import type { RenderEnv, Reporter } from './reporter.js';
import { limitFindings, type LimitedFindings } from './sarif-limit.js';
import { cweTaxonomy, notificationDescriptors, ruleDescriptors, sentence, withPeriod } from './sarif-rules.js';
import { selectFindings } from './selection.js';
import { isRace } from './trace-lines.js';

const SRCROOT = '%SRCROOT%';
/** The run could not judge all it was asked to. */
const EXIT_NOT_JUDGED = 2;
/** Steps linked from the message; the code flow has them all. */
const MAX_LINKED_STEPS = 10;

/** SARIF 2.1.0, as GitHub code scanning and editors' viewers read it. */
export const sarif: Reporter = {
  name: 'sarif',
  render(result, env) {
    const log: Log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [runOf(result, env)] };
    return `${toJson(log, 2)}\n`;
  },
  remarks(result, env) {
    const { notification } = chosenFindings(result, env);
    return notification ? [notification] : [];
  },
};

function runOf(result: LintResult, env: RenderEnv): Run {
  const { kept, notification } = chosenFindings(result, env);
  const writer = new ResultWriter(result, env);
  const taxonomy = cweTaxonomy(result.rules);
  const notifications = notification ? [...result.notifications, notification] : result.notifications;
  return {
    tool: {
      driver: {
        name: 'conclint',
        fullName: `conclint ${env.version}`,
        version: env.version,
        semanticVersion: env.version,
        // A package URL: it names the tool wherever the package is kept.
        informationUri: `pkg:npm/conclint@${env.version}`,
        ...(taxonomy && { supportedTaxonomies: [{ name: taxonomy.name, index: 0 }] }),
        rules: ruleDescriptors(result.rules),
        notifications: notificationDescriptors(),
      },
    },
    ...(taxonomy && { taxonomies: [taxonomy] }),
    automationDetails: { id: 'conclint/' },
    columnKind: 'utf16CodeUnits',
    originalUriBaseIds: { [SRCROOT]: { description: { text: 'The root of the repository.' } } },
    invocations: [writer.invocation(notifications, env.exitCode)],
    results: kept.map((finding) => writer.result(finding)),
  };
}

/** Code scanning opens alerts for suppressed results too, so they are left out unless asked for. */
function chosenFindings(result: LintResult, env: RenderEnv): LimitedFindings {
  const { reported, suppressed } = selectFindings(result, env);
  const chosen = new Set(env.reportSuppressed ? [...reported, ...suppressed] : reported);
  return limitFindings(result.findings.filter((finding) => chosen.has(finding)));
}

class ResultWriter {
  readonly #ruleIndex: ReadonlyMap<string, number>;
  readonly #result: LintResult;
  readonly #artifact: (file: string) => ArtifactLocation;

  constructor(result: LintResult, env: RenderEnv) {
    this.#result = result;
    this.#ruleIndex = new Map(result.rules.map((rule, index) => [rule.id, index]));
    this.#artifact = artifactPrinter(result.root, env);
  }

  result(finding: Finding): Result {
    const ruleIndex = this.#ruleIndex.get(finding.ruleId);
    const steps = finding.trace.slice(0, MAX_LINKED_STEPS);
    return {
      ruleId: finding.ruleId,
      ...(ruleIndex !== undefined && { ruleIndex }),
      level: finding.severity,
      message: { text: [this.#headline(finding), ...linkedSteps(steps)].join(' ') },
      locations: [{ physicalLocation: this.#physical(finding.file, finding.range) }],
      ...(steps.length > 0 && { relatedLocations: steps.map((step, i) => ({ id: i + 1, ...this.#location(step) })) }),
      ...(finding.trace.length > 0 && { codeFlows: this.#codeFlows(finding.trace) }),
      partialFingerprints: { primaryLocationLineHash: finding.lineHash, 'conclint/v1': finding.fingerprint },
      ...(finding.suppression && {
        suppressions: [{ kind: finding.suppression.kind, status: 'accepted', justification: visible(finding.suppression.reason) }],
      }),
      ...(finding.fixes && { fixes: finding.fixes.map((fix) => this.#fix(finding.file, fix)) }),
      properties: { messageId: finding.messageId, preset: finding.preset, precision: finding.precision, also: [...finding.also] },
    };
  }

  invocation(notifications: readonly Notification[], exitCode: number): Invocation {
    const about = (kind: 'execution' | 'configuration'): SarifNotification[] =>
      notifications.filter(({ id }) => NOTIFICATION_KINDS[id].about === kind).map((notification) => this.#notification(notification));
    return {
      executionSuccessful: exitCode !== EXIT_NOT_JUDGED,
      exitCode,
      toolExecutionNotifications: about('execution'),
      toolConfigurationNotifications: about('configuration'),
    };
  }

  /** A name that opens the message keeps its case. */
  #headline(finding: Finding): string {
    const template = this.#result.rules[this.#ruleIndex.get(finding.ruleId) ?? -1]?.messages[finding.messageId]?.text ?? '{';
    const text = escapeSarifText(finding.message);
    return template.startsWith('{') ? withPeriod(text) : sentence(text);
  }

  #notification({ id, level, message, file, line, ruleId }: Notification): SarifNotification {
    const ruleIndex = ruleId === undefined ? undefined : this.#ruleIndex.get(ruleId);
    const artifactLocation = file === undefined ? undefined : this.#artifact(file);
    return {
      descriptor: { id, index: Object.keys(NOTIFICATION_KINDS).indexOf(id) },
      level,
      message: { text: sentence(escapeSarifText(message)) },
      ...(ruleId !== undefined && { associatedRule: { id: ruleId, ...(ruleIndex !== undefined && { index: ruleIndex }) } }),
      ...(artifactLocation && { locations: [{ physicalLocation: { artifactLocation, ...(line !== undefined && { region: { startLine: line } }) } }] }),
    };
  }

  /** First the whole, which is all that many viewers show; for a race also one flow per activation. */
  #codeFlows(trace: readonly Step[]): CodeFlow[] {
    const race = isRace(trace);
    const ordered = trace.map((step, i) => ({ step, executionOrder: i + 1 }));
    const flow = (id: string, steps: typeof ordered): ThreadFlow => ({
      id,
      locations: steps.map(({ step, executionOrder }) => ({ location: this.#location(step), executionOrder })),
    });
    const whole: CodeFlow = { threadFlows: [flow(race ? 'interleaving' : 'steps', ordered)] };
    if (!race) return [whole];
    // A step that names no activation comes before they part: it is A's.
    const inA = ordered.filter(({ step }) => step.thread !== 'B');
    const inB = ordered.filter(({ step }) => step.thread === 'B');
    return [whole, { threadFlows: [flow('A', inA), flow('B', inB)] }];
  }

  #fix(file: string, { description, safety, edits }: Fix): SarifFix {
    return {
      description: { text: sentence(escapeSarifText(description)) },
      artifactChanges: [
        {
          artifactLocation: this.#artifact(file),
          replacements: edits.map((edit) => ({ deletedRegion: regionOf(edit), insertedContent: { text: edit.text } })),
        },
      ],
      properties: { safety },
    };
  }

  #location(step: Step): Location {
    return { physicalLocation: this.#physical(step.file, step.range), message: { text: withPeriod(escapeSarifText(stepText(step))) } };
  }

  #physical(file: string, range: Range): PhysicalLocation {
    return { artifactLocation: this.#artifact(file), region: regionOf(range) };
  }
}

function regionOf({ startLine, startColumn, endLine, endColumn }: Range): Required<Pick<Region, 'startLine' | 'startColumn' | 'endLine' | 'endColumn'>> {
  return { startLine, startColumn, endLine, endColumn };
}

function stepText(step: Step): string {
  return step.thread ? `${step.thread}: ${step.text}` : step.text;
}

/** Related locations are shown only where the message links to them. */
function linkedSteps(steps: readonly Step[]): string[] {
  if (steps.length === 0) return [];
  return [withPeriod(`Steps: ${steps.map((step, i) => `[${escapeSarifText(stepText(step))}](${i + 1})`).join(', ')}`)];
}

function artifactPrinter(root: string, env: RenderEnv): (file: string) => ArtifactLocation {
  const base = env.pathBase ?? 'root';
  if (base === 'absolute') return (file) => ({ uri: pathToFileURL(isAbsolute(file) ? file : resolve(root, file)).href });
  const path = pathPrinter(root, env.cwd, base);
  return (file) => ({ uri: relativeUri(path(file)), uriBaseId: SRCROOT });
}
