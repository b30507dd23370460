import type { ModelConfig } from '../model-file.ts';
import type { RopeScaling } from './rope-scaling.ts';

/** What rotates q and k: the angle of pair i at a position is position × frequencies[i]. */
export interface RopeFrequencies {
  /** [headDim / 2], radians a token. */
  readonly frequencies: Float64Array;
  /** Multiplies cos and sin. */
  readonly magnitude: number;
}

/** The model's frequencies, by the formulas of transformers' modeling_rope_utils. */
export function ropeFrequencies(
  config: Pick<ModelConfig, 'headDim' | 'ropeBase' | 'ropeScaling'>,
): RopeFrequencies {
  const half = config.headDim / 2;
  const plain = Float64Array.from({ length: half }, (_, i) => config.ropeBase ** (-i / half));
  const { ropeScaling: scaling } = config;
  return {
    frequencies: plain.map((frequency, i) => scale(frequency, i, config, scaling)),
    magnitude: 'magnitude' in scaling ? scaling.magnitude : 1,
  };
}

function scale(
  frequency: number,
  index: number,
  { headDim, ropeBase }: { readonly headDim: number; readonly ropeBase: number },
  scaling: RopeScaling,
): number {
  switch (scaling.kind) {
    case 'none':
      return frequency;
    case 'linear':
      return frequency / scaling.factor;
    case 'divisors':
    case 'longrope':
      return frequency / scaling.divisors[index]!;
    case 'llama3':
      return blend(frequency, scaling.factor, llama3Kept(frequency, scaling));
    case 'yarn':
      return blend(frequency, scaling.factor, 1 - yarnRamp(index, headDim, ropeBase, scaling));
  }
}

/** `kept` of the frequency as it is, the rest of it divided by `factor`. */
function blend(frequency: number, factor: number, kept: number): number {
  return (1 - kept) * (frequency / factor) + kept * frequency;
}

function llama3Kept(
  frequency: number,
  scaling: Extract<RopeScaling, { readonly kind: 'llama3' }>,
): number {
  const { lowFrequencyFactor: low, highFrequencyFactor: high, originalTokens } = scaling;
  const rotations = (originalTokens * frequency) / (2 * Math.PI);
  return Math.min(1, Math.max(0, (rotations - low) / (high - low)));
}

/** 0 where a dimension rotates more than betaFast times in the original context, 1 below betaSlow. */
function yarnRamp(
  index: number,
  headDim: number,
  base: number,
  scaling: Extract<RopeScaling, { readonly kind: 'yarn' }>,
): number {
  const { originalTokens, betaFast, betaSlow, truncate } = scaling;
  const dimensionOf = (rotations: number) =>
    (headDim * Math.log(originalTokens / (rotations * 2 * Math.PI))) / (2 * Math.log(base));
  const [first, last] = [dimensionOf(betaFast), dimensionOf(betaSlow)];
  const low = Math.max(truncate ? Math.floor(first) : first, 0);
  const high = Math.min(truncate ? Math.ceil(last) : last, headDim - 1);
  const width = low === high ? 0.001 : high - low;
  return Math.min(1, Math.max(0, (index - low) / width));
}
