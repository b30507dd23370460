import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { HeliumError } from '@helium/shared';
import { HUGGING_FACE_NAMES } from '../huggingface/open-huggingface.ts';
import type { Architecture, ModelConfig } from '../model-file.ts';
import type { RopeScaling } from '../rope/rope-scaling.ts';
import { expectedShapes, layerTensorName } from '../weight-layout.ts';
import { TINY_ENCODERS } from './tiny-gguf.ts';
import {
  TINY_CHAT_TEMPLATE,
  TINY_CONTROL_TOKENS,
  TINY_MERGES,
  TINY_TOKENS,
} from './tiny-vocabulary.ts';
import { makeTinyWeights, TINY_SHAPE, type TinyShape, type TinyWeights } from './tiny-weights.ts';
import { type SafeTensorValues, writeSafetensors } from './write-safetensors.ts';

export interface TinyFolderOptions extends Partial<TinyShape> {
  readonly storage?: 'F32' | 'F16' | 'BF16';
  /** Weight files; more than one makes an index. */
  readonly shards?: number;
  /** Replaces or adds keys of config.json; undefined removes. */
  readonly config?: Readonly<Record<string, unknown>>;
}

/** As `createTinyModel`, the same weights as a Hugging Face folder; returns the folder. */
export async function createTinyFolder(
  folder: string,
  options: TinyFolderOptions = {},
): Promise<string> {
  const { storage = 'F32', shards = 1, config: changes = {}, ...shape } = options;
  const weights = makeTinyWeights({ ...TINY_SHAPE, ...shape });
  await mkdir(folder, { recursive: true });
  const write = (name: string, contents: Uint8Array | object) =>
    writeFile(
      join(folder, name),
      contents instanceof Uint8Array ? contents : JSON.stringify(contents, null, 2),
    );
  await write('config.json', { ...describeConfig(weights.config), ...changes });
  await write('tokenizer.json', describeTokenizer());
  await write('tokenizer_config.json', {
    bos_token: '<|im_start|>',
    eos_token: { content: '<|im_end|>' },
    chat_template: TINY_CHAT_TEMPLATE,
  });
  const tensors = listTensors(weights);
  const fileOf = (index: number) =>
    shards === 1 ? 'model.safetensors' : `model-${(index % shards) + 1}-of-${shards}.safetensors`;
  for (let shard = 0; shard < shards; shard++) {
    const own = tensors.filter((_, index) => index % shards === shard);
    await write(fileOf(shard), writeSafetensors(own, storage, TINY_ENCODERS[storage]));
  }
  if (shards > 1) {
    const map = tensors.map(({ name }, index) => [name, fileOf(index)]);
    await write('model.safetensors.index.json', { weight_map: Object.fromEntries(map) });
  }
  return folder;
}

const CLASSES: Readonly<Record<Architecture, string>> = {
  llama: 'LlamaForCausalLM',
  mistral: 'MistralForCausalLM',
  qwen2: 'Qwen2ForCausalLM',
  qwen3: 'Qwen3ForCausalLM',
};

function describeScaling(scaling: RopeScaling): Record<string, unknown> | null {
  switch (scaling.kind) {
    case 'none':
      return null;
    case 'linear':
      return { rope_type: 'linear', factor: scaling.factor };
    case 'llama3':
      return {
        rope_type: 'llama3',
        factor: scaling.factor,
        low_freq_factor: scaling.lowFrequencyFactor,
        high_freq_factor: scaling.highFrequencyFactor,
        original_max_position_embeddings: scaling.originalTokens,
      };
    case 'yarn':
      return {
        rope_type: 'yarn',
        factor: scaling.factor,
        original_max_position_embeddings: scaling.originalTokens,
        beta_fast: scaling.betaFast,
        beta_slow: scaling.betaSlow,
        truncate: scaling.truncate,
        attention_factor: scaling.magnitude,
      };
    case 'longrope':
      return {
        rope_type: 'longrope',
        short_factor: scaling.divisors,
        long_factor: scaling.divisors.map((divisor) => divisor * 2),
        original_max_position_embeddings: scaling.originalTokens,
        attention_factor: scaling.magnitude,
      };
    case 'divisors':
      throw new HeliumError('OPTIONS_INVALID', 'config.json has no rope divisors');
  }
}

function describeConfig(config: ModelConfig): Record<string, unknown> {
  return {
    architectures: [CLASSES[config.architecture]],
    model_type: config.architecture,
    hidden_size: config.hidden,
    num_hidden_layers: config.layers,
    num_attention_heads: config.heads,
    num_key_value_heads: config.kvHeads,
    head_dim: config.headDim,
    intermediate_size: config.feedForward,
    vocab_size: config.vocab,
    max_position_embeddings: config.contextTokens,
    rope_theta: config.ropeBase,
    rope_scaling: describeScaling(config.ropeScaling),
    attention_bias: config.attentionBias === 'qkvo',
    sliding_window: config.slidingWindow,
    rms_norm_eps: config.normEpsilon,
    tie_word_embeddings: config.tiedEmbeddings,
    eos_token_id: 2,
  };
}

function describeTokenizer(): Record<string, unknown> {
  return {
    added_tokens: TINY_CONTROL_TOKENS.map((content, id) => ({ id, content, special: true })),
    normalizer: null,
    pre_tokenizer: {
      type: 'Sequence',
      pretokenizers: [
        { type: 'Digits', individual_digits: true },
        { type: 'ByteLevel', add_prefix_space: false, use_regex: true },
      ],
    },
    post_processor: null,
    decoder: { type: 'ByteLevel' },
    model: {
      type: 'BPE',
      vocab: Object.fromEntries(TINY_TOKENS.map((token, id) => [token, id])),
      merges: TINY_MERGES.map((merge) => merge.split(' ')),
    },
  };
}

function listTensors(weights: TinyWeights): SafeTensorValues[] {
  const shapes = expectedShapes(weights.config, HUGGING_FACE_NAMES);
  const list: [string, Float32Array][] = [
    [HUGGING_FACE_NAMES.embedding, weights.embedding],
    [HUGGING_FACE_NAMES.finalNorm, weights.finalNorm],
  ];
  if (weights.head !== null) list.push([HUGGING_FACE_NAMES.head, weights.head]);
  weights.layers.forEach((layer, index) => {
    for (const [tensor, values] of layer) {
      list.push([layerTensorName(HUGGING_FACE_NAMES, index, tensor), values]);
    }
  });
  return list.map(([name, values]) => ({ name, shape: shapes.get(name)!, values }));
}
