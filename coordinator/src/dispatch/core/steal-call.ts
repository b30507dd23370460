import type { PlacedCall } from './ready-calls.ts';

/** A ready call that waits for a worker which has no room for it. */
export interface StealCandidate extends PlacedCall {
  /** Token time that the thief would need more than the victim: prefixes to rebuild, a slower engine. */
  readonly rebuiltTokens: number;
  /** Token time until the victim would begin it; Infinity when it takes no calls now. */
  readonly waitTokens: number;
}

/**
 * Chooses what an idle worker takes from another: the call whose prefix costs least to rebuild, among
 * equals the one that would wait longest. Undefined when waiting is cheaper than rebuilding for all.
 */
export function chooseSteal(candidates: Iterable<StealCandidate>): StealCandidate | undefined {
  let best: StealCandidate | undefined;
  for (const next of candidates) {
    if (next.rebuiltTokens > next.waitTokens) continue;
    if (best === undefined || isBetter(next, best)) best = next;
  }
  return best;
}

function isBetter(a: StealCandidate, b: StealCandidate): boolean {
  if (a.rebuiltTokens !== b.rebuiltTokens) return a.rebuiltTokens < b.rebuiltTokens;
  return a.slot.order > b.slot.order;
}
