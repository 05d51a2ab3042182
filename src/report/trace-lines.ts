import { visible } from '../core/escape.js';
import type { Step } from '../core/finding.js';

export interface TraceStyle {
  readonly path: (text: string) => string;
  readonly thread: (text: string, thread: 'A' | 'B') => string;
  readonly excerpt: (text: string) => string;
}

export interface TraceView {
  readonly path: (file: string) => string;
  /** The step's source line, where the reader does not see it already. */
  readonly excerpt: (step: Step) => string | undefined;
  readonly style: TraceStyle;
}

/** Longer places stand out of the column rather than push everything aside. */
const MAX_ALIGNED = 32;

/**
 * The steps in order of time, one line each. A race is drawn in two lanes: what the second activation does between
 * two steps of the first stands, indented, between them.
 */
export function traceLines(trace: readonly Step[], view: TraceView): string[] {
  const race = isRace(trace);
  const places = trace.map((step) => `${visible(view.path(step.file))}:${step.range.startLine}:${step.range.startColumn}`);
  const width = Math.max(0, ...places.map((place) => place.length).filter((length) => length <= MAX_ALIGNED));
  const numberWidth = String(trace.length).length;
  return trace.flatMap((step, i) => {
    const lane = race ? laneOf(step, view.style) : String(i + 1).padStart(numberWidth);
    const margin = ' '.repeat(race ? LANES_WIDTH : numberWidth);
    const place = view.style.path(places[i]!.padEnd(width));
    const words = step.thread ? view.style.thread(visible(step.text), step.thread) : visible(step.text);
    const excerpt = view.excerpt(step);
    return [`${lane}  ${place}  ${words}`, ...(excerpt === undefined ? [] : [`${margin}  ${view.style.excerpt(`| ${excerpt}`)}`])];
  });
}

export function isRace(trace: readonly Step[]): boolean {
  return trace.some((step) => step.thread === 'B');
}

const LANES_WIDTH = 3;

function laneOf(step: Step, style: TraceStyle): string {
  if (step.thread === 'A') return `${style.thread('A', 'A')}  `;
  if (step.thread === 'B') return `  ${style.thread('B', 'B')}`;
  return ' '.repeat(LANES_WIDTH);
}
