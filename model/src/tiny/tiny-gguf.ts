import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeliumError } from '@helium/shared';
import { GGUF_NAMES, HEADS } from '../gguf/open-gguf.ts';
import { SCALING_TENSORS } from '../gguf/rope-settings.ts';
import { fromRotateHalf } from '../gguf/rotate-half.ts';
import { TENSOR_TYPES } from '../gguf/tensor-types.ts';
import type { LayerTensorName, ModelConfig } from '../model-file.ts';
import type { RopeScaling } from '../rope/rope-scaling.ts';
import { expectedShapes, layerTensorName } from '../weight-layout.ts';
import { type Encode, encodeBf16, encodeF16, encodeF32 } from './encode-floats.ts';
import {
  quantizeQ4_0,
  quantizeQ4_1,
  quantizeQ5_0,
  quantizeQ5_1,
  quantizeQ8_0,
} from './quantize.ts';
import { quantizeQ4_K, quantizeQ5_K, quantizeQ6_K } from './quantize-k.ts';
import {
  TINY_CHAT_TEMPLATE,
  TINY_CONTROL_TOKENS,
  TINY_MERGES,
  TINY_TOKENS,
} from './tiny-vocabulary.ts';
import { makeTinyWeights, TINY_SHAPE, type TinyShape, type TinyWeights } from './tiny-weights.ts';
import { type WrittenTensor, type WrittenValue, writeGguf } from './write-gguf.ts';

/** How matrices are stored; vectors are always F32. */
export const TINY_ENCODERS = {
  F32: encodeF32,
  F16: encodeF16,
  BF16: encodeBf16,
  Q8_0: quantizeQ8_0,
  Q4_0: quantizeQ4_0,
  Q4_1: quantizeQ4_1,
  Q5_0: quantizeQ5_0,
  Q5_1: quantizeQ5_1,
  Q4_K: quantizeQ4_K,
  Q5_K: quantizeQ5_K,
  Q6_K: quantizeQ6_K,
} as const satisfies Record<string, Encode>;

export type TinyStorage = keyof typeof TINY_ENCODERS;

export interface TinyModelOptions extends Partial<TinyShape> {
  readonly storage?: TinyStorage;
  readonly fileName?: string;
  /** Replaces or adds metadata, for tests of odd files; undefined removes. */
  readonly metadata?: Readonly<Record<string, WrittenValue | undefined>>;
}

/**
 * Writes a random-weight Llama of about 300 tokens and 100 thousand weights as a GGUF file into the
 * folder and returns its path. Same options, same bytes. Throws OPTIONS_INVALID where rows are not
 * whole blocks of the storage type.
 */
export async function createTinyModel(
  folder: string,
  options: TinyModelOptions = {},
): Promise<string> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, options.fileName ?? 'tiny-llama.gguf');
  await writeFile(path, makeTinyGguf(options));
  return path;
}

/** The bytes that `createTinyModel` writes. */
export function makeTinyGguf(options: TinyModelOptions = {}): Uint8Array {
  const { storage = 'F32', fileName: _, metadata: changes = {}, ...shape } = options;
  const weights = makeTinyWeights({ ...TINY_SHAPE, ...shape });
  const metadata = Object.entries({ ...describe(weights.config), ...changes }).filter(
    (entry): entry is [string, WrittenValue] => entry[1] !== undefined,
  );
  return writeGguf(Object.fromEntries(metadata), encodeTensors(weights, storage));
}

const text = (value: string) => ({ kind: 'text', value }) as const;
const count = (value: number) => ({ kind: 'count', value }) as const;
const real = (value: number) => ({ kind: 'real', value }) as const;

function keyed(
  prefix: string,
  values: Readonly<Record<string, WrittenValue>>,
): Record<string, WrittenValue> {
  return Object.fromEntries(
    Object.entries(values).map(([key, value]) => [`${prefix}.${key}`, value]),
  );
}

function describeScaling(scaling: RopeScaling): Record<string, WrittenValue> {
  switch (scaling.kind) {
    case 'none':
    case 'divisors':
      return {};
    case 'linear':
      return { 'rope.scaling.type': text('linear'), 'rope.scaling.factor': real(scaling.factor) };
    case 'yarn':
      return {
        'rope.scaling.type': text('yarn'),
        'rope.scaling.factor': real(scaling.factor),
        'rope.scaling.original_context_length': count(scaling.originalTokens),
        'rope.scaling.yarn_beta_fast': real(scaling.betaFast),
        'rope.scaling.yarn_beta_slow': real(scaling.betaSlow),
      };
    case 'longrope':
      return {
        'rope.scaling.type': text('longrope'),
        'rope.scaling.original_context_length': count(scaling.originalTokens),
        'rope.scaling.attn_factor': real(scaling.magnitude),
      };
    case 'llama3':
      throw new HeliumError('OPTIONS_INVALID', 'GGUF stores llama3 scaling as rope divisors');
  }
}

