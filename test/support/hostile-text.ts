import fc from 'fast-check';

const PIECES = [
  '::error file=a::b', '  ::set-output name=a::b', '\t::', '\u00a0::stop-commands::x', '\u3000::a::', '\u0085::a::b', '##[error]x', '##[add-mask]', '##vso[task.setvariable variable=a]b', '##VSO[task.complete]',
  '\u001b[31m', '\u001b]8;;http://x\u0007', '\u009b2J', '\r', '\n', '\u2028', '\u2029', '\u202e', '\u2066', '\u200f', '\ufeff', '\ufffe', '\uffff', '\u0000', '\u007f', '\ud800', '\udc00',
  '[a](b)', '](', '\\', '`', '|', '<script>', ']]>', '&', '%', '"', '\u{1f600}', '\u4e2d', 'a', ' ', '\t', '__proto__', '${x}', '{0}',
]; // prettier-ignore

/** Lines that try to steer a terminal, a runner, a viewer. */
export const hostileText: fc.Arbitrary<string> = fc
  .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ unit: 'binary', maxLength: 3 })), { maxLength: 6 })
  .map((pieces) => pieces.join(''));

/** The lines of a log that a runner of GitHub or Azure would obey: `##[x]` or `##vso[x]` anywhere, `::` first. */
export function runnerCommands(log: string): string[] {
  return log.split(/\r\n|\r|\n/).filter((line) => /##(vso)?\[/i.test(line) || line.replace(/^[\s\u0085]+/, '').startsWith('::'));
}
