import type { LayerTensorName, ModelConfig, ModelFile } from '@helium/model';
import { HeliumError } from '@helium/shared';
import { quantizeChannels, transpose } from './channel-quantization.ts';
import type { Precision } from './precision.ts';
import type { StoredTensor, TensorData } from './tensor-data.ts';

/** A linear layer as stored: [inputs, outputs], with a scale per output where it is int8. */
export interface LinearWeight {
  readonly values: StoredTensor;
  readonly scales?: StoredTensor;
}

/** `qkv` holds the rows of q (already divided by √headDim), k and v, one under the other. */
export interface LayerWeights {
  readonly attnNorm: StoredTensor;
  readonly qkv: LinearWeight;
  readonly o: LinearWeight;
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
  const layers = Array.from({ length: config.layers }, (_, layer): LayerWeights => {
    const read = (tensor: LayerTensorName) => model.readLayer(layer, tensor);
    const name = (part: string) => `layer.${layer}.${part}`;
    return {
      attnNorm: vector(name('attnNorm'), read('attnNorm')),
      qkv: linear(
        name('qkv'),
        concatenate(scaledQuery(config, read('q')), read('k'), read('v')),
        config.hidden,
      ),
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

/**
 * Attention's 1/√headDim, moved into the weights: a product scaled by anything but 1 leaves
 * onnxruntime's fast matrix-vector kernel. Exact where headDim is a power of four.
 */
function scaledQuery(config: ModelConfig, query: Float32Array): Float32Array {
  const factor = 1 / Math.sqrt(config.headDim);
  return query.map((weight) => weight * factor);
}

function ropeTables(config: ModelConfig, contextTokens: number) {
  const half = config.headDim / 2;
  const cos = new Float32Array(contextTokens * half);
  const sin = new Float32Array(contextTokens * half);
  for (let i = 0; i < half; i++) {
    const frequency = config.ropeBase ** (-i / half);
    for (let position = 0; position < contextTokens; position++) {
      cos[position * half + i] = Math.cos(position * frequency);
      sin[position * half + i] = Math.sin(position * frequency);
    }
  }
  return { cos, sin };
}

function concatenate(...parts: readonly Float32Array[]): Float32Array {
  const joined = new Float32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    joined.set(part, offset);
    offset += part.length;
  }
  return joined;
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
