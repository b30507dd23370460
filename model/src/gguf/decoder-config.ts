import { HeliumError } from '@helium/shared';
import type { Architecture, AttentionBias, ModelConfig } from '../model-file.ts';
import type { GgufTensor } from './header.ts';
import type { Metadata } from './metadata.ts';
import { type MetadataReader, readerOf } from './metadata-reader.ts';
import { type ReadDivisors, readRopeScaling } from './rope-settings.ts';

/** GGUF has no name of its own for Mistral: its files say "llama". */
const GGUF_ARCHITECTURES: readonly Architecture[] = ['llama', 'qwen2', 'qwen3'];

/** Throws MODEL_UNSUPPORTED, by name, for any architecture not served. Looks at metadata only. */
export function requireArchitecture(path: string, metadata: Metadata): Architecture {
  const name = metadata.get('general.architecture');
  const found = GGUF_ARCHITECTURES.find((architecture) => architecture === name);
  if (found !== undefined) return found;
  const supported = GGUF_ARCHITECTURES.map((architecture) => `"${architecture}"`).join(', ');
  throw new HeliumError(
    'MODEL_UNSUPPORTED',
    `${path}: architecture ${JSON.stringify(name)} is not supported, only ${supported}`,
  );
}

/** What of a file's tensors the configuration follows from. */
export interface TensorFacts {
  readonly tensors: readonly GgufTensor[];
  readonly readDivisors: ReadDivisors;
}

/**
 * Configuration from the keys of the architecture. Throws MODEL_INVALID on missing or impossible values,
 * MODEL_UNSUPPORTED for experts, partial rope and kinds of rope scaling that are not known.
 */
export function readDecoderConfig(
  path: string,
  metadata: Metadata,
  { tensors, readDivisors }: TensorFacts,
): ModelConfig {
  const architecture = requireArchitecture(path, metadata);
  const reader = readerOf(path, metadata);
  const key = (name: string) => `${architecture}.${name}`;
  const experts = metadata.get(key('expert_count')) ?? 0;
  if (experts !== 0) throw reader.unsupported(key('expert_count'), String(experts));
  const hidden = reader.count(key('embedding_length'));
  const heads = reader.count(key('attention.head_count'));
  const embedding = tensors.find(({ name }) => name === 'token_embd.weight');
  const has = (name: string) => tensors.some((tensor) => tensor.name === name);
  const config: ModelConfig = {
    architecture,
    name: reader.text('general.name', architecture),
    hidden,
    layers: reader.count(key('block_count')),
    heads,
    kvHeads: reader.count(key('attention.head_count_kv'), heads),
    headDim: readHeadDim(reader, key, hidden, heads),
    feedForward: reader.count(key('feed_forward_length')),
    vocab: embedding?.dimensions[1] ?? reader.count(key('vocab_size')),
    contextTokens: reader.count(key('context_length')),
    ropeBase: reader.positive(key('rope.freq_base'), 10_000),
    ropeScaling: readRopeScaling(reader, metadata, key, readDivisors),
    normEpsilon: reader.positive(key('attention.layer_norm_rms_epsilon')),
    attentionBias: findAttentionBias(architecture, has),
    headNorms: architecture === 'qwen3',
    slidingWindow:
      (metadata.get(key('attention.sliding_window')) ?? 0)
        ? reader.count(key('attention.sliding_window'))
        : null,
    tiedEmbeddings: !has('output.weight'),
  };
  if (config.heads % config.kvHeads !== 0) {
    throw reader.invalid(
      key('attention.head_count_kv'),
      `is ${config.kvHeads}, it must divide the ${config.heads} heads`,
    );
  }
  return config;
}

type Key = (name: string) => string;

function readHeadDim(reader: MetadataReader, key: Key, hidden: number, heads: number): number {
  const headDim = reader.count(key('attention.key_length'), hidden / heads);
  const valueDim = reader.count(key('attention.value_length'), headDim);
  const ropeDim = reader.count(key('rope.dimension_count'), headDim);
  if (valueDim !== headDim) {
    throw reader.unsupported(key('attention.value_length'), `${valueDim} with keys of ${headDim}`);
  }
  if (ropeDim !== headDim) {
    throw reader.unsupported(key('rope.dimension_count'), `${ropeDim} with heads of ${headDim}`);
  }
  if (headDim % 2 !== 0) throw reader.unsupported(key('attention.key_length'), `${headDim}`);
  return headDim;
}

/** Qwen2 always has them, other families where the file does. */
function findAttentionBias(
  architecture: Architecture,
  has: (tensor: string) => boolean,
): AttentionBias {
  if (has('blk.0.attn_output.bias')) return 'qkvo';
  return architecture === 'qwen2' || has('blk.0.attn_q.bias') ? 'qkv' : 'none';
}
