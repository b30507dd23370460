import type { LayerTensorName, ModelConfig } from '@helium/model';
import type { WeightSource } from '../weight-source.ts';
import { Rotation } from './rotation.ts';

/**
 * Weights of a model that computes the same function in other coordinates. Its residual stream is turned
 * by Rotation(hidden), so embeddings must be rotated outside, and what comes out before the head is in
 * the turned coordinates too. Norm weights are 1: they have become part of the layers behind them, so
 * what leaves a norm has length √hidden. Each head's values are turned by Rotation(headDim) and turned
 * back by o. Biases follow their layers. q and k change on the input side only, so rope and norms of
 * heads see what they saw. What goes into `down` is a product, through which nothing can be moved: the
 * graph has to turn it, in blocks of `gatedBlock`.
 *
 * Coordinates alike in size are what makes rounding to 8 bits harmless. Costs about 20 operations a
 * weight.
 */
export function rotatedWeights(source: WeightSource): WeightSource {
  const { config } = source;
  const stream = new Rotation(config.hidden);
  const head = new Rotation(config.headDim);
  const gated = new Rotation(gatedBlock(config));
  /** A layer behind a norm: takes the norm's weights in, and turned inputs. */
  const behindNorm = (weights: Float32Array, norm: Float32Array) => {
    scaleColumns(weights, norm);
    stream.rotate(weights);
    return weights;
  };
  const turnOutputs = (rotation: Rotation, weights: Float32Array, width: number) => {
    rotation.rotateOutputs(weights, width);
    return weights;
  };
  const readLayer = (layer: number, tensor: LayerTensorName): Float32Array => {
    const weights = source.readLayer(layer, tensor);
    const norm = (name: 'attnNorm' | 'ffnNorm') => source.readLayer(layer, name);
    switch (tensor) {
      case 'attnNorm':
      case 'ffnNorm':
        return weights.fill(1);
      case 'q':
      case 'k':
        return behindNorm(weights, norm('attnNorm'));
      case 'v':
        return turnOutputs(head, behindNorm(weights, norm('attnNorm')), config.hidden);
      case 'vBias':
        return turnOutputs(head, weights, 1);
      case 'o':
        head.rotate(weights);
        return turnOutputs(stream, weights, config.heads * config.headDim);
      case 'oBias':
        return turnOutputs(stream, weights, 1);
      case 'gate':
      case 'up':
        return behindNorm(weights, norm('ffnNorm'));
      case 'down':
        gated.rotate(weights);
        return turnOutputs(stream, weights, config.feedForward);
      case 'qBias':
      case 'kBias':
      case 'qNorm':
      case 'kNorm':
        return weights;
    }
  };
  return {
    config,
    readFinalNorm: () => source.readFinalNorm().fill(1),
    readHead: () => behindNorm(source.readHead(), source.readFinalNorm()),
    readLayer,
  };
}

/**
 * Order of the rotation of each block of the gated activations: a power of two, and at least two blocks, since
 * the kernel for a product of one row may sum in another order than that for more.
 */
export function gatedBlock({ feedForward }: Pick<ModelConfig, 'feedForward'>): number {
  let block = 1;
  while (block < GATED_BLOCK_MAX && feedForward % (4 * block) === 0) block *= 2;
  return block;
}

/** Longer blocks cost more time and gain no quality. */
const GATED_BLOCK_MAX = 32;

/** `weights` [rows, columns] times a factor for each column. In place. */
function scaleColumns(weights: Float32Array, factors: Float32Array): void {
  const columns = factors.length;
  for (let start = 0; start < weights.length; start += columns) {
    for (let i = 0; i < columns; i++) weights[start + i]! *= factors[i]!;
  }
}
