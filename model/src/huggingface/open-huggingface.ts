import { canonicalJson, tokenizerDigest } from '@helium/shared/tokenizer';
import { assembleModel } from '../assemble-model.ts';
import type { ModelFile } from '../model-file.ts';
import { checkShapes, expectedShapes, type TensorNames } from '../weight-layout.ts';
import { readDecoderConfig } from './decoder-config.ts';
import { readJsonFile } from './json-file.ts';
import { readTokenizerSpec } from './tokenizer-spec.ts';
import { openWeightFiles } from './weight-files.ts';

/** The names of transformers' LlamaForCausalLM, MistralForCausalLM, Qwen2ForCausalLM, Qwen3ForCausalLM. */
export const HUGGING_FACE_NAMES: TensorNames = {
  embedding: 'model.embed_tokens.weight',
  finalNorm: 'model.norm.weight',
  head: 'lm_head.weight',
  layerPrefix: (layer) => `model.layers.${layer}.`,
  layer: {
    attnNorm: 'input_layernorm.weight',
    q: 'self_attn.q_proj.weight',
    k: 'self_attn.k_proj.weight',
    v: 'self_attn.v_proj.weight',
    o: 'self_attn.o_proj.weight',
    ffnNorm: 'post_attention_layernorm.weight',
    gate: 'mlp.gate_proj.weight',
    up: 'mlp.up_proj.weight',
    down: 'mlp.down_proj.weight',
    qBias: 'self_attn.q_proj.bias',
    kBias: 'self_attn.k_proj.bias',
    vBias: 'self_attn.v_proj.bias',
    oBias: 'self_attn.o_proj.bias',
    qNorm: 'self_attn.q_norm.weight',
    kNorm: 'self_attn.k_norm.weight',
  },
};

/**
 * Opens a Hugging Face folder: config.json, tokenizer.json, tokenizer_config.json and safetensors,
 * whole or in shards. Throws MODEL_UNSUPPORTED by name for other architectures and element types,
 * MODEL_INVALID for missing, truncated or malformed files.
 */
export function openHuggingFace(folder: string): ModelFile {
  const json = readJsonFile(folder, 'config.json');
  const config = readDecoderConfig(folder, json);
  const tokenizer = readTokenizerSpec(folder, json);
  const weights = openWeightFiles(folder);
  try {
    const found = [...weights.shapes].filter(([name]) => !isIgnored(name, config.tiedEmbeddings));
    checkShapes(folder, expectedShapes(config, HUGGING_FACE_NAMES), new Map(found));
  } catch (error) {
    weights.close();
    throw error;
  }
  const { name: _, ...shape } = config;
  const identity = canonicalJson({ shape, tokenizer: tokenizerDigest(tokenizer) });
  return assembleModel(weights.toSource(identity), {
    config,
    tokenizer,
    names: HUGGING_FACE_NAMES,
    reorder: (_tensor, values) => values,
  });
}

/** Rope's constants, and a stored head that tied embeddings replace. */
function isIgnored(name: string, isTied: boolean): boolean {
  return name.endsWith('.rotary_emb.inv_freq') || (isTied && name === HUGGING_FACE_NAMES.head);
}
