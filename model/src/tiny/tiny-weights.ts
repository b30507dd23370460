import { createPrng } from '@helium/shared';
import type { Architecture, AttentionBias, LayerTensorName, ModelConfig } from '../model-file.ts';
import { NO_ROPE_SCALING, type RopeScaling } from '../rope/rope-scaling.ts';
import { layerShapes } from '../weight-layout.ts';
import { TINY_TOKENS } from './tiny-vocabulary.ts';

/** What may be chosen of a tiny model; the rest follows. */
export interface TinyShape {
  readonly seed: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly kvHeads: number;
  readonly headDim: number;
  readonly feedForward: number;
  readonly contextTokens: number;
  readonly tiedEmbeddings: boolean;
  readonly architecture: Architecture;
  readonly ropeBase: number;
  readonly ropeScaling: RopeScaling;
  readonly attentionBias: AttentionBias;
  readonly headNorms: boolean;
}

export const TINY_SHAPE: TinyShape = {
  seed: 1,
  hidden: 64,
  layers: 2,
  heads: 4,
  kvHeads: 2,
  headDim: 16,
  feedForward: 128,
  contextTokens: 2048,
  tiedEmbeddings: true,
  architecture: 'llama',
  ropeBase: 10_000,
  ropeScaling: NO_ROPE_SCALING,
  attentionBias: 'none',
  headNorms: false,
};

export interface TinyWeights {
  readonly config: ModelConfig;
  readonly embedding: Float32Array;
  readonly finalNorm: Float32Array;
  /** Null where the embedding is the head. */
  readonly head: Float32Array | null;
  /** In the contract's row order; what a layer of the configuration has. */
  readonly layers: readonly ReadonlyMap<LayerTensorName, Float32Array>[];
}

/** Random weights: same shape and seed, same values, everywhere. */
export function makeTinyWeights(shape: TinyShape): TinyWeights {
  const { seed, ...sizes } = shape;
  const config: ModelConfig = {
    name: 'Tiny Llama',
    ...sizes,
    vocab: TINY_TOKENS.length,
    normEpsilon: 1e-5,
    slidingWindow: null,
  };
  const random = createPrng(seed);
  // Four uniform numbers are near enough to a normal one, and exact on every machine.
  const normal = () => (random() + random() + random() + random() - 2) * Math.sqrt(3);
  const matrix = (rows: number, columns: number, deviation: number) =>
    Float32Array.from({ length: rows * columns }, () => normal() * deviation);
  const tensor = (dimensions: readonly number[]) => {
    const [rows, columns] = dimensions as [number, number | undefined];
    if (columns === undefined) return Float32Array.from({ length: rows }, () => 1 + normal() / 10);
    return matrix(rows, columns, 1 / Math.sqrt(columns));
  };
  const makeLayer = () =>
    new Map(
      layerShapes(config).map(([name, dimensions]) => {
        // Biases are about as large as what they are added to.
        const isBias = name.endsWith('Bias');
        return [name, isBias ? matrix(1, dimensions[0]!, 0.5) : tensor(dimensions)];
      }),
    );
  return {
    config,
    embedding: matrix(config.vocab, config.hidden, 0.5),
    finalNorm: tensor([config.hidden]),
    head: config.tiedEmbeddings ? null : matrix(config.vocab, config.hidden, 0.5),
    layers: Array.from({ length: config.layers }, makeLayer),
  };
}
