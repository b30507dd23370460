import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeliumError } from '@helium/shared';
import { GGUF_NAMES } from '../gguf/open-gguf.ts';
import { fromRotateHalf } from '../gguf/rotate-half.ts';
import { TENSOR_TYPES } from '../gguf/tensor-types.ts';
import { LAYER_TENSORS, type LayerTensorName, type ModelConfig } from '../model-file.ts';
import { expectedShapes, layerTensorName } from '../weight-layout.ts';
import { type Encode, encodeBf16, encodeF16, encodeF32 } from './encode-floats.ts';
import {
  quantizeQ4_0,
  quantizeQ4_1,
  quantizeQ5_0,
  quantizeQ5_1,
  quantizeQ6_K,
  quantizeQ8_0,
} from './quantize.ts';
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

function describe(config: ModelConfig): Record<string, WrittenValue> {
  const text = (value: string) => ({ kind: 'text', value }) as const;
  const count = (value: number) => ({ kind: 'count', value }) as const;
  const controls = TINY_CONTROL_TOKENS.length;
  return {
    'general.architecture': text('llama'),
    'general.name': text(config.name),
    'llama.block_count': count(config.layers),
    'llama.context_length': count(config.contextTokens),
    'llama.embedding_length': count(config.hidden),
    'llama.feed_forward_length': count(config.feedForward),
    'llama.attention.head_count': count(config.heads),
    'llama.attention.head_count_kv': count(config.kvHeads),
    'llama.attention.key_length': count(config.headDim),
    'llama.attention.value_length': count(config.headDim),
    'llama.rope.dimension_count': count(config.headDim),
    'llama.rope.freq_base': { kind: 'real', value: config.ropeBase },
    'llama.attention.layer_norm_rms_epsilon': { kind: 'real', value: config.normEpsilon },
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
    for (const tensor of Object.keys(LAYER_TENSORS) as LayerTensorName[]) {
      const values = interleave(weights.config, tensor, layer[tensor]);
      tensors.push(encode(layerTensorName(GGUF_NAMES, index, tensor), values));
    }
  });
  return tensors;
}

function interleave(config: ModelConfig, tensor: LayerTensorName, values: Float32Array) {
  const heads = { q: config.heads, k: config.kvHeads }[tensor as 'q' | 'k'];
  return heads === undefined
    ? values
    : fromRotateHalf(values, heads, config.headDim, config.hidden);
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
