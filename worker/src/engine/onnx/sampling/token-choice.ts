import { createPrng, type Sampling } from '@helium/shared';

/** A token with its exact logit. */
export interface ScoredToken {
  readonly id: number;
  readonly logit: number;
}

/** Best first; equal logits by id, so that the order is one for every machine and batch. */
export function rankTokens(tokens: readonly ScoredToken[]): ScoredToken[] {
  return [...tokens].sort((a, b) => b.logit - a.logit || a.id - b.id);
}

/**
 * Chooses among ranked candidates: the best when greedy, else temperature, then top-k and min-p, then
 * top-p over what is left, then one draw. The candidates are the vocabulary here: probabilities
 * are relative to them, and top-k is their number at most. `uniform` is in [0, 1).
 */
export function chooseToken(
  ranked: readonly ScoredToken[],
  sampling: Sampling,
  uniform: number,
): number {
  const best = ranked[0]!;
  if (sampling.temperature === 0) return best.id;
  const kept = sampling.topK === 0 ? ranked : ranked.slice(0, sampling.topK);
  const { minP = 0 } = sampling;
  // Relative to the best, whose weight is 1; the order makes what is kept a prefix.
  const weights = kept
    .map(({ logit }) => Math.exp((logit - best.logit) / sampling.temperature))
    .filter((weight) => weight >= minP);
  const nucleus = nucleusSize(weights, sampling.topP);
  let remaining = uniform * sum(weights.slice(0, nucleus));
  for (let i = 0; i < nucleus; i++) {
    remaining -= weights[i]!;
    if (remaining < 0) return kept[i]!.id;
  }
  return kept[nucleus - 1]!.id;
}

/**
 * The number drawn for the token at `position` of a sequence. A function of seed and position only:
 * what was sampled before, or beside it, has no part in it.
 */
export function uniformAt(seed: bigint, position: number): number {
  return createPrng(BigInt.asUintN(64, seed ^ (BigInt(position) * POSITION_STRIDE)))();
}

/** 2^64 divided by the golden ratio: spreads neighbouring positions over all 64 bits. */
const POSITION_STRIDE = 0x9e3779b97f4a7c15n;

/** The smallest number of leading weights whose share reaches `topP`; at least one. */
function nucleusSize(weights: readonly number[], topP: number): number {
  const target = topP * sum(weights);
  let reached = 0;
  for (let i = 0; i < weights.length; i++) {
    reached += weights[i]!;
    if (reached >= target) return i + 1;
  }
  return weights.length;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
