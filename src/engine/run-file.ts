import type { Notification, NotificationId } from '../core/result.js';
import type { RuleMeta } from '../core/rule-meta.js';
import type { AnyRule, FileInfo, FlowRoot, RuleContext, SemanticModel } from '../rule.js';
import { className, functionName } from '../syntax/functions.js';
import { ts } from '../syntax/ts.js';
import { walk, type FileFacts, type NodeListener } from '../syntax/walk.js';
import { draftOf, type Draft } from './draft.js';
import { finish } from './finish.js';
import type { PhaseClock } from './phase-clock.js';
import type { FileOutcome, FileStats } from './protocol.js';
import type { ActiveRule, RuleSelector } from './selection.js';

/** What all files of one program share. */
export interface RunContext {
  readonly model: SemanticModel;
  /** Every rule that exists. */
  readonly rules: readonly RuleMeta[];
  readonly select: RuleSelector;
  /** Path of any source file relative to the root, `/`-separated. */
  readonly pathOf: (source: ts.SourceFile) => string;
  readonly inlineConfig: boolean;
  readonly reportUnusedDirectives: boolean;
  readonly clock: PhaseClock;
  /** Told which rule is about to run, and `undefined` when it is through: what the watchdog names. */
  readonly onRule: (ruleId: string | undefined) => void;
}

/** Runs the active rules over one file, but for the rule `without`. What goes wrong in a rule becomes a notification; it never throws. */
export function runFile(file: FileInfo, context: RunContext, without?: string): FileOutcome {
  return new FileRun(file, context, without).run();
}

/** The outcome of a file that no rule may look at. */
export function passOver({ path, source }: FileInfo): FileOutcome {
  return { result: { file: path, findings: [], notifications: [] }, stats: statsOf(walk(source, []), 0) };
}

/** A rule and what it is handed in this file. */
interface RunningRule {
  readonly id: string;
  readonly rule: AnyRule;
  readonly ctx: RuleContext;
}

class FileRun {
  readonly #file: FileInfo;
  readonly #context: RunContext;
  readonly #active: readonly ActiveRule[];
  readonly #running: readonly RunningRule[];
  readonly #drafts: Draft[] = [];
  readonly #notifications: Notification[] = [];
  readonly #crashed = new Set<string>();
  #tooDeep = false;
  #flowsBuilt = 0;

  constructor(file: FileInfo, context: RunContext, without: string | undefined) {
    this.#file = file;
    this.#context = context;
    this.#active = context.select(file.path, file.role).filter(({ rule }) => rule.meta.id !== without);
    this.#running = this.#active.map((active) => ({ id: active.rule.meta.id, rule: active.rule, ctx: this.#contextOf(active) }));
  }

  run(): FileOutcome {
    const facts = this.#context.clock.measure('walk', () => walk(this.#file.source, this.#listeners()));
    this.#runFunctions(facts.effectful);
    this.#runClasses(facts.classes);
    this.#runFile();
    this.#context.onRule(undefined);
    const { rules, inlineConfig, reportUnusedDirectives } = this.#context;
    const findings = finish(this.#file, this.#drafts, { rules, active: this.#active, crashed: this.#crashed, inlineConfig, reportUnusedDirectives });
    return { result: { file: this.#file.path, findings, notifications: this.#notifications }, stats: statsOf(facts, this.#flowsBuilt) };
  }

  #contextOf(active: ActiveRule): RuleContext {
    const { model, pathOf } = this.#context;
    return {
      // Validated against the rule's option spec when the config was read.
      options: active.options as RuleContext['options'],
      model,
      file: this.#file,
      report: (report) => void this.#drafts.push(draftOf(report, active, this.#file, pathOf)),
    };
  }

  #listeners(): NodeListener[][] {
    const table: NodeListener[][] = [];
    for (const running of this.#running) {
      for (const [kind, listener] of Object.entries(running.rule.onNode ?? {})) {
        (table[ts.SyntaxKind[kind as keyof typeof ts.SyntaxKind]] ??= []).push((node) => this.#call(running, listener, node));
      }
    }
    return table;
  }

  #runFunctions(functions: readonly FlowRoot[]): void {
    const interested = this.#running.filter(({ rule }) => rule.onFunction);
    if (interested.length === 0) return;
    for (const fn of functions) {
      this.#context.onRule(undefined);
      const flow = this.#model(`flow of ${functionName(fn)}`, () => this.#context.model.flow(fn));
      if (!flow) continue;
      this.#flowsBuilt++;
      for (const running of interested) this.#call(running, running.rule.onFunction!, flow);
    }
  }

  #runClasses(classes: readonly ts.ClassLikeDeclaration[]): void {
    const interested = this.#running.filter(({ rule }) => rule.onClass);
    if (interested.length === 0) return;
    for (const node of classes) {
      this.#context.onRule(undefined);
      const model = this.#model(`model of ${className(node)}`, () => this.#context.model.classModel(node));
      if (!model) continue;
      for (const running of interested) this.#call(running, running.rule.onClass!, model);
    }
  }

  #runFile(): void {
    for (const running of this.#running) {
      if (running.rule.onFile) this.#call(running, running.rule.onFile, this.#file);
    }
  }

  /** One call of a rule, apart from all others. It counts as the rule that runs until the next one does. */
  #call<T>({ id, ctx }: RunningRule, listener: (subject: T, ctx: RuleContext) => unknown, subject: T): void {
    this.#context.onRule(id);
    try {
      const returned = this.#context.clock.measureRule(id, listener, subject, ctx);
      if (returned instanceof Promise) {
        // Whatever it comes to, it comes too late to be read.
        returned.catch(() => {});
        throw new TypeError('it returned a promise, and rules are synchronous');
      }
    } catch (error) {
      this.#ruleCrashed(id, error);
    }
  }

  /** A question to the model that no rule is to blame for. */
  #model<T>(what: string, ask: () => T): T | undefined {
    try {
      return ask();
    } catch (error) {
      if (!this.#overflowed(error, what)) this.#notify('flow-crashed', `the ${what} cannot be built: ${firstLine(error)}`, error);
      return undefined;
    }
  }

  #ruleCrashed(ruleId: string, error: unknown): void {
    const known = this.#crashed.has(ruleId);
    this.#crashed.add(ruleId);
    if (this.#overflowed(error, `rule ${ruleId}`) || known) return;
    this.#notify('rule-crashed', `rule ${ruleId} crashed: ${firstLine(error)}`, error, ruleId);
  }

  /** Deep nesting overflows the stack of whoever looks first: one notification for the file. */
  #overflowed(error: unknown, who: string): boolean {
    if (!isStackOverflow(error)) return false;
    if (!this.#tooDeep) this.#notify('file-too-deep', `nested too deeply for the ${who}`, error);
    this.#tooDeep = true;
    return true;
  }

  #notify(id: NotificationId, message: string, error: unknown, ruleId?: string): void {
    const detail = error instanceof Error ? error.stack : undefined;
    this.#notifications.push({ id, level: 'error', message, file: this.#file.path, fatal: true, ...(ruleId && { ruleId }), ...(detail && { detail }) });
  }
}

function statsOf({ lines, functions, asyncFunctions, awaits }: FileFacts, flowsBuilt: number): FileStats {
  return { files: 1, lines, functions, asyncFunctions, awaits, flowsBuilt };
}

function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message === 'Maximum call stack size exceeded';
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.split('\n', 1)[0]!.replace(/\.$/, '');
}
