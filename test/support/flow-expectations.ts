import type { EventTest, FlowEvent, ThrowGrade } from '../../src/flow/contract.js';

/** What a fixture of `fixtures/_flow` says of the flow, line by line; unknown keywords are errors. */
export type FlowExpectation =
  | { readonly kind: 'flow'; readonly line: number; readonly events: readonly string[] }
  | { readonly kind: 'held'; readonly line: number; readonly locks: readonly string[] }
  | { readonly kind: 'summary'; readonly line: number; readonly facts: Readonly<Record<string, string>> }
  | {
      readonly kind: 'path';
      readonly line: number;
      readonly text: string;
      readonly from: string;
      readonly to: string;
      readonly avoiding?: string;
      readonly through?: string;
      readonly throws?: ThrowGrade;
      readonly exists: boolean;
    };

export function flowExpectations(text: string): FlowExpectation[] {
  const found: FlowExpectation[] = [];
  text.split('\n').forEach((content, index) => {
    const comment = /\/\/ ([a-z]+): (.*)$/.exec(content);
    if (!comment) return;
    found.push(parse(comment[1]!, comment[2]!.trim(), index + 1));
  });
  return found;
}

function parse(keyword: string, body: string, line: number): FlowExpectation {
  switch (keyword) {
    case 'flow':
      return { kind: 'flow', line, events: splitSelectors(body) };
    case 'held':
      return { kind: 'held', line, locks: body === '-' ? [] : body.split(/,\s*/) };
    case 'summary':
      return { kind: 'summary', line, facts: Object.fromEntries(body.split(/\s+/).map((fact) => fact.split('=') as [string, string])) };
    case 'path': {
      const shape = /^(.+?) -> (.+?)(?: avoiding (.+?))?(?: through (.+?))?(?: throws (\w+))? = (yes|no)$/.exec(body);
      if (!shape) throw new Error(`line ${line}: not a path expectation: ${body}`);
      const [, from, to, avoiding, through, throws, answer] = shape;
      return {
        kind: 'path',
        line,
        text: body,
        from: from!,
        to: to!,
        ...(avoiding ? { avoiding } : {}),
        ...(through ? { through } : {}),
        ...(throws ? { throws: throws as ThrowGrade } : {}),
        exists: answer === 'yes',
      };
    }
    default:
      throw new Error(`line ${line}: unknown expectation "${keyword}:"`);
  }
}

/** Splits at commas outside parentheses. */
function splitSelectors(body: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let part = '';
  for (const char of body) {
    if (char === '(' || char === '[') depth++;
    if (char === ')' || char === ']') depth--;
    if (char === ',' && depth === 0) {
      parts.push(part.trim());
      part = '';
    } else part += char;
  }
  return [...parts, part.trim()];
}

/** `kind` or `kind(text)`; the text is the callee, the place, the tested condition, or the whole node. */
export function selector(text: string): EventTest {
  const shape = /^([a-z-]+)(?:\((.*)\))?$/.exec(text);
  if (!shape) throw new Error(`not an event selector: ${text}`);
  const [, kind, argument] = shape;
  return (event) => matchesKind(event, kind!) && (argument === undefined || names(event).includes(argument));
}

function matchesKind(event: FlowEvent, kind: string): boolean {
  if (kind === 'yield' || kind === 'using' || kind === 'for-await') return event.kind === 'await' && event.form === kind;
  return event.kind === kind;
}

function names(event: FlowEvent): string[] {
  switch (event.kind) {
    case 'call':
      return [event.call.expression.getText()];
    case 'read':
    case 'write':
      return [event.place.text, event.node.getText()];
    case 'guard':
      return [event.test.getText()];
    case 'await':
      return event.operand ? [event.operand.getText()] : [];
    case 'acquire':
    case 'release':
      return [event.lock.text];
    case 'clear':
    case 'dispose':
      return event.handle ? [event.handle.text] : [];
    default:
      return [];
  }
}

/** How an event is written in a `flow:` line. */
export function labelOf(event: FlowEvent): string {
  const name = event.kind === 'await' ? undefined : names(event)[0];
  return name === undefined ? event.kind : `${event.kind}(${name})`;
}
