/** conclint as a library. */
export { lint, type LintOptions } from './lint.js';
export { defineConfig, type ConfigInput } from './config/define-config.js';
export { defineRule } from './define-rule.js';
export { ConfigError, ProjectError, UserError } from './core/errors.js';
export type { Edit, Finding, Fix, FixSafety, Precision, Preset, Range, Severity, Step, Suppression } from './core/finding.js';
export type { AppliedFix, FixedFile, LintResult, LintStats, Notification, NotificationId, Timing } from './core/result.js';
export type { Family, FileRole, Host, MessageSpec, OptionSpec, Question, RuleMeta } from './core/rule-meta.js';
export type { CallEffects, CallMatch, EffectModel, ModelSet, TypeModel } from './models/effect-model.js';
export type { FunctionFlow, Report, Rule, RuleContext, SemanticModel } from './rule.js';
