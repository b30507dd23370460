import { HeliumError } from '@helium/shared';
import { assembleModel, decodeAll, type WeightSource } from '../assemble-model.ts';
import { FileReader } from '../file-reader.ts';
import { type FileHash, hashFile } from '../hash-file.ts';
import type { LayerTensorName, ModelConfig, ModelFile } from '../model-file.ts';
import { checkShapes, expectedShapes, type TensorNames } from '../weight-layout.ts';
import { checkTensors, countValues, storedBytes } from './check-tensors.ts';
import { readDecoderConfig, requireArchitecture } from './decoder-config.ts';
import { type GgufHeader, type GgufTensor, readGgufHeader } from './header.ts';
import { SCALING_TENSORS } from './rope-settings.ts';
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
    qBias: 'attn_q.bias',
    kBias: 'attn_k.bias',
    vBias: 'attn_v.bias',
    oBias: 'attn_output.bias',
    qNorm: 'attn_q_norm.weight',
    kNorm: 'attn_k_norm.weight',
  },
};

/**
 * Opens a GGUF file of a family served (version 2 or 3) and checks all of it but the values.
 * Throws MODEL_UNSUPPORTED by name for other architectures, storage types and tokenizers,
 * MODEL_INVALID for a truncated or corrupted file, MODEL_UNAVAILABLE where it cannot be opened. `known` as
 * `openModel` takes it.
 */
export function openGguf(path: string, known?: () => FileHash | undefined): ModelFile {
  const file = new FileReader(path);
  try {
    const header = readGgufHeader(file, (metadata) => requireArchitecture(path, metadata));
    checkTensors(file, header);
    const source = createSource(file, header, known);
    const { metadata, tensors } = header;
    const config = readDecoderConfig(path, metadata, {
      tensors,
      readDivisors: (tensor) =>
        tensors.some(({ name }) => name === tensor)
          ? [...decodeAll(source.readStored(tensor))]
          : undefined,
    });
    checkShapes(path, withDivisors(config), shapesOf(tensors));
    const tokenizer = readTokenizerSpec(path, metadata);
    return assembleModel(source, {
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

function shapesOf(tensors: readonly GgufTensor[]): Map<string, readonly number[]> {
  return new Map(tensors.map(({ name, dimensions }) => [name, dimensions.toReversed()]));
}

function withDivisors(config: ModelConfig): Map<string, readonly number[]> {
  const shapes = expectedShapes(config, GGUF_NAMES);
  for (const name of SCALING_TENSORS[config.ropeScaling.kind] ?? []) {
    shapes.set(name, [config.headDim / 2]);
  }
  return shapes;
}

function createSource(
  file: FileReader,
  header: GgufHeader,
  known?: () => FileHash | undefined,
): WeightSource {
  const tensors = new Map(header.tensors.map((tensor) => [tensor.name, tensor]));
  return {
    path: file.path,
    readStored: (name) => {
      const tensor = tensors.get(name);
      if (tensor === undefined) {
        throw new HeliumError('INVARIANT_BROKEN', `${file.path}: no tensor ${name}`);
      }
      const bytes = file.readAt(tensor.offset, storedBytes(tensor), `tensor ${name}`);
      const { decode } = TENSOR_TYPES[tensor.type]!;
      return { bytes, count: countValues(tensor), width: tensor.dimensions[0] ?? 1, decode };
    },
    hash: () => {
      const found = known?.();
      return found?.state === file.state ? found.sha256 : hashFile(file);
    },
    close: () => file.close(),
  };
}

/** llama.cpp's converter interleaves the rows of q and k for "llama", not for the other families. */
function reorderRows(
  config: ModelConfig,
  tensor: LayerTensorName,
  values: Float32Array,
): Float32Array {
  if (config.architecture !== 'llama') return values;
  const heads = HEADS[tensor]?.(config);
  if (heads === undefined) return values;
  return toRotateHalf(values, heads, config.headDim, values.length / (heads * config.headDim));
}

/** Tensors whose rows rope's halves interleave, with their heads. */
export const HEADS: Partial<Record<LayerTensorName, (config: ModelConfig) => number>> = {
  q: ({ heads }) => heads,
  k: ({ kvHeads }) => kvHeads,
  qBias: ({ heads }) => heads,
  kBias: ({ kvHeads }) => kvHeads,
};
