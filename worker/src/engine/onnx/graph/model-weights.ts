import type { LayerTensorName, ModelFile } from '@helium/model';
import { HeliumError } from '@helium/shared';
import { joinHeadNorms, joinQkv, joinQkvBias } from './attention-weights.ts';
import { quantizeChannels, transpose } from './channel-quantization.ts';
import type { Precision } from './precision.ts';
import { ropeTables } from './rope-tables.ts';
import type { StoredTensor, TensorData } from './tensor-data.ts';

/** A linear layer as stored: [inputs, outputs], with a scale per output where it is int8. */
export interface LinearWeight {
  readonly values: StoredTensor;
  readonly scales?: StoredTensor;
}

/** `qkv`, `qkvBias` and `headNorms` are those of attention-weights.ts. */
export interface LayerWeights {
  readonly attnNorm: StoredTensor;
  readonly qkv: LinearWeight;
  /** Where the model has one. */
  readonly qkvBias: StoredTensor | undefined;
  /** [heads + kvHeads, headDim]; where the model norms heads. */
  readonly headNorms: StoredTensor | undefined;
  readonly o: LinearWeight;
  /** Where the model has one. */
  readonly oBias: StoredTensor | undefined;
  readonly ffnNorm: StoredTensor;
  readonly gate: LinearWeight;
  readonly up: LinearWeight;
  readonly down: LinearWeight;
}

/** Everything the graphs of one model and precision refer to. */
export interface ModelWeights {
  readonly layers: readonly LayerWeights[];
  readonly finalNorm: StoredTensor;
  readonly head: LinearWeight;
  /** [contextTokens, headDim / 2]. */
  readonly ropeCos: StoredTensor;
  readonly ropeSin: StoredTensor;
}

/** Where the weights go: WeightFileWriter, or memory in tests. */
export interface TensorSink {
  add(name: string, dims: readonly number[], data: TensorData): StoredTensor;
}

/**
 * Reads the model tensor by tensor, brings each into the graphs' form and stores it.
 * Throws MODEL_INVALID for a weight that is not a finite number.
 */
export function storeWeights(
  model: ModelFile,
  precision: Precision,
  contextTokens: number,
  sink: TensorSink,
): ModelWeights {
  const { config } = model;
  const linear = (name: string, weights: Float32Array, inputs: number): LinearWeight => {
    assertFinite(model, name, weights);
    return storeLinear(sink, precision, name, weights, inputs);
  };
  const vector = (name: string, data: Float32Array) => {
    assertFinite(model, name, data);
    return sink.add(name, [data.length], data);
  };
  const optional = (name: string, data: Float32Array | undefined, columns?: number) => {
    if (data === undefined) return undefined;
    assertFinite(model, name, data);
    const dims = columns === undefined ? [data.length] : [data.length / columns, columns];
    return sink.add(name, dims, data);
  };
  const layers = Array.from({ length: config.layers }, (_, layer): LayerWeights => {
    const read = (tensor: LayerTensorName) => model.readLayer(layer, tensor);
    const name = (part: string) => `layer.${layer}.${part}`;
    return {
      attnNorm: vector(name('attnNorm'), read('attnNorm')),
      qkv: linear(name('qkv'), joinQkv(config, read), config.hidden),
      qkvBias: optional(name('qkvBias'), joinQkvBias(config, read)),
      headNorms: optional(name('headNorms'), joinHeadNorms(config, read), config.headDim),
      oBias: optional(name('oBias'), config.attentionBias === 'qkvo' ? read('oBias') : undefined),
      o: linear(name('o'), read('o'), config.heads * config.headDim),
      ffnNorm: vector(name('ffnNorm'), read('ffnNorm')),
      gate: linear(name('gate'), read('gate'), config.hidden),
      up: linear(name('up'), read('up'), config.hidden),
      down: linear(name('down'), read('down'), config.feedForward),
    };
  });
  const rope = ropeTables(config, contextTokens);
  return {
    layers,
    finalNorm: vector('finalNorm', model.readFinalNorm()),
    head: linear('head', model.readHead(), config.hidden),
    ropeCos: sink.add('ropeCos', [contextTokens, config.headDim / 2], rope.cos),
    ropeSin: sink.add('ropeSin', [contextTokens, config.headDim / 2], rope.sin),
  };
}

function storeLinear(
  sink: TensorSink,
  precision: Precision,
  name: string,
  weights: Float32Array,
  inputs: number,
): LinearWeight {
  const outputs = weights.length / inputs;
  if (precision === 'exact') {
    return { values: sink.add(name, [inputs, outputs], transpose(weights, outputs, inputs)) };
  }
  const { values, scales } = quantizeChannels(weights, outputs, inputs);
  return {
    values: sink.add(name, [inputs, outputs], values),
    scales: sink.add(`${name}.scales`, [outputs], scales),
  };
}

/** Int8 rounding would hide a broken weight for ever, so it is refused here. */
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
