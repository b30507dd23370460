/**
 * How a model stretches rope beyond the context it was first trained with. `factor` ≥ 1 is the stretch,
 * `originalTokens` that first context.
 */
export type RopeScaling =
  | { readonly kind: 'none' }
  /** Every frequency divided by `factor`. */
  | { readonly kind: 'linear'; readonly factor: number }
  /** Llama 3.1: long waves divided by `factor`, short ones kept, those between them blended. */
  | {
      readonly kind: 'llama3';
      readonly factor: number;
      readonly lowFrequencyFactor: number;
      readonly highFrequencyFactor: number;
      readonly originalTokens: number;
    }
  /** YaRN (arXiv 2309.00071): blended between two numbers of rotations; cos and sin are magnified. */
  | {
      readonly kind: 'yarn';
      readonly factor: number;
      readonly originalTokens: number;
      readonly betaFast: number;
      readonly betaSlow: number;
      /** The ends of the blend are whole dimensions. */
      readonly truncate: boolean;
      readonly magnitude: number;
    }
  /** GGUF's tensor rope_freqs: one divisor for each frequency. */
  | { readonly kind: 'divisors'; readonly divisors: readonly number[] };

export const NO_ROPE_SCALING: RopeScaling = { kind: 'none' };

/** YaRN's magnitude of cos and sin where a model does not name one. */
export function yarnMagnitude(factor: number, weight = 1): number {
  return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
}
