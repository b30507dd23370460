import { HeliumError } from '@helium/shared';
import type { ModelConfig } from '../model-file.ts';
import type { GgufTensor } from './header.ts';
import type { Metadata } from './metadata.ts';
import { type MetadataReader, readerOf } from './metadata-reader.ts';

/** Throws MODEL_UNSUPPORTED, by name, for any architecture but llama. Looks at metadata only. */
export function requireLlama(path: string, metadata: Metadata): void {
  const architecture = metadata.get('general.architecture');
  if (architecture === 'llama') return;
  throw new HeliumError(
    'MODEL_UNSUPPORTED',
    `${path}: architecture ${JSON.stringify(architecture)} is not supported, only "llama"`,
  );
}

/**
 * Configuration from the `llama.*` keys. Throws MODEL_INVALID on missing or impossible values,
 * MODEL_UNSUPPORTED for experts, scaled or partial rope.
 */
export function readLlamaConfig(
  path: string,
  metadata: Metadata,
  tensors: readonly GgufTensor[],
): ModelConfig {
  const reader = readerOf(path, metadata);
  refuseVariants(path, metadata, tensors);
  const hidden = reader.count('llama.embedding_length');
  const heads = reader.count('llama.attention.head_count');
  const headDim = readHeadDim(reader, hidden, heads);
  const embedding = tensors.find(({ name }) => name === 'token_embd.weight');
  const config: ModelConfig = {
    architecture: 'llama',
    name: reader.text('general.name', 'llama'),
    hidden,
    layers: reader.count('llama.block_count'),
    heads,
    kvHeads: reader.count('llama.attention.head_count_kv', heads),
    headDim,
    feedForward: reader.count('llama.feed_forward_length'),
    vocab: embedding?.dimensions[1] ?? reader.count('llama.vocab_size'),
    contextTokens: reader.count('llama.context_length'),
    ropeBase: reader.positive('llama.rope.freq_base', 10_000),
    normEpsilon: reader.positive('llama.attention.layer_norm_rms_epsilon'),
    tiedEmbeddings: !tensors.some(({ name }) => name === 'output.weight'),
  };
  if (config.heads % config.kvHeads !== 0) {
    throw reader.invalid(
      'llama.attention.head_count_kv',
      `is ${config.kvHeads}, it must divide the ${config.heads} heads`,
    );
  }
  return config;
}

function readHeadDim(reader: MetadataReader, hidden: number, heads: number): number {
  const headDim = reader.count('llama.attention.key_length', hidden / heads);
  const valueDim = reader.count('llama.attention.value_length', headDim);
  const ropeDim = reader.count('llama.rope.dimension_count', headDim);
  if (valueDim !== headDim) {
    throw reader.unsupported('llama.attention.value_length', `${valueDim} with keys of ${headDim}`);
  }
  if (ropeDim !== headDim) {
    throw reader.unsupported('llama.rope.dimension_count', `${ropeDim} with heads of ${headDim}`);
  }
  if (headDim % 2 !== 0) throw reader.unsupported('llama.attention.key_length', `${headDim}`);
  return headDim;
}

function refuseVariants(path: string, metadata: Metadata, tensors: readonly GgufTensor[]): void {
  const reader = readerOf(path, metadata);
  const experts = metadata.get('llama.expert_count') ?? 0;
  if (experts !== 0) throw reader.unsupported('llama.expert_count', String(experts));
  const scaling = metadata.get('llama.rope.scaling.type') ?? 'none';
  if (scaling !== 'none') throw reader.unsupported('llama.rope.scaling.type', String(scaling));
  const linear = metadata.get('llama.rope.scale_linear') ?? 1;
  if (linear !== 1) throw reader.unsupported('llama.rope.scale_linear', String(linear));
  if (tensors.some(({ name }) => name === 'rope_freqs.weight')) {
    throw reader.unsupported('tensor rope_freqs.weight', 'scaled rope');
  }
}
