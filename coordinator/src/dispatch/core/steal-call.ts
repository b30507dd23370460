import type { LiveCall } from './live-call.ts';
import type { Slot } from './live-schedule.ts';

/** A ready call that waits for a worker which has no room for it. */
export interface StealCandidate {
  readonly call: LiveCall;
  readonly slot: Slot;
  /** Prompt tokens the thief would compute that the victim would not. */
  readonly rebuiltTokens: number;
  /** Calls per batch of the victim; 0 when it takes no calls now. */
  readonly victimBatch: number;
}

/**
 * What a decoding step costs, in prompt tokens that could be computed meanwhile. Low on purpose (CPUs
 * are near 16, GPUs above 200): a steal that pays on a CPU pays everywhere.
 */
const TOKENS_PER_STEP = 16;

/**
 * Chooses what an idle worker takes from the worker with most waiting: the call whose prefix costs
 * least to rebuild, among equals the one that would wait longest. Undefined when waiting is cheaper than
 * rebuilding for all of them.
 */
export function chooseSteal(candidates: readonly StealCandidate[]): StealCandidate | undefined {
  const victims = Map.groupBy(candidates, ({ slot }) => slot.worker);
  const victim = [...victims].sort(
    ([a, left], [b, right]) => right.length - left.length || (a < b ? -1 : 1),
  )[0];
  const waiting = victim?.[1].toSorted((a, b) => a.slot.order - b.slot.order) ?? [];
  return waiting
    .filter((candidate, ahead) => candidate.rebuiltTokens <= waitTokens(candidate, ahead))
    .reduce<StealCandidate | undefined>(
      (best, next) => (best && best.rebuiltTokens < next.rebuiltTokens ? best : next),
      undefined,
    );
}

/** What waiting costs: half an output per batch before it, in prompt tokens. */
function waitTokens({ slot, victimBatch }: StealCandidate, ahead: number): number {
  if (victimBatch === 0) return Number.POSITIVE_INFINITY;
  const batches = 1 + Math.floor(ahead / victimBatch);
  return (slot.place.outputTokens * TOKENS_PER_STEP * batches) / 2;
}
