/**
 * How the next token is chosen. `temperature` 0 is greedy: the seed and what cuts the distribution
 * (`topK`, `topP`, `minP`) then have no effect; penalties have. Deterministic (cacheable, mergeable)
 * means greedy, or a seed is given.
 */
export interface Sampling {
  readonly temperature: number;
  /** 0 keeps all. */
  readonly topK: number;
  /** 1 keeps all. */
  readonly topP: number;
  /** Keeps tokens at least so likely as this share of the likeliest; 0 (default) keeps all. */
  readonly minP?: number;
  /**
   * Divides the logits above 0, and multiplies those below, of tokens that the prompt or the text so
   * far has; 1 (default) changes nothing.
   */
  readonly repetitionPenalty?: number;
  /** Taken off the logits of tokens that the text so far has; 0 (default) changes nothing. */
  readonly presencePenalty?: number;
  /** Taken off the logits of tokens for each time that the text so far has them; 0 is the default. */
  readonly frequencyPenalty?: number;
  readonly seed?: bigint;
}

export const GREEDY: Sampling = { temperature: 0, topK: 0, topP: 1 };

export function isDeterministic(sampling: Sampling): boolean {
  return sampling.temperature === 0 || sampling.seed !== undefined;
}

/** Whether what was said before changes what is said next, beyond what the model makes of it. */
export function hasPenalty(sampling: Sampling): boolean {
  const { repetitionPenalty = 1, presencePenalty = 0, frequencyPenalty = 0 } = sampling;
  return repetitionPenalty !== 1 || presencePenalty !== 0 || frequencyPenalty !== 0;
}

/**
 * The seed of the sample with this index of several that one operator asks for: the first has the
 * operator's own, so that one sample is the plain call. SplitMix64 of seed and index.
 */
export function sampleSeed(seed: bigint, index: number): bigint {
  if (index === 0) return seed;
  let mixed = BigInt.asUintN(64, seed + BigInt(index) * 0x9e3779b97f4a7c15n);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 30n)) * 0xbf58476d1ce4e5b9n);
  mixed = BigInt.asUintN(64, (mixed ^ (mixed >> 27n)) * 0x94d049bb133111ebn);
  return mixed ^ (mixed >> 31n);
}
