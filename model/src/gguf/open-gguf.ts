import { HeliumError } from '@helium/shared';
import { assembleModel, type WeightSource } from '../assemble-model.ts';
import { FileReader } from '../file-reader.ts';
import { hashFile } from '../hash-file.ts';
import type { LayerTensorName, ModelConfig, ModelFile } from '../model-file.ts';
import { checkShapes, expectedShapes, type TensorNames } from '../weight-layout.ts';
import { checkTensors, countValues, storedBytes } from './check-tensors.ts';
import { type GgufHeader, readGgufHeader } from './header.ts';
import { readLlamaConfig, requireLlama } from './llama-config.ts';
import { toRotateHalf } from './rotate-half.ts';
import { TENSOR_TYPES } from './tensor-types.ts';
import { readTokenizerSpec } from './tokenizer-spec.ts';

/** llama.cpp's names. */
export const GGUF_NAMES: TensorNames = {
  embedding: 'token_embd.weight',
  finalNorm: 'output_norm.weight',
  head: 'output.weight',
  layerPrefix: (layer) => `blk.${layer}.`,
  layer: {
    attnNorm: 'attn_norm.weight',
    q: 'attn_q.weight',
    k: 'attn_k.weight',
    v: 'attn_v.weight',
    o: 'attn_output.weight',
    ffnNorm: 'ffn_norm.weight',
    gate: 'ffn_gate.weight',
    up: 'ffn_up.weight',
    down: 'ffn_down.weight',
  },
};

/**
 * Opens a GGUF file of the Llama family (version 2 or 3) and checks all of it but the values.
 * Throws MODEL_UNSUPPORTED by name for other architectures, storage types and tokenizers,
 * MODEL_INVALID for a truncated or corrupted file, MODEL_UNAVAILABLE where it cannot be opened.
 */
export function openGguf(path: string): ModelFile {
  const file = new FileReader(path);
  try {
    const header = readGgufHeader(file, (metadata) => requireLlama(path, metadata));
    checkTensors(file, header);
    const config = readLlamaConfig(path, header.metadata, header.tensors);
    const shapes = header.tensors.map(
      ({ name, dimensions }) => [name, dimensions.toReversed()] as const,
    );
    checkShapes(path, expectedShapes(config, GGUF_NAMES), new Map(shapes));
    const tokenizer = readTokenizerSpec(path, header.metadata);
    return assembleModel(createSource(file, header), {
      config,
      tokenizer,
      names: GGUF_NAMES,
      reorder: (tensor, values) => reorderRows(config, tensor, values),
    });
  } catch (error) {
    file.close();
    throw error;
  }
}

function createSource(file: FileReader, header: GgufHeader): WeightSource {
  const tensors = new Map(header.tensors.map((tensor) => [tensor.name, tensor]));
  return {
    path: file.path,
    read: (name) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) {
        throw new HeliumError('INVARIANT_BROKEN', `${file.path}: no tensor ${name}`);
      }
      const bytes = file.readAt(tensor.offset, storedBytes(tensor), `tensor ${name}`);
      const values = new Float32Array(countValues(tensor));
      TENSOR_TYPES[tensor.type]!.decode(bytes, values);
      return values;
    },
    hash: () => hashFile(file),
    close: () => file.close(),
  };
}

function reorderRows(
  config: ModelConfig,
  tensor: LayerTensorName,
  values: Float32Array,
): Float32Array {
  const heads = { q: config.heads, k: config.kvHeads }[tensor as 'q' | 'k'];
  if (heads === undefined) return values;
  return toRotateHalf(values, heads, config.headDim, config.hidden);
}
