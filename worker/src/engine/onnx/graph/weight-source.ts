import {
  findNonFinite,
  type LayerTensorName,
  type ModelConfig,
  type ModelFile,
} from '@helium/model';
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
  const index = findNonFinite(weights);
  if (index < 0) return;
  throw new HeliumError(
    'MODEL_INVALID',
    `model ${model.path}: ${name} holds ${weights[index]} at element ${index}, not a finite number`,
  );
}