function describe(config: ModelConfig): Record<string, WrittenValue> {
  const architecture = config.architecture === 'mistral' ? 'llama' : config.architecture;
  const controls = TINY_CONTROL_TOKENS.length;
  return {
    'general.architecture': text(architecture),
    'general.name': text(config.name),
    ...keyed(architecture, {
      block_count: count(config.layers),
      context_length: count(config.contextTokens),
      embedding_length: count(config.hidden),
      feed_forward_length: count(config.feedForward),
      'attention.head_count': count(config.heads),
      'attention.head_count_kv': count(config.kvHeads),
      'attention.key_length': count(config.headDim),
      'attention.value_length': count(config.headDim),
      'attention.layer_norm_rms_epsilon': real(config.normEpsilon),
      'rope.dimension_count': count(config.headDim),
      'rope.freq_base': real(config.ropeBase),
      ...describeScaling(config.ropeScaling),
    }),
    'tokenizer.ggml.model': text('gpt2'),
    'tokenizer.ggml.pre': text('smollm'),
    'tokenizer.ggml.tokens': { kind: 'texts', value: TINY_TOKENS },
    'tokenizer.ggml.token_type': {
      kind: 'integers',
      value: TINY_TOKENS.map((_, id) => (id < controls ? 3 : 1)),
    },
    'tokenizer.ggml.merges': { kind: 'texts', value: TINY_MERGES },
    'tokenizer.ggml.bos_token_id': count(1),
    'tokenizer.ggml.eos_token_id': count(2),
    'tokenizer.ggml.add_bos_token': { kind: 'flag', value: false },
    'tokenizer.chat_template': text(TINY_CHAT_TEMPLATE),
  };
}

function encodeTensors(weights: TinyWeights, storage: TinyStorage): WrittenTensor[] {
  const shapes = expectedShapes(weights.config, GGUF_NAMES);
  const encode = (name: string, values: Float32Array) =>
    encodeTensor(name, shapes.get(name)!, values, storage);
  const tensors = [
    encode(GGUF_NAMES.embedding, weights.embedding),
    encode(GGUF_NAMES.finalNorm, weights.finalNorm),
  ];
  if (weights.head !== null) tensors.push(encode(GGUF_NAMES.head, weights.head));
  weights.layers.forEach((layer, index) => {
    for (const [tensor, values] of layer) {
      const stored = interleave(weights.config, tensor, values);
      tensors.push(encode(layerTensorName(GGUF_NAMES, index, tensor), stored));
    }
  });
  const { ropeScaling } = weights.config;
  if ('divisors' in ropeScaling) {
    // LongRoPE's second list, for calls beyond its first context, is larger.
    SCALING_TENSORS[ropeScaling.kind]!.forEach((name, list) => {
      const values = Float32Array.from(ropeScaling.divisors, (divisor) => divisor * (1 + list));
      tensors.push(encodeTensor(name, [values.length], values, 'F32'));
    });
  }
  return tensors;
}

function interleave(config: ModelConfig, tensor: LayerTensorName, values: Float32Array) {
  const heads = config.architecture === 'llama' ? HEADS[tensor]?.(config) : undefined;
  if (heads === undefined) return values;
  return fromRotateHalf(values, heads, config.headDim, values.length / (heads * config.headDim));
}

function encodeTensor(
  name: string,
  shape: readonly number[],
  values: Float32Array,
  storage: TinyStorage,
): WrittenTensor {
  const stored = shape.length === 1 ? 'F32' : storage;
  const [type, { blockValues }] = Object.entries(TENSOR_TYPES).find(
    ([, { name: typeName }]) => typeName === stored,
  )!;
  if (shape.at(-1)! % blockValues !== 0) {
    throw new HeliumError(
      'OPTIONS_INVALID',
      `tensor ${name} has rows of ${shape.at(-1)}, ${stored} needs multiples of ${blockValues}`,
    );
  }
  return { name, shape, type: Number(type), bytes: TINY_ENCODERS[stored](values) };
}
