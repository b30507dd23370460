import type { LayerTensorName, ModelConfig, ModelFile } from '@helium/model';
import { joinHeadNorms, joinQkv, joinQkvBias } from './attention-weights.ts';
import { offsetValues, transpose } from './channel-quantization.ts';
import { ChannelQuantizer } from './channel-quantizer.ts';
import type { GraphForm } from './precision.ts';
import { ropeTables } from './rope-tables.ts';
import { gatedBlock, rotatedWeights } from './rotation/rotated-weights.ts';
import { Rotation } from './rotation/rotation.ts';
import type { StoredTensor, TensorData } from './tensor-data.ts';
import { finiteWeights } from './weight-source.ts';

/** A linear layer as stored: [inputs, outputs], with a scale per output where it is 8 bits; uint8 128 stands for 0. */
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
  /** [block, block]: turns each block of what goes into `down`; where rotatedWeights ask for it. */
  readonly gatedRotation: StoredTensor | undefined;
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
  form: GraphForm,
  contextTokens: number,
  sink: TensorSink,
): ModelWeights {
  const { config } = model;
  const { precision } = form;
  const source = precision === 'fast' ? rotatedWeights(finiteWeights(model)) : finiteWeights(model);
  const quantizer = new ChannelQuantizer();
  const linear = (name: string, weights: Float32Array, inputs: number) =>
    storeLinear(sink, form, quantizer, name, weights, inputs);
  const vector = (name: string, data: Float32Array) => sink.add(name, [data.length], data);
  const optional = (name: string, data: Float32Array | undefined, columns?: number) => {
    if (data === undefined) return undefined;
    const dims = columns === undefined ? [data.length] : [data.length / columns, columns];
    return sink.add(name, dims, data);
  };
  const layers = Array.from({ length: config.layers }, (_, layer): LayerWeights => {
    const read = (tensor: LayerTensorName) => source.readLayer(layer, tensor);
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
  // Rows of it are looked up outside the graphs, one by one: here all are looked through.
  if (!config.tiedEmbeddings) model.openEmbedding().values();
  const rope = ropeTables(config, contextTokens);
  return {
    layers,
    gatedRotation: precision === 'fast' ? storeGatedRotation(config, sink) : undefined,
    finalNorm: vector('finalNorm', source.readFinalNorm()),
    head: linear('head', source.readHead(), config.hidden),
    ropeCos: sink.add('ropeCos', [contextTokens, config.headDim / 2], rope.cos),
    ropeSin: sink.add('ropeSin', [contextTokens, config.headDim / 2], rope.sin),
  };
}

function storeGatedRotation(config: ModelConfig, sink: TensorSink): StoredTensor | undefined {
  const block = gatedBlock(config);
  if (block === 1) return undefined;
  return sink.add('gatedRotation', [block, block], new Rotation(block).matrix());
}

function storeLinear(
  sink: TensorSink,
  { precision, offsetWeights }: GraphForm,
  quantizer: ChannelQuantizer,
  name: string,
  weights: Float32Array,
  inputs: number,
): LinearWeight {
  const outputs = weights.length / inputs;
  if (precision === 'exact') {
    return { values: sink.add(name, [inputs, outputs], transpose(weights, outputs, inputs)) };
  }
  const { values, scales } = quantizer.quantize(weights, outputs, inputs);
  return {
    values: sink.add(name, [inputs, outputs], offsetWeights ? offsetValues(values) : values),
    scales: sink.add(`${name}.scales`, [outputs], scales),
  };
}
