/**
 * Every type or model question answers three ways. A hazard needs `yes`; a protection (handled, released,
 * guarded, limited, bounded, forwarded, cannot overlap) counts at `yes` or `unknown`.
 */
export type Certainty = 'yes' | 'no' | 'unknown';

/** Hazard polarity: only a certain yes counts. */
export const surely = (c: Certainty): boolean => c === 'yes';
/** Protection polarity: anything but a certain no counts. */
export const perhaps = (c: Certainty): boolean => c !== 'no';

export function or(a: Certainty, b: Certainty): Certainty {
  return a === 'yes' || b === 'yes' ? 'yes' : a === 'unknown' || b === 'unknown' ? 'unknown' : 'no';
}
export function and(a: Certainty, b: Certainty): Certainty {
  return a === 'no' || b === 'no' ? 'no' : a === 'unknown' || b === 'unknown' ? 'unknown' : 'yes';
}
export function not(a: Certainty): Certainty {
  return a === 'yes' ? 'no' : a === 'no' ? 'yes' : 'unknown';
}
