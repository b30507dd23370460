import { basename } from 'node:path';
import { type Fault, HeliumError } from '@helium/shared';
import type { ModelConfig } from '../model-file.ts';
import { isJsonObject, type JsonObject } from './json-file.ts';

const ARCHITECTURE = 'LlamaForCausalLM';

/**
 * Configuration from config.json. Throws MODEL_UNSUPPORTED, by name, for other architectures and for
 * what a plain Llama lacks (biases, scaled rope, other activations), MODEL_INVALID listing all faults.
 */
export function readLlamaConfig(folder: string, json: JsonObject): ModelConfig {
  refuseVariants(folder, json);
  const faults: Fault[] = [];
  const number = (field: string, isValid: (value: number) => boolean, fallback?: number) => {
    const value = json[field] ?? fallback;
    if (typeof value === 'number' && isValid(value)) return value;
    faults.push({ field, message: `is ${JSON.stringify(value)}, a positive number is expected` });
    return 1;
  };
  const count = (field: string, fallback?: number) => number(field, isCount, fallback);
  const hidden = count('hidden_size');
  const heads = count('num_attention_heads');
  const config: ModelConfig = {
    architecture: 'llama',
    name: basename(folder),
    hidden,
    layers: count('num_hidden_layers'),
    heads,
    kvHeads: count('num_key_value_heads', heads),
    headDim: count('head_dim', hidden / heads),
    feedForward: count('intermediate_size'),
    vocab: count('vocab_size'),
    contextTokens: count('max_position_embeddings'),
    ropeBase: number('rope_theta', isPositive, ropeParameters(json).rope_theta ?? 10_000),
    normEpsilon: number('rms_norm_eps', isPositive, 1e-6),
    tiedEmbeddings: json.tie_word_embeddings === true,
  };
  if (config.heads % config.kvHeads !== 0) {
    faults.push({ field: 'num_key_value_heads', message: `must divide ${config.heads} heads` });
  }
  if (config.headDim % 2 !== 0) {
    faults.push({ field: 'head_dim', message: `is ${config.headDim}, it must be even` });
  }
  if (faults.length === 0) return config;
  throw new HeliumError('MODEL_INVALID', `${folder}: config.json is malformed`, { faults });
}

const isCount = (value: number) => Number.isSafeInteger(value) && value >= 1;
const isPositive = (value: number) => Number.isFinite(value) && value > 0;

/** Where newer files keep rope's settings. */
function ropeParameters(json: JsonObject): { readonly rope_theta?: number } {
  return isJsonObject(json.rope_parameters) ? json.rope_parameters : {};
}

function refuseVariants(folder: string, json: JsonObject): void {
  const architectures = Array.isArray(json.architectures) ? json.architectures : [];
  if (!architectures.includes(ARCHITECTURE)) {
    const found = architectures.join(', ') || String(json.model_type ?? 'none');
    throw unsupported(folder, `architecture ${found}`, ARCHITECTURE);
  }
  const scaling = json.rope_scaling ?? json.rope_parameters;
  const kind = isJsonObject(scaling) ? (scaling.rope_type ?? scaling.type ?? 'default') : 'default';
  if (kind !== 'default') throw unsupported(folder, `rope scaling ${kind}`, 'none');
  const activation = json.hidden_act ?? 'silu';
  if (activation !== 'silu') throw unsupported(folder, `activation ${activation}`, 'silu');
  const bias = ['attention_bias', 'mlp_bias'].find((field) => json[field] === true);
  if (bias !== undefined) throw unsupported(folder, bias, 'layers without biases');
  if (json.quantization_config !== undefined) {
    throw unsupported(folder, 'quantization_config', 'F32, F16 and BF16 weights');
  }
}

function unsupported(folder: string, found: string, supported: string): HeliumError {
  return new HeliumError(
    'MODEL_UNSUPPORTED',
    `${folder}: ${found} is not supported, only ${supported}`,
  );
}
