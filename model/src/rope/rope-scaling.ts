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
  | { readonly kind: 'divisors'; readonly divisors: readonly number[] }
  /**
   * LongRoPE (arXiv 2402.13753) within the first context: a divisor for each frequency; cos and sin are magnified.
   * Calls that go beyond it have other divisors from their first token on.
   */
  | {
      readonly kind: 'longrope';
      readonly divisors: readonly number[];
      readonly originalTokens: number;
      readonly magnitude: number;
    };

export const NO_ROPE_SCALING: RopeScaling = { kind: 'none' };

/** YaRN's magnitude of cos and sin where a model does not name one. */
export function yarnMagnitude(factor: number, weight = 1): number {
  return factor <= 1 ? 1 : 0.1 * weight * Math.log(factor) + 1;
}

/** LongRoPE's, where a model does not name one. */
export function longropeMagnitude(factor: number, originalTokens: number): number {
  return factor <= 1 ? 1 : Math.sqrt(1 + Math.log(factor) / Math.log(originalTokens));
}

/** What is wrong with a divisor of `divisors`, or undefined. */
export function findDivisorFault(divisors: readonly unknown[]): string | undefined {
  const wrong = divisors.findIndex((divisor) => !Number.isFinite(divisor) || Number(divisor) <= 0);
  return wrong < 0 ? undefined : `divides frequency ${wrong} by ${String(divisors[wrong])}`;
}
