import type { NotificationId } from '../core/result.js';

interface NotificationKind {
  /** About the run's execution, or about its configuration: SARIF keeps the two apart. */
  readonly about: 'execution' | 'configuration';
  readonly title: string;
  /** What it means for the results. */
  readonly meaning: string;
  readonly help: string;
}

export const NOTIFICATION_KINDS: Readonly<Record<NotificationId, NotificationKind>> = {
  'rule-crashed': {
    about: 'execution',
    title: 'A rule crashed.',
    meaning: 'The rule failed on one file; other rules and other files are unaffected.',
    help: 'Run with --debug for the stack trace and report it with the file.',
  },
  'flow-crashed': {
    about: 'execution',
    title: 'The flow of a function could not be built.',
    meaning: 'Rules that ask for the flow of that function say nothing about it.',
    help: 'Run with --debug for the stack trace and report it with the function.',
  },
  'file-timeout': {
    about: 'execution',
    title: 'A file took too long.',
    meaning: 'The analysis of the file was given up; it has no findings in this report.',
    help: 'Exclude the file if it is generated.',
  },
  'file-out-of-memory': {
    about: 'execution',
    title: 'A file took too much memory.',
    meaning: 'The analysis of the file was given up; it has no findings in this report.',
    help: 'Exclude the file if it is generated.',
  },
  'file-too-deep': {
    about: 'execution',
    title: 'A file is nested too deeply.',
    meaning: 'The analysis of the file was given up; it has no findings in this report.',
    help: 'Exclude the file if it is generated.',
  },
  'file-unreadable': {
    about: 'execution',
    title: 'A file cannot be read.',
    meaning: 'The file has no findings in this report.',
    help: 'Check that the file exists, is readable and is text in UTF-8.',
  },
  'syntax-error': {
    about: 'execution',
    title: 'A file has a syntax error.',
    meaning: 'Code near the error may have been misread.',
    help: 'Fix the syntax error.',
  },
  'config-invalid': {
    about: 'configuration',
    title: 'The configuration is not valid.',
    meaning: 'The run did not follow the configuration as it was meant.',
    help: 'Correct the place that the message names.',
  },
  'no-files-matched': {
    about: 'configuration',
    title: 'A path matched no files.',
    meaning: 'Nothing was linted for that path.',
    help: 'Check the spelling of the path and the ignore patterns.',
  },
  'file-ignored': {
    about: 'configuration',
    title: 'A named file is ignored.',
    meaning: 'The file was passed by name and is excluded by an ignore pattern.',
    help: 'Remove the pattern that excludes it, or do not pass it.',
  },
  'types-degraded': {
    about: 'configuration',
    title: 'Types are incomplete.',
    meaning: 'Where types are unknown, hazards that need them are not reported.',
    help: 'Install the dependencies and correct the tsconfig that the message names.',
  },
  'tsconfig-problem': {
    about: 'configuration',
    title: 'A tsconfig has a problem.',
    meaning: 'The project may have been loaded with other options than its own.',
    help: 'Correct the tsconfig that the message names.',
  },
  'files-skipped': {
    about: 'configuration',
    title: 'Files were passed over.',
    meaning: 'The files have no findings in this report.',
    help: 'Run with --debug to list them with the reason.',
  },
  'results-truncated': {
    about: 'configuration',
    title: 'The report is cut.',
    meaning: 'There are more findings than code scanning accepts; the most severe and most certain were kept.',
    help: 'Narrow the preset, or lint parts of the repository in runs of their own.',
  },
  'fix-withdrawn': {
    about: 'execution',
    title: 'A fix was withdrawn.',
    meaning: 'The fixed code did not compile as before, or was still reported; the finding stays.',
    help: 'Mend it by hand.',
  },
  'fix-not-written': {
    about: 'execution',
    title: 'A fixed file could not be written.',
    meaning: 'The file on disk is as it was; the results are about the text after the fixes.',
    help: 'Make the file writable, or run again if it was changed meanwhile.',
  },
};
