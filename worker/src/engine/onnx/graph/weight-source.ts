import type { LayerTensorName, ModelConfig, ModelFile } from '@helium/model';
import { HeliumError } from '@helium/shared';

/** What the weights of graphs are made from; shapes as in ModelFile. */
export interface WeightSource {
  readonly config: ModelConfig;
  readFinalNorm(): Float32Array;
  readHead(): Float32Array;
  readLayer(layer: number, tensor: LayerTensorName): Float32Array;
}

/**
 * The model's own weights, each looked through when it is read: rounding would hide a broken one for
 * ever. Reading throws MODEL_INVALID naming the tensor and the element.
 */
export function finiteWeights(model: ModelFile): WeightSource {
  const checked = (name: string, weights: Float32Array) => {
    assertFinite(model, name, weights);
    return weights;
  };
  return {
    config: model.config,
    readFinalNorm: () => checked('finalNorm', model.readFinalNorm()),
    readHead: () => checked('head', model.openHead().values()),
    readLayer: (layer, tensor) =>
      checked(`layer.${layer}.${tensor}`, model.readLayer(layer, tensor)),
  };
}

function assertFinite(model: ModelFile, name: string, weights: Float32Array): void {
  // Infinity and NaN both turn a running sum of x - x into NaN.
  let witness = 0;
  for (let i = 0; i < weights.length; i++) witness += weights[i]! - weights[i]!;
  if (witness === 0) return;
  const index = weights.findIndex((weight) => !Number.isFinite(weight));
  throw new HeliumError(
    'MODEL_INVALID',
    `model ${model.path}: ${name} holds ${weights[index]} at element ${index}, not a finite number`,
  );
}
