import { type ModelConfig, ropeFrequencies } from '@helium/model';

/** What rotates q and k by position: both [contextTokens, headDim / 2], magnitude included. */
export interface RopeTables {
  readonly cos: Float32Array;
  readonly sin: Float32Array;
}

/** Tables for positions up to `contextTokens`, by whatever scaling the model has. */
export function ropeTables(config: ModelConfig, contextTokens: number): RopeTables {
  const { frequencies, magnitude } = ropeFrequencies(config);
  const half = frequencies.length;
  const cos = new Float32Array(contextTokens * half);
  const sin = new Float32Array(contextTokens * half);
  for (let i = 0; i < half; i++) {
    for (let position = 0; position < contextTokens; position++) {
      const angle = position * frequencies[i]!;
      cos[position * half + i] = magnitude * Math.cos(angle);
      sin[position * half + i] = magnitude * Math.sin(angle);
    }
  }
  return { cos, sin };
}
